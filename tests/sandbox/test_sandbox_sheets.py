"""The simulated Google Sheets against its documentation: https://developers.google.com/sheets/api/reference/rest"""

from typing import Any

import pytest
import requests

from sandbox.google.sheets import NOT_SHARED, SPREADSHEET
from sandbox.google.tokens import ACCESS_TOKEN
from sandbox.server import Sandbox

RAW = {"valueRenderOption": "UNFORMATTED_VALUE"}


def ask(
    sandbox: Sandbox, *ranges: str, spreadsheet: str = SPREADSHEET, token: str = ACCESS_TOKEN, **more: str
) -> requests.Response:
    address = f"{sandbox.url}/google/sheets/v4/spreadsheets/{spreadsheet}/values:batchGet"
    return requests.get(address, params={"ranges": ranges, **more}, headers={"Authorization": f"Bearer {token}"})


def value_ranges(sandbox: Sandbox, *ranges: str, **more: str) -> list[dict[str, Any]]:
    document = ask(sandbox, *ranges, **more).json()
    assert document["spreadsheetId"] == SPREADSHEET
    return list(document["valueRanges"])


def test_ranges_come_in_the_order_in_which_they_were_asked_for(sandbox: Sandbox) -> None:
    first, second = value_ranges(sandbox, "Training!B1:C1", "A1")
    assert first == {"range": "Training!B1:C1", "majorDimension": "ROWS", "values": [["Attendances", "Enquiries"]]}
    assert second == {"range": "Training!A1", "majorDimension": "ROWS", "values": [["Month"]]}


def test_blank_cells_at_an_end_are_left_out_and_values_too_where_all_are_blank(sandbox: Sandbox) -> None:
    whole, empty = value_ranges(sandbox, "Training!A:C", "Training!F5:G9")
    assert whole["range"] == "Training!A1:C1000"
    assert [len(row) for row in whole["values"][:4]] == [3, 3, 2, 3]
    assert 30 < len(whole["values"]) < 40
    assert empty == {"range": "Training!F5:G9", "majorDimension": "ROWS"}


def test_values_are_shown_in_the_locale_unless_they_are_asked_for_as_kept(sandbox: Sandbox) -> None:
    shown, kept = (value_ranges(sandbox, "Training!A2:A3", **more)[0]["values"] for more in ({}, RAW))
    assert all(isinstance(row[0], str) and row[0].count("/") == 2 for row in shown)
    assert all(isinstance(row[0], int) and 40_000 < row[0] < 50_000 for row in kept)
    assert value_ranges(sandbox, "Training!A2:A3", dateTimeRenderOption="FORMATTED_STRING", **RAW)[0]["values"] == shown


def test_columns_are_rows_turned(sandbox: Sandbox) -> None:
    (turned,) = value_ranges(sandbox, "Training!A1:B2", majorDimension="COLUMNS", **RAW)
    (rows,) = value_ranges(sandbox, "Training!A1:B2", **RAW)
    assert turned["majorDimension"] == "COLUMNS"
    assert turned["values"] == [list(column) for column in zip(*rows["values"], strict=True)]


def test_a_formula_that_fails_is_its_error(sandbox: Sandbox) -> None:
    assert value_ranges(sandbox, "Training!B4", **RAW)[0]["values"] == [["#REF!"]]


@pytest.mark.parametrize(
    ("wrong", "status", "name", "words"),
    [
        ({"token": "ya29.other"}, 401, "UNAUTHENTICATED", "invalid authentication credentials"),
        ({"spreadsheet": NOT_SHARED}, 403, "PERMISSION_DENIED", "The caller does not have permission"),
        ({"spreadsheet": "1Nothing"}, 404, "NOT_FOUND", "Requested entity was not found."),
        ({"valueRenderOption": "RAW"}, 400, "INVALID_ARGUMENT", "Invalid value at 'valueRenderOption'"),
    ],
)
def test_an_error_has_googles_form(sandbox: Sandbox, wrong: dict[str, str], status: int, name: str, words: str) -> None:
    response = ask(sandbox, "Training!A:C", **wrong)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (status, status, name)
    assert words in error["message"]


@pytest.mark.parametrize("asked", ["Visits!A:C", "Training!", "12:34:56", "'Training!A:C", "A"])
def test_a_range_that_is_none_is_refused(sandbox: Sandbox, asked: str) -> None:
    response = ask(sandbox, asked)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"Unable to parse range: {asked}"


@pytest.mark.parametrize("asked", ["Training", "'Training'!A:C", "A:ZZ", "Training!$A$1:$C$99", "A1:C", "1:99"])
def test_a_range_may_be_written_in_many_ways(sandbox: Sandbox, asked: str) -> None:
    assert value_ranges(sandbox, asked, **RAW)[0]["values"][0] == ["Month", "Attendances", "Enquiries"]
