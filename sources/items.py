"""Published items, each counted once however often it is delivered; shared by feeds, repositories, sites and logs.

One observation is one item: metric = its kind, entity = its identity, ``[start, end)`` = its day of publication, or the
month or year where the day is not known; value 1, or 0 and the flag ``withdrawn`` for an item that was withdrawn.

    items = Items()
    items.add(Item("news", "https://example.org/1", Window(day, day + DAY), "log.csv row 2", title="Opening"))
    items.refuse(Refusal("31/02/2024", "'31/02/2024' is not a date", "log.csv row 3", "correct the date"))
    return items.parsed(covered=(window,), replaces=window)
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Concatenate
from zoneinfo import ZoneInfo

from pydantic import StringConstraints

from sources.canonical import canonical_name
from sources.contract import Metric, ParseResult, RawPage, RefusedRow
from sources.frames import P, R, T, read_record, record_frames
from warehouse.schema import DAY, Window

KindName = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
"""What an item counts as: ``posts``, ``news``, ``reports``. It becomes the name of a metric."""

MAX_IDENTITY_LENGTH = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SPACE = re.compile(r"\s+")
_SENTENCES = {
    "repeated": "{} came more than once and counted once",
    "spelled": "{} came under another spelling of its address or DOI: the same thing, counted once",
    "unnamed": "{} without id and address: identified by title and date, so a change of either makes another item",
    "unwieldy": "{} with an id that is too long or not printable: identified by a hash of it",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item as a delivery describes it.

    identity: the provider's permanent name for it, in any spelling (see ``sources.canonical``); empty where there is
    none (then title and date identify it).
    span: its day, or the whole month or year.
    version: of two deliveries of one item the greater version counts; of equal versions the later delivery.
    """

    kind: str
    identity: str
    span: Window
    origin: str
    title: str = ""
    version: str = ""
    withdrawn: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that cannot be counted: its text, the reason, its place and what to do; the rest where known."""

    raw: str
    reason: str
    origin: str
    action: str
    kind: str | None = None
    identity: str | None = None
    span: Window | None = None


def item_metrics(kinds: Iterable[str]) -> tuple[Metric, ...]:
    """A metric for each kind: a flow of items, 0 on a collected day without any. Ordered as given, each once."""
    return tuple(
        Metric(kind, "items", "flow", f"{kind} published, each item counted once", absent="zero", minimum=0)
        for kind in dict.fromkeys(kinds)
    )


def one_day(day: date) -> Window:
    return Window(day, day + DAY)


def delivery_date(pages: Sequence[RawPage], zone: ZoneInfo) -> date | None:
    """The local day on which the newest of ``pages`` was fetched; None without pages."""
    return max(page.fetched_at for page in pages).astimezone(zone).date() if pages else None


def month_span(year: int, month: int) -> Window:
    """The whole month. Raises ``ValueError`` for a month that does not exist."""
    return Window(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


def year_span(year: int) -> Window:
    """The whole year. Raises ``ValueError`` for a year that does not exist."""
    return Window(date(year, 1, 1), date(year + 1, 1, 1))


def iso_span(text: str) -> Window | None:
    """The day, month or year that ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY`` names; None for anything else."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if day is not None:
            return one_day(date(year or 0, month or 0, day))
        return year_span(year or 0) if month is None else month_span(year or 0, month)
    except (ValueError, OverflowError):
        return None


class Items:
    """Collects the items of one pull in the order of their delivery; two deliveries of one item are one item.

    ``as_of`` is the local day of the delivery: a month or year that contains it is not over and is flagged ``partial``.
    """

    def __init__(self, as_of: date | None = None) -> None:
        self._as_of = as_of
        self._items: dict[str, Item] = {}
        self._spellings: dict[str, str] = {}
        self._refused: list[RefusedRow] = []
        self._notes: dict[str, None] = {}
        self._counts: Counter[str] = Counter()

    def add(self, item: Item) -> None:
        """Count ``item`` once. An item with neither identity nor title is refused: nothing identifies it."""
        identity = self._identity(item)
        if identity is None:
            reason, action = "the item has no id, no address and no title", "give it an id, an address or a title"
            self.refuse(Refusal("", reason, item.origin, action, kind=item.kind, span=item.span))
            return
        if self._as_of and item.span.days > 1 and self._as_of in item.span:
            item = replace(item, flags=(*item.flags, "partial"))
        known = self._items.get(identity)
        if known is not None:
            self._counts["repeated"] += 1
            if item.version < known.version:
                return
        self._items[identity] = replace(item, identity=identity)

    def refuse(self, refusal: Refusal) -> None:
        """Record an item that cannot be counted."""
        start, end = (refusal.span.start, refusal.span.end) if refusal.span else (None, None)
        text = refusal.raw[:MAX_IDENTITY_LENGTH]
        self._refused.append(
            (refusal.kind, refusal.identity, start, end, text, refusal.reason, refusal.origin, refusal.action)
        )

    def refuse_record(self, raw: str, reason: str, origin: str, action: str) -> None:
        self.refuse(Refusal(raw, reason, origin, action))

    def mark(self) -> int:
        return len(self._refused)

    def undo(self, mark: int) -> None:
        """Drop the refusals since ``mark``; an item is added last, so none is there of a record that failed."""
        del self._refused[mark:]

    def read(
        self, record: R, origin: str, read: Callable[Concatenate[R, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """``read`` one record: where that fails, the record is refused."""
        return read_record(self, record, origin, read, *args, **kwargs)

    def note(self, sentence: str) -> None:
        """One sentence for the log; the same one is kept once."""
        self._notes[sentence] = None

    @property
    def has_refused(self) -> bool:
        return bool(self._refused)

    def parsed(
        self,
        *,
        covered: tuple[Window, ...] = (),
        replaces: Window | None = None,
        unanswered: tuple[Window, ...] = (),
    ) -> ParseResult:
        """All items by day, kind and identity. The windows are those of ``ParseResult``."""
        items = sorted(self._items.values(), key=lambda item: (item.span, item.kind, item.identity))
        rows = [
            (i.kind, i.identity, i.span.start, i.span.end, 0.0 if i.withdrawn else 1.0, _flags(i), i.origin)
            for i in items
        ]
        found, refused = record_frames(rows, self._refused)
        return ParseResult(found, refused, covered, replaces, self._sentences(), unanswered=unanswered)

    def _identity(self, item: Item) -> str | None:
        identity, title = (_SPACE.sub(" ", text).strip() for text in (item.identity, item.title))
        if not identity and not title:
            return None
        if not identity:
            self._counts["unnamed"] += 1
            return "title:" + _digest(f"{title}\n{item.span}")
        if len(identity) > MAX_IDENTITY_LENGTH or _CONTROL.search(identity):
            self._counts["unwieldy"] += 1
            return "id:" + _digest(identity)
        name = canonical_name(identity)
        self._counts["spelled"] += self._spellings.setdefault(name, identity) != identity
        return name

    def _sentences(self) -> tuple[str, ...]:
        counted = [
            text.format(f"{self._counts[key]} item{'s' * (self._counts[key] != 1)}")
            for key, text in _SENTENCES.items()
            if self._counts[key]
        ]
        return (*self._notes, *counted)


def _flags(item: Item) -> tuple[str, ...]:
    return tuple(sorted({*item.flags, "withdrawn"})) if item.withdrawn else tuple(sorted(item.flags))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
