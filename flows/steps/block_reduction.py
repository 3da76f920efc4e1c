"""The reduction of ``flows.steps.reduction`` block by block: what was computed of past years is kept.

A period needs the observations that touch it and nothing else, so that each block can be reduced by itself. The steps
of counters are learned from the whole history: they are reduced anew each time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from flows.engines.engine import Engine
from flows.steps import reduction
from flows.steps.context import Context
from flows.steps.queries import Queries, queries
from flows.steps.reduction import Observed
from transforms.pacing.opendays import WEEKDAY_KEY
from transforms.periods import MEMBER_KEY, ReducedSeries
from warehouse.frames import to_pandas
from warehouse.kept_blocks import MONTH, Block, KeptBlocks, blocks_of
from warehouse.schema import OBSERVATIONS, Window
from warehouse.table_scan import DataFile, TableScan, mark, scan_table

SERIES_KEY = ["source", "metric", "entity"]


@dataclass(frozen=True, slots=True)
class ObservedBlocks:
    """The observations where they lie, the engine that reads them, and what was kept of their blocks."""

    scan: TableScan
    engine: Engine
    kept: KeptBlocks

    @property
    def whole(self) -> Observed:
        return Observed(self.scan, self.engine)

    def of(self, sources: Iterable[str]) -> "ObservedBlocks":
        """Those of these sources."""
        wanted = set(sources)
        return replace(self, scan=self.scan.of([one for one in self.scan.data if one.source in wanted]))

    def found_in_blocks(self, name: str, query: Queries, **more: pa.Table) -> pd.DataFrame:
        """The rows that a query of one result finds in each block of months, kept under ``name``; more: its tables."""
        found, key = list[pa.Table](), [table.to_pylist() for table in more.values()]
        for block in blocks_of(self.scan.data, MONTH):
            tables = {"observations": self.scan.of(block.data), **more}

            def make(tables: Mapping[str, pa.Table | TableScan] = tables) -> list[pa.Table]:
                return query.run_in_arrow(tables, self.engine)

            found += self.kept.tables(name, block, (query.text, mark(block.data), *key), make)
        return to_pandas(pa.concat_tables(found))

    def known_series(self) -> pd.DataFrame:
        """Columns source, metric, entity, first and until: the days from the first to the last observation of each."""
        every = self.found_in_blocks("series", queries("known_series"))
        return every.groupby(SERIES_KEY, as_index=False).agg(first=("first", "min"), until=("until", "max"))


def observed_blocks(context: Context) -> ObservedBlocks:
    """All observations of the warehouse."""
    scan = scan_table(context.tables, OBSERVATIONS, reduction.OBSERVATION_COLUMNS)
    return ObservedBlocks(scan, context.engine, context.kept)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the observations are reduced by: ``METRICS``, ``PARTS``, ``CLOSED`` and ``GRID`` of the reduction.

    name: under which the blocks are kept.
    """

    name: str
    metrics: pd.DataFrame
    parts: pd.DataFrame
    closed: pd.DataFrame
    spans: pd.DataFrame

    def of(self, parts: pd.DataFrame) -> "Declared":
        """Some of the parts, with the spans that they need."""
        return replace(self, parts=parts, spans=self.spans[self.spans["period"].isin(parts["period"])])


def reduce_blocks(observed: ObservedBlocks, declared: Declared) -> ReducedSeries:
    """As ``flows.steps.reduction.reduce``."""
    counted = declared.parts["steps"].astype(bool)
    steps, plain = declared.of(declared.parts[counted]), declared.of(declared.parts[~counted])
    found = list[ReducedSeries]()
    if len(steps.parts):
        rows = observed.of(steps.parts["source"]).whole
        found.append(reduction.reduce(rows, steps.metrics, steps.parts, steps.closed, steps.spans))
    if len(plain.parts) or not found:
        mine = observed.of(plain.parts["source"])
        tables = [_reduce_block(mine, block, plain) for block in blocks_of(mine.scan.data)]
        found.append(ReducedSeries(*(to_pandas(pa.concat_tables(parts)) for parts in zip(*tables, strict=True))))
    return _united(found)


def _reduce_block(observed: ObservedBlocks, block: Block, declared: Declared) -> list[pa.Table]:
    """The tables of ``ReducedSeries`` for the periods that begin in the block, without the steps of counters."""
    days, spans, closed = block.days, declared.spans, declared.closed
    mine = spans[spans["start"].dt.date.ge(days.start) & spans["start"].dt.date.lt(days.end)]
    files, shut = list[DataFile](), closed.head(0)
    if len(mine):
        first, until = mine["start"].min(), mine["end"].max()
        files = [one for one in observed.scan.data if one.meets(Window(first.date(), until.date()))]
        shut = closed[closed["day"].ge(first) & closed["day"].lt(until)]
    query = queries("reduction")

    def make() -> list[pa.Table]:
        tables = reduction.inputs(declared.metrics.head(0), declared.parts, shut, mine)
        return query.run_in_arrow({"observations": observed.scan.of(files), **tables}, observed.engine)

    key = (query.text, mark(files), *(frame.to_csv(index=False) for frame in (declared.parts, shut, mine)))
    return observed.kept.tables(declared.name, block, key, make)


def _united(found: Sequence[ReducedSeries]) -> ReducedSeries:
    """The parts of a history as one: they share no period, but the members."""
    series, closed, flags, pulls, first, weekdays = (
        pd.concat([getattr(one, name) for one in found], ignore_index=True)
        for name in ("series", "closed", "flags", "pulls", "first", "weekdays")
    )
    first = first.groupby(MEMBER_KEY, as_index=False).agg(first=("first", "min"))
    if not weekdays.duplicated(WEEKDAY_KEY).any():
        return ReducedSeries(series, closed, flags, pulls, first, weekdays)
    total = weekdays.assign(total=weekdays["mean"] * weekdays["days"])
    weekdays = total.groupby(WEEKDAY_KEY, as_index=False).agg(total=("total", "sum"), days=("days", "sum"))
    weekdays = weekdays.assign(mean=weekdays["total"] / weekdays["days"])[[*WEEKDAY_KEY, "mean", "days"]]
    return ReducedSeries(series, closed, flags, pulls, first, weekdays)
