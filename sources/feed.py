"""RSS and Atom feeds. A feed holds only the newest items, so it is read often and adds to what is known."""

import calendar
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import ClassVar, Literal, cast
from zoneinfo import ZoneInfo

import feedparser
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.items import Item, Items, KindName, Refusal, delivery_date, iso_span, item_metrics, one_day
from sources.web.auth import Auth
from sources.web.session import Session
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

NOT_MODIFIED = 304
MOVED_PERMANENTLY = (301, 308)
EARLIEST_DAY = date(1900, 1, 1)
_END_OF_FEED = re.compile(rb"</\s*(?:[\w.\-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_ZONE = re.compile(r"(?i)(?:[+\-]\d{2}:?\d{2}|\d\s*Z|(?!\b[AP]M\b)\b[A-Z]{2,5})\s*(?:\(.*\))?$")
_DATES = ("published", "created", "updated")
Entry = Mapping[str, object]


class FeedSettings(SourceSettings):
    """A feed and what its items count as."""

    type: Literal["feed"]
    url: str = Field(description="address of the RSS or Atom feed")
    kind: KindName = Field("posts", description="what an item is counted as")
    category_kinds: dict[str, KindName] = Field(
        default_factory=dict, description="kind by category; of several categories the first named here counts"
    )
    auth: Auth | None = Field(None, description="user and password, token or key, where the feed asks for one")


class Feed:
    """One feed. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = FeedSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "RSS and Atom feeds",
        "none: feeds are public; auth where the feed asks for it",
        "1 request a run",
        {"url": "https://library.example/feed.xml"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("FeedSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics([self.settings.kind, *self.settings.category_kinds.values()])

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The feed as it stands, or a page of status 304; before it a page for each permanent redirect on the way."""
        response = session.get(self.settings.url, auth=self.settings.auth, conditional=True)
        hops = [hop for hop in response.history if hop.status_code in MOVED_PERMANENTLY]
        for sequence, hop in enumerate(hops):
            yield RawPage(self.name, window, sequence, hop.url, hop.status_code, now, b"")
        body = b"" if response.status_code == NOT_MODIFIED else response.content
        etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        yield RawPage(self.name, window, len(hops), response.url, response.status_code, now, body, etag, modified)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Every dated item of the feed. Covered are the days after its oldest item, whose own day may be cut off.

        Asked for days that ended before it was fetched (a backfill), only the items of those days.
        """
        fetched = delivery_date(pages, self.place.zone)
        items, covered = Items(fetched), list[Window]()
        ordered = sorted(pages, key=lambda page: page.sequence)
        for page in ordered:
            if page.status in MOVED_PERMANENTLY:
                items.note(f"{page.url} moved for good to {ordered[-1].url}: put the new address into the plan")
            elif page.status == NOT_MODIFIED:
                items.note(f"{page.url} has not changed since it was last read")
                covered.append(page.window)
            else:
                covered += _covered(page.window, self._read(page, items), refused=items.has_refused)
        parsed = items.parsed(covered=tuple(covered))
        past = [page.window for page in ordered if fetched and page.window.end < fetched]
        return _of_days(parsed, past[0]) if past else parsed

    def _read(self, page: RawPage, items: Items) -> list[tuple[date, date]]:
        """Count the items of the page; for each dated one, in order, its day and the day of its last change."""
        document = _document(page)
        if document.bozo:
            items.note(
                f"{page.url} is not well-formed ({type(document.bozo_exception).__name__}); its {len(document.entries)} items could be read"
            )
        plain = [
            dict(entry.items()) for entry in document.entries
        ]  # feedparser's own mapping answers for "updated" with "published"
        counted = [
            self._count(entry, f"{page.url} item {number}", items) for number, entry in enumerate(plain, start=1)
        ]
        return [days for days in counted if days is not None]

    def _count(self, entry: Entry, origin: str, items: Items) -> tuple[date, date] | None:
        kind, title = self._kind(entry), _text(entry, "title")
        identity = _text(entry, "id") or _text(entry, "link")
        field = next((name for name in _DATES if _text(entry, name)), None)
        raw = _text(entry, field) if field else ""
        span = _span(entry, field, self.place.zone) if field else None
        if span is None:
            reason = f"'{raw}' is no date that can be read" if raw else "the item has no date"
            action = "have the feed give each item a date: pubDate in English (RFC 822) in RSS, published in Atom"
            items.refuse(Refusal(raw or title, reason, origin, action, kind, identity or title or None))
            return None
        if field == "updated":
            items.note("some items carry only the date of their last change; they are counted on it")
        if ":" in raw and not _ZONE.search(raw):
            items.note("some dates have no time zone; they are taken as UTC")
        items.add(Item(kind, identity, span, origin, title, version=_stamp(entry)))
        changed = _span(entry, "updated", self.place.zone) or span
        return span.start, max(changed.start, span.start)

    def _kind(self, entry: Entry) -> str:
        tags = cast("list[Mapping[str, str | None]]", entry.get("tags") or [])
        categories = {(tag.get(name) or "").strip().casefold() for tag in tags for name in ("term", "label")}
        return next(
            (
                kind
                for category, kind in self.settings.category_kinds.items()
                if category.strip().casefold() in categories
            ),
            self.settings.kind,
        )


def _document(page: RawPage) -> feedparser.FeedParserDict:
    """The feed in the page's bytes. Raises ``ShapeError`` saying what came instead of one."""
    document = feedparser.parse(
        io.BytesIO(page.body)
    )  # a file object: a text or bytes would be tried as an address and as a path
    if not document.get("version") and not document.entries:
        raise ShapeError(
            f"this is no feed but {_what_came(page.body)}",
            where=page.url,
            do="check the address of the feed in the plan",
        )
    if document.bozo and not _END_OF_FEED.search(page.body.replace(b"\0", b"")):
        raise ShapeError(
            "the feed breaks off before its end", where=page.url, do="run again; if it stays so, tell who runs the site"
        )
    return document


def _what_came(body: bytes) -> str:
    start = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:2000].lower()
    if not start:
        return "an empty answer"
    if start[:1] in b"{[":
        return "JSON"
    if re.search(rb"<(?:!doctype html|html|head|body)\b", start):
        return "a web page"
    return "an XML document of another kind" if start.startswith(b"<") else "text or data of another kind"


