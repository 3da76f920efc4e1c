"""Fetches public counters: of the channel, and of its uploads in batches of fifty.

https://developers.google.com/youtube/v3/docs ; costs: https://developers.google.com/youtube/v3/determine_quota_cost
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sources.google.service import build_service, send
from sources.response import ProviderResponse
from sources.web.auth import ApiKeyAuth
from sources.web.budget import UnitQuota
from sources.web.paging import PagerGuard
from sources.web.session import Session
from sources.youtube.responses import NoUploadsListError, QuotaUsedUpError, error_from_response, parse_list, value_at
from sources.youtube.settings import YouTubeSettings
from warehouse.errors import QuotaError, RefusedError

PAGE_SIZE = 50
QUOTA_RESET = "units are back at midnight Pacific"


@dataclass
class DataApiClient:
    """Requests with one API key during one pull. Each request costs one unit, even if it is refused."""

    settings: YouTubeSettings
    session: Session
    _api: Any = field(init=False)
    _units: UnitQuota = field(init=False)
    _batch_units: UnitQuota = field(init=False)

    def __post_init__(self) -> None:
        key, allowed, budgets = self.settings.key, self.settings.allowed_units, self.session.budgets
        self._api = build_service("youtube", "v3", self.settings.url)
        # batchGetStats has a quota of its own since 2026-06-03: https://developers.google.com/youtube/v3/revision_history
        self._units = budgets.of(f"youtube {key}", lambda: UnitQuota(allowed, "youtube", QUOTA_RESET))
        self._batch_units = budgets.of(
            f"youtube batch {key}", lambda: UnitQuota(allowed, "youtube videos.batchGetStats", QUOTA_RESET)
        )

    def channel(self) -> ProviderResponse:
        """The channel. Raises ``RefusedError`` if YouTube does not show it."""
        name = self.settings.channel or ""
        who = {"forHandle": name} if name.startswith("@") else {"id": name}
        found = self._send(self._api.channels().list(part="contentDetails,statistics", **who), "channel")
        if not _items(found):
            do = (
                "check 'channel' in the plan: the id (UC…) or the handle (@…); "
                "YouTube does not show a channel that it closed either"
            )
            raise RefusedError(f"YouTube knows no channel '{name}'", where=found.url, do=do)
        return found

    def uploads(self, playlist: str) -> Iterator[ProviderResponse]:
        """Every page of the list, or one response saying that there is no list."""
        token, guard = "", PagerGuard(f"{self.settings.url} uploads")
        while True:
            more = {"pageToken": token} if token else {}
            request = self._api.playlistItems().list(
                part="contentDetails", playlistId=playlist, maxResults=PAGE_SIZE, **more
            )
            try:
                response = self._send(request, "uploads")
            except NoUploadsListError as error:
                yield ProviderResponse(error.where, error.status, self._redacted(error.body), self._about("none"))
                return
            yield response
            token = str(parse_list(response.body, response.url).get("nextPageToken") or "")
            ids = video_ids(response)
            guard.page(ids)
            if not ids:
                guard.empty_page(bool(token))
            if not token:
                return
            guard.next(token)

    def videos(self, ids: Sequence[str]) -> ProviderResponse:
        """The counters of at most fifty videos."""
        videos, query = self._api.videos(), {"part": "id,statistics", "id": ",".join(ids)}
        if self.settings.batch:
            return self._send(videos.batchGetStats(**query), "videos", ids, batch=True)
        return self._send(videos.list(**query, maxResults=PAGE_SIZE), "videos", ids)

    def quota_page(self, error: QuotaError, listed: bool, left: Sequence[str]) -> ProviderResponse:
        """A record that the quota ended the pull; ``left`` are the videos that were not read."""
        status, body = (error.status, error.body) if isinstance(error, QuotaUsedUpError) else (403, b"{}")
        about = self._about("quota", why=error.what, listed=listed, left=len(left))
        return ProviderResponse(error.where, status, self._redacted(body), about)

    def _send(self, request: Any, kind: str, wanted: Sequence[str] = (), *, batch: bool = False) -> ProviderResponse:
        (self._batch_units if batch else self._units).spend(1)
        auth = ApiKeyAuth(type="api_key", name="X-Goog-Api-Key", key=self.settings.key or "")
        response = send(self.session, request, {}, auth=auth, error_from_response=error_from_response)
        about = self._about(kind, wanted=list(wanted))
        return ProviderResponse(response.url, response.status_code, response.content, about)

    def _about(self, kind: str, **more: object) -> str:
        spent = {"spent": self._units.spent, "spent_batch": self._batch_units.spent, "allowed": self._units.allowed}
        return json.dumps({"kind": kind, **more, **spent})

    def _redacted(self, body: bytes) -> bytes:
        return self.session.redact(body.decode("utf-8", errors="replace")).encode()


def public_pages(settings: YouTubeSettings, session: Session) -> Iterator[ProviderResponse]:
    """The channel, its uploads, then the videos.

    If the quota ends midway, the last response says so and the earlier ones count. Raises what ``Session.get`` raises,
    and ``QuotaError`` if not even the channel could be read.
    """
    client = DataApiClient(settings, session)
    channel = client.channel()
    yield channel
    videos, listed, read = dict.fromkeys(settings.videos), bool(settings.videos), 0
    try:
        playlist = uploads_playlist(channel)
        if not listed and playlist:
            for page in client.uploads(playlist):
                yield page
                videos |= dict.fromkeys(video_ids(page))
        listed = True
        ids = list(videos)
        for read in range(0, len(ids), PAGE_SIZE):
            yield client.videos(ids[read : read + PAGE_SIZE])
    except QuotaError as error:
        yield client.quota_page(error, listed, list(videos)[read:])


def uploads_playlist(channel: ProviderResponse) -> str:
    """The id of the channel's list of uploads; empty if YouTube shows none."""
    ids = (value_at(item, "contentDetails", "relatedPlaylists", "uploads") for item in _items(channel))
    return next((str(found) for found in ids if found), "")


def video_ids(page: ProviderResponse) -> list[str]:
    """The ids of the videos on a page of a list; ``parse`` refuses the other entries."""
    if page.status != 200:
        return []
    ids = (value_at(item, "contentDetails", "videoId") for item in _items(page))
    return [found for found in ids if isinstance(found, str) and found]


def _items(response: ProviderResponse) -> list[Any]:
    return list(parse_list(response.body, response.url).get("items") or [])
