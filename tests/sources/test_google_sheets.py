"""A Google Sheet of measures: ragged rows, serial dates, error cells, and a sheet that is not shared."""

import json
from datetime import date
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from sources.contract import ParseResult, Place
from sources.google_sheets import SERIAL_DAY_ZERO, GoogleSheets
from sources.web.session import Session
from tests.loopback import NOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import KmiError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

EVER = Window(date(2000, 1, 1), date(2026, 11, 24))
ID = "1AbcDEFghIJkl"
HEAD = ["Month", "Branch", "Enquiries", "Score"]
MEASURES = {
    "enquiries": {"column": "Enquiries", "unit": "enquiries", "kind": "flow", "description": "questions answered"},
    "score": {"column": "Score", "unit": "points", "kind": "reading", "description": "satisfaction"},
}
JANUARY, FEBRUARY, MARCH = 46023, 46054, 46082
SECRET = "s3cr3t/token+value"


def source(url: str = "https://sheets.example", **told: Any) -> GoogleSheets:
    auth = {
        "type": "refresh_token",
        "client_id": "some-client",
        "client_secret": "${env:PASSWORD}",
        "refresh_token": "${env:TOKEN}",
        "token_url": f"{url}/token",
    }
    settings = {
        "type": "google_sheets",
        "spreadsheet": ID,
        "columns": {"date": "Month", "entity": "Branch"},
        "measures": MEASURES,
        "auth": auth,
        "url": url,
    }
    return GoogleSheets(
        "figures", GoogleSheets.Settings.model_validate(settings | told), Place(ZoneInfo("Europe/London"))
    )


def answer(*rows: object) -> bytes:
    held = {"range": "'Our figures'!A1:D40", "majorDimension": "ROWS"} | ({"values": rows} if rows else {})
    return json.dumps({"spreadsheetId": ID, "valueRanges": [held]}).encode()


def parsed(*rows: object, window: Window = EVER, **told: Any) -> ParseResult:
    return source(**told).parse([page(answer(*rows), window=window)])


def values(told: ParseResult, metric: str = "enquiries") -> dict[str, float]:
    rows = told.observations[told.observations["metric"] == metric]
    return {
        f"{entity} {start:%Y-%m-%d}".strip(): value
        for entity, start, value in zip(rows["entity"], rows["start"], rows["value"], strict=True)
    }


def test_a_row_that_ends_early_is_blank_and_missing_there() -> None:
    told = parsed(HEAD, [JANUARY, "Hill", 5, 8.5], [FEBRUARY, "Hill", 7], [MARCH, "Hill"], [], [MARCH, "Quay", "", 9])
    assert values(told) == {"Hill 2026-01-01": 5, "Hill 2026-02-01": 7}
    assert values(told, "score") == {"Hill 2026-01-01": 8.5, "Quay 2026-03-01": 9}
    assert told.refused.empty


def test_a_zero_is_a_zero() -> None:
    assert values(parsed(HEAD, [JANUARY, "Hill", 0])) == {"Hill 2026-01-01": 0}


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (JANUARY, "2026-01-01"),
        (45352, "2024-03-01"),
        (45351, "2024-02-29"),
        (46023.75, "2026-01-01"),
        (36526, "2000-01-01"),
    ],
)
def test_serial_numbers_are_days(serial: float, day: str) -> None:
    told = parsed(HEAD, [serial, "Hill", 5], period="day")
    assert values(told) == {f"Hill {day}": 5}


@given(st.dates(date(2000, 1, 1), date(2026, 11, 23)))
def test_every_serial_number_is_the_day_that_it_means(day: date) -> None:
    serial = (day - SERIAL_DAY_ZERO.date()).days
    assert values(parsed(HEAD, [serial, "Hill", 5], period="day")) == {f"Hill {day}": 5}


def test_dates_written_as_text_need_their_format() -> None:
    told = parsed(HEAD, ["2026-01", "Hill", 5], [FEBRUARY, "Hill", 6], date_formats=["%Y-%m"])
    assert values(told) == {"Hill 2026-01-01": 5, "Hill 2026-02-01": 6}
    refused = parsed(HEAD, ["2026-01", "Hill", 5], [FEBRUARY, "Hill", 6])
    assert values(refused) == {"Hill 2026-02-01": 6}
    assert refused.refused["reason"].tolist() == ["'2026-01' is a date written as text"]


def test_a_year_that_stands_alone_is_a_year_and_no_serial_number() -> None:
    told = parsed(HEAD, [2024, "Hill", 5], [2025, "Hill", 6], period="year", date_formats=["%Y"])
    assert values(told) == {"Hill 2024-01-01": 5, "Hill 2025-01-01": 6}
    refused = parsed(HEAD, [2025, "Hill", 6], period="year")
    assert values(refused) == {}
    assert "date_formats" in refused.refused["action"].iloc[0]


