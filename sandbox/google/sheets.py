"""Google Sheets v4, ``values:batchGet``: https://developers.google.com/sheets/api/reference/rest"""

import re
from datetime import date, timedelta
from typing import Any, ClassVar

from sandbox.answer import Answer
from sandbox.days import ZONE, months
from sandbox.faults import Fault
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.history import enquiries, training
from sandbox.provider import Call, World, json_answer

SPREADSHEET = "1RiversideMeasuresSheet"
OPTIONS = {
    "majorDimension": {"ROWS", "COLUMNS", ""},
    "valueRenderOption": {"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA", ""},
    "dateTimeRenderOption": {"SERIAL_NUMBER", "FORMATTED_STRING", ""},
}


class Sheets:
    """One spreadsheet with the figures of training and enquiries, month by month."""

    prefix: ClassVar[str] = "/google/sheets"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Answer:
        return google_error(
            status, {429: "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user'."}.get(status, "Not now")
        )

    def answer(self, call: Call) -> Answer:
        asked = re.fullmatch(r"/v4/spreadsheets/([^/]+)/values:batchGet", call.path)
        if asked is None:
            return google_error(404, "Not Found")
        problem = bearer_problem(call)
        if problem:
            return problem
        if call.fault is Fault.QUOTA:
            return google_error(429, "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user'.", "rateLimitExceeded")
        if asked[1] != SPREADSHEET:
            return google_error(404, "Requested entity was not found.")
        wrong = next((name for name, known in OPTIONS.items() if call.one(name) not in known), None)
        if wrong:
            return google_error(400, f"Invalid value at '{wrong}'")
        ranges = call.query.get("ranges", [])
        if not ranges or any("!" in one and not one.startswith("Training!") for one in ranges):
            return google_error(400, f"Unable to parse range: {ranges[0] if ranges else ''}")
        formatted = call.one("valueRenderOption", "FORMATTED_VALUE") == "FORMATTED_VALUE"
        told = [{"range": "Training!A1:C40", "majorDimension": "ROWS", "values": self._rows(formatted=formatted)} for _ in ranges]
        return json_answer({"spreadsheetId": SPREADSHEET, "valueRanges": told})

    def _rows(self, *, formatted: bool) -> list[list[Any]]:
        """Trailing blanks are left out; a figure is corrected a day later."""
        today = self.world.now().astimezone(ZONE).date()
        rows: list[list[Any]] = [["Month", "Attendances", "Enquiries"]]
        for month in months(today):
            young = (today - (month + timedelta(days=31)).replace(day=1)).days < 25
            figures = [training(self.world.seed, month), enquiries(self.world.seed, month) - (3 if young else 0)]
            rows.append([f"{month:%d/%m/%Y}" if formatted else (month - date(1899, 12, 30)).days, *(f"{one:,}" if formatted else one for one in figures)])
        rows[2] = rows[2][:2]
        rows[3] = [rows[3][0], "#REF!", rows[3][2]]
        return rows
