"""From the owner's reports to daily figures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import Break, ParseResult, RawPage
from sources.observations import ObservationBuilder, ReportedValue, parse_page_json
from sources.youtube.responses import error_message
from sources.youtube.settings import YouTubeSettings, video_metric
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

LATEST_DAYS = 4
"""A day is in the reports 72 hours after its end at the latest: https://developers.google.com/youtube/analytics/revision_history"""
_AGAIN = "run again; if it stays so, the interface has changed"


def parse_owner(pages: Sequence[RawPage], settings: YouTubeSettings, zone: ZoneInfo) -> ParseResult:
    """Daily figures. The newest days are not there yet: they are neither counted nor collected, and come with a later run.

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
    """For each report of the channel the day after its last one, and the day before which every day must be in it."""
    _seen: set[tuple[str, str, date]] = field(default_factory=set)
    _missing: bool = False

    def page(self, page: RawPage) -> None:
        about = json.loads(page.request or "{}")
        if "gone" in about:
            self._gone(str(about["gone"]), str(about.get("video", "")), page)
            return
        video, told = str(about.get("video", "")), parse_page_json(page)
        names, rows = _table(told, page)
        lacking = [name for name in about.get("metrics", ()) if name not in names]
        if lacking:
            self.observed.note(
                f"the report holds no column {', '.join(lacking)} though it was asked for: it is missing, not 0"
            )
            self._missing = True
        days = [
            self._row(dict(zip(names, row, strict=True)), page, video, number)
            for number, row in self._whole(rows, names, page)
        ]
        if not video:
            last = max((day for day in days if day), default=None)
            self._ends.append(
                (last + DAY if last else None, page.fetched_at.astimezone(self.zone).date() - LATEST_DAYS * DAY)
            )

    def parsed(self, window: Window | None) -> ParseResult:
        if window is None or not self._ends:
            return self.observed.parsed()
        told = [last for last, _ in self._ends]
        known = min(max(last or sure, sure) for last, sure in self._ends)
        if not any(told):
            self.observed.note("the report holds no day: nobody watched, or the days are not there yet")
        covered = window.overlap(Window(window.start, known)) if known > window.start else None
        last = min((day for day in told if day), default=window.start)
        says = (
            window.overlap(Window(window.start, last))
            if last > window.start and all(told) and not self._missing
            else None
        )
        return self.observed.parsed(covered=[covered] if covered else [], replaces=says)

    def _gone(self, name: str, video: str, page: RawPage) -> None:
        told = parse_page_json(page)
        message = error_message(told) if isinstance(told, dict) else ""
        whose = f" for the video {video}" if video else ""
        self.observed.note(f"YouTube makes no report of the metric '{name}'{whose}; it was left out: {message}")
        self._missing = True
        if not video:
            day, reason = (
                page.fetched_at.astimezone(self.zone).date(),
                "YouTube's reports do not know the metric any more",
            )
            for called in (name, video_metric(name)) if self.settings.videos else (name,):
                self.observed.note_break(Break(called, day, "retired", reason))

    def _whole(self, rows: list[Any], names: list[str], page: RawPage) -> list[tuple[int, list[Any]]]:
        found = []
        for number, row in enumerate(rows, 1):
            if isinstance(row, list) and len(row) == len(names):
                found.append((number, row))
            else:
                self.observed.refuse(
                    json.dumps(row), f"the row has not the {len(names)} cells of the report", f"{page.url} row {number}"
                )
        return found

    def _row(self, cells: dict[str, Any], page: RawPage, video: str, number: int) -> date | None:
        origin = f"{page.url} row {number}"
        try:
            day = date.fromisoformat(str(cells.pop("day")))
        except ValueError:
            self.observed.refuse(json.dumps(cells), "the row has no day", origin)
            return None
        if day not in page.window:
            self.observed.refuse(json.dumps(cells), f"the row is about {day}, which was not asked for", origin)
            return None
        for name in [name for name in cells if name in self.settings.metrics]:
            called = video_metric(name) if video else name
            if (called, video, day) in self._seen:
                self.observed.refuse(
                    str(cells[name]),
                    f"the day {day} stands in the report twice",
                    origin,
                    figure=ReportedValue(called, day, "", origin, video),
                )
                continue
            self._seen.add((called, video, day))
            self.observed.add(ReportedValue(called, day, cells[name], origin, video))
        return day


def _table(told: Any, page: RawPage) -> tuple[list[str], list[Any]]:
    """The names of the columns, each once, and the rows. Raises ``ShapeError``."""
    headers = told.get("columnHeaders") if isinstance(told, dict) else None
    names = (
        [str(header.get("name")) for header in headers if isinstance(header, dict)] if isinstance(headers, list) else []
    )
    if "day" not in names or len(set(names)) != len(names):
        message = error_message(told) if isinstance(told, dict) else ""
        what = (
            f"an error came in the place of a report ({message})"
            if message
            else "the report has no column 'day', or one column twice"
        )
        raise ShapeError(what, where=page.url, do=_AGAIN)
    rows = told.get("rows") or []
    if not isinstance(rows, list):
        raise ShapeError("the report's rows are no list", where=page.url, do=_AGAIN)
    return names, rows
