"""The cells of a table as figures, row by row: what cannot be read is a fault of its row, and of no other."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.commands.judging.column_names import NUMBERS
from flows.commands.judging.decimal_mark import DecimalMark, Mark, find_decimal_mark
from flows.commands.judging.table_file import TableFile, TableRow
from plan.percent_unit import is_percent
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.number_cells import read_number
from sources.files.table_format import TableFormat
from transforms.rules.inputs import RuleInputs

FIGURES = ("base_value", "current_value", "target", "limit", "standard_error")
_ANY = TableFormat()
YEARS = ("base_year", "current_year", "target_year")
UP = {"up", "upward", "upwards", "increase", "increasing", "rise", "higher", "more", "positive", "+", "+1", "1", "↑"}
DOWN = {"down", "downward", "downwards", "decrease", "decreasing", "fall", "lower", "less", "negative", "-", "-1", "↓"}
UP |= {"1.0", "+1.0", "1,0", "higher is better", "steigend", "steigen"}
DOWN |= {"-1.0", "-1,0", "lower is better", "sinkend", "sinken", "fallend"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row, in which column ("" for the row itself), and what to do."""

    column: str
    what: str
    do: str

    @property
    def reason(self) -> str:
        """The fault as the reason of a row."""
        return self.what if self.column in {"", "direction"} else f"{self.column}: {self.what}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule reads of each row; nothing of a row that has a fault. ``blank``: the columns without a figure."""

    inputs: RuleInputs
    faults: list[Fault | None]
    blank: list[tuple[str, ...]]
    mark: DecimalMark


def read_figures(table: TableFile, columns: dict[str, int], decimal: Mark | None) -> Figures:
    """The figures of the rows. ``decimal``: the decimal mark, where the user gave one."""
    numeric = [name for name in (*YEARS, *FIGURES) if name in columns]
    texts = (cell for row in table.rows for name in numeric if isinstance(cell := row.cells[columns[name]], str))
    mark = find_decimal_mark(texts, table.separator == ",", decimal)
    rows = [_read_row(row, columns, numeric, mark) for row in table.rows]
    values = {name: np.array([row.get(name, math.nan) for row, _ in rows], dtype=float) for name in (*YEARS, *FIGURES)}
    inputs = RuleInputs(
        base_year=values["base_year"],
        base=values["base_value"],
        year=values["current_year"],
        current=values["current_value"],
        due_year=values["target_year"],
        target=values["target"],
        direction=np.array([row.get("direction", math.nan) for row, _ in rows], dtype=float),
        limit=values["limit"],
        standard_error=values["standard_error"],
        is_percent=np.array([bool(row.get("is_percent")) for row, _ in rows], dtype=bool),
    )
    blank = [tuple(name for name in NUMBERS if name not in row) for row, _ in rows]
    return Figures(inputs, [fault for _, fault in rows], blank, mark)


def _read_row(
    row: TableRow, columns: dict[str, int], numeric: list[str], mark: DecimalMark
) -> tuple[dict[str, float], Fault | None]:
    """The figures of a row that are there, or its first fault."""
    cells = {name: row.cells[at] for name, at in columns.items()}
    fault = next(_faults(row, cells, numeric, mark), None)
    if fault is not None:
        return {}, fault
    read = {name: _number(cells[name], mark) for name in numeric}
    values = {name: value for name, value in read.items() if isinstance(value, float)}
    values["direction"] = 1.0 if _word(cells["direction"]) in UP else -1.0
    unit = cell_text(cells.get("unit"))
    values["is_percent"] = is_percent(unit) if unit else any(_has_sign(cells.get(name)) for name in FIGURES)
    return values, None


def _faults(row: TableRow, cells: dict[str, Cell], numeric: list[str], mark: DecimalMark) -> Iterator[Fault]:
    if row.misfit:
        yield Fault("", row.misfit, "put values that contain the separator in quotation marks, or correct the row")
    for name in numeric:
        value = _number(cells[name], mark)
        if isinstance(value, Unreadable):
            yield Fault(name, value.reason, value.action)
        elif name == "standard_error" and value is not None and value < 0:
            yield Fault(name, "a standard error is not negative", "correct it or leave it blank")
        elif name in YEARS and _has_sign(cells[name]):
            yield Fault(name, f"'{cell_text(cells[name])}' is not a year", "write a year or leave it blank")
    word = _word(cells["direction"])
    if word not in UP | DOWN:
        what = f"'{cell_text(cells['direction'])}' is not a direction" if word else "the direction is missing"
        yield Fault("direction", what, "write up or down")
    signs = {_has_sign(cells[name]): name for name in numeric if name in FIGURES and cells[name] is not None}
    if len(signs) > 1:
        what = f"{signs[True]} has a per cent sign and {signs[False]} has none"
        yield Fault("", what, "write the figures of a row all with it or all without")


def _number(cell: Cell, mark: DecimalMark) -> float | Unreadable | None:
    """The number in a cell, None for a blank one."""
    if isinstance(cell, str):
        value: float | Unreadable | None = mark.read(cell)
    else:
        value = read_number(cell, _ANY)
    if isinstance(value, float) and not math.isfinite(value):
        return Unreadable(cell_text(cell), f"'{cell_text(cell)}' is not a number", "write a number or leave it blank")
    return value


def _has_sign(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.endswith("%")


def _word(cell: Cell) -> str:
    return cell_text(cell).casefold().replace("\u2212", "-")
