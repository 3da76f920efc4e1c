"""Measures that staff keep in a Google Sheet, read as the file source ``measures`` reads a workbook.

Values are requested unformatted, so that no locale changes them; dates come as serial numbers (days since 1899-12-30).
The API omits trailing empty cells and rows. https://developers.google.com/sheets/api/reference/rest
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial, reduce
from typing import Any, ClassVar, Literal, cast

import requests
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.dates import LAST_YEAR
from sources.files.sheets import Sheet, build_sheet
from sources.google.access import GoogleAccess, GoogleTokens
from sources.google.errors import error_from_api_response
from sources.google.service import build_service, send
from sources.json_values import as_text
from sources.measures.metrics import declared_metrics
from sources.measures.settings import MeasureTableSettings
from sources.measures.source import parse_sheets
from sources.observations import parse_number, parse_page_json
from sources.web.budget import RateLimit
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import Window

SCOPES = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
FORMULA_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!"})
SERIAL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - sheets have no zone
PER_MINUTE = 60
"""Reads by one user: https://developers.google.com/sheets/api/limits"""
EXAMPLE = {
    "spreadsheet": "1AbcDEFghIJklmNOPqrsTUvwxYZ",
    "auth": {"type": "service_account", "key": "${env:SHEETS_KEY}"},
    "columns": {"date": "Month"},
    "measures": {
        "enquiries": {"column": "Enquiries", "unit": "enquiries", "kind": "flow", "description": "questions answered"}
    },
}


class GoogleSheetsSettings(MeasureTableSettings):
    """A spreadsheet, and the range to collect."""

    type: Literal["google_sheets"]
    spreadsheet: str = Field(
        pattern=r"^[A-Za-z0-9_\-]{10,}$", description="id of the spreadsheet, from its address between /d/ and /edit"
    )
    range: str = Field(
        "A:ZZ", min_length=1, description="range in A1 notation, such as Visits!A:F; the first sheet by default"
    )
    auth: GoogleAccess = Field(description="how kmi gets in; the sheet must be shared with the account")
    url: str = Field("https://sheets.googleapis.com", description="address of the interface")


class GoogleSheets:
    """One range of one spreadsheet; each pull delivers all of it."""

    Settings: ClassVar[type[SourceSettings]] = GoogleSheetsSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Google Sheets",
        "share the sheet with a service account, or consent as a reader",
        "1 request a run, of 60 a minute",
        EXAMPLE,
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("GoogleSheetsSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """One page: the whole range."""
        settings = self.settings
        budget = session.budgets.of("sheets.googleapis.com", lambda: RateLimit(PER_MINUTE, 60))
        values = build_service("sheets", "v4", settings.url).spreadsheets().values()
        render = {
            "majorDimension": "ROWS",
            "valueRenderOption": "UNFORMATTED_VALUE",
            "dateTimeRenderOption": "SERIAL_NUMBER",
        }
        request = values.batchGet(spreadsheetId=settings.spreadsheet, ranges=[settings.range], **render)
        shown = GoogleTokens(settings.auth, SCOPES, session).headers()
        response = send(
            session,
            request,
            shown,
            error_from_response=partial(error_from_response, account=_account(settings.auth, session)),
            budget=budget,
        )
        yield RawPage(self.name, window, 0, response.url, response.status_code, now, response.content)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """The range, parsed like the tables of ``measures``. Raises ``ShapeError`` if it holds no table."""
        ordered = sorted(pages, key=lambda page: page.sequence)
        return parse_sheets(
            [[self._sheet(page)] for page in ordered], self.settings, ordered[0].window, self.place.zone
        )

    def _sheet(self, page: RawPage) -> Sheet:
        document = parse_page_json(page)
        ranges = document.get("valueRanges") if isinstance(document, dict) else None
        block = ranges[0] if isinstance(ranges, list) and ranges else None
        rows = (block.get("values") or []) if isinstance(block, dict) else None
        if not isinstance(block, dict) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            do = "check the address in the plan"
            raise ShapeError("the response holds no range of values", where=page.url, do=do)
        spreadsheet = f"spreadsheet {self.settings.spreadsheet}"
        if not rows:
            raise ShapeError("the range is empty", where=spreadsheet, do="check 'range' in the plan, and the sheet")
        quoted, _, corner = str(block.get("range", "")).rpartition("!")
        title = (quoted[1:-1].replace("''", "'") if quoted.startswith("'") else quoted) or "the first sheet"
        above, left = _offset(corner)
        top = self.settings.header_row + above
        lines = [*[()] * above, *((*[None] * left, *(self._cell(value) for value in row)) for row in rows)]
        header = [cell_text(cell) for cell in lines[top - 1]] if len(lines) >= top else []
        date_column = header.index(self.settings.columns.date) if self.settings.columns.date in header else -1
        dated = [
            tuple(_as_date(cell) if column == date_column else cell for column, cell in enumerate(line))
            for line in lines
        ]
        return build_sheet(spreadsheet, title, dated, self.settings.model_copy(update={"header_row": top}))

    @staticmethod
    def _cell(value: Any) -> Cell:
        if isinstance(value, str) and value in FORMULA_ERRORS:
            return Unreadable(value, f"the formula gives {value}", "correct the formula in the sheet")
        if isinstance(value, str):
            return value.strip() or None
        if type(value) in {int, float} and parse_number(value) is None:
            return Unreadable(str(value)[:80], "this number is too large to count", "correct the cell in the sheet")
        return cast("Cell", value) if value is None or type(value) in {int, float} else as_text(value)


def _as_date(cell: Cell) -> Cell:
    """The moment of a serial number in the column of dates; a bare year stays as it is."""
    if isinstance(cell, int | float) and LAST_YEAR < cell < 100_000:
        return SERIAL_DAY_ZERO + timedelta(days=float(cell))
    return cell


def _offset(corner: str) -> tuple[int, int]:
    """The number of rows above a range and of columns left of it, so that messages name a cell as the sheet does."""
    found = re.match(r"([A-Z]{1,3})([1-9]\d{0,6})(?!\d)", corner)
    if found is None:
        return 0, 0
    column = reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, found[1], 0)
    return int(found[2]) - 1, column - 1


def _account(auth: GoogleAccess, session: Session) -> str:
    """The account with which the sheet must be shared; call it only after the key has proved valid."""
    return (
        str(json.loads(session.secret(auth.key))["client_email"])
        if auth.type == "service_account"
        else "the account under auth"
    )


def error_from_response(response: requests.Response, account: str) -> KmiError | None:
    """The error that a response reports: those of any Google API, and a sheet that is not shared."""
    if response.status_code == 403:
        found = error_from_api_response(response)
        if found is not None and type(found) is RefusedError and "enable" not in found.do:
            return RefusedError(found.what, where=response.url, do=f"share the sheet with {account}, as a viewer")
        return found
    if response.status_code == 404:
        do = "check 'spreadsheet' in the plan: the id between /d/ and /edit"
        return RefusedError("there is no such spreadsheet", where=response.url, do=do)
    if response.status_code == 400:
        found = error_from_api_response(response)
        do = "check 'range' in the plan: the name of the sheet and its columns"
        return RefusedError(found.what, where=response.url, do=do) if found else None
    return error_from_api_response(response)
