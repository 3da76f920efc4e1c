"""The YouTube Data API v3: channels, playlistItems, videos and videos:batchGetStats.

Docs: https://developers.google.com/youtube/v3/docs
Quotas: https://developers.google.com/youtube/v3/determine_quota_cost
"""

from datetime import date
from typing import Any, ClassVar

from sandbox.faults import Fault
from sandbox.google.channel import (
    CHANNEL,
    HANDLE,
    HIDES_LIKES,
    NO_COMMENTS,
    PACIFIC,
    UPLOADS,
    VANISHED,
    VIDEOS,
    counter,
    published,
    subscribers,
)
from sandbox.google.tokens import google_error, key_problem
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

SYSTEM = {
    "alt",
    "prettyPrint",
    "fields",
    "key",
    "quotaUser",
    "access_token",
    "oauth_token",
    "callback",
    "$.xgafv",
    "upload_protocol",
    "uploadType",
}
PARAMETERS = {
    "channels": {
        "part",
        "id",
        "forHandle",
        "forUsername",
        "mine",
        "categoryId",
        "managedByMe",
        "maxResults",
        "pageToken",
        "hl",
    },
    "playlistItems": {"part", "id", "playlistId", "videoId", "maxResults", "pageToken"},
    "videos": {"part", "id", "chart", "myRating", "maxResults", "pageToken", "hl", "regionCode", "videoCategoryId"},
    "videos:batchGetStats": {"part", "id", "onBehalfOfContentOwner"},
}
PARTS = {
    "channels": {
        "id",
        "snippet",
        "contentDetails",
        "statistics",
        "status",
        "topicDetails",
        "brandingSettings",
        "localizations",
    },
    "playlistItems": {"id", "snippet", "contentDetails", "status"},
    "videos": {"id", "snippet", "contentDetails", "statistics", "status", "player", "topicDetails", "localizations"},
    "videos:batchGetStats": {"id", "snippet", "contentDetails", "statistics"},
}
FILTERS = {
    "channels": ("id", "forHandle"),
    "playlistItems": ("playlistId",),
    "videos": ("id",),
    "videos:batchGetStats": ("id",),
}
"""Those filters that are simulated."""
SPENT = (
    "The request cannot be completed because you have exceeded your <a "
    'href="/youtube/v3/getting-started#quota">quota</a>.'
)


