"""RSS and Atom feeds. A feed holds only its newest items, so each pull adds to the items collected before."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import ClassVar, Literal, cast
from zoneinfo import ZoneInfo

import feedparser
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.files.cells import Unreadable
from sources.files.date_formats import DateFormat
from sources.frames import RECORD_FAULTS
from sources.items import Item, Items, KindName, Refusal, delivery_date, item_metrics
from sources.web.auth import Auth
from sources.web.session import Session
from sources.written_dates import WrittenDateReader
from sources.xml_text import with_characters_only
from sources.zone_setting import ZoneName
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

NOT_MODIFIED = 304
MOVED_PERMANENTLY = (301, 308)
EARLIEST_DAY = date(1900, 1, 1)
_END_OF_FEED = re.compile(rb"</\s*(?:[\w.\-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_DATES = ("published", "created", "updated")
_UNDATED = "have the feed give each item a date: pubDate (RFC 822) in RSS, published in Atom"
Entry = Mapping[str, object]


class FeedSettings(SourceSettings):
    """A feed and what its items count as."""

    type: Literal["feed"]
    url: str = Field(description="address of the RSS or Atom feed")
    kind: KindName = Field("posts", description="what an item is counted as")
    category_kinds: dict[str, KindName] = Field(
        default_factory=dict, description="kind by category; of several categories the first named here counts"
    )
    date_formats: tuple[DateFormat, ...] = Field(
        (), description="how dates are written (strptime) where the feed follows neither RFC 822 nor ISO 8601"
    )
    date_zone: ZoneName | None = Field(None, description="zone of times that name none; UTC by default")
    auth: Auth | None = Field(None, description="user and password, token or key, where the feed requires one")


class Feed:
    """One feed. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = FeedSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "RSS and Atom feeds",
        "none: feeds are public; auth where the feed requires it",
        "1 request a run",
        {"url": "https://library.example/feed.xml"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("FeedSettings", settings)
        unzoned = ZoneInfo(self.settings.date_zone) if self.settings.date_zone else UTC
        self._dates = WrittenDateReader(place.zone, self.settings.date_formats, unzoned)

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics([self.settings.kind, *self.settings.category_kinds.values()])

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The feed, or a page of status 304 where it is unchanged; before it a page for each permanent redirect."""
        response = session.get(self.settings.url, auth=self.settings.auth, conditional=True)
        hops = [hop for hop in response.history if hop.status_code in MOVED_PERMANENTLY]
        for sequence, hop in enumerate(hops):
            yield RawPage(self.name, window, sequence, hop.url, hop.status_code, now, b"")
        body = b"" if response.status_code == NOT_MODIFIED else response.content
        etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        yield RawPage(self.name, window, len(hops), response.url, response.status_code, now, body, etag, modified)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Every dated item of the feed. The days after its oldest item are covered; the oldest day may be cut off.

        For a window that ended before the feed was fetched (a backfill), only the items in the window.
        """
        fetched = delivery_date(pages, self.place.zone)
        items, covered = Items(fetched), list[Window]()
        ordered = sorted(pages, key=lambda page: page.sequence)
        for page in ordered:
            if page.status in MOVED_PERMANENTLY:
                items.note(f"{page.url} has moved permanently to {ordered[-1].url}: put the new address into the plan")
            elif page.status == NOT_MODIFIED:
                items.note(f"{page.url} has not changed since it was last read")
                covered.append(page.window)
            else:
                covered += _covered(page.window, self._read(page, items), refused=items.has_refused)
        parsed = items.parsed(covered=tuple(covered))
        past = [page.window for page in ordered if fetched and page.window.end < fetched]
        return _only_days(parsed, past[0]) if past else parsed

    def _read(self, page: RawPage, items: Items) -> list[tuple[date, date]]:
        """Count the items of the page; returns the day and the day of the last change of each dated one, in order."""
        document = _document(page)
        if document.bozo:
            fault = type(document.bozo_exception).__name__
            items.note(f"{page.url} is not well-formed ({fault}); its {len(document.entries)} items could be read")
        # plain dicts: feedparser's own mapping returns "published" where "updated" is missing
        plain = [dict(entry.items()) for entry in document.entries]
        counted = [
            items.read(entry, f"{page.url} item {number}", self._count, f"{page.url} item {number}", items)
            for number, entry in enumerate(plain, start=1)
        ]
        return [days for days in counted if days is not None]

    def _count(self, entry: Entry, origin: str, items: Items) -> tuple[date, date] | None:
        kind, title = self._kind(entry), _text(entry, "title")
        identity = _text(entry, "id") or _text(entry, "link")
        field = next((name for name in _DATES if _text(entry, name)), None)
        raw = _text(entry, field) if field else ""
        written = self._dates.read(raw) if raw else Unreadable(title, "the item has no date", _UNDATED)
        if isinstance(written, Unreadable):
            items.refuse(Refusal(written.raw, written.reason, origin, written.action, kind, identity or title or None))
            return None
        if field == "updated":
            items.note("some items have only the date of their last change; they are counted on that day")
        if written.zone_missing and self.settings.date_zone is None:
            items.note("some times have no time zone; they are read as UTC: set 'date_zone' if they are not")
        changed = self._dates.read(_text(entry, "updated"))
        newest = written if isinstance(changed, Unreadable) else changed
        items.add(Item(kind, identity, written.span, origin, title, version=newest.stamp))
        return written.span.start, max(newest.span.start, written.span.start)

    def _kind(self, entry: Entry) -> str:
        tags = cast("list[Mapping[str, str | None]]", entry.get("tags") or [])
        categories = {(tag.get(name) or "").strip().casefold() for tag in tags for name in ("term", "label")}
        for category, kind in self.settings.category_kinds.items():
            if category.strip().casefold() in categories:
                return kind
        return self.settings.kind


def _document(page: RawPage) -> feedparser.FeedParserDict:
    """The feed in the page's bytes. Raises ``ShapeError`` that names what came instead."""
    # a file object: feedparser would try a text or bytes as an address and as a path
    try:
        document = feedparser.parse(io.BytesIO(with_characters_only(page.body)))
    except RECORD_FAULTS as fault:  # of feedparser, for a document in no encoding
        what, do = "the feed cannot be read", "run again; if it happens again, tell the people who run the site"
        raise ShapeError(f"{what} ({type(fault).__name__})", where=page.url, do=do) from None
    if not document.get("version") and not document.entries:
        raise ShapeError(
            f"this is not a feed but {_content_kind(page.body)}",
            where=page.url,
            do="check the address of the feed in the plan",
        )
    if document.bozo and not _END_OF_FEED.search(page.body.replace(b"\0", b"")):
        raise ShapeError(
            "the feed breaks off before its end",
            where=page.url,
            do="run again; if it happens again, tell the people who run the site",
        )
    return document


def _content_kind(body: bytes) -> str:
    start = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:2000].lower()
    if not start:
        return "an empty answer"
    if start[:1] in b"{[":
        return "JSON"
    if re.search(rb"<(?:!doctype html|html|head|body)\b", start):
        return "a web page"
    return "an XML document of another kind" if start.startswith(b"<") else "text or data of another kind"


def _only_days(parsed: ParseResult, window: Window) -> ParseResult:
    import pandas as pd

    start = parsed.observations["start"]
    inside = (start >= pd.Timestamp(window.start)) & (start < pd.Timestamp(window.end))
    return replace(parsed, observations=parsed.observations[inside].reset_index(drop=True))


def _covered(window: Window, dated: list[tuple[date, date]], *, refused: bool) -> list[Window]:
    """The days from after the oldest item to the end of the window; the whole window where the feed is empty.

    A feed may not be in order of publication (a post pinned to the top, one listed again after a change). Then the
    oldest item does not show where the list was cut off, and the latest date of the last item is taken.
    """
    if not dated:
        return [] if refused else [window]
    days = [day for day, _ in dated]
    oldest = min(days) if days in (sorted(days), sorted(days, reverse=True)) else dated[-1][1]
    start = max(oldest + DAY, EARLIEST_DAY)
    return [Window(start, window.end)] if start < window.end else []


def _text(entry: Entry, name: str) -> str:
    return str(entry.get(name) or "").strip()
