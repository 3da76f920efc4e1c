"""What is kept of past years gives the same figures as the whole history, and a night computes what changed only."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pandas as pd
import pyarrow as pa
import pytest

from flows.steps.assess import assess
from flows.steps.context import Context, open_context
from flows.steps.observed_days import COLUMNS, ObservedDays, observed_days
from flows.steps.refresh import RefreshRequest, refresh
from tests.changing_library import replace_file
from tests.test_architecture import CHECKOUT
from warehouse import kept_blocks
from warehouse.kept_blocks import MONTH, KeptBlocks, blocks_of
from warehouse.root import LocalRoot
from warehouse.schema import OBSERVATIONS, Table, Window, merged
from warehouse.table_scan import DataFile, scan_table
from warehouse.tables import Tables

FIRST, LAST = date(2021, 3, 1), date(2025, 2, 20)
PLAN = """
organisation: {{name: Hill Library, time_zone: UTC}}
calendar:
  closed: [{{from: 2022-12-24, to: 2023-01-05, reason: Repairs}}{closed}]
sources:
  gates:
    type: footfall
    path: visits.csv
    layout: wide
    columns: {{entity: Branch}}
    date_formats: ["%Y-%m-%d"]
    period: day
  fans:
    type: measures
    path: fans.csv
    columns: {{date: Day}}
    date_formats: ["%Y-%m-%d"]
    measures: {{fans: {{column: Fans, kind: reading, unit: followers}}}}
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [&all {{source: gates, metric: visits}}]
    target: {{baseline: {{from: 2023-01-01, to: 2023-12-31}}, value: 9000, due: 2026-12-31, path: seasonal}}
  weeks: {{title: Weeks, unit: visits, kind: flow, period: week, min_completeness: 0.5, of: [*all]}}
  years:
    {{title: Years, unit: visits, kind: flow, period: year, of: [{{source: gates, metric: visits, entities: [Hill]}}]}}
  fans: {{title: Fans, unit: followers, kind: stock, of: [{{source: fans, metric: fans}}]}}
  gained: {{title: Gained, unit: followers, kind: flow, of: [{{source: fans, metric: fans}}]}}
"""


class Library:
    """Branches with a figure for each day; some are blank, and any may be corrected."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number, self.closed = folder, 0, ""
        days = [FIRST + timedelta(days=at) for at in range((LAST - FIRST).days)]
        draw = Random(7)
        self.cells = {
            name: {day: "" if draw.random() < 0.02 else str(base + draw.randint(0, 40)) for day in days}
            for name, base in (("Hill", 100), ("Quay", 60), ("Van", 5))
        }

    def run(self) -> Context:
        """A night; the next morning is a day later."""
        days = list(self.cells["Hill"])
        rows = [["Branch", *map(str, days)], *([name, *cells.values()] for name, cells in self.cells.items())]
        replace_file(self.folder / "visits.csv", "\n".join(map(",".join, rows)) + "\n")
        fans = [f"{day},{1000 + at + at % 5}" for at, day in enumerate(days[::30])]
        replace_file(self.folder / "fans.csv", "\n".join(["Day,Fans", *fans]) + "\n")
        replace_file(self.folder / "plan.yaml", PLAN.format(closed=self.closed))
        now = datetime(2025, 2, 25, 6, tzinfo=UTC) + timedelta(days=self.number)
        self.number += 1
        context = open_context(
            self.folder / "plan.yaml", self.folder / "warehouse", resolve=str, log=lambda _: None, clock=lambda: now
        )
        assert refresh(context, RefreshRequest()).failed == {}
        return context


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(kept_blocks, "LEAST_ROWS", 1000)
    return Library(tmp_path)


def corrected(library: Library) -> None:
    library.cells["Quay"][date(2022, 6, 3)] = "999"


def blank(library: Library) -> None:
    library.cells["Hill"][date(2023, 12, 31)] = ""


def closed(library: Library) -> None:
    library.closed = ", {from: 2024-05-01, to: 2024-05-03, reason: Fair}"


def grown(library: Library) -> None:
    for name in library.cells:
        library.cells[name][LAST] = "77"


def nothing(library: Library) -> None:
    """A night that brings nothing."""


