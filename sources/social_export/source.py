"""Exports that a person downloads: followers, views and posts of a platform by day.

Where several files speak of the same day, that one counts whose last day is the latest: it was downloaded last. Of two that end
on the same day, the one whose name comes later.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
    observation_frame,
    refused_frame,
)
from sources.files.cell_records import PullBuilder
from sources.files.dates import DateReader
from sources.files.location import file_pages, read_files
from sources.files.tabular import TABLE_PATTERNS, TableFormat
from sources.social_export.export_file import Export, TableSpec, read_export
from sources.social_export.layouts import LAYOUTS, slug
from sources.social_export.settings import ExportColumns, SocialExportSettings
from warehouse.errors import ShapeError

if TYPE_CHECKING:
    from sources.web.session import Session
    from warehouse.schema import Window

EXPORT_PATTERNS = (*TABLE_PATTERNS, "*.xls")
"""An old .xls is read too, to say what to do with it: LinkedIn still gives such files."""


class SocialExport:
    """The downloads of one account. Days are those that the platform writes."""

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
        """One page a file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        yield from file_pages(self.name, read_files(self.settings.path, EXPORT_PATTERNS, session), window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the days in the pages' window. Raises ``ShapeError`` that names the file."""
        if not pages:
            return ParseResult(observation_frame([]), refused_frame([]))
        ordered = sorted(pages, key=lambda page: page.sequence)
        wanted, dates = self._wanted(), DateReader(self._date_formats())
        exports = [read_export(page.url, page.body, wanted, dates) for page in ordered]
        if all(export.dateless for export in exports):
            do = "download the figures by day (in YouTube Studio 'Chart data' or 'Totals'), or mend 'columns.date'"
            raise ShapeError(
                f"no row holds a column '{wanted.date}', so the figures belong to no day", where=ordered[0].url, do=do
            )
        pulled = PullBuilder(ordered[0].window)
        by_age = sorted(zip(exports, ordered, strict=True), key=lambda pair: (pair[0].newest, pair[1].sequence))
        for one in pulled.latest([export.table for export, _ in by_age]):
            if one.fault is not None:
                pulled.refused.append(one.refusal)
            elif one.value is not None:
                pulled.rows.append((one.metric, one.entity, one.days.start, one.days.end, one.value, (), one.origin))
        _say_unread(exports, ordered, pulled)
        return pulled.parsed()

    def _date_formats(self) -> tuple[str, ...]:
        layout = self.settings.layout
        return self.settings.date_formats or (LAYOUTS[layout].date_formats if layout else ())

    def _wanted(self) -> TableSpec:
        settings = self.settings
        options = TableFormat.model_validate({name: getattr(settings, name) for name in TableFormat.model_fields})
        if options.thousands is None:
            options = options.model_copy(update={"thousands": "," if options.decimal == "." else "."})
        totals = frozenset(text.casefold() for text in settings.totals)
        row = settings.header_row if "header_row" in settings.model_fields_set else None
        sheets: tuple[str | None, ...] = (options.sheet,)
        if settings.layout is not None:
            known = LAYOUTS[settings.layout]
            figures = {metric.name: metric for metric in known.metrics}
            sheets = sheets if options.sheet else (*known.sheets, None)
            return TableSpec("Date", figures, known.divided_by, totals, options, sheets, row, titled=known.titled)
        columns = cast("ExportColumns", settings.columns)
        divided = (columns.entity,) if columns.entity else ()
        return TableSpec(columns.date, _own_metrics(columns), divided, totals, options, sheets, row, suffixed=False)


def _own_metrics(columns: ExportColumns | None) -> dict[str, Metric]:
    """The metrics that the plan names, by the slug of their headers."""
    found = columns.metrics.items() if columns else ()
    return {
        slug(one.column): Metric(
            name,
            one.unit,
            one.kind,
            one.description or name,
            additive_over_entities=one.kind != "distinct",
            minimum=one.minimum,
        )
        for name, one in found
    }


def _say_unread(exports: Sequence[Export], pages: Sequence[RawPage], pulled: PullBuilder) -> None:
    """What is left out of the files is said, each time once."""
    for export, page in zip(exports, pages, strict=True):
        if export.dateless:
            pulled.notes[f"{page.url} has no column of days and is left out; files"] += 1
    unread = sorted({name for export in exports for name in export.unread})
    if unread:
        pulled.notes[
            f"columns that are no figures of this layout are left out ({', '.join(unread)[:300]}); columns"
        ] += len(unread)
