"""The server's own scheduler makes the runs, and the worker completes those that are due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.prefect_server import METRICS
from tests.server.scheduled import nights, run_on_schedule

if TYPE_CHECKING:
    from tests.server.prefect_server import Prefect


@pytest.mark.slow
@pytest.mark.server
def test_the_scheduler_makes_the_runs_of_the_next_nights(prefect: "Prefect") -> None:
    assert set(nights(prefect)) == {"05:00"}


@pytest.mark.slow
@pytest.mark.server
def test_a_run_that_the_scheduler_made_is_completed_when_it_is_due(prefect: "Prefect", tmp_path: Path) -> None:
    run = run_on_schedule(prefect, tmp_path)
    assert run.state == "COMPLETED", run.everything
    assert "gates: 2 observations, 2 new" in run.lines
    assert (tmp_path / "warehouse" / "published" / "verdicts.parquet").exists()
    metrics = (prefect.home.parent / METRICS).read_text(encoding="utf-8")
    assert f'kmi_source_rows{{warehouse="{tmp_path / "warehouse"}",source="gates"}} 2\n' in metrics
    assert prefect.errors() == []


@pytest.mark.slow
@pytest.mark.server
def test_health_says_that_the_scheduler_makes_no_runs(prefect: "Prefect") -> None:
    from flows.commands.server_health import Server, server_troubles

    known = nights(prefect)
    server = Server(prefect.api)
    after_all = datetime.now(UTC) + timedelta(days=len(known) + 1)
    lines = server_troubles(server, after_all, timedelta(days=400))
    assert "refresh/nightly: the server's scheduler makes no runs: look for ERROR in the server's log" in lines
    assert server_troubles(server, datetime.now(UTC), timedelta(hours=26)) == []


@pytest.mark.slow
@pytest.mark.server
def test_health_says_that_no_schedule_is_active(prefect: "Prefect") -> None:
    from flows.commands.server_health import Server, server_troubles

    every = [f"/deployments/{one['id']}" for one in prefect.ask("/deployments/filter", {"limit": 200})]
    for path in every:
        prefect.ask(f"{path}/pause_deployment", {})
    try:
        lines = server_troubles(Server(prefect.api), datetime.now(UTC), timedelta(hours=26))
    finally:
        for path in every:
            prefect.ask(f"{path}/resume_deployment", {})
    do = "run 'prefect --no-prompt deploy --all', or resume the schedule"
    assert lines == [f"{prefect.api}: no deployment of kmi has an active schedule: {do}"]
