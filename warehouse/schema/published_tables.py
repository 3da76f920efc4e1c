"""The published tables: the contract with BI tools. Columns are added, never renamed or removed within a major version."""

from dataclasses import replace

from warehouse.schema.columns import (
    END,
    ENTITY,
    FLAGS_HELD,
    INDICATOR,
    INSTANT,
    METRIC,
    NUMBER,
    SOURCE,
    START,
    TEXT,
    TEXT_LIST,
    WHOLE,
    YES_NO,
    Column,
    Table,
    day_column,
    key_column,
)
from warehouse.schema.ledgers import (
    BREAKS,
    CAUSE,
    GOAL_COLUMNS,
    OBSERVATIONS,
    VERDICT_COLUMNS,
    VERDICT_FIRST,
    VERDICT_MORE,
)

INDICATOR_KINDS = ("flow", "stock", "rate")
PERIODS = ("day", "week", "month", "quarter", "year")
PATHS = ("linear", "geometric", "seasonal")
BETTER = ("up", "down", "band")

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
        Column("owner", TEXT, "who answers for it"),
        Column("sources", TEXT_LIST, "the sources it is made from", nullable=False),
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
    ),
    ("indicator_id",),
)

EXPECTED = Column(
    "expected",
    NUMBER,
    "value that the path expects of the period; of a target of a year, the part of the year's total that falls to it",
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
        Column(
            "provisional", YES_NO, "may still change: the period runs, or the provider still revises it", nullable=False
        ),
        EXPECTED,
        FLAGS_HELD,
        Column("as_of", INSTANT, "when the newest observation behind the value was fetched, UTC"),
        Column(
            "standard_error",
            NUMBER,
            "standard error of an estimated or spliced value, 0 where every week was counted; null where it is neither or the error is not known",
        ),
        Column("value_low", NUMBER, "lower end of the 90 % interval that follows from the standard error"),
        Column("value_high", NUMBER, "upper end of that interval"),
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
        Column("low_80", NUMBER, "lower end of the interval that holds 80 times in 100", nullable=False),
        Column("high_80", NUMBER, "its upper end", nullable=False),
        Column("low_95", NUMBER, "lower end of the interval that holds 95 times in 100", nullable=False),
        Column("high_95", NUMBER, "its upper end", nullable=False),
    ),
    ("indicator_id", "start"),
)

PUBLISHED_PATHS = Table(
    "paths",
    "one indicator in one period after its newest one, up to its due date",
    (INDICATOR, START, END, replace(EXPECTED, nullable=False)),
    ("indicator_id", "start"),
)

PUBLISHED_VERDICTS = Table("verdicts", "one indicator", VERDICT_COLUMNS, ("indicator_id",))
PUBLISHED_HISTORY = Table(
    "verdict_history", "one change of verdict or of its goal", (*VERDICT_FIRST, CAUSE, *VERDICT_MORE, *GOAL_COLUMNS)
)
PUBLISHED_OBSERVATIONS = OBSERVATIONS.without("month")

PUBLISHED_SOURCES = Table(
    "sources",
    "one source",
    (
        SOURCE,
        key_column("type", "the kind of source"),
        Column("last_success_at", INSTANT, "when a pull was last committed, UTC"),
        day_column("data_through", "last day that the data reach", nullable=True),
        Column("fresh", YES_NO, "whether the newest day is as young as the plan asks for", nullable=False),
        Column("rows", WHOLE, "observations held", nullable=False),
        Column("refused", WHOLE, "refused and not released", nullable=False),
        Column("last_error", TEXT, "why the newest pull failed; null when it did not"),
        Column(
            "settled_after_days",
            WHOLE,
            "days after the end of a day or period from which its values hardly change; null while that is not known",
        ),
        Column(
            "proposed_restated_days",
            WHOLE,
            "what restated_days should be; null where it is not known or decides nothing",
        ),
        Column(
            "missing",
            TEXT_LIST,
            "days, or first..last, between its first and its last one of which it knows nothing, closed days left out",
            nullable=False,
        ),
        Column("settling", TEXT, "one sentence: how long values still change, as far as is known", nullable=False),
        Column("waiting", TEXT, "why the newest pull stopped before the provider's limit; null when it did not"),
        Column("access_expires_at", INSTANT, "when the key or token ends, UTC, where the provider says so"),
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
        Column(
            "spliced", YES_NO, "whether the figures before are brought to what the number means since", nullable=False
        ),
        Column("factor", NUMBER, "old figure times factor is new figure"),
        Column("factor_error", NUMBER, "standard error of the factor; null where it is not known"),
        Column("overlap_periods", WHOLE, "periods that hold both numbers, from which the factor comes", nullable=False),
    ),
    ("indicator_id", "day"),
)

