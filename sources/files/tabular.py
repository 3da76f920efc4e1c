"""Tables in CSV, TSV, XLSX, XLS and ODS files."""

from sources.files.csv_lines import csv_lines, cut_off_notes, decode_text
from sources.files.hidden_cells import hidden_notes
from sources.files.sheets import Sheet, build_sheet, column_names
from sources.files.table_format import TableFormat
from sources.files.workbook import is_workbook, other_sheets, read_workbook, sheet_titles
from warehouse.errors import ShapeError


def read_sheet(name: str, body: bytes, options: TableFormat) -> Sheet:
    """The table in ``body``. Raises ``ShapeError`` for anything else; it names the file and what to do."""
    if not body:
        raise ShapeError("the file is empty (0 bytes)", where=name, do="deliver it again, or remove it")
    if is_workbook(body):
        title, lines = read_workbook(name, body, options.sheet)
    else:
        text = decode_text(name, body, options.encoding)
        title, lines = "", csv_lines(name, text, options.delimiter, options.top_row)
    return build_sheet(name, title, lines, options)


def read_sheets(name: str, body: bytes, options: TableFormat) -> tuple[list[Sheet], list[str]]:
    """The tables in ``body`` that the settings ask for, and a note for each other sheet.

    Raises ``ShapeError`` as ``read_sheet`` does, and where a further sheet holds the same kind of table and the
    settings do not say which one counts.
    """
    if not is_workbook(body):
        return [read_sheet(name, body, options)], cut_off_notes(name, body, options.encoding)
    if options.sheets is not None:
        titles = sheet_titles(name, body) if options.sheets == "all" else options.sheets
        each = [options.model_copy(update={"sheet": title, "sheets": None}) for title in titles]
        sheets = [read_sheet(name, body, one) for one in each]
        return sheets, [note for sheet in sheets for note in hidden_notes(body, sheet)]
    sheet = read_sheet(name, body, options)
    notes = hidden_notes(body, sheet)
    if options.sheet is not None:
        return [sheet], notes
    others = other_sheets(name, body, sheet.title, options.top_row + options.header_rows)
    for title, lines in others.items():
        if sheet.header[0] in column_names(lines, options).values():
            what = f"the sheets '{sheet.title}' and '{title}' have the same kind of table, and only one would be read"
            raise ShapeError(what, where=name, do=f"declare 'sheets: all', or 'sheet: {sheet.title}'")
    unread = [f"the sheet '{title}' of {name} has other columns and is not read" for title in others]
    return [sheet], notes + unread
