"""The sentences of the brief and the references that they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.brief.inputs import SENTENCE, BriefInputs, JudgedIndicator, count_noun, format_day, one_line
from transforms.formatting import number
from warehouse.published_tables import Row


@dataclass(frozen=True)
class Reference:
    """Where a sentence can be looked up: file and row, the value, and when it was read."""

    text: str


@dataclass(frozen=True)
class Citation:
    """A sentence with its references."""

    text: str
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class TableRow:
    """One row of the table of verdicts; cells in the order of ``compose.HEADER``."""

    cells: tuple[str, ...]
    reference: Reference


def cite_verdicts(inputs: BriefInputs) -> Reference:
    judged = _instant(inputs.as_of) if inputs.as_of else "never"
    indicators = count_noun(len(inputs.indicators), "indicator")
    return Reference(f"verdicts.parquet: {indicators} of this brief, judged {judged}")


def cite_indicator(indicator: JudgedIndicator) -> Reference:
    """Identifier, period, value, grade, sources, and when the newest observation behind the value was read."""
    judged, verdict = indicator.judged_period, indicator.verdict
    value = f"{indicator.value}, {verdict['grade']}" if indicator.value else "no value judged"
    span = f"{format_day(judged['start'])} to {format_day(verdict['through'])}" if judged else "no period"
    read = f", read {_instant(judged['as_of'])}" if judged and judged["as_of"] else ""
    sources = one_line(", ".join(indicator.row["sources"]))
    return Reference(f"{indicator.row['indicator_id']}, {span}: {value}; {sources}{read}")


def cite_source(row: Row) -> Reference:
    through = f"data to {format_day(row['data_through'])}" if row["data_through"] else "no data"
    read = f"last read {_instant(row['last_success_at'])}" if row["last_success_at"] else "never read"
    failed = f", newest pull failed: {one_line(row['last_error'], SENTENCE // 2)}" if row["last_error"] else ""
    return Reference(f"source {one_line(row['source'], 40)} in sources.parquet: {through}, {read}{failed}")


def cite_effect(row: Row) -> Reference:
    used = f"{count_noun(row['periods_before'], 'period')} before, {row['periods_after']} after"
    return Reference(f"effects.parquet: {one_line(row['activity_id'], 40)} on {row['indicator_id']}, {used}")


def cite_effects(rows: Sequence[Row]) -> Reference:
    return Reference(f"effects.parquet: {count_noun(len(rows), 'pair')} of activity and indicator of this brief")


def cite_break(indicator: JudgedIndicator, row: Row) -> Reference:
    day = format_day(row["day"])
    return Reference(f"indicator_breaks.parquet: {indicator.row['indicator_id']}, {day}, {row['origin']}")


def _instant(moment: Any) -> str:
    return f"{format_day(moment)}, {moment:%H:%M}"


def format_value(value: float | None) -> str:
    return "-" if value is None else number(value)


def target_phrase(indicator: JudgedIndicator) -> str:
    """``33,000 by 31 Dec 2027``, or the band."""
    row = indicator.row
    if row["target_value"] is None:
        return f"the band {format_value(row['target_low'])} to {format_value(row['target_high'])}"
    deadline = f"{'in the year to' if row['over'] == 'year' else 'by'} {format_day(row['due'])}"
    return f"{number(row['target_value'])} {deadline}"
