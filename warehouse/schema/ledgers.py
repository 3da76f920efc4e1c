"""The tables under ``tables/``: the observations and the ledgers around them."""

from warehouse.schema.columns import (
    END,
    ENTITY,
    FLAG_LIST,
    FLAGS_HELD,
    INDICATOR,
    INSTANT,
    METRIC,
    NUMBER,
    PULL,
    SOURCE,
    START,
    TEXT,
    TEXT_LIST,
    UNIT,
    VALUE,
    WHOLE,
    YES_NO,
    Column,
    Table,
    day_column,
    key_column,
)
from warehouse.schema.control_charts import VERDICT_CHART
from warehouse.schema.outlook_codes import OUTLOOK_CODE, OUTLOOK_PARAMETERS
from warehouse.schema.reason_codes import REASON_CODE, REASON_PARAMETERS

VERDICTS = ("achieved", "on_track", "at_risk", "behind", "not_assessable")
ALERTS = ("inactive", "pending", "firing", "resolved", "no_data", "source_failed")
CAUSES = ("new_data", "restated", "plan_changed", "method_changed", "settling_learned")

OBSERVATIONS = Table(
    "observations",
    "one value of one metric for one entity over a half-open span of local days",
    (
        SOURCE,
        METRIC,
        ENTITY,
        START,
        END,
        VALUE,
        UNIT,
        FLAGS_HELD,
        Column("retrieved_at", INSTANT, "when this value was first fetched, UTC", nullable=False),
        PULL,
        key_column("month", "month of start, YYYY-MM; the partition"),
    ),
    ("source", "metric", "entity", "start", "end"),
)
OBSERVATION_KEY = ("metric", "entity", "start", "end")

REFUSED = Table(
    "refused",
    "one refusal, or its end",
    (
        key_column("refused_id", "the same for the same fault, however often it is delivered"),
        Column(
            "status",
            TEXT,
            "refused; released by a person; waiting: an item whose day has not come; cleared: no longer so",
            nullable=False,
            one_of=("refused", "released", "waiting", "cleared"),
        ),
        PULL,
        SOURCE,
        Column("metric", TEXT, "what the provider calls the number, where known"),
        Column("entity", TEXT, "what the value belongs to, where known"),
        day_column("start", "first day, where known", nullable=True),
        day_column("end", "the day after the last one, where known", nullable=True),
        Column("value", NUMBER, "the value that a check refused; null where no number could be read"),
        Column("raw_value", TEXT, "the text as it was delivered", nullable=False),
        Column("reason", TEXT, "why it was refused", nullable=False),
        Column("origin", TEXT, "file, row and column, or address and line", nullable=False),
        Column("action", TEXT, "what to do", nullable=False),
        Column(
            "gate",
            TEXT,
            "parse: it cannot be read; check: it can be read and is not credible",
            nullable=False,
            one_of=("parse", "check"),
        ),
        Column("recorded_at", INSTANT, "when this row was written, UTC", nullable=False),
        Column("released_by", TEXT, "who released it"),
        Column("released_because", TEXT, "why it was released"),
    ),
)

PULLS = Table(
    "pulls",
    "one pull, however it ended",
    (
        PULL,
        SOURCE,
        Column(
            "status",
            TEXT,
            "how it ended; paused: stopped before the provider's limit",
            nullable=False,
            one_of=("committed", "failed", "paused"),
        ),
        day_column("window_start", "first day requested"),
        day_column("window_end", "the day after the last one requested"),
        Column("covered", TEXT_LIST, "the windows start..end that the pull covers", nullable=False),
        Column("rows", WHOLE, "observations read and accepted", nullable=False),
        Column("added", WHOLE, "observations that were not known before", nullable=False),
        Column("altered", WHOLE, "observations whose value, unit or flags changed", nullable=False),
        Column("dropped", WHOLE, "observations that are no longer delivered", nullable=False),
        Column("refused", WHOLE, "rows or cells that it refused", nullable=False),
        Column("validators", TEXT, "JSON: etag and last-modified for conditional requests, by address", nullable=False),
        Column("settings_hash", TEXT, "hash of the source's part of the plan", nullable=False),
        Column("error", TEXT, "why it failed or paused, with what to do"),
        Column("started_at", INSTANT, "when it began, UTC", nullable=False),
        Column("recorded_at", INSTANT, "when the pull was recorded, UTC", nullable=False),
        Column("access_expires_at", INSTANT, "when the key or token ends, UTC, where the provider says so"),
        Column(
            "checks",
            TEXT,
            "JSON: rows checked and rows failed by each check; null where the pull brought no row",
        ),
        Column("rows_hash", TEXT, "hash of the rows, where all passed the checks: the same rows need no second check"),
        Column("unanswered", TEXT_LIST, "the windows start..end that the provider did not answer about: asked again"),
    ),
    ("pull_id",),
)

