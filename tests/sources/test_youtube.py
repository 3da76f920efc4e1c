"""YouTube in both modes: the requests, the observations, and the messages when something is wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.faults import ALWAYS, Fault
from sandbox.google import tokens
from sandbox.google.channel import HIDES_LIKES, NO_COMMENTS, VANISHED, VIDEOS
from sandbox.google.youtube import YouTube as Simulated
from sandbox.server import Sandbox, serve
from sources.contract import ParseResult, Place, RawPage
from sources.web.budget import Budgets
from sources.web.saved_responses import SavedResponse
from sources.web.session import Session
from sources.youtube.source import YouTube
from tests.loopback import ReceivedRequest, Reply
from tests.loopback import serve as answering
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
SEED = 3
WINDOW = Window(date(2026, 11, 2), date(2026, 11, 24))
SECRETS = {"${env:KEY}": tokens.API_KEY, "${env:CLIENT}": tokens.CLIENT_SECRET, "${env:REFRESH}": tokens.REFRESH_TOKEN}
TOKEN = b'{"access_token": "ya29.x0123456789", "expires_in": 3599, "token_type": "Bearer"}'
JSON = {"Content-Type": "application/json"}
CHANNEL = {
    "id": "UClib",
    "contentDetails": {"relatedPlaylists": {"uploads": "UUlib"}},
    "statistics": {"viewCount": "900", "subscriberCount": "1230", "videoCount": "3"},
}


def auth(url: str) -> dict[str, str]:
    told = {
        "type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": "${env:CLIENT}",
        "refresh_token": "${env:REFRESH}",
    }
    return told | {"token_url": f"{url}/google/oauth2/token"}


def source(zone: str = "Europe/London", **told: Any) -> YouTube:
    return YouTube("videos", YouTube.Settings.model_validate({"type": "youtube", **told}), Place(ZoneInfo(zone)))


def public(url: str, **more: Any) -> YouTube:
    return source(**{"url": f"{url}/google/youtube", "channel": "@riverside", "key": "${env:KEY}", **more})


def owner(url: str, **more: Any) -> YouTube:
    return source(**{"mode": "owner", "reports_url": f"{url}/google/youtube-analytics", "auth": auth(url), **more})


def session(**memory: Any) -> Session:
    known: Any = {"at": NOW} | memory
    return Session(SECRETS.__getitem__, known, retries=0, timeout_s=(2, 5))


def pull(of: YouTube, window: Window = WINDOW, by: Session | None = None, now: datetime = NOW) -> ParseResult:
    return of.parse(list(of.fetch(window, now, by or session())))


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, date], float]:
    frame = parsed.observations[parsed.observations["metric"] == metric]
    return dict(zip(zip(frame["entity"], frame["start"].dt.date, strict=True), frame["value"], strict=True))


def said(parsed: ParseResult) -> str:
    return "\n".join(parsed.notes)


def listing(kind: str, items: list[Any], **more: Any) -> dict[str, Any]:
    return {"kind": f"youtube#{kind}ListResponse", "etag": "e", "items": items, **more}


def uploads(*videos: str, **more: Any) -> dict[str, Any]:
    return listing("playlistItem", [{"contentDetails": {"videoId": video}} for video in videos], **more)


def error(status: int, message: str, *reasons: str, named: str = "") -> Reply:
    body = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "youtube", "reason": why} for why in reasons],
    }
    return Reply(json.dumps({"error": body | ({"status": named} if named else {})}).encode(), status, JSON)


@contextmanager
def youtube(
    replies: Mapping[str, Any] | Callable[[ReceivedRequest], Any],
) -> Iterator[tuple[str, list[ReceivedRequest]]]:
    """A YouTube that gives tokens and replies by the last part of the path; a ``Reply`` as is, the rest as JSON."""

    def answer(received: ReceivedRequest) -> Reply:
        if received.path.endswith("/token"):
            return Reply(TOKEN, headers=JSON)
        told = replies(received) if callable(replies) else replies[received.path.rsplit("/", 1)[1]]
        return (
            told
            if isinstance(told, Reply)
            else Reply(told if isinstance(told, bytes) else json.dumps(told).encode(), headers=JSON)
        )

    with answering(answer) as site:
        yield site.url, site.received


def seen_by_anyone(channel: Any = None, items: Any = None, videos: Any = None, **more: Any) -> ParseResult:
    replies = {
        "channels": listing("channel", [CHANNEL]) if channel is None else channel,
        "playlistItems": uploads("aaa") if items is None else items,
        "videos": listing("video", [{"id": "aaa", "statistics": {"viewCount": "5"}}]) if videos is None else videos,
    }
    with youtube(replies) as (url, _):
        return pull(public(url, **more))


def report(names: list[str], rows: list[list[Any]] | None, **more: Any) -> dict[str, Any]:
    headers = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in ["day", *names]]
    return {
        "kind": "youtubeAnalytics#resultTable",
        "columnHeaders": headers,
        **({} if rows is None else {"rows": rows}),
        **more,
    }


def seen_by_the_owner(reply: Any, window: Window = WINDOW, **more: Any) -> ParseResult:
    with youtube(reply if callable(reply) else {"reports": reply}) as (url, _):
        return pull(owner(url, **{"metrics": ["views"], **more}), window)


def complained(of: Callable[..., YouTube], answer: Reply) -> KmiError:
    with youtube(lambda _: answer) as (url, _), pytest.raises(KmiError) as caught:
        pull(of(url))
    return caught.value


# Mode public


def test_counters_stand_on_the_local_day_on_which_they_were_read(sandbox: Sandbox) -> None:
    for zone, day in (("Europe/London", 24), ("Asia/Tokyo", 25)):
        found = pull(public(sandbox.url, zone=zone))
        assert {start for _, start in values(found, "viewCount")} == {date(2026, 11, day)}
        assert (found.covered, found.replaces, found.adds_only) == (
            (Window(date(2026, 11, day), date(2026, 11, day + 1)),),
            None,
            True,
        )


def test_every_upload_is_read_by_the_fifties(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url))
    assert {video for video, _ in values(found, "viewCount")} == {*VIDEOS} - {VANISHED}
    received = [seen.path.rsplit("/", 1)[1] for seen in sandbox.requests]
    assert received == ["channels", "playlistItems", "playlistItems", "videos", "videos"]
    assert "spent 5 of 9,000 units" in said(found)
    assert all(seen.headers["X-Goog-Api-Key"] == tokens.API_KEY for seen in sandbox.requests)


def test_listed_videos_need_no_list_of_uploads(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url, videos=["vid0000002", "vid0000002", "vid0000003"]))
    assert {video for video, _ in values(found, "viewCount")} == {"vid0000002", "vid0000003"}
    assert [seen.query["id"] for seen in sandbox.requests if seen.path.endswith("videos")] == [
        ["vid0000002,vid0000003"]
    ]


def test_the_batch_reads_the_same_counters_from_a_quota_of_its_own(sandbox: Sandbox) -> None:
    one, batch = pull(public(sandbox.url)), pull(public(sandbox.url, batch=True))
    for metric in ("viewCount", "likeCount", "commentCount"):
        assert values(batch, metric) == values(one, metric) != {}
    assert "spent 3 of 9,000 units, and 2 of videos.batchGetStats" in said(batch)


def test_hidden_counts_are_missing_and_never_zero(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url))
    assert (HIDES_LIKES, date(2026, 11, 24)) not in values(found, "likeCount")
    assert (NO_COMMENTS, date(2026, 11, 24)) not in values(found, "commentCount")
    assert "1 of the videos hide their likes: they are missing, not 0" in said(found)
    assert "1 of the videos hide their comments" in said(found)


def test_a_comment_count_of_zero_is_a_zero() -> None:
    found = seen_by_anyone(
        videos=listing("video", [{"id": "aaa", "statistics": {"viewCount": "5", "commentCount": "0"}}])
    )
    assert list(values(found, "commentCount").values()) == [0]


def test_a_vanished_video_is_named_and_has_no_reading(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url))
    assert f"deleted, private or unknown, so without counters: {VANISHED}" in said(found)
    assert not len(found.refused)


def test_a_counter_that_falls_is_stored_as_read() -> None:
    with serve(date(2026, 11, 24), seed=3) as moved:
        read = dict[tuple[str, date], float]()
        for day in (19, 20):
            now = datetime(2026, 11, day, 8, 30, tzinfo=UTC)
            moved.clock.now = now
            window = Window(now.date() - DAY, now.date())
            read |= values(pull(public(moved.url, videos=["vid0000001"]), window, now=now), "viewCount")
    assert read["vid0000001", date(2026, 11, 20)] < read["vid0000001", date(2026, 11, 19)]


@pytest.mark.parametrize(
    ("shown", "flags"), [("999", ()), ("1000", ("estimated",)), ("12300", ("estimated",)), ("12345", ())]
)
def test_a_rounded_number_of_subscribers_is_flagged(shown: str, flags: tuple[str, ...]) -> None:
    statistics = {"viewCount": "9", "subscriberCount": shown, "videoCount": "1"}
    frame = seen_by_anyone(channel=listing("channel", [CHANNEL | {"statistics": statistics}])).observations
    assert list(frame.loc[frame["metric"] == "channel_subscriberCount", "flags"]) == [flags]


def test_a_second_channel_is_refused() -> None:
    found = seen_by_anyone(channel=listing("channel", [CHANNEL, CHANNEL | {"id": "UCother"}]))
    assert len(found.refused) == 1
    assert "UCother" in found.refused["raw_value"].iloc[0]
    assert list(values(found, "channel_viewCount").values()) == [900]


def test_a_hidden_number_of_subscribers_is_missing() -> None:
    statistics = {"viewCount": "9", "subscriberCount": "0", "hiddenSubscriberCount": True, "videoCount": "1"}
    found = seen_by_anyone(channel=listing("channel", [CHANNEL | {"statistics": statistics}]))
    assert not values(found, "channel_subscriberCount")
    assert "does not show its number of subscribers: it is missing, not 0" in said(found)


def test_the_change_of_what_a_view_is_is_known_beforehand() -> None:
    breaks = {(metric.name, known.day) for metric in public("http://x").metrics() for known in metric.breaks}
    assert breaks == {("channel_viewCount", date(2026, 8, 24)), ("viewCount", date(2026, 8, 24))}
    daily = {metric.name: metric.breaks for metric in owner("http://x", videos=["a"]).metrics()}
    assert [daily[name][0].replaced_by for name in ("views", "views_by_video")] == [
        "engagedViews",
        "engagedViews_by_video",
    ]
    assert not daily["engagedViews"]


def test_a_quota_that_ends_midway_keeps_what_was_read_and_says_what_is_missing(sandbox: Sandbox) -> None:
    sandbox.misbehave("/google/youtube/youtube/v3/videos", Fault.QUOTA, times=ALWAYS)
    pages = list(public(sandbox.url).fetch(WINDOW, NOW, session()))
    assert (pages[-1].status, json.loads(pages[-1].body)["error"]["errors"][0]["reason"]) == (403, "quotaExceeded")
    found = public(sandbox.url).parse(pages)
    assert set(found.observations["metric"]) == {"channel_viewCount", "channel_subscriberCount", "channel_videoCount"}
    assert found.covered == ()
    assert "not all videos were read today (60 were left)" in said(found)
    sandbox.behave()
    assert pull(public(sandbox.url)).covered, "the next run goes on"


def test_kmi_stops_before_the_quota_and_leaves_a_reserve(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url, daily_units=5))
    assert "stopped before the quota: 4 of 4 units are spent" in said(found)
    assert "(10 were left)" in said(found)
    assert len(values(found, "viewCount")) == 50, "the newest fifty"
    assert found.covered == ()


def test_the_units_of_one_key_are_shared(sandbox: Sandbox) -> None:
    shared = Budgets()
    pull(public(sandbox.url, daily_units=8), by=session(budgets=shared))
    found = pull(public(sandbox.url, daily_units=8), by=session(budgets=shared))
    assert "spent 7 of 7 units" in said(found)
    assert "not all videos were read today (the list of them was cut short)" in said(found)
    with pytest.raises(QuotaError, match="the next run goes on"):
        pull(public(sandbox.url, daily_units=8), by=session(budgets=shared))


def test_days_that_are_over_cost_nothing_as_counters_stand_now(sandbox: Sandbox) -> None:
    found = pull(public(sandbox.url), Window(date(2026, 8, 1), date(2026, 11, 1)))
    assert not sandbox.requests
    assert (len(found.observations), found.covered) == (0, ())
    assert "there is nothing to request" in said(found)


def test_a_channel_without_public_videos_is_read_all_the_same() -> None:
    missing = error(404, "The playlist cannot be found.", "playlistNotFound")
    found = seen_by_anyone(items=missing)
    assert values(found, "channel_viewCount")
    assert found.covered
    assert "no list of uploads" in said(found)


def test_a_video_that_moves_in_the_list_while_it_is_read_counts_once() -> None:
    def reply(received: ReceivedRequest) -> Any:
        if received.path.endswith("channels"):
            return listing("channel", [CHANNEL])
        if received.path.endswith("playlistItems"):
            return uploads("bbb", "ccc") if "pageToken" in received.query else uploads("aaa", "bbb", nextPageToken="2")
        return listing(
            "video", [{"id": video, "statistics": {"viewCount": "1"}} for video in received.query["id"].split(",")]
        )

    with youtube(reply) as (url, _):
        assert {video for video, _ in values(pull(public(url)), "viewCount")} == {"aaa", "bbb", "ccc"}


@pytest.mark.parametrize(
    ("fault", "says"), [(Fault.REPEATED_TOKEN, "repeats itself"), (Fault.EMPTY_PAGE, "empty pages in a row")]
)
def test_a_list_that_does_not_end_is_stopped(sandbox: Sandbox, fault: Fault, says: str) -> None:
    sandbox.misbehave("/google/youtube/youtube/v3/playlistItems", fault, times=ALWAYS)
    with pytest.raises(ShapeError, match=says):
        pull(public(sandbox.url))
    assert len(sandbox.requests) < 6


def page(body: Any, **about: Any) -> RawPage:
    return RawPage(
        "videos",
        WINDOW,
        0,
        "https://youtube.example/list",
        200,
        NOW,
        json.dumps(body).encode(),
        request=json.dumps(about) if about else "",
    )


def test_a_list_near_its_limit_is_said_to_be_so() -> None:
    full, short = (public("http://x").parse([page(uploads(*["v"] * count))]) for count in (19_000, 18_999))
    assert "shows about 20,000 videos at most" in said(full)
    assert "at most" not in said(short)


def test_many_vanished_videos_are_counted_beyond_the_first_twenty() -> None:
    found = public("http://x").parse(
        [page(listing("video", []), kind="videos", wanted=[f"v{number}" for number in range(50)])]
    )
    assert "v18, v19 and 30 more" in said(found)


@pytest.mark.parametrize(
    "item", ["text", {"id": "aaa"}, {"statistics": {"viewCount": "1"}}, {"id": 7, "statistics": {}}, None]
)
def test_a_video_without_form_is_refused_and_the_others_count(item: Any) -> None:
    found = seen_by_anyone(videos=listing("video", [item, {"id": "bbb", "statistics": {"viewCount": "5"}}]))
    assert list(values(found, "viewCount").values()) == [5]
    assert len(found.refused) == 1
    assert found.refused["origin"].str.endswith("item 1").all()


@pytest.mark.parametrize(
    "items", [[{"contentDetails": []}], ["text"], [{}], [{"contentDetails": {"videoId": {"a": 1}}}]]
)
def test_an_upload_without_a_video_is_refused(items: list[Any]) -> None:
    found = seen_by_anyone(items=listing("playlistItem", items))
    assert len(found.refused) == 1
    assert not values(found, "viewCount")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "a web page came"),
        (b"", "an empty answer came"),
        (b"[]", "not one of the Data API's lists"),
        (b'{"kind": "youtube#channelListResponse", "items": 5}', "not one of the Data API's lists"),
        (b'{"error": {"message": "lost"}}', "an error came instead of a list (lost)"),
    ],
)
def test_an_answer_of_another_form_is_no_answer(body: bytes, says: str) -> None:
    with pytest.raises(ShapeError) as caught:
        seen_by_anyone(channel=body)
    assert says in str(caught.value)


def test_a_list_of_another_kind_is_no_answer() -> None:
    with pytest.raises(ShapeError, match="another kind"):
        seen_by_anyone(videos=listing("search", []))


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(RefusedError, match=r"knows no channel '@riverside'.*handle"):
        seen_by_anyone(channel=listing("channel", []))


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error(400, "API key not valid. Please pass a valid API key.", "badRequest"), RefusedError, "create a new key"),
        (error(400, "API key expired. Please renew the API key.", "API_KEY_INVALID"), RefusedError, "API key expired"),
        (error(400, "Bad Request", "keyInvalid"), RefusedError, "create a new key"),
        (
            error(403, "Requests from this IP are blocked.", "API_KEY_IP_ADDRESS_BLOCKED"),
            RefusedError,
            "from this machine",
        ),
        (
            error(403, "YouTube Data API v3 has not been used in project 1", "accessNotConfigured"),
            RefusedError,
            "enable this API",
        ),
        (error(403, "Forbidden", "forbidden"), RefusedError, "a key reads only what is public"),
        (error(403, "exceeded", "quotaExceeded"), QuotaError, "midnight Pacific"),
        (error(403, "too fast", "rateLimitExceeded"), RetryableError, "request less"),
        (error(400, "'x'", "unknownPart", named="INVALID_ARGUMENT"), RefusedError, "check the settings"),
    ],
)
def test_an_error_of_the_data_api_says_what_to_do(answer: Reply, kind: type[KmiError], says: str) -> None:
    found = complained(public, answer)
    assert isinstance(found, kind)
    assert says in str(found)
    assert tokens.API_KEY not in str(found)


def test_a_used_up_quota_says_when_there_is_more(sandbox: Sandbox) -> None:
    provider = sandbox.provider("/google/youtube/youtube/v3/channels")
    assert isinstance(provider, Simulated)
    provider.daily_units = 0
    with pytest.raises(QuotaError) as caught:
        pull(public(sandbox.url))
    assert caught.value.retry_after_s == 14 * 3600, "it is ten in the morning in California"


# Mode owner


def test_figures_of_each_day_for_the_channel_and_each_listed_video(sandbox: Sandbox) -> None:
    found = pull(owner(sandbox.url, videos=["vid0000001", "vid0000060"]))
    whole, single = values(found, "views"), values(found, "views_by_video")
    assert {entity for entity, _ in whole} == {""}
    assert {entity for entity, _ in single} == {"vid0000001", "vid0000060"}
    assert all(whole["", day] > single[video, day] for video, day in single)
    assert {metric.name for metric in owner(sandbox.url).metrics()} == {
        "views",
        "engagedViews",
        "estimatedMinutesWatched",
        "subscribersGained",
    }


def test_the_newest_days_are_neither_counted_nor_collected(sandbox: Sandbox) -> None:
    found = pull(owner(sandbox.url))
    assert max(day for _, day in values(found, "views")) == date(2026, 11, 21)
    assert found.covered == (Window(WINDOW.start, date(2026, 11, 22)),)
    assert found.replaces == found.covered[0]
    assert found.unanswered == (Window(date(2026, 11, 22), WINDOW.end),)


def test_days_are_pacific_unless_the_plan_says_otherwise() -> None:
    assert owner("http://x").place.zone.key == "America/Los_Angeles"
    assert owner("http://x", time_zone="Europe/London").place.zone.key == "Europe/London"
    assert public("http://x").place.zone.key == "Europe/London"


def test_a_report_without_rows_drops_nothing_and_collects_the_days_that_must_be_there() -> None:
    found = seen_by_the_owner(report(["views"], None))
    assert not len(found.observations)
    assert found.replaces is None
    assert found.covered == (Window(WINDOW.start, date(2026, 11, 20)),), (
        "72 hours after their end they are in the reports"
    )
    assert "the report holds no day" in said(found)
    assert found.unanswered == (WINDOW,), "a report that is not ready looks like this, so it is asked for again"


def test_a_window_of_newest_days_only_collects_nothing() -> None:
    found = seen_by_the_owner(report(["views"], None), Window(date(2026, 11, 21), date(2026, 11, 24)))
    assert found.covered == ()


def test_a_day_without_a_row_is_missing() -> None:
    found = seen_by_the_owner(report(["views"], [["2026-11-02", 3], ["2026-11-04", 0]]))
    assert values(found, "views") == {("", date(2026, 11, 2)): 3, ("", date(2026, 11, 4)): 0}


def test_an_unknown_metric_costs_itself_and_nothing_else(sandbox: Sandbox) -> None:
    sandbox.misbehave("/google/youtube-analytics", Fault.RETIRED_METRIC, times=ALWAYS, detail="engagedViews")
    found = pull(owner(sandbox.url, metrics=["views", "engagedViews", "likes"], videos=["vid0000001"]))
    assert set(found.observations["metric"]) == {"views", "likes", "views_by_video", "likes_by_video"}
    assert "no report of the metric 'engagedViews'" in said(found)
    assert {(known.metric, known.kind) for known in found.breaks} == {
        ("engagedViews", "retired"),
        ("engagedViews_by_video", "retired"),
    }
    assert found.replaces is None, "what stands of the lost metric stays"
    assert len([seen for seen in sandbox.requests if seen.path.endswith("reports")]) == 3, "it is not asked for again"


def test_a_report_that_is_refused_without_a_name_is_asked_for_in_halves() -> None:
    def reply(received: ReceivedRequest) -> Any:
        names = received.query["metrics"].split(",")
        if "shares" in names:
            return error(
                400, "The query is not supported. Check the documentation.", "badRequest", named="INVALID_ARGUMENT"
            )
        return report(names, [["2026-11-02", *(1 for _ in names)]])

    found = seen_by_the_owner(reply, metrics=["views", "shares", "likes", "comments"])
    assert set(found.observations["metric"]) == {"views", "likes", "comments"}
    assert [known.metric for known in found.breaks] == ["shares"]


def test_a_video_of_which_no_report_is_made_costs_itself() -> None:
    def reply(received: ReceivedRequest) -> Any:
        if received.query.get("filters") == "video==bad":
            return error(400, "The query is not supported.", "badRequest")
        return report(["views"], [["2026-11-02", 1]])

    found = seen_by_the_owner(reply, videos=["bad", "good"])
    assert values(found, "views_by_video") == {("good", date(2026, 11, 2)): 1}
    assert "no report of the metric 'views' for the video bad" in said(found)
    assert found.breaks == ()


def test_a_channel_of_which_no_report_is_made_is_an_error() -> None:
    found = complained(owner, error(400, "The query is not supported.", "badRequest"))
    assert isinstance(found, RefusedError)
    assert "check 'metrics', 'videos' and 'channel'" in str(found)


def test_metrics_that_were_halved_collect_the_days_that_all_of_them_hold() -> None:
    def reply(received: ReceivedRequest) -> Any:
        names = received.query["metrics"].split(",")
        if len(names) > 1:
            return error(400, "The query is not supported.", "badRequest")
        return report(names, [[f"2026-11-{day}", 1] for day in range(10, 22 if names == ["views"] else 21)])

    found = seen_by_the_owner(reply, metrics=["views", "likes"])
    assert found.covered == (Window(WINDOW.start, date(2026, 11, 21)),)
    assert found.replaces == found.covered[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["2026-11-31", 5], "has no day"),
        (["2026-11-03"], "does not have the 2 cells"),
        ("2026-11-03", "does not have the 2 cells"),
        (["2026-11-03", "many"], "'many' is not a number"),
        (["2026-12-03", 5], "was not requested"),
        (["2026-11-02", 9], "is in the report twice"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(row: Any, reason: str) -> None:
    found = seen_by_the_owner(report(["views"], [["2026-11-02", 1], row]))
    assert values(found, "views") == {("", date(2026, 11, 2)): 1}
    assert len(found.refused) == 1
    assert reason in found.refused["reason"].iloc[0]


def test_a_column_that_was_asked_for_and_did_not_come_is_missing() -> None:
    found = seen_by_the_owner(report(["views"], [["2026-11-02", 1]]), metrics=["views", "likes"])
    assert "no column likes" in said(found)
    assert found.replaces is None


@pytest.mark.parametrize(
    "told",
    [
        {"rows": []},
        report(["views"], None) | {"rows": "none"},
        report(["views", "views"], []),
        [],
        {"error": {"message": "lost"}},
    ],
)
def test_a_report_of_another_form_is_no_report(told: Any) -> None:
    with pytest.raises(ShapeError):
        seen_by_the_owner(told)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error(401, "Unauthorized", "youtubeSignupRequired"), RefusedError, "a service account cannot"),
        (
            Reply(b"<H1>NoLinkedYouTubeAccount</H1>", 401, {"Content-Type": "text/html"}),
            RefusedError,
            "has no YouTube channel",
        ),
        (error(401, "Request had invalid authentication credentials.", "authError"), RefusedError, "renew the access"),
        (
            error(403, "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            RefusedError,
            "yt-analytics.readonly and youtube",
        ),
        (error(403, "Forbidden", "forbidden"), RefusedError, "consent as the owner of the channel"),
        (error(403, "YouTube Analytics API has not been used", "accessNotConfigured"), RefusedError, "enable this API"),
        (error(403, "exceeded your quota", "quotaExceeded"), QuotaError, "the next run after midnight Pacific"),
        (error(429, "Queries per minute", named="RESOURCE_EXHAUSTED"), RetryableError, "request less"),
    ],
)
def test_an_error_of_the_analytics_api_says_what_to_do(answer: Reply, kind: type[KmiError], says: str) -> None:
    found = complained(owner, answer)
    assert isinstance(found, kind)
    assert says in str(found)


def test_a_revoked_consent_is_named(sandbox: Sandbox) -> None:
    sandbox.misbehave("/google/oauth2", Fault.EXPIRED_TOKEN)
    with pytest.raises(RefusedError, match=r"expired or was revoked.*consent again"):
        pull(owner(sandbox.url))


def test_a_pull_that_stopped_asks_nothing_twice(sandbox: Sandbox) -> None:
    first = session()
    received: Iterator[RawPage] = owner(sandbox.url, videos=["vid0000001"]).fetch(WINDOW, NOW, first)
    next(received)
    received.close()  # type: ignore[attr-defined]
    answered: Mapping[str, SavedResponse] = first.lasting
    assert len(answered) == 1, "the answer with the token is not among them"
    sandbox.requests.clear()
    found = pull(owner(sandbox.url, videos=["vid0000001"]), by=session(saved_responses=answered))
    assert ["filters" in seen.query for seen in sandbox.requests if seen.path.endswith("reports")] == [True]
    assert values(found, "views")


def test_no_secret_leaves(sandbox: Sandbox) -> None:
    for of in (public(sandbox.url), owner(sandbox.url)):
        pages = list(of.fetch(WINDOW, NOW, session()))
        left = f"{pages} {of.parse(pages)}"
        assert not any(secret in left for secret in (*SECRETS.values(), tokens.ACCESS_TOKEN))


# Settings


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"channel": "@x"}, "an API 'key'"),
        ({"key": "${env:KEY}"}, "needs a 'channel'"),
        ({"channel": "@x", "key": "${env:KEY}", "auth": auth("http://x")}, "'auth' is for mode owner"),
        ({"mode": "owner"}, "the owner's refresh token"),
        ({"mode": "owner", "auth": {"type": "service_account", "key": "${env:KEY}"}}, "NoLinkedYouTubeAccount"),
        ({"mode": "owner", "auth": auth("http://x"), "channel": "@x"}, "not its handle"),
        ({"mode": "owner", "auth": auth("http://x"), "metrics": ["wonder"]}, "put it under own_metrics"),
        ({"mode": "owner", "auth": auth("http://x"), "metrics": []}, "metrics"),
        ({"channel": "@x", "key": tokens.API_KEY}, "never written into the plan"),
    ],
)
def test_settings_that_cannot_work_are_refused(told: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        source(**told)


def test_a_metric_that_kmi_does_not_know_is_read_where_the_plan_tells_its_unit() -> None:
    own = {"redViews": {"unit": "views"}}
    found = seen_by_the_owner(report(["redViews"], [["2026-11-02", 4]]), metrics=["redViews"], own_metrics=own)
    assert values(found, "redViews") == {("", date(2026, 11, 2)): 4}


def test_late_figures_are_read_again_within_the_default_days(sandbox: Sandbox) -> None:
    first = values(pull(owner(sandbox.url)), "views")
    sandbox.clock.now = NOW + timedelta(days=2)
    then = values(pull(owner(sandbox.url)), "views")
    sandbox.clock.now = NOW
    changed = [day for key, value in first.items() if then[key] != value for day in key[1:]]
    restated = YouTube.Settings.model_fields["restated_days"].default
    assert changed
    assert all(NOW.date() - day <= timedelta(days=restated) for day in changed)
