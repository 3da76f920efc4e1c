"""A sentence and the references that it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.brief.known import SENTENCE, Judged, Known, Row, counted, plain, said
from transforms.reasons import number


@dataclass(frozen=True)
class Reference:
    """Where a sentence can be looked up: file and row, the figure, and where it was read."""

    text: str


@dataclass(frozen=True)
class Said:
    text: str
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Line:
    """One row of the table of verdicts; cells in the order of ``compose.HEADER``."""

    cells: tuple[str, ...]
    reference: Reference


def of_verdicts(known: Known) -> Reference:
    judged = _instant(known.as_of) if known.as_of else "never"
    return Reference(f"verdicts.parquet: {counted(len(known.indicators), 'indicator')} of this brief, judged {judged}")


def of_indicator(one: Judged) -> Reference:
    """Identifier, period, value, grade, sources and when the newest figure behind the value was read."""
    judged = one.judged_period
    value = f"{one.value}, {one.verdict['grade']}" if one.value else "no value judged"
    span = f"{said(judged['start'])} to {said(one.verdict['through'])}" if judged else "no period"
    read = f", read {_instant(judged['as_of'])}" if judged and judged["as_of"] else ""
    return Reference(f"{one.row['indicator_id']}, {span}: {value}; {plain(', '.join(one.row['sources']))}{read}")


def of_source(row: Row) -> Reference:
    through = f"data to {said(row['data_through'])}" if row["data_through"] else "no data"
    read = f"last read {_instant(row['last_success_at'])}" if row["last_success_at"] else "never read"
    failed = f", newest pull failed: {plain(row['last_error'], SENTENCE // 2)}" if row["last_error"] else ""
    return Reference(f"source {plain(row['source'], 40)} in sources.parquet: {through}, {read}{failed}")


def of_effect(row: Row) -> Reference:
    used = f"{counted(row['periods_before'], 'period')} before, {row['periods_after']} after"
    return Reference(f"effects.parquet: {plain(row['activity_id'], 40)} on {row['indicator_id']}, {used}")


def of_effects(rows: Sequence[Row]) -> Reference:
    return Reference(f"effects.parquet: {counted(len(rows), 'pair')} of activity and indicator of this brief")


def of_break(one: Judged, row: Row) -> Reference:
    return Reference(f"indicator_breaks.parquet: {one.row['indicator_id']}, {said(row['day'])}, {row['origin']}")


def _instant(moment: Any) -> str:
    return f"{said(moment)}, {moment:%H:%M}"


def figure(value: float | None) -> str:
    return "-" if value is None else number(value)


def goal(one: Judged) -> str:
    """``33,000 by 31 Dec 2027``, or the band."""
    row = one.row
    if row["target_value"] is None:
        return f"the band {figure(row['target_low'])} to {figure(row['target_high'])}"
    return f"{number(row['target_value'])} {'in the year to' if row['over'] == 'year' else 'by'} {said(row['due'])}"
