"""The YouTube Data API v3: channels, playlistItems and videos. https://developers.google.com/youtube/v3/docs"""

from datetime import date
from typing import Any, ClassVar

from sandbox.answer import Answer
from sandbox.faults import Fault
from sandbox.google.channel import CHANNEL, HANDLE, HIDES_LIKES, NO_COMMENTS, PACIFIC, UPLOADS, VANISHED, VIDEOS, counter, published
from sandbox.google.tokens import google_error, key_problem
from sandbox.provider import Call, World, json_answer

SUBSCRIBERS = 1237


class YouTube:
    """One project with its quota of units, used up by the Pacific day. ``daily_units`` may be lowered by a test."""

    prefix: ClassVar[str] = "/google/youtube"

    def __init__(self, world: World) -> None:
        self.world = world
        self.daily_units = 10_000
        self.spent: dict[date, int] = {}

    def failure(self, status: int) -> Answer:
        return google_error(status, {429: "Resource has been exhausted (e.g. check quota).", 500: "Internal error encountered."}.get(status, "Unavailable."))

    def answer(self, call: Call) -> Answer:
        problem = key_problem(call)
        if problem:
            return problem
        today = self.world.now().astimezone(PACIFIC).date()
        self.spent[today] = self.spent.get(today, 0) + 1
        if self.spent[today] > self.daily_units or (call.fault is Fault.QUOTA and call.path != "/youtube/v3/channels"):
            what = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
            return google_error(403, what, "quotaExceeded")
        if not call.one("part"):
            return google_error(400, "No filter selected. Expected one of: part", "missingRequiredParameter")
        kind = call.path.removeprefix("/youtube/v3/")
        answers = {"channels": self._channels, "playlistItems": self._uploads, "videos": self._videos}
        return answers[kind](call) if kind in answers else google_error(404, "Not Found", "notFound")

    def _channels(self, call: Call) -> Answer:
        known = call.one("id") == CHANNEL or call.one("forHandle").lstrip("@") == HANDLE.lstrip("@")
        total = sum(counter(self.world.seed, video, self.world.now(), "view") for video in self._visible())
        statistics = {
            "viewCount": str(total),
            "subscriberCount": str(SUBSCRIBERS // 10 * 10),
            "hiddenSubscriberCount": False,
            "videoCount": str(len(self._visible())),
        }
        snippet = {"title": "Riverside Library", "customUrl": HANDLE, "publishedAt": "2019-03-01T09:00:00Z"}
        details = {"relatedPlaylists": {"likes": "", "uploads": UPLOADS}}
        item = {"kind": "youtube#channel", "etag": "c", "id": CHANNEL, "snippet": snippet, "contentDetails": details, "statistics": statistics}
        total_results = 1 if known else 0
        page = {"totalResults": total_results, "resultsPerPage": 5}
        found: dict[str, Any] = {"kind": "youtube#channelListResponse", "etag": "e", "pageInfo": page}
        return json_answer(found | ({"items": [item]} if known else {}))

    def _visible(self) -> list[str]:
        today = self.world.now().astimezone(PACIFIC).date()
        return [video for video in VIDEOS if published(video) <= today]

    def _uploads(self, call: Call) -> Answer:
        if call.one("playlistId") != UPLOADS:
            return google_error(404, "The playlist identified with the request's playlistId parameter cannot be found.", "playlistNotFound")
        videos, size = self._visible()[::-1], min(int(call.one("maxResults", "5")), 50)
        token = call.one("pageToken")
        if token and not token.startswith("CDI"):
            return google_error(400, "The request specifies an invalid page token.", "invalidPageToken")
        start = int(token.removeprefix("CDI") or 0) if call.fault is not Fault.REPEATED_TOKEN else 0
        part = [] if call.fault is Fault.EMPTY_PAGE else videos[start : start + size]
        items = [
            {
                "kind": "youtube#playlistItem",
                "etag": "i",
                "id": f"UU{video}",
                "contentDetails": {"videoId": video, "videoPublishedAt": f"{published(video)}T09:00:00Z"},
            }
            for video in part
        ]
        found: dict[str, Any] = {"kind": "youtube#playlistItemListResponse", "etag": "e", "items": items}
        found["pageInfo"] = {"totalResults": len(videos), "resultsPerPage": size}
        more = call.fault in {Fault.REPEATED_TOKEN, Fault.EMPTY_PAGE} or start + size < len(videos)
        following = 0 if call.fault is Fault.REPEATED_TOKEN else start + (1 if call.fault is Fault.EMPTY_PAGE else size)
        return json_answer(found | ({"nextPageToken": f"CDI{following}"} if more else {}))

    def _videos(self, call: Call) -> Answer:
        asked = call.one("id").split(",")
        if len(asked) > 50:
            return google_error(400, "The request specifies an invalid filter parameter.", "invalidFilters")
        items = [self._video(video) for video in asked if video in self._visible() and video != VANISHED]
        return json_answer(
            {"kind": "youtube#videoListResponse", "etag": "e", "items": items, "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)}}
        )

    def _video(self, video: str) -> dict[str, Any]:
        kinds = ["view"] + (["like"] if video != HIDES_LIKES else []) + (["comment"] if video != NO_COMMENTS else [])
        statistics = {f"{kind}Count": str(counter(self.world.seed, video, self.world.now(), kind)) for kind in kinds}
        return {"kind": "youtube#video", "etag": "v", "id": video, "statistics": {**statistics, "favoriteCount": "0"}}
