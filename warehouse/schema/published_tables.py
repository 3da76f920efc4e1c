"""Published tables, the contract with BI tools: within a major version columns are only added."""

from dataclasses import replace

from warehouse.schema.columns import (
    END,
    FLAGS_HELD,
    INDICATOR,
    INSTANT,
    NUMBER,
    OBJECTIVE,
    PROVISIONAL,
    SOURCE,
    START,
    TEXT,
    TEXT_LIST,
    WHOLE,
    YES_NO,
    Column,
    Table,
    copies,
    day_column,
    key_column,
)
from warehouse.schema.control_charts import PERIOD_CHART
from warehouse.schema.ledgers import (
    ALERT_RAISED,
    BREAKS,
    CAUSE,
    GOAL_COLUMNS,
    GOAL_MORE,
    OBSERVATIONS,
    OUTLOOK_COLUMNS,
    VERDICT_COLUMNS,
    VERDICT_FIRST,
    VERDICT_MORE,
)
from warehouse.schema.reason_codes import REASON_CODE, REASON_PARAMETERS
from warehouse.schema.year_ago import YEAR_AGO

INDICATOR_KINDS = ("flow", "stock", "rate")
PERIODS = ("day", "week", "month", "quarter", "year")
PATHS = ("linear", "geometric", "seasonal")
BETTER = ("up", "down", "band")

INDICATOR_SOURCES = Column("sources", TEXT_LIST, "the sources it is made from", nullable=False)
MISSING_CELLS = Column(
    "missing", TEXT_LIST, "the cells of which a part is missing, as 'first day entity'", nullable=False
)

PUBLISHED_INDICATORS = Table(
    "indicators",
    "one indicator",
    (
        INDICATOR,
        Column("title", TEXT, "title for people", nullable=False),
        Column("unit", TEXT, "unit of the values", nullable=False),
        Column("kind", TEXT, "flow adds up, stock is a level, rate is a ratio", nullable=False, one_of=INDICATOR_KINDS),
        Column("better", TEXT, "which direction is wanted", nullable=False, one_of=BETTER),
        Column("period", TEXT, "length of a period", nullable=False, one_of=PERIODS),
        Column("objective", TEXT, "the objective it serves"),
        Column("owner", TEXT, "who is responsible for it"),
        INDICATOR_SOURCES,
        Column("baseline_value", NUMBER, "value that progress starts from: of an average period, or of a year"),
        day_column("baseline_start", "first day of the baseline", nullable=True),
        day_column("baseline_end", "the day after the baseline", nullable=True),
        Column("target_value", NUMBER, "value to reach, of an average period or of a year; null for a band"),
        day_column("due", "last day on which the target may be met", nullable=True),
        Column("path", TEXT, "the path from baseline to target", one_of=PATHS),
        Column("rule", TEXT, "the progress rule"),
        Column("target_low", NUMBER, "lower end of the band"),
        Column("target_high", NUMBER, "upper end of the band"),
        Column(
            "over",
            TEXT,
            "whether the target is the value of a period or the total of the year that ends on the due day",
            one_of=("period", "year"),
        ),
        Column(
            "needed",
            NUMBER,
            "value that meets the target in the period that holds the due day: the target in its season, less what is "
            "announced as closed",
        ),
        OBJECTIVE,
        *copies(INDICATOR_SOURCES),
    ),
    ("indicator_id",),
)

EXPECTED = Column(
    "expected",
    NUMBER,
    "value that the path expects of the period as a whole; of a target of a year, the part of the year's total that "
    "falls to it",
)

PUBLISHED_PERIODS = Table(
    "periods",
    "one indicator in one period",
    (
        INDICATOR,
        START,
        END,
        Column("value", NUMBER, "value of the period; null where unknown"),
        Column("completeness", NUMBER, "share of the open days that are known, 0 to 1", nullable=False),
        PROVISIONAL,
        EXPECTED,
        FLAGS_HELD,
        Column("as_of", INSTANT, "when the newest observation behind the value was fetched, UTC"),
        Column(
            "standard_error",
            NUMBER,
            "standard error of an estimated or spliced value, 0 where every week was counted; null otherwise",
        ),
        Column("value_low", NUMBER, "lower end of the 90 % interval by the standard error"),
        Column("value_high", NUMBER, "upper end of that interval"),
        Column(
            "whole",
            NUMBER,
            "what a partly known period would be as a whole, so that periods compare; the value where all is known",
        ),
        Column("whole_low", NUMBER, "lower end of its 90 % interval"),
        Column("whole_high", NUMBER, "upper end of that interval"),
        MISSING_CELLS,
        *PERIOD_CHART,
        *YEAR_AGO,
        *copies(END, FLAGS_HELD, MISSING_CELLS),
    ),
    ("indicator_id", "start"),
)

