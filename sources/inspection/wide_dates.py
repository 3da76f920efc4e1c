"""Proposals for tables with a column for each day, month, quarter or year, and a row for each place."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sources.files.cells import cell_text
from sources.files.entity_names import is_total
from sources.inspection.cell_kinds import cell_kind
from sources.inspection.columns import Column, is_dated_name
from sources.inspection.date_choice import DateChoice, choose_forms
from sources.inspection.date_roles import utc_days
from sources.inspection.dialogue import Dialogue
from sources.inspection.entities import add_notes, choose_entity, counter_rows, total_rows, with_one_measure
from sources.inspection.number_forms import find_number_form
from sources.inspection.periods import date_settings, span_of_days
from sources.inspection.table import Proposal, Table
from sources.inspection.totals import compare_columns, compare_rows
from sources.inspection.value_kinds import Figures, metric_of_file, unit_name, value_kind
from sources.inspection.words import ENTITIES, has_word

LEAST_DATES = 2
FIGURES = ("number", "blank", "year", "marker")


def dated_columns(table: Table) -> list[Column]:
    """The columns whose name is a date and whose cells are figures; empty where they are too few."""
    found = [column for column in table.columns if is_dated_name(column) and column.kind in FIGURES]
    years = [column for column in found if cell_kind(column.named) == "year"]
    if len(found) == len(years) and len(found) < LEAST_DATES:
        return []
    return found if len(found) >= LEAST_DATES or (found and len(table.columns) == 2) else []


def propose_by_date(table: Table, dated: Sequence[Column]) -> Proposal | str:
    """The settings of a table with dates for names of columns, or why it cannot be read."""
    dialogue = table.dialogue
    labels = [_label(column) for column in dated if not isinstance(column.named, date)]
    choice = choose_forms(labels, "the names of the columns", dialogue)
    read = [column for column in dated if isinstance(column.named, date) or _label(column) in choice.moments]
    unread = [column.name for column in dated if column not in read]
    if unread:
        return f"the column '{unread[0]}' is called by a date that cannot be read as those beside it: write them alike"
    read = _of_one_length(read, choice, dialogue)
    choice = choice.only({_label(column) for column in read})
    others = [column for column in table.columns if column not in read]
    texts = [column for column in others if column.kind in ("text", "date") or _names_places(column)]
    numbers, skip, _ = total_rows(table, texts)
    parts = table.without_rows(numbers | _nameless(table, texts))
    add_notes(table, skip, texts)
    by_at = {column.at: column for column in parts.columns}
    named = [by_at[column.at] for column in texts if column.at in by_at]
    keys = [""] * len(parts.picture.rows)
    entity = counter_rows(named, dialogue) or with_one_measure(choose_entity(named, keys, dialogue), dialogue)
    form = find_number_form((cell for c in read for cell in c.cells), table.delimiter, dialogue, table.context_words)
    kept = [by_at[column.at] for column in read if column.at in by_at]
    values = [cell for column in kept for cell in entity.of(column.cells)]
    thing = next((str(texts[0]) for texts in entity.settings.get("where", {}).values()), "")  # type: ignore[attr-defined]
    label = thing or table.context_words.strip()
    series = [[n for c in kept if (n := form.read(c.cells[row])) is not None] for row in range(len(parts.picture.rows))]
    numbers_read = [number for cell in values if (number := form.read(cell)) is not None]
    kind = value_kind(Figures(label, numbers_read, series, has_percent=form.has_percent), dialogue)
    if kind == "level":
        return (
            "its figures are levels or shares in a column for each date, which kmi reads in a row for each date only: "
            "turn the table so that each date has a row"
        )
    metric = metric_of_file(label, table.stem)
    settings = _settings(table, entity.column, choice, read, others, skip)
    settings |= entity.settings | form.settings
    if kind == "counter":
        settings |= {"values": "readings", "directions": directions(dialogue)}
        settings.pop("period", None)
    settings |= {"metric": metric, "unit": unit_name(label, metric)}
    proposal = Proposal(settings, {metric: values}, form, len(parts.picture.rows), kinds={metric: kind})
    proposal.totals = compare_rows(table, numbers, read, form) + compare_columns(parts, others, kept, form)
    return proposal


def _label(column: Column) -> str:
    return cell_text(column.named)


def _of_one_length(read: list[Column], choice: DateChoice, dialogue: Dialogue) -> list[Column]:
    """The columns of the span that most have; asked where others are longer and may hold sums, as 2019 may."""
    precisions = {column.at: moment.precision for column in read if (moment := choice.moments.get(_label(column)))}
    main = choice.precision
    odd = [column for column in read if precisions.get(column.at, main) != main]
    if not odd:
        return read
    names = [column.name for column in odd]
    dialogue.answer_to(
        "sums",
        f"Are the columns {', '.join(names[:4])} sums of those beside them?",
        f"most columns are called by a {main}, and these by another span, so they may count twice",
        [("leave_out", "yes: leave them out")],
    )
    return [column for column in read if column not in odd]


def directions(dialogue: Dialogue) -> str:
    """Whether a gate counts those who leave, too."""
    answer = dialogue.answer_to(
        "directions",
        "Does the gate count people in both directions?",
        "a reading does not say who came in and who went out",
        [("in", "no: only those who come in"), ("both_halved", "yes, both: kmi takes half of the steps")],
    )
    return answer or "in"


def _names_places(column: Column) -> bool:
    return column.kind in ("number", "year") and has_word(column.name, ENTITIES) and not column.is_identifier


def _nameless(table: Table, texts: Sequence[Column]) -> set[int]:
    """The rows without any name, where the table has names."""
    if not texts:
        return set()
    return {
        number for at, (number, _) in enumerate(table.picture.rows) if all(column.cells[at] is None for column in texts)
    }


def _settings(
    table: Table,
    entity: Column | None,
    choice: DateChoice,
    read: Sequence[Column],
    others: Sequence[Column],
    skip: dict[str, list[str]],
) -> dict[str, object]:
    settings: dict[str, object] = {"layout": "wide"}
    if entity is not None:
        settings["columns"] = {"entity": entity.name}
    else:
        settings["entity"] = table.stem
    settings |= date_settings(choice, table.context_words, table.dialogue)
    settings |= _span(table, choice, read)
    if choice.precision == "time":
        settings |= utc_days(list(choice.moments.values()), table.dialogue)
    if skip:
        settings["skip"] = skip
        shown = ", ".join(text[:30] for texts in skip.values() for text in texts[:4])
        table.dialogue.take("rows left out", shown, "their names say that they are sums or notes")
    ignored = [c.name for c in others if c.filled and (entity is None or c.at != entity.at)]
    if ignored:
        settings["ignore"] = ignored
        sums = [name for name in ignored if is_total(name)]
        table.dialogue.take(
            "columns left out", ", ".join(ignored[:8]), "their names are no dates" + (" but sums" if sums else "")
        )
    return settings


def _span(table: Table, choice: DateChoice, read: Sequence[Column]) -> dict[str, object]:
    days = [c.named.date() for c in read if isinstance(c.named, datetime)]
    days += [moment.at.date() for moment in choice.moments.values()] if choice.precision in ("day", "time") else []
    if choice.precision in (None, "day", "time"):
        if any(moment.at.time() != time() for moment in choice.moments.values()):
            return {"period": "day"}
        return span_of_days([days], "the names of the columns", table.dialogue)
    return {"period": str(choice.precision)}
