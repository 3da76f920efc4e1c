"""A Mastodon account over real HTTP: https://docs.joinmastodon.org/methods/accounts/"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sources.contract import ParseResult, Place
from sources.mastodon.settings import MastodonSettings
from sources.mastodon.source import Mastodon
from tests.loopback import NOW, ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import KmiError, QuotaError, RefusedError, ShapeError
from warehouse.schema import Window

WINDOW = Window(date(2026, 11, 20), date(2026, 11, 24))
ACCOUNT = {
    "id": "7",
    "created_at": "2026-11-01T00:00:00.000Z",
    "followers_count": 10,
    "following_count": 2,
    "statuses_count": 3,
}
JSON = {"Content-Type": "application/json"}


def status(number: int, at: str, **more: object) -> dict[str, object]:
    counts = {"favourites_count": 1, "reblogs_count": 0, "replies_count": 0}
    return {"id": str(number), "created_at": at, "visibility": "public", "reblog": None, **counts, **more}


def server(*pages: list[dict[str, object]], **account: object) -> Callable[[ReceivedRequest], Reply]:
    """An account with its posts; page n leads to page n + 1 by max_id."""

    def reply(received: ReceivedRequest) -> Reply:
        if received.path.endswith("/lookup"):
            return Reply(json.dumps(ACCOUNT | account).encode(), headers=JSON)
        at = int(received.query.get("max_id", "0"))
        link = (
            {"Link": f'<https://elsewhere.example/api/v1/accounts/7/statuses?max_id={at + 1}>; rel="next"'}
            if at + 1 < len(pages)
            else {}
        )
        return Reply(json.dumps(pages[at]).encode(), headers=JSON | link)

    return reply


def refusing(status: int, words: str = "", **headers: Any) -> Callable[[ReceivedRequest], Reply]:
    return lambda _: Reply(json.dumps({"error": words}).encode(), status, JSON | headers)


def account(url: str, zone: str = "Europe/London", **settings: Any) -> Mastodon:
    given = MastodonSettings.model_validate({"type": "mastodon", "url": url, "account": "library", **settings})
    return Mastodon("fedi", given, Place(ZoneInfo(zone)))


def collected(
    reply: Callable[[ReceivedRequest], Reply], window: Window = WINDOW, zone: str = "Europe/London", **settings: Any
) -> tuple[ParseResult, list[ReceivedRequest]]:
    with serve(reply) as site:
        source = account(site.url, zone, **settings)
        return source.parse(list(source.fetch(window, NOW, quick_session()))), site.received


def error_of(reply: Callable[[ReceivedRequest], Reply], **settings: Any) -> KmiError:
    with serve(reply) as site, pytest.raises(KmiError) as caught:
        list(account(site.url, **settings).fetch(WINDOW, NOW, quick_session()))
    return caught.value


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, str], float]:
    rows = parsed.observations[parsed.observations["metric"] == metric]
    return dict(zip(zip(rows["entity"], rows["start"].dt.strftime("%m-%d"), strict=True), rows["value"], strict=True))


def test_every_day_of_the_window_is_said_also_with_zero() -> None:
    parsed, _ = collected(
        server(
            [status(3, "2026-11-22T10:00:00Z"), status(2, "2026-11-22T09:00:00Z"), status(1, "2026-11-19T09:00:00Z")]
        )
    )
    assert values(parsed, "statuses") == {("", "11-20"): 0, ("", "11-21"): 0, ("", "11-22"): 2, ("", "11-23"): 0}
    assert parsed.covered == (WINDOW,)


def test_a_pull_takes_no_reading_of_yesterday_away() -> None:
    parsed, _ = collected(server([]))
    assert parsed.replaces is None, "the day of the last reading lies in the next window"
    assert not parsed.adds_only, "a day from which a post was deleted is altered"


def test_levels_and_interactions_stand_on_the_day_on_which_they_were_read() -> None:
    parsed, _ = collected(
        server([status(2, "2026-11-23T10:00:00Z", favourites_count=5), status(1, "2026-10-20T10:00:00Z")])
    )
    assert values(parsed, "followers_count") == {("", "11-24"): 10}
    assert values(parsed, "favourites_count") == {("2", "11-24"): 5}, "a post older than post_days is not read"


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/London", "11-21"), ("Asia/Tokyo", "11-22"), ("America/Los_Angeles", "11-21")]
)
def test_a_post_stands_on_its_local_day(zone: str, day: str) -> None:
    parsed, _ = collected(server([status(1, "2026-11-21T23:30:00.000Z")]), zone=zone)
    assert {key for key, value in values(parsed, "statuses").items() if value} == {("", day)}


def test_days_before_the_account_existed_are_missing_and_not_zero() -> None:
    parsed, _ = collected(server([]), window=Window(date(1900, 1, 1), date(2026, 11, 24)), post_days=0)
    assert min(values(parsed, "statuses")) == ("", "11-01")
    assert parsed.covered == (Window(date(2026, 11, 1), date(2026, 11, 24)),)


def test_reposts_and_private_posts_are_not_counted() -> None:
    posts = [
        status(3, "2026-11-22T10:00:00Z", reblog={"id": "9"}),
        status(2, "2026-11-22T10:00:00Z", visibility="direct"),
        status(1, "2026-11-22T10:00:00Z"),
    ]
    parsed, received = collected(server(posts))
    assert values(parsed, "statuses")["", "11-22"] == 1
    assert any("not public" in note for note in parsed.notes)
    assert received[-1].query["exclude_reblogs"] == "true"


def test_only_the_id_of_the_next_page_is_followed_and_not_its_address() -> None:
    parsed, received = collected(
        server(
            [status(9, "2026-11-23T10:00:00Z")],
            [status(8, "2026-11-22T10:00:00Z")],
            [status(7, "2026-11-01T10:00:00Z")],
        )
    )
    assert [one.query.get("max_id") for one in received[1:]] == [None, "1", "2"]
    assert sum(values(parsed, "statuses").values()) == 2


def test_paging_ends_where_nothing_older_is_needed() -> None:
    _, received = collected(
        server(
            [status(9, "2026-11-23T10:00:00Z")],
            [status(8, "2026-10-20T10:00:00Z")],
            [status(7, "2026-10-01T10:00:00Z")],
        )
    )
    assert len(received) == 3


def test_a_hidden_number_of_followers_is_missing() -> None:
    parsed, _ = collected(server([], followers_count=-1))
    assert values(parsed, "followers_count") == {}
    assert any("the server hides followers_count" in note for note in parsed.notes)
    assert parsed.refused.empty


def test_a_number_that_the_answer_does_not_hold_is_refused() -> None:
    parsed, _ = collected(server([status(1, "2026-11-23T10:00:00Z", reblogs_count=None)], followers_count=None))
    assert set(parsed.refused["metric"]) == {"followers_count", "reblogs_count"}


def test_a_suspended_account_is_no_account_without_followers() -> None:
    error = error_of(server([], suspended=True, followers_count=0))
    assert isinstance(error, RefusedError)
    assert "suspended" in error.what


def test_an_account_that_moved_is_named() -> None:
    parsed, _ = collected(server([], moved={"url": "https://new.example/@library"}))
    assert "the account has moved to https://new.example/@library: name that one in the plan" in parsed.notes


@pytest.mark.parametrize(
    ("status", "words", "settings", "says"),
    [
        (
            401,
            "The access token is invalid",
            {"token": "${env:TOKEN}"},
            "the access token is no longer valid (The access token is invalid)",
        ),
        (401, "This API requires an authenticated user", {}, "write 'token' into the plan"),
        (
            403,
            "This action is outside the authorized scopes",
            {"token": "${env:TOKEN}"},
            "read:accounts and read:statuses",
        ),
        (404, "Record not found", {}, "knows no such account"),
        (410, "Gone", {}, "the account is gone from the server"),
    ],
)
def test_an_error_says_what_to_do(status: int, words: str, settings: dict[str, object], says: str) -> None:
    error = error_of(refusing(status, words), **settings)
    assert isinstance(error, RefusedError)
    assert says in str(error)
    assert "/api/v1/accounts/lookup" in error.where


def test_a_used_up_limit_is_no_fault_and_says_when_it_is_over() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2999-01-01T00:00:00.000000Z"}
    error = error_of(refusing(429, "Too many requests", **headers))
    assert isinstance(error, QuotaError)
    assert (error.retry_after_s or 0) > 1000


@pytest.mark.parametrize("body", [b"<html>Down</html>", b'{"error": "no list"}', b"[1, 2]", b'[{"id": "1"'])
def test_what_is_no_list_of_posts_is_refused_and_never_kept_for_later(body: bytes) -> None:
    whole = server([status(9, "2026-11-23T10:00:00Z")], [])

    def reply(received: ReceivedRequest) -> Reply:
        return Reply(body) if "max_id" in received.query else whole(received)

    session = quick_session(at=NOW)
    with serve(reply) as site, pytest.raises(ShapeError) as caught:
        list(account(site.url).fetch(WINDOW, NOW, session))
    assert caught.value.do
    assert not session.lasting


def test_a_server_that_repeats_itself_is_stopped_and_nothing_of_it_is_kept() -> None:
    page = [status(9, "2026-11-23T10:00:00Z")]
    session = quick_session(at=NOW)
    with serve(server(page, page, page)) as site, pytest.raises(ShapeError, match="repeats itself"):
        list(account(site.url).fetch(WINDOW, NOW, session))
    assert not session.lasting


def test_a_pull_that_stopped_goes_on_without_asking_for_the_same_page_again() -> None:
    whole, broken = server(*[[status(9 - n, f"2026-11-{23 - n}T10:00:00Z")] for n in range(4)]), ["2"]
    stopped = quick_session(at=NOW, retries=0)
    with serve(lambda received: Reply(b"", 500) if received.query.get("max_id") in broken else whole(received)) as site:
        with pytest.raises(KmiError):
            list(account(site.url).fetch(WINDOW, NOW, stopped))
        broken.clear()
        site.received.clear()
        pages = list(account(site.url).fetch(WINDOW, NOW, quick_session(at=NOW, saved_responses=dict(stopped.lasting))))
        assert [one.query.get("max_id") for one in site.received[1:]] == [None, "2", "3"]
    assert sum(values(account(site.url).parse(pages), "statuses").values()) == 4


def test_another_servers_account_is_not_asked_for() -> None:
    with pytest.raises(ValidationError, match="the account's own server into url"):
        account("https://social.example", account="library@other.example")
    with pytest.raises(ValidationError, match="never written into the plan"):
        account("https://social.example", token="secret-token")
