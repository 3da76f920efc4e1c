"""The empty table into which staff type measures; it is made from the plan, so it is read without changes."""

import csv
import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sources.measures.settings import MeasuresSettings

ROWS = 1000
_SHEET, _NOTES = "Measures", "How to fill this in"
_SHOWN_AS = {"day": "yyyy-mm-dd", "month": "yyyy-mm"}


def header(settings: MeasuresSettings) -> list[str]:
    """Column names in order."""
    columns = settings.columns
    figures = (
        [heading for name in settings.measures for heading in settings.headings(name)]
        if settings.layout == "wide"
        else [columns.measure, columns.value]
    )
    ends = [columns.note] if columns.note else []
    return [
        columns.date,
        *([columns.time] if columns.time else []),
        *([columns.entity] if columns.entity else []),
        *figures,
        *ends,
    ]


def header_line(settings: MeasuresSettings) -> bytes:
    """Blank rows down to the header row, then the header, in the declared encoding."""
    text = io.StringIO()
    delimiter = "," if settings.delimiter == "auto" else settings.delimiter
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([[]] * (settings.header_row - 1))
    writer.writerow(header(settings))
    plain = "utf-8" if text.getvalue().isascii() else "utf-8-sig"
    encoding = {"auto": plain, "utf-8": plain, "windows-1252": "cp1252"}.get(settings.encoding, settings.encoding)
    return text.getvalue().encode(encoding)


def workbook(settings: MeasuresSettings) -> bytes:
    """A workbook with one empty sheet with validation, and one of notes."""
    book = Workbook()
    book.properties.creator = "KM Indicators"
    book.properties.created = datetime(2026, 1, 1)  # noqa: DTZ001 - the format has no zone
    sheet = book.active
    sheet.title = settings.sheet or _SHEET
    top = settings.header_row
    for at, name in enumerate(header(settings), 1):
        cell = sheet.cell(top, at, name)
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = max(14, len(name) + 2)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    for column, rule in _rules(settings).items():
        letter = get_column_letter(header(settings).index(column) + 1)
        rule.add(f"{letter}{top + 1}:{letter}{top + ROWS}")
        sheet.add_data_validation(rule)
    if settings.period in _SHOWN_AS:
        for at in range(top + 1, top + ROWS + 1):
            sheet.cell(at, 1).number_format = _SHOWN_AS[settings.period]
    _write_notes(book.create_sheet(_NOTES), settings)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _rules(settings: MeasuresSettings) -> dict[str, DataValidation]:
    """The validation rule of each column that has one."""
    rules = {}
    if settings.period in _SHOWN_AS:
        prompt = f"the {settings.period} as a date"
        rules[settings.columns.date] = _guard("date", "DATE(1900,1,1)", "DATE(2199,12,31)", prompt)
    if settings.layout == "wide":
        for name, spec in settings.measures.items():
            prompt = f"{spec.description or name} ({spec.unit})"
            for heading in settings.headings(name):
                rules[heading] = _guard("decimal", spec.minimum, spec.maximum, prompt)
        return rules
    names = ",".join(settings.heading(name) for name in settings.measures)
    if len(names) <= 255 and '"' not in names:  # the longest list that a cell rule may hold
        rules[settings.columns.measure] = DataValidation(
            type="list", formula1=f'"{names}"', allow_blank=True, showErrorMessage=True
        )
    rules[settings.columns.value] = _guard("decimal", None, None, "a number")
    return rules


def _guard(kind: str, low: float | str | None, high: float | str | None, prompt: str) -> DataValidation:
    least, most = ("-1E+300" if low is None else str(low)), ("1E+300" if high is None else str(high))
    rule = DataValidation(
        type=kind,
        operator="between",
        formula1=least,
        formula2=most,
        allow_blank=True,
        showErrorMessage=True,
        showInputMessage=True,
    )
    rule.prompt = f"{prompt}. Leave the cell blank if it is not known."[:255]
    rule.error = f"Write {prompt}, or leave the cell blank."[:255]
    return rule


def _write_notes(sheet: Worksheet, settings: MeasuresSettings) -> None:
    columns = settings.columns
    whose = "".join(f" and {name}" for name in (columns.time, columns.entity) if name)
    formats = f", or text in the format {' or '.join(settings.date_formats)}" if settings.date_formats else ""
    lines: list[list[object]] = [
        [f"One row for each {settings.period}{whose}. A blank cell means not known; 0 means none."],
        [f"'{columns.date}' holds the first day of the {settings.period}{formats}."],
        [],
        ["Measure", "Unit", "Kind", "Minimum", "Maximum", "Meaning"],
    ]
    lines += [
        [" / ".join(settings.headings(n)), s.unit, s.kind, s.minimum, s.maximum, s.description]
        for n, s in settings.measures.items()
    ]
    for line in lines:
        sheet.append(line)
