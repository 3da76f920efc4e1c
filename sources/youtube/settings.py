"""Settings of a YouTube channel, and the metrics that kmi knows by name."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import Break, Metric, SourceSettings
from sources.google.access import GoogleAccess
from sources.secrets import SecretRef

COUNTED_AT_PLAYBACK_SINCE = date(2026, 8, 24)
"""From this day a view counts when playback begins, in every format:
https://developers.google.com/youtube/analytics/revision_history"""
_WHY = (
    "a view counts from the start of playback; the old way of counting goes on as engagedViews in the owner's reports"
)
_SHORTS = "; Shorts count at the start of playback since 2025-03-31, all videos since 2026-08-24"
VIDEO_COUNTERS = {"viewCount": "views", "likeCount": "likes", "commentCount": "comments"}
CHANNEL_COUNTERS = {
    "channel_viewCount": "views",
    "channel_subscriberCount": "subscribers",
    "channel_videoCount": "videos",
}
REPORT_METRICS: dict[str, tuple[str, str]] = {
    "views": ("views", f"views{_SHORTS}"),
    "engagedViews": ("views", "views as they were counted before 2026-08-24"),
    "estimatedMinutesWatched": ("minutes", "time that the videos were watched, as YouTube estimates it"),
    "likes": ("likes", "likes given; a number below 0 is taken as it comes"),
    "comments": ("comments", "comments written; a number below 0 is taken as it comes"),
    "shares": ("shares", "uses of the share button"),
    "subscribersGained": ("subscribers", "people who subscribed"),
    "subscribersLost": ("subscribers", "people who unsubscribed"),
    "videosAddedToPlaylists": ("videos", "times that a video was put on a playlist"),
    "videosRemovedFromPlaylists": ("videos", "times that a video was taken off a playlist"),
}
"""Unit and meaning: https://developers.google.com/youtube/analytics/metrics"""
_MAY_FALL = {"likes", "comments"}


class OwnMetric(BaseModel):
    """A metric of the Analytics API that kmi does not know by name. It adds up over days."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit: str = Field(min_length=1, description="unit of the values")
    description: str = Field("a metric of the YouTube Analytics API", description="what is counted")


class YouTubeSettings(SourceSettings):
    """A channel, seen as anyone or as its owner sees it."""

    type: Literal["youtube"]
    mode: Literal["public", "owner"] = Field(
        "public",
        description="public: counters with an API key, read now; owner: daily figures, with the owner's consent",
    )
    channel: str | None = Field(
        None,
        description="id of the channel (UC…), or for mode public also its handle (@…); "
        "in mode owner the consenting one by default",
    )
    key: SecretRef | None = Field(None, description="an API key; for mode public")
    auth: GoogleAccess | None = Field(None, description="the owner's refresh token; for mode owner")
    videos: tuple[str, ...] = Field(
        (), description="ids of the videos that are read one by one; in mode public all uploads by default"
    )
    metrics: tuple[str, ...] = Field(
        ("views", "engagedViews", "estimatedMinutesWatched", "subscribersGained"),
        min_length=1,
        description="metrics of mode owner, by the names of the API",
    )
    own_metrics: dict[str, OwnMetric] = Field(
        default_factory=dict, description="metrics of mode owner that kmi does not know by name, with their units"
    )
    batch: bool = Field(
        default=False, description="read videos by videos.batchGetStats, which has a quota of its own; for mode public"
    )
    daily_units: int = Field(10_000, ge=1, description="quota units a day of the project that the key belongs to")
    quota_reserve: float = Field(0.1, ge=0, lt=1, description="share of daily_units that is left for others")
    url: str = Field("https://youtube.googleapis.com", description="address of the Data API")
    reports_url: str = Field("https://youtubeanalytics.googleapis.com", description="address of the Analytics API")
    restated_days: int = Field(
        5, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )
    deep_days: int = Field(
        35, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )

    @property
    def allowed_units(self) -> int:
        """Units that a run may spend."""
        return max(int(self.daily_units * (1 - self.quota_reserve)), 1)

    @model_validator(mode="after")
    def _of_its_mode(self) -> Self:
        if self.mode == "public" and not (self.key and self.channel):
            raise ValueError("mode public needs a 'channel' and an API 'key'")
        if self.mode == "public" and self.auth is not None:
            raise ValueError("'auth' is for mode owner; mode public shows an API 'key'")
        if self.mode == "owner" and self.auth is None:
            raise ValueError("mode owner needs 'auth': the owner's refresh token")
        if self.auth is not None and self.auth.type == "service_account":
            raise ValueError(
                "YouTube does not accept service accounts (NoLinkedYouTubeAccount): "
                "use a refresh_token of the channel's owner"
            )
        if self.mode == "owner" and self.channel and not self.channel.startswith("UC"):
            raise ValueError(
                "mode owner takes the id of the channel (UC…), not its handle; "
                "leave out 'channel' for the one that consented"
            )
        unknown = [name for name in self.metrics if name not in REPORT_METRICS and name not in self.own_metrics]
        if unknown:
            raise ValueError(
                f"'{unknown[0]}' is not one of the metrics {', '.join(REPORT_METRICS)}; "
                "put it under own_metrics with its unit"
            )
        return self


def video_metric(name: str) -> str:
    """The name of a metric of single videos, distinct from the channel's, which already includes them."""
    return f"{name}_by_video"


def declared_metrics(settings: YouTubeSettings) -> tuple[Metric, ...]:
    """Counters in mode public, daily metrics in mode owner. Videos are entities; the channel's entity is empty."""
    if settings.mode == "owner":
        names = tuple(dict.fromkeys(settings.metrics))
        videos = tuple(_daily(settings, name, video_metric(name)) for name in names if settings.videos)
        return (*(_daily(settings, name, name) for name in names), *videos)
    return tuple(_counter(name, unit) for name, unit in (*CHANNEL_COUNTERS.items(), *VIDEO_COUNTERS.items()))


def _daily(settings: YouTubeSettings, name: str, called: str) -> Metric:
    own = settings.own_metrics.get(name)
    unit, meaning = (own.unit, own.description) if own else REPORT_METRICS[name]
    about = f"{meaning}; of the channel" if called == name else f"{meaning}; of each listed video"
    breaks = (
        (
            Break(
                called,
                COUNTED_AT_PLAYBACK_SINCE,
                "redefined",
                _WHY,
                replaced_by=called.replace("views", "engagedViews"),
            ),
        )
        if name == "views"
        else ()
    )
    return Metric(called, unit, "flow", about, minimum=None if own or name in _MAY_FALL else 0, breaks=breaks)


def _counter(name: str, unit: str) -> Metric:
    about, counts = "of the channel" if name.startswith("channel_") else "of each video", unit == "views"
    breaks = (Break(name, COUNTED_AT_PLAYBACK_SINCE, "redefined", _WHY),) if counts else ()
    return Metric(
        name,
        unit,
        "reading",
        f"{unit} {about} so far, as the page shows them on the day{_SHORTS if counts else ''}",
        breaks=breaks,
    )
