"""What a plan says of a channel."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from sources.contract import Break, Metric, SourceSettings
from sources.google.access import GoogleAccess
from sources.secrets import SecretRef

AT_PLAYBACK = date(2026, 8, 24)
"""From this day a view counts when playback begins, in every format: https://developers.google.com/youtube/analytics/revision_history"""
_WHY = "a view counts from the start of playback; the old way of counting goes on as engagedViews in the owner's reports"
VIDEO_COUNTERS = {"viewCount": "views", "likeCount": "likes", "commentCount": "comments"}
CHANNEL_COUNTERS = {"channel_viewCount": "views", "channel_subscriberCount": "subscribers", "channel_videoCount": "videos"}
OWNER: dict[str, tuple[str, str]] = {
    "views": ("views", "views; from 2026-08-24 counted at the start of playback"),
    "engagedViews": ("views", "views as they were counted before 2026-08-24"),
    "estimatedMinutesWatched": ("minutes", "time that the videos were watched"),
    "likes": ("likes", "likes given less likes taken back"),
    "comments": ("comments", "comments written"),
    "shares": ("shares", "uses of the share button"),
    "subscribersGained": ("subscribers", "people who subscribed"),
    "subscribersLost": ("subscribers", "people who unsubscribed"),
}
"""Unit and meaning: https://developers.google.com/youtube/analytics/metrics"""


class YouTubeSettings(SourceSettings):
    """A channel, seen by anyone or by its owner."""

    type: Literal["youtube"]
    mode: Literal["public", "owner"] = Field("public", description="public: counters with an API key, read now; owner: daily figures, with the owner's consent")
    channel: str | None = Field(None, description="id of the channel (UC…) or its handle (@…); for mode public")
    key: SecretRef | None = Field(None, description="an API key; for mode public")
    auth: GoogleAccess | None = Field(None, description="the owner's refresh token; for mode owner")
    videos: tuple[str, ...] = Field((), description="ids of the videos that are read one by one; in mode public all uploads by default")
    metrics: tuple[str, ...] = Field(("views", "engagedViews", "estimatedMinutesWatched", "subscribersGained"), description="metrics of mode owner")
    daily_units: int = Field(10_000, ge=1, description="quota units of the Data API that a run may spend")
    url: str = Field("https://youtube.googleapis.com", description="address of the Data API")
    reports_url: str = Field("https://youtubeanalytics.googleapis.com", description="address of the Analytics API")
    restated_days: int = Field(5, ge=0, description="trailing days that the provider still revises; each run reads them again")
    deep_days: int = Field(35, ge=0, description="trailing days that the first run of each month reads again; 0 for none")

    @model_validator(mode="after")
    def _of_its_mode(self) -> Self:
        if self.mode == "public" and not (self.key and self.channel):
            raise ValueError("mode public needs a 'channel' and an API 'key'")
        if self.mode == "owner" and self.auth is None:
            raise ValueError("mode owner needs 'auth': the owner's refresh token")
        if self.auth is not None and self.auth.type == "service_account":
            raise ValueError("YouTube lets no service account in (NoLinkedYouTubeAccount): take a refresh_token of the channel's owner")
        unknown = [name for name in self.metrics if name not in OWNER]
        if unknown:
            raise ValueError(f"'{unknown[0]}' is none of the metrics {', '.join(OWNER)}")
        return self


def declared(settings: YouTubeSettings) -> tuple[Metric, ...]:
    """Counters as read in mode public; daily figures in mode owner. Videos are entities, the channel is "" """
    if settings.mode == "owner":
        breaks = (Break("views", AT_PLAYBACK, "redefined", _WHY, replaced_by="engagedViews"),)
        return tuple(
            Metric(name, OWNER[name][0], "flow", OWNER[name][1], minimum=None if name == "likes" else 0, breaks=breaks if name == "views" else ())
            for name in dict.fromkeys(settings.metrics)
        )
    return tuple(_counter(name, unit) for name, unit in (*CHANNEL_COUNTERS.items(), *VIDEO_COUNTERS.items()))


def _counter(name: str, unit: str) -> Metric:
    about = "of the channel" if name.startswith("channel_") else "of each video"
    breaks = (Break(name, AT_PLAYBACK, "redefined", _WHY),) if unit == "views" else ()
    return Metric(name, unit, "reading", f"{unit} {about} so far, as the page shows them on the day", breaks=breaks)
