"""From the periods of an answer to figures: which span, which page, what is missing and what is no page."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sources.contract import RawPage
from sources.items import iso_span, one_day
from sources.matomo.responses import Row, Section
from sources.matomo.settings import PAGES, VISITS, MatomoSettings
from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.page_patterns import compile_patterns
from warehouse.errors import ConfigError, ShapeError
from warehouse.schema import DAY, Window

_OFFSET = re.compile(r"UTC([+-])(\d{1,2})(?:[.:](\d+))?")
_LENGTHS = {"day": (1, 1), "week": (7, 7), "month": (28, 31)}
COLLECT_AGAIN = "collect again; if it comes again, tell who runs Matomo"


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What a page answers: the report, the kind of period and the days."""

    method: str
    period: str
    days: Window


@dataclass
class ReportParser:
    """The figures of one pull, and the days on which Matomo lists something, visits that count, pages but none that counts."""

    settings: MatomoSettings
    _days: set[date] = field(default_factory=set)
    _visited: set[date] = field(default_factory=set)
    _unseen: dict[date, str] = field(default_factory=dict)
    _lumped: set[date] = field(default_factory=set)
    _asked: set[date] = field(default_factory=set)

    def add(self, page: RawPage, query: ReportQuery, sections: list[Section], observed: ObservationBuilder) -> None:
        """Put the figures of one answer to ``observed``."""
        if query.period == "day":
            self._asked |= {query.days.start + n * DAY for n in range(query.days.days)}
        for section in sections:
            where = f"{page.url} {section.label}".strip()
            if section.site and section.site != str(self.settings.site):
                observed.note(f"the answer tells of site {section.site} too, which was not asked for; it was left out")
                continue
            span = self._span(section.label, query)
            if span is None:
                if section.rows:
                    what = f"the period '{section.label}' was not asked for"
                    observed.refuse(str(dict(section.rows[0]))[:200], what, where, COLLECT_AGAIN)
                continue
            rows = () if _says_nothing(section, query) else section.rows
            if query.period == "day" and rows:
                self._days.add(span.start)
            if query.method == PAGES:
                self._pages(rows, span, where, observed)
            else:
                self._summary(rows, span, where, query, observed)

    def finish(self, observed: ObservationBuilder) -> None:
        """What only the whole pull shows: days without visits to the pages, and days without any answer."""
        for name in self.settings.wanted:
            for day, where in self._unseen.items() if self.settings.columns[name].method == VISITS else ():
                if day not in self._visited:
                    observed.add(ReportedValue(name, day, 0, where))
        empty = len(self._asked - self._days)
        if empty:
            days = "1 day has" if empty == 1 else f"{empty} days have"
            observed.note(
                f"{days} no answer in Matomo: nobody came, or the day was not tracked or not archived yet, so they are missing and not 0"
            )

    def complete_days(self) -> tuple[Window, ...]:
        """The days whose list of pages is whole, as windows: a page that such a list does not hold was not seen."""
        found: list[Window] = []
        for day in sorted(self._days - self._lumped):
            if found and found[-1].end == day:
                found[-1] = Window(found[-1].start, day + DAY)
            else:
                found.append(one_day(day))
        return tuple(found)

    @staticmethod
    def _span(label: str, query: ReportQuery) -> Window | None:
        """The days under ``label``; those that were asked for where there is none. None for others and for another kind of period."""
        first, _, last = label.partition(",")
        begin, end = iso_span(first) if label else None, iso_span(last) if last else None
        span = (
            query.days
            if not label
            else Window(begin.start, end.end)
            if begin and end and begin.start < end.end
            else None
            if last
            else begin
        )
        least, most = _LENGTHS.get(query.period, (0, 0))
        return (
            span
            if span and least <= span.days <= most and query.days.start <= span.start and span.end <= query.days.end
            else None
        )

    def _summary(
        self, rows: tuple[Row, ...], span: Window, where: str, query: ReportQuery, observed: ObservationBuilder
    ) -> None:
        if len(rows) > 1:
            observed.refuse(str(dict(rows[0]))[:200], "several rows came for one period", where, COLLECT_AGAIN)
            return
        if rows and query.method == VISITS and query.period == "day":
            self._visited.add(span.start)
        for name in self.settings.wanted if rows else ():
            columns = self.settings.columns[name]
            if columns.method != query.method or (query.period != "day" and columns.kind != "distinct"):
                continue
            metric = name if query.period == "day" else f"{name}_{query.period}"
            if (columns.column or name) not in rows[0]:
                observed.note(
                    f"Matomo gives no '{metric}' on some days; they are missing. Its administrator may have switched it off"
                )
                continue
            observed.add(ReportedValue(metric, span, rows[0][columns.column or name], where))
        visits, visitors = (
            (parse_number(rows[0].get(name)) for name in ("nb_visits", "nb_uniq_visitors")) if rows else (None, None)
        )
        if visits is not None and visitors is not None and visitors > visits:
            # https://github.com/matomo-org/matomo/issues/23150
            observed.note(
                "Matomo counts more visitors than visits on some days, a fault of older versions that it does not mend for days that are past"
            )

    def _pages(self, rows: tuple[Row, ...], span: Window, where: str, observed: ObservationBuilder) -> None:
        """The pages that count, one by one or together."""
        lumped = [row for row in rows if not row.get("url") and str(row.get("label")).endswith(("Others", "-1"))]
        flags = ("incomplete",) if lumped else ()
        if lumped:
            self._lumped.add(span.start)
            observed.note(
                "Matomo keeps the largest pages only and lumps the rest together; the days that this concerns are flagged incomplete"
            )
        found = self._that_count([row for row in rows if row not in lumped], span, where, observed)
        if self.settings.by_page:
            for path, (row, origin) in found.items():
                self._one_page(row, path, ReportedValue("", span, None, origin, flags=flags), observed)
        elif rows and not found and lumped:
            observed.note(
                "none of the pages is among those that Matomo keeps on some days; they are missing. Say in 'segment' which pages count"
            )
        elif rows:
            # A whole list of the day that holds none of the pages says that they were not seen.
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
        """Path to row and origin. What is no page, and a page that comes twice, is refused."""
        wanted, found = compile_patterns(self.settings.pages), dict[str, tuple[Row, str]]()
        for count, row in enumerate(rows, 1):
            origin, path = f"{where} row {count}", self._path(row.get("url"))
            if path is None:
                what = "a folder came instead of its pages" if "idsubdatatable" in row else "the row names no page"
                observed.refuse(
                    str(row.get("label")),
                    what,
                    origin,
                    "nothing, if views without an address are known; else look at it in Matomo",
                )
            elif path in found:
                observed.refuse(
                    path,
                    "the page comes twice",
                    origin,
                    COLLECT_AGAIN,
                    ReportedValue("nb_pageviews", span, None, origin, path),
                )
            elif wanted is None or wanted.match(path.partition("?")[0]):
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
        """Path and query of a page; with its host where that is not the site's."""
        try:
            parts = urlsplit(str(address or ""))
        except ValueError:
            return None
        if not parts.hostname:
            return None
        own = urlsplit(self.settings.site_url).hostname or ""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return path if parts.hostname.removeprefix("www.") == own.removeprefix("www.") else f"//{parts.hostname}{path}"


