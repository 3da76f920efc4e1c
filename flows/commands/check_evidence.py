"""What was published of the past, for the advice on the plan. Without a warehouse nothing is read."""

from datetime import date
from typing import Any

from flows.steps.context import Context
from plan.smart.evidence import Past, PastBreak, PastValue, SourceState
from warehouse.errors import KmiError
from warehouse.root import parquet_rows


def read_evidence(context: Context) -> Past:
    """The published figures, sources and breaks; nothing where nothing was published, and with a word where it cannot be read."""
    try:
        periods, sources, breaks, joined = (
            _rows(context, name) for name in ("periods", "sources", "breaks", "indicator_breaks")
        )
    except (KmiError, OSError, ValueError) as error:  # ValueError: Arrow's word for a file that is no Parquet
        context.log(
            f"the warehouse cannot be read, so the plan is judged without its past: {str(error).splitlines()[0]}"
        )
        return Past()
    states = {row["source"]: _state(row) for row in sources}
    return Past(
        bool(sources), _values(context, periods), states, tuple(_break(row) for row in breaks), _unjoined(joined)
    )


def _rows(context: Context, name: str) -> list[dict[str, Any]]:
    try:
        body = context.root.read(f"published/{name}.parquet")
    except FileNotFoundError:
        return []
    rows: list[dict[str, Any]] = parquet_rows(body)
    return rows


def _values(context: Context, rows: list[dict[str, Any]]) -> dict[str, tuple[PastValue, ...]]:
    """The periods that are judged: complete enough, settled, and with a value."""
    least = {name: indicator.min_completeness for name, indicator in context.loaded.plan.indicators.items()}
    known: dict[str, list[PastValue]] = {name: [] for name in least}
    for row in rows:
        name = row["indicator_id"]
        if name in known and row["value"] is not None and not row["provisional"] and row["completeness"] >= least[name]:
            known[name].append(PastValue(row["start"], row["end"], row["value"]))
    return {name: tuple(sorted(values, key=lambda value: value.start)) for name, values in known.items()}


def _state(row: dict[str, Any]) -> SourceState:
    return SourceState(
        row["last_success_at"] is not None,
        row["fresh"],
        row["data_through"],
        row["last_error"],
        row.get("settled_after_days"),
    )


def _break(row: dict[str, Any]) -> PastBreak:
    return PastBreak(
        row["source"],
        row["metric"],
        row["entity"] or "",
        row["day"],
        row["kind"],
        row["reason"],
        row["replaced_by"] or "",
    )


def _unjoined(rows: list[dict[str, Any]]) -> dict[str, frozenset[date]]:
    apart = [row for row in rows if not row["spliced"]]
    return {
        name: frozenset(row["day"] for row in apart if row["indicator_id"] == name)
        for name in {row["indicator_id"] for row in apart}
    }
