"""Reads a COUNTER report in JSON: its header, and its counts with the attributes of their row.

Release 5.1 keys the counts by metric and month (``Attribute_Performance``), release 5 lists them by period
(``Performance`` with ``Period`` and ``Instance``): https://cop5.countermetrics.org/en/5.1/ (5.1), (Appendix G).
"""

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sources.json_values import parse_json
from sources.sushi.metric_types import MINING, REGULAR
from sources.sushi.settings import SushiSettings
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

Json = Mapping[str, Any]
Count = tuple[str, str, object]
"""A metric, its month as YYYY-MM, and the count as it came."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DO = (
    "check 'url', 'release' and 'report' in the plan; if they are right, tell the provider: the report breaks the code"
)
_NAMES = {"pr": "Platform", "dr": "Database", "tr": "Title", "ir": "Item"}


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The counts of one thing under one combination of attributes; an attribute that the row lacks is empty.

    names: the row's platform, database, title or item, by setting. ids: its identifiers by type. key: a hash of the
    whole row. component: it belongs to a part of an item, whose usage the item's own row holds already.
    """

    names: Mapping[str, str]
    ids: Mapping[str, str]
    data_type: str
    access_type: str
    access_method: str
    counts: Sequence[Count]
    origin: str
    key: str
    component: bool


def read_header(document: Json, where: str) -> Json:
    """The header of the report. Raises ``ShapeError`` for a document that is not a report."""
    header = document.get("Report_Header")
    if not isinstance(header, dict) or not isinstance(document.get("Report_Items"), list):
        raise ShapeError("the response is not a COUNTER report", where=where, do=_DO)
    return header


def require_requested_report(header: Json, report: str, release: str, month: Window, where: str) -> None:
    """Raises ``ShapeError`` for a report of another kind, release or month than the one requested."""
    named = str(header.get("Report_ID", ""))
    if named.lower() != report:
        raise ShapeError(f"the report is '{named}', and {report.upper()} was requested", where=where, do=_DO)
    told = str(header.get("Release", ""))
    if ".".join(told.split(".")[:2]).removesuffix(".0") != release:
        do = f'write release: "{told}"' if told in {"5", "5.1"} else _DO
        raise ShapeError(f"the report follows release '{told}' of the code, not {release}", where=where, do=do)
    filters = header_filters(header)
    for name, day in (("Begin_Date", month.start), ("End_Date", month.end - DAY)):
        if filters.get(name, [str(day)])[0] not in {str(day), f"{day:%Y-%m}"}:
            what = f"the report has the {name} {filters[name][0]}, and {day} was requested"
            raise ShapeError(what, where=where, do=_DO)


def header_filters(header: Json) -> dict[str, list[str]]:
    """The filters that the report was made with, by name; release 5 lists them with Name and Value."""
    given = header.get("Report_Filters")
    if isinstance(given, list):
        given = {str(one.get("Name")): one.get("Value") for one in given if isinstance(one, dict)}
    if not isinstance(given, dict):
        return {}
    return {
        name: [str(part) for part in (value if isinstance(value, list) else str(value).split("|"))] or [""]
        for name, value in given.items()
    }


def narrowing_filters(header: Json, settings: SushiSettings) -> list[str]:
    """The filters of the report, as ``name=values``, that leave out what the settings count: its figures are a part."""
    needed = {
        "Metric_Type": settings.wanted,
        "Data_Type": settings.data_types,
        "Access_Type": settings.access_types,
        "Access_Method": (REGULAR, MINING) if settings.text_mining else (REGULAR,),
    }
    return [
        f"{name}={'|'.join(values)}"
        for name, values in sorted(header_filters(header).items())
        if name not in {"Begin_Date", "End_Date", "Platform"}
        and values not in ([""], ["All"])
        and not (needed.get(name) and set(needed[name]) <= set(values))
    ]


