"""What ``kmi run`` tells programs: a line of JSON for each event, and OpenMetrics text."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from flows.cli import main
from flows.json_log import JsonLog
from flows.metrics import Gauge, metrics_path, openmetrics, write_whole
from flows.steps.collect import PullResult
from sources.web.redaction import Redactor
from tests.loopback import Reply, serve
from tests.plan_texts import GATES, plan_text, write_plan
from warehouse.errors import RefusedError
from warehouse.published_tables import published_at
from warehouse.pulls import Outcome
from warehouse.schema import PUBLISHED_SOURCES, PUBLISHED_VERDICTS, Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-24T06:00:00")
COUNTS = "Library,2025-01,2025-02,2025-03,2025-04,2025-05\nCentral,1200,1100,1300,1250,1260\n"
KEY = "canary_log_0815"


def kmi(*arguments: object, **environment: str) -> Result:
    ours = {"KMI_PLAN": None, "KMI_WAREHOUSE": None, "KMI_LOG_FORMAT": None, "KMI_METRICS_FILE": None}
    return CliRunner().invoke(main, [str(one) for one in arguments], env={**ours, **environment})


def two_sources(folder: Path) -> Path:
    """A plan with a source that works, and one whose file is missing."""
    (folder / "visits.csv").write_text(COUNTS, encoding="utf-8")
    return write_plan(folder, plan_text(GATES + GATES.replace("gates:", "doors:").replace("visits.csv", "none.csv")))


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def samples(text: str) -> dict[tuple[str, ...], float]:
    """The values by the metric's name and the labels but the warehouse's."""
    return {
        (one.name, *(value for name, value in one.labels.items() if name != "warehouse")): one.value
        for family in parsed(text)
        for one in family.samples
    }


@pytest.fixture(scope="module")
def after_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A run that wrote both, by its environment."""
    folder = tmp_path_factory.mktemp("outputs")
    metrics = folder / "kmi.prom"
    plan = two_sources(folder)
    return folder, kmi("run", "--plan", plan, *AT_NOW, KMI_LOG_FORMAT="json", KMI_METRICS_FILE=str(metrics))


def test_every_line_of_a_run_is_an_object(after_run: tuple[Path, Result]) -> None:
    _, done = after_run
    assert (done.exit_code, done.stderr) == (1, "")
    lines = lines_of(done.stdout)
    assert all({"time", "level", "event", "message"} <= set(line) for line in lines)
    assert all(datetime.fromisoformat(line["time"]).tzinfo is not None for line in lines)
    (pull,) = [line for line in lines if line["event"] == "pull"]
    assert {name: pull[name] for name in ("level", "source", "first", "end", "rows", "added", "refused")} == {
        "level": "info",
        "source": "gates",
        "first": "1900-01-01",
        "end": "2026-11-24",
        "rows": 5,
        "added": 5,
        "refused": 0,
    }
    (failed,) = [line for line in lines if line["event"] == "failed"]
    assert (failed["level"], failed["source"]) == ("error", "doors")
    assert "the file is not there" in failed["message"]
    assert [line["step"] for line in lines if line["event"] == "step"] == ["assess", "publish", "notify"]
    last = lines[-1]
    assert (last["event"], last["level"], last["pulls"], last["failed"]) == ("finished", "error", 1, ["doors"])


def test_the_metrics_are_those_of_the_published_tables(after_run: tuple[Path, Result]) -> None:
    folder, _ = after_run
    text = (folder / "kmi.prom").read_text(encoding="utf-8")
    found = samples(text)
    published = published_at(str(folder / "kmi-warehouse"))
    rows = published.by(PUBLISHED_SOURCES, "source")
    assert found["kmi_source_rows", "gates"] == rows["gates"]["rows"] == 5
    assert found["kmi_source_rows", "doors"] == 0
    assert found["kmi_source_refused_rows", "gates"] == 0
    assert found["kmi_source_fresh", "gates"] == int(rows["gates"]["fresh"])
    assert (found["kmi_source_failed", "gates"], found["kmi_source_failed", "doors"]) == (0, 1)
    assert found["kmi_source_last_success_timestamp_seconds", "gates"] == NOW.timestamp()
    assert ("kmi_source_last_success_timestamp_seconds", "doors") not in found, "it never succeeded"
    assert found["kmi_run_finished_timestamp_seconds",] == NOW.timestamp()
    assert found["kmi_run_failed_sources",] == 1
    assert 0 < found["kmi_run_duration_seconds",] < 600
    verdicts = [row["verdict"] for row in published.rows(PUBLISHED_VERDICTS)]
    counted = {key[1]: value for key, value in found.items() if key[0] == "kmi_indicators"}
    assert counted == {**dict.fromkeys(counted, 0), **{one: verdicts.count(one) for one in verdicts}}
    assert {"achieved", "on_track", "at_risk", "behind", "not_assessable"} == set(counted)
    assert sum(counted.values()) == len(verdicts) > 0
    assert text.endswith("# EOF\n")
    assert {one.labels["warehouse"] for family in parsed(text) for one in family.samples} == {
        str(folder / "kmi-warehouse")
    }
    assert [path.name for path in folder.iterdir() if "prom" in path.name] == ["kmi.prom"]


