"""Records of an OAI-PMH 2.0 repository (https://www.openarchives.org/OAI/openarchivesprotocol.html).

A datestamp is the record's last change and is used for incremental harvests only. An item counts on its ``dc:date``, or
on another element that the plan names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, cast

from lxml import etree

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.items import Items, delivery_date, item_metrics
from sources.oai_pmh.document import NAMESPACE, identifiers, parse_document, resumption_token
from sources.oai_pmh.listed_pages import ListedPages
from sources.oai_pmh.records import RecordReader
from sources.oai_pmh.settings import OaiPmhSettings
from sources.oai_pmh.sickle_parts import (
    Header,
    Identify,
    NoRecordsMatch,
    OAIResponse,
    OAIResponseIterator,
    Sickle,
)
from sources.web.session import PagerGuard, Session, redact
from warehouse.errors import ShapeError
from warehouse.schema import Window

EVER = Window(date(1900, 1, 1), date(2200, 1, 1))
"""The days of any record that can be counted."""

OVERLAP = timedelta(days=2)
"""How far a list reaches back into days that were asked for before: an interface that is filled by night shows a change
with its own datestamp after that."""


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
        "1 request for each 100 or so records; all of them on each run where deletions are not told",
        {"url": "https://repository.example/oai"},
        ("withdrawn", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("OaiPmhSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics([self.settings.kind, *self.settings.type_kinds.values()])

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Identify, then every page of the records changed in the window or ``OVERLAP`` before it.

        Raises ``ShapeError`` for an endless list.
        """
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
        arguments = self._arguments(window, now, _identify(harvester))
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

    def _arguments(self, window: Window, now: datetime, repository: Identify) -> dict[str, str] | None:
        """The arguments of ListRecords; None where the whole window lies before the repository's first record.

        Without dates the list is the whole repository: on a first run, and on each run of a repository that does not
        tell of deletions.
        """
        seconds = str(getattr(repository, "granularity", "")).startswith("YYYY-MM-DDT")
        form = "%Y-%m-%dT%H:%M:%SZ" if seconds else "%Y-%m-%d"
        since = max(window.start - OVERLAP, self.settings.since or date.min)
        first, last = (datetime.combine(day, time(), self.place.zone).astimezone(UTC) for day in (since, window.end))
        texts = {"from": first.strftime(form), "until": (last - timedelta(seconds=1)).strftime(form)}
        earliest = str(getattr(repository, "earliestDatestamp", ""))[: len(texts["from"])]
        if len(earliest) == len(texts["from"]):
            if texts["until"] < earliest:
                return None
            if texts["from"] <= earliest:
                del texts["from"]  # some repositories refuse a date before their first one
        forgets = getattr(repository, "deletedRecord", "") == "no" and self.settings.relist == "each_run"
        to_the_end = window.end >= now.astimezone(self.place.zone).date()
        if to_the_end and (forgets or "from" not in texts):
            texts = {}  # what changed today belongs to the whole, too
        chosen = {"set": self.settings.set} if self.settings.set else {}
        return {"metadataPrefix": self.settings.metadata_prefix, **chosen, **texts}

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Every record on the span of its date; a deleted one on its datestamp with the flag ``withdrawn``.

        A list of the whole repository also says what is gone. A list that ends before the size that the repository
        states covers nothing, and is asked for again.
        """
        items = Items(delivery_date(pages, self.place.zone))
        reader, listed = RecordReader(self.settings, self.place.zone, items), ListedPages()
        for page in sorted(pages, key=lambda page: page.sequence):
            root = parse_document(page.body, page.url)
            if root is None:
                continue
            listed.add(root, page.url)
            for number, record in enumerate(root.iterfind(f".//{NAMESPACE}record"), start=1):
                origin = f"{page.url} record {number}"
                items.read(record, origin, reader.record, origin)
            for number, header in enumerate(root.iterfind(f"{NAMESPACE}ListIdentifiers/{NAMESPACE}header"), start=1):
                origin = f"{page.url} header {number}"
                items.read(Header(header), origin, reader.header, {}, origin)
        windows = tuple(dict.fromkeys(page.window for page in pages))
        for sentence in (*listed.sentences(), *reader.sentences()):
            items.note(sentence)
        if listed.short and self.settings.list_size == "exact":
            parsed = items.parsed(unanswered=windows)
        else:
            parsed = items.parsed(covered=windows, replaces=EVER if listed.whole and not listed.short else None)
        return replace(parsed, only_changes=not listed.whole)


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
