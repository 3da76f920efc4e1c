"""Turns the records of a JSON service into observations."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import ParseResult, RawPage
from sources.items import one_day
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.rest.json_path import first, values_at
from sources.rest.settings import RestMetric, RestSettings
from sources.rest.spans import day_of, span_of
from warehouse.schema import DAY, Window

_ABSENT = object()
_LEFT_OUT = "records of days that were not requested, or are not over, are left out"
Key = tuple[str, Window, str]


@dataclass(frozen=True, slots=True)
class RecordValue:
    """One value of a record: ``raw`` is None if the record gives no number; ``record`` is the record as JSON."""

    raw: object
    origin: str
    record: str


class RecordParser:
    """Collects the records of one pull.

    Records that count as one each, and the flows of records with an id, add up by day and entity.
    """

    def __init__(self, settings: RestSettings, zone: ZoneInfo, today: date) -> None:
        """``today`` is the local day of the request."""
        self._mapping, self._coverage, self._zone, self._today = settings.indicator, settings.coverage, zone, today
        self._since = settings.since or date.min
        self._observed = ObservationBuilder("correct it in the service, or 'indicator' in the plan")
        self._values: dict[Key, list[RecordValue]] = defaultdict(list)
        self._seen: set[str] = set()
        self._met: set[str] = set()
        self._spans: set[Window] = set()
        self._came = self._wanted = 0

    def add(self, record: Any, page: RawPage, origin: str) -> None:
        """Read one record; one that cannot be read is refused."""
        self._observed.read(record, origin, self._read, page, origin)

    def _read(self, record: Any, page: RawPage, origin: str) -> None:
        mapping = self._mapping
        self._came += 1
        if any(str(first(record, path)) != text for path, text in mapping.where.items()):
            return
        self._wanted += 1
        raw_day = first(record, mapping.date) if mapping.date else None
        day = day_of(raw_day, mapping, self._zone) if mapping.date else self._today
        if day is None:
            why = f"'{str(raw_day)[:60]}' at '{mapping.date}' is not a date in the format {mapping.format}"
            self._observed.refuse(as_text(record), why, origin)
            return
        span = span_of(day, mapping.period) if mapping.date else one_day(day)
        if not self._is_requested(span, page.window):
            self._observed.note(_LEFT_OUT)
            return
        if self._is_repeated(record):
            return
        entity = self._entity(record)
        lacking = "entity" if entity is None else "id" if mapping.id and first(record, mapping.id) is None else ""
        if entity is None or lacking:
            why = f"there is no name at '{mapping.entity}'" if entity is None else f"there is no id at '{mapping.id}'"
            do = f"add it in the service, or correct 'indicator.{lacking}' in the plan"
            self._observed.refuse(as_text(record), why, origin, do)
            return
        self._spans.add(span)
        self._add_values(record, span, entity, origin)

    def _add_values(self, record: Any, span: Window, entity: str, origin: str) -> None:
        mapping, text = self._mapping, json.dumps(record, sort_keys=True)
        names = list(mapping.metrics)
        if mapping.metric:
            name = first(record, mapping.metric)
            if not isinstance(name, str) or name not in mapping.metrics:
                self._observed.note(
                    f"records about '{str(name)[:60]}' are left out: 'indicator.metrics' does not name it"
                )
                return
            names = [name]
        for name in names:
            path = mapping.metrics[name].path or mapping.value
            if path is None:
                self._values[name, span, entity].append(RecordValue(1, origin, text))
                continue
            raw = next(values_at(record, path), _ABSENT)
            self._met |= {name} if raw is not _ABSENT else set()
            given = raw if raw is not _ABSENT and str(raw) not in mapping.missing else None
            self._values[name, span, entity].append(RecordValue(given, f"{origin} at '{path}'", text))

    def parsed(self, pages: Sequence[RawPage], *, short: bool = False) -> ParseResult:
        """The observations and the days that they cover. ``short``: fewer records came than the service announced.

        A list of the newest records may begin in the middle of its first day, so sums of that day are partial.
        """
        midway = min((span.start for span in self._spans), default=None) if self._coverage == "answer" else None
        for key, values in self._values.items():
            if self._adds_up(self._mapping.metrics[key[0]]):
                flags = (("incomplete",) if short else ()) + (("partial",) if key[1].start == midway else ())
                self._sum(key, values, flags)
            else:
                self._single(key, values)
        self._note_absent(pages)
        unknown = short or any(page.status >= 400 for page in pages)
        if self._coverage == "now":
            return self._observed.parsed(covered=[] if unknown else [one_day(self._today)], adds_only=True)
        if unknown and pages:
            return self._observed.parsed(unanswered=[pages[0].window])
        covered = self._covered(pages)
        return self._observed.parsed(covered=[covered] if covered else [], replaces=covered)

    def note(self, sentence: str) -> None:
        self._observed.note(sentence)

    def _is_requested(self, span: Window, window: Window) -> bool:
        """Whether the window holds the span; a span longer than a day belongs to the window in which it ends."""
        if self._coverage == "now":
            return True
        begins = self._begins() if self._coverage == "trailing" else date.min
        if span.start < max(begins, min(self._since, window.start)):
            return False
        return span.end <= window.end and (self._coverage != "window" or span.end > window.start)

    def _begins(self) -> date:
        """The first day of a trailing window, which is cut off at the hour of the request."""
        return self._today - (self._mapping.trailing_days or 0) * DAY

    def _is_repeated(self, record: Any) -> bool:
        identity = first(record, self._mapping.id) if self._mapping.id else None
        if identity is None:
            return False
        repeated = str(identity) in self._seen
        if repeated:
            self._observed.note("some records came twice and count once")
        self._seen.add(str(identity))
        return repeated

    def _entity(self, record: Any) -> str | None:
        if self._mapping.entity is None:
            return ""
        name = first(record, self._mapping.entity)
        return (str(name).strip() or None) if isinstance(name, str | int | float) else None

    def _adds_up(self, metric: RestMetric) -> bool:
        counted = metric.path is None and self._mapping.value is None
        return counted or (self._mapping.id is not None and (metric.kind == "flow" or self._coverage == "now"))

    def _sum(self, key: Key, values: list[RecordValue], flags: tuple[str, ...]) -> None:
        """Add the sum of the values; it is incomplete if a record gives no number."""
        name, span, entity = key
        numbers = []
        for value in values:
            number = parse_number(value.raw)
            if number is not None:
                numbers.append(number)
            elif value.raw is not None:
                self._refuse(key, value)
        if not numbers:
            return
        lacking = ("incomplete",) if len(numbers) < len(values) and "incomplete" not in flags else ()
        origin = values[0].origin if len(values) == 1 else f"{values[0].origin} and {len(values) - 1} more"
        all_flags = (*lacking, *flags, *self._cut_off(span))
        self._observed.add(ReportedValue(name, span, math.fsum(numbers), origin, entity, all_flags))

    def _single(self, key: Key, values: list[RecordValue]) -> None:
        """Add the one value; several different records for one key are refused."""
        name, span, entity = key
        if len({value.record for value in values}) > 1:
            why = f"{len(values)} records give '{name}' of the same day and entity"
            do = "name in 'indicator.entity' of the plan what distinguishes them, or give 'indicator.id' to add them up"
            for value in values:
                reported = ReportedValue(name, span, value.raw, value.origin, entity)
                self._observed.refuse(as_text(value.raw), why, value.origin, do, reported)
            return
        value = values[0]
        if value.raw is not None and parse_number(value.raw) is None:
            self._refuse(key, value)
            return
        self._observed.add(ReportedValue(name, span, value.raw, value.origin, entity, self._cut_off(span)))

    def _cut_off(self, span: Window) -> tuple[str, ...]:
        return ("partial",) if self._coverage == "trailing" and span.start == self._begins() else ()

    def _refuse(self, key: Key, value: RecordValue) -> None:
        reported = ReportedValue(key[0], key[1], value.raw, value.origin, key[2])
        why = f"'{str(value.raw)[:80]}' is not a number"
        self._observed.refuse(as_text(value.raw), why, value.origin, figure=reported)

    def _note_absent(self, pages: Sequence[RawPage]) -> None:
        """Note what the plan names and no record has; an empty list of things to count now is a 0."""
        mapping = self._mapping
        if self._came and not self._wanted:
            self._observed.note(f"'indicator.where' matches none of {self._came} records")
        for name, metric in mapping.metrics.items():
            path = metric.path or mapping.value
            if self._spans and path and name not in self._met:
                about = f"at '{path}'" if metric.path or not mapping.metric else f"about '{name}'"
                self._observed.note(f"no record holds a number {about}: '{name}' is missing (indicator.metrics.{name})")
            counts_now = self._coverage == "now" and path is None and mapping.entity is None
            if counts_now and not self._values and pages and not any(page.status >= 400 for page in pages):
                self._observed.add(ReportedValue(name, self._today, 0, pages[0].url))

    def _covered(self, pages: Sequence[RawPage]) -> Window | None:
        """The days about which the response says everything; None if there are none."""
        window = pages[0].window
        if self._coverage == "window":
            return window
        if self._coverage == "trailing":
            start, end = max(self._begins() + DAY, min(self._since, window.start)), min(self._today, window.end)
            return Window(start, end) if start < end else None
        if not self._spans:
            return None
        return Window(min(span.start for span in self._spans), max(span.end for span in self._spans))
