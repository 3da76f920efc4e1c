"""The form of the KM audit as a workbook: the rows of the text form, with points that can be chosen."""

import csv
import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

WIDTHS = {"A": 8, "B": 7, "C": 26, "D": 70, "E": 9, "F": 40}
POINTS = "E"
NOTES = (
    "Answer each question once a year with 1 to 5 points: 1 is 'not true at all', 5 is 'fully true'.",
    "If several people answer, write the mean of their points, such as 3.4.",
    "Leave the cell blank if a question was not answered. A year with a blank question is not judged.",
    "For another year copy the rows of a year below the last one and change the year. Keep the questions' numbers.",
    "Own questions: change the text, or add rows with new numbers, and name these numbers in plan.yaml.",
)


def audit_workbook(text: str) -> bytes:
    """The workbook for the CSV form ``text``: Year, No., Dimension, Question, Points, Remarks."""
    header, *rows = csv.reader(io.StringIO(text))
    book = Workbook()
    book.properties.creator, book.properties.created = "KM Indicators", datetime(2026, 1, 1)  # noqa: DTZ001 - no zone
    sheet = book.active
    sheet.title = "KM audit"
    sheet.append(header)
    for year, *others in rows:
        sheet.append([int(year), *(cell or None for cell in others)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for row in range(2, len(rows) + 2):
        sheet[f"D{row}"].alignment = Alignment(wrap_text=True, vertical="top")
        sheet[f"{POINTS}{row}"].fill = PatternFill("solid", fgColor="FFF4CC")
    sheet.freeze_panes = "A2"
    rule = DataValidation(type="decimal", operator="between", formula1="1", formula2="5", allow_blank=True)
    rule.error, rule.showErrorMessage = "Write 1 to 5 points, or leave the cell blank.", True
    rule.add(f"{POINTS}2:{POINTS}{len(rows) + 501}")
    sheet.add_data_validation(rule)
    notes = book.create_sheet("How to fill this in")
    for note in NOTES:
        notes.append([note])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
