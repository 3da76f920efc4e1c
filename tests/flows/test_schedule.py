"""The server's own scheduler makes the runs, and the worker completes those that are due."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.scheduled import nights, run_on_schedule

if TYPE_CHECKING:
    from tests.prefect_server import Prefect


@pytest.mark.server
def test_the_scheduler_makes_the_runs_of_the_next_nights(prefect: "Prefect") -> None:
    assert set(nights(prefect)) == {"05:00"}


@pytest.mark.server
def test_a_run_that_the_scheduler_made_is_completed_when_it_is_due(prefect: "Prefect", tmp_path: Path) -> None:
    run = run_on_schedule(prefect, tmp_path)
    assert run.state == "COMPLETED", run.everything
    assert "gates: 2 observations, 2 new" in run.lines
    assert (tmp_path / "warehouse" / "published" / "verdicts.parquet").exists()
    assert prefect.errors() == []
