"""Counters that anyone may see: of the channel, and of its uploads by the fifties.

https://developers.google.com/youtube/v3/docs ; costs: https://developers.google.com/youtube/v3/determine_quota_cost
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sources.contract import Parsed, RawPage
from sources.google.errors import api_complaint, said
from sources.google.service import send, service
from sources.items import one_day
from sources.observed import Figure, Observed, json_body, json_of
from sources.web.auth import ApiKeyAuth
from sources.web.budget import Units
from sources.web.paging import PagerGuard
from sources.web.session import Session
from sources.youtube.settings import CHANNEL_COUNTERS, VIDEO_COUNTERS, YouTubeSettings
from warehouse.errors import KmiError, QuotaError, RefusedError, ShapeError
from warehouse.schema import Window

AT_ONCE = 50
MOST_UPLOADS = 20_000
"""An uploads playlist shows about so many: https://github.com/mattwright324/youtube-metadata/issues/177"""
ROUNDED_FROM = 1000
"""From here on the public number of subscribers is rounded down to three figures."""
BACK = "units are back at midnight Pacific"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer on its way to a page."""

    url: str
    status: int
    body: bytes
    request: str = ""


def complaint(response: requests.Response) -> KmiError | None:
    """As any Google interface, and a key that is not valid or expired."""
    if response.status_code == 400:
        _, message, reasons = said(response)
        if "API_KEY_INVALID" in reasons or "API key" in message:
            do = "make a new key in the Google Cloud console under 'Credentials' and set it"
            return RefusedError(f"the API key is not accepted ({message})", where=response.url, do=do)
    return api_complaint(response)


def public_pages(settings: YouTubeSettings, window: Window, session: Session) -> Iterator[Told]:  # noqa: ARG001 - a snapshot knows no window
    """The channel, its uploads, then the videos. Where the quota ends midway a page says so, and what came before it counts."""
    api, units = service("youtube", "v3", settings.url), session.budgets.of(f"youtube {settings.key}", lambda: Units(settings.daily_units, "youtube", BACK))
    auth = ApiKeyAuth(type="api_key", name="X-Goog-Api-Key", key=settings.key or "")

    def ask(request: Any, kind: str, wanted: Sequence[str] = ()) -> Told:
        units.spend(1)
        response = send(session, request, {}, auth=auth, complaint=complaint)
        return Told(response.url, response.status_code, response.content, json.dumps({"kind": kind, "wanted": list(wanted), "spent": units.spent}))

    channel = settings.channel or ""
    who = {"forHandle": channel} if channel.startswith("@") else {"id": channel}
    first = ask(api.channels().list(part="snippet,contentDetails,statistics", **who), "channel")
    yield first
    try:
        videos = list(settings.videos)
        if not videos:
            for told in _uploads(api, _uploads_of(first), ask):
                yield told
                videos += [item["contentDetails"]["videoId"] for item in _items(told) if "contentDetails" in item]
        for start in range(0, len(videos), AT_ONCE):
            part = videos[start : start + AT_ONCE]
            yield ask(api.videos().list(part="id,statistics", id=",".join(part), maxResults=AT_ONCE), "videos", part)
    except QuotaError as error:
        yield Told(first.url, 403, b"{}", json.dumps({"kind": "quota", "why": error.what, "spent": units.spent}))


def _uploads(api: Any, playlist: str | None, ask: Any) -> Iterator[Told]:
    token, guard = "", PagerGuard("youtube uploads")
    while playlist:
        more = {"pageToken": token} if token else {}
        told = ask(api.playlistItems().list(part="contentDetails", playlistId=playlist, maxResults=AT_ONCE, **more), "uploads")
        yield told
        page = _object(told)
        token = str(page.get("nextPageToken") or "")
        items = _items(told)
        guard.page(str(item.get("contentDetails", {}).get("videoId")) for item in items)
        if not items:
            guard.empty_page(bool(token))
        if not token:
            return
        guard.next(token)


def _uploads_of(told: Told) -> str | None:
    for item in _items(told):
        found = item.get("contentDetails", {}).get("relatedPlaylists", {}).get("uploads")
        if found:
            return str(found)
    return None


def _object(told: Told) -> dict[str, Any]:
    """The answer as an object. Raises ``ShapeError`` for what is no JSON."""
    document = json_body(told.body, told.url)
    return document if isinstance(document, dict) else {}


def _items(told: Told) -> list[dict[str, Any]]:
    items = _object(told).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def parse_public(pages: Sequence[RawPage], zone: ZoneInfo) -> Parsed:
    """A reading of each counter on the day of the answer. Hidden counts and vanished videos are missing, never 0."""
    observed, whole, uploads = Observed("look at the video's page; if the counter is right there, tell the provider"), True, 0
    for page in pages:
        about = json.loads(page.request or "{}")
        if about.get("kind") == "quota":
            observed.note(f"{about['why']}: some videos were not read today, and their counters go on tomorrow; {BACK}")
            whole = False
            continue
        document = json_of(page)
        if not isinstance(document, dict) or "kind" not in document:
            raise ShapeError("the answer is none of the Data API's", where=page.url, do="check the address in the plan")
        items = document.get("items") or []
        if about.get("kind") == "channel":
            _channel(items, page, zone, observed)
        elif about.get("kind") == "uploads":
            uploads += len(items)
        else:
            _videos(items, about.get("wanted", ()), page, zone, observed)
    if uploads >= MOST_UPLOADS * 0.95:
        observed.note(f"the list of uploads shows about {MOST_UPLOADS:,} videos at most: older ones may be missing")
    spent = max((json.loads(page.request or "{}").get("spent", 0) for page in pages), default=0)
    observed.note(f"spent {spent} units of the day's quota")
    days = {page.fetched_at.astimezone(zone).date() for page in pages}
    return observed.parsed(covered=[one_day(day) for day in days] if whole else [], adds_only=True)


def _channel(items: Sequence[Any], page: RawPage, zone: ZoneInfo, observed: Observed) -> None:
    day = page.fetched_at.astimezone(zone).date()
    if not items:
        observed.refuse("", "YouTube knows no such channel", page.url, "check 'channel' in the plan: the id (UC…) or the handle (@…)")
    for item in items[:1]:
        statistics = item.get("statistics") or {}
        for name in CHANNEL_COUNTERS:
            raw = statistics.get(name.removeprefix("channel_"))
            hidden = name == "channel_subscriberCount" and statistics.get("hiddenSubscriberCount")
            if hidden or raw is None:
                observed.note(f"the channel hides its {CHANNEL_COUNTERS[name]}: they are missing, not 0")
                continue
            rounded = name == "channel_subscriberCount" and str(raw).isdigit() and int(raw) >= ROUNDED_FROM
            observed.add(Figure(name, day, raw, f"{page.url} channel", flags=("estimated",) if rounded else ()))


def _videos(items: Sequence[Any], wanted: Sequence[str], page: RawPage, zone: ZoneInfo, observed: Observed) -> None:
    day = page.fetched_at.astimezone(zone).date()
    for item in items:
        video, statistics = str(item.get("id") or ""), item.get("statistics") or {}
        for name, unit in VIDEO_COUNTERS.items():
            raw = statistics.get(name)
            if raw is None:
                observed.note(f"some videos hide their {unit}: they are missing, not 0")
            else:
                observed.add(Figure(name, day, raw, f"{page.url} video {video}", video))
    gone = [video for video in wanted if video not in {str(item.get("id")) for item in items}]
    if gone:
        observed.note(f"{len(gone)} of the videos are deleted or private and have no counters any more: {', '.join(gone[:5])}")
