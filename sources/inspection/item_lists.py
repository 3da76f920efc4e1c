"""Proposals for lists of items: publications, posts, events, one in each row and counted once."""

from datetime import date

from sources.canonical import canonical_name
from sources.files.cells import cell_text
from sources.files.date_formats import has_year, is_year_pair
from sources.inspection.columns import Column
from sources.inspection.date_choice import choose_forms
from sources.inspection.date_roles import chosen_date
from sources.inspection.dialogue import Dialogue
from sources.inspection.inspection import Inspection
from sources.inspection.number_forms import NumberForm
from sources.inspection.table import Proposal, Table
from sources.inspection.words import COUNTS, DATES, EVENT_NAMES, ITEM_NAMES, has_word, words_of
from sources.publications.list_end import long_silence
from sources.publications.settings import NO_NAME
from warehouse.schema import Window

LEAST_DISTINCT = 0.8


def propose_items(table: Table) -> Proposal | str | None:
    """The settings of a list of items; None where the table holds figures instead."""
    names = {role: column for role in ("id", "url", "title") if (column := _naming(table, role)) is not None}
    dates = [column for column in table.columns if column.is_date or column.is_year or _mixed_dates(column)]
    if not names and (event := _event(table, dates)) is not None:
        names = {"title": event}
    if not names or not dates or not _is_list(table, names, dates):
        return None
    date = chosen_date(dates, table.dialogue)
    choice = choose_forms(
        [text for text in date.texts if text and text.casefold() not in NO_NAME],
        f"column '{date.name}'",
        table.dialogue,
    )
    formats = [form.pattern for form in choice.forms]
    if any(is_year_pair(pattern) or not has_year(pattern) for pattern in formats):
        return "the dates of the items have no year, or one of two calendar years, and an item counts on a date"
    settings: dict[str, object] = {
        "type": "publications",
        "columns": {"date": date.name, **{role: column.name for role, column in names.items()}},
        "date_formats": formats,
    }
    shown = ", ".join(f"'{column.name}'" for column in names.values())
    table.dialogue.take("rows", "items, each counted once", f"each row names one thing by {shown}, and has a date")
    dated = [
        at for at, text in enumerate(date.texts) if text in choice.moments or not isinstance(date.cells[at], str | None)
    ]
    identities = {_identity(names, date, at) for at in dated}
    if (
        names.keys() == {"title"}
        and len(identities) < len(dated)
        and not _are_same(table, len(dated) - len(identities))
    ):
        return f"several rows have one '{names['title'].name}' and date, and each must count: add a column with an id"
    kinds = {"publications": "flow"}
    return Proposal(
        settings, {"publications": []}, NumberForm(), len(table.picture.rows), kinds=kinds, items=len(identities)
    )


def settle_list_end(inspection: Inspection, dialogue: Dialogue, today: date) -> None:
    """Ask whether a list whose newest item is old ends there: otherwise every day since would count as 0."""
    observed = inspection.observations
    if observed is None or observed.empty:
        return
    spans = observed[["start", "end"]].drop_duplicates().itertuples(index=False)
    newest = long_silence([Window(start.date(), end.date()) for start, end in spans], today)
    if newest is None:
        return
    answer = dialogue.answer_to(
        "list_end",
        f"The newest item is of {newest}. Does the list end there, or has there been nothing since?",
        "no other silence in the list is nearly as long",
        [("ends", "it ends there: nothing is known of the days since"), ("nothing", "there has been nothing since")],
    )
    if answer == "ends":
        inspection.settings["until"] = newest


def _naming(table: Table, role: str) -> Column | None:
    """The column that names items in a role, by its name; most of its cells differ."""
    for column in table.columns:
        texts = [text for text in column.texts if text]
        if has_word(column.name, ITEM_NAMES[role]) and texts and column.kind in ("text", "number"):
            is_plain = role != "title" or "short" not in column.name.casefold()
            if len(set(texts)) >= LEAST_DISTINCT * len(texts) and is_plain and (role != "id" or column.kind == "text"):
                return column
    return None


def _event(table: Table, dates: list[Column]) -> Column | None:
    """The column that names events, which may come again on other dates; only in a table without figures."""
    if any(column.kind == "number" and column not in dates for column in table.columns):
        return None
    return next((c for c in table.columns if c.kind == "text" and set(words_of(c.name)) <= EVENT_NAMES), None)


def _are_same(table: Table, repeated: int) -> bool:
    """Whether rows of one title and date are one item, as a run counts them; asked."""
    answer = table.dialogue.answer_to(
        "same_items",
        "Several rows have the same title and date. Are they the same thing, written twice?",
        f"{repeated:,} rows repeat a title and a date, and kmi counts such rows once",
        [("once", "yes: count it once"), ("each", "no: each counts")],
    )
    return answer != "each"


def _mixed_dates(column: Column) -> bool:
    """Whether a column is called a date and some of its cells are dates, though most may be blank or written freely."""
    return (
        has_word(column.name, DATES)
        and any(cell_text(cell)[:4].isdigit() for cell in column.filled)
        and column.kind != "number"
    )


def _is_list(table: Table, names: dict[str, Column], dates: list[Column]) -> bool:
    """Whether the rows are items and not figures of items; asked where both may be."""
    figures = [c for c in table.columns if c.kind == "number" and has_word(c.name, COUNTS) and c not in dates]
    if not figures:
        return "title" in names or "url" in names or "doi" in names["id"].name.casefold()
    key = next(iter(names.values()))
    if len(set(key.texts)) < len(key.texts):
        return False
    answer = table.dialogue.answer_to(
        "rows_are",
        f"What counts: the rows themselves, or the figures in '{figures[0].name}' on the date of each row?",
        "each row names one thing, and has figures as well",
        [
            ("items", "the rows: each is an item that counts once"),
            ("figures", "the figures: they were counted on that date"),
        ],
    )
    return answer != "figures"


def _identity(names: dict[str, Column], date: Column, at: int) -> object:
    for role in ("id", "url"):
        if role in names and names[role].texts[at].casefold() not in NO_NAME:
            return canonical_name(names[role].texts[at])
    return (names["title"].texts[at].casefold() if "title" in names else "", date.texts[at])
