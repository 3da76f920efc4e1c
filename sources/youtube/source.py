"""A YouTube channel. Days of the owner's reports are taken as Pacific, which no page of YouTube's says; see ``time_zone``.

Data API: https://developers.google.com/youtube/v3 . Analytics API: https://developers.google.com/youtube/analytics
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, cast
from zoneinfo import ZoneInfo

from sources.contract import About, Metric, Parsed, Place, RawPage, SourceSettings
from sources.web.session import Session
from sources.youtube.owner import owner_pages, parse_owner
from sources.youtube.public import parse_public, public_pages
from sources.youtube.settings import YouTubeSettings, declared
from warehouse.schema import Window

PACIFIC = ZoneInfo("America/Los_Angeles")
ACCESS = "mode public: an API key of a Google Cloud project; mode owner: the refresh token of the channel's owner"
EXAMPLE = {"channel": "@riverside", "key": "${env:YOUTUBE_KEY}"}


class YouTube:
    """One channel."""

    Settings: ClassVar[type[SourceSettings]] = YouTubeSettings
    max_days: ClassVar[int | None] = 92
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "YouTube",
        ACCESS,
        "mode public: 2 units and 2 for each 50 videos, of 10,000 a day; mode owner: 1 request, and 1 for each video",
        EXAMPLE,
        ("estimated",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name = name
        self.settings = cast("YouTubeSettings", settings)
        pacific = self.settings.mode == "owner" and self.settings.time_zone is None
        self.place = Place(PACIFIC, place.opening_hours) if pacific else place

    def metrics(self) -> tuple[Metric, ...]:
        return declared(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Mode public: the counters as they stand now, whatever the window. Mode owner: the days of the window."""
        pages = owner_pages if self.settings.mode == "owner" else public_pages
        for sequence, page in enumerate(pages(self.settings, window, session)):
            yield RawPage(self.name, window, sequence, page.url, page.status, now, page.body, request=page.request)

    def parse(self, pages: Sequence[RawPage]) -> Parsed:
        ordered = sorted(pages, key=lambda page: page.sequence)
        return parse_owner(ordered) if self.settings.mode == "owner" else parse_public(ordered, self.place.zone)
