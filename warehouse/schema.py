"""The project's nouns as data: windows of days, flags and the columns of every table.

One definition of a column serves the Delta tables, the published Parquet, ``datapackage.json``, the checks and the docs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

DATE, INSTANT, TEXT, NUMBER, WHOLE = pa.date32(), pa.timestamp("us", tz="UTC"), pa.string(), pa.float64(), pa.int64()
FLAG_LIST, TEXT_LIST, YES_NO = pa.list_(pa.string()), pa.list_(pa.string()), pa.bool_()
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open run of local days ``[start, end)``. Raises ``ValueError`` when it would be empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a window ends after it starts, not {self.start}..{self.end}")

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def overlap(self, other: "Window") -> "Window | None":
        """The days that both hold, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None

    def split(self, max_days: int) -> Iterator["Window"]:
        """Consecutive windows of at most ``max_days`` days that together are this one."""
        start = self.start
        while start < self.end:
            end = min(start + timedelta(days=max_days), self.end)
            yield Window(start, end)
            start = end


def merged(windows: list[Window]) -> list[Window]:
    """The same days as ``windows``, as the fewest windows, in order."""
    out: list[Window] = []
    for window in sorted(windows):
        if out and window.start <= out[-1].end:
            out[-1] = Window(out[-1].start, max(out[-1].end, window.end))
        else:
            out.append(window)
    return out


