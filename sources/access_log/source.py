"""Access logs of a web server: page views and visits by day, counted the COUNTER way.

A page view is a GET with status 200 or 304, of a page that the settings select, by a visitor that is not a robot. Days
are those of the source's time zone, whatever the offset in the log. A visitor is a client and a user agent.

A day is ``partial`` when it is the first of the logs and its first line comes after 01:00, or the last of the logs and
its last line comes before 23:00: log rotation may have cut it. So is a day at either end of a silence between two files
that a missing file explains better than the site does. Partial days are emitted with that flag and are neither covered
nor replaced. A day between them without any line is an outage: it is missing, not zero.

Pages that are kept have pseudonyms for the addresses of clients. Observations, refusals and notes contain none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Literal
from zoneinfo import ZoneInfo

import numpy as np

from sources.access_log import remarks
from sources.access_log.clients import ClientFinder
from sources.access_log.copies import FileRead, Hole, Summary, holes
from sources.access_log.hits import Reading
from sources.access_log.lines import LogReader
from sources.access_log.local_time import local_days_and_hours
from sources.access_log.paths import PagePaths
from sources.access_log.pseudonyms import LogPseudonyms
from sources.access_log.request_table import RequestTable
from sources.access_log.robots import RobotLists
from sources.access_log.settings import AccessLogSettings
from sources.access_log.unread_lines import unread_lines
from sources.access_log.view_counts import ViewCounts, count_views
from sources.access_log.views import LogViews
from sources.contract import (
    About,
    Metric,
    ObservationRow,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
)
from sources.files.left_out import delivered_pages, is_list_of_names, without_names
from sources.frames import record_frames
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window, merged
from warehouse.scratch import scratch_database, scratch_errors

if TYPE_CHECKING:
    from sources.web.session import Session

FILE_PATTERNS = ("*access*",)
"""The files that are read from a folder, which usually has error logs too; a glob names a log with another name."""

MEMORY_MB, THREADS = 192, 2
"""What the database of a pull may take; each of its threads needs memory of its own."""


class AccessLog:
    """``parse`` raises ``ShapeError`` for another format, for a broken archive and when no file has a line."""

    Settings: ClassVar[type[SourceSettings]] = AccessLogSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Web server logs (Apache, nginx, IIS, Caddy, HAProxy, Traefik, CloudFront, ALB)",
        "let kmi read the folder or address of the logs",
        "reads the files; no quota",
        {"path": "logs/"},
        ("hour_slice", "idle_30min", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.settings, self.place = name, AccessLogSettings.model_validate(settings), place

    def metrics(self) -> tuple[Metric, ...]:
        absent: Literal["missing", "zero"] = "zero" if self.settings.by_page else "missing"
        robots = "counted in page_views too" if self.settings.robots == "include" else "left out of page_views"
        rules = {
            "hour_slice": "one per visitor and hour (COUNTER)",
            "idle_30min": "ending after 30 minutes without a view and at midnight",
        }
        pages = "GETs of pages with status 200 or 304, double clicks counted once"
        visits = f"visits with at least one page view, {rules[self.settings.visits]}"
        requests = "every line that can be read: any method, status, path and visitor"
        return (
            Metric("page_views", "page views", "flow", pages, absent=absent),
            Metric("visits", "visits", "flow", visits, additive_over_entities=False),
            Metric("robot_page_views", "page views", "flow", f"page views by robots, {robots}"),
            Metric("requests", "requests", "flow", requests),
        )

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each whole file, packed as it is, whatever the ``window``."""
        pages = delivered_pages(self.name, self.settings.path, window, now, session, FILE_PATTERNS)
        if self.settings.keep_raw and self.settings.raw_addresses == "pseudonyms":
            pages = self._with_pseudonyms(pages)
        yield from pages

    def _with_pseudonyms(self, pages: Iterable[RawPage]) -> Iterator[RawPage]:
        """The pages as they are landed and parsed: all from one key, as a line may stand in two files."""
        pseudonyms = LogPseudonyms(self.place.zone, self.settings.client.trusted)
        for page in pages:
            if is_list_of_names(page):
                yield page
            else:
                yield replace(page, content=pseudonyms.replace_in(page.url, page.content, self._reader()))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Values of whole local days.

        Lines outside the window are read too: they show whether the days beside them are whole. Raises
        ``RetryableError`` where the temporary folder has no room for the requests.
        """
        with scratch_errors("a log"), scratch_database(MEMORY_MB, threads=THREADS, on_disk=True) as connection:
            return self._parse(pages, RequestTable(connection, self.place.zone))

    def _parse(self, pages: Sequence[RawPage], table: RequestTable) -> ParseResult:
        pages, unread = without_names(pages, "is not read: its name has no 'access'")
        log = self._read(pages, table)
        every = table.drop_repeated(log.files)
        counted = every.counted
        if not counted["once"].size:
            do = "let 'path' name logs that have requests, or correct the server's logging"
            raise ShapeError("no file has a line", where=self.name, do=do)
        requests = _requests_by_day(counted)
        found_holes = holes(every, log.files)
        partial = self._cut_days(counted, found_holes)
        requested = Window(min(page.window.start for page in pages), max(page.window.end for page in pages))
        whole = _windows([day for day in requests if day not in partial])
        covered = tuple(inside for window in whole if (inside := window.overlap(requested)))
        views = self._count_views(table)
        origins = _origins(log.files, every)
        rows = (row for row in self._rows(views, requests) if _day(row[0]) in requested)
        return ParseResult(
            *record_frames([self._row(*row, origins, partial) for row in rows], [*unread_lines(log)]),
            covered=covered,
            replaces=Window(covered[0].start, covered[-1].end) if covered else None,
            notes=(
                *unread,
                *log.notes,
                *self._remarks(log, counted, views),
                *remarks.twice(every),
                *remarks.outages(_windows(requests)),
                *remarks.missing_files(found_holes),
            ),
            rows_read=requests.total(),
            rows_refused=sum(log.unread.values()),
            never_falls="requests" if self.settings.when_fewer == "keep" else "",
        )

    def _read(self, pages: Sequence[RawPage], table: RequestTable) -> LogViews:
        settings = self.settings
        paths = PagePaths(settings.pages, settings.exclude, only_html=settings.only_html)
        robots = RobotLists(settings.robot_lists, settings.also_robots, empty_is_robot=settings.empty_agent == "robot")
        log = LogViews(table, self._reader(), paths, robots)
        for page in sorted(pages, key=lambda page: page.sequence):
            log.add(page.url, page.content)
        table.write()
        return log

    def _count_views(self, table: RequestTable) -> ViewCounts:
        settings = self.settings
        who = "true" if settings.robots == "include" else "NOT robot"
        return count_views(table, settings.double_click_s, settings.visits, who, by_page=settings.by_page)

    def _reader(self) -> LogReader:
        zone = ZoneInfo(self.settings.log_time_zone) if self.settings.log_time_zone else None
        reading = Reading(ClientFinder(self.settings.client), zone or self.place.zone, zone)
        return LogReader(self.settings.format, reading, self.settings.fields)

    def _cut_days(self, counted: Summary, found: Sequence[Hole]) -> set[int]:
        """The days that the files may hold in part: the first, the last, and those at the ends of a hole."""
        starts = np.array([counted["once_first"].min(), *(hole.end for hole in found)])
        ends = np.array([counted["once_last"].max(), *(hole.start for hole in found)])
        first, first_hours = local_days_and_hours(starts, self.place.zone)
        last, last_hours = local_days_and_hours(ends, self.place.zone)
        return {*first[first_hours >= 1].tolist(), *last[last_hours < 23].tolist()}

    def _rows(self, views: ViewCounts, requests: Counter[int]) -> list[tuple[int, str, str, int]]:
        """Day, metric, path and count: one row per day of the logs and metric, by page one per day and path."""
        counts: dict[tuple[int, str, str], int] = {}
        totals = {"requests": requests, "robot_page_views": views.robots, "visits": views.visits}
        if self.settings.by_page:
            counts |= {(day, "page_views", path): count for (day, path), count in views.by_page.items()}
        else:
            totals["page_views"] = views.people + views.robots if self.settings.robots == "include" else views.people
        for metric, by_day in totals.items():
            counts |= {(day, metric, ""): by_day[day] for day in requests}
        return [(*key, count) for key, count in sorted(counts.items())]

    def _row(
        self, day: int, metric: str, path: str, count: int, origins: dict[int, str], partial: set[int]
    ) -> ObservationRow:
        rule = (self.settings.visits,) if metric == "visits" else ()
        flags = (*rule, "partial") if day in partial else rule
        return metric, path, _day(day), _day(day) + DAY, float(count), flags, origins[day]

    def _remarks(self, log: LogViews, counted: Summary, views: ViewCounts) -> Iterator[str]:
        if self.settings.robots == "exclude" and log.has_lines_without_agent:
            yield "some lines have no user agent (common format): robots among their page views are counted too"
        yield from remarks.few_clients(views, self.settings)
        yield from remarks.mostly_robots(views)
        yield from remarks.times(counted)
        yield from log.page_notes()
        yield from remarks.forms_read(log.files)


def _day(number: int) -> date:
    return date.fromordinal(number)


def _windows(days: Iterable[int]) -> list[Window]:
    return merged([Window(_day(day), _day(day) + DAY) for day in days])


def _requests_by_day(counted: Summary) -> Counter[int]:
    """How many requests each day has, day by day."""
    days, place = np.unique(counted["day"], return_inverse=True)
    return Counter(dict(zip(days.tolist(), np.bincount(place, counted["once"]).astype(int).tolist(), strict=True)))


def _origins(files: Sequence[FileRead], every: Summary) -> dict[int, str]:
    """The files that have requests of each day."""
    names = {file.number: file.name for file in files}
    found: dict[int, list[str]] = {}
    for file, day in sorted(set(zip(every["file"].tolist(), every["day"].tolist(), strict=True))):
        found.setdefault(day, []).append(names[file])
    return {day: remarks.named(named) for day, named in found.items()}
