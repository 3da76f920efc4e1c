"""Records of an OAI-PMH 2.0 repository (https://www.openarchives.org/OAI/openarchivesprotocol.html).

A datestamp is the record's last change and is used for incremental harvests only. An item counts on its ``dc:date``.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal, cast

from lxml import etree
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.items import Item, Items, KindName, Refusal, delivery_date, iso_span, item_metrics, one_day
from sources.oai_pmh.document import NAMESPACE, identifiers, parse_document, resumption_token
from sources.web.auth import Auth
from sources.web.session import PagerGuard, Session, redact
from warehouse.errors import ShapeError
from warehouse.schema import Window

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # sickle 0.7.0 has invalid escapes; Python warns when it compiles them
    from sickle import Sickle
    from sickle.iterator import OAIResponseIterator
    from sickle.models import Header, Identify, Record
    from sickle.oaiexceptions import NoRecordsMatch
    from sickle.response import OAIResponse


class OaiPmhSettings(SourceSettings):
    """A repository and what its records count as."""

    type: Literal["oai_pmh"]
    url: str = Field(description="base address of the repository's OAI-PMH interface")
    metadata_prefix: str = Field("oai_dc", description="metadata format to request; it must contain dc:date")
    set: str | None = Field(None, description="only the records of this set, by its setSpec")
    kind: KindName = Field("records", description="what a record is counted as")
    type_kinds: dict[str, KindName] = Field(
        default_factory=dict, description="kind by dc:type; of several types the first named here counts"
    )
    auth: Auth | None = Field(None, description="user and password, token or key, where the repository requires one")


class _Strict(OAIResponse):  # type: ignore[misc] # sickle ships no types
    """A response whose XML was read strictly: sickle's own parser accepts broken XML."""

    def __init__(self, root: etree._Element, params: Mapping[str, str]) -> None:
        super().__init__(None, params)
        self.root = root

    @property
    def xml(self) -> etree._Element:
        return self.root


class _Harvester(Sickle):  # type: ignore[misc] # sickle ships no types
    """Sickle's protocol over our session. ``send`` requests with the given arguments and returns the root element."""

    def __init__(self, endpoint: str, send: Callable[[Mapping[str, str]], etree._Element]) -> None:
        super().__init__(endpoint, iterator=OAIResponseIterator)
        self._send = send

    def harvest(self, **arguments: str) -> OAIResponse:
        return _Strict(self._send(arguments), arguments)


