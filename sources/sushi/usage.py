"""Adds the counts of one month up to figures, and accounts for each of them: used, passed over or refused."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.sushi.metric_types import ACCESS_TYPES, DATA_TYPES, METRIC_TYPES, MINING, REGULAR
from sources.sushi.report import UsageRow
from sources.sushi.settings import SushiSettings
from warehouse.schema import Window

_ASK = "ask the provider: the code of practice requires it"
_IDENTIFIERS: Mapping[str, tuple[str, ...]] = {
    "title": ("Online_ISSN", "Print_ISSN", "ISBN", "DOI", "Proprietary", "URI"),
    "item": ("DOI", "ISBN", "Online_ISSN", "Print_ISSN", "Proprietary", "URI"),
}
"""Which identifier follows a name, the first that there is: different titles may have the same name."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a count cannot be used, and what to do about it."""

    reason: str
    action: str = _ASK


@dataclass(frozen=True, slots=True)
class _PassedOver:
    """Why a count does not belong to any figure."""

    reason: str


class MonthUsage:
    """The figures of ``month``. ``regular_only``: the service says that it left out text and data mining.

    Adding up over attributes, titles and databases is the code's own rule for every metric (4.1 to 4.4: usage of values
    that a report does not show is summed); an item counts in one database only (7.5).
    """

    def __init__(self, settings: SushiSettings, month: Window, *, regular_only: bool) -> None:
        self._settings, self._month, self._regular_only = settings, month, regular_only
        self._name = f"{month.start:%Y-%m}"
        self._totals, self._parts = defaultdict[tuple[str, str], int](int), Counter[tuple[str, str]]()
        self._broken, self._passed = set[tuple[str, str]](), Counter[str]()
        self._seen, self._metrics, self._types = set[str](), set[str](), set[str]()
        self._same = defaultdict[str, set[tuple[str, str]]](set)
        self._refused, self._has_unknown_metric = 0, False
        self.counts_of_month = 0
        self.is_partial = False
        """The service delivered, or says that it delivered, only a part of the usage."""

    @property
    def is_whole(self) -> bool:
        return not (self._refused or self.is_partial)

    @property
    def rows_read(self) -> int:
        """The counts that could be read: used and passed over."""
        return self._parts.total() + self._passed.total()

    def add(self, row: UsageRow, observed: ObservationBuilder) -> None:
        """Add the counts of a row to the figures, or refuse them to ``observed``."""
        repeated = row.key in self._seen
        self._seen.add(row.key)
        entity, of_row = self._entity(row), set[tuple[str, str]]()
        for metric, month, raw in row.counts:
            twice = repeated or (metric, month) in of_row
            of_row.add((metric, month))
            found = self._outcome(row, metric, month) or self._number(raw, entity, twice=twice)
            if isinstance(found, _PassedOver):
                self._passed[found.reason] += 1
            elif isinstance(found, _Refusal):
                figure = ReportedValue(metric, self._month, raw, row.origin, entity or "")
                observed.refuse(str(raw), found.reason, row.origin, found.action, figure)
                self._broken.add((metric, entity or ""))
                self._refused += 1
            else:
                self._totals[metric, entity or ""] += found
                self._parts[metric, entity or ""] += 1
                self._same[entity or ""].add((row.names["platform"], row.ids.get("Proprietary", "")))

    def figures(self, where: str) -> Iterator[ReportedValue]:
        """The figures of the month. Of a whole report a metric without a count had no usage: the code omits zeros."""
        for (metric, entity), total in self._totals.items():
            broken = (metric, entity) in self._broken or (metric, "") in self._broken
            flags = (("incomplete", broken), ("partial", self.is_partial))
            found = tuple(name for name, holds in flags if holds)
            origin = f"{where} {self._parts[metric, entity]} counts"
            yield ReportedValue(metric, self._month, total, origin, entity, found)
        zeros = self._settings.by == "report" and not (self.is_partial or self._has_unknown_metric)
        for metric in self._settings.wanted if zeros else ():
            if (metric, "") not in self._totals and (metric, "") not in self._broken:
                yield ReportedValue(metric, self._month, 0, f"{where} no count: the code omits what had no usage")

    def notes(self) -> Iterator[str]:
        """The control total, and what a reader should know of the sums."""
        total = self.rows_read + self._refused
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(self._passed.items()))
        yield (
            f"{self._name}: of {total} counts {self._parts.total()} were used, "
            f"{self._passed.total()} passed over{f' ({why})' if why else ''} and {self._refused} refused"
        )
        for name in self._settings.data_types:
            if self.counts_of_month and name not in self._types:
                yield f"{self._name}: the report has no usage of the data type {name}, so it adds 0"
        for metric in self._settings.wanted:
            if self.counts_of_month and metric not in self._metrics and not self._has_unknown_metric:
                yield f"{self._name}: the report has no {metric}, which by the code of practice means 0"
        yield from self._notes_of_names()

    def _notes_of_names(self) -> Iterator[str]:
        if self._settings.by == "report":
            platforms = sorted({platform for same in self._same.values() for platform, _ in same})
            unique = [metric for metric in self._settings.wanted if metric.startswith("Unique_")]
            if len(platforms) > 1 and unique:
                yield (
                    f"{self._name}: {', '.join(unique)} are added up over the platforms {', '.join(platforms)}: "
                    "what a reader used on two of them counts on both"
                )
        elif self._settings.by != "platform":
            shared = sorted(name for name, same in self._same.items() if len(same) > 1)
            if shared:
                yield (
                    f"{self._name}: {len(shared)} series have usage of several platforms or identifiers, added up, "
                    f"such as '{shared[0]}'"
                )

    def _outcome(self, row: UsageRow, metric: str, month: str) -> _PassedOver | _Refusal | None:
        """Why a count is not one of a figure; None for one that is."""
        if month != self._name:
            return _PassedOver("other months")
        self.counts_of_month += 1
        if row.component:
            return _PassedOver("components of items")
        self._metrics.add(metric)
        self._types.add(row.data_type)
        if metric not in METRIC_TYPES and ":" not in metric:
            self._has_unknown_metric = True
            return _Refusal(f"'{metric[:80]}' is not a metric of the code")
        if metric not in self._settings.wanted:
            return _PassedOver("other metrics")
        return self._by_access_method(row) or self._by_attribute(row)

    def _by_access_method(self, row: UsageRow) -> _PassedOver | _Refusal | None:
        if self._settings.text_mining:
            return None
        method = row.access_method or (REGULAR if self._regular_only else "")
        if method == MINING:
            return _PassedOver("text and data mining")
        if method != REGULAR:
            what = f"its access method is '{method[:80]}'" if method else "the row does not name its access method"
            do = f"{_ASK}; or write text_mining: true to count both"
            return _Refusal(f"{what}, so it may be text and data mining", do)
        return None

    def _by_attribute(self, row: UsageRow) -> _PassedOver | _Refusal | None:
        release = self._settings.release
        for what, value, wanted, known in (
            ("data type", row.data_type, self._settings.data_types, DATA_TYPES[release]),
            ("access type", row.access_type, self._settings.access_types, ACCESS_TYPES[release]),
        ):
            if not wanted or value in wanted:
                continue
            if not value:
                return _Refusal(f"the row does not name its {what}")
            if value not in known and ":" not in value:
                return _Refusal(f"'{value[:80]}' is not one of the code's {what}s in release {release}")
            return _PassedOver(f"other {what}s")
        return None

    def _number(self, raw: object, entity: str | None, *, twice: bool) -> int | _Refusal:
        if twice:
            return _Refusal("the same row or metric came before, so it would count twice")
        if entity is None:
            return _Refusal(f"the row does not name its {self._settings.by}")
        number = parse_number(raw)
        if number is None or number < 0 or number != int(number):
            return _Refusal(f"'{str(raw)[:80]}' is not a count")
        return int(number)

    def _entity(self, row: UsageRow) -> str | None:
        """The name of the series; None for a row that does not say what it belongs to."""
        by = self._settings.by
        if by == "report":
            return ""
        name = row.names.get(by, "")
        found = next((row.ids[kind] for kind in _IDENTIFIERS.get(by, ()) if row.ids.get(kind)), "")
        return f"{name} ({found})" if name and found else name or found or None
