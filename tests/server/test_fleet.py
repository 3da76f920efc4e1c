"""A fleet on a real server: one deployment a member, runs by the worker, artifacts by member, then the roll-up."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fleet_libraries import fleet_text, write_member
from warehouse.published_tables import published_at
from warehouse.schema.fleet import FLEET_TOTALS

if TYPE_CHECKING:
    from tests.server.prefect_server import Prefect

KMI = [sys.executable, "-c", "from flows.cli import main; main()"]


def deploy(prefect: "Prefect", path: Path) -> list[str]:
    environment = {**os.environ, "PREFECT_API_URL": prefect.api, "PREFECT_HOME": str(prefect.home)}
    done = subprocess.run(
        [*KMI, "fleet", "deploy", "--fleet", str(path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def write(folder: Path, values: Mapping[str, list[float]]) -> Path:
    for name, own in values.items():
        write_member(folder / name, own)
    path = folder / "fleet.yaml"
    path.write_text(fleet_text(dict.fromkeys(values, "tags: [town]"), "indicators: {visits: {}}\n"), encoding="utf-8")
    return path


@pytest.mark.server
@pytest.mark.slow
def test_each_member_is_a_deployment_and_the_roll_up_is_their_sum(prefect: "Prefect", tmp_path: Path) -> None:
    path = write(tmp_path, {"north_hill": [100.0, 120.0], "south": [10.0, 12.0], "west": [1.0, 1.0]})
    lines = deploy(prefect, path)
    assert lines[-4:] == [
        "refresh/fleet-north_hill: 0 1 * * * Europe/London",
        "refresh/fleet-south: 20 2 * * * Europe/London",
        "refresh/fleet-west: 40 3 * * * Europe/London",
        "roll-up/fleet-roll-up: 30 5 * * * Europe/London",
    ]
    made = prefect.deployment("refresh/fleet-south")
    assert (made["work_queue_name"], made["global_concurrency_limit"]["limit"], made["tags"]) == (
        "fleet",
        1,
        ["kmi-fleet", "town"],
    )
    (tmp_path / "west" / "plan.yaml").write_text("organisation: {}\n", encoding="utf-8")
    runs = {name: prefect.schedule(f"refresh/fleet-{name}") for name in ("north_hill", "south", "west")}
    ended = {name: prefect.ended(run) for name, run in runs.items()}
    assert {name: run.state for name, run in ended.items()} == {
        "north_hill": "COMPLETED",
        "south": "COMPLETED",
        "west": "FAILED",
    }, ended
    keys = {one["key"] for one in prefect.ask("/artifacts/latest/filter", {"limit": 200})}
    assert {"kmi-verdicts-north-hill", "kmi-refused-north-hill", "kmi-verdicts-south"} <= keys
    rolled_up = prefect.ended(prefect.schedule("roll-up/fleet-roll-up"))
    assert rolled_up.state == "COMPLETED", rolled_up.everything
    assert "2 members counted" in rolled_up.message
    assert "West Library (nothing has been published there yet" in rolled_up.message
    totals = {row["start"].month: row for row in published_at(str(tmp_path / "fleet")).rows(FLEET_TOTALS)}
    assert [(totals[month]["total"], totals[month]["partial_total"]) for month in (1, 2)] == [(None, 110), (None, 132)]


@pytest.mark.server
@pytest.mark.slow
def test_a_member_that_left_is_deployed_no_more(prefect: "Prefect", tmp_path: Path) -> None:
    deploy(prefect, write(tmp_path, {"north_hill": [1.0], "east": [1.0]}))
    lines = deploy(prefect, write(tmp_path, {"north_hill": [1.0]}))
    assert "fleet-east: deleted, as its member has left the fleet file" in lines
    names = {one["name"] for one in prefect.ask("/deployments/filter", {"limit": 200})}
    assert {"fleet-north_hill", "fleet-roll-up", "nightly"} <= names
    assert "fleet-east" not in names