def test_the_unit_is_named_where_the_name_has_one(after_run: tuple[Path, Result]) -> None:
    folder, _ = after_run
    families = list(parsed((folder / "kmi.prom").read_text(encoding="utf-8")))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    with_unit = {family.name for family in families if family.unit == "seconds"}
    assert with_unit == {family.name for family in families if family.name.endswith("_seconds")}
    assert len(with_unit) == 3


def test_labels_are_escaped_and_hold_no_secret() -> None:
    redactor = Redactor()
    redactor.remember(KEY)
    awkward = 'a "b" \\ c\nd'
    gauge = Gauge("kmi_x", "A help\nof two lines \\.", [({"source": awkward, "warehouse": f"s3://{KEY}/x"}, 2)])
    text = openmetrics([gauge], redactor.redact_data)
    (family,) = parsed(text)
    assert KEY not in text
    assert family.samples[0].labels == {"source": awkward, "warehouse": "s3://***/x"}


def test_a_file_that_cannot_be_replaced_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "kmi.prom"
    taken.mkdir()
    with pytest.raises(RefusedError, match="the metrics were not written"):
        write_whole(taken, "x")
    assert [path.name for path in tmp_path.iterdir()] == ["kmi.prom"]


def test_others_may_read_the_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "kmi.prom", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "kmi.prom").stat().st_mode & 0o777 == 0o644


def test_a_missing_folder_is_told_before_anything_runs(tmp_path: Path) -> None:
    done = kmi("run", "--plan", two_sources(tmp_path), "--metrics-file", tmp_path / "none" / "kmi.prom", *AT_NOW)
    assert done.exit_code == 2
    assert "the folder of the metrics file is not there" in done.stderr
    assert not (tmp_path / "kmi-warehouse").exists()


def test_a_wrong_call_is_an_object_too(tmp_path: Path) -> None:
    done = kmi("run", "--plan", two_sources(tmp_path), "--source", "gate", "--log-format", "json")
    (line,) = lines_of(done.stdout)
    assert (done.exit_code, done.stderr) == (2, "")
    assert (line["event"], line["level"], line["what"]) == ("error", "error", "the plan has no source 'gate'")


def test_json_keeps_the_document_apart_from_the_lines(tmp_path: Path) -> None:
    done = kmi("run", "--plan", two_sources(tmp_path), "--json", "--log-format", "json", *AT_NOW)
    assert set(json.loads(done.stdout)["failed"]) == {"doors"}
    assert lines_of(done.stderr)[-1]["event"] == "finished"


def test_the_lines_hold_no_secret(tmp_path: Path) -> None:
    with serve(lambda received: Reply(f"no {received.headers['Authorization']}".encode(), 403)) as site:
        feed = f"news: {{type: feed, url: {site.url}/feed, auth: {{type: bearer, token: '${{env:NEWS_TOKEN}}'}}}}\n"
        news = "a:\n  title: A\n  unit: items\n  kind: flow\n  of: [{source: news, metric: posts}]\n"
        plan = write_plan(tmp_path, plan_text(feed, news))
        metrics = tmp_path / "kmi.prom"
        options = ("--log-format", "json", "--metrics-file", metrics)
        done = kmi("run", "--plan", plan, *options, *AT_NOW, NEWS_TOKEN=KEY)
    assert any(line["event"] == "failed" and line["source"] == "news" for line in lines_of(done.stdout)), done.output
    assert KEY not in done.output + metrics.read_text(encoding="utf-8")


def test_a_pause_and_refused_rows_are_warnings() -> None:
    written: list[str] = []
    log = JsonLog(written.append)
    days = Window(NOW.date(), NOW.date().replace(day=25))
    for pull in (
        PullResult("a", days, Outcome(0, 0, 0, 0), 0, (), paused="the limit of today is reached"),
        PullResult("a", days, Outcome(7, 7, 0, 0), 2, ()),
    ):
        log(str(log.step(lambda pull=pull: pull)))
    paused, refused = lines_of("\n".join(written))
    assert (paused["event"], paused["level"], "rows" in paused) == ("paused", "warning", False)
    assert (refused["event"], refused["level"], refused["refused"]) == ("pull", "warning", 2)


def test_each_member_of_a_fleet_has_a_file_of_its_own(tmp_path: Path) -> None:
    given = str(tmp_path / "kmi.prom")
    assert metrics_path(given, "hill") == tmp_path / "kmi-hill.prom"
    assert metrics_path(given) == tmp_path / "kmi.prom"
