"""Queries to the Data API: by day, and by week and month for metrics that do not add up.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sources.ga4.settings import Ga4Settings, declared_metrics
from sources.observations import ended_months, ended_weeks
from sources.page_paths import spellings
from sources.page_patterns import is_glob, pattern_regex
from warehouse.schema import DAY, Window

MAX_METRICS, MAX_DATE_RANGES = 10, 4
"""The API's limits on one request."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """One report: by day over ``window`` if ``spans`` is empty, otherwise over the weeks or months in ``spans``.

    ``suffix`` is appended to the metric names of a weekly or monthly report.
    """

    window: Window
    metrics: tuple[str, ...]
    spans: tuple[Window, ...] = ()
    suffix: str = ""
    by_page: bool = False

    @property
    def by_row(self) -> bool:
        """Whether each row is unique by its dimensions, so that a repeated page can be detected."""
        return not self.spans or self.by_page

    def without(self, *metrics: str) -> "ReportQuery":
        return replace(self, metrics=tuple(name for name in self.metrics if name not in metrics))


def report_queries(settings: Ga4Settings, window: Window) -> Iterator[ReportQuery]:
    """The reports by day, then those of the weeks and months that end in the window."""
    names = tuple(dict.fromkeys(settings.metrics))
    for part in _parts(names, MAX_METRICS):
        yield ReportQuery(window, tuple(part))
    distinct = tuple(
        metric.name for metric in declared_metrics(settings) if metric.kind == "distinct" and metric.name in names
    )
    for suffix, spans in (("_week", ended_weeks(window)), ("_month", ended_months(window))):
        # Rows are not ordered by date range, so a report by page requests one range at a time.
        for part in _parts(spans, 1 if settings.by_page else MAX_DATE_RANGES) if distinct else ():
            yield ReportQuery(window, distinct, tuple(part), suffix, settings.by_page)


def request_body(settings: Ga4Settings, query: ReportQuery, offset: int) -> dict[str, Any]:
    """The body of a runReport request; a fixed order keeps pages from repeating or losing a row."""
    dimensions = ([] if query.spans else ["date"]) + (["pagePath"] if settings.by_page else [])
    ranges = [_range(span, str(span)) for span in query.spans] or [_range(query.window)]
    body: dict[str, Any] = {
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in query.metrics],
        "dateRanges": ranges,
        "orderBys": [{"dimension": {"dimensionName": name}} for name in dimensions],
        "limit": str(settings.page_size),
        "offset": str(offset),
        "keepEmptyRows": True,
        "returnPropertyQuota": True,
    }
    pages = path_filter(settings.pages, settings.exclude)
    return body | ({"dimensionFilter": pages} if pages else {})


def path_filter(pages: Sequence[str], exclude: Sequence[str]) -> dict[str, Any] | None:
    """The dimension filter on pagePath; None for all pages."""
    wanted = [expression for pattern in pages for expression in _matches(pattern)]
    unwanted = [{"notExpression": expression} for pattern in exclude for expression in _matches(pattern)]
    parts = ([wanted[0] if len(wanted) == 1 else {"orGroup": {"expressions": wanted}}] if wanted else []) + unwanted
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"andGroup": {"expressions": parts}}


def _matches(pattern: str) -> Iterator[dict[str, Any]]:
    """Expressions of which one must hold: Google compares text, so each spelling of a path has its own."""
    if is_glob(pattern):
        yield _path_is("FULL_REGEXP", pattern_regex(pattern).removesuffix("$"))
        return
    yield from (_path_is("BEGINS_WITH", text) for text in spellings(pattern))


def _path_is(kind: str, value: str) -> dict[str, Any]:
    string_filter = {"matchType": kind, "value": value, "caseSensitive": True}
    return {"filter": {"fieldName": "pagePath", "stringFilter": string_filter}}


def _range(span: Window, name: str = "") -> dict[str, str]:
    last = span.end - timedelta(days=1) if span.end - span.start > DAY else span.start
    return {"startDate": str(span.start), "endDate": str(last)} | ({"name": name.replace("..", "_")} if name else {})


def _parts(sequence: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(sequence), size):
        yield sequence[start : start + size]
