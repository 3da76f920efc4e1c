"""Fetches the owner's daily reports: https://developers.google.com/youtube/analytics/reference/reports/query"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from sources.google.access import GoogleTokens
from sources.google.errors import error_details, error_from_api_response
from sources.google.service import build_service, send
from sources.response import ProviderResponse
from sources.web.session import Session
from sources.youtube.settings import YouTubeSettings
from warehouse.errors import ConfigError, KmiError, RefusedError
from warehouse.schema import DAY, Window

SCOPES = ("https://www.googleapis.com/auth/yt-analytics.readonly", "https://www.googleapis.com/auth/youtube.readonly")
"""The API needs the second one too: https://developers.google.com/youtube/analytics/reference/reports/query"""
_NO_CHANNEL = {"NoLinkedYouTubeAccount", "youtubeSignupRequired"}
_TOO_NARROW = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_NOT_ENABLED = {"SERVICE_DISABLED", "accessNotConfigured"}


class NotSupportedError(RefusedError):
    """The API does not make the report; ``body`` is the response."""

    def __init__(self, message: str, response: requests.Response) -> None:
        do = "check 'metrics', 'videos' and 'channel' of the source"
        super().__init__(f"answered 400 ({message})", where=response.url, do=do)
        self.message, self.body = message, response.content


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that a response reports: those of any Google API, and those of a channel's reports."""
    if response.status_code < 400:
        return None
    status, message, reasons = error_details(response)
    if reasons & _NO_CHANNEL or "NoLinkedYouTubeAccount" in response.text[:2000]:
        do = "consent as the owner of the channel; a service account cannot"
        return RefusedError("the account has no YouTube channel", where=response.url, do=do)
    if response.status_code == 400 and (status or message):
        return NotSupportedError(message or status, response)
    if reasons & _TOO_NARROW:
        do = "consent again, to yt-analytics.readonly and youtube.readonly, and set the new refresh token"
        return RefusedError(f"the consent does not cover this report ({message})", where=response.url, do=do)
    found = error_from_api_response(response)
    if response.status_code == 403 and isinstance(found, RefusedError) and not reasons & _NOT_ENABLED:
        do = "consent as the owner of the channel; 'videos' may name only its own"
        return RefusedError(found.what, where=response.url, do=do)
    return found


@dataclass
class ReportClient:
    """Fetches the reports of one channel over one window.

    ``gone``: the metrics that the API no longer has, each with its refusal.
    """

    settings: YouTubeSettings
    window: Window
    session: Session
    gone: dict[str, NotSupportedError] = field(default_factory=dict)
    _query: Any = field(init=False)
    _tokens: GoogleTokens = field(init=False)

    def __post_init__(self) -> None:
        if self.settings.auth is None:
            do = "write the owner's refresh token under auth"
            raise ConfigError("mode owner needs 'auth'", where="youtube", do=do)
        self._tokens = GoogleTokens(self.settings.auth, SCOPES, self.session)
        self._query = build_service("youtubeAnalytics", "v2", self.settings.reports_url).reports().query

    def fetch(self, video: str, metrics: Sequence[str]) -> Iterator[ProviderResponse]:
        """One report, and a response of status 400 for each metric that the API refuses.

        ``video`` is empty for the report of the channel.
        """
        try:
            response = self._send(video, metrics)
        except NotSupportedError as error:
            blamed = [name for name in metrics if re.search(rf"\b{re.escape(name)}\b", error.message)]
            if len(metrics) > 1 and not blamed:
                for part in (metrics[: len(metrics) // 2], metrics[len(metrics) // 2 :]):
                    yield from self.fetch(video, part)
                return
            for name in blamed or metrics:
                if not video:
                    self.gone[name] = error
                yield self._refused(error, video, name)
            rest = [name for name in metrics if name not in (blamed or metrics)]
            if rest:
                yield from self.fetch(video, rest)
            return
        about = json.dumps({"video": video, "metrics": list(metrics)})
        yield ProviderResponse(response.url, response.status_code, response.content, about)

    def _send(self, video: str, metrics: Sequence[str]) -> requests.Response:
        request = self._query(
            ids=f"channel=={self.settings.channel or 'MINE'}",
            startDate=str(self.window.start),
            endDate=str(self.window.end - DAY),
            metrics=",".join(metrics),
            dimensions="day",
            sort="day",
            filters=f"video=={video}" if video else None,
        )
        return send(
            self.session, request, self._tokens.headers(), error_from_response=error_from_response, lasting=True
        )

    def _refused(self, error: NotSupportedError, video: str, name: str) -> ProviderResponse:
        body = self.session.redact(error.body.decode("utf-8", errors="replace")).encode()
        return ProviderResponse(error.where, 400, body, json.dumps({"gone": name, "video": video}))


def owner_pages(settings: YouTubeSettings, window: Window, session: Session) -> Iterator[ProviderResponse]:
    """The channel's report, then one for each listed video.

    Raises the API's own refusal if it makes no report of the channel.
    """
    client, metrics = ReportClient(settings, window, session), list(dict.fromkeys(settings.metrics))
    for video in ("", *dict.fromkeys(settings.videos)):
        yield from client.fetch(video, [name for name in metrics if name not in client.gone])
        if len(client.gone) == len(metrics):
            raise next(iter(client.gone.values()))
