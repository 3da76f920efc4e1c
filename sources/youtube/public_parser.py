"""Turns the lists of the Data API into readings of counters, each on the day on which it was read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import ParseResult, RawPage
from sources.items import one_day
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue
from sources.whole_numbers import read_count
from sources.youtube.public import QUOTA_RESET
from sources.youtube.responses import parse_list, value_at
from sources.youtube.settings import CHANNEL_COUNTERS, VIDEO_COUNTERS
from warehouse.errors import ShapeError

MAX_LISTED_UPLOADS = 20_000
"""A list of uploads ends at about this many: https://github.com/mattwright324/youtube-metadata/issues/177"""
ROUNDED_FROM = 1000
"""From here on YouTube rounds the public number of subscribers down to three digits, since 2019."""
MAX_NAMED = 20
_KINDS = {
    "youtube#channelListResponse": "channel",
    "youtube#playlistItemListResponse": "uploads",
    "youtube#videoListResponse": "videos",
    "youtube#batchGetStatsResponse": "videos",
}


def parse_public(pages: Sequence[RawPage], zone: ZoneInfo) -> ParseResult:
    """A reading of each counter on the day of the response. Hidden counts and deleted videos are missing, never 0.

    Raises ``ShapeError``.
    """
    parser = CounterParser(zone)
    if not pages:
        parser.observed.note("counters show the present only: for past days there is nothing to request")
    for page in pages:
        parser.page(page)
    return parser.parsed()


@dataclass
class CounterParser:
    """Collects the answers of one pull."""

    zone: ZoneInfo
    observed: ObservationBuilder = field(
        default_factory=lambda: ObservationBuilder(
            "look at the page on YouTube; if the counter is right there, report it to YouTube"
        )
    )
    _days: set[date] = field(default_factory=set)
    _uploads: int = 0
    _gone: list[str] = field(default_factory=list)
    _hidden: dict[str, int] = field(default_factory=dict)
    _spent: dict[str, int] = field(default_factory=dict)
    _whole: bool = True

    def page(self, page: RawPage) -> None:
        about = json.loads(page.request or "{}")
        self._spent = {
            name: max(self._spent.get(name, 0), about.get(name, 0)) for name in ("spent", "spent_batch", "allowed")
        }
        self._days.add(page.fetched_at.astimezone(self.zone).date())
        if about.get("kind") == "quota":
            self._note_quota(about)
            return
        if about.get("kind") == "none":
            self.observed.note(
                "YouTube shows no list of uploads for this channel: it has no public video, or shows none"
            )
            return
        document = parse_list(page.body, page.url)
        kind, items = _KINDS.get(document["kind"]), document.get("items") or []
        if kind is None or kind != about.get("kind", kind):
            what = f"a list of another kind came ({document['kind']})"
            raise ShapeError(what, where=page.url, do="check the address in the plan")
        read = {"channel": self._channel, "uploads": self._upload, "videos": self._video}[kind]
        for number, item in enumerate(items, 1):
            origin = f"{page.url} item {number}"
            if not isinstance(item, dict):
                self.observed.refuse(str(item), "this is not an entry of a list", origin)
            elif kind == "channel" and number > 1:
                self.observed.refuse(as_text(item), "more than one channel came, but one was requested", origin)
            else:
                self.observed.read(item, origin, read, origin, page)
        if kind == "channel" and not items:
            do = "check 'channel' in the plan: the id (UC…) or the handle (@…)"
            self.observed.refuse("", "YouTube knows no such channel", page.url, do)
        came = {str(value_at(item, "id")) for item in items}
        self._gone += [video for video in about.get("wanted", ()) if video not in came]

    def parsed(self) -> ParseResult:
        for counter, count in self._hidden.items():
            self.observed.note(f"{count} of the videos hide their {counter}: they are missing, not 0")
        if self._gone:
            more = f" and {len(self._gone) - MAX_NAMED} more" if len(self._gone) > MAX_NAMED else ""
            self.observed.note(
                f"deleted, private or unknown, so without counters: {', '.join(self._gone[:MAX_NAMED])}{more}"
            )
        if self._uploads >= MAX_LISTED_UPLOADS * 0.95:
            self.observed.note(
                f"the list of uploads shows about {MAX_LISTED_UPLOADS:,} videos at most: older ones may be missing; "
                "list them under 'videos'"
            )
        if self._spent.get("spent"):
            batch = (
                f", and {self._spent['spent_batch']:,} of videos.batchGetStats" if self._spent["spent_batch"] else ""
            )
            self.observed.note(f"spent {self._spent['spent']:,} of {self._spent['allowed']:,} units{batch}")
        return self.observed.parsed(
            covered=[one_day(day) for day in sorted(self._days)] if self._whole else [], adds_only=True
        )

    def _note_quota(self, about: Mapping[str, Any]) -> None:
        left = f"{about['left']} were left" if about["listed"] else "the list of them was cut short"
        self.observed.note(
            f"{about['why']}: not all videos were read today ({left}); "
            f"nothing to do: {QUOTA_RESET}, and the next run goes on"
        )
        self._whole = False

    def _channel(self, item: Mapping[str, Any], origin: str, page: RawPage) -> None:
        day = page.fetched_at.astimezone(self.zone).date()
        if not isinstance(item.get("statistics"), dict):
            self.observed.refuse(as_text(item), "the channel has no statistics", origin)
            return
        for name, unit in CHANNEL_COUNTERS.items():
            raw = value_at(item, "statistics", name.removeprefix("channel_"))
            hidden = name == "channel_subscriberCount" and value_at(item, "statistics", "hiddenSubscriberCount")
            if hidden or raw is None:
                self.observed.note(f"the channel does not show its number of {unit}: it is missing, not 0")
                continue
            rounded = name == "channel_subscriberCount" and _rounded(str(raw))
            self.observed.add(ReportedValue(name, day, raw, origin, flags=("estimated",) if rounded else ()))

    def _upload(self, item: Mapping[str, Any], origin: str, page: RawPage) -> None:  # noqa: ARG002 - as its siblings
        self._uploads += 1
        video = value_at(item, "contentDetails", "videoId")
        if not isinstance(video, str) or not video:
            self.observed.refuse(as_text(item), "the upload has no videoId", origin)

    def _video(self, item: Mapping[str, Any], origin: str, page: RawPage) -> None:
        day, video, statistics = page.fetched_at.astimezone(self.zone).date(), item.get("id"), item.get("statistics")
        if not isinstance(video, str) or not isinstance(statistics, dict):
            self.observed.refuse(as_text(item), "the video has no id or no statistics", origin)
            return
        for name, unit in VIDEO_COUNTERS.items():
            if statistics.get(name) is None:
                self._hidden[unit] = self._hidden.get(unit, 0) + 1
            else:
                self.observed.add(ReportedValue(name, day, statistics[name], origin, video))


def _rounded(text: str) -> bool:
    """Whether a number of subscribers has no more than three digits before its zeros."""
    return (read_count(text) or 0) >= ROUNDED_FROM and not text[3:].strip("0")
