"""The simulated Umami against its documentation: https://umami.is/docs/api"""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.days import ZONE
from sandbox.server import Sandbox
from sandbox.umami import KEY, PASSWORD, USER, WEBSITE

START = datetime(2026, 11, 9, tzinfo=ZONE)
SPAN = {
    "startAt": str(int(START.timestamp() * 1000)),
    "endAt": str(int((START + timedelta(days=7)).timestamp() * 1000) - 1),
}


def ask(
    sandbox: Sandbox, what: str = "stats", key: str = KEY, website: str = WEBSITE, **more: Any
) -> requests.Response:
    params = {**SPAN, "unit": "day", "timezone": ZONE.key} | more
    return requests.get(
        f"{sandbox.url}/umami/v1/websites/{website}/{what}", params=params, headers={"x-umami-api-key": key}
    )


def test_totals_are_numbers_with_a_comparison(sandbox: Sandbox) -> None:
    told = ask(sandbox).json()
    assert set(told) == {"pageviews", "visitors", "visits", "bounces", "totaltime", "comparison"}
    assert told["visitors"] < told["visits"] < told["pageviews"]


def test_series_name_local_days(sandbox: Sandbox) -> None:
    told = ask(sandbox, "pageviews").json()
    assert set(told) == {"pageviews", "sessions"}
    assert [point["x"] for point in told["pageviews"]] == [f"2026-11-{day:02} 00:00:00" for day in range(9, 16)]
    assert sum(point["y"] for point in told["pageviews"]) == ask(sandbox).json()["pageviews"]


def test_pages_are_listed_with_limit_and_offset(sandbox: Sandbox) -> None:
    whole = ask(sandbox, "metrics/expanded", type="path").json()
    assert len(whole) == 9
    assert set(whole[0]) == {"name", "pageviews", "visitors", "visits", "bounces", "totaltime"}
    assert ask(sandbox, "metrics/expanded", type="path", limit="4", offset="8").json() == whole[8:]


def test_filters_take_an_operator(sandbox: Sandbox) -> None:
    every = ask(sandbox).json()["pageviews"]
    km, others = (ask(sandbox, path=f"{operator}./km/").json()["pageviews"] for operator in ("c", "dnc"))
    assert km + others == every
    assert ask(sandbox, path="re.^/km/").json()["pageviews"] == km
    assert 0 < ask(sandbox, path="/km/").json()["pageviews"] < km


def test_a_login_gives_a_token_for_ones_own_umami(sandbox: Sandbox) -> None:
    told = requests.post(f"{sandbox.url}/umami/api/auth/login", json={"username": USER, "password": PASSWORD}).json()
    shown = {"Authorization": f"Bearer {told['token']}"}
    response = requests.get(f"{sandbox.url}/umami/api/websites/{WEBSITE}/stats", params=SPAN, headers=shown)
    assert response.json()["pageviews"] == ask(sandbox).json()["pageviews"]
    refused = requests.post(f"{sandbox.url}/umami/api/auth/login", json={"username": USER, "password": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "incorrect-username-password")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"key": "x"}, 401),
        ({"website": WEBSITE.replace("0d", "1d")}, 401),
        ({"startAt": "monday"}, 400),
        ({"unit": "fortnight"}, 400),
        ({"unit": "hour"}, 400),
        ({"timezone": "Europe/Atlantis"}, 400),
        ({"what": "metrics/expanded", "type": "shoe"}, 400),
        ({"what": "clicks"}, 404),
    ],
)
def test_what_umami_does_not_take_is_refused(sandbox: Sandbox, wrong: dict[str, Any], status: int) -> None:
    response = ask(sandbox, **wrong)
    assert response.status_code == status
    assert response.json()["error"]["status"] == status