class OaiPmh:
    """One repository. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = OaiPmhSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "Repositories (OAI-PMH 2.0)",
        "none: public",
        "1 request for each 100 or so records",
        {"url": "https://repository.example/oai"},
        ("withdrawn", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("OaiPmhSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics([self.settings.kind, *self.settings.type_kinds.values()])

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Identify, then every page of the records changed in the window. Raises ``ShapeError`` for an endless list."""
        landed: list[RawPage] = []
        guard = PagerGuard(session.redact(self.settings.url))

        def send(arguments: Mapping[str, str]) -> etree._Element:
            if "resumptionToken" in arguments:
                guard.next(arguments["resumptionToken"])
            response = session.get(self.settings.url, params=arguments, auth=self.settings.auth)
            landed.append(
                RawPage(self.name, window, len(landed), response.url, response.status_code, now, response.content)
            )
            return _checked_page(guard, landed[-1])

        harvester = _Harvester(self.settings.url, send)
        arguments = self._arguments(window, _identify(harvester))
        yield landed[0]
        if arguments is None:
            return
        done = 1
        try:
            for _ in harvester.ListRecords(**arguments):
                yield from landed[done:]
                done = len(landed)
        except NoRecordsMatch:
            if done > 1:
                what = "the list breaks off: a further page reports that no record matches"
                raise ShapeError(what, where=landed[-1].url, do="run again later") from None
            yield from landed[done:]

    def _arguments(self, window: Window, repository: Identify) -> dict[str, str] | None:
        """The arguments of ListRecords; None where the whole window lies before the repository's first record."""
        seconds = str(getattr(repository, "granularity", "")).startswith("YYYY-MM-DDT")
        form = "%Y-%m-%dT%H:%M:%SZ" if seconds else "%Y-%m-%d"
        first, last = (
            datetime.combine(day, time(), self.place.zone).astimezone(UTC) for day in (window.start, window.end)
        )
        texts = {"from": first.strftime(form), "until": (last - timedelta(seconds=1)).strftime(form)}
        earliest = str(getattr(repository, "earliestDatestamp", ""))[: len(texts["from"])]
        if len(earliest) == len(texts["from"]):
            if texts["until"] < earliest:
                return None
            if texts["from"] <= earliest:
                del texts["from"]  # some repositories refuse a date before their first one
        chosen = {"set": self.settings.set} if self.settings.set else {}
        return {"metadataPrefix": self.settings.metadata_prefix, **chosen, **texts}

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Every record on the span of its ``dc:date``; a deleted one on its datestamp with the flag ``withdrawn``."""
        items = Items(delivery_date(pages, self.place.zone))
        for page in sorted(pages, key=lambda page: page.sequence):
            root = parse_document(page.body, page.url)
            if root is None:
                continue
            for number, record in enumerate(root.iterfind(f".//{NAMESPACE}record"), start=1):
                self._record(record, f"{page.url} record {number}", items)
            for number, header in enumerate(root.iterfind(f"{NAMESPACE}ListIdentifiers/{NAMESPACE}header"), start=1):
                self._header(Header(header), {}, f"{page.url} header {number}", items)
        return items.parsed(covered=tuple(dict.fromkeys(page.window for page in pages)))

    def _record(self, element: etree._Element, origin: str, items: Items) -> None:
        header, metadata = element.find(f"{NAMESPACE}header"), element.find(f"{NAMESPACE}metadata")
        if header is None:
            items.refuse(Refusal("", "the record has no header", origin, "tell the people who run the repository"))
        elif metadata is None or not len(metadata) or header.get("status") == "deleted":
            self._header(Header(header), {}, origin, items)
        else:
            record = Record(element)
            self._header(record.header, record.metadata, origin, items)

    def _header(self, header: Header, metadata: Mapping[str, Sequence[str | None]], origin: str, items: Items) -> None:
        identifier, stamp = (header.identifier or "").strip(), (header.datestamp or "").strip()
        withdrawn = bool(header.deleted)
        dates = ([stamp] if stamp else []) if withdrawn else _texts(metadata, "date")
        span = self._span(dates)
        if span is None:
            raw = "; ".join(dates)
            missing = "the record has no date of publication (dc:date)"
            action = "have the repository give dc:date as YYYY-MM-DD, YYYY-MM or YYYY"
            if withdrawn:
                missing = "the withdrawn record has no datestamp"
                action = "have the repository give datestamps"
            reason = f"'{raw}' is not a date" if raw else missing
            items.refuse(Refusal(raw or stamp, reason, origin, action, identity=identifier or None))
            return
        title = next(iter(_texts(metadata, "title")), "")
        items.add(Item(self._kind(metadata), identifier, span, origin, title, version=stamp, withdrawn=withdrawn))

    def _kind(self, metadata: Mapping[str, Sequence[str | None]]) -> str:
        types = {text.casefold() for text in _texts(metadata, "type")}
        for name, kind in self.settings.type_kinds.items():
            if name.strip().casefold() in types:
                return kind
        return self.settings.kind

    def _span(self, texts: Sequence[str]) -> Window | None:
        """The shortest span that a text names: a day before a month before a year; of equal ones the first."""
        spans = [span for span in (self._one_span(text) for text in texts) if span is not None]
        return min(spans, key=lambda span: (span.days > 1) + (span.days > 31), default=None)

    def _one_span(self, text: str) -> Window | None:
        plain = iso_span(text)
        if plain is not None or len(text) <= len("YYYY-MM-DD"):
            return plain
        try:
            moment = datetime.fromisoformat(text)
            day: date = moment.astimezone(self.place.zone).date() if moment.tzinfo else moment.date()
            return one_day(day)
        except (ValueError, OverflowError):
            return None


def _texts(metadata: Mapping[str, Sequence[str | None]], name: str) -> list[str]:
    return [text.strip() for text in metadata.get(name, ()) if text and text.strip()]


def _identify(harvester: _Harvester) -> Identify:
    try:
        response = harvester.harvest(verb="Identify")
    except NoRecordsMatch:
        response = None
    if response is None or response.xml.find(f"{NAMESPACE}Identify") is None:
        do = "check the address: it must be the base address of an OAI-PMH 2.0 interface"
        raise ShapeError("the repository does not identify itself", where=redact(harvester.endpoint), do=do)
    return Identify(response)


def _checked_page(guard: PagerGuard, page: RawPage) -> etree._Element:
    """The root of a page, checked by the guard. Raises our errors, and ``NoRecordsMatch`` for an empty list."""
    root = parse_document(page.body, page.url)
    if root is None:
        raise NoRecordsMatch(page.url)
    found, token = identifiers(root), resumption_token(root)
    guard.page(found)
    if not found:
        guard.empty_page(has_next=token is not None)
    return root
