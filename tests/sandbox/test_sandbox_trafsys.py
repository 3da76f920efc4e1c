"""The simulated portal against what is known of it: https://github.com/ulsdevteam/trafsys-data-transfer"""

from datetime import date
from typing import Any

import pytest
import requests

from sandbox.history import hourly
from sandbox.server import Sandbox
from sandbox.trafsys import PASSWORD, USER


def exchanged(sandbox: Sandbox, password: str = PASSWORD) -> requests.Response:
    return requests.post(
        f"{sandbox.url}/trafsys/rest/token", data={"grant_type": "password", "username": USER, "password": password}
    )


def ask(sandbox: Sandbox, token: str = "", **more: Any) -> requests.Response:
    told = {
        "SiteCode": "",
        "IncludeInternalLocations": "false",
        "DataSummedByDay": "false",
        "DateFrom": "2026-11-09",
        "DateTo": "2026-11-15",
    } | more
    token = token or exchanged(sandbox).json()["access_token"]
    return requests.get(
        f"{sandbox.url}/trafsys/rest/api/traffic", params=told, headers={"Authorization": f"Bearer {token}"}
    )


def test_a_token_comes_with_its_end(sandbox: Sandbox) -> None:
    assert set(exchanged(sandbox).json()) == {"access_token", "token_type", "expires_in", ".expires"}
    refused = exchanged(sandbox, "wrong")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    denied = ask(sandbox, "another-token")
    assert (denied.status_code, denied.json()) == (401, {"Message": "Authorization has been denied for this request."})


def test_the_end_of_each_hour_is_local_and_has_no_zone(sandbox: Sandbox) -> None:
    rows = ask(sandbox, DateFrom="2026-06-08", DateTo="2026-06-08").json()
    assert list(rows[0]) == ["SiteCode", "Location", "IsInternal", "PeriodEnding", "Ins", "Outs"]
    expected = {
        f"2026-06-08T{hour + 1:02}:00:00": counts for hour, counts in hourly(1, "Central", date(2026, 6, 8)).items()
    }
    assert {row["PeriodEnding"]: (row["Ins"], row["Outs"]) for row in rows} == expected


def test_both_days_belong_to_the_answer_and_what_is_to_come_does_not(sandbox: Sandbox) -> None:
    assert {row["PeriodEnding"][:10] for row in ask(sandbox).json()} == {f"2026-11-{day:02}" for day in range(9, 16)}
    assert ask(sandbox, DateFrom="2027-01-01", DateTo="2027-02-01").json() == []


def test_a_summed_day_ends_at_the_midnight_after_it(sandbox: Sandbox) -> None:
    hours = ask(sandbox, DateTo="2026-11-09").json()
    (day,) = ask(sandbox, DateTo="2026-11-09", DataSummedByDay="true").json()
    assert day["PeriodEnding"] == "2026-11-10T00:00:00"
    assert day["Ins"] == sum(row["Ins"] for row in hours)


def test_doors_inside_come_only_when_they_are_asked_for(sandbox: Sandbox) -> None:
    assert {row["Location"] for row in ask(sandbox).json()} == {"Central main"}
    rows = ask(sandbox, IncludeInternalLocations="True").json()
    assert {(row["Location"], row["IsInternal"]) for row in rows} == {("Central main", False), ("Reading room", True)}


def test_a_site_that_is_not_known_has_no_counts(sandbox: Sandbox) -> None:
    assert ask(sandbox, SiteCode="ELSEWHERE").json() == []
    assert ask(sandbox, SiteCode="RIVER").json() == ask(sandbox).json()


@pytest.mark.parametrize("wrong", [{"DateFrom": "9/11/2026"}, {"DateTo": "2026-11-01"}, {"DataSummedByDay": "perhaps"}])
def test_what_is_not_known_is_refused(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    response = ask(sandbox, **wrong)
    assert (response.status_code, response.json()) == (400, {"Message": "The request is invalid."})