class YouTube:
    """One project with its quotas of units, used up by the Pacific day: one for batchGetStats, one for the rest.

    ``daily_units`` may be lowered by a test.
    """

    prefix: ClassVar[str] = "/google/youtube"

    def __init__(self, world: World) -> None:
        self.world = world
        self.daily_units = 10_000
        self.spent: dict[tuple[date, bool], int] = {}

    def failure(self, status: int) -> Response:
        return google_error(
            status,
            {429: "Resource has been exhausted (e.g. check quota).", 500: "Internal error encountered."}.get(
                status, "Unavailable."
            ),
        )

    def response(self, call: Call) -> Response:
        kind = call.path.removeprefix("/youtube/v3/")
        answers = {
            "channels": self._channels,
            "playlistItems": self._uploads,
            "videos": self._videos,
            "videos:batchGetStats": self._batch,
        }
        if kind not in answers or call.method != "GET" or not call.path.startswith("/youtube/v3/"):
            return google_error(404, "Not Found", "notFound")
        return key_problem(call) or self._spend(call, kind) or _parameter_problem(call, kind) or answers[kind](call)

    def _spend(self, call: Call, kind: str) -> Response | None:
        """A refused request costs a unit too. A fault spares the channel's request, so that the quota ends midway."""
        bucket = self.world.now().astimezone(PACIFIC).date(), kind.endswith("batchGetStats")
        self.spent[bucket] = self.spent.get(bucket, 0) + 1
        over = self.spent[bucket] > self.daily_units or (call.fault is Fault.QUOTA and kind != "channels")
        return google_error(403, SPENT, "quotaExceeded") if over else None

    def _channels(self, call: Call) -> Response:
        known = call.one("id") == CHANNEL or call.one("forHandle").lstrip("@").lower() == HANDLE.lstrip("@")
        parts = {
            "snippet": {"title": "Riverside Library", "customUrl": HANDLE, "publishedAt": "2019-03-01T09:00:00Z"},
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": UPLOADS}},
            "statistics": self._channel_statistics(),
        }
        item = {"kind": "youtube#channel", "etag": "c", "id": CHANNEL} | {
            name: parts[name] for name in _parts(call) if name in parts
        }
        found: dict[str, Any] = {
            "kind": "youtube#channelListResponse",
            "etag": "e",
            "pageInfo": {"totalResults": int(known), "resultsPerPage": 5},
        }
        return json_response(found | ({"items": [item]} if known else {}))

    def _channel_statistics(self) -> dict[str, Any]:
        """Subscribers are rounded down to three figures."""
        now, seed = self.world.now(), self.world.seed
        exact = subscribers(seed, now.astimezone(PACIFIC).date())
        step = 10 ** max(len(str(exact)) - 3, 0)
        return {
            "viewCount": str(sum(counter(seed, video, now, "view") for video in self._visible())),
            "subscriberCount": str(exact // step * step),
            "hiddenSubscriberCount": False,
            "videoCount": str(len(self._visible())),
        }

    def _visible(self) -> list[str]:
        today = self.world.now().astimezone(PACIFIC).date()
        return [video for video in VIDEOS if published(video) <= today]

    def _uploads(self, call: Call) -> Response:
        if call.one("playlistId") != UPLOADS:
            return google_error(
                404,
                "The playlist identified with the request's <code>playlistId</code> parameter cannot be found.",
                "playlistNotFound",
            )
        videos, size, token = self._visible()[::-1], int(call.one("maxResults", "5")), call.one("pageToken")
        if token and not token.removeprefix("CDI").isdigit():
            return google_error(400, "The request specifies an invalid page token.", "invalidPageToken")
        start = int(token.removeprefix("CDI") or 0) if call.fault is not Fault.REPEATED_TOKEN else 0
        part = [] if call.fault is Fault.EMPTY_PAGE else videos[start : start + size]
        items = [_playlist_item(video, _parts(call)) for video in part]
        found: dict[str, Any] = {"kind": "youtube#playlistItemListResponse", "etag": "e", "items": items}
        found["pageInfo"] = {"totalResults": len(videos), "resultsPerPage": size}
        more = call.fault in {Fault.REPEATED_TOKEN, Fault.EMPTY_PAGE} or start + size < len(videos)
        following = 0 if call.fault is Fault.REPEATED_TOKEN else start + (1 if call.fault is Fault.EMPTY_PAGE else size)
        return json_response(found | ({"nextPageToken": f"CDI{following}"} if more else {}))

    def _videos(self, call: Call) -> Response:
        items = [
            {"kind": "youtube#video", "etag": "v", "id": video} | self._statistics(video, call, favorites=True)
            for video in self._requested(call)
        ]
        page = {"totalResults": len(items), "resultsPerPage": len(items)}
        return json_response({"kind": "youtube#videoListResponse", "etag": "e", "items": items, "pageInfo": page})

    def _batch(self, call: Call) -> Response:
        items = [
            {"kind": "youtube#videoStats", "etag": "v", "id": video} | self._statistics(video, call)
            for video in self._requested(call)
        ]
        return json_response({"kind": "youtube#batchGetStatsResponse", "etag": "e", "items": items})

    def _requested(self, call: Call) -> list[str]:
        """Deleted and private videos are left out without a word."""
        return [video for video in call.one("id").split(",") if video in self._visible() and video != VANISHED]

    def _statistics(self, video: str, call: Call, *, favorites: bool = False) -> dict[str, Any]:
        if "statistics" not in _parts(call):
            return {}
        kinds = ["view"] + (["like"] if video != HIDES_LIKES else []) + (["comment"] if video != NO_COMMENTS else [])
        found = {f"{kind}Count": str(counter(self.world.seed, video, self.world.now(), kind)) for kind in kinds}
        return {"statistics": found | ({"favoriteCount": "0"} if favorites else {})}


def _parts(call: Call) -> list[str]:
    return [name for parts in call.query.get("part", []) for name in parts.split(",")]


def _playlist_item(video: str, parts: list[str]) -> dict[str, Any]:
    details = {"videoId": video, "videoPublishedAt": f"{published(video)}T09:00:00Z"}
    return {"kind": "youtube#playlistItem", "etag": "i", "id": f"UU{video}"} | (
        {"contentDetails": details} if "contentDetails" in parts else {}
    )


def _parameter_problem(call: Call, kind: str) -> Response | None:
    unknown = [name for name in call.query if name not in PARAMETERS[kind] | SYSTEM]
    if unknown:
        what = (
            f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot bind query parameter. Field '
            f"'{unknown[0]}' could not be found."
        )
        return google_error(400, what)
    if not call.one("part"):
        return google_error(400, "Required parameter: part", "missingRequiredParameter")
    strange = [name for name in _parts(call) if name not in PARTS[kind]]
    if strange:
        return google_error(400, f"'{strange[0]}'", "unknownPart")
    if not any(call.one(name) for name in FILTERS[kind]):
        return google_error(
            400, f"No filter selected. Expected one of: {', '.join(FILTERS[kind])}", "missingRequiredParameter"
        )
    size, least = call.one("maxResults", "5"), 1 if kind == "videos" else 0
    if not size.isdigit() or not least <= int(size) <= 50:
        return google_error(
            400, f"Invalid value '{size}'. Values must be within the range: [{least}, 50]", "invalidParameter"
        )
    if len(call.one("id").split(",")) > 50:
        return google_error(400, "The request specifies an invalid filter parameter.", "invalidFilters")
    return None