PUBLISHED_FORECASTS = Table(
    "forecasts",
    "one indicator in one period to come, up to its due date",
    (
        INDICATOR,
        START,
        END,
        Column("mean", NUMBER, "middle of the forecast", nullable=False),
        Column("low_80", NUMBER, "lower end of the 80 % interval", nullable=False),
        Column("high_80", NUMBER, "its upper end", nullable=False),
        Column("low_95", NUMBER, "lower end of the 95 % interval", nullable=False),
        Column("high_95", NUMBER, "its upper end", nullable=False),
        *copies(END),
    ),
    ("indicator_id", "start"),
)

PUBLISHED_PATHS = Table(
    "paths",
    "one indicator in one period after its newest one, up to its due date",
    (INDICATOR, START, END, replace(EXPECTED, nullable=False), *copies(END)),
    ("indicator_id", "start"),
)

PUBLISHED_VERDICTS = Table("verdicts", "one indicator", VERDICT_COLUMNS, ("indicator_id",))
PUBLISHED_HISTORY = Table(
    "verdict_history",
    "one change of verdict or of its goal",
    (
        *(*VERDICT_FIRST, CAUSE, *VERDICT_MORE, *GOAL_COLUMNS, ALERT_RAISED, REASON_CODE, REASON_PARAMETERS),
        *(*GOAL_MORE, *OUTLOOK_COLUMNS),
    ),
)
PUBLISHED_OBSERVATIONS = OBSERVATIONS.without("month").plus(*copies(END, FLAGS_HELD))

MISSING_DAYS = Column(
    "missing",
    TEXT_LIST,
    "days, or first..last, without data between its first and its last day; closed days are left out",
    nullable=False,
)
MISSING_OF_ENTITIES = Column(
    "missing_of_entities",
    TEXT_LIST,
    "the same of single entities, as 'first..last entity'; what is missing of all of them is left out",
)
PUBLISHED_SOURCES = Table(
    "sources",
    "one source",
    (
        SOURCE,
        key_column("type", "the kind of source"),
        Column("last_success_at", INSTANT, "when a pull was last committed, UTC"),
        day_column("data_through", "last day that the data reach", nullable=True),
        Column("fresh", YES_NO, "whether the newest day is as recent as the plan requires", nullable=False),
        Column("rows", WHOLE, "observations held", nullable=False),
        Column("refused", WHOLE, "refused values that are open: neither released nor cleared", nullable=False),
        Column("last_error", TEXT, "why the newest pull failed; null when it did not"),
        Column(
            "settled_after_days",
            WHOLE,
            "days after the end of a day or period from which its values hardly change; null while unknown",
        ),
        Column(
            "proposed_restated_days",
            WHOLE,
            "what restated_days should be; null where unknown or without effect",
        ),
        MISSING_DAYS,
        Column("settling", TEXT, "one sentence: how long values still change, as far as known", nullable=False),
        Column("waiting", TEXT, "why the newest pull stopped before the provider's limit; null when it did not"),
        Column("access_expires_at", INSTANT, "when the key or token ends, UTC, where the provider says so"),
        MISSING_OF_ENTITIES,
        Column("ready", YES_NO, "false where the plan says that it is not set up yet: a run passes it over"),
        *copies(MISSING_DAYS, MISSING_OF_ENTITIES),
    ),
    ("source",),
)

PUBLISHED_BREAKS = Table("breaks", BREAKS.grain, BREAKS.columns, BREAKS.key)

PUBLISHED_INDICATOR_BREAKS = Table(
    "indicator_breaks",
    "one day from which an indicator's number means something else",
    (
        INDICATOR,
        day_column("day", "first day on which it means something else"),
        Column("reason", TEXT, "what changed", nullable=False),
        Column(
            "origin",
            TEXT,
            "declared in the plan, or recorded by a source",
            nullable=False,
            one_of=("declared", "recorded"),
        ),
        Column("spliced", YES_NO, "whether earlier values are adjusted to what the number means since", nullable=False),
        Column("factor", NUMBER, "earlier value times factor is the comparable value"),
        Column("factor_error", NUMBER, "standard error of the factor; null where unknown"),
        Column(
            "overlap_periods", WHOLE, "periods with both numbers, from which the factor is estimated", nullable=False
        ),
    ),
    ("indicator_id", "day"),
)
