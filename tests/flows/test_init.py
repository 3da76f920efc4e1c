"""``kmi init``: what it writes holds together, is described by its schema, and runs once it is filled in."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from ruamel.yaml import YAML

from flows.cli import main
from flows.commands.demo import demo_plan
from plan.json_schema import plan_schema, schema_text
from plan.starter import STARTER
from sources.registry import SOURCES
from tests.plan_texts import plan_text, write_plan

TODAY = date(2026, 11, 24)


def kmi(*arguments: object) -> Result:
    return CliRunner().invoke(
        main, [str(argument) for argument in arguments], env={"KMI_PLAN": None, "KMI_WAREHOUSE": None}
    )


def as_editors_read_it(text: str) -> Any:
    """A plan as JSON has it: an editor's schema sees dates as text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def faults(document: object) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(plan_schema()).iter_errors(document)]


def test_init_names_files_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = kmi("init").stdout
    assert [line.removeprefix("written ") for line in output.splitlines()[:-1]] == [
        "plan.yaml",
        "plan.schema.json",
        "visits.csv",
        "measures.csv",
    ]


def test_the_starter_plan_reviews_all_on_one_day() -> None:
    assert len(set(re.findall(r"review: (\S+)", STARTER))) == 1


def test_init_writes_a_plan_that_check_accepts(tmp_path: Path) -> None:
    done = kmi("init", "--folder", tmp_path / "new" / "library")
    assert (done.exit_code, done.stderr) == (0, "")
    written = {path.name for path in (tmp_path / "new" / "library").iterdir()}
    assert written == {"plan.yaml", "plan.schema.json", "visits.csv", "measures.csv"}
    checked = kmi("check", "--plan", tmp_path / "new" / "library" / "plan.yaml")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "2 sources, 2 indicators, 1 activity: no fault found" in checked.stdout


def test_init_in_a_folder_with_a_plan_exits_2_and_leaves_it(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    before = plan.read_bytes()
    done = kmi("init", "--folder", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == f"{plan}: there is a plan already: name another folder with --folder, or move it away\n"
    assert plan.read_bytes() == before
    assert list(tmp_path.iterdir()) == [plan]


def test_a_file_that_is_there_already_is_kept(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("Branch,2025-01\nOurs,7\n", encoding="utf-8")
    done = kmi("init", "--folder", tmp_path)
    assert done.exit_code == 0
    assert f"kept    {tmp_path / 'visits.csv'}" in done.stdout
    assert (tmp_path / "visits.csv").read_text(encoding="utf-8") == "Branch,2025-01\nOurs,7\n"


@pytest.mark.slow
def test_the_starter_runs_as_it_stands_and_then_with_figures(tmp_path: Path) -> None:
    kmi("init", "--folder", tmp_path)
    empty = kmi("run", "--plan", tmp_path / "plan.yaml", "--now", "2026-11-24T06:00:00")
    assert empty.exit_code == 0, empty.output
    assert "24 Nov 2026: 2 not assessable" in empty.stdout
    (tmp_path / "visits.csv").write_text("Branch,2025-01,2025-02\nCentral,100,\nHill branch,,5\n", encoding="utf-8")
    (tmp_path / "measures.csv").write_text("Period,training_attendances\n2025-01,12\n", encoding="utf-8")
    filled = kmi("run", "--plan", tmp_path / "plan.yaml", "--now", "2026-11-24T06:00:00")
    assert filled.exit_code == 0, filled.output
    assert "visits: 2 observations, 2 new" in filled.stdout
    assert "staff_figures: 1 observation, 1 new" in filled.stdout


def test_the_schema_that_init_writes_is_the_one_of_the_models(tmp_path: Path) -> None:
    kmi("init", "--folder", tmp_path)
    text = (tmp_path / "plan.schema.json").read_text(encoding="utf-8")
    assert text == schema_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    assert "$schema=./plan.schema.json" in (tmp_path / "plan.yaml").read_text(encoding="utf-8").splitlines()[0]


def test_the_schema_accepts_the_starter() -> None:
    assert faults(as_editors_read_it(STARTER)) == []


def test_the_schema_accepts_the_plan_of_the_demo() -> None:
    assert faults(as_editors_read_it(demo_plan("http://127.0.0.1:8000", TODAY))) == []


def test_the_demo_plan_is_one_that_check_accepts(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, demo_plan("http://127.0.0.1:8000", TODAY))
    assert kmi("check", "--plan", plan).exit_code == 0


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "indicatorz"),
        (("organisation",), "nam"),
        (("calendar",), "close"),
        (("sources", "visits"), "lay_out"),
        (("sources", "visits", "columns"), "entitty"),
        (("sources", "staff_figures", "measures", "training_attendances"), "units"),
        (("indicators", "library_visits"), "titel"),
        (("indicators", "library_visits", "target"), "valeu"),
        (("indicators", "library_visits", "target", "baseline"), "fro"),
        (("activities", "open_week"), "day"),
    ],
)
def test_the_schema_and_check_refuse_the_same_unknown_key(tmp_path: Path, place: tuple[str, ...], key: str) -> None:
    document = as_editors_read_it(STARTER)
    node = document
    for step in place:
        node = node[step]
    node[key] = 1
    assert faults(document)
    plan = tmp_path / "plan.yaml"
    with plan.open("w", encoding="utf-8") as file:
        YAML().dump(document, file)
    done = kmi("check", "--plan", plan)
    assert done.exit_code == 2
    assert f"unknown key '{key}'" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: footfall", "type: footfal"),
        ("kind: flow", "kind: flaw"),
        ("layout: wide", "layout: narrow"),
        ("value: 12000", "value: many"),
    ],
)
def test_the_schema_refuses_a_wrong_word(old: str, new: str) -> None:
    assert old in STARTER
    assert faults(as_editors_read_it(STARTER.replace(old, new, 1)))


