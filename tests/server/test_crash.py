"""A worker and the process of its run are killed: the next scheduled run completes without a person."""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from click.testing import Result
from ruamel.yaml import YAML

from tests.flows.test_cli import kmi
from tests.loopback import Reply, serve
from tests.server.scheduled import EVERY_S, NIGHTLY, every

if TYPE_CHECKING:
    from tests.server.prefect_server import FlowRun, Prefect

pytestmark = [pytest.mark.server, pytest.mark.slow]
PLAN = """
organisation: {{name: Test Library, time_zone: Europe/London}}
sources:
  news: {{type: feed, url: "{url}/feed.xml"}}
indicators:
  news: {{title: News, unit: items, kind: flow, of: [{{source: news, metric: posts}}]}}
"""
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>Opening</title><pubDate>Mon, 05 Feb 2024 10:00:00 GMT</pubDate></item></channel></rss>"""
LATER = timedelta(minutes=6)
"""So far is the clock of ``kmi health`` ahead: a missing worker and a late run are trouble after five minutes."""


@dataclass(frozen=True)
class Crash:
    """What was seen: ``kmi health`` before the kill, while no worker was up and after the next run; both runs."""

    before: Result
    down: Result
    after: Result
    waiting: str
    killed: dict[str, Any]
    next: "FlowRun"


@contextmanager
def slow_site() -> Iterator[tuple[str, Event, Event]]:
    """A feed that does not answer until it is let: its address, whether it was asked, and what lets it answer."""
    asked, go_on = Event(), Event()

    def reply(_: object) -> Reply:
        asked.set()
        go_on.wait(300)
        return Reply(FEED)

    with serve(reply) as site:
        try:
            yield site.url, asked, go_on
        finally:
            go_on.set()


@pytest.fixture(scope="module")
def crash(prefect: "Prefect", tmp_path_factory: pytest.TempPathFactory) -> Crash:
    from tests.server.prefect_server import until

    folder = tmp_path_factory.mktemp("crash")
    parameters = {"plan": str(folder / "plan.yaml"), "warehouse": str(folder / "warehouse")}
    with slow_site() as (url, asked, go_on):
        (folder / "plan.yaml").write_text(PLAN.format(url=url), encoding="utf-8")
        with prefect.scheduled(NIGHTLY, every(EVERY_S), parameters) as schedule:
            assert asked.wait(300), "the first run asks its source"
            (killed,) = [run["id"] for run in prefect.made_by(schedule) if run["state"]["type"] == "RUNNING"]
            before = health(prefect, folder)
            prefect.worker.kill()
            until(lambda: "Late" in names(prefect.made_by(schedule)), 120, "a run to be late")
            down = health(prefect, folder, LATER)
            go_on.set()
            prefect.worker.start()
            until(
                lambda: "AwaitingConcurrencySlot" in names(prefect.made_by(schedule)), 120, "a run to wait for its turn"
            )
            waiting = prefect.run(killed)["state"]["type"]
            prefect.expire_lease(killed)
            following = until(lambda: under_way(prefect.made_by(schedule), killed), 240, "the next run to start")
        done = prefect.ended(following)
    return Crash(before, down, health(prefect, folder, LATER), waiting, prefect.run(killed), done)


def names(runs: Iterable[dict[str, Any]]) -> set[str]:
    """The states of runs."""
    return {run["state"]["name"] for run in runs}


def under_way(runs: Iterable[dict[str, Any]], killed: str) -> str | None:
    """The id of a run that has started, other than the killed one."""
    return next((run["id"] for run in runs if run["id"] != killed and run["state"]["type"] != "SCHEDULED"), None)


def health(prefect: "Prefect", folder: Path, ahead: timedelta = timedelta()) -> Result:
    """``kmi health`` as of some time ahead of now, where no run may take five minutes."""
    where = ("--plan", folder / "plan.yaml", "--warehouse", folder / "warehouse", "--within", "5m")
    return kmi("health", *where, "--now", f"{datetime.now(UTC) + ahead:%Y-%m-%dT%H:%M:%S}", PREFECT_API_URL=prefect.api)


def heartbeat(run: str) -> dict[str, Any]:
    """The event by which the process of a run says that it lives."""
    return {
        "id": str(uuid4()),
        "event": "prefect.flow-run.heartbeat",
        "occurred": datetime.now(UTC).isoformat(),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }


def lines_of(result: Result, prefect: "Prefect") -> list[str]:
    """What it says of the server: all but the line on the warehouse."""
    assert result.exit_code == 1
    return [line for line in result.stderr.splitlines() if "no run has finished" not in line and "last run" not in line]


def test_the_next_scheduled_run_completes_without_a_person(crash: Crash) -> None:
    assert crash.waiting == "RUNNING", "the killed run holds the place until its lease ends"
    assert crash.next.state == "COMPLETED", crash.next.everything
    assert "news: 1 observation, 1 new" in crash.next.lines


def test_the_killed_run_is_shown_as_running_and_health_says_how_to_end_it(crash: Crash, prefect: "Prefect") -> None:
    assert crash.killed["state"]["type"] == "RUNNING"
    (endless,) = [line for line in lines_of(crash.after, prefect) if "is Running since" in line]
    assert endless.startswith(f"refresh/nightly: the run '{crash.killed['name']}' is Running since ")
    assert endless.endswith(f"run 'prefect flow-run cancel {crash.killed['id']}'")


def test_health_finds_nothing_wrong_while_a_run_is_under_way(crash: Crash, prefect: "Prefect") -> None:
    assert lines_of(crash.before, prefect) == []


def test_health_names_a_missing_worker_and_late_runs(crash: Crash, prefect: "Prefect") -> None:
    lines = lines_of(crash.down, prefect)
    assert "no worker of the work pool 'kmi' is online: run 'prefect worker start --pool kmi'" in lines
    late = [line for line in lines if line.startswith("refresh/nightly: ") and "late, due since " in line]
    assert len(late) == 1, lines
    assert late[0].endswith("look at the worker's log")


def test_the_example_automation_ends_a_run_that_sends_no_more_heartbeats(crash: Crash, prefect: "Prefect") -> None:
    from tests.server.prefect_server import CHECKOUT, until

    example = YAML(typ="safe").load((CHECKOUT / "flows" / "automations" / "crashed.yaml").read_text(encoding="utf-8"))
    assert example["trigger"]["within"] == 540
    example["trigger"]["within"] = 10  # the least that Prefect allows
    automation = prefect.ask("/automations/", example)
    run = crash.killed["id"]
    sent = [-math.inf]
    try:

        def crashed() -> bool:
            """A heartbeat that comes before the server has loaded the automation starts nothing: one more follows."""
            if time.monotonic() - sent[-1] > 30:
                sent.append(time.monotonic())
                prefect.ask("/events", [heartbeat(run)])
            return prefect.run(run)["state"]["type"] == "CRASHED"

        until(crashed, 120, "the killed run to be marked as crashed")
    finally:
        prefect.ask(f"/automations/{automation['id']}", method="DELETE")
    assert prefect.run(run)["state"]["message"] == "No heartbeat for nine minutes; its process is gone"


def test_the_server_logs_no_error_through_a_crash_of_its_worker(crash: Crash, prefect: "Prefect") -> None:
    assert prefect.errors() == []
