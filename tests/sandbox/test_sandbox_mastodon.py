"""The simulated server against https://docs.joinmastodon.org/methods/accounts/"""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.faults import Fault
from sandbox.mastodon import ACCOUNTS, LIMIT, TOKEN
from sandbox.server import Sandbox

LIBRARY = ACCOUNTS["library"]


@pytest.fixture(autouse=True)
def _new_limit(sandbox: Sandbox) -> None:
    sandbox.providers.clear()


def ask(sandbox: Sandbox, path: str, token: str = "", **query: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{sandbox.url}/mastodon/api/v1/accounts/{path}", params=query, headers=headers)


def test_an_account_is_looked_up_by_its_name(sandbox: Sandbox) -> None:
    account = ask(sandbox, "lookup", acct="library").json()
    assert account["id"] == LIBRARY
    assert {"followers_count", "following_count", "statuses_count", "created_at", "acct", "last_status_at"} <= set(
        account
    )
    assert ask(sandbox, LIBRARY).json() == account
    missing = ask(sandbox, "lookup", acct="nobody")
    assert (missing.status_code, missing.json()) == (404, {"error": "Record not found"})


def test_the_link_header_leads_through_every_status_once(sandbox: Sandbox) -> None:
    found, response = [], ask(sandbox, f"{LIBRARY}/statuses", limit=40)
    for _ in range(4):
        found += [one["id"] for one in response.json()]
        assert len(response.json()) == 40
        response = requests.get(response.links["next"]["url"])
    assert found == sorted(set(found), key=int, reverse=True)


def test_twenty_by_default_and_forty_at_most(sandbox: Sandbox) -> None:
    assert [
        len(ask(sandbox, f"{LIBRARY}/statuses", **query).json()) for query in (dict[str, Any](), {"limit": 100})
    ] == [20, 40]


def test_reposts_and_replies_can_be_left_out_and_private_posts_need_the_owner(sandbox: Sandbox) -> None:
    every = [status for page in range(3) for status in ask(sandbox, f"{LIBRARY}/statuses", TOKEN, limit=40).json()]
    assert any(status["reblog"] for status in every)
    own = ask(sandbox, f"{LIBRARY}/statuses", limit=40, exclude_reblogs="true", exclude_replies="true").json()
    assert not any(status["reblog"] or status["in_reply_to_id"] or status["visibility"] == "private" for status in own)


def test_an_id_tells_the_time_of_a_post(sandbox: Sandbox) -> None:
    status = ask(sandbox, f"{LIBRARY}/statuses", limit=1).json()[0]
    assert int(status["id"]) >> 16 == round(datetime.fromisoformat(status["created_at"]).timestamp() * 1000)


def test_suspended_moved_and_hidden(sandbox: Sandbox) -> None:
    assert ask(sandbox, "lookup", acct="closed").json()["suspended"] is True
    assert ask(sandbox, "lookup", acct="oldlibrary").json()["moved"]["acct"] == "library"
    assert ask(sandbox, "lookup", acct="quiet").json()["followers_count"] == -1
    assert ask(sandbox, f"{ACCOUNTS['closed']}/statuses").json() == []


def test_a_wrong_token_is_worse_than_none(sandbox: Sandbox) -> None:
    response = ask(sandbox, "lookup", "wrong", acct="library")
    assert (response.status_code, response.json()) == (401, {"error": "The access token is invalid"})
    sandbox.misbehave("/mastodon", Fault.EXPIRED_TOKEN)
    assert ask(sandbox, "lookup", TOKEN, acct="library").status_code == 401


def test_the_limit_is_counted_down_in_headers(sandbox: Sandbox) -> None:
    left = [int(ask(sandbox, "lookup", acct="library").headers["X-RateLimit-Remaining"]) for _ in range(2)]
    assert left == [LIMIT - 1, LIMIT - 2]
    sandbox.misbehave("/mastodon", Fault.QUOTA)
    response = ask(sandbox, "lookup", acct="library")
    assert (response.status_code, response.json(), response.headers["X-RateLimit-Remaining"]) == (
        429,
        {"error": "Too many requests"},
        "0",
    )
    reset = datetime.fromisoformat(response.headers["X-RateLimit-Reset"])
    assert timedelta() < reset - sandbox.clock() <= timedelta(minutes=5)


def test_a_young_post_may_be_withdrawn_and_gathers_favourites(sandbox: Sandbox) -> None:
    now = sandbox.clock.now
    before = {status["id"]: status for status in ask(sandbox, f"{LIBRARY}/statuses", limit=40).json()}
    sandbox.clock.now = now + timedelta(days=2)
    after = {status["id"]: status for status in ask(sandbox, f"{LIBRARY}/statuses", limit=40).json()}
    sandbox.clock.now = now
    gone = {key for key in before if key not in after and int(key) > int(min(after, key=int))}
    assert gone
    both = sorted(before.keys() & after.keys(), key=int)
    assert after[both[-1]]["favourites_count"] > before[both[-1]]["favourites_count"]
