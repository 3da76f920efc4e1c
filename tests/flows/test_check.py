"""``kmi check`` as a person, a pipeline and a program call it: faults, advice, exit codes."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from plan.starter import STARTER
from tests.flows.test_cli import COUNTS, NOW, kmi
from tests.plan_texts import VISITS, plan_text, write_plan
from warehouse.root import open_root, parquet_bytes

SMART = (
    VISITS.replace("    due", "    review: 2027-06-08\n    due")
    + "  objective: More people use what we know\n  owner: Head of user services\n  min_completeness: 0.5\n"
)
YEARS = pd.DataFrame({"start": pd.date_range("2021-11-01", "2026-10-01", freq="MS")})


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan over one file of counts with advice on it; nothing has run."""
    (tmp_path / "visits.csv").write_text(COUNTS, encoding="utf-8")
    return write_plan(tmp_path, plan_text(indicators=SMART.replace("  owner: Head of user services\n", "")))


def publish(folder: Path, name: str, body: bytes) -> None:
    open_root(folder / "kmi-warehouse").write({f"published/{name}.parquet": body})


def test_advice_has_a_place_a_letter_and_what_to_write_and_is_no_fault(plan: Path) -> None:
    done = kmi("check", "--plan", plan, *NOW)
    assert (done.exit_code, done.stderr) == (0, "")
    first, advice, last, unjudged = done.stdout.splitlines()
    assert first.endswith("plan.yaml: 1 source, 1 indicator, 0 activities: no fault found")
    assert advice == (
        "plan.yaml:11:3: time-bound: indicators.visits: it has no owner, so no one is responsible for it: "
        "write 'owner:' and the job title that is responsible, such as 'Head of user services'"
    )
    assert last == "1 piece of advice; 'kmi check --strict' exits 2 until the plan follows it"
    assert unjudged.startswith("too little is known of the past to judge whether 1 target can be attained")
    assert not (plan.parent / "kmi-warehouse").exists()


def test_strict_takes_advice_for_a_fault_and_passes_a_plan_that_follows_it(plan: Path) -> None:
    assert kmi("check", "--plan", plan, "--strict", *NOW).exit_code == 2
    write_plan(plan.parent, plan_text(indicators=SMART))
    done = kmi("check", "--plan", plan, "--strict", *NOW)
    assert done.exit_code == 0
    assert "of advice" not in done.stdout


def test_the_starter_passes_the_strict_check(tmp_path: Path) -> None:
    assert kmi("init", "--folder", tmp_path).exit_code == 0
    assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == STARTER
    done = kmi("check", "--plan", tmp_path / "plan.yaml", "--strict", *NOW)
    assert done.exit_code == 0, done.output


def test_json_is_one_document_of_problems_and_advice(plan: Path) -> None:
    done = kmi("check", "--plan", plan, "--json", "--strict", *NOW)
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert document["problems"] == document["sources"] == []
    (advice,) = document["advice"]
    assert (advice["line"], advice["column"], advice["letter"], advice["field"]) == (
        11,
        3,
        "time-bound",
        "indicators.visits",
    )
    assert advice["what"].startswith("it has no owner")
    assert advice["do"].startswith("write 'owner:'")
    assert [one["letter"] for one in document["cannot_judge"]] == ["attainable"]


def test_json_tells_the_faults_of_a_wrong_plan_too(tmp_path: Path) -> None:
    done = kmi(
        "check", "--plan", write_plan(tmp_path, plan_text(indicators=VISITS.replace("title:", "titel:"))), "--json"
    )
    assert (done.exit_code, done.stderr) == (2, "")
    problems = json.loads(done.stdout)["problems"]
    assert {
        "line": 12,
        "column": 5,
        "says": "indicators.visits.titel: unknown key 'titel': did you mean 'title'?",
    } in problems
    nowhere = json.loads(kmi("check", "--plan", tmp_path / "none.yaml", "--json").stdout)["problems"]
    assert nowhere[0]["line"] is None
    assert "kmi init" in nowhere[0]["says"]


def test_json_tells_how_the_sources_answer(plan: Path) -> None:
    document = json.loads(kmi("check", "--plan", plan, "--json", "--connect", *NOW).stdout)["sources"]
    assert [(one["source"], one["answers"]) for one in document] == [("gates", True)]
    (plan.parent / "visits.csv").unlink()
    done = kmi("check", "--plan", plan, "--json", "--connect", *NOW)
    assert done.exit_code == 1
    (gates,) = json.loads(done.stdout)["sources"]
    assert not gates["answers"]
    assert "the file is not there" in gates["says"][0]


def test_what_was_collected_is_judged_with_its_past(plan: Path) -> None:
    """Five flat years of published figures and a target of twice their level: the advice names the best year."""
    write_plan(plan.parent, plan_text(indicators=SMART))
    counts = (
        ",".join(f"{month:%Y-%m}" for month in YEARS["start"])
        + "\nCentral,"
        + ",".join(str(100 + number // 12) for number in range(60))
    )
    (plan.parent / "visits.csv").write_text("Library," + counts + "\n", encoding="utf-8")
    assert kmi("run", "--plan", plan, *NOW).exit_code == 0
    done = kmi("check", "--plan", plan, "--strict", *NOW)
    assert done.exit_code == 2
    assert "its best year in 4 was +1.0 %" in done.stdout
    assert "too little is known" not in done.stdout


def test_a_warehouse_that_cannot_be_read_is_said_and_the_plan_is_still_judged(plan: Path) -> None:
    publish(plan.parent, "periods", b"no Parquet")
    done = kmi("check", "--plan", plan, *NOW)
    assert done.exit_code == 0
    assert "the warehouse cannot be read, so the plan is checked without past figures: " in done.stdout
    assert "it has no owner" in done.stdout
    assert json.loads(kmi("check", "--plan", plan, "--json", *NOW).stdout)["advice"]


def test_what_an_older_version_published_is_read_for_what_it_holds(plan: Path) -> None:
    older = {
        "source": ["gates"],
        "type": ["footfall"],
        "last_success_at": [None],
        "data_through": [None],
        "fresh": [False],
        "last_error": ["the disk was full"],
    }
    publish(plan.parent, "sources", parquet_bytes(pa.table(older)))
    assert (
        "measurable: sources.gates: nothing has been collected from it yet: the disk was full"
        in kmi("check", "--plan", plan, *NOW).stdout
    )
