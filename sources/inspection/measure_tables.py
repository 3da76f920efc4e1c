"""Proposals for tables with several figures in each row: measures, or the same thing counted at several places."""

from typing import TYPE_CHECKING

from sources.files.cells import Cell
from sources.inspection.columns import Column
from sources.inspection.date_roles import span_settings
from sources.inspection.table import Proposal
from sources.inspection.totals import compare_columns
from sources.inspection.value_kinds import Figures, metric_name, metric_of_file, unit_name, value_kind
from sources.inspection.words import as_name

if TYPE_CHECKING:
    from sources.inspection.long_tables import RowParts

HOURLY = (
    "it has counts by the hour in several columns, and kmi reads counts by the hour from one column: write a row for "
    "each place and hour, with the place in a column of its own"
)
ENDING = (
    "its dates are the ends of their weeks, and kmi reads measures of weeks by the first day: write the first day of "
    "each week, or its number such as 2026-W25"
)
PERIODS = ("day", "week", "month", "quarter", "year")


def propose_places(row: "RowParts") -> Proposal | str:
    """The settings of a table with a row for each date and a column for each place."""
    table = row.table
    span = span_settings(row.dates, row.names, [], table)
    if span.get("period") not in PERIODS:
        return HOURLY
    label = table.context_words
    cells = [cell for column in row.numbers for cell in column.cells]
    numbers = [number for cell in cells if (number := row.form.read(cell)) is not None]
    series = [values for column in row.numbers for values in row.series(column)]
    figures = Figures(label, numbers, series, offered=("flow", "level"), has_percent=row.form.has_percent)
    kind = value_kind(figures, table.dialogue)
    if kind == "level":
        return propose_measures(row, {column.name: "level" for column in row.numbers})
    metric = metric_of_file(label, table.stem)
    settings: dict[str, object] = {
        "layout": "wide",
        "columns": {"date": row.dates.date},
        **row.format_settings(),
        **span,
    }
    ignored = _others(row, row.numbers)
    if ignored:
        settings["ignore"] = ignored
    settings |= {"metric": metric, "unit": unit_name(label, metric)}
    proposal = Proposal(settings, {metric: cells}, row.form, len(table.picture.rows), kinds={metric: kind})
    proposal.totals = compare_columns(table, table.columns, row.numbers, row.form)
    return proposal


def propose_times(row: "RowParts") -> Proposal | str:
    """The settings of a table with a column for each time of day: people who are in the room then."""
    table = row.table
    answer = table.dialogue.answer_to(
        "times",
        f"What are the figures under {', '.join(column.name for column in row.numbers[:4])}?",
        "each row has a figure for several times of a day",
        [
            ("present", "how many people were there at that time"),
            ("came", "how many people came in each of these hours"),
        ],
    )
    if answer == "came":
        return HOURLY
    columns: dict[str, object] = {"date": row.dates.date}
    if row.entity.column is not None:
        columns["entity"] = row.entity.column.name
    spec = {"unit": "people", "kind": "occupancy", "columns": [column.name for column in row.numbers]}
    settings: dict[str, object] = {"type": "measures", "columns": columns, "measures": {"people": spec}}
    settings |= {**row.format_settings(), "period": "day"}
    ignored = _others(row, row.numbers)
    if ignored:
        settings["ignore"] = ignored
    rows = [[row.form.read(column.cells[at]) for column in row.numbers] for at in range(len(table.picture.rows))]
    known = [[number for number in numbers if number is not None] for numbers in rows]
    values: dict[str, list[Cell]] = {
        "people_mean": [sum(numbers) / len(numbers) for numbers in known if numbers],
        "people_peak": [max(numbers) for numbers in known if numbers],
    }
    kinds = dict.fromkeys(values, "level")
    return Proposal(settings, values, row.form, len(rows), kinds=kinds, units=dict.fromkeys(values, "people"))


def propose_measures(row: "RowParts", known: dict[str, str] | None = None) -> Proposal | str:
    """The settings of a table with a column for each measure. ``known``: kinds that are settled already."""
    table, dialogue = row.table, row.table.dialogue
    span = span_settings(row.dates, row.names, [], table)
    if span.get("period") not in PERIODS or row.dates.hour is not None or row.dates.end:
        return HOURLY
    if span.get("label") == "end":
        return ENDING
    measures, values, kinds, units = dict[str, object](), {}, dict[str, str](), dict[str, str]()
    for column in row.numbers:
        kind = (known or {}).get(column.name) or _kind(row, column, str(span["period"]))
        if kind == "ignore":
            continue
        metric = metric_name(column.name, as_name(table.stem, "count"))
        metric = metric if metric not in measures else f"{metric}_{column.at}"
        unit = "per cent" if row.form.has_percent and known else unit_name(column.name, metric)
        measures[metric] = {"column": column.name, "unit": unit, "kind": "reading" if kind == "level" else "flow"}
        values[metric], kinds[metric], units[metric] = row.entity.of(column.cells), kind, unit
    if not measures:
        return "every column of figures was left out"
    columns: dict[str, object] = {"date": row.dates.date}
    if row.entity.column is not None:
        columns["entity"] = row.entity.column.name
    settings: dict[str, object] = {
        "type": "measures",
        "columns": columns,
        "measures": measures,
        **row.format_settings(),
        **span,
    }
    if settings.get("rows") == "add" and "level" in kinds.values():
        return "several rows have the same place and date, and a level does not add up: keep one row of each"
    used = [column for column in row.numbers if any(m["column"] == column.name for m in measures.values())]  # type: ignore[index]
    ignored = _others(row, used)
    if ignored:
        settings["ignore"] = ignored
        dialogue.take("columns left out", ", ".join(ignored[:8]), "they hold no figures that count")
    return Proposal(settings, values, row.form, len(table.picture.rows), kinds=kinds, units=units)


def _kind(row: "RowParts", column: Column, period: str) -> str:
    numbers = [number for cell in column.cells if (number := row.form.read(cell)) is not None]
    percent = any(isinstance(cell, str) and cell.endswith("%") for cell in column.cells)
    question = f"kind_{as_name(column.name, str(column.at))}"
    figures = Figures(column.name, numbers, row.series(column), question, ("flow", "level", "ignore"), percent, period)
    return value_kind(figures, row.table.dialogue)


def _others(row: "RowParts", used: list[Column]) -> list[str]:
    """The columns that are neither dates nor the entity nor used; the parts of a joined date are not among them."""
    taken = {column.at for column in (*used, *row.dates.used)}
    if row.entity.column is not None:
        taken.add(row.entity.column.at)
    joined = {column.at for column in row.dates.used} if "join" in row.dates.settings else set()
    others = [c.name for c in row.table.columns if c.at not in taken and (c.filled or c.name)]
    dates = [c.name for c in row.dates.used if c.name != row.dates.date and c.at not in joined]
    return others + dates
