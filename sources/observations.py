"""From JSON responses to observations: parsing, whole weeks and months, and a builder that collects values."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sources.contract import (
    Break,
    ObservationRow,
    ParseResult,
    RawPage,
    RefusedRow,
    observation_frame,
    refused_frame,
)
from sources.items import month_span, one_day
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

MAX_RAW_LENGTH = 500
_NO_JSON = "check the address and the access; if they are right, tell the provider; the stored data are unchanged"


def parse_page_json(page: RawPage, do: str = _NO_JSON) -> Any:
    """The JSON in the page. Raises ``ShapeError`` that names what came instead."""
    return parse_json(page.body, page.url, do)


def parse_json(body: bytes, where: str, do: str = _NO_JSON) -> Any:
    """The JSON in a body that came from ``where``. Raises ``ShapeError`` as ``parse_page_json`` does."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        start = body.lstrip()[:1]
        kinds = {b"<": "a web page", b"": "an empty answer"}
        what = kinds.get(start, "JSON that breaks off or is broken")
        raise ShapeError(f"{what} came instead of an answer", where=where, do=do) from None


def ended_weeks(window: Window) -> list[Window]:
    """The weeks (Monday to Sunday) whose last day lies in the window, in order."""
    monday = window.start - timedelta(days=window.start.weekday())
    weeks = [Window(day, day + 7 * DAY) for day in (monday + 7 * n * DAY for n in range(window.days // 7 + 2))]
    return [week for week in weeks if window.start < week.end <= window.end]


def ended_months(window: Window) -> list[Window]:
    """The calendar months whose last day lies in the window, in order."""
    found, month = list[Window](), month_span(window.start.year, window.start.month)
    while month.end <= window.end:
        found.append(month)
        month = month_span(month.end.year, month.end.month)
    return found


def parse_number(value: object) -> float | None:
    """A finite number, also one written as text; None for anything else, True and False included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """One value as the provider reported it, not read yet. ``span`` is a day, a week or a month."""

    metric: str
    span: Window | date
    raw: object
    origin: str
    entity: str = ""
    flags: tuple[str, ...] = ()

    @property
    def window(self) -> Window:
        return self.span if isinstance(self.span, Window) else one_day(self.span)


@dataclass
class ObservationBuilder:
    """Collects the values of one pull. What is not a number is refused with ``action``; a null is left out."""

    action: str = "look at it where the provider shows it; if it is right there, tell the provider"
    _rows: list[ObservationRow] = field(default_factory=list)
    _refused: list[RefusedRow] = field(default_factory=list)
    _notes: dict[str, None] = field(default_factory=dict)
    _breaks: dict[Break, None] = field(default_factory=dict)

    def add(self, figure: ReportedValue) -> None:
        if figure.raw is None:
            return
        value, span = parse_number(figure.raw), figure.window
        if value is None:
            self.refuse(str(figure.raw), f"'{str(figure.raw)[:80]}' is not a number", figure.origin, figure=figure)
            return
        self._rows.append((figure.metric, figure.entity, span.start, span.end, value, figure.flags, figure.origin))

    def refuse(self, raw: str, reason: str, origin: str, action: str = "", figure: ReportedValue | None = None) -> None:
        """Record what cannot be read; ``figure`` says of which metric, entity and span, where that is known."""
        metric, entity, span = (figure.metric, figure.entity, figure.window) if figure else (None, None, None)
        start, end = (span.start, span.end) if span else (None, None)
        self._refused.append((metric, entity, start, end, raw[:MAX_RAW_LENGTH], reason, origin, action or self.action))

    def note(self, sentence: str) -> None:
        """One sentence for the log; the same one is kept once."""
        self._notes[sentence] = None

    def note_break(self, known: Break) -> None:
        """A change of definition that this pull met."""
        self._breaks[known] = None

    def parsed(
        self,
        *,
        covered: Sequence[Window] = (),
        replaces: Window | None = None,
        adds_only: bool = False,
        unanswered: Sequence[Window] = (),
    ) -> ParseResult:
        return ParseResult(
            observation_frame(self._rows),
            refused_frame(self._refused),
            tuple(covered),
            replaces,
            tuple(self._notes),
            breaks=tuple(self._breaks),
            adds_only=adds_only,
            unanswered=tuple(unanswered),
        )
