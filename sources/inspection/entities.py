"""Which column names the branch or gate, and what it means where several rows belong to one branch and date."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sources.files.cells import Cell, cell_text
from sources.files.entity_names import is_total
from sources.inspection.columns import Column
from sources.inspection.dialogue import Dialogue
from sources.inspection.table import Table
from sources.inspection.words import COUNTS, DISTINCT, ENTITIES, LEVELS, NOTES, as_name, has_word

MOST_KINDS = 12
ALL = "all"


@dataclass(frozen=True, slots=True)
class EntityChoice:
    """The column of the entities, if there is one, and the settings that rows of one key need."""

    column: Column | None
    settings: dict[str, object] = field(default_factory=dict)
    kept: Sequence[bool] | None = None
    """Which rows are read, where ``where`` leaves some out."""

    def of(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells of the rows that are read."""
        rows = self.kept
        return list(cells) if rows is None else [cell for cell, keep in zip(cells, rows, strict=True) if keep]


def choose_entity(texts: Sequence[Column], keys: Sequence[object], dialogue: Dialogue) -> EntityChoice:
    """The column that tells rows of one key (a date, an hour) apart; asked where several may.

    ``texts``: the columns that hold texts. ``keys``: of each row what else is part of its key.
    """
    texts = [column for column in texts if not _is_note(column)]
    named = [column for column in texts if has_word(column.name, ENTITIES)]
    if _is_unique(keys):
        return _without_need(named, dialogue)
    single = [column for column in texts if _is_unique(keys, column)]
    if single:
        return EntityChoice(_best(single, dialogue))
    for entity in (*named, *(column for column in texts if column not in named)):
        for other in texts:
            if other is not entity and _is_unique(keys, entity, other) and len(set(other.texts)) <= MOST_KINDS:
                return _with_kinds(entity, other, dialogue)
    column = _best(named or list(texts), dialogue) if texts else None
    return EntityChoice(column, _repeated(keys, column, dialogue))


def with_one_measure(choice: EntityChoice, dialogue: Dialogue) -> EntityChoice:
    """The choice, with one row or kind only where the names are of different things, such as Visits and Loans."""
    column = choice.column
    if column is None or choice.kept is not None:
        return choice
    names = [name for name in dict.fromkeys(column.texts) if name]
    things = [name for name in names if has_word(name, COUNTS | LEVELS | DISTINCT)]
    if len(things) < 2 or 2 * len(things) < len(names):
        return choice
    why = "the names are of different things, which must not be added up"
    choices = [(name, f"only {name}") for name in names]
    answer = dialogue.answer_to("thing", f"Which of '{column.name}' counts?", why, choices) or names[0]
    settings = {**choice.settings, "where": {column.name: [answer]}}
    return EntityChoice(column, settings, [text == answer for text in column.texts])


def counter_rows(texts: Sequence[Column], dialogue: Dialogue) -> EntityChoice | None:
    """The rows of one metric of a COUNTER report, which add up over titles and kinds of access; None for other tables.

    https://cop5.projectcounter.org/en/5.1/03-specifications/03-counter-report-common-attributes-and-elements.html
    """
    metrics = next((column for column in texts if column.name.replace("_", " ") == "Metric Type"), None)
    if metrics is None:
        return None
    kinds = list(dict.fromkeys(text for text in metrics.texts if text))
    choices = [(kind, f"{kind.replace('_', ' ').lower()}") for kind in kinds]
    why = "a COUNTER report has a row for each metric, and different metrics must not be added up"
    answer = dialogue.answer_to("metric_type", "Which metric of the COUNTER report?", why, choices) or kinds[0]
    names = [column for column in texts if column.name in ("Platform", "Database", "Title")]
    kept = [text == answer for text in metrics.texts]
    settings: dict[str, object] = {"where": {metrics.name: [answer]}, "rows": "add"}
    return EntityChoice(names[0] if names else None, settings, kept)


def _without_need(named: Sequence[Column], dialogue: Dialogue) -> EntityChoice:
    """Each date comes once: a column of names is taken where its name says so."""
    if not named or not any(text for text in named[0].texts):
        return EntityChoice(None)
    return EntityChoice(_best(named, dialogue))


def _is_note(column: Column) -> bool:
    """Whether a column holds words about some of the rows, and no names of places."""
    mostly_blank = 2 * len(column.filled) < len(column.cells)
    return not has_word(column.name, ENTITIES) and (mostly_blank or has_word(column.name, NOTES))