def _says_nothing(section: Section, query: ReportQuery) -> bool:
    """Whether this is the answer about a single empty period: zeros, where among several periods it is an empty list."""
    return (
        query.method != PAGES
        and not section.label
        and not any(parse_number(value) for row in section.rows for value in row.values())
    )


def require_same_zone(about: Any, zone: ZoneInfo, page: RawPage) -> None:
    """Raises ``ConfigError`` where the days of the site in Matomo begin at another time than those of the plan."""
    site = about[0] if isinstance(about, list) and about else about
    name = site.get("timezone") if isinstance(site, dict) else None
    if not isinstance(name, str):
        raise ShapeError("the site's settings name no time zone", where=page.url, do="check 'site' and the address")
    theirs = _zone(name)
    starts = [page.window.start + n * DAY for n in range(page.window.days + 1)]
    if theirs is None or any(_offset(day, theirs) != _offset(day, zone) for day in starts):
        do = f"write time_zone: {_written(name)} at this source, or change the zone of the site in Matomo, which counts for new days only"
        raise ConfigError(f"the site divides its days in {name}, the plan in {zone.key}", where=page.url, do=do)


def _zone(name: str) -> tzinfo | None:
    """An IANA zone, or one of Matomo's ``UTC+5.5``."""
    shift = _OFFSET.fullmatch(name)
    if shift:
        hours = int(shift[2]) + (float(f"0.{shift[3]}") if shift[3] else 0)
        return timezone(timedelta(hours=hours if shift[1] == "+" else -hours))
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def _written(name: str) -> str:
    shift = _OFFSET.fullmatch(name)
    return f"Etc/GMT{'-' if shift[1] == '+' else '+'}{int(shift[2])}" if shift and not shift[3] else name


def _offset(day: date, zone: tzinfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
