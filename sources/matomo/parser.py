"""Turns the periods of Matomo's reports into observations: which span, which page, what is missing."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sources.contract import RawPage
from sources.items import iso_span, one_day
from sources.json_values import as_text
from sources.matomo.responses import Row, Section
from sources.matomo.settings import PAGES, VISITS, MatomoSettings
from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.page_patterns import PagePatterns
from warehouse.schema import DAY, Window

_LENGTHS = {"day": (1, 1), "week": (7, 7), "month": (28, 31)}
COLLECT_AGAIN = "collect again; if it happens again, report it to the administrator of Matomo"


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What a page was requested for: the report, the kind of period and the days."""

    method: str
    period: str
    days: Window


@dataclass
class ReportParser:
    """Collects the reports of one pull.

    ``_days`` have any row, ``_visited`` have visits; ``_unseen`` list pages but none that counts; ``_lumped`` list the
    largest pages only; ``_requested`` are all days of the queries.
    """

    settings: MatomoSettings
    _days: set[date] = field(default_factory=set)
    _visited: set[date] = field(default_factory=set)
    _unseen: dict[date, str] = field(default_factory=dict)
    _lumped: set[date] = field(default_factory=set)
    _requested: set[date] = field(default_factory=set)

    def add(self, page: RawPage, query: ReportQuery, sections: list[Section], observed: ObservationBuilder) -> None:
        """Add the values of one response to ``observed``."""
        if query.period == "day":
            self._requested |= {query.days.start + n * DAY for n in range(query.days.days)}
        for section in sections:
            where = f"{page.url} {section.label}".strip()
            observed.read(section, where, self._section, where, query, observed)

    def _section(self, section: Section, where: str, query: ReportQuery, observed: ObservationBuilder) -> None:
        if section.site and section.site != str(self.settings.site):
            observed.note(f"the response also holds site {section.site}, which was not requested; it was left out")
            return
        span = self._span(section.label, query)
        if span is None:
            if section.rows:
                what = f"the period '{section.label}' was not requested"
                observed.refuse(as_text(dict(section.rows[0]))[:200], what, where, COLLECT_AGAIN)
            return
        rows = () if _is_empty(section, query) else section.rows
        if query.method == PAGES:
            self._pages(rows, span, where, observed)
        else:
            self._summary(rows, span, where, query, observed)
        if query.period == "day" and rows:
            self._days.add(span.start)

    def finish(self, observed: ObservationBuilder) -> None:
        """Add what only the whole pull shows: zeros for days without visits to the pages, a note on empty days."""
        for name in self.settings.wanted:
            for day, where in self._unseen.items() if self.settings.columns[name].method == VISITS else ():
                if day not in self._visited:
                    observed.add(ReportedValue(name, day, 0, where))
        empty = len(self._requested - self._days)
        if empty:
            days = "1 day has" if empty == 1 else f"{empty} days have"
            observed.note(
                f"{days} no data in Matomo: nobody came, or Matomo did not track or has not archived the day yet; "
                "so they are missing and not 0"
            )

    def complete_days(self) -> tuple[Window, ...]:
        """The days whose list of pages is complete, joined to windows; a page missing from such a list had no views."""
        found: list[Window] = []
        for day in sorted(self._days - self._lumped):
            if found and found[-1].end == day:
                found[-1] = Window(found[-1].start, day + DAY)
            else:
                found.append(one_day(day))
        return tuple(found)

    @staticmethod
    def _span(label: str, query: ReportQuery) -> Window | None:
        """The days of ``label``, or of the query without one; None if the query did not request them."""
        span = _label_span(label) if label else query.days
        least, most = _LENGTHS.get(query.period, (0, 0))
        if span is None or not least <= span.days <= most:
            return None
        return span if query.days.start <= span.start and span.end <= query.days.end else None

    def _summary(
        self, rows: tuple[Row, ...], span: Window, where: str, query: ReportQuery, observed: ObservationBuilder
    ) -> None:
        if len(rows) > 1:
            observed.refuse(as_text(dict(rows[0]))[:200], "several rows came for one period", where, COLLECT_AGAIN)
            return
        if rows and query.method == VISITS and query.period == "day":
            self._visited.add(span.start)
        for name in self.settings.wanted if rows else ():
            column = self.settings.columns[name]
            if column.method != query.method or (query.period != "day" and column.kind != "distinct"):
                continue
            metric = name if query.period == "day" else f"{name}_{query.period}"
            if (column.column or name) not in rows[0]:
                observed.note(
                    f"Matomo gives no '{metric}' on some days; they are missing. "
                    "Its administrator may have switched it off"
                )
                continue
            observed.add(ReportedValue(metric, span, rows[0][column.column or name], where))
        visits, visitors = (
            (parse_number(rows[0].get(name)) for name in ("nb_visits", "nb_uniq_visitors")) if rows else (None, None)
        )
        if visits is not None and visitors is not None and visitors > visits:
            # https://github.com/matomo-org/matomo/issues/23150
            observed.note(
                "Matomo counts more visitors than visits on some days: a fault of older versions, "
                "which newer ones do not correct for past days"
            )

    def _pages(self, rows: tuple[Row, ...], span: Window, where: str, observed: ObservationBuilder) -> None:
        """Add the pages that count, one by one or as a total."""
        lumped = [row for row in rows if not row.get("url") and str(row.get("label")).endswith(("Others", "-1"))]
        flags = ("incomplete",) if lumped else ()
        if lumped:
            self._lumped.add(span.start)
            observed.note(
                "Matomo keeps only the largest pages and groups the rest on some days; "
                "these days are flagged incomplete"
            )
        found = self._that_count([row for row in rows if row not in lumped], span, where, observed)
        if self.settings.by_page:
            for path, (row, origin) in found.items():
                self._one_page(row, path, ReportedValue("", span, None, origin, flags=flags), observed)
        elif rows and not found and lumped:
            observed.note(
                "Matomo keeps none of the pages on some days; they are missing. Name in 'segment' the pages that count"
            )
        elif rows:
            # A complete list without any of the pages shows that they had no views.
            if not found:
                self._unseen[span.start] = f"{where} (none of the pages is listed)"
            views = {path: parse_number(row.get("nb_hits")) for path, (row, _) in found.items()}
            for path in (path for path, value in views.items() if value is None):
                row, origin = found[path]
                flags = ("incomplete",)
                observed.refuse(
                    str(row.get("nb_hits")),
                    "the page has no number of views",
                    origin,
                    figure=ReportedValue("nb_pageviews", span, None, origin, path),
                )
            total = sum(value for value in views.values() if value is not None)
            observed.add(ReportedValue("nb_pageviews", span, total, f"{where} ({len(found)} pages)", flags=flags))

    def _that_count(
        self, rows: list[Row], span: Window, where: str, observed: ObservationBuilder
    ) -> dict[str, tuple[Row, str]]:
        """Row and origin by path. Refuses rows without a page, and a page that comes twice."""
        wanted, found = PagePatterns(self.settings.pages), dict[str, tuple[Row, str]]()
        for count, row in enumerate(rows, 1):
            origin, path = f"{where} row {count}", self._path(row.get("url"))
            if path is None:
                what = "a folder came instead of its pages" if "idsubdatatable" in row else "the row names no page"
                observed.refuse(
                    str(row.get("label")),
                    what,
                    origin,
                    "nothing, if you expect views without an address; otherwise look at it in Matomo",
                )
            elif path in found:
                observed.refuse(
                    path,
                    "the page comes twice",
                    origin,
                    COLLECT_AGAIN,
                    ReportedValue("nb_pageviews", span, None, origin, path),
                )
            elif not wanted or wanted.match(path.partition("?")[0]):
                found[path] = row, origin
        return found

    def _one_page(self, row: Row, path: str, at: ReportedValue, observed: ObservationBuilder) -> None:
        for name in self.settings.wanted:
            column = self.settings.columns[name].column or name
            if column in row:
                observed.add(ReportedValue(name, at.span, row[column], at.origin, path, at.flags))
            else:
                observed.note(f"Matomo gives no '{name}' for some pages; they are missing")

    def _path(self, address: Any) -> str | None:
        """Path and query of a page, with its host unless that is the site's own."""
        try:
            parts = urlsplit(str(address or ""))
        except ValueError:
            return None
        if not parts.hostname:
            return None
        own = urlsplit(self.settings.site_url).hostname or ""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return path if parts.hostname.removeprefix("www.") == own.removeprefix("www.") else f"//{parts.hostname}{path}"


def _label_span(label: str) -> Window | None:
    """The days of one of Matomo's labels: a day, a month, or the first and last day of a week."""
    first, _, last = label.partition(",")
    begin, end = iso_span(first), iso_span(last) if last else None
    if not last:
        return begin
    return Window(begin.start, end.end) if begin and end and begin.start < end.end else None


def _is_empty(section: Section, query: ReportQuery) -> bool:
    """Whether this is a single period without data: its row holds zeros, while among several periods it has no row."""
    return (
        query.method != PAGES
        and not section.label
        and not any(parse_number(value) for row in section.rows for value in row.values())
    )
