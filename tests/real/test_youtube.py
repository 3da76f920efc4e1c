"""Answers of the YouTube Data API as others recorded them, 2019 to 2022: every file gives figures, a refusal or an error with a message."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from sources.contract import ParseResult, Place
from sources.youtube.responses import error_from_response
from sources.youtube.source import YouTube
from tests.google_discovery import document as discovered
from tests.google_discovery import problems
from tests.loopback import page
from warehouse.errors import KmiError, RefusedError, ShapeError

TODAY = date(2026, 11, 24)
OURS = {
    "youtube#channelListResponse": "ChannelListResponse",
    "youtube#playlistItemListResponse": "PlaylistItemListResponse",
    "youtube#videoListResponse": "VideoListResponse",
}
VIDEO = ("viewCount", "likeCount", "commentCount")
CHANNEL = {
    "viewCount": "channel_viewCount",
    "subscriberCount": "channel_subscriberCount",
    "videoCount": "channel_videoCount",
}
Fact = tuple[str, str, float, tuple[str, ...]]


@pytest.fixture(scope="module")
def recorded(shared_data: Callable[[str], Path]) -> dict[str, bytes]:
    folder = shared_data("youtube-data-api-fixtures") / "testdata"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def parse(body: bytes) -> ParseResult:
    settings = YouTube.Settings.model_validate({"type": "youtube", "channel": "@any", "key": "${env:KEY}"})
    return YouTube("videos", settings, Place(ZoneInfo("Europe/London"))).parse(
        [replace(page(body), url="https://youtube.example/list")]
    )


def outcome(body: bytes) -> tuple[str, str]:
    """What came of a file, in a word, and what was said of it."""
    try:
        parsed = parse(body)
    except ShapeError as error:
        return "error", f"{error.what}: {error.do}"
    if len(parsed.observations):
        return "figures", ""
    if len(parsed.refused):
        return "refused", "; ".join(parsed.refused["reason"])
    return ("note", "; ".join(parsed.notes)) if parsed.notes else ("nothing", "")


def facts(parsed: ParseResult) -> set[Fact]:
    rows = parsed.observations
    return set(zip(rows["metric"], rows["entity"], rows["value"], rows["flags"], strict=True))


def told(document: dict[str, Any]) -> Iterator[Fact]:
    """The counters in a file, read without the source; of several channels the first one, since one is asked for."""
    for item in document["items"]:
        counts = item.get("statistics", {})
        if document["kind"] == "youtube#videoListResponse":
            yield from ((name, item["id"], float(counts[name]), ()) for name in VIDEO if name in counts)
    if document["kind"] == "youtube#channelListResponse":
        counts = document["items"][0].get("statistics", {})
        for name, called in CHANNEL.items():
            if name in counts:
                rounded = name == "subscriberCount" and int(counts[name]) >= 1000 and set(counts[name][3:]) <= {"0"}
                yield called, "", float(counts[name]), ("estimated",) if rounded else ()


def test_every_file_gives_figures_or_says_why_not(recorded: dict[str, bytes]) -> None:
    found = {name: outcome(body) for name, body in recorded.items()}
    assert len(found) == 126
    silent = [name for name, (kind, _) in found.items() if kind == "nothing"]
    lists = [
        name
        for name in recorded
        if name.rsplit("/", 1)[-1].startswith("playlist_items") or name.endswith("playlist_item_api_response.json")
    ]
    assert set(silent) <= set(lists), "a list of uploads holds no counters, and nothing else may pass without a word"
    assert all(len(said) > 20 for kind, said in found.values() if kind in {"error", "refused", "note"})
    assert Counter(kind for kind, _ in found.values()) == {"error": 108, "refused": 14, "figures": 4}


def test_only_the_three_lists_that_are_asked_for_are_read(recorded: dict[str, bytes]) -> None:
    documents = {name: json.loads(body) for name, body in recorded.items()}
    read = {name for name, body in recorded.items() if outcome(body)[0] != "error"}
    assert read == {name for name, document in documents.items() if document.get("kind") in OURS}


def test_the_figures_are_those_of_the_file(recorded: dict[str, bytes]) -> None:
    documents = {name: json.loads(body) for name, body in recorded.items()}
    ours = {name: document for name, document in documents.items() if document.get("kind") in OURS}
    assert len(ours) > 15
    for name, document in ours.items():
        parsed = parse(recorded[name])
        assert facts(parsed) == set(told(document)), name
        keys = parsed.observations[["metric", "entity", "start"]]
        assert not keys.duplicated().any(), name
        assert set(parsed.observations["start"].dt.date) <= {TODAY}
        assert parsed.adds_only


def test_what_lacks_its_statistics_or_its_video_is_named(recorded: dict[str, bytes]) -> None:
    for name, body in recorded.items():
        document = json.loads(body)
        if document.get("kind") == "youtube#videoListResponse":
            lacking = [item for item in document["items"] if "statistics" not in item]
            assert len(parse(body).refused) == len(lacking), name
        if document.get("kind") == "youtube#playlistItemListResponse":
            lacking = [item for item in document["items"] if "videoId" not in item.get("contentDetails", {})]
            assert len(parse(body).refused) == len(lacking), name


def test_only_a_number_of_subscribers_that_looks_rounded_is_flagged(recorded: dict[str, bytes]) -> None:
    """1,927,873 was recorded before YouTube began to round in 2019, 10,700,000 after."""
    found = [
        facts(parse(recorded[f"apidata/{name}.json"])) for name in ("channel_info_single", "channels/info_multiple")
    ]
    flags = {
        value: flags for metric, _, value, flags in set[Fact]().union(*found) if metric == "channel_subscriberCount"
    }
    assert flags == {1_927_873: (), 10_700_000: ("estimated",)}


def test_the_recorded_lists_are_as_the_discovery_document_says(recorded: dict[str, bytes]) -> None:
    documents = {name: json.loads(body) for name, body in recorded.items()}
    schemas = {name: OURS[document["kind"]] for name, document in documents.items() if document.get("kind") in OURS}
    assert len(schemas) == 18
    for name, schema in schemas.items():
        assert problems(discovered("youtube", "v3"), {"$ref": schema}, documents[name], name) == []


@pytest.mark.parametrize("name", ["channels/channel_info", "videos/video_info"])
def test_a_single_resource_is_no_list_but_can_be_an_item_of_one(recorded: dict[str, bytes], name: str) -> None:
    item = json.loads(recorded[f"modeldata/{name}.json"])
    document = {"kind": f"{item['kind']}ListResponse", "items": [item]}
    assert outcome(recorded[f"modeldata/{name}.json"])[0] == "error"
    assert facts(parse(json.dumps(document).encode())) == set(told(document)) != set()


def answered(body: bytes, status: int) -> KmiError | None:
    response = requests.Response()
    response.status_code, response._content, response.url = status, body, "https://youtube.example/list"
    return error_from_response(response)


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("error_response.json", 400, "YouTube does not accept the API key"),
        ("error_response_simple.json", 403, "answered 403"),
        ("apidata/error_permission_resp.json", 403, "The caller does not have permission"),
    ],
)
def test_an_error_body_is_refused_and_says_what_to_do(
    recorded: dict[str, bytes], name: str, status: int, says: str
) -> None:
    error = answered(recorded[name], status)
    assert isinstance(error, RefusedError)
    assert says in error.what
    assert error.do
    with pytest.raises(ShapeError, match="an error came instead of a list"):
        parse(recorded[name])
