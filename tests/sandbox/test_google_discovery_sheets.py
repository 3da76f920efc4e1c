"""Our requests to the simulated Google Sheets and its responses, against Google's own discovery document."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.google import tokens
from sandbox.google.sheets import SPREADSHEET
from sandbox.server import Sandbox
from sources.contract import Place, RawPage
from sources.google_sheets import GoogleSheets
from sources.web.session import Session
from tests.google_discovery import check_request, check_response
from warehouse.errors import RefusedError
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
WINDOW = Window(date(2024, 1, 1), date(2026, 11, 24))
SHEETS, BATCH_GET = ("sheets", "v4"), "sheets.spreadsheets.values.batchGet"


def source(sandbox: Sandbox, **settings: Any) -> GoogleSheets:
    auth = {
        "type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": "${env:CLIENT}",
        "refresh_token": "${env:REFRESH}",
        "token_url": f"{sandbox.url}/google/oauth2/token",
    }
    measures = {
        "attendances": {
            "column": "Attendances",
            "unit": "attendances",
            "kind": "flow",
            "description": "people who came",
        },
        "enquiries": {"column": "Enquiries", "unit": "enquiries", "kind": "flow", "description": "questions answered"},
    }
    defaults = {
        "type": "google_sheets",
        "spreadsheet": SPREADSHEET,
        "range": "Training!A:C",
        "columns": {"date": "Month"},
        "measures": measures,
        "auth": auth,
    }
    return GoogleSheets(
        "sheet",
        GoogleSheets.Settings.model_validate(defaults | {"url": f"{sandbox.url}/google/sheets"} | settings),
        Place(ZoneInfo("Europe/London")),
    )


def pulled(one: GoogleSheets) -> list[RawPage]:
    known = {"${env:CLIENT}": tokens.CLIENT_SECRET, "${env:REFRESH}": tokens.REFRESH_TOKEN}
    return list(one.fetch(WINDOW, NOW, Session(known.__getitem__, {"at": NOW}, retries=0, timeout_s=(2, 5))))


@pytest.mark.parametrize("asked", ["Training!A:C", "Training!A1:C40", "A:ZZ"])
def test_requests_and_answers_are_as_google_documents_them(sandbox: Sandbox, asked: str) -> None:
    one = source(sandbox, range=asked)
    pages = pulled(one)
    seen = [request for request in sandbox.requests if request.path.startswith("/google/sheets")]
    assert len(seen) == len(pages) == 1
    assert (
        check_request(*SHEETS, seen[0].method, seen[0].path.removeprefix("/google/sheets"), seen[0].query, seen[0].body)
        == BATCH_GET
    )
    assert seen[0].query["ranges"] == [asked]
    check_response(*SHEETS, BATCH_GET, pages[0].body)
    assert len(one.parse(pages).observations) > 20


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"spreadsheet": "1AnotherSpreadsheet"}, "no such spreadsheet"),
        ({"range": "Visits!A:C"}, "check 'range' in the plan"),
    ],
)
def test_what_the_simulation_refuses_is_asked_for_in_a_known_way_too(
    sandbox: Sandbox, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(RefusedError, match=says):
        pulled(source(sandbox, **settings))
    seen = [request for request in sandbox.requests if request.path.startswith("/google/sheets")]
    assert [check_request(*SHEETS, one.method, one.path.removeprefix("/google/sheets"), one.query) for one in seen] == [
        BATCH_GET
    ]


PATH = "/v4/spreadsheets/1Abc/values:batchGet"
WRONG: dict[str, tuple[str, str, dict[str, list[str]]]] = {
    "unknown parameter 'range'": ("GET", PATH, {"range": ["A:C"]}),
    "'valueRenderOption' is none of": ("GET", PATH, {"valueRenderOption": ["RAW"]}),
    "'majorDimension' is given more than once": ("GET", PATH, {"majorDimension": ["ROWS", "COLUMNS"]}),
    "has no GET": ("GET", "/v4/spreadsheets/1Abc/values:batchRead", {}),
    "has no POST": ("POST", PATH, {}),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_google_would_not_take_is_found(words: str) -> None:
    method, path, query = WRONG[words]
    with pytest.raises(AssertionError, match=words):
        check_request(*SHEETS, method, path, query)


@pytest.mark.parametrize(
    "response",
    [
        {"valueRanges": {}},
        {"valueRanges": [{"values": "x"}]},
        {"valueRanges": [{"values": [5]}]},
        {"valueRanges": [{"majorDimension": "LINES"}]},
        {"ranges": []},
        {"spreadsheetId": 5},
    ],
)
def test_what_google_would_not_answer_is_found(response: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"sheets\.spreadsheets\.values\.batchGet"):
        check_response(*SHEETS, BATCH_GET, json.dumps(response).encode())