@pytest.mark.parametrize("name", SOURCES)
def test_the_schema_knows_the_settings_of_each_source(name: str) -> None:
    settings = plan_schema()["$defs"][f"{name}_source"]
    assert settings["properties"]["type"]["const"] == name
    assert settings["additionalProperties"] is False
    assert "type" in settings["required"]


STAFF = """\
staff:
  type: measures
  path: staff.xlsx
  columns: {date: Month, entity: Team, note: Remarks}
  period: month
  measures:
    people: {column: People trained, unit: people, kind: flow, description: People who came}
    satisfied: {column: Satisfied (%), unit: per cent, kind: reading, minimum: 0, maximum: 100}
"""
PEOPLE = "people: {title: People, unit: people, kind: flow, of: [{source: staff, metric: people}]}\n"


@pytest.mark.slow
def test_the_workbook_of_measures_filled_in_runs(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, plan_text(STAFF, PEOPLE))
    done = kmi("init", "--folder", tmp_path, "--measures")
    assert (done.exit_code, done.stdout) == (0, f"written {tmp_path / 'staff.xlsx'}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.yaml", "staff.xlsx"]
    book = load_workbook(tmp_path / "staff.xlsx")
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header == ["Month", "Team", "People trained", "Satisfied (%)", "Remarks"]
    for at, line in enumerate(
        [(date(2026, 9, 1), "Desk", 12, 88.5, "a good month"), (date(2026, 10, 1), "Desk", 0, None, None)], 2
    ):
        for column, value in enumerate(line, 1):
            sheet.cell(at, column, value)
    book.save(tmp_path / "staff.xlsx")
    ran = kmi("run", "--plan", plan, "--now", "2026-11-24T06:00:00")
    assert ran.exit_code == 0, ran.output
    rows = duckdb.execute(
        "SELECT metric, entity, start, value, unit "
        f"FROM '{tmp_path}/kmi-warehouse/published/observations-*.parquet' ORDER BY ALL"
    ).fetchall()
    september, october = date(2026, 9, 1), date(2026, 10, 1)
    assert rows == [
        ("people", "Desk", september, 12.0, "people"),
        ("people", "Desk", october, 0.0, "people"),
        ("satisfied", "Desk", september, 88.5, "per cent"),
    ]


@pytest.mark.slow
def test_the_empty_workbook_of_measures_runs_and_brings_nothing(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, plan_text(STAFF, PEOPLE))
    kmi("init", "--folder", tmp_path, "--measures")
    ran = kmi("run", "--plan", plan, "--now", "2026-11-24T06:00:00")
    assert ran.exit_code == 0, ran.output
    assert "staff: 0 observations, nothing new\n" in ran.stdout


@pytest.mark.slow
def test_the_csv_of_measures_filled_in_runs(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, plan_text(STAFF.replace("staff.xlsx", "staff.csv\n  date_formats: ['%Y-%m']"), PEOPLE))
    assert kmi("init", "--folder", tmp_path, "--measures").exit_code == 0
    file = tmp_path / "staff.csv"
    file.write_bytes(file.read_bytes() + b"2026-10,Desk,7,,\r\n")
    ran = kmi("run", "--plan", plan, "--now", "2026-11-24T06:00:00")
    assert ran.exit_code == 0, ran.output
    rows = duckdb.execute(
        f"SELECT metric, value FROM '{tmp_path}/kmi-warehouse/published/observations-*.parquet'"
    ).fetchall()
    assert rows == [("people", 7.0)]


def test_init_writes_the_deployments_as_committed_beside_a_plan_and_keeps_them(tmp_path: Path) -> None:
    committed = Path(__file__).resolve().parents[2] / "prefect.yaml"
    assert kmi("init", "--folder", tmp_path).exit_code == 0
    done = kmi("init", "--prefect", "--folder", tmp_path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert (tmp_path / "prefect.yaml").read_bytes() == committed.read_bytes()
    (tmp_path / "prefect.yaml").write_text("mine", encoding="utf-8")
    assert kmi("init", "--prefect", "--folder", tmp_path).exit_code == 0
    assert (tmp_path / "prefect.yaml").read_text(encoding="utf-8") == "mine"
