"""The published tables of data quality: sample estimates and settling."""

from warehouse.schema.columns import (
    ENTITY,
    INDICATOR,
    METRIC,
    NUMBER,
    SOURCE,
    WHOLE,
    Column,
    Table,
    day_column,
    key_column,
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
            "open weeks that they represent; a partly closed week counts for its open days",
            nullable=False,
        ),
        Column("factor", NUMBER, "factor by which the count is grossed up; null where no week was counted"),
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
            "values read again at this age after a reading on an earlier day",
            nullable=False,
        ),
        Column("changed", WHOLE, "of these, how many were no longer the same", nullable=False),
        Column("followed", WHOLE, "values known at this age that were read again later", nullable=False),
        Column(
            "share_still_changing",
            NUMBER,
            "share of these, 0 to 1, that changed by more than 0.5 % later; null where too few were read again",
        ),
        Column(
            "median_change_pct",
            NUMBER,
            "median change in per cent of the value now; 100 where a value appeared, disappeared or is now 0",
        ),
        Column("p95_change_pct", NUMBER, "95th percentile of the size of the changes"),
    ),
    ("source", "metric", "age"),
)
