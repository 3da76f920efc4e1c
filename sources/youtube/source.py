"""A YouTube channel. The owner's reports are read in Pacific days, which YouTube does not document; see ``time_zone``.

Data API: https://developers.google.com/youtube/v3 . Analytics API: https://developers.google.com/youtube/analytics
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, cast

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.google.errors import PACIFIC
from sources.response import ProviderResponse, raw_pages
from sources.web.session import Session
from sources.youtube.owner import owner_pages
from sources.youtube.owner_parser import parse_owner
from sources.youtube.public import public_pages
from sources.youtube.public_parser import parse_public
from sources.youtube.settings import YouTubeSettings, declared_metrics
from warehouse.schema import DAY, Window

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
        "mode public: 1 unit and 2 for each 50 videos, of 10,000 a day; "
        "mode owner: 1 request, and 1 for each listed video",
        EXAMPLE,
        ("estimated",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name = name
        self.settings = cast("YouTubeSettings", settings)
        pacific = self.settings.mode == "owner" and self.settings.time_zone is None
        self.place = Place(PACIFIC, place.opening_hours) if pacific else place
        if self.settings.mode == "public":  # a snapshot has no window
            self.max_days = None  # type: ignore[misc]

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Mode public: the current counters, and nothing for past days. Mode owner: the days of the window."""
        yield from raw_pages(self._responses(window, now, session), self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        ordered = sorted(pages, key=lambda page: page.sequence)
        if self.settings.mode == "owner":
            return parse_owner(ordered, self.settings, self.place.zone)
        return parse_public(ordered, self.place.zone)

    def _responses(self, window: Window, now: datetime, session: Session) -> Iterator[ProviderResponse]:
        if self.settings.mode == "owner":
            yield from owner_pages(self.settings, window, session)
        # A day more, as midnight may pass between the plan's clock and this one.
        elif window.end + DAY >= now.astimezone(self.place.zone).date():
            yield from public_pages(self.settings, session)
