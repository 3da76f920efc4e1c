"""Reads a file with the proposed settings, by the source's own reader, and compares with a sum of the cells."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.inspection.table import Proposal
from sources.registry import source_class
from warehouse.errors import KmiError
from warehouse.schema import Window

EVER = Window(date(1900, 1, 1), date(2200, 1, 1))
SAME = 1e-9
SHOWN = 3


@dataclass(frozen=True, slots=True)
class MetricTotals:
    """One metric as the file holds it and as it was read. ``cells``: with a number; ``file_total``: their sum."""

    metric: str
    unit: str
    cells: int
    file_total: float
    read_total: float
    entities: int
    spans: int
    first: date | None
    last: date | None
    places: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return math.isclose(self.file_total, self.read_total, rel_tol=SAME, abs_tol=1e-6)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the proposed settings read, beside what the file holds. ``last`` of the metrics is the day after the end."""

    rows: int
    metrics: tuple[MetricTotals, ...]
    refused: tuple[str, ...]
    refused_count: int
    notes: tuple[str, ...]
    totals: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every metric has the file's own total."""
        return all(metric.agrees for metric in self.metrics)


def read_with(
    settings: Mapping[str, object], pages: Sequence[tuple[str, bytes]], zone: ZoneInfo, now: datetime
) -> ParseResult:
    """What the source of these settings makes of the files. Raises ``KmiError``; settings that do not hold too."""
    model = source_class(str(settings["type"]))
    try:
        checked = model.Settings.model_validate(settings)
    except ValidationError as error:
        detail = error.errors()[0]
        message = str(detail["msg"]).removeprefix("Value error, ")
        raise KmiError(f"the settings do not hold: {message}", where=".".join(map(str, detail["loc"]))) from None
    own_zone = ZoneInfo(checked.time_zone) if checked.time_zone else zone
    source = model("inspected", checked, Place(own_zone))
    raw = [RawPage("inspected", EVER, at, name, 200, now, body) for at, (name, body) in enumerate(pages)]
    return source.parse(raw)


def reconcile(proposal: Proposal, parsed: ParseResult) -> Reconciliation:
    """The figures of the file beside those that were read."""
    observations, refused = parsed.observations, parsed.refused
    metrics = []
    for metric, cells in proposal.values.items():
        numbers = [number for cell in cells if (number := proposal.form.read(cell)) is not None]
        own = observations[observations["metric"] == metric]
        known = not own.empty
        metrics.append(
            MetricTotals(
                metric,
                proposal.units.get(metric, str(proposal.settings.get("unit", metric))),
                len(numbers),
                math.fsum(numbers) * proposal.factor,
                math.fsum(own["value"].dropna()),
                own["entity"].nunique(),
                len(own[["start", "end"]].drop_duplicates()),
                own["start"].min().date() if known else None,
                own["end"].max().date() if known else None,
                tuple(sorted(name for name in own["entity"].unique() if name)),
            )
        )
    if proposal.items is not None:
        metrics = [_items(proposal, metric, parsed) for metric in proposal.values]
    shown = [f"{row.origin}: {row.reason}" for row in refused.head(SHOWN).itertuples()]
    return Reconciliation(
        proposal.rows, tuple(metrics), tuple(shown), len(refused), parsed.notes, tuple(proposal.totals)
    )


def _items(proposal: Proposal, metric: str, parsed: ParseResult) -> MetricTotals:
    own = parsed.observations
    first, last = (own["start"].min().date(), own["end"].max().date()) if len(own) else (None, None)
    spans = len(own[["start", "end"]].drop_duplicates())
    return MetricTotals(
        metric, "items", proposal.rows, float(proposal.items or 0), float(len(own)), len(own), spans, first, last
    )
