"""The simulated Vea against its documentation: https://vea.sensourceinc.com/api-docs/"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.days import ZONE
from sandbox.history import hourly, visits
from sandbox.server import Sandbox
from sandbox.vea import CLIENT_ID, CLIENT_SECRET

WEEK = {"startDate": "2026-11-08", "endDate": "2026-11-15"}


def exchanged(sandbox: Sandbox, secret: str = CLIENT_SECRET) -> requests.Response:
    known = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": secret}
    return requests.post(f"{sandbox.url}/vea/oauth/token", json=known)


def ask(sandbox: Sandbox, token: str = "", **more: Any) -> requests.Response:
    told = {
        "relativeDate": "custom",
        "dateGroupings": "hour",
        "entityType": "zone",
        "metrics": "ins,outs",
        "excludeClosedHours": "true",
        **WEEK,
    } | more
    token = token or exchanged(sandbox).json()["access_token"]
    return requests.get(
        f"{sandbox.url}/vea/api/data/traffic", params=told, headers={"Authorization": f"Bearer {token}"}
    )


def by_day(rows: list[dict[str, Any]], name: str) -> dict[date, int]:
    """Ins by local day."""
    found: dict[date, int] = defaultdict(int)
    for row in rows:
        if row["name"] == name:
            found[datetime.fromisoformat(row["recordDate_hour_1"]).astimezone(ZONE).date()] += row["sumins"]
    return found


def test_hours_are_instants_in_utc_and_add_up_to_the_visits_of_the_local_day(sandbox: Sandbox) -> None:
    told = ask(sandbox, startDate="2026-06-07", endDate="2026-06-14").json()
    assert list(told) == ["messages", "results"]
    assert list(told["results"][0]) == ["recordDate_hour_1", "zoneId", "name", "sumins", "sumouts"]
    assert {row["recordDate_hour_1"][10:] for row in told["results"] if row["name"] == "Central"} >= {
        "T08:00:00.000Z",
        "T18:00:00.000Z",
    }
    days = by_day(told["results"], "Central")
    assert all(days[day] == visits(1, "Central", day) for day in (date(2026, 6, 8), date(2026, 6, 12)))


def test_closed_hours_are_those_of_the_cleaners(sandbox: Sandbox) -> None:
    without, whole = (
        by_day(ask(sandbox, excludeClosedHours=said).json()["results"], "Central") for said in ("true", "false")
    )
    cleaners = {day: hourly(1, "Central", day).get(7, (0, 0))[0] for day in whole}
    assert sum(cleaners.values()) > 0
    assert {day: whole[day] - without[day] for day in whole} == cleaners


def test_a_day_is_one_row_that_begins_at_local_midnight(sandbox: Sandbox) -> None:
    hours = by_day(ask(sandbox).json()["results"], "Hill")
    rows = [row for row in ask(sandbox, dateGroupings="day").json()["results"] if row["name"] == "Hill"]
    assert {
        datetime.fromisoformat(row["recordDate_day_1"]).astimezone(ZONE).date(): row["sumins"] for row in rows
    } == hours


def test_sensors_are_the_doors_of_a_zone_and_only_the_metrics_asked_for_are_given(sandbox: Sandbox) -> None:
    rows = ask(sandbox, entityType="sensor", metrics="ins").json()["results"]
    assert {row["name"] for row in rows} == {"Central main", "Central garden", "Mill Lane door", "Hill door"}
    assert {tuple(row) for row in rows} == {("recordDate_hour_1", "sensorId", "name", "sumins")}


def test_a_second_exchange_kills_the_first_token(sandbox: Sandbox) -> None:
    first = exchanged(sandbox).json()["access_token"]
    assert ask(sandbox, first).status_code == 200
    second = exchanged(sandbox).json()["access_token"]
    assert ask(sandbox, first).json() == {"message": "Unauthorized"}
    assert ask(sandbox, second).status_code == 200
    assert exchanged(sandbox, "wrong").json() == {"error": "access_denied", "error_description": "Unauthorized"}


def test_what_happened_last_night_comes_later(sandbox: Sandbox) -> None:
    midnight = datetime.combine(date(2026, 11, 23), datetime.min.time(), ZONE)
    clock, seen = sandbox.clock.now, list[int]()
    try:
        for days in (1, 3):
            sandbox.clock.now = (midnight + timedelta(days=days, hours=6)).astimezone(UTC)
            seen.append(
                by_day(ask(sandbox, startDate="2026-11-22", endDate="2026-11-24").json()["results"], "Central")[
                    midnight.date()
                ]
            )
    finally:
        sandbox.clock.now = clock
    assert seen[0] < seen[1] == visits(1, "Central", midnight.date())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"relativeDate": "lately"}, "relativeDate"),
        ({"dateGroupings": "second"}, "dateGroupings"),
        ({"entityType": "door"}, "entityType"),
        ({"metrics": "visits"}, "metrics"),
        ({"excludeClosedHours": "maybe"}, "excludeClosedHours"),
        ({"startDate": "last week"}, "must be dates"),
        ({"endDate": "2026-11-01"}, "before startDate"),
    ],
)
def test_what_is_not_known_is_refused(sandbox: Sandbox, wrong: dict[str, str], words: str) -> None:
    response = ask(sandbox, **wrong)
    assert response.status_code == 400
    assert words in response.json()["message"]
