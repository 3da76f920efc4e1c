"""Access logs of a web server: page views and visits by day, counted the COUNTER way.

A page view is a GET with status 200 or 304, of a page that the settings select, by a visitor that is not a robot. Days
are those of the source's time zone, whatever the offset in the log. A visitor is a client and a user agent.

A day is ``partial`` when it is the first of the logs and its first line comes after 01:00, or the last of the logs and
its last line comes before 23:00: log rotation may have cut it. Partial days are emitted with that flag and are neither
covered nor replaced. A day between them without any line is an outage: it is missing, not zero.

The raw pages contain the addresses of clients. Observations, refusals and notes contain none.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from sources.access_log.lines import LogFormat, LogReader, Malformed
from sources.access_log.paths import PagePaths
from sources.access_log.robots import RobotList, RobotLists
from sources.access_log.views import LogViews
from sources.access_log.visits import (
    IntArray,
    VisitRule,
    counts_by_day,
    local_days_and_hours,
    visit_days,
    without_double_clicks,
)
from sources.contract import (
    About,
    Metric,
    ObservationRow,
    ParseResult,
    Place,
    RawPage,
    RefusedRow,
    SourceSettings,
    observation_frame,
    refused_frame,
)
from sources.files.location import Location, file_pages, read_files
from sources.page_patterns import PathPattern
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window, merged

if TYPE_CHECKING:
    from sources.web.session import Session

FILE_PATTERNS = ("*access*",)
"""The files that are read from a folder, which usually has error logs too; a glob names a log with another name."""


class AccessLogSettings(SourceSettings):
    """Where the logs are and what counts as a page, a visit and a robot."""

    type: Literal["access_log"]
    path: Location = Field(description="a file, a folder, a glob or an address; .gz, .bz2 and .xz are unpacked")
    format: LogFormat = Field(
        "auto",
        description="combined, common (no user agent, so robots cannot be recognised) or auto: each line as it is",
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    exclude: tuple[PathPattern, ...] = Field((), description="pages that do not count, in the same way")
    only_html: bool = Field(
        default=True,
        description="leave out files that are not pages by their suffix: images, styles, scripts, feeds, documents",
    )
    by_page: bool = Field(
        default=False,
        description="page views of each path, instead of their sum; the query string is not part of a path",
    )
    visits: VisitRule = Field(
        "hour_slice",
        description="hour_slice: COUNTER, one per visitor and hour; idle_30min: ends after 30 minutes without a view",
    )
    robots: Literal["exclude", "include"] = Field(
        "exclude", description="whether robots count in page_views and visits"
    )
    robot_lists: tuple[RobotList, ...] = Field(
        ("counter-robots", "crawler-user-agents"), description="the lists of robots"
    )
    also_robots: tuple[str, ...] = Field((), description="further robots: texts that occur in their user agent")
    empty_agent: Literal["robot", "visitor"] = Field("robot", description="what a visitor without a user agent is")
    keep_raw: bool = Field(
        default=False, description="keep the log lines under raw/ as well; they contain the addresses of visitors"
    )
    double_click_s: int = Field(
        30,
        ge=0,
        description="seconds within which the same address, requested again by the same visitor, counts once; 0: all",
    )


class AccessLog:
    """``parse`` raises ``ShapeError`` for another format, for a broken archive and when no file has a line."""

    Settings: ClassVar[type[SourceSettings]] = AccessLogSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Web server logs (Apache, nginx, IIS)",
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
        yield from file_pages(self.name, read_files(self.settings.path, FILE_PATTERNS, session), window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Values of whole local days.

        Lines outside the window are read too: they show whether the days beside them are whole.
        """
        log = self._read(pages)
        at = log.request_times()
        if not at.size:
            do = "let 'path' name logs that have requests, or correct the server's logging"
            raise ShapeError("no file has a line", where=self.name, do=do)
        days, hours = local_days_and_hours(at, self.place.zone)
        requested = Window(min(page.window.start for page in pages), max(page.window.end for page in pages))
        first, last = at.argmin(), at.argmax()
        edges = ((first, hours[first] >= 1), (last, hours[last] < 23))
        partial = {int(days[edge]) for edge, is_cut in edges if is_cut}
        whole = _windows([day for day in np.unique(days).tolist() if day not in partial])
        covered = tuple(inside for window in whole if (inside := window.overlap(requested)))
        return ParseResult(
            observation_frame([row for row in self._rows(log, days, partial) if row[2] in requested]),
            refused_frame([_refused(line) for line in log.malformed]),
            covered=covered,
            replaces=Window(covered[0].start, covered[-1].end) if covered else None,
            notes=(*log.notes, *self._remarks(log, at), *_outages(days)),
        )

    def _read(self, pages: Sequence[RawPage]) -> LogViews:
        settings = self.settings
        paths = PagePaths(settings.pages, settings.exclude, only_html=settings.only_html)
        robots = RobotLists(settings.robot_lists, settings.also_robots, empty_is_robot=settings.empty_agent == "robot")
        log = LogViews(LogReader(settings.format), paths, robots)
        for page in sorted(pages, key=lambda page: page.sequence):
            log.add(page.url, page.body)
        return log

    def _rows(self, log: LogViews, days: IntArray, partial: set[int]) -> list[ObservationRow]:
        """One row per day of the logs and metric; for page views by page one per day and path. Ordered by key."""
        views = without_double_clicks(log.views(self.place.zone), self.settings.double_click_s)
        robots = log.by_robots(views)
        counted = views if self.settings.robots == "include" else views.where(~robots)
        all_days = np.unique(days).tolist()
        counts: dict[tuple[int, str, str], int] = {}
        totals = {
            "requests": days,
            "robot_page_views": views.day[robots],
            "visits": visit_days(counted, self.settings.visits),
        }
        if self.settings.by_page:
            by_page = Counter(zip(counted.day.tolist(), log.paths(counted), strict=True))
            counts |= {(day, "page_views", path): count for (day, path), count in by_page.items()}
        else:
            totals["page_views"] = counted.day
        for metric, found in totals.items():
            by_day = counts_by_day(found)
            counts |= {(day, metric, ""): by_day[day] for day in all_days}
        origins = _origins(log, days)
        return [
            self._row(key, count, origins[key[0]], partial=key[0] in partial) for key, count in sorted(counts.items())
        ]

    def _row(self, key: tuple[int, str, str], count: int, origin: str, *, partial: bool) -> ObservationRow:
        start = date.fromordinal(key[0])
        flags = ((self.settings.visits,) if key[1] == "visits" else ()) + (("partial",) if partial else ())
        return key[1], key[2], start, start + DAY, float(count), flags, origin

    def _remarks(self, log: LogViews, at: IntArray) -> Iterator[str]:
        if self.settings.robots == "exclude" and log.without_agent:
            yield "some lines have no user agent (common format): robots among their page views are counted too"
        if log.one_client:
            yield "all page views come from one client: behind a proxy, have the server log the visitor's address"
        if at.size >= 100 and np.ptp(at) > 86_400 and (np.ptp(at % 60) == 0 or np.ptp(at // 60 % 60) == 0):
            regular = "all requests lie in the same second of the minute or in the same minute of the hour"
            yield f"{regular}: double clicks and visits are not reliable"


def _windows(days: Sequence[int]) -> list[Window]:
    return merged([Window(date.fromordinal(day), date.fromordinal(day) + DAY) for day in days])


def _origins(log: LogViews, days: IntArray) -> dict[int, str]:
    """The files that have requests of each day."""
    names: dict[int, list[str]] = {}
    for file in log.files:
        for day in np.unique(days[file.first : file.end]).tolist():
            names.setdefault(day, []).append(file.name)
    return {
        day: ", ".join(files) if len(files) < 4 else f"{files[0]}, {files[1]} and {len(files) - 2} more files"
        for day, files in names.items()
    }


def _outages(days: IntArray) -> Iterator[str]:
    windows = _windows(np.unique(days).tolist())
    for before, after in pairwise(windows):
        yield f"no line on {Window(before.end, after.start)}: an outage or a missing file; these days stay missing"


def _refused(line: Malformed) -> RefusedRow:
    action = "nothing, if a scanner or a crash wrote it; if there are many, declare the format that the server writes"
    return None, None, None, None, line.text, line.reason, f"{line.file}, line {line.number}", action