IN_A_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from flows.steps.context import open_context
from flows.steps.refresh import RefreshRequest, refresh
from warehouse import kept_blocks
kept_blocks.LEAST_ROWS = 1000
now = datetime(2025, 2, 27, 6, tzinfo=UTC)
context = open_context(Path("plan.yaml"), Path("warehouse"), resolve=str, log=lambda _: None, clock=lambda: now)
refresh(context, RefreshRequest())
print(context.kept.computed)
"""


@pytest.mark.slow
def test_another_process_finds_what_the_last_one_kept(library: Library) -> None:
    """Nothing by which it is found may depend on the order of sets, which is another in each process."""
    library.run()
    expected = library.run().kept.computed
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{CHECKOUT}"}
        done = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS],
            cwd=library.folder,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        assert int(done.stdout) == expected


@pytest.mark.slow
@pytest.mark.parametrize("change", [nothing, grown, corrected, blank, closed])
def test_what_was_kept_gives_the_figures_of_the_whole_history(
    library: Library, change: Callable[[Library], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    library.run()
    change(library)
    context = library.run()
    kept, with_days = assess(replace(context)), days_with_values(context)
    for path in (library.folder / "warehouse" / "derived").iterdir():
        path.unlink()
    monkeypatch.setattr(kept_blocks, "LEAST_ROWS", 10**9)
    whole = assess(replace(context))
    for name in ("periods", "verdicts", "targets", "paths", "forecasts"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(whole, name), obj=name, rtol=1e-12)
    assert merged_windows(with_days.windows) == merged_windows(days_with_values(context).windows)


def days_with_values(context: Context) -> ObservedDays:
    return observed_days(replace(context), scan_table(context.tables, OBSERVATIONS, COLUMNS))


def merged_windows(windows: pd.DataFrame) -> dict[tuple[str, str], list[Window]]:
    """The windows of each source and entity; a block ends with a year, and so do its windows."""
    found: dict[tuple[str, str], list[Window]] = {}
    for source, entity, start, end in windows.itertuples(index=False):
        found.setdefault((source, entity), []).append(Window(start.date(), end.date()))
    return {name: merged(parts) for name, parts in found.items()}


@pytest.mark.slow
def test_a_night_computes_and_reads_what_changed_only(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.run().kept.computed > 12
    quiet = library.run().kept.computed
    assert quiet == 4, "the newest block: the series, the periods, their cells, the days with values"
    corrected(library)
    rows, read = 0, Tables.read

    def counting(self: Tables, table: Table, *arguments: object) -> pa.Table:
        nonlocal rows
        found = read(self, table, *arguments)  # type: ignore[arg-type]
        rows += found.num_rows if table.name == "observations" else 0
        return found

    monkeypatch.setattr(Tables, "read", counting)
    assert library.run().kept.computed == 8, "the year 2022 besides"
    stored = sum(bool(cell) for cells in library.cells.values() for cell in cells.values())
    of_the_year = sum(bool(cell) for cells in library.cells.values() for day, cell in cells.items() if day.year == 2022)
    assert stored + of_the_year < rows < stored + of_the_year + 100, "the file against the store, and a year to publish"
    names = {path.name.partition("-")[0] for path in (library.folder / "warehouse" / "derived").iterdir()}
    assert names == {"series", "periods", "cells", "days"}


def data_file(year: int, rows: int) -> DataFile:
    return DataFile(f"{year}", "gates", f"{year}-01", rows, None, None)


def test_blocks_are_whole_years_and_the_newest_is_never_kept(tmp_path: Path) -> None:
    rows = {2019: 60_000, 2020: 50_000, 2021: 99, 2023: 10**6}
    data = [data_file(year, count) for year, count in rows.items()]
    blocks = blocks_of(data)
    assert [(block.days, [one.path for one in block.data]) for block in blocks] == [
        (Window(date.min, date(2021, 1, 1)), ["2019", "2020"]),
        (Window(date(2021, 1, 1), date.max), ["2021", "2023"]),
    ]
    assert [block.is_newest for block in blocks] == [False, True]
    kept = KeptBlocks(LocalRoot(tmp_path))
    for block in blocks:
        kept.tables("sums", block, (1,), lambda: [pa.table({"a": [1, None]}), pa.table({"b": pa.array([], "string")})])
    assert [path.name for path in (tmp_path / "derived").iterdir()] == ["sums-2019.parquet"]


def test_blocks_of_months_end_with_the_month_in_which_they_have_enough_rows() -> None:
    rows = {"2019-11": 60_000, "2019-12": 50_000, "2020-02": 99, "2020-03": 10**6, "2020-04": 1}
    data = [DataFile(month, "gates", month, count, None, None) for month, count in rows.items()]
    assert [(block.label, block.days, len(block.data), block.is_newest) for block in blocks_of(data, MONTH)] == [
        ("2019-11", Window(date.min, date(2020, 1, 1)), 2, False),
        ("2020-02", Window(date(2020, 1, 1), date(2020, 4, 1)), 2, False),
        ("", Window(date(2020, 4, 1), date.max), 1, True),
    ]
    assert [block.days for block in blocks_of([], MONTH)] == [Window(date.min, date.max)]


@pytest.mark.parametrize("damage", ["another key", "cut", "gone"])
def test_what_is_lost_damaged_or_of_another_key_is_computed_again(tmp_path: Path, damage: str) -> None:
    block = blocks_of([data_file(2019, 10**6), data_file(2020, 1)])[0]
    sums = pa.table({"value": [1.5, None], "flags": [["partial"], []]})
    made = [sums, pa.table({"day": pa.array([date(2019, 1, 1)])})]
    KeptBlocks(LocalRoot(tmp_path)).tables("sums", block, ("key", 1), lambda: made)
    file = tmp_path / "derived" / "sums-2019.parquet"
    again = KeptBlocks(LocalRoot(tmp_path))
    assert again.tables("sums", block, ("key", 1), lambda: []) == made
    assert again.computed == 0
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    if damage == "gone":
        file.unlink()
    key = ("key", 2 if damage == "another key" else 1)
    other = [pa.table({"value": [2.5]})]
    assert again.tables("sums", block, key, lambda: other) == other
    assert again.tables("sums", block, key, lambda: []) == other
    again.tables("other", block, (1,), lambda: other)
    KeptBlocks(LocalRoot(tmp_path)).delete_unused()
    assert list((tmp_path / "derived").iterdir()) == []