PUBLISHED_SAMPLE_ESTIMATES = Table(
    "sample_estimates",
    "one kind of weeks of one entity in one period of an indicator that is counted in sample weeks",
    (
        INDICATOR,
        day_column("start", "first day of the period"),
        SOURCE,
        METRIC,
        ENTITY,
        key_column("stratum", "the kind of weeks"),
        Column("counted_weeks", WHOLE, "weeks that were counted in full and used", nullable=False),
        Column(
            "open_weeks",
            NUMBER,
            "open weeks for which they stand; a week that is partly closed counts for its open days",
            nullable=False,
        ),
        Column("factor", NUMBER, "by which the count is grossed up; null where no week was counted"),
        Column("counted", NUMBER, "what was counted"),
        Column("estimate", NUMBER, "the count times the factor"),
        Column(
            "standard_error",
            NUMBER,
            "standard error of the estimate; 0 where all weeks were counted, null where fewer than two were",
        ),
    ),
    ("indicator_id", "start", "source", "metric", "entity", "stratum"),
)

PUBLISHED_SETTLING = Table(
    "settling",
    "one age of the values of one metric",
    (
        SOURCE,
        METRIC,
        Column(
            "age",
            WHOLE,
            "days between the end of a value's day or period and the local day on which it was read",
            nullable=False,
        ),
        Column(
            "read_again",
            WHOLE,
            "values that were read again at this age, having been read on an earlier day",
            nullable=False,
        ),
        Column("changed", WHOLE, "of these, how many were no longer the same", nullable=False),
        Column("followed", WHOLE, "values known at this age that were read again at a greater one", nullable=False),
        Column(
            "share_still_changing",
            NUMBER,
            "share of these, 0 to 1, that changed by more than 0.5 % after this age; null where too few were read again",
        ),
        Column(
            "median_change_pct",
            NUMBER,
            "median size of the changes, in per cent of what the value is now; 100 where a value came, went or is now 0",
        ),
        Column("p95_change_pct", NUMBER, "95th percentile of the size of the changes"),
    ),
    ("source", "metric", "age"),
)

PUBLISHED_ACTIVITIES = Table(
    "activities",
    "one dated advocacy action",
    (
        key_column("activity_id", "the activity's name in the plan"),
        day_column("date", "the day"),
        Column("title", TEXT, "title for people", nullable=False),
        Column("channel", TEXT, "webinar, newsletter, poster, video …"),
        Column("indicators", TEXT_LIST, "the indicators it was meant to move", nullable=False),
    ),
    ("activity_id",),
)

EFFECT_VERDICTS = ("associated_rise", "associated_fall", "no_clear_change", "cannot_tell")

PUBLISHED_EFFECTS = Table(
    "effects",
    "one activity and one indicator that it was meant to move",
    (
        key_column("activity_id", "the activity's name in the plan"),
        INDICATOR,
        Column(
            "verdict", TEXT, "what the figures say; an association is no cause", nullable=False, one_of=EFFECT_VERDICTS
        ),
        Column(
            "sentence", TEXT, "the same in one sentence, with its interval or why it cannot be told", nullable=False
        ),
        Column(
            "effect",
            NUMBER,
            "mean change per period since, against what was expected without it, in the indicator's unit; null where it cannot be told",
        ),
        Column("low", NUMBER, "lower end of its 90 % interval"),
        Column("high", NUMBER, "upper end of its 90 % interval"),
        Column("effect_pct", NUMBER, "the same change in per cent of what was expected"),
        Column("low_pct", NUMBER, "lower end of its 90 % interval"),
        Column("high_pct", NUMBER, "upper end of its 90 % interval"),
        Column("level_change", NUMBER, "change in the first period, by a straight line through the changes since"),
        Column("level_low", NUMBER, "lower end of its 90 % interval"),
        Column("level_high", NUMBER, "upper end of its 90 % interval"),
        Column("slope_change", NUMBER, "how much the change grows from period to period, by the same line"),
        Column("slope_low", NUMBER, "lower end of its 90 % interval"),
        Column("slope_high", NUMBER, "upper end of its 90 % interval"),
        Column(
            "p_value", NUMBER, "how often a change as far from 0 comes by itself; an association is named up to 0.02"
        ),
        Column("periods_before", WHOLE, "complete and settled periods before it that were used", nullable=False),
        Column("periods_after", WHOLE, "complete and settled periods after it that were used", nullable=False),
        Column("placebo_tried", WHOLE, "dates before it at which the same was tried", nullable=False),
        Column("placebo_passed", WHOLE, "of these, the ones at which no effect was found", nullable=False),
        Column("controls", TEXT_LIST, "the indicators that it was held against", nullable=False),
        Column(
            "grade", TEXT, "estimated, or none where it cannot be told", nullable=False, one_of=("estimated", "none")
        ),
    ),
    ("activity_id", "indicator_id"),
)
