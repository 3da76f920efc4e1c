"""The deployments as committed, and real runs of them: a server, a worker in another folder, the published tables."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import requests
from ruamel.yaml import YAML

from warehouse.errors import ConfigError, RetryableError, ShapeError

if TYPE_CHECKING:
    from tests.server.prefect_server import FlowRun, Prefect

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOYED = YAML(typ="safe").load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = {deployment["name"]: deployment for deployment in DEPLOYED["deployments"]}
# Read as JSON, as Secret.get does, this token would be the number 73910264000.0.
TOKEN = "73910264e3"
COUNTS = "Library,2024-01,2024-02,2024-03,2024-04\nCentral,1200,1300,,1450\nEast,310,0,295,305\n"
GATES = """
  gates:
    type: footfall
    path: counts.csv
    layout: wide
    columns: {entity: Library}
    date_formats: ["%Y-%m"]
    period: month
"""
FAULTY = """
  vanished:
    type: footfall
    path: gone/counts.csv
    layout: wide
    columns: {entity: Library}
    date_formats: ["%Y-%m"]
    period: month
  news:
    type: feed
    url: ADDRESS/feed.xml
    auth: {type: bearer, token: "${prefect:kmi-feed-token}"}
  refusing:
    type: feed
    url: ADDRESS/echo
    auth: {type: bearer, token: "${prefect:kmi-feed-token}"}
"""
PLAN = """
organisation: {name: Test Library, time_zone: Europe/London}
sources:SOURCES
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [{source: gates, metric: visits}]
    target:
      value: 2000
      due: 2030-12-31
      baseline: {from: 2024-01-01, to: 2024-02-29}
