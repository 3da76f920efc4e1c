"""Windows of days, flags, and the columns of every table.

One definition of a column serves Delta tables, published Parquet, ``datapackage.json``, the checks and the docs.
"""

from warehouse.schema.bi_model import (
    PUBLISHED_CALENDAR,
    PUBLISHED_ENTITIES,
    PUBLISHED_ENTITY_PERIODS,
    PUBLISHED_MEASURES,
    PUBLISHED_METRICS,
    PUBLISHED_OBJECTIVES,
)
from warehouse.schema.columns import DATE, FLAGS, INSTANT, TEXT, WHOLE, Column, Table
from warehouse.schema.ledgers import (
    BREAKS,
    CHANGES,
    EVALUATIONS,
    OBSERVATION_KEY,
    OBSERVATIONS,
    PULLS,
    REFUSED,
    VERDICT_LEDGER,
)
from warehouse.schema.notes import NOTES, PUBLISHED_NOTES
from warehouse.schema.notices import NOTICES
from warehouse.schema.provenance import PUBLISHED_CHECKS, PUBLISHED_PERIOD_PULLS, PUBLISHED_PULLS
from warehouse.schema.published_effects import PUBLISHED_ACTIVITIES, PUBLISHED_EFFECTS
from warehouse.schema.published_quality import PUBLISHED_SAMPLE_ESTIMATES, PUBLISHED_SETTLING
from warehouse.schema.published_tables import (
    PUBLISHED_BREAKS,
    PUBLISHED_FORECASTS,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_OBSERVATIONS,
    PUBLISHED_PATHS,
    PUBLISHED_PERIODS,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
)
from warehouse.schema.reviews import REVIEWS
from warehouse.schema.windows import DAY, Window, merged

__all__ = [
    "BREAKS",
    "CHANGES",
    "DATE",
    "DAY",
    "EVALUATIONS",
    "FLAGS",
    "INSTANT",
    "LEDGERS",
    "NOTES",
    "NOTICES",
    "OBSERVATIONS",
    "OBSERVATION_KEY",
    "PUBLISHED_ACTIVITIES",
    "PUBLISHED_BREAKS",
    "PUBLISHED_CALENDAR",
    "PUBLISHED_CHECKS",
    "PUBLISHED_EFFECTS",
    "PUBLISHED_ENTITIES",
    "PUBLISHED_ENTITY_PERIODS",
    "PUBLISHED_FORECASTS",
    "PUBLISHED_HISTORY",
    "PUBLISHED_INDICATORS",
    "PUBLISHED_INDICATOR_BREAKS",
    "PUBLISHED_MEASURES",
    "PUBLISHED_METRICS",
    "PUBLISHED_NOTES",
    "PUBLISHED_OBJECTIVES",
    "PUBLISHED_OBSERVATIONS",
    "PUBLISHED_PATHS",
    "PUBLISHED_PERIODS",
    "PUBLISHED_PERIOD_PULLS",
    "PUBLISHED_PULLS",
    "PUBLISHED_SAMPLE_ESTIMATES",
    "PUBLISHED_SETTLING",
    "PUBLISHED_SOURCES",
    "PUBLISHED_VERDICTS",
    "PULLS",
    "REFUSED",
    "REVIEWS",
    "TEXT",
    "VERDICT_LEDGER",
    "WHOLE",
    "Column",
    "Table",
    "Window",
    "merged",
]

LEDGERS = (OBSERVATIONS, CHANGES, PULLS, REFUSED, BREAKS, VERDICT_LEDGER, EVALUATIONS, NOTICES, REVIEWS, NOTES)
"""Every Delta table of a warehouse."""
