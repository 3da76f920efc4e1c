"""What a nightly run reads, writes and computes, counted where it happens: a count cannot flake, and shows relapses.

The numbers are exact on purpose. Whoever changes one says why in the commit.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.changing_library import replace_file
from tests.forked_runs import START, context_of
from transforms.forecast import engine
from warehouse.root import LocalRoot
from warehouse.schema import Table
from warehouse.tables import Tables

PLAN = """\
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library},
    date_formats: ["%Y-%m-%d"], period: day}
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [{source: gates, metric: visits}]
    target: {baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}, value: 120, due: 2027-12-31}
  hill: {title: Visits to Hill, unit: visits, kind: flow, of: [{source: gates, metric: visits, entities: [Hill]}]}
"""
NIGHTS = 3
LEDGERS = ("pulls", "evaluations", "notices")
HISTORY = 1_100


@dataclass
class Work:
    """Rows read from and written to each Delta table, files of the warehouse written, calls of the forecast."""

    read: Counter[str] = field(default_factory=Counter)
    appended: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    forecasts: list[int] = field(default_factory=list)


@contextmanager
def counted() -> Iterator[Work]:
    """Count what happens inside, at the tables, the root and the forecast engine."""
    work = Work()
    read, append, replace, write, combine = (
        Tables.read,
        Tables.append,
        Tables.replace,
        LocalRoot.write,
        engine.combine_forecasts,
    )

    def counting_read(self: Tables, table: Table, *arguments: Any) -> pa.Table:
        found = read(self, table, *arguments)
        work.read[table.name] += found.num_rows
        return found

    def counting_append(self: Tables, table: Table, data: pa.Table) -> None:
        work.appended[table.name] += data.num_rows
        append(self, table, data)

    def counting_replace(self: Tables, table: Table, data: pa.Table, *arguments: Any) -> None:
        work.replaced[table.name] += data.num_rows
        replace(self, table, data, *arguments)

    def counting_write(self: LocalRoot, files: dict[str, bytes]) -> None:
        work.files += files
        write(self, files)

    def counting_forecasts(values: Any, *arguments: Any, **options: Any) -> Any:
        work.forecasts.append(1)
        return combine(values, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tables, "read", counting_read)
        patch.setattr(Tables, "append", counting_append)
        patch.setattr(Tables, "replace", counting_replace)
        patch.setattr(LocalRoot, "write", counting_write)
        patch.setattr(engine, "combine_forecasts", counting_forecasts)
        yield work


def write_days(folder: Path, days: int) -> Path:
    """The plan and the visits of two branches on the first ``days`` days of a history that ends with the night."""
    first = START.date() - timedelta(days=HISTORY + 1)
    headings = ",".join(f"{first + timedelta(days=n):%Y-%m-%d}" for n in range(days))
    rows = [f"{name},{','.join(str(base + n % 7) for n in range(days))}" for name, base in (("Hill", 50), ("Quay", 30))]
    replace_file(folder / "visits.csv", "\n".join([f"Library,{headings}", *rows]) + "\n")
    replace_file(folder / "plan.yaml", PLAN)
    return folder / "plan.yaml"


def night(folder: Path, number: int, days: int) -> Work:
    """The work of the run of one night."""
    plan = write_days(folder, days)
    with counted() as work:
        done = refresh(context_of(plan, folder / "warehouse", START + timedelta(days=number)), RefreshRequest())
    assert not done.failed
    return work


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after three nights, the first of which brought three years and each of the others a day."""
    folder = tmp_path_factory.mktemp("old")
    for number in range(NIGHTS):
        night(folder, number, HISTORY + number)
    return folder


@pytest.mark.slow
def test_a_night_that_brings_nothing_new_writes_a_row_of_each_ledger_and_few_files(old: Path) -> None:
    work = night(old, NIGHTS, HISTORY + NIGHTS - 1)
    rows = 2 * (HISTORY + NIGHTS - 1)
    assert work.replaced == {}
    assert {name: count for name, count in work.appended.items() if count} == dict.fromkeys(LEDGERS, 1)
    assert work.read["observations"] <= rows, "what the file holds is compared with what is stored"
    assert work.read["changes"] <= rows
    assert work.read["pulls"] <= 14 * (NIGHTS + 1), "two of them for the clock and for what was lost"
    assert not [path for path in work.files if "observations" in path or "forecasts" in path]
    assert sum(work.forecasts) <= 1, "one forecast of the one indicator that has a target"
