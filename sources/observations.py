"""From JSON responses to observations: parsing, whole weeks and months, and a builder that collects values."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Concatenate

from sources.contract import (
    Break,
    ObservationRow,
    ParseResult,
    RawPage,
    RefusedRow,
)
from sources.frames import MAX_RAW_LENGTH, P, R, T, read_record, record_frames
from sources.items import month_span, one_day
from sources.json_values import parse_json
from warehouse.schema import DAY, Window


def parse_page_json(page: RawPage) -> Any:
    """The JSON in the page. Raises ``ShapeError`` that names what came instead."""
    return parse_json(page.body, page.url)


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
            raw = str(figure.raw)
            self.refuse(raw, f"'{raw[:80]}' is not a number", figure.origin, figure=figure)
            return
        self._rows.append((figure.metric, figure.entity, span.start, span.end, value, figure.flags, figure.origin))

    def refuse(self, raw: str, reason: str, origin: str, action: str = "", figure: ReportedValue | None = None) -> None:
        """Record what cannot be read; ``figure`` says of which metric, entity and span, where that is known."""
        metric, entity, span = (figure.metric, figure.entity, figure.window) if figure else (None, None, None)
        start, end = (span.start, span.end) if span else (None, None)
        self._refused.append((metric, entity, start, end, raw[:MAX_RAW_LENGTH], reason, origin, action or self.action))

    def refuse_record(self, raw: str, reason: str, origin: str, action: str) -> None:
        self.refuse(raw, reason, origin, action)

    def mark(self) -> tuple[int, int]:
        return len(self._rows), len(self._refused)

    def undo(self, mark: tuple[int, int]) -> None:
        del self._rows[mark[0] :], self._refused[mark[1] :]

    def read(
        self, record: R, origin: str, read: Callable[Concatenate[R, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """``read`` one record: where that fails, the record is refused, and nothing of it is kept."""
        return read_record(self, record, origin, read, *args, **kwargs)

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
            *record_frames(self._rows, self._refused),
            tuple(covered),
            replaces,
            tuple(self._notes),
            breaks=tuple(self._breaks),
            adds_only=adds_only,
            unanswered=tuple(unanswered),
        )
