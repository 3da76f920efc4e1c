"""Counters that anyone may see: of the channel, and of its uploads by the fifties.

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
    """One key, asked with for as long as a pull lasts. Each list costs one unit, also one that is refused."""

    settings: YouTubeSettings
    session: Session
    _api: Any = field(init=False)
    _units: UnitQuota = field(init=False)
    _batch_units: UnitQuota = field(init=False)

    def __post_init__(self) -> None:
        told, budgets = self.settings, self.session.budgets
        self._api = build_service("youtube", "v3", told.url)
        # https://developers.google.com/youtube/v3/revision_history (2026-06-03): batchGetStats draws on a quota of its own.
        self._units = budgets.of(f"youtube {told.key}", lambda: UnitQuota(told.allowed_units, "youtube", QUOTA_RESET))
        self._batch_units = budgets.of(
            f"youtube batch {told.key}",
            lambda: UnitQuota(told.allowed_units, "youtube videos.batchGetStats", QUOTA_RESET),
        )

    def channel(self) -> ProviderResponse:
        """Raises ``RefusedError`` where there is no such channel."""
        name = self.settings.channel or ""
        who = {"forHandle": name} if name.startswith("@") else {"id": name}
        found = self._ask(self._api.channels().list(part="contentDetails,statistics", **who), "channel")
        if not _items(found):
            do = "check 'channel' in the plan: the id (UC…) or the handle (@…); a channel that YouTube closed is not shown either"
            raise RefusedError(f"YouTube knows no channel '{name}'", where=found.url, do=do)
        return found

    def uploads(self, playlist: str) -> Iterator[ProviderResponse]:
        """Every page of the list, or one page that says that there is none."""
        token, guard = "", PagerGuard(f"{self.settings.url} uploads")
        while True:
            more = {"pageToken": token} if token else {}
            request = self._api.playlistItems().list(
                part="contentDetails", playlistId=playlist, maxResults=PAGE_SIZE, **more
            )
            try:
                told = self._ask(request, "uploads")
            except NoUploadsListError as error:
                yield ProviderResponse(error.where, error.status, self._clean(error.body), self._about("none"))
                return
            yield told
            ids, token = video_ids(told), str(parse_list(told.body, told.url).get("nextPageToken") or "")
            guard.page(ids)
            if not ids:
                guard.empty_page(bool(token))
            if not token:
                return
            guard.next(token)

    def videos(self, ids: Sequence[str]) -> ProviderResponse:
        """The counters of at most fifty videos."""
        if self.settings.batch:
            return self._ask(
                self._api.videos().batchGetStats(part="id,statistics", id=",".join(ids)), "videos", ids, batch=True
            )
        return self._ask(
            self._api.videos().list(part="id,statistics", id=",".join(ids), maxResults=PAGE_SIZE), "videos", ids
        )

    def quota_page(self, error: QuotaError, listed: bool, left: Sequence[str]) -> ProviderResponse:
        """The answer that says that no more is allowed today; ``left`` are the videos that were not read."""
        status, body = (error.status, error.body) if isinstance(error, QuotaUsedUpError) else (403, b"{}")
        return ProviderResponse(
            error.where, status, self._clean(body), self._about("quota", why=error.what, listed=listed, left=len(left))
        )

    def _ask(self, request: Any, kind: str, wanted: Sequence[str] = (), *, batch: bool = False) -> ProviderResponse:
        (self._batch_units if batch else self._units).spend(1)
        auth = ApiKeyAuth(type="api_key", name="X-Goog-Api-Key", key=self.settings.key or "")
        response = send(self.session, request, {}, auth=auth, error_from_response=error_from_response)
        return ProviderResponse(
            response.url, response.status_code, response.content, self._about(kind, wanted=list(wanted))
        )

    def _about(self, kind: str, **more: object) -> str:
        spent = {"spent": self._units.spent, "spent_batch": self._batch_units.spent, "allowed": self._units.allowed}
        return json.dumps({"kind": kind, **more, **spent})

    def _clean(self, body: bytes) -> bytes:
        return self.session.redact(body.decode("utf-8", errors="replace")).encode()


def public_pages(settings: YouTubeSettings, session: Session) -> Iterator[ProviderResponse]:
    """The channel, its uploads, then the videos. Where the quota ends midway a page says so, and what came before it counts.

    Raises what ``Session.get`` does, and ``QuotaError`` where not even the channel could be read.
    """
    client = DataApiClient(settings, session)
    channel = client.channel()
    yield channel
    videos, listed, read = dict.fromkeys(settings.videos), bool(settings.videos), 0
    try:
        playlist = uploads_playlist(channel)
        if not listed and playlist:
            for told in client.uploads(playlist):
                yield told
                videos |= dict.fromkeys(video_ids(told))
        listed = True
        ids = list(videos)
        for read in range(0, len(ids), PAGE_SIZE):
            yield client.videos(ids[read : read + PAGE_SIZE])
    except QuotaError as error:
        yield client.quota_page(error, listed, list(videos)[read:])


def uploads_playlist(told: ProviderResponse) -> str:
    """The list of the channel's uploads; empty where it shows none."""
    return next(
        (
            str(found)
            for item in _items(told)
            if (found := value_at(item, "contentDetails", "relatedPlaylists", "uploads"))
        ),
        "",
    )


def video_ids(told: ProviderResponse) -> list[str]:
    """The videos on a page of a list; what is no video there is refused by ``parse``."""
    if told.status != 200:
        return []
    return [
        found
        for item in _items(told)
        if isinstance(found := value_at(item, "contentDetails", "videoId"), str) and found
    ]


def _items(told: ProviderResponse) -> list[Any]:
    return list(parse_list(told.body, told.url).get("items") or [])
