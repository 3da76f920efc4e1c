"""The simulated Matomo against the Reporting API: https://developer.matomo.org/api-reference/reporting-api"""

import csv
import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from sandbox.matomo import SITE, TOKEN
from sandbox.server import Sandbox

WEEK = {"period": "day", "date": "2026-11-09,2026-11-15", "format": "json", "idSite": SITE}


def ask(sandbox: Sandbox, method: str = "VisitsSummary.get", **more: Any) -> requests.Response:
    return requests.post(
        f"{sandbox.url}/matomo/index.php", data={"module": "API", "method": method, "token_auth": TOKEN, **WEEK} | more
    )


def test_a_range_of_days_is_an_object_by_date_and_a_single_day_is_its_row(sandbox: Sandbox) -> None:
    days = ask(sandbox).json()
    assert list(days) == [f"2026-11-{day:02}" for day in range(9, 16)]
    assert ask(sandbox, date="2026-11-09").json() == days["2026-11-09"]
    assert {"nb_visits", "nb_uniq_visitors", "nb_actions", "bounce_rate"} <= set(days["2026-11-09"])


def test_a_day_to_come_is_an_empty_list_and_an_empty_element(sandbox: Sandbox) -> None:
    assert ask(sandbox, date="2026-12-01,2026-12-02").json() == {"2026-12-01": [], "2026-12-02": []}
    root = ET.fromstring(ask(sandbox, date="2026-12-01,2026-12-02", format="xml").content)
    assert [(part.get("date"), len(part)) for part in root] == [("2026-12-01", 0), ("2026-12-02", 0)]
    assert ask(sandbox, date="2026-12-01", format="csv").content.decode("utf-16") == "No data available"


def test_weeks_months_and_years_are_named_as_matomo_names_them(sandbox: Sandbox) -> None:
    assert list(ask(sandbox, period="week", date="2026-11-02,2026-11-15").json()) == [
        "2026-11-02,2026-11-08",
        "2026-11-09,2026-11-15",
    ]
    assert list(ask(sandbox, period="month", date="2026-09-01,2026-10-31").json()) == ["2026-09", "2026-10"]
    assert list(ask(sandbox, period="year", date="2025-01-01,2026-01-01").json()) == ["2025", "2026"]
    assert "nb_uniq_visitors" not in ask(sandbox, period="range").json()


def test_pages_come_as_folders_and_a_hundred_at_a_time_unless_it_is_asked_otherwise(sandbox: Sandbox) -> None:
    day = {"method": "Actions.getPageUrls", "date": "2026-11-09"}
    folders, flat = ask(sandbox, **day).json(), ask(sandbox, flat="1", filter_limit="-1", **day).json()
    assert any("idsubdatatable" in row and "url" not in row for row in folders)
    assert len(flat) == 9
    assert all(row["url"].startswith("https://riverside.example/") for row in flat)
    assert len(ask(sandbox, flat="1", filter_limit="2", **day).json()) == 2
    assert sum(row["nb_hits"] for row in folders) == sum(row["nb_hits"] for row in flat)


def test_csv_is_utf_16_unless_it_is_asked_otherwise(sandbox: Sandbox) -> None:
    body = ask(sandbox, format="csv").content
    assert body[:2] == b"\xff\xfe"
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-16"))))
    assert [row["date"] for row in rows] == list(ask(sandbox).json())
    assert ask(sandbox, format="csv", convertToUnicode="0").content.startswith(b"date,nb_uniq_visitors")


def test_a_token_in_an_address_is_refused_as_is_a_wrong_one(sandbox: Sandbox) -> None:
    address = f"{sandbox.url}/matomo/index.php"
    query = {"module": "API", "method": "VisitsSummary.get", **WEEK}
    seen = requests.get(address, params={**query, "token_auth": TOKEN})
    assert (seen.status_code, seen.json()["result"]) == (401, "error")
    assert "sent as a POST parameter" in seen.json()["message"]
    assert "either invalid or expired" in ask(sandbox, token_auth="x").json()["message"]
    assert "requires 'view' access" in requests.post(address, data=query).json()["message"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"idSite": "9"}, "unexpected website"),
        ({"method": "Shop.get"}, "does not exist or is not available"),
        ({"period": "hour"}, "is not supported"),
        ({"date": "someday"}, "Date format"),
        ({"date": "2026-11-15,2026-11-09"}, "not valid"),
        ({"segment": "shoeSize==42"}, "not a supported segment"),
        ({"format": "pdf"}, "Renderer format 'pdf'"),
    ],
)
def test_what_matomo_does_not_know_is_an_error_in_the_form_that_was_asked_for(
    sandbox: Sandbox, wrong: dict[str, str], words: str
) -> None:
    response = ask(sandbox, **wrong)
    assert response.status_code in {400, 404}
    assert words in response.json()["message"]
    if "format" not in wrong:
        error = ET.fromstring(ask(sandbox, **wrong, format="xml").content).find("error")
        assert error is not None
        assert words in (error.get("message") or "")


def test_a_segment_takes_whole_visits_so_their_actions_are_more_than_the_views_of_the_pages(sandbox: Sandbox) -> None:
    chosen = "pageUrl=^https%3A%2F%2Friverside.example%2Fkm%2F,pageUrl==https%3A%2F%2Friverside.example%2Fnews%2F"
    rows = ask(sandbox, "Actions.getPageUrls", flat="1", segment=chosen, date="2026-11-09").json()
    assert {row["label"].split("/")[1] for row in rows} == {"km", "news"}
    assert ask(sandbox, segment=chosen, date="2026-11-09").json()["nb_actions"] > sum(row["nb_hits"] for row in rows)