"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>Opening</title><pubDate>Mon, 05 Feb 2024 10:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>Closing</title><pubDate>Tue, 06 Feb 2024 10:00:00 GMT</pubDate></item>
</channel></rss>"""


@pytest.fixture(scope="session")
def flows(prefect_home: None) -> ModuleType:
    return import_module("flows.refresh")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_flow_of_each_deployment_loads_and_takes_the_parameters_given(flows: ModuleType, name: str) -> None:
    from prefect.flows import Flow

    deployment = DEPLOYMENTS[name]
    module, attribute = re.fullmatch(r"([a-z_.]+):([a-z_]+)", deployment["entrypoint"]).groups()  # type: ignore[union-attr]  # no match fails the test
    flow = getattr(import_module(module), attribute)
    assert isinstance(flow, Flow)
    assert set(deployment["parameters"]) <= set(flow.parameters.properties)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_deployment_pulls_nothing_and_lets_one_run_wait_for_the_other(name: str) -> None:
    deployment = DEPLOYMENTS[name]
    assert [deployment[step] for step in ("build", "push", "pull")] == [[], [], []]
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert all(schedule["timezone"] in available_timezones() for schedule in deployment["schedules"])


def test_only_the_nightly_deployment_has_a_schedule() -> None:
    assert [name for name, deployment in DEPLOYMENTS.items() if deployment["schedules"]] == ["nightly"]


def tried_again(flows: ModuleType, error: Exception) -> bool:
    from prefect.states import Failed

    again: bool = flows.should_retry(None, None, Failed(data=error))
    return again


def test_only_a_fault_that_may_pass_is_tried_again(flows: ModuleType) -> None:
    errors = [RetryableError("busy"), ConfigError("wrong"), ShapeError("changed"), ValueError("ours")]
    assert [tried_again(flows, error) for error in errors] == [True, False, False, False]


def test_the_other_side_says_how_long_to_wait(flows: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(flows.time, "sleep", waited.append)
    assert tried_again(flows, RetryableError("busy", retry_after_s=30))
    assert tried_again(flows, RetryableError("busy", retry_after_s=flows.WAIT_S + 240))
    assert not tried_again(flows, RetryableError("busy", retry_after_s=86_400))
    assert waited == [0, 240]


def test_only_a_pull_is_tried_again_and_no_task_keeps_frames(flows: ModuleType) -> None:
    tasks = {task.name: task for task in flows.TASKS.values()}
    assert {name: task.retries for name, task in tasks.items()} == {
        "collect": flows.COLLECT_RETRIES,
        "assess": 0,
        "publish": 0,
        "notify": 0,
    }
    assert not any(task.persist_result for task in tasks.values())


def ended(state: Any) -> tuple[str, str]:
    return state.type.value, state.message


def test_a_backfill_whose_days_are_out_of_order_fails(flows: ModuleType) -> None:
    assert ended(flows.backfill.fn(date(2024, 2, 1), date(2024, 1, 1))) == (
        "FAILED",
        "the first day 2024-02-01 is after the last day 2024-01-01: give them in order",
    )


@pytest.mark.parametrize(
    ("plan", "warehouse", "named"),
    [(None, None, "KMI_PLAN"), ("plan.yaml", None, "plan.yaml"), ("/p/plan.yaml", "tables", "tables")],
)
def test_a_path_that_depends_on_the_folder_of_a_run_is_refused(
    flows: ModuleType, monkeypatch: pytest.MonkeyPatch, plan: str | None, warehouse: str | None, named: str
) -> None:
    from prefect.logging import disable_run_logger

    monkeypatch.delenv("KMI_PLAN", raising=False)
    monkeypatch.delenv("KMI_WAREHOUSE", raising=False)
    with disable_run_logger():
        state, message = ended(flows.refresh.fn(plan, warehouse))
    assert state == "FAILED"
    assert named in message


@pytest.mark.parametrize("given", [True, False])
def test_an_engine_that_nobody_knows_is_refused(
    flows: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: bool
) -> None:
    from prefect.logging import disable_run_logger

    monkeypatch.setenv("KMI_ENGINE", "duckdb" if given else "duckbd")
    with disable_run_logger():
        state, message = ended(flows.refresh.fn(str(tmp_path / "plan.yaml"), engine="duckbd" if given else None))
    assert state == "FAILED"
    assert message == "--engine or KMI_ENGINE: 'duckbd' is not an engine: did you mean 'duckdb'?"


@dataclass
class Site:
    """A site that wants a token. ``/echo`` refuses and says it back, as careless servers do."""

    address: str = ""
    seen: set[str] = field(default_factory=set)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "")
            site.seen.add(token)
            good = self.path == "/feed.xml" and token == f"Bearer {TOKEN}"
            body = (FEED if good else f"forbidden: {token}").encode()
            self.send_response(200 if good else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        site.address = f"http://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Runs:
    """Two nightly runs that were due at the same time, a backfill of a plan with faults, and where all of it lies."""

    first: "FlowRun"
    second: "FlowRun"
    faulty: "FlowRun"
    folder: Path
    worker_log: str


@pytest.fixture(scope="session")
def runs(prefect: "Prefect", worker_plan: Path, site: Site) -> Runs:
    folder = worker_plan.parent
    (folder / "counts.csv").write_text(COUNTS, encoding="utf-8")
    worker_plan.write_text(PLAN.replace("SOURCES", GATES), encoding="utf-8")
    (folder / "faulty.yaml").write_text(
        PLAN.replace("SOURCES", GATES + FAULTY).replace("ADDRESS", site.address), encoding="utf-8"
    )
    prefect.keep_secret("kmi-feed-token", TOKEN)
    faulty = {
        "plan": str(folder / "faulty.yaml"),
        "warehouse": str(folder / "faulty"),
        "first_day": "2024-02-01",
        "last_day": "2024-03-31",
    }
    ids = [
        prefect.schedule("refresh/nightly"),
        prefect.schedule("refresh/nightly"),
        prefect.schedule("backfill/backfill", faulty),
    ]
    done = [prefect.ended(run_id) for run_id in ids]
    first, second = sorted(done[:2], key=lambda run: run.started_at)
    return Runs(first, second, done[2], folder, prefect.worker.log.read_text(encoding="utf-8"))


def published(warehouse: Path) -> dict[str, pd.DataFrame]:
    """Every published table by name, without instants and pull ids; of the pulls only those with changes, by source."""
    tables = {file.stem: pq.read_table(file) for file in (warehouse / "published").glob("*.parquet")}
    tables["pulls"] = tables["pulls"].filter(pc.field("added") > 0).sort_by("source")
    lasting = {
        name: [f.name for f in t.schema if not pa.types.is_timestamp(f.type) and f.name != "pull_id"]
        for name, t in tables.items()
    }
    return {name: t.select(lasting[name]).to_pandas() for name, t in tables.items()}


@pytest.mark.slow
@pytest.mark.server
def test_a_run_on_a_worker_publishes_what_kmi_run_publishes(runs: Runs) -> None:
    environment = {
        **os.environ,
        "KMI_PLAN": str(runs.folder / "plan.yaml"),
        "KMI_WAREHOUSE": str(runs.folder / "by-kmi"),
    }
    subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "run"],
        cwd=CHECKOUT,
        env=environment,
        check=True,
        capture_output=True,
    )
    by_kmi, by_prefect = published(runs.folder / "by-kmi"), published(runs.folder / "by-prefect")
    assert runs.first.state == "COMPLETED", runs.first.everything
    assert len(by_kmi["observations-2024"]) == 7
    assert set(by_prefect) == set(by_kmi)
    for name, table in by_kmi.items():
        pd.testing.assert_frame_equal(by_prefect[name], table, obj=name)


@pytest.mark.slow
@pytest.mark.server
def test_the_log_of_a_run_has_one_line_for_each_source_and_no_noise(runs: Runs) -> None:
    wanted = [
        r"Worker '.+' submitting flow run '.+'",
        r"Flow run '.+' submitted to infrastructure",
        r"Downloading flow code from storage at '.+'",
        r"Beginning flow run '.+' for flow 'refresh'",
        r"gates: 7 observations, 7 new",
        r"Finished in state Completed\(\)",  # collect
        r"Finished in state Completed\(\)",  # assess
        r"Finished in state Completed\(\)",  # publish
        r"Finished in state Completed\('1 pull committed; published: .+'\)",
    ]
    left = [line for line in runs.first.lines if not any(re.fullmatch(pattern, line) for pattern in wanted)]
    assert left == []
    assert len([line for line in runs.first.lines if line.startswith("gates: ")]) == 1


@pytest.mark.slow
@pytest.mark.server
def test_two_runs_that_are_due_at_once_take_turns(runs: Runs) -> None:
    assert runs.second.state == "COMPLETED"
    assert runs.second.started_at >= runs.first.ended_at
    assert "gates: 7 observations, nothing new" in runs.second.lines


@pytest.mark.slow
@pytest.mark.server
def test_a_source_that_fails_fails_the_run_by_name_and_the_others_are_published(runs: Runs) -> None:
    assert runs.faulty.state == "FAILED"
    assert runs.faulty.message.startswith("2 sources failed, the others are published: ")
    assert "vanished" in runs.faulty.message
    assert "refusing" in runs.faulty.message
    assert "Traceback" not in runs.faulty.everything
    tables = published(runs.folder / "faulty")
    gates = tables["observations-2024"].query("source == 'gates'")
    assert sorted(gates["start"].astype(str).unique()) == ["2024-02-01", "2024-03-01"]
    assert len(tables["observations-2024"].query("source == 'news'")) == 2
    assert dict(zip(tables["sources"]["source"], tables["sources"]["last_error"].notna(), strict=True)) == {
        "gates": False,
        "vanished": True,
        "news": False,
        "refusing": True,
    }


@pytest.mark.slow
@pytest.mark.server
def test_the_secret_of_a_block_reaches_its_site_and_nothing_else(runs: Runs, site: Site) -> None:
    assert site.seen == {f"Bearer {TOKEN}"}
    assert TOKEN not in runs.faulty.everything
    assert TOKEN not in runs.worker_log
    kept = [text_of(file) for file in (runs.folder / "faulty").rglob("*") if file.is_file()]
    assert any("Opening" in text for text in kept)
    assert not any(TOKEN in text for text in kept)


def text_of(file: Path) -> str:
    """All that a file holds, unpacked where it is Parquet."""
    if file.suffix == ".parquet":
        return str(pq.ParquetFile(file).read().to_pylist())
    return file.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.server
def test_a_backfill_without_its_days_is_not_accepted(prefect: "Prefect") -> None:
    address = f"{prefect.api}/deployments/{prefect.deployment('backfill/backfill')['id']}/create_flow_run"
    answer = requests.post(address, json={"parameters": {"first_day": "2024-01-01"}}, timeout=30)
    assert answer.status_code in {409, 422}
    assert "last_day" in answer.text


@pytest.mark.slow
@pytest.mark.server
def test_the_server_keeps_what_the_file_says(prefect: "Prefect") -> None:
    nightly = prefect.deployment("refresh/nightly")
    assert (nightly["entrypoint"], nightly["pull_steps"], nightly["parameters"]) == ("flows.refresh:refresh", [], {})
    assert nightly["global_concurrency_limit"]["limit"] == 1
    assert nightly["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert [(s["schedule"]["cron"], s["schedule"]["timezone"], s["active"]) for s in nightly["schedules"]] == [
        ("0 5 * * *", "Europe/London", True)
    ]
