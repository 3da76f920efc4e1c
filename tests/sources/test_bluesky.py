"""A Bluesky account over real HTTP: the lexicons app.bsky.actor.getProfile and app.bsky.feed.getAuthorFeed."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sources.bluesky.settings import BlueskySettings
from sources.bluesky.source import Bluesky
from sources.contract import ParseResult, Place
from tests.loopback import NOW, ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

WINDOW = Window(date(2026, 11, 20), date(2026, 11, 24))
PROFILE: dict[str, object] = {
    "did": "did:plc:lib",
    "createdAt": "2026-11-01T08:00:00Z",
    "followersCount": 5,
    "followsCount": 2,
    "postsCount": 1,
}
JSON = {"Content-Type": "application/json"}


def item(key: str, at: str, indexed: str = "", did: str = "did:plc:lib", **more: Any) -> dict[str, object]:
    counts = {"likeCount": 4, "repostCount": 1, "replyCount": 0, "quoteCount": 0}
    post = {
        "uri": f"at://{did}/app.bsky.feed.post/{key}",
        "author": {"did": did},
        "record": {"createdAt": at},
        "indexedAt": indexed or at,
        **counts,
    }
    return {"post": post, **more}


def reposted(at: str) -> dict[str, Any]:
    return {"reason": {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": at}}


def service(*pages: list[dict[str, object]], **profile: object) -> Callable[[ReceivedRequest], Reply]:
    def reply(received: ReceivedRequest) -> Reply:
        if received.path.endswith("getProfile"):
            return Reply(json.dumps(PROFILE | profile).encode(), headers=JSON)
        at = int(received.query.get("cursor", "0"))
        cursor = {"cursor": str(at + 1)} if at + 1 < len(pages) else {}
        return Reply(json.dumps({"feed": pages[at], **cursor}).encode(), headers=JSON)

    return reply


def account(url: str, zone: str = "Europe/London", **settings: Any) -> Bluesky:
    given = BlueskySettings.model_validate({"type": "bluesky", "url": url, "account": "library.example", **settings})
    return Bluesky("sky", given, Place(ZoneInfo(zone)))


def collected(
    reply: Callable[[ReceivedRequest], Reply], window: Window = WINDOW, zone: str = "Europe/London", **settings: Any
) -> tuple[ParseResult, list[ReceivedRequest]]:
    with serve(reply) as site:
        source = account(site.url, zone, **settings)
        return source.parse(list(source.fetch(window, NOW, quick_session()))), site.received


def error_of(reply: Callable[[ReceivedRequest], Reply]) -> KmiError:
    with serve(reply) as site, pytest.raises(KmiError) as caught:
        list(account(site.url).fetch(WINDOW, NOW, quick_session()))
    return caught.value


def values(parsed: ParseResult, metric: str) -> dict[str, float]:
    rows = parsed.observations[parsed.observations["metric"] == metric]
    return dict(zip(rows["start"].dt.strftime("%m-%d"), rows["value"], strict=True))


def test_posts_by_day_without_reposts() -> None:
    feed = [
        item("c", "2026-11-22T10:00:00Z"),
        item("x", "2026-01-02T10:00:00Z", did="did:plc:other", **reposted("2026-11-22T09:00:00Z")),
        item("c", "2026-11-22T10:00:00Z", **reposted("2026-11-22T08:00:00Z")),
    ]
    parsed, _ = collected(service(feed))
    assert values(parsed, "posts") == {"11-20": 0, "11-21": 0, "11-22": 1, "11-23": 0}
    assert values(parsed, "likeCount") == {"11-24": 4}
    assert (parsed.replaces, parsed.adds_only) == (None, False)


def test_an_old_post_that_is_reposted_does_not_end_the_paging() -> None:
    pages = [
        [item("x", "2020-01-02T10:00:00Z", did="did:plc:other", **reposted("2026-11-23T09:00:00Z"))],
        [item("a", "2026-11-22T10:00:00Z")],
    ]
    parsed, received = collected(service(*pages))
    assert len(received) == 3
    assert values(parsed, "posts")["11-22"] == 1


def test_a_time_that_the_writer_claims_from_the_future_is_not_believed() -> None:
    parsed, _ = collected(service([item("a", "2031-01-01T00:00:00Z", "2026-11-21T10:00:00Z")]))
    assert values(parsed, "posts")["11-21"] == 1


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/London", "11-21"), ("Asia/Tokyo", "11-22"), ("America/Los_Angeles", "11-21")]
)
def test_a_post_stands_on_its_local_day(zone: str, day: str) -> None:
    parsed, _ = collected(service([item("a", "2026-11-21T23:30:00.000Z")]), zone=zone)
    assert {key for key, value in values(parsed, "posts").items() if value} == {day}


def test_the_profile_leads_to_the_feed_by_the_did_which_never_changes() -> None:
    _, received = collected(service([]))
    assert [one.query["actor"] for one in received] == ["library.example", "did:plc:lib"]


def test_a_feed_that_ends_too_early_leaves_the_days_before_missing() -> None:
    parsed, _ = collected(service([item("a", "2026-11-22T10:00:00Z")], postsCount=900))
    assert values(parsed, "posts") == {"11-22": 1, "11-23": 0}
    assert any("the feed ends after 1 posts although the profile counts 900" in note for note in parsed.notes)


def test_posts_brought_along_from_elsewhere_are_said_and_not_counted() -> None:
    feed = [item("b", "2026-11-22T10:00:00Z"), item("a", "2012-05-01T10:00:00Z", "2026-11-22T10:00:00Z")]
    parsed, _ = collected(service(feed, postsCount=2), window=Window(date(2010, 1, 1), date(2026, 11, 24)))
    assert sum(values(parsed, "posts").values()) == 1
    assert any("1 posts are dated before the account was opened" in note for note in parsed.notes)


def test_a_few_empty_pages_are_passed_over_and_endless_ones_are_not() -> None:
    parsed, _ = collected(service([item("b", "2026-11-23T10:00:00Z")], [], [item("a", "2026-11-22T10:00:00Z")]))
    assert sum(values(parsed, "posts").values()) == 2
    error = error_of(service([], [], [], [], []))
    assert isinstance(error, ShapeError)
    assert "empty pages in a row" in error.what


def test_a_service_that_repeats_itself_is_stopped() -> None:
    page = [item("b", "2026-11-23T10:00:00Z")]
    assert "repeats itself" in str(error_of(service(page, page, page)))


@pytest.mark.parametrize(
    ("status", "name", "message", "kind", "says"),
    [
        (400, "AccountTakedown", "Account has been suspended", RefusedError, "is suspended"),
        (400, "AccountDeactivated", "Account is deactivated", RefusedError, "reactivate it"),
        (400, "InvalidRequest", "Profile not found", RefusedError, "there is no account library.example"),
        (502, "UpstreamFailure", "Upstream Failure", RetryableError, "a part of Bluesky does not answer"),
        (501, "MethodNotImplemented", "Method Not Implemented", RetryableError, "501"),
    ],
)
def test_an_error_says_what_to_do(status: int, name: str, message: str, kind: type[KmiError], says: str) -> None:
    error = error_of(lambda _: Reply(json.dumps({"error": name, "message": message}).encode(), status, JSON))
    assert isinstance(error, kind)
    assert says in str(error)
    assert error.where
    assert error.do


def test_a_used_up_limit_is_no_fault_and_says_when_it_is_over() -> None:
    headers = JSON | {"RateLimit-Remaining": "0", "RateLimit-Reset": "32472144000"}
    error = error_of(lambda _: Reply(b'{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}', 429, headers))
    assert isinstance(error, QuotaError)
    assert (error.retry_after_s or 0) > 1000


@pytest.mark.parametrize("body", [b"<html>Down</html>", b"[]", b'{"feed": 3}', b'{"feed": [1]}', b'{"feed": ['])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    profile = service([])
    error = error_of(lambda received: profile(received) if received.path.endswith("getProfile") else Reply(body))
    assert isinstance(error, ShapeError)
    assert error.do


def test_half_a_handle_is_refused() -> None:
    with pytest.raises(ValidationError, match="write all of it"):
        account("https://sky.example", account="library")
