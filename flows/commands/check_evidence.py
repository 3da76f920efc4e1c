"""Read from the published files what the advice on a plan is based on.

Without a warehouse there is nothing to read.
"""

from datetime import date

from flows.steps.context import Context
from plan.smart.evidence import Evidence, PeriodValue, SourceBreak, SourceState
from warehouse.errors import ConfigError, KmiError
from warehouse.published_tables import PublishedTables, Row, published_in
from warehouse.schema import (
    OBSERVATIONS,
    PUBLISHED_BREAKS,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_PERIODS,
    PUBLISHED_SOURCES,
    Table,
)
from warehouse.tables import matching


def read_evidence(context: Context) -> Evidence:
    """Read the published figures, sources and breaks; if that fails, log it and return none."""
    read = (PUBLISHED_PERIODS, PUBLISHED_SOURCES, PUBLISHED_BREAKS, PUBLISHED_INDICATOR_BREAKS)
    try:
        published = published_in(context.root)
        periods, sources, breaks, indicator_breaks = (_rows(published, table) for table in read)
    except (KmiError, OSError, ValueError) as error:  # ValueError: Arrow's error for a file that is not Parquet
        reason = str(error).splitlines()[0]
        context.log(f"the warehouse cannot be read, so the plan is checked without past figures: {reason}")
        return Evidence()
    return Evidence(
        collected=bool(sources),
        values=_values(context, periods),
        sources={row["source"]: _state(row) for row in sources},
        breaks=tuple(_break(row) for row in breaks),
        unjoined=_unjoined(indicator_breaks),
        entities=_entities(context),
    )


def _entities(context: Context) -> dict[str, frozenset[str]]:
    """The entities of each source of which an indicator names some, if it has delivered anything."""
    measures = [measure for indicator in context.loaded.plan.indicators.values() for measure in indicator.measures]
    found = {}
    for source in sorted({measure.source for measure in measures if measure.entities}):
        stored = context.tables.read(OBSERVATIONS, matching(source=source), ["entity"])["entity"].unique().to_pylist()
        if stored:
            found[source] = frozenset(stored)
    return found


def _rows(published: PublishedTables, table: Table) -> list[Row]:
    """The rows of a table; none where it was never published."""
    try:
        return published.rows(table)
    except ConfigError:
        return []


def _values(context: Context, rows: list[Row]) -> dict[str, tuple[PeriodValue, ...]]:
    """The periods that are judged: complete enough, settled, and with a value."""
    least = {name: indicator.min_completeness for name, indicator in context.loaded.plan.indicators.items()}
    values: dict[str, list[PeriodValue]] = {name: [] for name in least}
    for row in rows:
        name = row["indicator_id"]
        judged = name in least and row["value"] is not None and not row["provisional"]
        if judged and row["completeness"] >= least[name]:
            values[name].append(PeriodValue(row["start"], row["end"], row["value"]))
    return {name: tuple(sorted(periods, key=lambda period: period.start)) for name, periods in values.items()}


def _state(row: Row) -> SourceState:
    return SourceState(
        succeeded=row["last_success_at"] is not None,
        fresh=row["fresh"],
        through=row["data_through"],
        last_error=row["last_error"],
        settled_after_days=row.get("settled_after_days"),
    )


def _break(row: Row) -> SourceBreak:
    return SourceBreak(
        row["source"],
        row["metric"],
        row["entity"] or "",
        row["day"],
        row["kind"],
        row["reason"],
        row["replaced_by"] or "",
    )


def _unjoined(rows: list[Row]) -> dict[str, frozenset[date]]:
    """The days of the breaks without a splice, by indicator."""
    days: dict[str, set[date]] = {}
    for row in rows:
        if not row["spliced"]:
            days.setdefault(row["indicator_id"], set()).add(row["day"])
    return {name: frozenset(found) for name, found in days.items()}
