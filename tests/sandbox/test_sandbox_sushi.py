"""The simulated COUNTER API against the code of practice: https://cop5.countermetrics.org/en/5.1/"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from sandbox.sushi import CUSTOMER, KEY, REQUESTOR
from sandbox.sushi_history import uses
from tests.sandbox.conftest import TODAY

ACCESS = {"customer_id": CUSTOMER, "requestor_id": REQUESTOR, "api_key": KEY}
SEPTEMBER = {"begin_date": "2026-09", "end_date": "2026-09-30"}


@pytest.fixture(autouse=True)
def _at(sandbox: Sandbox) -> Iterator[None]:
    before, sandbox.clock.now = sandbox.clock.now, datetime(2026, 11, 24, 6, tzinfo=UTC)
    yield
    sandbox.clock.now = before


def ask(sandbox: Sandbox, path: str = "/r51/reports/tr", **more: str) -> requests.Response:
    given = ACCESS | SEPTEMBER | more
    return requests.get(f"{sandbox.url}/sushi{path}", params={name: value for name, value in given.items() if value})


def counts(document: dict[str, Any], metric: str) -> list[tuple[dict[str, Any], int]]:
    """The rows of release 5.1 that hold the metric, with their sums."""
    rows = [row for item in document["Report_Items"] for row in item["Attribute_Performance"]]
    return [(row, sum(row["Performance"][metric].values())) for row in rows if metric in row["Performance"]]


def test_attributes_that_are_not_shown_are_summed(sandbox: Sandbox) -> None:
    """4.3: usage of the values of a column that does not show is summed."""
    total = sum(use.requests for use in uses(1, date(2026, 9, 1)) if "tr" in use.reports)
    rolled = ask(sandbox).json()
    shown = ask(sandbox, attributes_to_show="YOP|Access_Type|Access_Method").json()
    assert len(counts(shown, "Total_Item_Requests")) == 3 * 8, "3 titles, 2 years, 2 access types, 2 methods"
    for document in (rolled, shown):
        assert sum(count for _, count in counts(document, "Total_Item_Requests")) == total
    assert set(shown["Report_Header"]["Report_Attributes"]["Attributes_To_Show"]) == {
        "YOP",
        "Access_Type",
        "Access_Method",
    }


def test_both_releases_tell_the_same(sandbox: Sandbox) -> None:
    new = ask(sandbox, access_method="Regular").json()
    old = ask(sandbox, "/reports/tr", access_method="Regular", attributes_to_show="Data_Type").json()
    by_period = [
        instance["Count"]
        for item in old["Report_Items"]
        for performance in item["Performance"]
        for instance in performance["Instance"]
        if instance["Metric_Type"] == "Total_Item_Requests"
    ]
    assert sum(by_period) == sum(count for _, count in counts(new, "Total_Item_Requests"))
    assert (new["Report_Header"]["Release"], old["Report_Header"]["Release"]) == ("5.1", "5")
    assert {"Name": "Begin_Date", "Value": "2026-09-01"} in old["Report_Header"]["Report_Filters"]


def test_searches_are_of_the_platform_or_of_a_database(sandbox: Sandbox) -> None:
    platform, database = ask(sandbox, "/r51/reports/pr").json(), ask(sandbox, "/r51/reports/dr").json()
    assert {row["Data_Type"] for row, _ in counts(platform, "Searches_Platform")} == {"Platform"}
    assert {row["Data_Type"] for row, _ in counts(database, "Searches_Automated")} == {"Database_AI"}


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"customer_id": ""}, 400, 1030),
        ({"platform": "another"}, 400, 1030),
        ({"requestor_id": "another"}, 401, 2000),
        ({"customer_id": "another"}, 403, 2010),
        ({"api_key": "another"}, 401, 2020),
        ({"begin_date": "2026-10", "end_date": "2026-09"}, 400, 3020),
        ({"begin_date": "2026-11", "end_date": "2026-11"}, 400, 3020),
        ({"begin_date": "soon"}, 400, 3020),
    ],
)
def test_what_prevents_a_report_is_a_single_exception(
    sandbox: Sandbox, more: dict[str, str], status: int, code: int
) -> None:
    answer = ask(sandbox, **more)
    assert (answer.status_code, answer.json()["Code"]) == (status, code)


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({}, []),
        ({"begin_date": "2024-09", "end_date": "2024-09"}, [3032]),
        ({"begin_date": "2026-02", "end_date": "2026-02", "platform": "films"}, [3030]),
        ({"colour": "blue", "attributes_to_show": "Colour", "access_method": "None"}, [3050, 3060, 3062]),
    ],
)
def test_what_differs_from_the_request_is_in_the_header(
    sandbox: Sandbox, more: dict[str, str], codes: list[int]
) -> None:
    answer = ask(sandbox, "/r51/reports/pr", **more)
    assert answer.status_code == 200
    assert [one["Code"] for one in answer.json()["Report_Header"].get("Exceptions", [])] == codes


def test_a_month_is_processed_on_the_ninth_and_corrected_on_the_26th(sandbox: Sandbox) -> None:
    october = {"begin_date": "2026-10", "end_date": "2026-10"}
    found = {}
    for day in (8, 9, 26):
        sandbox.clock.now = datetime(2026, 11, day, 6, tzinfo=UTC)
        found[day] = ask(sandbox, **october).json()
    assert [one["Code"] for one in found[8]["Report_Header"]["Exceptions"]] == [3031]
    early, late = (sum(count for _, count in counts(found[day], "Total_Item_Requests")) for day in (9, 26))
    assert early == pytest.approx(0.95 * late, rel=0.02)
    assert late == sum(use.requests for use in uses(1, date(2026, 10, 1)) if "tr" in use.reports)
    assert date(2026, 11, 24) == TODAY


def test_a_queued_report_comes_with_202_and_nothing_else(sandbox: Sandbox) -> None:
    assert ask(sandbox).status_code == 200
    provider: Any = sandbox.providers["/sushi"]
    provider.queued = 1
    queued, ready = ask(sandbox), ask(sandbox)
    assert (queued.status_code, queued.json()["Code"]) == (202, 1011)
    assert ready.status_code == 200


def test_a_path_that_the_code_does_not_have_is_404(sandbox: Sandbox) -> None:
    assert ask(sandbox, "/r51/reports/jr1").status_code == 404
