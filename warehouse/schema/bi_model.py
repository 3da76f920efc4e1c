"""The published tables that relate the others for BI tools: measures, metrics, objectives, entities and calendar."""

from dataclasses import replace

from warehouse.schema.columns import (
    END,
    ENTITY,
    FLAGS_HELD,
    INDICATOR,
    INSTANT,
    METRIC,
    NUMBER,
    OBJECTIVE,
    PROVISIONAL,
    SOURCE,
    START,
    TEXT,
    TEXT_LIST,
    UNIT,
    WHOLE,
    YES_NO,
    Column,
    Table,
    copies,
    day_column,
)
from warehouse.schema.published_tables import EXPECTED

PART = Column(
    "part",
    TEXT,
    "of: it is added up; numerator and denominator: above and below the line of a rate",
    nullable=False,
    one_of=("of", "numerator", "denominator"),
)

PUBLISHED_MEASURES = Table(
    "measures",
    "one entity of a metric from which an indicator is made; of all entities, those that have values so far",
    (INDICATOR, PART, SOURCE, METRIC, ENTITY),
    ("indicator_id", "part", "source", "metric", "entity"),
)

PUBLISHED_METRICS = Table(
    "metrics",
    "one metric of a source of the plan",
    (
        SOURCE,
        METRIC,
        UNIT,
        Column(
            "metric_kind",
            TEXT,
            "flow adds up over days; reading is a level or a counter; distinct counts each person once",
            nullable=False,
            one_of=("flow", "reading", "distinct"),
        ),
        Column("additive", YES_NO, "whether its values add up, over days and over entities", nullable=False),
        Column("additive_over_days", YES_NO, "whether the values of several days add up", nullable=False),
        Column("additive_over_entities", YES_NO, "whether the values of several entities add up", nullable=False),
        Column("description", TEXT, "what it counts", nullable=False),
    ),
    ("source", "metric"),
)

PUBLISHED_OBJECTIVES = Table(
    "objectives",
    "one objective of the plan",
    (
        replace(OBJECTIVE, nullable=False),
        Column("objective", TEXT, "the objective in words", nullable=False),
        Column("indicator_count", WHOLE, "indicators that serve it", nullable=False),
        Column("judged_count", WHOLE, "of these, those with a target", nullable=False),
    ),
    ("objective_id",),
)

ENTITY_SOURCES = Column("sources", TEXT_LIST, "the sources that have values of it or are to have some", nullable=False)
PUBLISHED_ENTITIES = Table(
    "entities",
    "one entity, by its name, of whatever source; the empty name is a whole source",
    (
        ENTITY,
        ENTITY_SOURCES,
        Column("is_item", YES_NO, "an item that exists once, such as a post, and not a place or page", nullable=False),
        day_column("first_day", "first day of its observations; null where it has none yet", nullable=True),
        day_column("last_day", "last day of its observations; null where it has none yet", nullable=True),
        day_column("closed_from", "first day from which the plan closes it for good; null where open", nullable=True),
        *copies(ENTITY_SOURCES),
    ),
    ("entity",),
)

PUBLISHED_CALENDAR = Table(
    "calendar",
    "one day, from the first year with observations to the last with one or with a due date",
    (
        day_column("day", "the day"),
        day_column("week", "Monday of its week"),
        day_column("month", "first day of its month"),
        day_column("quarter", "first day of its quarter"),
        Column("year", WHOLE, "its year", nullable=False),
        Column("weekday", WHOLE, "1 is Monday, 7 is Sunday", nullable=False),
        Column("term", TEXT, "name of the term that it lies in, 'term' where the plan has no name; null between terms"),
        Column(
            "is_open",
            YES_NO,
            "false where the plan closes the whole library: a closure, a public holiday, or a weekday without hours",
            nullable=False,
        ),
        Column("closed_reason", TEXT, "why, where it is a closure with a reason or a public holiday"),
    ),
    ("day",),
)

PUBLISHED_ENTITY_PERIODS = Table(
    "entity_periods",
    "one entity of an indicator in one period, without those counted in sample weeks",
    (
        INDICATOR,
        PART,
        SOURCE,
        METRIC,
        ENTITY,
        START,
        END,
        Column("value", NUMBER, "value of the entity in the period, before any splice; null where unknown"),
        Column("completeness", NUMBER, "share of its open days that are known, 0 to 1", nullable=False),
        PROVISIONAL,
        Column(
            "expected",
            NUMBER,
            EXPECTED.description + "; null where the indicator has more than one entity, or the period is spliced",
        ),
        Column("additive", YES_NO, "whether its values add up, over periods and over entities", nullable=False),
        Column("as_of", INSTANT, "when the newest observation behind the value was fetched, UTC"),
        replace(FLAGS_HELD, description="what to know about the indicator's number in this period"),
        *copies(END, FLAGS_HELD),
    ),
    ("indicator_id", "part", "source", "metric", "entity", "start"),
)
