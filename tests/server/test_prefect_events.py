"""On a real Prefect server an indicator falls behind: the example automation runs once, the artifacts are there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.loopback import Reply, Site, serve
from tests.server.prefect_server import CHECKOUT, until
from warehouse.root import open_root
from warehouse.schema import NOTICES
from warehouse.tables import Tables

if TYPE_CHECKING:
    from tests.server.prefect_server import FlowRun, Prefect

EXAMPLE = CHECKOUT / "flows" / "automations" / "behind.yaml"
NO_BLOCK = "00000000-0000-0000-0000-000000000000"
PAGE = "https://kmi.example/report"
PLAN = """\
organisation: {{name: Hill Library, time_zone: Europe/London}}
sources:
  gates: {{type: footfall, path: visits.csv, layout: wide, columns: {{entity: Branch}},
    date_formats: ["%Y-%m"], period: month}}
indicators:
  people:
    title: Visits <b>of people</b>
    unit: visits
    kind: flow
    owner: Ada
    of: [{{source: gates, metric: visits}}]
    target: {{baseline: {{from: {first}, to: {last}, value: 1000}}, value: 1500, due: {due}}}
alerts: {{page: "{page}"}}
"""


def write_fallen(folder: Path, today: date) -> Path:
    """Four years of visits up to last month, too few in the last three; one branch's first month cannot be read."""
    months = [date(today.year - 4 + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1, 1) for n in range(48)]
    hill = [str(600 if n >= 45 else 1000 + (7, -11, 3, 13, -5, -9, 10)[n % 7]) for n in range(48)]
    lines = (["Branch", *(f"{month:%Y-%m}" for month in months)], ["Hill", *hill], ["East", "many", *["0"] * 47])
    (folder / "visits.csv").write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
    plan = PLAN.format(first=months[24], last=months[36] - timedelta(days=1), due=f"{today.year + 2}-12-31", page=PAGE)
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    return folder / "plan.yaml"


@dataclass(frozen=True)
class AlertRuns:
    """Two runs over the same data, their warehouse, and the site to which the automation sends."""

    ids: list[str]
    first: "FlowRun"
    second: "FlowRun"
    site: Site
    warehouse: Path