def usage_rows(document: Json, report: str, where: str) -> Iterator[UsageRow]:
    """Every row of the report. Raises ``ShapeError`` for what has neither release's form."""
    for at, item in enumerate(document["Report_Items"]):
        place = f"Report_Items[{at}]"
        parts = [item]
        if isinstance(item, dict) and "Items" in item:
            parts = _list_of(item["Items"], f"{place}.Items", where)
        for number, part in enumerate(parts):
            inner = place if len(parts) == 1 else f"{place}.Items[{number}]"
            yield from _rows_of(_mapping(part, inner, where), report, f"{where} {inner}")
            for component in _list_of(part.get("Components", part.get("Item_Component", [])), inner, where):
                yield from _rows_of(_mapping(component, inner, where), report, f"{where} {inner}", component=True)


def _rows_of(item: Json, report: str, origin: str, *, component: bool = False) -> Iterator[UsageRow]:
    if "Attribute_Performance" in item:
        for at, row in enumerate(_list_of(item["Attribute_Performance"], "Attribute_Performance", origin)):
            place = f"{origin}.Attribute_Performance[{at}]"
            counts = list(_counts_by_metric(_mapping(row, place, origin).get("Performance"), place))
            yield _usage_row(item, row, report, counts, place, component=component)
    elif "Performance" in item:
        yield _usage_row(item, item, report, list(_counts_by_period(item, origin)), origin, component=component)
    else:
        raise ShapeError("the item holds no usage: neither Attribute_Performance nor Performance", where=origin, do=_DO)


def _usage_row(
    item: Json, row: Json, report: str, counts: Sequence[Count], origin: str, *, component: bool
) -> UsageRow:
    own = _NAMES[report]
    outer = {name: value for name, value in item.items() if name not in {"Attribute_Performance", "Components"}}
    return UsageRow(
        {name.lower(): _text(item.get(name)) for name in {"Platform", own}},
        _identifiers(item.get("Item_ID")),
        _text(row.get("Data_Type")),
        _text(row.get("Access_Type")),
        _text(row.get("Access_Method")),
        counts,
        origin,
        blake2b(json.dumps([outer, row], sort_keys=True).encode(), digest_size=16).hexdigest(),
        component,
    )


def _counts_by_metric(performance: Any, where: str) -> Iterator[Count]:
    """Release 5.1: ``{metric: {month: count}}``."""
    for metric, months in _mapping(performance, "Performance", where).items():
        for month, count in _mapping(months, str(metric), where).items():
            if not _MONTH.fullmatch(month):
                raise ShapeError(f"'{month[:40]}' is not a month (YYYY-MM)", where=where, do=_DO)
            yield metric, month, count


def _counts_by_period(item: Json, where: str) -> Iterator[Count]:
    """Release 5: ``[{Period: {Begin_Date, End_Date}, Instance: [{Metric_Type, Count}]}]``."""
    for part in _list_of(item["Performance"], "Performance", where):
        period = _mapping(_mapping(part, "Performance", where).get("Period"), "Period", where)
        begin, end = (str(period.get(name, "")) for name in ("Begin_Date", "End_Date"))
        month = begin[:7]
        if not _MONTH.fullmatch(month) or (begin, end) != (f"{month}-01", f"{month}-{_last_day(month):02}"):
            raise ShapeError(f"the period {begin}..{end} is not a month", where=where, do=_DO)
        for instance in _list_of(part.get("Instance"), "Instance", where):
            counted = _mapping(instance, "Instance", where)
            yield str(counted.get("Metric_Type", "")), month, counted.get("Count")


def _last_day(month: str) -> int:
    return monthrange(int(month[:4]), int(month[5:]))[1]


def _identifiers(given: Any) -> dict[str, str]:
    """The identifiers by type; release 5 lists them with Type and Value."""
    if isinstance(given, list):
        given = {str(one.get("Type")): one.get("Value") for one in given if isinstance(one, dict)}
    return {str(name): _text(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def read_json(body: bytes, where: str) -> Any:
    """The JSON in a response. Raises ``ShapeError``, also where an object holds a key twice: one would be lost."""
    return parse_json(body, where, _DO, unique=True)


def _mapping(value: Any, what: str, where: str) -> Json:
    if not isinstance(value, dict):
        raise ShapeError(f"'{what}' is not a mapping", where=where, do=_DO)
    return value


def _list_of(value: Any, what: str, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ShapeError(f"'{what}' is not a list", where=where, do=_DO)
    return value
