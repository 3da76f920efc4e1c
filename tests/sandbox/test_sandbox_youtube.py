"""The simulated YouTube interfaces against their documentation."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.google import channel, tokens
from sandbox.google.youtube import YouTube
from sandbox.google.youtube_analytics import METRICS, YouTubeAnalytics
from sandbox.provider import Call, Clock, World

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
REPORT = {
    "ids": "channel==MINE",
    "startDate": "2026-11-01",
    "endDate": "2026-11-23",
    "metrics": "views,engagedViews",
    "dimensions": "day",
}


def world(now: datetime = NOW) -> tuple[World, Clock]:
    clock = Clock(now)
    return World(1, TODAY, clock, "http://127.0.0.1"), clock


def data(provider: YouTube, kind: str, key: str = tokens.API_KEY, **query: Any) -> tuple[int, dict[str, Any]]:
    response = provider.response(
        Call("GET", f"/youtube/v3/{kind}", {name: [value] for name, value in query.items()}, {"X-Goog-Api-Key": key})
    )
    return response.status, json.loads(response.body)


def report(
    provider: YouTubeAnalytics, fault: Fault | None = None, detail: str = "", **query: Any
) -> tuple[int, dict[str, Any]]:
    asked = {name: [value] for name, value in (REPORT | query).items() if value}
    shown = {"Authorization": f"Bearer {tokens.ACCESS_TOKEN}"}
    response = provider.response(Call("GET", "/v2/reports", asked, shown, fault=fault, detail=detail))
    return response.status, json.loads(response.body)


def reason(body: dict[str, Any]) -> str:
    return str(body["error"]["errors"][0]["reason"])


def views(now: datetime, video: str) -> int:
    return int(
        data(YouTube(world(now)[0]), "videos", part="statistics", id=video)[1]["items"][0]["statistics"]["viewCount"]
    )


def test_counts_are_texts_and_subscribers_have_three_figures() -> None:
    _, found = data(YouTube(world()[0]), "channels", part="contentDetails,statistics", forHandle="@riverside")
    item = found["items"][0]
    assert set(item) == {"kind", "etag", "id", "contentDetails", "statistics"}, "only the parts that were asked for"
    exact = channel.subscribers(1, date(2026, 11, 23))
    assert exact > 1000
    assert exact % 10, "this seed is to show the rounding"
    assert item["statistics"]["subscriberCount"] == str(exact // 10 * 10)
    assert item["contentDetails"]["relatedPlaylists"]["uploads"] == channel.UPLOADS


def test_an_unknown_channel_has_no_items() -> None:
    status, found = data(YouTube(world()[0]), "channels", part="id", forHandle="@elsewhere")
    assert (status, found["pageInfo"]["totalResults"], "items" in found) == (200, 0, False)


def test_the_list_of_uploads_is_paged_newest_first() -> None:
    provider, token, found = YouTube(world()[0]), "", list[str]()
    for _ in range(3):
        status, page = data(
            provider,
            "playlistItems",
            part="contentDetails",
            playlistId=channel.UPLOADS,
            maxResults="25",
            pageToken=token,
        )
        assert status == 200
        found += [item["contentDetails"]["videoId"] for item in page["items"]]
        token = page.get("nextPageToken", "")
    assert not token
    assert found == list(channel.VIDEOS[::-1])


def test_hidden_counts_are_absent_and_a_vanished_video_is_left_out() -> None:
    asked = ",".join([channel.HIDES_LIKES, channel.NO_COMMENTS, channel.VANISHED])
    _, found = data(YouTube(world()[0]), "videos", part="id,statistics", id=asked)
    counts = {item["id"]: set(item["statistics"]) for item in found["items"]}
    assert counts == {
        channel.HIDES_LIKES: {"viewCount", "commentCount", "favoriteCount"},
        channel.NO_COMMENTS: {"viewCount", "likeCount", "favoriteCount"},
    }


def test_the_batch_gives_the_same_counts_in_its_own_form() -> None:
    one = data(YouTube(world()[0]), "videos", part="statistics", id="vid0000001")[1]["items"][0]["statistics"]
    batch = data(YouTube(world()[0]), "videos:batchGetStats", part="statistics", id="vid0000001")[1]
    assert batch["kind"] == "youtube#batchGetStatsResponse"
    assert batch["items"][0]["kind"] == "youtube#videoStats"
    assert batch["items"][0]["statistics"] == {name: value for name, value in one.items() if name != "favoriteCount"}


@pytest.mark.parametrize(
    ("kind", "query", "status", "why"),
    [
        ("channels", {}, 400, "missingRequiredParameter"),
        ("channels", {"part": "statistics"}, 400, "missingRequiredParameter"),
        ("channels", {"part": "numbers", "id": "x"}, 400, "unknownPart"),
        ("playlistItems", {"part": "id", "playlistId": channel.UPLOADS, "maxResults": "51"}, 400, "invalidParameter"),
        ("playlistItems", {"part": "id", "playlistId": channel.UPLOADS, "maxResults": "many"}, 400, "invalidParameter"),
        ("playlistItems", {"part": "id", "playlistId": channel.UPLOADS, "pageToken": "x"}, 400, "invalidPageToken"),
        ("playlistItems", {"part": "id", "playlistId": "UUother"}, 404, "playlistNotFound"),
        ("videos", {"part": "id", "id": ",".join(["x"] * 51)}, 400, "invalidFilters"),
        ("search", {"part": "id"}, 404, "notFound"),
    ],
)
def test_a_bad_question_is_refused_with_googles_reason(kind: str, query: dict[str, Any], status: int, why: str) -> None:
    got, body = data(YouTube(world()[0]), kind, **query)
    assert (got, reason(body)) == (status, why)


def test_an_unknown_parameter_is_refused() -> None:
    status, body = data(YouTube(world()[0]), "videos", part="id", id="vid0000001", limit="5")
    assert status == 400
    assert 'Unknown name "limit"' in body["error"]["message"]


@pytest.mark.parametrize("key", ["", "wrong"])
def test_a_key_must_be_good(key: str) -> None:
    status, body = data(YouTube(world()[0]), "channels", key=key, part="id", id=channel.CHANNEL)
    assert (status, body["error"]["details"][0]["reason"]) == (400, "API_KEY_INVALID")


def test_the_quota_is_counted_by_the_pacific_day_and_apart_for_the_batch() -> None:
    about, clock = world(datetime(2026, 11, 24, 7, 59, tzinfo=UTC))
    provider = YouTube(about)
    provider.daily_units = 1
    query: dict[str, Any] = {"part": "id", "id": "vid0000001"}
    assert [data(provider, "videos", **query)[0] for _ in range(2)] == [200, 403]
    assert data(provider, "videos:batchGetStats", **query)[0] == 200
    assert reason(data(provider, "videos", **query)[1]) == "quotaExceeded"
    clock.now += timedelta(minutes=2)
    assert data(provider, "videos", **query)[0] == 200, "it is midnight in California"


def test_a_refused_question_costs_a_unit_too() -> None:
    provider = YouTube(world()[0])
    data(provider, "videos", part="nothing", id="x")
    assert sum(provider.spent.values()) == 1


def test_counters_grow_within_the_day_and_one_falls_once() -> None:
    assert views(NOW, "vid0000060") < views(NOW + timedelta(hours=20), "vid0000060")
    before, after = (views(datetime(2026, 11, day, 8, 30, tzinfo=UTC), "vid0000001") for day in (19, 20))
    assert after < before, "views of bots are taken back"


def test_views_count_otherwise_from_the_known_day_on() -> None:
    _, found = report(YouTubeAnalytics(world()[0]), startDate="2026-08-20", endDate="2026-08-27")
    ratio = {row[0]: row[1] / row[2] for row in found["rows"]}
    assert len(ratio) == 8
    assert all((value == 1) == (day < "2026-08-24") for day, value in ratio.items())


def test_the_newest_days_are_not_in_the_report_and_the_last_one_grows() -> None:
    about, clock = world()
    provider = YouTubeAnalytics(about)
    first = {row[0]: row[1] for row in report(provider)[1]["rows"]}
    assert max(first) == "2026-11-20", "today is the 23rd in California"
    clock.now += timedelta(days=1)
    then = {row[0]: row[1] for row in report(provider)[1]["rows"]}
    assert max(then) == "2026-11-21"
    assert {day for day in first if first[day] != then[day]} == {"2026-11-20"}
    assert first["2026-11-20"] < then["2026-11-20"]


def test_a_report_without_data_has_no_rows() -> None:
    _, found = report(YouTubeAnalytics(world()[0]), startDate="2020-01-01", endDate="2020-01-31")
    assert "rows" not in found
    assert [header["name"] for header in found["columnHeaders"]] == ["day", "views", "engagedViews"]
    _, young = report(
        YouTubeAnalytics(world()[0]), filters="video==vid0000060", startDate="2026-08-01", endDate="2026-08-31"
    )
    assert young["rows"][0][0] == str(channel.published("vid0000060"))


def test_what_the_channel_gains_is_what_its_page_shows() -> None:
    _, found = report(
        YouTubeAnalytics(world()[0]),
        metrics="subscribersGained,subscribersLost",
        startDate="2026-10-01",
        endDate="2026-10-31",
    )
    net = sum(row[1] - row[2] for row in found["rows"])
    assert channel.subscribers(1, date(2026, 11, 1)) - channel.subscribers(1, date(2026, 10, 1)) == net


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"metrics": ""}, 400, "Required"),
        ({"metrics": "views,wonder"}, 400, "Unknown identifier (wonder)"),
        ({"startDate": "2026-11-24"}, 400, "did not conform"),
        ({"startDate": "yesterday"}, 400, "did not conform"),
        ({"dimensions": "video,day"}, 400, "The query is not supported."),
        ({"filters": "country==NA"}, 400, "The query is not supported."),
        ({"ids": "channel==UCother"}, 403, "Forbidden"),
        ({"filters": "video==foreign"}, 403, "Forbidden"),
    ],
)
def test_a_bad_report_is_refused_in_youtubes_words(query: dict[str, Any], status: int, says: str) -> None:
    got, body = report(YouTubeAnalytics(world()[0]), **query)
    assert got == status
    assert says in body["error"]["message"]


def test_every_metric_is_reported_and_a_retired_one_is_unknown() -> None:
    assert len(report(YouTubeAnalytics(world()[0]), metrics=",".join(METRICS))[1]["rows"][0]) == len(METRICS) + 1
    status, body = report(YouTubeAnalytics(world()[0]), Fault.RETIRED_METRIC, "engagedViews")
    assert status == 400
    assert "Unknown identifier (engagedViews)" in body["error"]["message"]


def test_an_access_token_is_needed() -> None:
    response = YouTubeAnalytics(world()[0]).response(Call("GET", "/v2/reports", {}, {"Authorization": "Bearer stale"}))
    assert response.status == 401
