"""The inspection of one table: a text file with a delimiter, or a workbook."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from sources.files.cells import Cell, Lines, cell_text
from sources.files.csv_lines import csv_lines, find_delimiter
from sources.files.workbook import is_workbook, read_workbook, sheet_titles
from sources.inspection.columns import columns_of
from sources.inspection.dialogue import Dialogue
from sources.inspection.entities import total_question
from sources.inspection.inspection import Inspection
from sources.inspection.item_lists import propose_items, settle_list_end
from sources.inspection.long_tables import propose_by_row
from sources.inspection.numbered_days import stated_start, with_numbered_days
from sources.inspection.picture import Picture, draw_picture
from sources.inspection.reconcile import read_with, reconcile
from sources.inspection.table import Proposal, Table
from sources.inspection.text_form import chosen_delimiter, decoded
from sources.inspection.wide_dates import dated_columns, propose_by_date
from warehouse.errors import KmiError, ShapeError

OF_A_SPAN = (
    "the lines above the table say that its figures are of a whole span of days together, and no column says which day "
    "is which: download the report by date, or collect it with a source of the type ga4 (docs/providers/ga4.md)"
)
SHOWN_ROWS, SHOWN_CELLS = 4, 6
_TOTAL = re.compile(r"'(.+)' (?:looks like a total|is in every period the sum)")
NO_TABLE = "no line has two cells or more, so this is not a table that kmi can read"
NO_DATE = (
    "no column and no name of a column is a date, so nothing says when these figures were counted: add a column with "
    "the date of each row"
)


def inspect_table(name: str, body: bytes, path: str, dialogue: Dialogue, zone: ZoneInfo, now: datetime) -> Inspection:
    """The inspection of the table in ``body``, unpacked. ``path``: as the plan will name it. Raises ``KmiError``."""
    table, form = read_table(name, body, dialogue, zone)
    inspection = Inspection(name, form)
    if table is None:
        inspection.problem = NO_TABLE
        return inspection.close(dialogue)
    inspection.picture = _shown(table.picture)
    proposal = _proposal(table)
    if isinstance(proposal, str):
        inspection.problem = proposal
        return inspection.close(dialogue)
    source = str(proposal.settings.pop("type", "footfall"))
    inspection.settings = {"type": source, "path": path, **table.settings, **proposal.settings}
    kept = [name for name in places_of(proposal, table) if dialogue.answers.get(total_question(name)) == "place"]
    if kept:
        inspection.settings["rename"] = {name: name for name in kept}
    inspection.kinds, inspection.units, inspection.proposal = proposal.kinds, proposal.units, proposal
    if not dialogue.questions:
        check(inspection, proposal, [(name, body)], dialogue, zone, now)
    return inspection.close(dialogue)


def check(
    inspection: Inspection,
    proposal: Proposal,
    files: list[tuple[str, bytes]],
    dialogue: Dialogue,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Read the files with the proposed settings; what the reader refuses becomes the inspection's problem."""
    try:
        parsed = read_with(inspection.settings, files, zone, now)
    except KmiError as error:
        total = _TOTAL.match(error.what)
        if total is not None:
            _settle_total(inspection, total[1], dialogue)
        else:
            inspection.problem = f"{error.what}" + (f": {error.do}" if error.do else "")
        return
    inspection.observations = parsed.observations
    found = inspection.reconciliation = reconcile(proposal, parsed)
    if proposal.items is not None:
        settle_list_end(inspection, dialogue, now.astimezone(zone).date())
    if found.refused_count:
        dialogue.answer_to(
            "refused",
            f"kmi would refuse {count_of(found.refused_count, 'cell or row', 'cells or rows')}. Go on without?",
            "; ".join(found.refused),
            [("accept", "yes: they stay out until the file is corrected, and kmi lists them")],
        )
    if any(" differs from " in sentence for sentence in found.totals):
        worst = next(sentence for sentence in found.totals if " differs from " in sentence)
        dialogue.answer_to(
            "totals",
            "A total of the file is not the sum of what kmi would read. Are these the right figures to count?",
            worst,
            [("accept", "yes: the parts count, and the file's total is wrong or holds more")],
        )


def _settle_total(inspection: Inspection, name: str, dialogue: Dialogue) -> None:
    """Ask whether an entity whose figures are the sum of others is a total or a place of its own."""
    answer = dialogue.answer_to(
        total_question(name),
        f"Is '{name}' the total of others, or a place of its own?",
        "in every period its figure is the sum of others",
        [("total", "a total: leave it out"), ("place", "a place of its own: it counts as well")],
    )
    if answer is not None:
        inspection.problem = f"'{name}' looks like a total and is kept: it would be counted besides its parts"


def count_of(number: int, one: str, many: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number:,} {one if number == 1 else many}"


