"""From the records of a repository to items."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from lxml import etree

from sources.files.cells import Unreadable
from sources.items import Item, Items, Refusal
from sources.oai_pmh.document import NAMESPACE
from sources.oai_pmh.settings import OaiPmhSettings
from sources.oai_pmh.sickle_parts import Header, Record
from sources.written_dates import WrittenDate, WrittenDateReader

Metadata = Mapping[str, Sequence[str | None]]


class RecordReader:
    """Adds the records of one pull to ``items``; a deleted one on its datestamp."""

    def __init__(self, settings: OaiPmhSettings, zone: ZoneInfo, items: Items) -> None:
        self._settings, self._items = settings, items
        self._dates = WrittenDateReader(zone, settings.date_formats, zone)
        self._several: list[str] = []

    def record(self, element: etree._Element, origin: str) -> None:
        header, metadata = element.find(f"{NAMESPACE}header"), element.find(f"{NAMESPACE}metadata")
        if header is None:
            do = "tell the people who run the repository"
            self._items.refuse(Refusal("", "the record has no header", origin, do))
        elif metadata is None or not len(metadata) or header.get("status") == "deleted":
            self.header(Header(header), {}, origin)
        else:
            record = Record(element)
            self.header(record.header, record.metadata, origin)

    def header(self, header: Header, metadata: Metadata, origin: str) -> None:
        identifier, stamp = (header.identifier or "").strip(), (header.datestamp or "").strip()
        withdrawn = bool(header.deleted)
        texts = ([stamp] if stamp else []) if withdrawn else _texts(metadata, self._settings.date_element)
        written = self._written(texts, withdrawn=withdrawn, identifier=identifier)
        if isinstance(written, Unreadable):
            raw = written.raw or stamp
            self._items.refuse(Refusal(raw, written.reason, origin, written.action, identity=identifier or None))
            return
        title = next(iter(_texts(metadata, "title")), "")
        kind = self._kind(metadata)
        self._items.add(Item(kind, identifier, written.span, origin, title, version=stamp, withdrawn=withdrawn))

    def sentences(self) -> list[str]:
        if not self._several:
            return []
        chosen = {"refuse": "the one without a time of day", "deposited": "the deposit"}
        which = chosen.get(self._settings.several_dates, f"the {self._settings.several_dates}")
        records = f"{len(self._several)} record{'s' * (len(self._several) != 1)}"
        return [f"{records} with several dates, such as {self._several[0]}: {which} counts (see 'several_dates')"]

    def _kind(self, metadata: Metadata) -> str:
        types = {text.casefold() for text in _texts(metadata, "type")}
        for name, kind in self._settings.type_kinds.items():
            if name.strip().casefold() in types:
                return kind
        return self._settings.kind

    def _written(self, texts: Sequence[str], *, withdrawn: bool, identifier: str) -> WrittenDate | Unreadable:
        """The one date that counts, or why there is none."""
        element = self._settings.date_element
        if not texts and withdrawn:
            return Unreadable("", "the withdrawn record has no datestamp", "have the repository give datestamps")
        if not texts:
            do = f"have the repository give dc:{element} as YYYY-MM-DD, YYYY-MM or YYYY"
            return Unreadable("", f"the record has no date of publication (dc:{element})", do)
        read = [found for found in map(self._dates.read, texts) if isinstance(found, WrittenDate)]
        if not read:
            do = f"have the repository give dc:{element} as YYYY-MM-DD, YYYY-MM or YYYY, or set 'date_formats'"
            raw = "; ".join(texts)
            return Unreadable(raw, f"'{raw[:200]}' is not a date", do)
        candidates = self._candidates(read)
        raw = "; ".join(texts)
        if len(candidates) > 1 and self._settings.several_dates == "refuse":
            do = "say in 'several_dates' which one counts, or name its element in 'date_element'"
            return Unreadable(raw, f"the record has several dates: '{raw[:200]}'", do)
        if len(_finest(read)) > 1:
            self._several.append(f"{identifier} ({raw[:200]})")
        pick = max if self._settings.several_dates == "latest" else min
        return pick(candidates, key=lambda found: (found.span.start, found.stamp))

    def _candidates(self, read: Sequence[WrittenDate]) -> list[WrittenDate]:
        """The dates to choose from: those of one kind, without a coarser form of another and without copies.

        A time of day is that of a deposit, made by a program (DSpace gives ``date.accessioned`` and ``date.available``
        beside ``date.issued``); a date of publication has none.
        """
        instants, days = ([f for f in read if (f.at is not None) is timed] for timed in (True, False))
        wanted = instants or days if self._settings.several_dates == "deposited" else days or instants
        return _finest(wanted)


def _finest(read: Sequence[WrittenDate]) -> list[WrittenDate]:
    """One of each span, without the spans that hold another one: 2024 says less than 2024-05-06."""
    by_span = {found.span: found for found in reversed(read)}
    return [
        found
        for span, found in by_span.items()
        if not any(other != span and span.start <= other.start and other.end <= span.end for other in by_span)
    ]


def _texts(metadata: Metadata, name: str) -> list[str]:
    return [text.strip() for text in metadata.get(name, ()) if text and text.strip()]
