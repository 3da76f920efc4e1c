"""Exports that a person downloads: followers, views and posts of a platform by day.

Where several files have the same day, the file with the latest last day counts: it was downloaded last. Of two that end
on the same day, the one whose name sorts later counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
)
from sources.files.cell_records import PullBuilder
from sources.files.dates import DateReader
from sources.files.key_rules import KeyRules
from sources.files.left_out import delivered_pages, without_names
from sources.files.left_out_names import left_out_names
from sources.files.table_format import TableFormat
from sources.frames import record_frames
from sources.social_export.export_file import Export, TableSpec, read_export
from sources.social_export.layouts import LAYOUTS, slug
from sources.social_export.settings import ExportColumns, SocialExportSettings
from warehouse.errors import ShapeError

if TYPE_CHECKING:
    from sources.web.session import Session
    from warehouse.schema import Window

EXPORT_PATTERNS = ("*.csv", "*.tsv", "*.xlsx", "*.xlsm", "*.xls", "*.ods")
"""An old .xls is found too, so that the error says what to do with it: LinkedIn still gives such files."""


class SocialExport:
    """The downloads of one account. Days are those of the platform."""

    Settings: ClassVar[type[SourceSettings]] = SocialExportSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Downloads of LinkedIn, Meta, YouTube Studio and X",
        "none; a person downloads the file and puts it where kmi reads",
        "reads the files; no quota",
        {"path": "linkedin/", "layout": "linkedin_followers"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("SocialExportSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        if self.settings.layout is not None:
            return LAYOUTS[self.settings.layout].all_metrics()
        return tuple(_own_metrics(self.settings.columns).values()) if self.settings.columns else ()

    def fetch(self, window: "Window", now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        yield from delivered_pages(self.name, self.settings.path, window, now, session, EXPORT_PATTERNS)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the days in the pages' window. Raises ``ShapeError`` that names the file."""
        pages, unread = without_names(pages, "is not an export and is not read")
        if not pages:
            return ParseResult(*record_frames([], []))
        ordered = sorted(pages, key=lambda page: page.sequence)
        spec, dates = self._table_spec(), DateReader(self._date_formats())
        exports = [read_export(page.url, page.body, spec, dates) for page in ordered]
        if all(export.dateless for export in exports):
            do = "download the figures by day (in YouTube Studio 'Chart data' or 'Totals'), or correct 'columns.date'"
            what = f"no row has a column '{spec.date}', so the values have no day"
            raise ShapeError(what, where=ordered[0].url, do=do)
        pull = PullBuilder(
            ordered[0].window, KeyRules(files="latest", left_out=left_out_names(self.settings))
        )  # of two downloads the newer counts
        by_age = sorted(zip(exports, ordered, strict=True), key=lambda pair: (pair[0].newest, pair[1].sequence))
        pull.add_spans(pull.latest([export.table for export, _ in by_age]))
        _note_unread(exports, ordered, pull)
        parsed = pull.parsed()
        return replace(parsed, notes=(*unread, *parsed.notes))

    def _date_formats(self) -> tuple[str, ...]:
        layout = self.settings.layout
        return self.settings.date_formats or (LAYOUTS[layout].date_formats if layout else ())

    def _table_spec(self) -> TableSpec:
        settings = self.settings
        options = TableFormat.model_validate({name: getattr(settings, name) for name in TableFormat.model_fields})
        if options.thousands is None:
            options = options.model_copy(update={"thousands": "," if options.decimal == "." else "."})
        totals = frozenset(text.casefold() for text in settings.totals)
        row = settings.header_row if "header_row" in settings.model_fields_set else None
        sheets: tuple[str | None, ...] = (options.sheet,)
        if settings.layout is not None:
            layout = LAYOUTS[settings.layout]
            metrics = {metric.name: metric for metric in layout.metrics}
            sheets = sheets if options.sheet else (*layout.sheets, None)
            return TableSpec("Date", metrics, layout.divided_by, totals, options, sheets, row, titled=layout.titled)
        columns = cast("ExportColumns", settings.columns)
        divided = (columns.entity,) if columns.entity else ()
        return TableSpec(columns.date, _own_metrics(columns), divided, totals, options, sheets, row, suffixed=False)


def _own_metrics(columns: ExportColumns | None) -> dict[str, Metric]:
    """The metrics that the plan names, by the slug of their headers."""
    found = columns.metrics.items() if columns else ()
    return {
        slug(column.column): Metric(
            name,
            column.unit,
            column.kind,
            column.description or name,
            additive_over_entities=column.kind != "distinct",
            minimum=column.minimum,
        )
        for name, column in found
    }


def _note_unread(exports: Sequence[Export], pages: Sequence[RawPage], pull: PullBuilder) -> None:
    """Note once what was left out of the files."""
    for export, page in zip(exports, pages, strict=True):
        if export.dateless:
            pull.notes[f"{page.url} has no column of days and is left out; files"] += 1
    unread = sorted({name for export in exports for name in export.unread})
    if unread:
        names = ", ".join(unread)[:300]
        pull.notes[f"columns that are not in this layout are left out ({names}); columns"] += len(unread)
