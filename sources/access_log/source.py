"""Access logs of a web server: page views and visits by day, counted the COUNTER way.

A page view is a GET answered with 200 or 304, of a page that the settings ask for, by a visitor that is no robot. Days are
those of the source's time zone, whatever offset the log is written in. A visitor is a client and a user agent.

A day is ``partial`` when it is the first of the logs and its first line comes after 01:00, or the last of the logs and its
last line comes before 23:00: rotation may have cut it. Partial days are emitted with that flag and are neither covered nor
replaced. A day between them without any line is an outage: not collected, and no zero.

The raw pages hold the addresses of clients. Observations, refusals and notes hold none.
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
    ParseResult,
    Place,
    RawPage,
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
"""What is read of a folder. Error logs lie in the same one; a log of another name is named by a glob."""
Row = tuple[str, str, date, date, float | None, tuple[str, ...], str]


class AccessLogSettings(SourceSettings):
    """Where the logs lie and what counts as a page, a visit and a robot."""

    type: Literal["access_log"]
    path: Location = Field(description="a file, a folder, a glob or an address; .gz, .bz2 and .xz are unpacked")
    format: LogFormat = Field(
        "auto", description="combined, common (no user agent, so no robots can be told) or auto: each line as it comes"
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    exclude: tuple[PathPattern, ...] = Field((), description="pages that do not count, in the same way")
    only_html: bool = Field(
        default=True,
        description="leave out what its suffix shows to be no page: images, styles, scripts, feeds, documents, archives",
    )
    by_page: bool = Field(
        default=False,
        description="page views of each path, instead of their sum; the query string is no part of a path",
    )
    visits: VisitRule = Field(
        "hour_slice",
        description="hour_slice: COUNTER, one per visitor and hour; idle_30min: ends after 30 minutes' silence",
    )
    robots: Literal["exclude", "include"] = Field(
        "exclude", description="whether robots count in page_views and visits"
    )
    robot_lists: tuple[RobotList, ...] = Field(
        ("counter-robots", "crawler-user-agents"), description="the lists that say who is a robot"
    )
    also_robots: tuple[str, ...] = Field((), description="further robots: texts that occur in their user agent")
    empty_agent: Literal["robot", "visitor"] = Field("robot", description="what a visitor is that names no user agent")
    keep_raw: bool = Field(
        default=False, description="keep the log lines under raw/ as well; they hold the addresses of visitors"
    )
    double_click_s: int = Field(
        30,
        ge=0,
        description="seconds within which the same address, asked for again by the same visitor, counts once; 0: all",
    )


class AccessLog:
    """``parse`` raises ``ShapeError`` for a file of another form, for a broken archive and when no file holds a line."""

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
        rule = (
            "one per visitor and hour (COUNTER)"
            if self.settings.visits == "hour_slice"
            else "ending after 30 minutes' silence and at midnight"
        )
        return (
            Metric(
                "page_views",
                "page views",
                "flow",
                "pages answered with 200 or 304 to a GET, double clicks counted once",
                absent=absent,
            ),
            Metric(
                "visits", "visits", "flow", f"visits with at least one page view, {rule}", additive_over_entities=False
            ),
            Metric("robot_page_views", "page views", "flow", f"page views by robots, {robots}"),
            Metric("requests", "requests", "flow", "every line that can be read: any method, status, path and visitor"),
        )

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page a file, packed as it lies. The whole of every file, whatever ``window`` asks for."""
        yield from file_pages(self.name, read_files(self.settings.path, FILE_PATTERNS, session), window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Values of whole local days. Lines of days that ``window`` does not ask for are read, to tell whether their neighbours are whole."""
        log = self._read(pages)
        at = log.request_times()
        if not at.size:
            raise ShapeError(
                "no file holds a line",
                where=self.name,
                do="let 'path' name logs that hold requests, or mend the server's logging",
            )
        days, hours = local_days_and_hours(at, self.place.zone)
        requested = Window(min(page.window.start for page in pages), max(page.window.end for page in pages))
        partial = {
            int(days[edge])
            for edge, cut in ((at.argmin(), hours[at.argmin()] >= 1), (at.argmax(), hours[at.argmax()] < 23))
            if cut
        }
        whole = _windows([day for day in np.unique(days).tolist() if day not in partial])
        covered = tuple(inside for window in whole if (inside := window.overlap(requested)))
        return ParseResult(
            observation_frame([row for row in self._rows(log, days, partial) if row[2] in requested]),
            refused_frame([_refused(line) for line in log.malformed]),
            covered=covered,
            replaces=Window(covered[0].start, covered[-1].end) if covered else None,
            notes=(*log.notes, *self._remarks(log, at), *_silences(days)),
        )

    def _read(self, pages: Sequence[RawPage]) -> LogViews:
        settings = self.settings
        paths = PagePaths(settings.pages, settings.exclude, only_html=settings.only_html)
        robots = RobotLists(settings.robot_lists, settings.also_robots, empty_is_robot=settings.empty_agent == "robot")
        log = LogViews(LogReader(settings.format), paths, robots)
        for page in sorted(pages, key=lambda page: page.sequence):
            log.add(page.url, page.body)
        return log

    def _rows(self, log: LogViews, days: IntArray, partial: set[int]) -> list[Row]:
        """One row per day of the logs and metric, for page views by page one per day and path, in the order of the key."""
        views = without_double_clicks(log.views(self.place.zone), self.settings.double_click_s)
        robots = log.by_robots(views)
        counted = views if self.settings.robots == "include" else views.where(~robots)
        known = np.unique(days).tolist()
        counts: dict[tuple[int, str, str], int] = {}
        totals = {
            "requests": days,
            "robot_page_views": views.day[robots],
            "visits": visit_days(counted, self.settings.visits),
        }
        if self.settings.by_page:
            counts |= {
                (day, "page_views", path): count
                for (day, path), count in Counter(zip(counted.day.tolist(), log.paths(counted), strict=True)).items()
            }
        else:
            totals["page_views"] = counted.day
        for metric, found in totals.items():
            occurring = counts_by_day(found)
            counts |= {(day, metric, ""): occurring[day] for day in known}
        origins = _origins(log, days)
        return [
            self._row(key, count, origins[key[0]], partial=key[0] in partial) for key, count in sorted(counts.items())
        ]

    def _row(self, key: tuple[int, str, str], count: int, origin: str, *, partial: bool) -> Row:
        start = date.fromordinal(key[0])
        flags = ((self.settings.visits,) if key[1] == "visits" else ()) + (("partial",) if partial else ())
        return key[1], key[2], start, start + DAY, float(count), flags, origin

    def _remarks(self, log: LogViews, at: IntArray) -> Iterator[str]:
        if self.settings.robots == "exclude" and log.without_agent:
            yield "some lines hold no user agent (common form): robots among their page views cannot be told and are counted"
        if log.one_client:
            yield "all page views come from one client: behind a proxy the server has to log the visitor's address and not the proxy's"
        if at.size >= 100 and np.ptp(at) > 86_400 and (np.ptp(at % 60) == 0 or np.ptp(at // 60 % 60) == 0):
            yield "all requests lie in the same second of the minute or minute of the hour: double clicks and silences cannot be told well"


def _windows(days: Sequence[int]) -> list[Window]:
    return merged([Window(date.fromordinal(day), date.fromordinal(day) + DAY) for day in days])


def _origins(log: LogViews, days: IntArray) -> dict[int, str]:
    """The files that hold requests of each day."""
    names: dict[int, list[str]] = {}
    for file in log.files:
        for day in np.unique(days[file.first : file.end]).tolist():
            names.setdefault(day, []).append(file.name)
    return {
        day: ", ".join(files) if len(files) < 4 else f"{files[0]}, {files[1]} and {len(files) - 2} more files"
        for day, files in names.items()
    }


def _silences(days: IntArray) -> Iterator[str]:
    windows = _windows(np.unique(days).tolist())
    for before, after in pairwise(windows):
        yield f"no line on {Window(before.end, after.start)}: an outage or a file that is not here; these days stay missing"


def _refused(line: Malformed) -> tuple[None, None, None, None, str, str, str, str]:
    action = (
        "nothing, where a scanner or a crash wrote it; where there are many, declare the form that the server writes"
    )
    return None, None, None, None, line.text, line.reason, f"{line.file}, line {line.number}", action