def _is_unique(keys: Sequence[object], *columns: Column) -> bool:
    rows = [(key, *(column.texts[at] for column in columns)) for at, key in enumerate(keys)]
    return len(set(rows)) == len(rows)


def _best(columns: Sequence[Column], dialogue: Dialogue) -> Column:
    """One of the columns that may name the entity: by its name, or as the others say the same; otherwise asked."""
    named = [column for column in columns if has_word(column.name, ENTITIES)]
    pool = named or list(columns)
    best = max(pool, key=lambda column: (has_word(column.name, ("name",)), not column.is_identifier, _length(column)))
    if len(pool) == 1:
        what = "its name" if named else "it is the only column of names that tells the rows apart"
    elif all(_are_equivalent(best, other) for other in pool):
        what = "it tells the rows apart, and the others say the same in other words"
    elif named and len({has_word(column.name, ("name",)) for column in pool}) > 1 and has_word(best.name, ("name",)):
        what = "its name"
    else:
        choices = [(column.name, f"such as {next((t for t in column.texts if t), '')}") for column in pool]
        answer = dialogue.answer_to("entity", "Which column names the branch, gate or place?", "several may", choices)
        return next((column for column in pool if column.name == answer), best)
    dialogue.take(f"column '{best.name}'", "the branch, gate or place of a row", what)
    return best


def _length(column: Column) -> float:
    return sum(len(text) for text in column.texts) / max(len(column.texts), 1)


def _are_equivalent(one: Column, other: Column) -> bool:
    pairs = set(zip(one.texts, other.texts, strict=True))
    return len(pairs) == len(set(one.texts)) == len(set(other.texts))


def _with_kinds(entity: Column, other: Column, dialogue: Dialogue) -> EntityChoice:
    """Rows of one entity and date that differ by a kind: one kind counts, or all add up."""
    kinds = list(dict.fromkeys(other.texts))
    dialogue.take(
        f"column '{entity.name}'", "the branch, gate or place of a row", "each pair of it and the next comes once"
    )
    choices = [(kind, f"only the rows with {other.name} {kind or '(blank)'}") for kind in kinds if kind]
    choices.append((ALL, "all of them, added up"))
    answer = dialogue.answer_to(
        "rows_of",
        f"Which rows count, by '{other.name}'?",
        f"each place and date has a row for each '{other.name}'",
        choices,
    )
    if answer in (None, ALL):
        return EntityChoice(entity, {"rows": "add"})
    return EntityChoice(entity, {"where": {other.name: [answer]}}, [text == answer for text in other.texts])


def _repeated(keys: Sequence[object], column: Column | None, dialogue: Dialogue) -> dict[str, object]:
    names = column.texts if column is not None else [""] * len(keys)
    pairs = list(zip(keys, names, strict=True))
    repeated = len(pairs) - len(set(pairs))
    answer = dialogue.answer_to(
        "rows",
        "Several rows have the same place and date. Is each an event of its own?",
        f"{repeated:,} of {len(pairs):,} rows repeat a place and a date",
        [("add", "yes: their figures add up"), ("one", "no: such rows are refused until the file is corrected")],
    )
    return {} if answer == "one" else {"rows": "add"}


def total_rows(table: Table, names: Sequence[Column]) -> tuple[set[int], dict[str, list[str]], list[str]]:
    """The rows that hold a sum by their name: their numbers, the setting ``skip``, and the names found."""
    numbers, skip, found = set[int](), dict[str, list[str]](), list[str]()
    for column in names:
        for (number, _), cell in zip(table.picture.rows, column.cells, strict=True):
            text = cell_text(cell)
            if text and number not in numbers and (is_total(text) or is_confirmed_total(text, table.dialogue)):
                numbers.add(number)
                found.append(text)
                if text not in skip.setdefault(column.name, []):
                    skip[column.name].append(text)
    return numbers, skip, found


def add_notes(table: Table, skip: dict[str, list[str]], names: Sequence[Column] = ()) -> None:
    """Add to ``skip`` the lines below the table, each by the column in which it stands; only of ``names``, if any."""
    at_column = {column.at: column.name for column in names or table.columns}
    for number, text in table.picture.below:
        at = next(at for at, cell in enumerate(table.picture.lines[number - 1]) if cell is not None)
        if at in at_column:
            skip.setdefault(at_column[at], []).append(text)


def total_question(name: str) -> str:
    """The name of the question whether an entity is the sum of others."""
    return f"total_{as_name(name, 'row')}"


def is_confirmed_total(name: str, dialogue: Dialogue) -> bool:
    """Whether a person has said that the entity of this name is a sum of others."""
    return dialogue.answers.get(total_question(name)) == "total"
