"""From the records of a JSON service to observations."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import Parsed, RawPage
from sources.items import month_span, one_day, year_span
from sources.observed import Figure, Observed, number
from sources.rest.json_path import first
from sources.rest.settings import Mapping
from warehouse.schema import DAY, Window


class Reader:
    """Reads record after record; those that count 1 each are added up by day and entity."""

    def __init__(self, mapping: Mapping, zone: ZoneInfo) -> None:
        self._mapping, self._zone = mapping, zone
        self._observed = Observed("correct it in the service, or mend 'indicator' in the plan")
        self._counted: dict[tuple[str, Window, str], list[str]] = defaultdict(list)
        self._seen: set[str] = set()
        self._days: list[Window] = []

    def read(self, record: Any, page: RawPage, origin: str) -> None:
        mapping = self._mapping
        if any(str(first(record, path)) != text for path, text in mapping.where.items()):
            return
        span = self._span(record, page)
        if span is None:
            told = first(record, mapping.date) if mapping.date else None
            self._observed.refuse(json.dumps(record), f"'{str(told)[:60]}' at '{mapping.date}' is no date written {mapping.format}", origin)
            return
        if mapping.date is not None and span.start >= page.window.end:
            self._observed.note("days that are not over, or were not asked for yet, are left out")
            return
        identity = first(record, mapping.id) if mapping.id else None
        if identity is not None:
            if str(identity) in self._seen:
                self._observed.note("some records came twice and count once")
                return
            self._seen.add(str(identity))
        entity = "" if mapping.entity is None else str(first(record, mapping.entity) or "")
        self._days.append(span)
        for name, metric in mapping.metrics.items():
            if metric.path is None:
                self._counted[name, span, entity].append(origin)
                continue
            raw = first(record, metric.path)
            figure = Figure(name, span, raw, f"{origin} at '{metric.path}'", entity)
            if raw is None or number(raw) is not None:
                self._observed.add(figure)
            else:
                self._observed.refuse(json.dumps(raw), f"'{str(raw)[:80]}' is no number", figure.origin, figure=figure)

    def parsed(self, pages: Sequence[RawPage]) -> Parsed:
        """What the records say, and of which days they speak."""
        for (name, span, entity), origins in self._counted.items():
            told = origins[0] if len(origins) == 1 else f"{origins[0]} and {len(origins) - 1} more"
            self._observed.add(Figure(name, span, len(origins), told, entity))
        if self._mapping.date is None:
            days = {page.fetched_at.astimezone(self._zone).date() for page in pages}
            return self._observed.parsed(covered=[one_day(day) for day in sorted(days)], adds_only=True)
        asked = pages[0].window
        if self._mapping.covers == "window":
            return self._observed.parsed(covered=[asked], replaces=asked)
        if not self._days:
            return self._observed.parsed()
        answered = Window(min(span.start for span in self._days), max(span.end for span in self._days)).overlap(Window(date.min, asked.end))
        return self._observed.parsed(covered=[answered] if answered else [], replaces=answered)

    def _span(self, record: Any, page: RawPage) -> Window | None:
        mapping = self._mapping
        if mapping.date is None:
            return one_day(page.fetched_at.astimezone(self._zone).date())
        day = self._day(first(record, mapping.date))
        if day is None:
            return None
        if mapping.period == "month":
            return month_span(day.year, day.month)
        if mapping.period == "year":
            return year_span(day.year)
        return one_day(day) if mapping.period == "day" else Window(day, day + 7 * DAY)

    def _day(self, raw: Any) -> date | None:
        """The local day of a date or instant."""
        mapping = self._mapping
        try:
            if mapping.format in {"unix_s", "unix_ms"}:
                told = number(raw)
                seconds = timedelta(seconds=told / (1000 if mapping.format == "unix_ms" else 1)) if told is not None else None
                return (datetime(1970, 1, 1, tzinfo=UTC) + seconds).astimezone(self._zone).date() if seconds is not None else None
            text = str(raw)
            if mapping.format != "iso":
                moment = datetime.strptime(text, mapping.format)  # noqa: DTZ007 - the zone is given below
                return self._local(moment) if any(sign in mapping.format for sign in ("%H", "%I", "%s")) else moment.date()
            return date.fromisoformat(text) if len(text) <= 10 else self._local(datetime.fromisoformat(text.replace("Z", "+00:00")))
        except (ValueError, TypeError, OverflowError):
            return None

    def _local(self, moment: datetime) -> date:
        zone = ZoneInfo(self._mapping.zone) if self._mapping.zone else self._zone
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(self._zone).date()