@pytest.mark.parametrize("cell", ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#ERROR!"])
def test_a_formula_that_fails_is_refused_and_the_rest_of_its_row_counts(cell: str) -> None:
    told = parsed(HEAD, [JANUARY, "Hill", cell, 8], [FEBRUARY, "Hill", 7])
    assert values(told) == {"Hill 2026-02-01": 7}
    assert values(told, "score") == {"Hill 2026-01-01": 8}
    refusal = told.refused.iloc[0]
    assert (len(told.refused), refusal["reason"], refusal["action"]) == (
        1,
        f"the formula gives {cell}",
        "correct the formula in the sheet",
    )
    assert "C2" in refusal["origin"]


@pytest.mark.parametrize("cell", ["#REF!", "March-ish", "", None, True, 7, 1e9, -5])
def test_a_date_that_cannot_be_read_is_refused(cell: object) -> None:
    told = parsed(HEAD, [cell, "Quay", 4], [FEBRUARY, "Hill", 7])
    assert values(told) == {"Hill 2026-02-01": 7}
    assert len(told.refused) == 1


@pytest.mark.parametrize(
    "cell", [True, False, "about ten", "1,5", [5], {"five": 5}, float("inf"), float("nan"), 10**400]
)
def test_what_is_no_number_is_refused(cell: object) -> None:
    told = parsed(HEAD, [JANUARY, "Hill", cell], [FEBRUARY, "Hill", 7])
    assert values(told) == {"Hill 2026-02-01": 7}
    assert len(told.refused) == 1


def test_a_row_longer_than_the_header_is_refused_and_not_cut() -> None:
    told = parsed(HEAD, [JANUARY, "Hill", 5, 8, 99])
    assert len(told.refused) == 1


def test_the_header_may_stand_lower() -> None:
    assert values(parsed(["Figures of the library"], [], HEAD, [JANUARY, "Hill", 5], header_row=3)) == {
        "Hill 2026-01-01": 5
    }


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((), "the range is empty"),
        (([],), "no row 1|no column|header"),
        ((["When", "Branch", "Enquiries", "Score"], [JANUARY]), "Month"),
        (([*HEAD, "Visits"], [JANUARY]), "the column 'Visits' is no measure of the plan"),
    ],
)
def test_a_range_without_the_table_is_an_error(rows: tuple[object, ...], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        parsed(*rows)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        b"[]",
        b'{"valueRanges": []}',
        b'{"valueRanges": {}}',
        b'{"valueRanges": [7]}',
        b'{"valueRanges": [{"values": [5]}]}',
    ],
)
def test_an_answer_of_another_form_is_no_answer(body: bytes) -> None:
    with pytest.raises(ShapeError):
        source().parse([page(body)])


def google(status: int, message: str, name: str = "", reason: str = "") -> Reply:
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    return Reply(json.dumps({"error": error | ({"details": [{"reason": reason}]} if reason else {})}).encode(), status)


def asked_of(reply: Reply, **told: Any) -> tuple[ParseResult, list[ReceivedRequest]]:
    def answered(received: ReceivedRequest) -> Reply:
        if received.path == "/token":
            form = {name: value[-1] for name, value in parse_qs(received.body.decode()).items()}
            known = (form["grant_type"], form["refresh_token"]) == ("refresh_token", SECRET)
            return Reply(
                b'{"access_token": "ya29.sheet-token-0123456789", "expires_in": 3599}'
                if known
                else b'{"error": "invalid_grant"}',
                200 if known else 400,
            )
        return reply

    with serve(answered) as site:
        one = source(site.url, **told)
        return one.parse(list(one.fetch(EVER, NOW, quick_session(retries=0)))), site.received


