"""The in-house JSON service: all pagers give one list, unknown keys are refused, trailing windows are like GitHub's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.bookings import CLIENT_ID, CLIENT_SECRET, GIVEN, TOKEN
from sandbox.faults import ALWAYS, Fault
from sandbox.server import Sandbox

MONTH = {"from": "2026-10-01", "to": "2026-10-10"}
Next = Callable[[requests.Response, dict[str, Any]], dict[str, Any] | None]


def ask(sandbox: Sandbox, path: str, told: dict[str, Any] | None = None, token: str = TOKEN) -> requests.Response:
    url, headers = f"{sandbox.url}/bookings/{path}", {"Authorization": f"Bearer {token}"}
    if path == "search":
        return requests.post(url, json=told, headers=headers)
    return requests.get(url, params=told, headers=headers)


def linked(url: str | None) -> dict[str, Any] | None:
    return dict(pair.split("=") for pair in url.split("?")[1].split("&")) if url else None


NEXT: dict[str, Next] = {
    "single": lambda response, told: None,
    "numbered": lambda response, told: (
        told | {"page": told.get("page", 1) + 1} if told.get("page", 1) < response.json()["meta"]["pages"] else None
    ),
    "offset": lambda response, told: (
        told | {"offset": told.get("offset", 0) + 5} if told.get("offset", 0) + 5 < response.json()["total"] else None
    ),
    "cursor": lambda response, told: (
        told | {"cursor": response.json()["meta"]["next"]} if response.json()["meta"]["next"] else None
    ),
    "search": lambda response, told: (
        told | {"cursor": response.json()["meta"]["next"]} if response.json()["meta"]["next"] else None
    ),
    "headers": lambda response, told: (
        told | {"cursor": response.headers["X-Next"]} if "X-Next" in response.headers else None
    ),
    "linked": lambda response, told: linked(response.json()["next"]),
    "headed": lambda response, told: linked(response.links.get("next", {}).get("url")),
}


@pytest.mark.parametrize("path", NEXT)
def test_each_pager_gives_the_same_list(sandbox: Sandbox, path: str) -> None:
    found = list[Any]()
    asking: dict[str, Any] | None = dict(MONTH)
    while asking is not None and len(found) < 100:
        response = ask(sandbox, path, asking)
        found += response.json()["data"]["items"]
        asking = NEXT[path](response, asking)
    assert found == ask(sandbox, "single", MONTH).json()["data"]["items"]
    assert len(found) == 30


@pytest.mark.parametrize(
    ("path", "told", "status"),
    [
        ("cursor", {"from": "lately", "to": "2026-10-10"}, 400),
        ("cursor", {"from": "2026-10-11", "to": "2026-10-10"}, 400),
        ("cursor", {"from": "2025-01-01", "to": "2026-10-10"}, 400),
        ("cursor", MONTH | {"cursor": "abc"}, 400),
        ("numbered", MONTH | {"page": "0"}, 400),
        ("offset", MONTH | {"limit": "51"}, 400),
        ("traffic/views", {"per": "hour"}, 400),
        ("elsewhere", MONTH, 404),
    ],
)
def test_what_is_not_known_is_refused(sandbox: Sandbox, path: str, told: dict[str, str], status: int) -> None:
    assert ask(sandbox, path, told).status_code == status


def test_a_token_is_given_to_the_client_and_to_nobody_else(sandbox: Sandbox) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    given = requests.post(f"{sandbox.url}/bookings/token", data=form).json()["access_token"]
    assert given == GIVEN
    assert ask(sandbox, "cursor", MONTH, given).status_code == 200
    assert ask(sandbox, "cursor", MONTH, "other").status_code == 401
    assert requests.post(f"{sandbox.url}/bookings/token", data=form | {"client_secret": "x"}).json() == {
        "error": "invalid_client"
    }
    assert requests.post(f"{sandbox.url}/bookings/token", data=form | {"grant_type": "password"}).json() == {
        "error": "unsupported_grant_type"
    }


def test_the_views_are_those_of_14_days_and_the_oldest_is_cut_off_at_the_hour(sandbox: Sandbox) -> None:
    clock, seen = sandbox.clock.now, list[dict[str, int]]()
    try:
        for now in (datetime(2026, 11, 23, 18, tzinfo=UTC), datetime(2026, 11, 24, 18, tzinfo=UTC)):
            sandbox.clock.now = now
            views = ask(sandbox, "repos/riverside/km-guides/traffic/views").json()["views"]
            assert [one["timestamp"][10:] for one in views] == ["T00:00:00Z"] * 15
            seen.append({one["timestamp"][:10]: one["count"] for one in views})
    finally:
        sandbox.clock.now = clock
    assert (min(seen[1]), max(seen[1])) == ("2026-11-10", "2026-11-24")
    assert seen[1]["2026-11-10"] == round(seen[0]["2026-11-10"] / 4)


def test_who_came_to_an_event_is_known_a_day_later(sandbox: Sandbox) -> None:
    clock = sandbox.clock.now
    week = {"from": "2026-11-16", "to": "2026-11-22"}
    try:
        sandbox.clock.now = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
        before = ask(sandbox, "events", week).json()["events"]
        sandbox.clock.now += timedelta(days=2)
        after = ask(sandbox, "events", week).json()["events"]
    finally:
        sandbox.clock.now = clock
    assert [one["id"] for one in before] == [one["id"] for one in after]
    assert all(one["people"] for one in after)
    assert [one for one in before if one["people"]] == [
        one for one in after if date.fromisoformat(one["held"][:10]) < date(2026, 11, 22)
    ]


@pytest.mark.parametrize("path", ["cursor", "traffic/views"])
def test_faults_are_told_in_the_words_of_each(sandbox: Sandbox, path: str) -> None:
    said = {}
    for fault in (Fault.EXPIRED_TOKEN, Fault.QUOTA):
        sandbox.misbehave(f"/bookings/{path}", fault, times=ALWAYS)
        response = ask(sandbox, path, MONTH if path == "cursor" else None)
        said[response.status_code] = " ".join(response.json().values())
        sandbox.behave()
    github = {401: "Bad credentials 401", 403: "API rate limit exceeded"}
    assert said == (github if path == "traffic/views" else {401: "token expired", 403: "daily quota used up"})