BREAKS = Table(
    "breaks",
    "one change of what a number means",
    (
        SOURCE,
        METRIC,
        key_column("entity", "what it concerns; empty for all entities"),
        day_column("day", "first day on which the number means something else, or is gone"),
        Column(
            "kind", TEXT, "redefined, retired or replaced", nullable=False, one_of=("redefined", "retired", "replaced")
        ),
        Column("reason", TEXT, "one sentence: what changed", nullable=False),
        Column("replaced_by", TEXT, "the metric to use from then on, where there is one"),
        Column("recorded_at", INSTANT, "when kmi first recorded it, UTC", nullable=False),
    ),
    ("source", "metric", "entity", "day"),
)

CHANGES = Table(
    "changes",
    "one observation that one pull added, altered or dropped",
    (
        PULL,
        Column("recorded_at", INSTANT, "UTC", nullable=False),
        SOURCE,
        METRIC,
        ENTITY,
        START,
        END,
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

VERDICT_FIRST = (
    INDICATOR,
    Column("as_of", INSTANT, "the instant at which the data were judged, UTC", nullable=False),
    day_column("through", "last day of the last period that was judged", nullable=True),
    Column("verdict", TEXT, "the verdict", nullable=False, one_of=VERDICTS),
    Column("worsening", YES_NO, "the value is on the wrong side of its baseline", nullable=False),
    Column("reason", TEXT, "one sentence: why this verdict", nullable=False),
    Column("value", NUMBER, "value of the period judged"),
    Column("expected", NUMBER, "value that the path expects of that period, or of the year so far"),
    Column("pace_ratio", NUMBER, "progress made over progress expected by then"),
    Column("rule", TEXT, "the progress rule", nullable=False),
    Column("rule_value", NUMBER, "the rule's own figure"),
    Column("trend_per_year", NUMBER, "change per year; null where none can be estimated"),
    Column("trend_low", NUMBER, "lower end of the trend's interval"),
    Column("trend_high", NUMBER, "upper end of the trend's interval"),
    Column("forecast_due", NUMBER, "forecast at the due date; null where none can be made"),
    Column("forecast_low", NUMBER, "lower end of the forecast's interval"),
    Column("forecast_high", NUMBER, "upper end of the forecast's interval"),
    Column("probability", NUMBER, "probability, 0 to 1, of meeting the target; null where it cannot be given"),
    Column(
        "grade",
        TEXT,
        "the weakest flag of the judged value; counted where it has none, none where no value is judged",
        nullable=False,
    ),
)
VERDICT_MORE = (
    Column(
        "trend_p_value",
        NUMBER,
        "probability of a trend at least as clear by luck alone (Mann-Kendall); null where too little is known",
    ),
    Column("probability_cases", WHOLE, "past forecasts of the same length in this series whose outcome is known"),
    Column("probability_covered", NUMBER, "share of these, 0 to 1, whose outcome lay in their 80 % interval"),
    Column("luck_p_value", NUMBER, "probability of falling short by as much if the indicator were on its path"),
    Column("alert", TEXT, "the state of the alert; null where the indicator has no target", one_of=ALERTS),
    day_column("alert_since", "first day of the period in which that state began", nullable=True),
    Column("outlook", TEXT, "sentences: trend, forecast and probability, or why there is none"),
)
ALERT_RAISED = Column("alert_raised_at", INSTANT, "when a run first found the alert in that state, UTC")
OUTLOOK_COLUMNS = (OUTLOOK_CODE, OUTLOOK_PARAMETERS)
VERDICT_COLUMNS = (
    *(*VERDICT_FIRST, *VERDICT_MORE, ALERT_RAISED, REASON_CODE, REASON_PARAMETERS, *VERDICT_CHART, *OUTLOOK_COLUMNS),
)
CAUSE = Column("cause", TEXT, "why it differs", nullable=False, one_of=CAUSES)
GOAL_COLUMNS = (
    Column("title", TEXT, "the indicator's title then"),
    Column("target_value", NUMBER, "value to reach, as the plan had it then; null for a band"),
    Column("target_low", NUMBER, "lower end of the band then"),
    Column("target_high", NUMBER, "upper end of the band then"),
    day_column("due", "last day on which the target might be met, as the plan had it then", nullable=True),
    Column("baseline_value", NUMBER, "value that progress started from then"),
    Column("path", TEXT, "the path from baseline to target then"),
    Column("plan_change", TEXT, "where the plan changed: the goal before and now"),
)
GOAL_MORE = (
    Column("better", TEXT, "the direction that was wanted then: up, down or band"),
    Column("over", TEXT, "whether the target was for each period or for a year then"),
)

VERDICT_LEDGER = Table(
    "verdicts",
    "one evaluation of an indicator that differs from the one before it",
    (
        *VERDICT_COLUMNS,
        CAUSE,
        *GOAL_COLUMNS,
        key_column("plan_hash", "hash of what the plan says of the indicator"),
        Column("version", TEXT, "the kmi that judged"),
        *GOAL_MORE,
    ),
)

EVALUATIONS = Table(
    "evaluations",
    "one evaluation of all indicators",
    (
        Column("as_of", INSTANT, "the instant at which the data were judged, UTC", nullable=False),
        Column("indicators", TEXT_LIST, "the indicators that the plan held", nullable=False),
        Column("version", TEXT, "the kmi that judged", nullable=False),
    ),
    ("as_of",),
)
