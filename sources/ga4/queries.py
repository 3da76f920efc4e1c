"""What is asked of the Data API: days, and weeks and months for what does not add up.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sources.ga4.settings import Ga4Settings, declared_metrics
from sources.observations import ended_months, ended_weeks
from sources.page_patterns import glob_regex, is_glob
from warehouse.schema import DAY, Window

MAX_METRICS, MAX_DATE_RANGES = 10, 4
"""Most metrics and date ranges in one request."""


@dataclass(frozen=True, slots=True)
class Question:
    """``spans``: empty for a report by day over ``window``; otherwise the weeks or months that are asked for, ``suffix`` saying which."""

    window: Window
    metrics: tuple[str, ...]
    spans: tuple[Window, ...] = ()
    suffix: str = ""

    by_page: bool = False

    @property
    def by_row(self) -> bool:
        """Whether each row has a name, so that a page that comes again shows itself."""
        return not self.spans or self.by_page

    def without(self, *metrics: str) -> "Question":
        return replace(self, metrics=tuple(name for name in self.metrics if name not in metrics))


def report_queries(settings: Ga4Settings, window: Window) -> Iterator[Question]:
    """The reports by day, then those of the weeks and months that end in the window."""
    names = tuple(dict.fromkeys(settings.metrics))
    for part in _parts(names, MAX_METRICS):
        yield Question(window, tuple(part))
    distinct = tuple(
        metric.name for metric in declared_metrics(settings) if metric.kind == "distinct" and metric.name in names
    )
    for suffix, spans in (("_week", ended_weeks(window)), ("_month", ended_months(window))):
        # Rows are not ordered by date range, so a long report is asked for one at a time.
        for part in _parts(spans, 1 if settings.by_page else MAX_DATE_RANGES) if distinct else ():
            yield Question(window, distinct, tuple(part), suffix, settings.by_page)


def body(settings: Ga4Settings, query: Question, offset: int) -> dict[str, Any]:
    """The request's body. The order is fixed, so that pages neither repeat nor lose a row."""
    dimensions = ([] if query.spans else ["date"]) + (["pagePath"] if settings.by_page else [])
    ranges = [_range(span, str(span)) for span in query.spans] or [_range(query.window)]
    asked: dict[str, Any] = {
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in query.metrics],
        "dateRanges": ranges,
        "orderBys": [{"dimension": {"dimensionName": name}} for name in dimensions],
        "limit": str(settings.page_size),
        "offset": str(offset),
        "keepEmptyRows": True,
        "returnPropertyQuota": True,
    }
    chosen = path_filter(settings.pages, settings.exclude)
    return asked | ({"dimensionFilter": chosen} if chosen else {})


def path_filter(pages: Sequence[str], exclude: Sequence[str]) -> dict[str, Any] | None:
    """The filter on pagePath, or None for all pages."""
    wanted = [_matches(pattern) for pattern in pages]
    unwanted = [{"notExpression": _matches(pattern)} for pattern in exclude]
    parts = ([wanted[0] if len(wanted) == 1 else {"orGroup": {"expressions": wanted}}] if wanted else []) + unwanted
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"andGroup": {"expressions": parts}}


def _matches(pattern: str) -> dict[str, Any]:
    if not is_glob(pattern):
        return {
            "filter": {
                "fieldName": "pagePath",
                "stringFilter": {"matchType": "BEGINS_WITH", "value": pattern, "caseSensitive": True},
            }
        }
    return {
        "filter": {
            "fieldName": "pagePath",
            "stringFilter": {"matchType": "FULL_REGEXP", "value": glob_regex(pattern), "caseSensitive": True},
        }
    }


def _range(span: Window, name: str = "") -> dict[str, str]:
    last = span.end - timedelta(days=1) if span.end - span.start > DAY else span.start
    return {"startDate": str(span.start), "endDate": str(last)} | ({"name": name.replace("..", "_")} if name else {})


def _parts(sequence: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(sequence), size):
        yield sequence[start : start + size]