def block(prefect: "Prefect", url: str) -> str:
    """A notification block that posts to ``url``; its id."""
    kind = prefect.ask("/block_types/slug/custom-webhook")["id"]
    schema = prefect.ask("/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind]}}})[0]["id"]
    data = {"name": "test", "url": url, "json_data": {"subject": "{{subject}}", "body": "{{body}}"}}
    made = prefect.ask(
        "/block_documents/", {"name": "kmi-told", "data": data, "block_type_id": kind, "block_schema_id": schema}
    )
    return str(made["id"])


@pytest.fixture(scope="module")
def alert_runs(prefect: "Prefect", tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertRuns]:
    folder = tmp_path_factory.mktemp("fallen")
    plan = write_fallen(folder, datetime.now(UTC).date())
    with serve(lambda _: Reply()) as site:
        (folder / "behind.yaml").write_text(
            EXAMPLE.read_text(encoding="utf-8").replace(NO_BLOCK, block(prefect, site.url)), encoding="utf-8"
        )
        command = [sys.executable, "-m", "prefect", "automation", "create", "--from-file", str(folder / "behind.yaml")]
        made = subprocess.run(
            command,
            cwd=folder,
            env=dict(prefect.worker.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not made.returncode, made.stdout + made.stderr
        parameters = {"plan": str(plan), "warehouse": str(folder / "warehouse")}
        ids = [prefect.schedule("refresh/nightly", parameters) for _ in range(2)]
        first, second = sorted((prefect.ended(run_id) for run_id in ids), key=lambda run: run.started_at)
        until(lambda: site.received, 20, "the notification")
        yield AlertRuns(ids, first, second, site, folder / "warehouse")


def events(prefect: "Prefect", name: str) -> list[dict[str, Any]]:
    wanted = {"event": {"prefix": [name]}, "occurred": {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}}
    found: list[dict[str, Any]] = prefect.ask("/events/filter", {"filter": wanted})["events"]
    return found


@pytest.mark.slow
@pytest.mark.server
def test_the_example_automation_fires_once_for_an_indicator_that_falls_behind(
    prefect: "Prefect", alert_runs: AlertRuns
) -> None:
    assert (alert_runs.first.state, alert_runs.second.state) == ("COMPLETED", "COMPLETED"), alert_runs.first.everything
    fired = [
        event
        for event in events(prefect, "prefect.automation.triggered")
        if event["resource"]["prefect.resource.name"] == "An indicator fell behind"
    ]
    assert len(fired) == 1
    (received,) = alert_runs.site.received
    message = json.loads(received.body)
    assert message["subject"] == "Hill Library: Visits <b>of people</b> is behind its path"
    assert "600 visits in" in message["body"]
    assert "Who answers for it: Ada." in message["body"]
    assert PAGE in message["body"]


@pytest.mark.slow
@pytest.mark.server
def test_a_second_run_over_the_same_data_emits_nothing(prefect: "Prefect", alert_runs: AlertRuns) -> None:
    ours = [
        event for event in events(prefect, "kmi.") if event["resource"]["prefect.resource.id"] == "kmi.indicator.people"
    ]
    assert [event["event"] for event in ours] == ["kmi.indicator.behind"]
    assert ours[0]["payload"]["verdict"] == "behind"
    roles = {related["prefect.resource.role"]: related["prefect.resource.name"] for related in ours[0]["related"]}
    assert roles["deployment"] == "nightly"
    assert "flow-run" in roles
    assert "not notified" not in alert_runs.first.message + alert_runs.second.message
    ledger = Tables(open_root(alert_runs.warehouse)).read(NOTICES, "recipient = 'prefect'")
    assert sorted(ledger["outcome"].to_pylist()) == ["sending", "told"]


@pytest.mark.slow
@pytest.mark.server
def test_the_artifacts_of_a_run_show_in_the_api(prefect: "Prefect", alert_runs: AlertRuns) -> None:
    left = prefect.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": alert_runs.ids}}})
    assert sorted(one["key"] for one in left) == ["kmi-page"] * 2 + ["kmi-refused"] * 2 + ["kmi-verdicts"] * 2
    found = {one["key"]: one for one in left}
    (verdict,) = json.loads(found["kmi-verdicts"]["data"])
    assert {name: verdict[name] for name in ("Indicator", "Verdict", "Value", "Alert", "Owner")} == {
        "Indicator": r"Visits \<b>of people\</b>",
        "Verdict": "BEHIND (worsening)",
        "Value": "600",
        "Alert": "firing",
        "Owner": "Ada",
    }
    (refused,) = json.loads(found["kmi-refused"]["data"])
    assert "many" in refused["Why"] + refused["Where"]
    assert found["kmi-refused"]["description"].startswith("1 refused.")
    assert PAGE in found["kmi-page"]["data"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("-", "–"),
        (1157.7355, "1,158"),
        (-2.5, "-2.5"),
        ("1.5 % less", "1.5 % less"),
        ("- one", r"\- one"),
        ("Visits 2026-10 (all)", "Visits 2026-10 (all)"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("![i](http://evil.example/i.png)", r"!\[i](http://evil.example/i.png)"),
        ("_a_ *b* `c` ~d~ &amp; \\", r"\_a\_ \*b\* \`c\` \~d\~ \&amp; \\"),
        ("# one", r"\# one"),
        ("1. one", r"1\. one"),
        ("two\n- lines \u202eturned", "two - lines turned"),
    ],
)
def test_a_cell_is_text_on_the_page(prefect_home: None, value: object, shown: str) -> None:
    assert import_module("flows.artifacts").markdown_cell(value) == shown


@pytest.fixture(scope="module")
def emitting(prefect_home: None) -> ModuleType:
    return import_module("flows.events")


def test_a_server_that_does_not_answer_fails_nothing(emitting: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    def refuse(**_: object) -> None:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(emitting, "get_client", refuse)
    assert emitting.emit_events([]) == "the server did not accept the events (ConnectError)"


def test_the_example_holds_to_the_events_that_are_emitted() -> None:
    from flows.steps.announce import EVENT_NAMES

    example = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    assert set(example["trigger"]["expect"]) <= set(EVENT_NAMES.values())
    assert example["actions"][0]["block_document_id"] == NO_BLOCK
