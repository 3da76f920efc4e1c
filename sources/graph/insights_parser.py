"""Turns pages of daily insights into observations."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sources.contract import Metric, ParseResult, RawPage
from sources.graph.access import note_version_drift, token_expiry
from sources.graph.insights import WEEK, ZONE, unanswered_window
from sources.graph.retired import break_of, replacement_advice, retirement_of
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, parse_page_json
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

_NEAR_MIDNIGHT = {23, 0, 1}
"""Around a change of the clocks an end_time may be an hour off."""


@dataclass
class InsightsParser:
    """Turns the pages of one pull into observations.

    ``declared``: the metrics by name; ``wanted``: those that the plan names; ``complete``: a day without a value has
    none; otherwise its value may still come.
    """

    declared: Mapping[str, Metric]
    wanted: Collection[str]
    version: str
    complete: bool = True
    observed: ObservationBuilder = field(
        default_factory=lambda: ObservationBuilder(
            "look at the day in the provider's own insights; if it is right there, report it to the provider"
        )
    )
    _requested: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _first: date | None = None
    _last: date | None = None
    _expires: datetime | None = None
    _holes: bool = False
    _left_out: set[str] = field(default_factory=set)

    def parsed(self, pages: Sequence[RawPage]) -> ParseResult:
        if not pages:
            return self.observed.parsed()
        window = pages[0].window
        for page in sorted(pages, key=lambda page: page.sequence):
            self._page(page)
        self._note_gaps()
        last, first = self._last, max(self._first or window.start, window.start)
        covered = [Window(first, min(last + DAY, window.end))] if last is not None and last >= first else []
        replaces = self.complete and not self._holes and set(self.wanted) <= self._answered and bool(covered)
        known_to = covered[0].end if covered else window.start
        waiting = unanswered_window(Window(known_to, window.end), pages) if known_to < window.end else None
        found = self.observed.parsed(
            covered=covered, replaces=covered[0] if replaces else None, unanswered=[waiting] if waiting else []
        )
        return replace(found, access_expires_at=self._expires)

    def _note_gaps(self) -> None:
        for name in self.wanted:
            if retirement_of(name) is not None and name in self._answered:
                self.observed.note(f"'{name}': {replacement_advice(name)}; the API still answered")
            if name not in self._requested | self._left_out:
                self.observed.note(f"'{name}' was not requested: the provider gives it for the last 30 days only")
        silent = [name for name in self.wanted if name in self._requested - self._answered - self._left_out]
        if silent:
            self.observed.note(
                f"no answer about {', '.join(silent)}: missing, not 0; there are no insights below 100 likes "
                "(Instagram: 100 followers), nor without the permission to read them"
            )

    def _page(self, page: RawPage) -> None:
        about = json.loads(page.request or "{}")
        document = parse_page_json(page)
        if about.get("kind") == "gone":
            self._gone(about["metric"], document, page)
            return
        if about.get("kind") == "token":
            self._expires = token_expiry(document, about, self.observed) or self._expires
            return
        note_version_drift(about, self.version, self.observed)
        self._first = date.fromisoformat(about["from"]) if "from" in about else self._first
        rows = document.get("data") if isinstance(document, dict) else None
        if not isinstance(rows, list):
            do = "run again; if it happens again, the interface has changed"
            raise ShapeError("the response has no list 'data'", where=page.url, do=do)
        named = set()
        for number, row in enumerate(rows, 1):
            origin = f"{page.url} row {number}"
            if not isinstance(row, dict) or not isinstance(row.get("name"), str):
                self.observed.refuse(as_text(row), "the row names no metric", origin)
                continue
            named.add(row["name"])
            self._holes |= not self.observed.read(row, origin, self._row, about, page.window, origin)
        requested = set(about.get("metrics", named))
        self._requested |= requested
        self._holes |= not requested <= named

    def _gone(self, metric: str, document: Any, page: RawPage) -> None:
        error = document.get("error") if isinstance(document, dict) else None
        if not isinstance(error, dict):
            what = "the response about a metric is not an error of the Graph API"
            raise ShapeError(what, where=page.url, do="run again")
        self._left_out.add(metric)
        self.observed.note(f"the Graph API no longer gives '{metric}'; it was left out: {replacement_advice(metric)}")
        for name in (metric, metric + WEEK):
            if name in self.declared:
                self.observed.note_break(break_of(metric, page.window.start, name))

    def _row(self, row: Mapping[str, Any], about: Mapping[str, Any], window: Window, origin: str) -> bool:
        """Read one metric; True, so that a row that fails differs."""
        name, period = row["name"], row.get("period")
        if name not in self.declared:
            self.observed.note(f"the response holds '{name}', which was not requested; it was left out")
            return True
        flags = ("estimated",) if "estimate" in str(row.get("description", "")).lower() else ()
        if "total_value" in row and "span" in about:
            span = Window(*(date.fromisoformat(day) for day in about["span"]))
            total = row["total_value"].get("value") if isinstance(row["total_value"], dict) else row["total_value"]
            self._add(ReportedValue(name + about.get("suffix", ""), span, total, origin, flags=flags))
            self._extend_to(span.end - DAY, total)
            return True
        if period not in ("day", "week", "lifetime"):
            self.observed.note(f"'{name}' came over {as_text(period)[:40]}, rolling from day to day; it was left out")
            return True
        for value in row.get("values") or []:
            self.observed.read(value, origin, self._value, name, period == "week", window, (origin, flags))
        return True

    def _value(self, value: Any, name: str, weekly: bool, window: Window, marks: tuple[str, tuple[str, ...]]) -> None:
        origin, flags = marks
        end = local_end(value.get("end_time")) if isinstance(value, dict) else None
        if end is None:
            self.observed.refuse(as_text(value), "the value has no end_time at the end of a Pacific day", origin)
            return
        if weekly:
            if end.weekday() == 0 and window.start < end <= window.end and name + WEEK in self.declared:
                week = Window(end - 7 * DAY, end)
                self._add(ReportedValue(name + WEEK, week, value.get("value"), origin, flags=flags))
            return
        self._extend_to(end - DAY, value.get("value"))
        day = end if self.declared[name].kind == "reading" else end - DAY
        if day in window and day >= (self._first or window.start):
            self._add(ReportedValue(name, day, value.get("value"), origin, flags=flags))

    def _extend_to(self, day: date, raw: object) -> None:
        """Count ``day`` as covered if it has a value; the newest days may come later."""
        if raw is not None:
            self._last = max(self._last or day, day)

    def _add(self, value: ReportedValue) -> None:
        """Add a value; a table, such as reactions by kind, gives one value per line, with the line as entity."""
        parts = value.raw if isinstance(value.raw, dict) else {"": value.raw}
        if not parts:
            self.observed.note(f"'{value.metric}' came as an empty table on some days: missing, not 0")
        for line, raw in parts.items():
            self.observed.add(replace(value, entity=str(line), raw=raw))
        if any(raw is not None for raw in parts.values()):
            self._answered.add(value.metric.removesuffix(WEEK))


def local_end(text: object) -> date | None:
    """The Pacific day that begins at ``text``, an ISO time with an offset; None if ``text`` is not near a midnight."""
    try:
        instant = datetime.fromisoformat(str(text))
        moment = instant.astimezone(ZONE)
    except (ValueError, OverflowError):
        return None
    if instant.tzinfo is None:
        return None
    return (moment - timedelta(hours=12)).date() + DAY if moment.hour in _NEAR_MIDNIGHT else None
