"""``kmi fleet``: members run side by side in processes, and a fault of one touches no other."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from flows.cli import main
from flows.fleet.members import CaughtFault, MemberRun, run_member
from flows.fleet.pool import run_members
from plan.load_fleet import load_fleet
from tests.fleet_libraries import INSTANT, NOW, die_for_south, write_fleet, write_member


def kmi(path: Path, command: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["fleet", command, "--fleet", str(path), *options])


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return write_fleet(tmp_path, {"north": [100, 120], "south": [10, 12], "west": [50, None]})


def test_members_run_in_processes_and_the_faulty_ones_alone_fail(three: Path) -> None:
    (three.parent / "west" / "plan.yaml").write_text("organisation: {}\n", encoding="utf-8")
    (three.parent / "south" / "visits.csv").unlink()
    done = kmi(three, "run", "--now", INSTANT, "--processes", "1", "--json")
    assert done.exit_code == 1
    rows: dict[str, Any] = {row["member"]: row for row in json.loads(done.stdout)["members"]}
    assert list(rows) == ["north", "south", "west"]
    assert (rows["north"]["ok"], rows["north"]["pulls"], rows["north"]["fault"]) == (True, 1, "")
    assert "the file is not there" in rows["south"]["failed"]["gates"]
    assert "'name' is missing: add 'name:' here" in rows["west"]["fault"]
    assert (three.parent / "north" / "kmi-warehouse" / "published" / "periods.parquet").exists()
    shown = kmi(three, "status", "--now", INSTANT, "--json")
    states = {row["member"]: row for row in json.loads(shown.stdout)["members"]}
    assert states["north"]["problems"] == ["late: gates"]
    assert states["south"]["problems"] == ["failed: gates"], "its reason is in 'kmi status --sources'"
    assert "nothing has been published here yet" in states["west"]["problems"][0]


@pytest.mark.slow
def test_a_damaged_file_leaves_the_figures_of_its_member_and_of_the_others(three: Path) -> None:
    assert kmi(three, "run", "--now", INSTANT).exit_code == 0
    totals = three.parent / "fleet" / "published" / "totals.parquet"
    columns = ["total", "partial_total"]
    before = pd.read_parquet(totals).set_index("start")[columns].dropna(how="all")
    assert before.stack().dropna().tolist() == [160, 132], "January of all, February of two"
    (three.parent / "south" / "visits.csv").write_bytes(bytes(range(255, 127, -1)))
    write_member(three.parent / "north", [100, 120, 90])
    done = kmi(three, "run", "--now", INSTANT, "--json")
    assert done.exit_code == 1
    ok = {row["member"]: row["ok"] for row in json.loads(done.stdout)["members"]}
    assert ok == {"north": True, "south": False, "west": True}
    after = pd.read_parquet(totals).set_index("start")[columns].dropna(how="all")
    assert after.stack().dropna().tolist() == [160, 132, 90], "and March of the one that has it"
    assert kmi(three, "doctor", "--now", INSTANT).exit_code == 0


def test_a_process_that_dies_fails_its_member_and_no_other(three: Path) -> None:
    runs = [MemberRun(load_fleet(three), name) for name in ("north", "south", "west")]
    results = {result.member: result for result in run_members(runs, 1, die_for_south)}
    assert "its process died" in results["south"].fault
    assert (results["north"].ok, results["west"].ok) == (True, True)
    assert results["north"].lines != results["west"].lines, "a new process goes on"


@pytest.mark.slow
def test_each_member_writes_metrics_of_its_own_and_a_missing_folder_ends_the_run_at_once(three: Path) -> None:
    (three.parent / "south" / "visits.csv").unlink()
    done = kmi(three, "run", "--now", INSTANT, "--processes", "1", "--metrics-file", str(three.parent / "kmi.prom"))
    assert done.exit_code == 1
    assert not (three.parent / "kmi.prom").exists(), "a file of all would hold the member that finished last"
    failed = {}
    for name in ("north", "south", "west"):
        text = (three.parent / f"kmi-{name}.prom").read_text(encoding="utf-8")
        failed[name] = _value(text, "kmi_run_failed_sources", three.parent / name / "kmi-warehouse")
    assert failed == {"north": 0, "south": 1, "west": 0}
    done = kmi(three, "run", "--now", INSTANT, "--metrics-file", str(three.parent / "none" / "kmi.prom"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "the folder of the metrics file is not there" in done.stderr


def _value(text: str, metric: str, warehouse: Path) -> float:
    samples = [sample for family in parsed(text) if family.name == metric for sample in family.samples]
    return next(one.value for one in samples if one.labels == {"warehouse": str(warehouse)})


def test_check_names_the_fault_of_each_member(three: Path) -> None:
    assert kmi(three, "check").exit_code == 0
    plan = three.parent / "south" / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("kind: flow", "kind: flo"), encoding="utf-8")
    done = kmi(three, "check")
    assert done.exit_code == 2
    assert "south: plan.yaml:7:35: indicators.visits.kind: 'flo' is not known here: did you mean 'flow'?" in done.stderr
    assert "north: 1 source, 1 indicator: no fault found" in done.stdout
    assert kmi(three, "check", "--member", "north").exit_code == 0


def test_check_names_what_will_not_be_compared(three: Path) -> None:
    write_member(three.parent / "west", [50, None], unit="visitors")
    write_member(three.parent / "south", [10, 12], indicator="footfall")
    done = kmi(three, "check")
    assert done.exit_code == 0, "each plan is valid, and a library may count something of its own"
    _, _, _, *advice = done.stdout.splitlines()
    assert [line.split(":")[0] for line in advice] == [
        "visits",
        "not compared, as one member alone has an indicator of that name",
    ]
    assert "'west' is not compared, as its plan has unit 'visitors' and not 'visits': write" in advice[0]
    assert ": footfall (south); where several" in advice[1]
    matched = three.read_text(encoding="utf-8") + "indicators: {visits: {members: {south: footfall, west: null}}}\n"
    three.write_text(matched, encoding="utf-8")
    assert json.loads(kmi(three, "check", "--json").stdout)["not_compared"] == []


def test_check_finds_a_name_that_the_plan_of_the_member_does_not_have(tmp_path: Path) -> None:
    path = write_fleet(tmp_path, {"north": [1], "south": [1]}, more="indicators: {doors: {members: {north: visit}}}\n")
    done = kmi(path, "check")
    assert done.exit_code == 2
    where = "north: fleet.yaml: indicators.doors.members.north"
    assert f"{where}: the plan of 'north' has no indicator 'visit': did you mean 'visits'?" in done.stderr


def test_the_run_of_a_member_is_an_ordinary_refresh(three: Path) -> None:
    result = run_member(MemberRun(load_fleet(three), "north", now=NOW))
    assert (result.ok, result.pulls, str(result).startswith("north: 1 pull; ")) == (True, 1, True)
    assert "gates: 2 observations, 2 new" in result.lines[0]
    again = run_member(MemberRun(load_fleet(three), "north", now=NOW))
    assert (again.ok, again.fault) == (True, "")
    done = kmi(three, "doctor", "--now", INSTANT, "--member", "north", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["members"][0]["faults"] == []


def test_a_bug_becomes_the_fault_of_its_member_without_its_words() -> None:
    with CaughtFault() as fault:
        raise RuntimeError("a secret")
    assert "unexpected fault in kmi (RuntimeError in " in fault.text
    assert "a secret" not in fault.text
    with pytest.raises(KeyboardInterrupt), CaughtFault():
        raise KeyboardInterrupt
