"""What the Data API takes as a report request, and in which words it refuses one.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

DIMENSIONS = {"date", "pagePath"}
METRICS = {
    "screenPageViews": "TYPE_INTEGER",
    "sessions": "TYPE_INTEGER",
    "activeUsers": "TYPE_INTEGER",
    "totalUsers": "TYPE_INTEGER",
    "eventCount": "TYPE_INTEGER",
}
MOST_ROWS = 250_000
KNOWN_KEYS = {
    *(
        "dimensions",
        "metrics",
        "dateRanges",
        "dimensionFilter",
        "metricFilter",
        "orderBys",
        "limit",
        "offset",
        "keepEmptyRows",
    ),
    *("metricAggregations", "currencyCode", "comparisons", "cohortSpec", "returnPropertyQuota", "property"),
}
MATCHES: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda path, value: path == value,
    "BEGINS_WITH": lambda path, value: path.startswith(value),
    "ENDS_WITH": lambda path, value: path.endswith(value),
    "CONTAINS": lambda path, value: value in path,
    "FULL_REGEXP": lambda path, value: re.fullmatch(value, path) is not None,
    "PARTIAL_REGEXP": lambda path, value: re.search(value, path) is not None,
}
_LISTED = (
    "For a list of valid dimensions and metrics, see "
    "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema ."
)
_WHOLE = re.compile(r"-?\d{1,18}")


def first_fault(report: Any, retired: str, today: date) -> str:
    """What is wrong with a request, in Google's words; empty for a good one."""
    if not isinstance(report, dict):
        return "Invalid JSON payload received. Unexpected token."
    return next(_form_faults(report), "") or next(_faults(report, retired, today), "")


def _form_faults(report: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit the message at all, before any of it is understood."""
    for key in report.keys() - KNOWN_KEYS:
        yield f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.'
    for key in ("dimensions", "metrics", "dateRanges", "orderBys"):
        if not isinstance(report.get(key, []), list) or not all(isinstance(one, dict) for one in report.get(key, [])):
            yield f"Invalid value at '{key}'"
    for key in ("limit", "offset"):
        if isinstance(report.get(key, 0), bool) or not _WHOLE.fullmatch(str(report.get(key, 0))):
            yield f"Invalid value at '{key}' (TYPE_INT64), \"{report[key]}\""


def _faults(report: Mapping[str, Any], retired: str, today: date) -> Iterator[str]:
    for kind, known in (("dimension", DIMENSIONS), ("metric", METRICS.keys() - {retired})):
        yield from (
            f"Field {one.get('name')} is not a valid {kind}. {_LISTED}"
            for one in report.get(f"{kind}s", [])
            if one.get("name") not in known
        )
    metrics, ranges = report.get("metrics") or [], report.get("dateRanges", [])
    if not 1 <= len(metrics) <= 10:
        yield (
            f"Requests are limited to 10 metrics. This request contains {len(metrics)} metrics."
            if metrics
            else "At least one metric is required."
        )
    if not 1 <= len(ranges) <= 4:
        yield f"Requests are limited to 4 dateRanges. This request contains {len(ranges)} dateRanges."
    for span in ranges:
        yield from _span_faults(span, today)
    if not int(report.get("limit", 10_000)) > 0:
        yield "The limit must be positive."
    if int(report.get("offset", 0)) < 0:
        yield "The offset must not be negative."
    requested = {one["name"] for kind in ("dimensions", "metrics") for one in report.get(kind, [])}
    for order in report.get("orderBys", []):
        name = order.get("dimension", {}).get("dimensionName") or order.get("metric", {}).get("metricName")
        if name not in requested:
            yield f"Ordering by '{name}' is not allowed, as it is not part of the request."
    yield from _filter_faults(report.get("dimensionFilter") or {})


def _span_faults(span: Mapping[str, Any], today: date) -> Iterator[str]:
    for side in ("startDate", "endDate"):
        if day(str(span.get(side, "")), today) is None:
            yield f"Invalid {side}: {span.get(side)}. It must be YYYY-MM-DD, NdaysAgo, yesterday or today."
            return
    if (day(span["startDate"], today) or today) > (day(span["endDate"], today) or today):
        yield "The startDate of a dateRange must not be after its endDate."
    if re.match(r"(date_range_|RESERVED_)", str(span.get("name", ""))):
        yield "A dateRange's name must not begin with date_range_ or RESERVED_."


def day(text: str, today: date) -> date | None:
    """A day as a request writes it, in the property's own zone; None for anything else."""
    ago = re.fullmatch(r"(\d{1,5})daysAgo", text)
    named = {"today": 0, "yesterday": 1} | ({text: int(ago[1])} if ago else {})
    if text in named:
        return today - timedelta(days=named[text])
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _filter_faults(expression: Mapping[str, Any]) -> Iterator[str]:
    for group in ("andGroup", "orGroup"):
        for one in expression.get(group, {}).get("expressions", ()):
            yield from _filter_faults(one)
    yield from _filter_faults(expression["notExpression"]) if "notExpression" in expression else ()
    leaf = expression.get("filter")
    if leaf is None:
        return
    if leaf.get("fieldName") not in DIMENSIONS:
        yield f"Field {leaf.get('fieldName')} is not a valid dimension. {_LISTED}"
    text = leaf.get("stringFilter", {})
    if text.get("matchType", "EXACT") not in MATCHES:
        yield f"Invalid value at 'match_type' \"{text.get('matchType')}\""
    elif text.get("matchType", "").endswith("REGEXP"):
        try:
            re.compile(text.get("value", ""))
        except re.error:
            yield f"The regular expression '{text.get('value')}' is not valid."


def passes(expression: Mapping[str, Any] | None, path: str) -> bool:
    """Whether a page is in the report."""
    if not expression:
        return True
    if "notExpression" in expression:
        return not passes(expression["notExpression"], path)
    if "andGroup" in expression:
        return all(passes(one, path) for one in expression["andGroup"]["expressions"])
    if "orGroup" in expression:
        return any(passes(one, path) for one in expression["orGroup"]["expressions"])
    text = expression["filter"]["stringFilter"]
    fits, value = MATCHES[text.get("matchType", "EXACT")], text.get("value", "")
    return fits(path, value) if text.get("caseSensitive", False) else fits(path.lower(), value.lower())