def read_table(name: str, body: bytes, dialogue: Dialogue, zone: ZoneInfo) -> tuple[Table | None, str]:
    """The table of a file, or None, and the form of the file in words."""
    title, delimiter, settings = "", "", dict[str, object]()
    lines: Lines
    if is_workbook(body):
        title, lines, settings = _sheet(name, body, dialogue)
        form = "workbook"
    else:
        text = decoded(name, body, dialogue)
        chosen = chosen_delimiter(text.text, dialogue)
        if chosen is None:
            return None, "text"
        delimiter, settings, form = chosen, text.settings, "text with a delimiter"
        lines = csv_lines(name, text.text, chosen, 1)
    picture = draw_picture(lines, dialogue)
    if picture is None:
        return None, form
    settings |= _header_settings(picture)
    if (
        delimiter
        and find_delimiter(name, decoded(name, body, Dialogue(dialogue.answers)).text, max(picture.header_row, 1))
        != delimiter
    ):
        settings["delimiter"] = "tab" if delimiter == "\t" else delimiter
    columns = columns_of(picture, letters=not delimiter)
    return Table(name, title, picture, columns, settings, delimiter, dialogue, zone), form


def _header_settings(picture: Picture) -> dict[str, object]:
    settings: dict[str, object] = {}
    if not picture.header_row:
        settings["header"] = list(picture.names.values())
    elif picture.header_row > 1:
        settings["header_row"] = picture.header_row
    if picture.header_rows > 1:
        settings["header_rows"] = picture.header_rows
    return settings


def _proposal(table: Table) -> Proposal | str:
    dated = dated_columns(table)
    if dated:
        return propose_by_date(table, dated)
    numbered = with_numbered_days(table)
    if numbered is not None:
        proposal = propose_by_row(numbered)
        if isinstance(proposal, Proposal):
            proposal.settings["first_day"] = stated_start(table)
        return proposal
    if not any(column.is_date or column.is_year for column in table.columns):
        return OF_A_SPAN if stated_start(table) else NO_DATE
    items = propose_items(table)
    return items if items is not None else propose_by_row(table)


def places_of(proposal: Proposal, table: Table) -> list[str]:
    """The names that may be places: those of the column of entities, or of the columns of figures."""
    columns = proposal.settings.get("columns")
    entity = columns.get("entity") if isinstance(columns, dict) else None
    named = next((column for column in table.columns if column.name == entity), None)
    return list(dict.fromkeys(named.texts)) if named is not None else [column.name for column in table.columns]


def _sheet(name: str, body: bytes, dialogue: Dialogue) -> tuple[str, Lines, dict[str, object]]:
    """The sheet with a table; asked where several have one."""
    titles = sheet_titles(name, body)
    read = {title: read_workbook(name, body, title)[1] for title in titles}
    pictures = {title: draw_picture(lines, Dialogue()) for title, lines in read.items()}
    tables = {title: picture for title, picture in pictures.items() if picture is not None and picture.rows}
    if not tables:
        raise ShapeError("no sheet of the workbook holds a table", where=name, do="save the table on a sheet")
    first = next(iter(tables))
    if len(tables) == 1:
        if len(titles) > 1:
            dialogue.take("sheet", f"'{first}'", "the only one with a table")
        return first, read[first], {"sheet": first} if len(titles) > 1 else {}
    head = tables[first].names.get(0)
    alike = [title for title, picture in tables.items() if picture.names.get(0) == head]
    choices = [(title, f"only the sheet '{title}'") for title in tables]
    if len(alike) > 1 and all(tables[title].header_row == tables[first].header_row for title in alike):
        choices.insert(0, ("all", "all sheets, as if one stood below the other"))
    answer = dialogue.answer_to("sheet", "Which sheet counts?", f"{len(tables)} sheets hold a table", choices)
    if answer == "all":
        return first, _below_each_other(read, list(tables), tables[first]), {"sheets": list(tables)}
    chosen = answer or first
    return chosen, read[chosen], {"sheet": chosen}


def _below_each_other(read: dict[str, Lines], titles: list[str], first: Picture) -> Lines:
    lines = list(read[titles[0]])
    start = first.header_row + first.header_rows - 1
    for title in titles[1:]:
        lines += read[title][start:]
    return lines


def _shown(picture: Picture) -> list[tuple[str, str]]:
    """A few lines of the table with what each is taken for."""
    shown = [("title", text) for _, text in picture.above[:2]]
    head = picture.lines[max(picture.header_row, 1) - 1 : picture.header_row + picture.header_rows - 1]
    shown += [("names", _line(cells)) for cells in head]
    shown += [("row", _line(cells)) for _, cells in picture.rows[:SHOWN_ROWS]]
    if len(picture.rows) > SHOWN_ROWS:
        shown.append(("", f"... {len(picture.rows) - SHOWN_ROWS:,} more rows"))
    return shown + [("note", text) for _, text in picture.below[:2]]


def _line(cells: tuple[Cell, ...]) -> str:
    texts = [cell_text(cell) for cell in cells]
    more = f" | ... {len(texts) - SHOWN_CELLS} more" if len(texts) > SHOWN_CELLS else ""
    return " | ".join(texts[:SHOWN_CELLS]) + more
