"""From the records of a JSON service to observations."""

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
from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.rest.json_path import first, values_at
from sources.rest.settings import RestMetric, RestSettings
from sources.rest.spans import day_of, span_of
from warehouse.schema import DAY, Window

_NOWHERE = object()
_LEFT_OUT = "records of days that were not asked for, or are not over, are left out"
Key = tuple[str, Window, str]


@dataclass(frozen=True, slots=True)
class RecordValue:
    """What one record says: ``raw`` is None where it gives no number, ``record`` the whole of it as text."""

    raw: object
    origin: str
    record: str


class RecordParser:
    """Reads record after record. Those that are counted, and the flows of records with an id, add up by day and entity."""

    def __init__(self, settings: RestSettings, zone: ZoneInfo, today: date) -> None:
        """``today`` is the local day on which was asked."""
        self._mapping, self._coverage, self._zone, self._today = settings.indicator, settings.coverage, zone, today
        self._since = settings.since or date.min
        self._observed = ObservationBuilder("correct it in the service, or mend 'indicator' in the plan")
        self._told: dict[Key, list[RecordValue]] = defaultdict(list)
        self._seen: set[str] = set()
        self._met: set[str] = set()
        self._spans: set[Window] = set()
        self._came = self._wanted = 0

    def read(self, record: Any, page: RawPage, origin: str) -> None:
        mapping = self._mapping
        self._came += 1
        if any(str(first(record, path)) != text for path, text in mapping.where.items()):
            return
        self._wanted += 1
        raw_day = first(record, mapping.date) if mapping.date else None
        day = day_of(raw_day, mapping, self._zone) if mapping.date else self._today
        if day is None:
            self._observed.refuse(
                json.dumps(record),
                f"'{str(raw_day)[:60]}' at '{mapping.date}' is no date written {mapping.format}",
                origin,
            )
            return
        span = span_of(day, mapping.period) if mapping.date else one_day(day)
        if not self._is_asked_for(span, page.window):
            self._observed.note(_LEFT_OUT)
            return
        if self._came_twice(record):
            return
        entity = self._entity(record)
        lacking = "entity" if entity is None else "id" if mapping.id and first(record, mapping.id) is None else ""
        if entity is None or lacking:
            told = f"no name stands at '{mapping.entity}'" if entity is None else f"no id stands at '{mapping.id}'"
            self._observed.refuse(
                json.dumps(record), told, origin, f"give it in the service, or mend 'indicator.{lacking}' in the plan"
            )
            return
        self._spans.add(span)
        self._numbers(record, span, entity, origin)

    def _numbers(self, record: Any, span: Window, entity: str, origin: str) -> None:
        mapping, whole = self._mapping, json.dumps(record, sort_keys=True)
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
                self._told[name, span, entity].append(RecordValue(1, origin, whole))
                continue
            raw = next(values_at(record, path), _NOWHERE)
            self._met |= {name} if raw is not _NOWHERE else set()
            known = raw is not _NOWHERE and str(raw) not in mapping.missing
            self._told[name, span, entity].append(RecordValue(raw if known else None, f"{origin} at '{path}'", whole))

    def parsed(self, pages: Sequence[RawPage], *, short: bool = False) -> ParseResult:
        """What the records say, and of which days they speak. ``short``: fewer came than the service told.

        The first day of a list of the newest may begin midway, so what is added up there is partial.
        """
        midway = min((span.start for span in self._spans), default=None) if self._coverage == "answer" else None
        for key, told in self._told.items():
            if self._adds_up(self._mapping.metrics[key[0]]):
                flags = (("incomplete",) if short else ()) + (("partial",) if key[1].start == midway else ())
                self._sum(key, told, flags)
            else:
                self._single(key, told)
        self._nothing_there(pages)
        silent = short or any(page.status >= 400 for page in pages)
        if self._coverage == "now":
            return self._observed.parsed(covered=[] if silent else [one_day(self._today)], adds_only=True)
        spoken = None if silent else self._spoken(pages)
        return self._observed.parsed(covered=[spoken] if spoken else [], replaces=spoken)

    def note(self, sentence: str) -> None:
        self._observed.note(sentence)

    def _is_asked_for(self, span: Window, window: Window) -> bool:
        """A longer span belongs to the window in which it ends."""
        if self._coverage == "now":
            return True
        begins = self._begins() if self._coverage == "trailing" else date.min
        if span.start < max(begins, min(self._since, window.start)):
            return False
        return span.end <= window.end and (self._coverage != "window" or span.end > window.start)

    def _begins(self) -> date:
        """The day, cut off, with which a trailing window begins."""
        return self._today - (self._mapping.trailing_days or 0) * DAY

    def _came_twice(self, record: Any) -> bool:
        identity = first(record, self._mapping.id) if self._mapping.id else None
        known = identity is not None and str(identity) in self._seen
        if known:
            self._observed.note("some records came twice and count once")
        elif identity is not None:
            self._seen.add(str(identity))
        return known

    def _entity(self, record: Any) -> str | None:
        if self._mapping.entity is None:
            return ""
        name = first(record, self._mapping.entity)
        return (str(name).strip() or None) if isinstance(name, str | int | float) else None

    def _adds_up(self, metric: RestMetric) -> bool:
        counted = metric.path is None and self._mapping.value is None
        return counted or (self._mapping.id is not None and (metric.kind == "flow" or self._coverage == "now"))

    def _sum(self, key: Key, told: list[RecordValue], flags: tuple[str, ...]) -> None:
        """The sum of what is known: incomplete where a record gives no number."""
        name, span, entity = key
        values = []
        for one in told:
            value = parse_number(one.raw)
            if value is not None:
                values.append(value)
            elif one.raw is not None:
                self._refuse(key, one)
        if not values:
            return
        lacking = ("incomplete",) if len(values) < len(told) and "incomplete" not in flags else ()
        origin = told[0].origin if len(told) == 1 else f"{told[0].origin} and {len(told) - 1} more"
        self._observed.add(
            ReportedValue(name, span, math.fsum(values), origin, entity, (*lacking, *flags, *self._cut_off(span)))
        )

    def _single(self, key: Key, told: list[RecordValue]) -> None:
        name, span, entity = key
        if len({one.record for one in told}) > 1:
            do = "say what tells them apart as 'indicator.entity' in the plan, or give 'indicator.id' if they are to be added up"
            for one in told:
                figure = ReportedValue(name, span, one.raw, one.origin, entity)
                self._observed.refuse(
                    json.dumps(one.raw),
                    f"{len(told)} records give '{name}' of the same day and entity",
                    one.origin,
                    do,
                    figure,
                )
            return
        if told[0].raw is not None and parse_number(told[0].raw) is None:
            self._refuse(key, told[0])
            return
        self._observed.add(ReportedValue(name, span, told[0].raw, told[0].origin, entity, self._cut_off(span)))

    def _cut_off(self, span: Window) -> tuple[str, ...]:
        return ("partial",) if self._coverage == "trailing" and span.start == self._begins() else ()

    def _refuse(self, key: Key, one: RecordValue) -> None:
        figure = ReportedValue(key[0], key[1], one.raw, one.origin, key[2])
        self._observed.refuse(json.dumps(one.raw), f"'{str(one.raw)[:80]}' is no number", one.origin, figure=figure)

    def _nothing_there(self, pages: Sequence[RawPage]) -> None:
        """Says where the plan and the answer do not meet, and counts none where a list of levels is empty."""
        mapping = self._mapping
        if self._came and not self._wanted:
            self._observed.note(f"none of {self._came} records is one that 'indicator.where' wants")
        for name, metric in mapping.metrics.items():
            path = metric.path or mapping.value
            if self._spans and path and name not in self._met:
                about = f"at '{path}'" if metric.path or not mapping.metric else f"about '{name}'"
                self._observed.note(
                    f"no record holds a number {about}: nothing is known of '{name}' (indicator.metrics.{name})"
                )
            counts_now = self._coverage == "now" and path is None and mapping.entity is None
            if counts_now and not self._told and pages and not any(page.status >= 400 for page in pages):
                self._observed.add(ReportedValue(name, self._today, 0, pages[0].url))

    def _spoken(self, pages: Sequence[RawPage]) -> Window | None:
        asked = pages[0].window
        if self._coverage == "window":
            return asked
        if self._coverage == "trailing":
            first, end = max(self._begins() + DAY, min(self._since, asked.start)), min(self._today, asked.end)
            return Window(first, end) if first < end else None
        if not self._spans:
            return None
        return Window(min(span.start for span in self._spans), max(span.end for span in self._spans))
