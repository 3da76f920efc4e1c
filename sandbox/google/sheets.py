"""Google Sheets v4, ``values:batchGet``: https://developers.google.com/sheets/api/reference/rest

One spreadsheet with one sheet is shared with the simulated account; another exists and is not.
"""

import re
from datetime import date, timedelta
from functools import reduce
from typing import Any, ClassVar

from sandbox.days import ZONE, months
from sandbox.faults import Fault
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.history import attendances_reported, enquiries_reported
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

SPREADSHEET, NOT_SHARED, TITLE = "1RiversideMeasuresSheet", "1SomebodyElsesSheet", "Training"
LINES, COLUMNS = 1000, 26
"""Size of the grid, most of it empty."""
OPTIONS = {
    "majorDimension": {"ROWS", "COLUMNS", "DIMENSION_UNSPECIFIED"},
    "valueRenderOption": {"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"},
    "dateTimeRenderOption": {"SERIAL_NUMBER", "FORMATTED_STRING"},
}
_CELL = r"\$?([A-Za-z]{0,3})\$?([0-9]{0,7})"
_RANGE = re.compile(rf"(?:(?:'((?:[^']|'')+)'|([A-Za-z0-9_]+))!)?{_CELL}(?::{_CELL})?")
_TOO_MANY = (
    "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of "
    "service 'sheets.googleapis.com'."
)


class Sheets:
    """The figures of training and enquiries, month by month."""

    prefix: ClassVar[str] = "/google/sheets"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Response:
        words = {429: _TOO_MANY, 500: "Internal error encountered."}
        return google_error(status, words.get(status, "The service is currently unavailable."))

    def response(self, call: Call) -> Response:
        requested = re.fullmatch(r"/v4/spreadsheets/([^/]+)/values:batchGet", call.path)
        if requested is None or call.method != "GET":
            return google_error(404, "Not Found")
        problem = bearer_problem(call)
        if problem:
            return problem
        if call.fault is Fault.QUOTA:
            return google_error(429, _TOO_MANY, "rateLimitExceeded")
        if requested[1] == NOT_SHARED:
            return google_error(403, "The caller does not have permission")
        if requested[1] != SPREADSHEET:
            return google_error(404, "Requested entity was not found.")
        wrong = next(
            (name for name, known in OPTIONS.items() if name in call.query and call.one(name) not in known), None
        )
        if wrong:
            return google_error(400, f"Invalid value at '{wrong}', \"{call.one(wrong)}\"")
        return self._ranges(call)

    def _ranges(self, call: Call) -> Response:
        requested = [(text, _corners(text)) for text in call.query.get("ranges", [])]
        strange = next((text for text, corners in requested if corners is None), None)
        if strange is not None:
            return google_error(400, f"Unable to parse range: {strange}")
        grid = self._grid(call)
        ranges = [
            _cut(grid, corners, columns=call.one("majorDimension") == "COLUMNS") for _, corners in requested if corners
        ]
        return json_response({"spreadsheetId": SPREADSHEET} | ({"valueRanges": ranges} if ranges else {}))

    def _grid(self, call: Call) -> list[list[Any]]:
        """The filled part of the sheet. One value is corrected after weeks; a formula is broken; a cell is blank."""
        today = self.world.now().astimezone(ZONE).date()
        formatted = call.one("valueRenderOption", "FORMATTED_VALUE") == "FORMATTED_VALUE"
        written = formatted or call.one("dateTimeRenderOption", "SERIAL_NUMBER") == "FORMATTED_STRING"
        rows: list[list[Any]] = [["Month", "Attendances", "Enquiries"]]
        for month in months(today):
            young = (today - (month + timedelta(days=31)).replace(day=1)).days < 25
            seed, known = self.world.seed, self.world.today
            figures = [attendances_reported(seed, month, known), enquiries_reported(seed, month, known) - 3 * young]
            day = f"{month:%d/%m/%Y}" if written else (month - date(1899, 12, 30)).days
            rows.append([day, *(f"{one:,}" if formatted else one for one in figures)])
        rows[2][2], rows[3][1] = "", "#REF!"
        return rows


def _number(letters: str) -> int:
    """1 for A, 26 for Z, 27 for AA."""
    return reduce(lambda n, letter: 26 * n + ord(letter.upper()) - 64, letters, 0)


def _letter(number: int) -> str:
    return chr(64 + number)


def _corners(text: str) -> tuple[int, int, int, int] | None:
    """First column and row and last column and row, from 1 and inclusive; None for what is no range of this sheet.

    A name alone is the whole sheet: https://developers.google.com/sheets/api/guides/concepts#cell
    """
    if text.strip("'") == TITLE:
        return 1, 1, COLUMNS, LINES
    found = _RANGE.fullmatch(text)
    if found is None or (found[1] or found[2] or TITLE) != TITLE or not (found[3] or found[4]):
        return None
    left, top = _number(found[3]) or 1, int(found[4] or 1)
    if found[5] is None:
        return (left, top, left, top) if found[3] and found[4] else None
    right, bottom = _number(found[5]) or COLUMNS, int(found[6] or LINES)
    return (left, top, min(right, COLUMNS), min(bottom, LINES)) if left <= COLUMNS and top <= LINES else None


def _cut(grid: list[list[Any]], corners: tuple[int, int, int, int], *, columns: bool) -> dict[str, Any]:
    """The cells of a range without trailing blanks of rows and of the range; no ``values`` where all are blank."""
    left, top, right, bottom = corners
    lines = [line[left - 1 : right] for line in grid[top - 1 : bottom]]
    if columns:
        width = max(map(len, lines), default=0)
        lines = [[line[at] if at < len(line) else "" for line in lines] for at in range(width)]
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    named = f"{TITLE}!{_letter(left)}{top}" + (f":{_letter(right)}{bottom}" if (left, top) != (right, bottom) else "")
    return {"range": named, "majorDimension": "COLUMNS" if columns else "ROWS"} | ({"values": lines} if lines else {})
