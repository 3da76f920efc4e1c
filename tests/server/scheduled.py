"""A run as the night brings it: made by the server's own scheduler, due, taken by the worker, completed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.server.prefect_server import FlowRun, Prefect, until

NIGHTLY = "refresh/nightly"
EVERY_S = 20
MADE_WITHIN_S = 60.0
DUE_WITHIN_S = 120.0
PLAN = """
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates:
    {type: footfall, path: counts.csv, layout: wide, columns: {entity: Library}, date_formats: ["%Y-%m"], period: month}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""


def write_library(folder: Path) -> dict[str, str]:
    """A plan over one file; the parameters of a run for it."""
    folder.mkdir(exist_ok=True)
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "counts.csv").write_text("Library,2024-01,2024-02\nCentral,1200,1300\n", encoding="utf-8")
    return {"plan": str(folder / "plan.yaml"), "warehouse": str(folder / "warehouse")}


def every(seconds: int) -> dict[str, Any]:
    """A schedule that is due in five seconds, and again and again: a busy scheduler misses the first."""
    first = datetime.now(UTC) + timedelta(seconds=5)
    return {"interval": seconds, "anchor_date": first.isoformat()}


def run_on_schedule(prefect: Prefect, folder: Path) -> FlowRun:
    """Schedule a small library every few seconds; the first run that became due, once it has ended."""
    with prefect.scheduled(NIGHTLY, every(EVERY_S), write_library(folder)) as schedule:
        first = until(lambda: prefect.made_by(schedule), MADE_WITHIN_S, "the scheduler to make runs")[0]
        assert first["auto_scheduled"], first
        until(lambda: prefect.run(first["id"])["state"]["type"] != "SCHEDULED", DUE_WITHIN_S, "the worker to take it")
    return prefect.ended(first["id"])


def nights(prefect: Prefect) -> list[str]:
    """The local times for which the scheduler made runs of the committed schedule."""
    (schedule,) = [one for one in prefect.deployment(NIGHTLY)["schedules"] if one["slug"] == "nightly"]
    made = until(lambda: prefect.made_by(schedule["id"]), MADE_WITHIN_S, "the scheduler to make nightly runs")
    due = [datetime.fromisoformat(run["expected_start_time"]) for run in made]
    return [f"{moment.astimezone(ZoneInfo('Europe/London')):%H:%M}" for moment in due]
