"""Our requests to the simulated YouTube APIs and their responses, against Google's own discovery documents."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.google import tokens
from sandbox.server import Sandbox
from sources.contract import Place, RawPage
from sources.web.session import Session
from sources.youtube.source import YouTube
from tests.google_discovery import check_request, check_response
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
WINDOW = Window(date(2026, 10, 24), date(2026, 11, 24))
DATA, REPORTS = ("youtube", "v3"), ("youtubeAnalytics", "v2")
SETTINGS = {
    "channel": "youtube.channels.list",
    "uploads": "youtube.playlistItems.list",
    "videos": "youtube.videos.list",
    "batch": "youtube.videos.batchGetStats",
}


def pulled(sandbox: Sandbox, **settings: object) -> list[RawPage]:
    known = {
        "${env:KEY}": tokens.API_KEY,
        "${env:CLIENT}": tokens.CLIENT_SECRET,
        "${env:REFRESH}": tokens.REFRESH_TOKEN,
    }
    session = Session(known.__getitem__, {"at": NOW}, retries=0, timeout_s=(2, 5))
    url = {"url": f"{sandbox.url}/google/youtube", "reports_url": f"{sandbox.url}/google/youtube-analytics"}
    source = YouTube(
        "videos",
        YouTube.Settings.model_validate({"type": "youtube", **url, **settings}),
        Place(ZoneInfo("Europe/London")),
    )
    return list(source.fetch(WINDOW, NOW, session))


def owner(sandbox: Sandbox) -> dict[str, object]:
    auth = {
        "type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": "${env:CLIENT}",
        "refresh_token": "${env:REFRESH}",
        "token_url": f"{sandbox.url}/google/oauth2/token",
    }
    return {"mode": "owner", "auth": auth}


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"channel": "@riverside"}, ["channel", "uploads", "uploads", "videos", "videos"]),
        ({"channel": "UCriverside0000000000000", "videos": ["vid0000001", "vid0000004"]}, ["channel", "videos"]),
        ({"channel": "@riverside", "batch": True}, ["channel", "uploads", "uploads", "batch", "batch"]),
    ],
    ids=["all uploads", "listed videos", "batch"],
)
def test_the_data_api_is_asked_and_answers_as_google_documents_it(
    sandbox: Sandbox, settings: dict[str, object], kinds: list[str]
) -> None:
    pages = pulled(sandbox, key="${env:KEY}", **settings)
    asked = [seen for seen in sandbox.requests if seen.path.startswith("/google/youtube/")]
    ids = [
        check_request(*DATA, seen.method, seen.path.removeprefix("/google/youtube"), seen.query, seen.body)
        for seen in asked
    ]
    assert ids == [SETTINGS[kind] for kind in kinds]
    for method, page in zip(ids, pages, strict=True):
        check_response(*DATA, method, page.body)
    assert all("key" not in seen.query for seen in asked), "the key goes in a header and never into an address"


@pytest.mark.parametrize(
    "settings",
    [{}, {"videos": ["vid0000001"], "metrics": ["likes", "shares"]}, {"channel": "UCriverside0000000000000"}],
)
def test_the_analytics_api_is_asked_and_answers_as_google_documents_it(
    sandbox: Sandbox, settings: dict[str, Any]
) -> None:
    pages = pulled(sandbox, **owner(sandbox), **settings)
    asked = [seen for seen in sandbox.requests if seen.path.startswith("/google/youtube-analytics")]
    assert len(asked) == len(pages) == 1 + len(settings.get("videos", ()))
    for seen in asked:
        assert (
            check_request(*REPORTS, seen.method, seen.path.removeprefix("/google/youtube-analytics"), seen.query)
            == "youtubeAnalytics.reports.query"
        )
    for page in pages:
        check_response(*REPORTS, "youtubeAnalytics.reports.query", page.body)


@pytest.mark.parametrize(
    "response",
    [
        {"items": [{"statistics": {"viewCount": 12}}]},
        {"items": [{"statistic": {}}]},
        {"pageInfo": {"totalResults": "1"}},
        {"rows": []},
    ],
)
def test_what_youtube_would_not_answer_is_found(response: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"youtube\.videos\.list"):
        check_response(*DATA, "youtube.videos.list", json.dumps(response).encode())


def test_what_youtube_would_not_take_is_found() -> None:
    with pytest.raises(AssertionError, match="out of range"):
        check_request(*DATA, "GET", "/youtube/v3/playlistItems", {"part": ["id"], "maxResults": ["51"]})
    with pytest.raises(AssertionError, match="unknown parameter 'start-date'"):
        check_request(*REPORTS, "GET", "/v2/reports", {"start-date": ["2026-01-01"]})
