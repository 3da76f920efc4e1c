"""Turns the owner's reports into daily observations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import Break, ParseResult, RawPage
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, parse_page_json
from sources.youtube.responses import error_message
from sources.youtube.settings import YouTubeSettings, video_metric
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

LATEST_DAYS = 4
"""Days after which a day is in the reports, 72 hours after its end at the latest:
https://developers.google.com/youtube/analytics/revision_history"""
STILL_EXPECTED_DAYS = 92
"""Days after the newest one of a report are requested again for so long: a report may come late, or nobody watched."""
_AGAIN = "run again; if it happens again, the interface has changed"


def parse_owner(pages: Sequence[RawPage], settings: YouTubeSettings, zone: ZoneInfo) -> ParseResult:
    """Daily observations. The newest days, not yet in the reports, are not covered and come with a later run.

    Raises ``ShapeError``.
    """
    parser = ReportParser(settings, zone)
    for page in pages:
        parser.page(page)
    return parser.parsed(pages[0].window if pages else None)


@dataclass
class ReportParser:
    """Collects the reports of one pull."""

    settings: YouTubeSettings
    zone: ZoneInfo
    observed: ObservationBuilder = field(
        default_factory=lambda: ObservationBuilder(
            "look at the day in YouTube Studio; if the number is right there, run again"
        )
    )
    _ends: list[tuple[date | None, date]] = field(default_factory=list)
    """For each report of the channel: the day after its last day, and the day before which all days must be in it."""
    _seen: set[tuple[str, str, date]] = field(default_factory=set)
    _missing: bool = False

    def page(self, page: RawPage) -> None:
        about = json.loads(page.request or "{}")
        if "gone" in about:
            self._gone(str(about["gone"]), str(about.get("video", "")), page)
            return
        video = str(about.get("video", ""))
        names, rows = _table(parse_page_json(page), page)
        lacking = [name for name in about.get("metrics", ()) if name not in names]
        if lacking:
            self.observed.note(
                f"the report has no column {', '.join(lacking)} although it was requested: it is missing, not 0"
            )
            self._missing = True
        read = self.observed.read
        days = [
            read(dict(zip(names, row, strict=True)), f"{page.url} row {number}", self._row, page, video, number)
            for number, row in self._complete_rows(rows, names, page)
        ]
        if not video:
            last = max((day for day in days if day), default=None)
            self._ends.append(
                (last + DAY if last else None, page.fetched_at.astimezone(self.zone).date() - LATEST_DAYS * DAY)
            )

    def parsed(self, window: Window | None) -> ParseResult:
        if window is None or not self._ends:
            return self.observed.parsed()
        lasts = [last for last, _ in self._ends]
        complete_to = min(max(last or sure, sure) for last, sure in self._ends)
        if not any(lasts):
            self.observed.note("the report holds no day: nobody watched, or the days are not there yet")
        covered = window.overlap(Window(window.start, complete_to)) if complete_to > window.start else None
        last = min((day for day in lasts if day), default=window.start)
        expected = Window(max(sure for _, sure in self._ends) - STILL_EXPECTED_DAYS * DAY, date.max)
        late = expected.overlap(Window(min(last, window.end), window.end)) if last < window.end else None
        replaces = last > window.start and all(lasts) and not self._missing
        return self.observed.parsed(
            covered=[covered] if covered else [],
            replaces=window.overlap(Window(window.start, last)) if replaces else None,
            unanswered=[late] if late else [],
        )

    def _gone(self, name: str, video: str, page: RawPage) -> None:
        body = parse_page_json(page)
        message = error_message(body) if isinstance(body, dict) else ""
        whose = f" for the video {video}" if video else ""
        self.observed.note(f"YouTube makes no report of the metric '{name}'{whose}; it was left out: {message}")
        self._missing = True
        if not video:
            day, reason = page.fetched_at.astimezone(self.zone).date(), "YouTube's reports no longer have the metric"
            for called in (name, video_metric(name)) if self.settings.videos else (name,):
                self.observed.note_break(Break(called, day, "retired", reason))

    def _complete_rows(self, rows: list[Any], names: list[str], page: RawPage) -> list[tuple[int, list[Any]]]:
        found = []
        for number, row in enumerate(rows, 1):
            if isinstance(row, list) and len(row) == len(names):
                found.append((number, row))
            else:
                why = f"the row does not have the {len(names)} cells of the report"
                self.observed.refuse(as_text(row), why, f"{page.url} row {number}")
        return found

    def _row(self, cells: dict[str, Any], page: RawPage, video: str, number: int) -> date | None:
        origin = f"{page.url} row {number}"
        try:
            day = date.fromisoformat(str(cells.pop("day")))
        except ValueError:
            self.observed.refuse(as_text(cells), "the row has no day", origin)
            return None
        if day not in page.window:
            self.observed.refuse(as_text(cells), f"the row is about {day}, which was not requested", origin)
            return None
        for name in [name for name in cells if name in self.settings.metrics]:
            called = video_metric(name) if video else name
            if (called, video, day) in self._seen:
                self.observed.refuse(
                    str(cells[name]),
                    f"the day {day} is in the report twice",
                    origin,
                    figure=ReportedValue(called, day, "", origin, video),
                )
                continue
            self._seen.add((called, video, day))
            self.observed.add(ReportedValue(called, day, cells[name], origin, video))
        return day


def _table(report: Any, page: RawPage) -> tuple[list[str], list[Any]]:
    """The names of the columns, each once, and the rows. Raises ``ShapeError``."""
    headers = report.get("columnHeaders") if isinstance(report, dict) else None
    names = (
        [str(header.get("name")) for header in headers if isinstance(header, dict)] if isinstance(headers, list) else []
    )
    if "day" not in names or len(set(names)) != len(names):
        message = error_message(report) if isinstance(report, dict) else ""
        no_table = "the report has no column 'day', or one column twice"
        what = f"an error came instead of a report ({message})" if message else no_table
        raise ShapeError(what, where=page.url, do=_AGAIN)
    rows = report.get("rows") or []
    if not isinstance(rows, list):
        raise ShapeError("the report's rows are not a list", where=page.url, do=_AGAIN)
    return names, rows
