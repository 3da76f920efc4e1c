"""The simulated service against the lexicons app.bsky.actor.getProfile and app.bsky.feed.getAuthorFeed."""

from typing import Any

import pytest
import requests

from sandbox.bluesky import ASLEEP, CLOSED, DID, HANDLE, LIMIT
from sandbox.faults import Fault
from sandbox.server import Sandbox

FEED, PROFILE = "app.bsky.feed.getAuthorFeed", "app.bsky.actor.getProfile"


@pytest.fixture(autouse=True)
def _new_limit(sandbox: Sandbox) -> None:
    sandbox.providers.clear()


def ask(sandbox: Sandbox, method: str, **query: Any) -> requests.Response:
    return requests.get(f"{sandbox.url}/bluesky/xrpc/{method}", params=query)


def test_a_profile_by_handle_and_by_did(sandbox: Sandbox) -> None:
    profile = ask(sandbox, PROFILE, actor=HANDLE).json()
    assert profile == ask(sandbox, PROFILE, actor=DID).json()
    assert {"did", "handle", "followersCount", "followsCount", "postsCount", "createdAt", "indexedAt"} <= set(profile)


def test_the_cursor_leads_through_every_item_once_and_is_missing_at_the_end(sandbox: Sandbox) -> None:
    uris, cursor, counted = list[str](), "", 0
    while True:
        page = ask(sandbox, FEED, actor=DID, limit=100, **({"cursor": cursor} if cursor else {})).json()
        uris += [item["post"]["uri"] for item in page["feed"]]
        counted += sum("reason" not in item for item in page["feed"])
        cursor = page.get("cursor", "")
        if not cursor:
            break
    assert len(uris) == len(set(uris)) > 1000
    assert counted == ask(sandbox, PROFILE, actor=DID).json()["postsCount"]


def test_a_repost_has_a_reason_and_another_author(sandbox: Sandbox) -> None:
    items = ask(sandbox, FEED, actor=DID, limit=100).json()["feed"]
    reposts = [item for item in items if "reason" in item]
    assert reposts
    assert {item["reason"]["$type"] for item in reposts} == {"app.bsky.feed.defs#reasonRepost"}
    assert DID not in {item["post"]["author"]["did"] for item in reposts}


def test_replies_can_be_left_out(sandbox: Sandbox) -> None:
    kinds = [
        ask(sandbox, FEED, actor=DID, limit=100, filter=name).json()["feed"]
        for name in ("posts_with_replies", "posts_no_replies")
    ]
    assert [any("reply" in item["post"]["record"] for item in feed) for feed in kinds] == [True, False]


@pytest.mark.parametrize(
    ("method", "query", "status", "error"),
    [
        (PROFILE, {}, 400, {"error": "InvalidRequest", "message": 'Error: Params must have the property "actor"'}),
        (
            PROFILE,
            {"actor": "library"},
            400,
            {"error": "InvalidRequest", "message": "Error: actor must be a valid did or a handle"},
        ),
        (PROFILE, {"actor": "nobody.example"}, 400, {"error": "InvalidRequest", "message": "Profile not found"}),
        (PROFILE, {"actor": CLOSED}, 400, {"error": "AccountTakedown", "message": "Account has been suspended"}),
        (PROFILE, {"actor": ASLEEP}, 400, {"error": "AccountDeactivated", "message": "Account is deactivated"}),
        (
            FEED,
            {"actor": DID, "limit": 101},
            400,
            {"error": "InvalidRequest", "message": "Error: limit can not be greater than 100"},
        ),
        ("app.bsky.feed.getNothing", {}, 501, {"error": "MethodNotImplemented", "message": "Method Not Implemented"}),
    ],
)
def test_errors_in_the_services_words(
    sandbox: Sandbox, method: str, query: dict[str, object], status: int, error: dict[str, str]
) -> None:
    response = ask(sandbox, method, **query)
    assert (response.status_code, response.json()) == (status, error)


def test_the_limit_is_counted_down_in_headers(sandbox: Sandbox) -> None:
    assert ask(sandbox, PROFILE, actor=DID).headers["RateLimit-Remaining"] == str(LIMIT - 1)
    sandbox.misbehave("/bluesky", Fault.QUOTA)
    response = ask(sandbox, PROFILE, actor=DID)
    assert (response.status_code, response.json()["error"], response.headers["RateLimit-Remaining"]) == (
        429,
        "RateLimitExceeded",
        "0",
    )
    assert 0 < int(response.headers["RateLimit-Reset"]) - sandbox.clock().timestamp() <= 300
