"""Proposals for tables with a date in each row: counts, readings of counters, and measures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.files.entity_names import is_total
from sources.inspection.cell_kinds import is_time
from sources.inspection.columns import Column
from sources.inspection.date_roles import DateRoles, filled_down, find_dates, row_keys, span_settings
from sources.inspection.entities import (
    EntityChoice,
    add_notes,
    choose_entity,
    is_confirmed_total,
    total_rows,
    with_one_measure,
)
from sources.inspection.measure_tables import propose_measures, propose_places, propose_times
from sources.inspection.number_forms import NumberForm, find_number_form
from sources.inspection.table import Proposal, Table
from sources.inspection.value_kinds import Figures, metric_name, rollover_of, unit_name, value_kind
from sources.inspection.wide_dates import directions
from sources.inspection.words import COUNTS, ENTITIES, has_word, words_of

NO_FIGURES = "no column holds figures, and no column names items by a title, an address or an id: kmi can count neither"
LEAST_ROWS = 6
NO_DATES = "the dates of the table cannot be read"
IN, OUT = ("in", "ins", "entries", "entrances", "entered"), ("out", "outs", "exits", "exited")


@dataclass(frozen=True)
class RowParts:
    """A table of rows with dates, and its parts."""

    table: Table
    dates: DateRoles
    entity: EntityChoice
    numbers: list[Column]
    form: NumberForm
    skip: dict[str, list[str]]
    fill_down: list[str]

    @property
    def names(self) -> list[str]:
        """The entity of each row; empty texts where the table has none."""
        column = self.entity.column
        return column.texts if column is not None else [""] * len(self.table.picture.rows)

    def format_settings(self) -> dict[str, object]:
        """The settings of the rows and numbers, which every source of tables has."""
        settings: dict[str, object] = {**self.dates.settings, **self.entity.settings, **self.form.settings}
        if self.skip:
            settings["skip"] = self.skip
        if self.fill_down:
            settings["fill_down"] = self.fill_down
        return settings

    def series(self, column: Column) -> list[list[float]]:
        """The numbers of a column, one list for each entity, in the order of their dates."""
        found: dict[str, list[tuple[object, float]]] = {}
        for name, moment, cell in zip(self.names, self.dates.moments, column.cells, strict=True):
            number = self.form.read(cell)
            if moment is not None and number is not None:
                found.setdefault(name, []).append((moment.at.replace(tzinfo=None), number))
        return [[number for _, number in sorted(pairs, key=lambda pair: str(pair[0]))] for pairs in found.values()]


def propose_by_row(table: Table) -> Proposal | str:
    """The settings of a table with a date in each row, or why it cannot be read."""
    texts = [column for column in table.columns if column.kind == "text" or column.is_date or column.is_year]
    numbers, skip, found = total_rows(table, [column for column in texts if column.kind != "year"])
    if found:
        table.dialogue.take("rows left out", ", ".join(dict.fromkeys(found)), "their names say that they are sums")
    parts = table.without_rows(numbers)
    parts, repeated = filled_down(parts, [column.name for column in texts])
    dates = find_dates(parts)
    if dates is None:
        return NO_DATES
    add_notes(table, skip)
    row = _parts(parts, dates, skip, repeated)
    if not row.numbers:
        return NO_FIGURES
    pair = _in_and_out(row.numbers)
    if pair is not None:
        return _counts(row, pair)
    if len(row.numbers) == 1:
        return _one_value(row)
    if all(is_time(column.name) for column in row.numbers):
        return propose_times(row)
    return propose_places(row) if _are_places(row) else propose_measures(row)


def _parts(table: Table, dates: DateRoles, skip: dict[str, list[str]], repeated: list[str]) -> RowParts:
    used = {column.at for column in dates.used} | ({dates.hour.at} if dates.hour else set())
    rest = [column for column in table.columns if column.at not in used and column.filled]
    texts = [c for c in rest if c.kind == "text" or (c.kind in ("number", "year") and _is_code(c))]
    keys = row_keys(dates, table.zone)
    texts += _kinds_in_numbers([c for c in rest if c.kind in ("number", "year") and c not in texts], keys)
    numbers = [c for c in rest if c.kind in ("number", "year") and c not in texts and not c.is_identifier]
    numbers = [column for column in numbers if not _counts_rows(column)]
    numbers = _without_totals(numbers, table)
    if dates.end:
        keys = [(key, next(c for c in dates.used if c.name == dates.end).texts[at]) for at, key in enumerate(keys)]
    entity = with_one_measure(choose_entity(texts, keys, table.dialogue), table.dialogue)
    form = find_number_form(
        (cell for c in numbers for cell in c.cells), table.delimiter, table.dialogue, " ".join(c.name for c in numbers)
    )
    return RowParts(table, dates, entity, numbers, form, skip, repeated)


def _is_code(column: Column) -> bool:
    """Whether a column of numbers names places, such as the number of a branch."""
    few = 2 * len(set(column.texts)) <= len(column.texts) or len(column.texts) < LEAST_ROWS
    words = words_of(column.name)
    return few and has_word(column.name, ENTITIES) and not has_word(column.name, COUNTS) and not words[-1].isdigit()


def _kinds_in_numbers(numbers: Sequence[Column], keys: Sequence[object]) -> list[Column]:
    """The columns of numbers that tell rows of one date apart, such as a version, beside one that counts."""
    if len(set(keys)) == len(keys) or not any(has_word(column.name, COUNTS) for column in numbers):
        return []
    few = [c for c in numbers if not has_word(c.name, COUNTS) and 3 * len(set(c.texts)) <= len(c.texts)]
    return [c for c in few if len(set(zip(keys, c.texts, strict=True))) == len(keys)]


def _counts_rows(column: Column) -> bool:
    """Whether a column only numbers the rows: 1, 2, 3 and so on."""
    texts = column.texts
    return len(texts) > 2 and texts in ([str(n) for n in range(1, len(texts) + 1)], [str(n) for n in range(len(texts))])


def _without_totals(numbers: list[Column], table: Table) -> list[Column]:
    sums = [c for c in numbers if is_total(c.name) or is_confirmed_total(c.name, table.dialogue)]
    kept = [column for column in numbers if column not in sums]
    out = [column.name for column in numbers if column not in kept]
    if not kept or len(numbers) == 1:
        return numbers
    if out:
        table.dialogue.take("columns left out", ", ".join(out), "their names say that they are sums or comparisons")
    return kept


def _in_and_out(numbers: Sequence[Column]) -> tuple[Column, Column] | None:
    came, left = ([column for column in numbers if has_word(column.name, words)] for words in (IN, OUT))
    return (came[0], left[0]) if len(came) == len(left) == 1 and came != left else None


def _are_places(row: RowParts) -> bool:
    """Whether the columns of figures are places, by a total of them; asked where neither names nor sums tell."""
    if row.entity.column is not None or any(has_word(column.name, COUNTS) for column in row.numbers):
        return False
    every = [column for column in row.table.columns if column.kind == "number" and is_total(column.name)]
    if any(_is_sum(total, row) for total in every):
        row.table.dialogue.take(
            "columns of figures", "places", f"'{every[0].name}' is the sum of the others in every row"
        )
        return True
    shown = ", ".join(column.name for column in row.numbers[:6])
    answer = row.table.dialogue.answer_to(
        "columns_are",
        f"What are the columns {shown}?",
        "each row has several figures, and nothing says whether they are places or different things",
        [
            ("places", "places: the same thing counted at each"),
            ("measures", "different things, each a figure of its own"),
        ],
    )
    return answer != "measures"


def _is_sum(total: Column, row: RowParts) -> bool:
    pairs = [
        (stated, sum(row.form.read(column.cells[at]) or 0.0 for column in row.numbers))
        for at, cell in enumerate(total.cells)
        if (stated := row.form.read(cell)) is not None
    ]
    return bool(pairs) and all(abs(stated - found) < 1e-6 for stated, found in pairs)


def _counts(row: RowParts, pair: tuple[Column, Column]) -> Proposal:
    """People in and out: only those who came in, or both, halved."""
    answer = row.table.dialogue.answer_to(
        "directions",
        f"Which people count as visits: '{pair[0].name}', or half of both columns?",
        "the table has people who came in and people who went out",
        [("in", f"only '{pair[0].name}'"), ("both_halved", "both, halved once")],
    )
    both = answer == "both_halved"
    columns: dict[str, object] = {"in": pair[0].name, "out": pair[1].name} if both else {"in": pair[0].name}
    cells = row.entity.of(pair[0].cells) + (row.entity.of(pair[1].cells) if both else [])
    settings = _settings(row, columns, row.numbers[0]) | ({"directions": "both_halved"} if both else {})
    table = row.table
    return Proposal(
        settings,
        {"visits": cells},
        row.form,
        len(table.picture.rows),
        0.5 if both else 1.0,
        {"visits": "flow"},
        {"visits": "visits"},
    )


def _one_value(row: RowParts) -> Proposal | str:
    column = row.numbers[0]
    numbers = [number for cell in column.cells if (number := row.form.read(cell)) is not None]
    dialogue = row.table.dialogue
    span = span_settings(row.dates, row.names, [row.form.read(cell) for cell in column.cells], row.table)
    figures = Figures(column.name, numbers, row.series(column), has_percent=row.form.has_percent)
    kind = value_kind(replace(figures, period=str(span.get("period", ""))), dialogue)
    if kind == "level":
        return propose_measures(row, {column.name: "level"})
    metric = metric_name(column.name, metric_name(row.table.stem))
    if kind == "counter":
        settings: dict[str, object] = _settings(row, {"value": column.name}, column) | {
            "values": "readings",
            "directions": directions(dialogue),
        }
        settings.pop("period", None)
        if rollover := rollover_of(row.series(column)):
            dialogue.take("rollover", f"{rollover:,}", "a reading near it is followed by a small one")
            settings["rollover"] = rollover
    else:
        settings = _settings(row, {"value": column.name}, column)
    unit = "passages" if kind == "counter" else unit_name(column.name, metric)
    settings |= {"metric": metric, "unit": unit}
    values = {metric: row.entity.of(column.cells)}
    return Proposal(settings, values, row.form, len(row.table.picture.rows), kinds={metric: kind}, units={metric: unit})


def _settings(row: RowParts, columns: dict[str, object], value: Column) -> dict[str, object]:
    """The settings of a long table of counts."""
    dates, entity = row.dates, row.entity.column
    named: dict[str, object] = {} if entity is None else {"entity": entity.name}
    named |= {"start": dates.date, "end": dates.end} if dates.end else {"date": dates.date}
    if dates.hour is not None:
        named["hour"] = dates.hour.name
    numbers = [row.form.read(cell) for cell in value.cells]
    span = span_settings(dates, row.names, numbers, row.table)
    return {"layout": "long", "columns": named | columns, **row.format_settings(), **span}