def _of_days(parsed: ParseResult, window: Window) -> ParseResult:
    import pandas as pd

    start = parsed.observations["start"]
    inside = (start >= pd.Timestamp(window.start)) & (start < pd.Timestamp(window.end))
    return replace(parsed, observations=parsed.observations[inside].reset_index(drop=True))


def _covered(window: Window, dated: list[tuple[date, date]], *, refused: bool) -> list[Window]:
    """The days after the oldest item to the end of the window; all of the window where the feed holds nothing.

    In a feed in no order of publication (a post pinned to its top, one listed anew after a change) the oldest item does not
    tell where the rest was cut off; there the last item's latest date does.
    """
    if not dated:
        return [] if refused else [window]
    days = [day for day, _ in dated]
    oldest = min(days) if days in (sorted(days), sorted(days, reverse=True)) else dated[-1][1]
    start = max(oldest + DAY, EARLIEST_DAY)
    return [Window(start, window.end)] if start < window.end else []


def _text(entry: Entry, name: str) -> str:
    return str(entry.get(name) or "").strip()


def _span(entry: Entry, field: str, zone: ZoneInfo) -> Window | None:
    """The local day; a date without a time is that day, a bare month or year the whole of it. None where unreadable."""
    text = _text(entry, field)
    plain = iso_span(text)
    if plain is not None:
        return plain
    parts = cast("tuple[int, ...] | None", entry.get(f"{field}_parsed"))
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else parsedate_to_datetime(text)
        if ":" not in text and moment.time() == time():
            return one_day(moment.date())
        return one_day((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date())
    except (ValueError, OverflowError, OSError):
        return None


def _stamp(entry: Entry) -> str:
    """A text that sorts by the time of the last change."""
    names = [f"{name}_parsed" for name in ("updated", "published")]
    parts = [cast("tuple[int, ...]", entry[name]) for name in names if entry.get(name)]
    return "-".join(f"{part:04d}" for part in parts[0][:6]) if parts else ""
