"""The two JSON forms of a COUNTER report: release 5.1 keys counts by metric and month, release 5 lists them by period.

Zeros and what holds none but zeros are left out, and what a report does not show is summed:
https://cop5.countermetrics.org/en/5.1/ (3.3, 4, 5.1) and https://cop5.countermetrics.org/en/5.0.3/ (Appendix H).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sandbox.days import month_after
from sandbox.sushi_history import Use

DAY = timedelta(days=1)
NAMES = {"pr": "Platform", "dr": "Database", "tr": "Title", "ir": "Item"}
FILTERS = {"metric_type": "Metric_Type", "data_type": "Data_Type", "access_method": "Access_Method"}
Json = dict[str, Any]
Counted = list[tuple[date, Use, str, int]]
"""Month, use, metric and count."""


@dataclass
class ReportRequest:
    """What was requested: months from ``begin`` to ``end``, the attributes to show, the filters by parameter.

    exceptions: those of the header, data by code.
    """

    release: str
    report: str
    customer: str
    begin: date
    end: date
    shown: list[str] = field(default_factory=list)
    filters: dict[str, list[str]] = field(default_factory=dict)
    exceptions: dict[int, str] = field(default_factory=dict)


def document(request: ReportRequest, counted: Counted, messages: Mapping[int, str]) -> Json:
    """The report in the form of its release."""
    form = _items_of_51 if request.release == "5.1" else _items_of_5
    return {"Report_Header": _header(request, messages), "Report_Items": form(request, counted)}


def _header(request: ReportRequest, messages: Mapping[int, str]) -> Json:
    """The header names the customer, as the code requires."""
    filters: Json = {"Begin_Date": str(request.begin), "End_Date": str(month_after(request.end) - DAY)}
    filters |= {FILTERS[name]: values for name, values in request.filters.items()}
    master = "Report" if request.release == "5.1" else "Master Report"
    header: Json = {
        "Release": request.release,
        "Report_ID": request.report.upper(),
        "Report_Name": f"{NAMES[request.report]} {master}",
        "Created": "2026-11-24T06:00:00Z",
        "Created_By": "Riverside Vendor",
        "Institution_Name": "Riverside Library",
    }
    if request.release == "5.1":
        header |= {"Institution_ID": {"Proprietary": [f"RV:{request.customer}"]}, "Report_Filters": filters}
        header |= {"Report_Attributes": {"Attributes_To_Show": request.shown}} if request.shown else {}
    else:
        listed = [
            {"Name": name, "Value": value if isinstance(value, str) else "|".join(value)}
            for name, value in filters.items()
        ]
        header |= {"Customer_ID": request.customer, "Report_Filters": listed}
        header |= {"Report_Attributes": [{"Name": "Attributes_To_Show", "Value": "|".join(request.shown)}]}
    listed_exceptions = [
        {"Code": code, "Message": messages[code], **({"Data": data} if data else {})}
        for code, data in sorted(request.exceptions.items())
    ]
    return header | ({"Exceptions": listed_exceptions} if listed_exceptions else {})


def _summed(request: ReportRequest, counted: Counted) -> dict[Any, Any]:
    """``{item: {attributes: {metric: {month: count}}}}``, summed over what is not shown."""
    new: Callable[[], Any] = lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int)))  # noqa: E731
    found: dict[Any, Any] = defaultdict(new)
    for month, use, metric, count in counted:
        if count:
            attributes = {name: getattr(use, name.lower()) for name in request.shown if name != "Data_Type"}
            row = {"Data_Type": use.type_in(request.report, metric)} | attributes
            found[use.identity(request.report)][tuple(sorted(row.items()))][metric][month] += count
    return found


def _items_of_51(request: ReportRequest, counted: Counted) -> list[Json]:
    items = []
    for (names, ids), rows in _summed(request, counted).items():
        performances = [
            dict(row)
            | {"Performance": {name: {f"{month:%Y-%m}": n for month, n in by.items()} for name, by in metrics.items()}}
            for row, metrics in rows.items()
        ]
        items.append(dict(names) | ({"Item_ID": dict(ids)} if ids else {}) | {"Attribute_Performance": performances})
    return [{"Items": [item]} for item in items] if request.report == "ir" else items


def _items_of_5(request: ReportRequest, counted: Counted) -> list[Json]:
    items = []
    for (names, ids), rows in _summed(request, counted).items():
        listed = [{"Type": kind, "Value": value} for kind, value in ids]
        for row, metrics in rows.items():
            by_month: dict[date, list[Json]] = defaultdict(list)
            for metric, months in metrics.items():
                for month, count in months.items():
                    by_month[month].append({"Metric_Type": metric, "Count": count})
            performance = [
                {"Period": {"Begin_Date": str(month), "End_Date": str(month_after(month) - DAY)}, "Instance": instances}
                for month, instances in sorted(by_month.items())
            ]
            attributes = {name: value for name, value in row if name in request.shown}
            items.append(
                {**dict(names), **({"Item_ID": listed} if ids else {}), **attributes, "Performance": performance}
            )
    return items
