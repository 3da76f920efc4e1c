"""Rows that passed the checks are not checked again; anything new about them, and the checks run."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.steps.refresh import RefreshRequest, RefreshResult, refresh
from tests.changing_library import write_library
from tests.forked_runs import clock_after, context_of
from tests.warehouse_contents import observation_rows
from warehouse import checks
from warehouse.tables import Tables

DAY_S = 86_400.0


class Runs:
    """Runs over one library, and how many pulls each of them had checked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.checked = folder, 0
        unexpected = checks._unexpected

        def counting(*arguments: Any) -> Any:
            self.checked += 1
            return unexpected(*arguments)

        monkeypatch.setattr(checks, "_unexpected", counting)

    def run(self, number: int, now: datetime) -> RefreshResult:
        self.checked = 0
        self.context = context_of(write_library(self.folder, number), self.folder / "warehouse", now)
        done = refresh(self.context, RefreshRequest())
        assert not done.failed
        return done

    @property
    def tables(self) -> Tables:
        return self.context.tables

    def published_checks(self) -> list[dict[str, Any]]:
        rows = pq.read_table(self.folder / "warehouse" / "published" / "checks.parquet").to_pylist()
        return [{name: row[name] for name in ("source", "expectation", "rows", "failed")} for row in rows]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(tmp_path, monkeypatch)


@pytest.mark.slow
def test_a_night_without_news_checks_nothing_and_says_what_the_checks_found(runs: Runs) -> None:
    runs.run(0, clock_after(0))
    assert runs.checked == 2
    first, rows = runs.published_checks(), observation_rows(runs.tables)
    runs.run(0, clock_after(DAY_S))
    assert runs.checked == 0
    assert (runs.published_checks(), observation_rows(runs.tables)) == (first, rows)
    assert len(first) > 20


@pytest.mark.slow
def test_a_changed_file_is_checked_and_the_other_is_not(runs: Runs) -> None:
    path = runs.folder / "visits.csv"
    runs.run(0, clock_after(0))
    write_library(runs.folder, 0)
    text = path.read_text(encoding="utf-8")
    runs.run(0, clock_after(DAY_S))
    context = context_of(runs.folder / "plan.yaml", runs.folder / "warehouse", clock_after(2 * DAY_S))
    path.write_text(text.replace(",40", ",41", 1), encoding="utf-8")
    runs.checked = 0
    assert not refresh(context, RefreshRequest()).failed
    assert runs.checked == 1


@pytest.mark.slow
def test_a_row_that_a_check_refuses_is_checked_every_night(runs: Runs) -> None:
    runs.run(0, clock_after(0))
    path = runs.folder / "visits.csv"
    too_long = "H" * 501
    path.write_text(f"Library,2025-01\nHill,5\n{too_long},7\n", encoding="utf-8")
    for night in (1, 2):
        runs.checked = 0
        context = context_of(runs.folder / "plan.yaml", runs.folder / "warehouse", clock_after(night * DAY_S))
        refresh(context, RefreshRequest(("gates",)))
        assert runs.checked == 1


@pytest.mark.slow
def test_rows_of_a_later_day_are_checked_when_the_clock_went_back(runs: Runs) -> None:
    runs.run(1, clock_after(0))
    runs.run(0, clock_after(DAY_S))
    runs.run(0, clock_after(0))
    assert runs.checked == 2
