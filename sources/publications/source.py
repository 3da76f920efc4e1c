"""Publications as a source: the files of the log, and what they give."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.files.references import REFERENCE_PATTERNS, is_reference_page, read_references
from sources.files.tables import TABLE_PATTERNS, read_tables, table_pages
from sources.frames import record_frames
from sources.items import item_metrics
from sources.publications.reader import PublicationReader
from sources.publications.settings import PublicationsSettings
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session


class Publications:
    """One observation per item, on the day, month or year of publication that the log gives."""

    Settings: ClassVar[type[SourceSettings]] = PublicationsSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "The log of publications that staff keep in CSV or Excel, or export as RIS, BibTeX or CSL-JSON",
        "let kmi read the folder or address of the files",
        "reads the files; no quota",
        {
            "path": "publications.csv",
            "columns": {"date": "Date", "kind": "Kind", "id": "ID"},
            "kinds": {"guide": "guides"},
        },
        ("withdrawn", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        if not isinstance(settings, PublicationsSettings):
            raise TypeError("publications are built from PublicationsSettings")
        self.name, self.settings, self.place = name, settings, place

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics(self.settings.all_kinds)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        patterns = (*TABLE_PATTERNS, *REFERENCE_PATTERNS)
        yield from table_pages(self.name, self.settings.path, window, now, session, patterns)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """The items whose span begins in the pages' window. Raises ``ShapeError`` that names the file.

        The log is complete for the days from its oldest date to the end of the window, or to ``until``.
        """
        if not pages:
            return ParseResult(*record_frames([], []))
        references = [page for page in pages if is_reference_page(page)]
        tables = read_tables([page for page in pages if page not in references], self.settings)
        today = pages[0].fetched_at.astimezone(self.place.zone).date()
        log = PublicationReader(self.settings, self.place, pages[0].window, today)
        for sheet in chain.from_iterable(tables.files):
            log.read(sheet)
        for page in sorted(references, key=lambda page: page.sequence):
            log.read_references(page.url, read_references(page.url, page.body))
        parsed = log.parsed()
        return replace(parsed, notes=(*tables.notes, *parsed.notes))