def test_the_range_is_asked_for_without_any_locale() -> None:
    told, received = asked_of(Reply(answer(HEAD, [JANUARY, "Hill", 5])), range="Figures!A:D")
    assert values(told) == {"Hill 2026-01-01": 5}
    assert received[-1].path == f"/v4/spreadsheets/{ID}/values:batchGet"
    query = received[-1].query
    assert (query["ranges"], query["valueRenderOption"], query["dateTimeRenderOption"]) == (
        "Figures!A:D",
        "UNFORMATTED_VALUE",
        "SERIAL_NUMBER",
    )


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (
            google(403, "The caller does not have permission", "PERMISSION_DENIED"),
            RefusedError,
            "share the sheet with the account",
        ),
        (
            google(403, "Sheets API has not been used", "PERMISSION_DENIED", "SERVICE_DISABLED"),
            RefusedError,
            "enable this API",
        ),
        (google(404, "Requested entity was not found.", "NOT_FOUND"), RefusedError, "the id between /d/ and /edit"),
        (
            google(400, "Unable to parse range: Visits!A:F", "INVALID_ARGUMENT"),
            RefusedError,
            "check 'range' in the plan",
        ),
        (
            google(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"),
            RefusedError,
            "renew the access under auth",
        ),
        (
            google(429, "Quota exceeded for quota metric 'Read requests'", "RESOURCE_EXHAUSTED"),
            RetryableError,
            "run again later",
        ),
        (google(503, "The service is currently unavailable.", "UNAVAILABLE"), RetryableError, "503"),
    ],
)
def test_an_error_says_what_to_do(reply: Reply, kind: type[KmiError], says: str) -> None:
    with pytest.raises(kind, match=says):
        asked_of(reply)


def test_a_revoked_consent_is_named() -> None:
    auth = {
        "type": "refresh_token",
        "client_id": "some-client",
        "client_secret": "${env:PASSWORD}",
        "refresh_token": "${env:PASSWORD}",
    }

    with (
        serve(lambda _: Reply(b'{"error": "invalid_grant"}', 400)) as site,
        pytest.raises(RefusedError, match="expired or was revoked"),
    ):
        list(source(site.url, auth=auth | {"token_url": f"{site.url}/token"}).fetch(EVER, NOW, quick_session()))


@pytest.mark.parametrize(
    ("range_", "cell"),
    [
        ("Figures!A1:D9", "C2"),
        ("Figures!B5:E9", "D6"),
        ("'Wow! It''s ours'!AA10:AD99", "AC11"),
        ("Figures", "C2"),
        ("", "C2"),
    ],
)
def test_a_cell_is_named_by_its_address_in_the_sheet(range_: str, cell: str) -> None:
    rows = [HEAD, [JANUARY, "Hill", "#REF!", 8]]
    body = json.dumps({"valueRanges": [{"range": range_, "values": rows}]}).encode()
    told = source().parse([page(body, window=EVER)])
    assert values(told, "score") == {"Hill 2026-01-01": 8}
    assert f"cell {cell} (column 'Enquiries')" in told.refused["origin"].iloc[0]
    if "Wow" in range_:
        assert "sheet 'Wow! It's ours'" in told.refused["origin"].iloc[0]


def test_a_header_below_the_top_of_a_range_is_counted_from_there() -> None:
    rows = [["Figures of the library"], HEAD, [JANUARY, "Hill", "#REF!", 8]]
    body = json.dumps({"valueRanges": [{"range": "Figures!B5:E9", "values": rows}]}).encode()
    told = source(header_row=2).parse([page(body, window=EVER)])
    assert "cell D7" in told.refused["origin"].iloc[0]
    with pytest.raises(ShapeError, match="row 13 holds no column names"):
        source(header_row=9).parse([page(body, window=EVER)])


def test_a_name_that_begins_with_a_hash_is_a_name() -> None:
    assert values(parsed(HEAD, [JANUARY, "#LIBRARY", 5])) == {"#LIBRARY 2026-01-01": 5}


def test_a_column_of_dates_is_found_whatever_blanks_its_name_holds() -> None:
    assert values(
        parsed(["The  Month ", *HEAD[1:]], [JANUARY, "Hill", 5], columns={"date": "The Month", "entity": "Branch"})
    ) == {"Hill 2026-01-01": 5}


def service_account(url: str) -> str:
    pem = (
        rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    )
    account = {
        "type": "service_account",
        "client_email": "kmi@library.iam.gserviceaccount.example",
        "private_key": pem,
        "private_key_id": "1a2b",
    }
    return json.dumps(account | {"client_id": "1", "token_uri": f"{url}/token", "project_id": "library"})


def test_a_sheet_that_is_not_shared_names_the_account_to_share_it_with() -> None:
    refusal = google(403, "The caller does not have permission", "PERMISSION_DENIED")
    token = Reply(b'{"access_token": "ya29.sheet-token-0123456789", "expires_in": 3599}')

    with serve(lambda received: token if received.path == "/token" else refusal) as site:
        one = source(site.url, auth={"type": "service_account", "key": "${env:KEY}"})
        session = Session({"${env:KEY}": service_account(site.url)}.__getitem__, retries=0)
        with pytest.raises(
            RefusedError, match=r"share the sheet with kmi@library\.iam\.gserviceaccount\.example, as a viewer"
        ) as caught:
            list(one.fetch(EVER, NOW, session))
    assert "PRIVATE KEY" not in str(caught.value)
    assert parse_qs(site.received[0].body.decode())["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