FLAGS: dict[str, str] = {
    "closed": "nothing was expected: the calendar says closed",
    "estimated": "worked out from a part, not counted in full",
    "halved": "both directions of a gate, halved once",
    "hour_slice": "visits are COUNTER sessions: one per visitor and hour",
    "idle_30min": "visits end after 30 minutes of silence",
    "implausible": "a counter stepped further than the plan believes; the step is left out",
    "incomplete": "some of the days or hours that belong to the number are missing",
    "partial": "the delivery held only a part of this day; a whole one is never replaced by it",
    "prorated": "the observation spans a period boundary and is shared out by days",
    "provisional": "younger than the age at which the provider stops revising",
    "released": "refused by a check and let through by a person",
    "reset": "the counter started again; what it counted before the reset is lost",
    "rollover": "the counter passed its highest value and began at zero",
    "sampled": "the provider counted a sample",
    "thresholded": "the provider withheld small numbers",
    "withdrawn": "the item was published and taken back",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, Arrow type, meaning, and whether it may be null. ``one_of`` lists the values it may take."""

    name: str
    type: pa.DataType
    description: str
    nullable: bool = True
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, what one row is (``grain``), its columns in order and its key."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def without(self, *names: str) -> "Table":
        return Table(self.name, self.grain, tuple(c for c in self.columns if c.name not in names), self.key)


VERDICTS = ("achieved", "on_track", "at_risk", "behind", "not_assessable")
CAUSES = ("new_data", "restated", "plan_changed")
INDICATOR_KINDS = ("flow", "stock", "rate")
PERIODS = ("day", "week", "month", "quarter", "year")
PATHS = ("linear", "geometric", "seasonal")
BETTER = ("up", "down", "band")


def _key(name: str, description: str) -> Column:
    return Column(name, TEXT, description, nullable=False)


def _day(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, DATE, description, nullable)


_SOURCE = _key("source", "name of the source in the plan")
_METRIC = _key("metric", "what the provider calls the number")
_ENTITY = _key("entity", "what the value belongs to: a page, a gate, a branch, an item; empty for the whole source")
_START = _day("start", "first day")
_END = _day("end", "the day after the last one")
_VALUE = Column("value", NUMBER, "the value; null where unknown, never 0 for missing")
_UNIT = _key("unit", "unit of the value")
_FLAGS = Column("flags", FLAG_LIST, "what to know about the number: " + ", ".join(sorted(FLAGS)), nullable=False)
_INDICATOR = _key("indicator_id", "the indicator's name in the plan")
_PULL = _key("pull_id", "the pull that brought the row")

OBSERVATIONS = Table(
    "observations",
    "one value of one metric for one entity over a half-open span of local days",
    (
        _SOURCE,
        _METRIC,
        _ENTITY,
        _START,
        _END,
        _VALUE,
        _UNIT,
        _FLAGS,
        Column("retrieved_at", INSTANT, "when this value was first fetched, UTC", nullable=False),
        _PULL,
        _key("month", "month of start, YYYY-MM; the partition"),
    ),
    ("source", "metric", "entity", "start", "end"),
)
OBSERVATION_KEY = ("metric", "entity", "start", "end")

REFUSED = Table(
    "refused",
    "one refusal, or its end",
    (
        _key("refused_id", "the same for the same fault, however often it is delivered"),
        Column("status", TEXT, "refused; released by a person; cleared: no longer delivered", nullable=False, one_of=("refused", "released", "cleared")),
        _PULL,
        _SOURCE,
        Column("metric", TEXT, "what the provider calls the number, where known"),
        Column("entity", TEXT, "what the value belongs to, where known"),
        _day("start", "first day, where known", nullable=True),
        _day("end", "the day after the last one, where known", nullable=True),
        Column("value", NUMBER, "the value that a check refused; null where no number could be read"),
        Column("raw_value", TEXT, "the text as it was delivered", nullable=False),
        Column("reason", TEXT, "why it was refused", nullable=False),
        Column("origin", TEXT, "file, row and column, or address and line", nullable=False),
        Column("action", TEXT, "what to do", nullable=False),
        Column("gate", TEXT, "parse: it has no readable form; check: it can be read and is not believed", nullable=False, one_of=("parse", "check")),
        Column("recorded_at", INSTANT, "when this row was written, UTC", nullable=False),
        Column("released_by", TEXT, "who let it through"),
        Column("released_because", TEXT, "why it was let through"),
    ),
)

PULLS = Table(
    "pulls",
    "one pull that was committed or that failed",
    (
        _PULL,
        _SOURCE,
        Column("status", TEXT, "how it ended", nullable=False, one_of=("committed", "failed")),
        _day("window_start", "first day asked for"),
        _day("window_end", "the day after the last one asked for"),
        Column("covered", TEXT_LIST, "the windows start..end that the pull speaks for", nullable=False),
        Column("rows", WHOLE, "observations read and accepted", nullable=False),
        Column("added", WHOLE, "observations that were not known before", nullable=False),
        Column("altered", WHOLE, "observations whose value, unit or flags changed", nullable=False),
        Column("dropped", WHOLE, "observations that are no longer delivered", nullable=False),
        Column("refused", WHOLE, "rows or cells refused", nullable=False),
        Column("validators", TEXT, "JSON: what conditional requests send next time, by address", nullable=False),
        Column("settings_hash", TEXT, "hash of the source's part of the plan", nullable=False),
        Column("error", TEXT, "why it failed, with what to do"),
        Column("started_at", INSTANT, "UTC", nullable=False),
        Column("recorded_at", INSTANT, "UTC", nullable=False),
    ),
    ("pull_id",),
)

CHANGES = Table(
    "changes",
    "one observation that one pull added, altered or dropped",
    (
        _PULL,
        Column("recorded_at", INSTANT, "UTC", nullable=False),
        _SOURCE,
        _METRIC,
        _ENTITY,
        _START,
        _END,
        Column("change", TEXT, "what happened", nullable=False, one_of=("added", "altered", "dropped")),
        Column("old_value", NUMBER, "value before; null where unknown or absent"),
        Column("new_value", NUMBER, "value after; null where unknown or absent"),
        Column("old_unit", TEXT, "unit before"),
        Column("old_flags", FLAG_LIST, "flags before"),
        Column("new_flags", FLAG_LIST, "flags after"),
        Column("old_retrieved_at", INSTANT, "when the old value was first fetched, UTC"),
        Column("old_pull_id", TEXT, "the pull that brought the old value"),
    ),
)

_VERDICT_COLUMNS = (
    _INDICATOR,
    Column("as_of", INSTANT, "the instant at which the data were judged, UTC", nullable=False),
    _day("through", "last day of the last period that was judged", nullable=True),
    Column("verdict", TEXT, "the verdict", nullable=False, one_of=VERDICTS),
    Column("worsening", YES_NO, "the value is on the wrong side of its baseline", nullable=False),
    Column("reason", TEXT, "one sentence: why this verdict", nullable=False),
    Column("value", NUMBER, "value of the period judged"),
    Column("expected", NUMBER, "value that the path expects at the end of that period"),
    Column("pace_ratio", NUMBER, "progress made over progress expected by then"),
    Column("rule", TEXT, "the progress rule", nullable=False),
    Column("rule_value", NUMBER, "the rule's own figure"),
    Column("trend_per_year", NUMBER, "change per year; null until a trend is estimated"),
    Column("trend_low", NUMBER, "lower end of the trend's interval"),
    Column("trend_high", NUMBER, "upper end of the trend's interval"),
    Column("forecast_due", NUMBER, "forecast at the due date; null until one is made"),
    Column("forecast_low", NUMBER, "lower end of the forecast's interval"),
    Column("forecast_high", NUMBER, "upper end of the forecast's interval"),
    Column("probability", NUMBER, "probability of meeting the target; null until one is estimated"),
    Column("grade", TEXT, "the weakest flag of the number judged; counted where it has none of them, none where no number is judged", nullable=False),
)

VERDICT_LEDGER = Table(
    "verdicts",
    "one verdict that differs from the one before it",
    (*_VERDICT_COLUMNS, Column("cause", TEXT, "why it differs", nullable=False, one_of=CAUSES), _key("plan_hash", "hash of the indicator's part of the plan")),
)

PUBLISHED_INDICATORS = Table(
    "indicators",
    "one indicator",
    (
        _INDICATOR,
        Column("title", TEXT, "title for people", nullable=False),
        Column("unit", TEXT, "unit of the values", nullable=False),
        Column("kind", TEXT, "flow adds up, stock is a level, rate is a ratio", nullable=False, one_of=INDICATOR_KINDS),
        Column("better", TEXT, "which direction is wanted", nullable=False, one_of=BETTER),
        Column("period", TEXT, "length of a period", nullable=False, one_of=PERIODS),
        Column("objective", TEXT, "the objective it serves"),
        Column("owner", TEXT, "who answers for it"),
        Column("sources", TEXT_LIST, "the sources it is made from", nullable=False),
        Column("baseline_value", NUMBER, "value that progress starts from"),
        _day("baseline_start", "first day of the baseline", nullable=True),
        _day("baseline_end", "the day after the baseline", nullable=True),
        Column("target_value", NUMBER, "value to reach; null for a band"),
        _day("due", "last day on which the target may be met", nullable=True),
        Column("path", TEXT, "the path from baseline to target", one_of=PATHS),
        Column("rule", TEXT, "the progress rule"),
        Column("target_low", NUMBER, "lower end of the band"),
        Column("target_high", NUMBER, "upper end of the band"),
    ),
    ("indicator_id",),
)

PUBLISHED_PERIODS = Table(
    "periods",
    "one indicator in one period",
    (
        _INDICATOR,
        _START,
        _END,
        Column("value", NUMBER, "value of the period; null where unknown"),
        Column("completeness", NUMBER, "share of the open days that are known, 0 to 1", nullable=False),
        Column("provisional", YES_NO, "may still change: the period runs, or the provider still revises it", nullable=False),
        Column("expected", NUMBER, "value that the path expects at the end of the period"),
        _FLAGS,
        Column("as_of", INSTANT, "when the newest observation behind the value was fetched, UTC"),
    ),
    ("indicator_id", "start"),
)

PUBLISHED_VERDICTS = Table("verdicts", "one indicator", _VERDICT_COLUMNS, ("indicator_id",))
PUBLISHED_HISTORY = Table("verdict_history", "one change of verdict", (*_VERDICT_COLUMNS, VERDICT_LEDGER.columns[-2]))
PUBLISHED_OBSERVATIONS = OBSERVATIONS.without("pull_id", "month")

PUBLISHED_SOURCES = Table(
    "sources",
    "one source",
    (
        _SOURCE,
        _key("type", "the kind of source"),
        Column("last_success_at", INSTANT, "when a pull was last committed, UTC"),
        _day("data_through", "last day that the data reach", nullable=True),
        Column("fresh", YES_NO, "whether the newest day is as young as the plan asks for", nullable=False),
        Column("rows", WHOLE, "observations held", nullable=False),
        Column("refused", WHOLE, "refused and not released", nullable=False),
        Column("last_error", TEXT, "why the newest pull failed; null when it did not"),
    ),
    ("source",),
)

PUBLISHED_ACTIVITIES = Table(
    "activities",
    "one dated advocacy action",
    (
        _key("activity_id", "the activity's name in the plan"),
        _day("date", "the day"),
        Column("title", TEXT, "title for people", nullable=False),
        Column("channel", TEXT, "webinar, newsletter, poster, video …"),
        Column("indicators", TEXT_LIST, "the indicators it was meant to move", nullable=False),
    ),
    ("activity_id",),
)
