"""The table that a pivot needs: each period of each indicator with all that one filters and groups by, in one row."""

from collections.abc import Mapping

import pyarrow as pa

from warehouse.schema import (
    PUBLISHED_CALENDAR,
    PUBLISHED_INDICATORS,
    PUBLISHED_PERIODS,
    PUBLISHED_VERDICTS,
    Column,
    Table,
)
from warehouse.schema.columns import YES_NO

NEEDED = (PUBLISHED_INDICATORS, PUBLISHED_PERIODS, PUBLISHED_VERDICTS, PUBLISHED_CALENDAR)
FINISHED = Column(
    "finished", YES_NO, "known in full and no longer provisional: only such periods compare", nullable=False
)
ADDITIVE = Column("additive", YES_NO, "a flow: its values add up over periods, never over indicators", nullable=False)


def _columns() -> tuple[Column, ...]:
    chosen = (
        (PUBLISHED_INDICATORS, ("indicator_id", "title", "objective", "owner", "unit", "kind", "better", "period")),
        (PUBLISHED_PERIODS, ("start", "end_day")),
        (PUBLISHED_CALENDAR, ("year", "quarter", "month", "term")),
        (PUBLISHED_PERIODS, ("value", "expected", "completeness", "provisional")),
        (PUBLISHED_PERIODS, ("year_ago_value", "year_ago_change", "year_ago_change_pct", "flags_text")),
        (PUBLISHED_INDICATORS, ("target_value", "target_low", "target_high", "due")),
    )
    found = [column for table, names in chosen for column in table.columns if column.name in names]
    verdict = next(column for column in PUBLISHED_VERDICTS.columns if column.name == "verdict")
    renamed = Column("verdict_now", verdict.type, "the verdict on the indicator as it is now, the same in each row")
    plain = (Column(one.name, one.type, one.description, one.nullable, one.one_of) for one in found)
    return (*plain, FINISHED, ADDITIVE, renamed)


PIVOT = Table("pivot", "one indicator in one period, with what one filters and groups by", _columns())
QUERY = """
SELECT * FROM (
    SELECT i.*, p.* EXCLUDE (indicator_id), c.year, c.quarter, c.month, c.term,
           p.completeness = 1 AND NOT p.provisional AND p.value IS NOT NULL AS finished,
           i.kind = 'flow' AS additive,
           v.verdict AS verdict_now
    FROM periods p
    JOIN indicators i USING (indicator_id)
    LEFT JOIN verdicts v USING (indicator_id)
    LEFT JOIN calendar c ON c.day = p.start
)
ORDER BY indicator_id, start
"""


def pivot_table(tables: Mapping[str, pa.Table]) -> pa.Table:
    """``PIVOT`` of the tables ``NEEDED``, by their names."""
    import duckdb

    with duckdb.connect() as session:
        for name, rows in tables.items():
            session.register(name, rows)
        found: pa.Table = session.sql(QUERY).to_arrow_table()
    return found.select(PIVOT.names).cast(PIVOT.arrow)
