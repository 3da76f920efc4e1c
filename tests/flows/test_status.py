"""``kmi status`` on the terminal and for programs: order, filters, width, colour, what changed, and its schema."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.commands.status_lines import advice_line, status_lines
from flows.commands.status_rows import Selection, choose, status_rows
from flows.commands.status_schema import schema_text, status_schema
from tests.plan_texts import plan_text, write_plan
from warehouse.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
EARLIER = datetime(2026, 10, 5, 5, tzinfo=UTC)
INDICATORS = """\
central: {title: Visits to Central, unit: visits, kind: flow, owner: Head of user services, objective: use,
  of: [{source: gates, metric: visits, entities: [Central]}],
  target: {baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}, value: 200, due: 2027-12-31}}
hill: {title: Visits to Hill, unit: visits, kind: flow, owner: Branch librarian, objective: use,
  of: [{source: gates, metric: visits, entities: [Hill]}],
  target: {baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}, value: 200, due: 2027-12-31}}
all: {title: "All visits, whatever the branch, whatever the day and whatever the weather outside", unit: visits,
  kind: flow, of: [{source: gates, metric: visits}]}
"""


def kmi(*arguments: object, **environment: str | None) -> Result:
    cleared = {"KMI_PLAN": None, "KMI_WAREHOUSE": None, "COLUMNS": "80"}
    done = CliRunner().invoke(
        main, [str(one) for one in arguments], env={**cleared, **environment}, color=environment.get("COLOUR") == "yes"
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: in the first Hill was on track, in the second it is behind."""
    folder = tmp_path_factory.mktemp("status")
    path = write_plan(folder, plan_text(indicators=INDICATORS, more="objectives: {use: More people use us}\n"))
    for day, counts in (
        ("2026-10-24", "2026-09\nCentral,190\nHill,190"),
        ("2026-11-24", "2026-10\nCentral,190\nHill,90"),
    ):
        (folder / "visits.csv").write_text(f"Library,{counts}\n", encoding="utf-8")
        done = kmi("run", "--plan", path, "--now", f"{day}T06:00:00")
        assert done.exit_code == 0, done.output
    return path


def test_the_worst_comes_first_and_every_line_fits_80_columns(plan: Path) -> None:
    lines = kmi("status", "--plan", plan).stdout.splitlines()
    assert lines[0] == "24 Nov 2026: 1 behind, 1 on track, 1 without a target"
    assert [line[:16].strip() for line in lines if line[:1].strip() and line[16:17].strip()][1:4] == [
        "Verdict", "BEHIND", "on track",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("no target       All visits, whatever the branch,…") for line in lines)


def test_the_change_and_the_next_step_are_named(plan: Path) -> None:
    shown = " ".join(kmi("status", "--plan", plan).stdout.split())
    assert "New in this run; before: on track. Worsening." in shown
    assert "Next: talk with Branch librarian about 'Visits to Hill'; 'kmi status hill' shows all of it." in shown


def test_colours_are_for_terminals(plan: Path) -> None:
    assert "\x1b[" not in kmi("status", "--plan", plan).stdout
    assert "\x1b[31m\x1b[1mBEHIND" in kmi("status", "--plan", plan, COLOUR="yes").stdout
    assert "\x1b[" not in kmi("status", "--plan", plan, COLOUR="yes", NO_COLOR="1").stdout


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), ["hill", "central", "all"]),
        (("--behind",), ["hill"]),
        (("--owner", "head of"), ["central"]),
        (("--objective", "MORE PEOPLE"), ["hill", "central"]),
        (("--objective", "people", "--behind"), ["hill"]),
        (("central", "all"), ["central", "all"]),
    ],
)
def test_a_filter_shows_what_fits(plan: Path, options: tuple[str, ...], names: list[str]) -> None:
    document = json.loads(kmi("status", "--plan", plan, "--json", *options).stdout)
    assert [row["indicator_id"] for row in document["verdicts"]] == names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("hil",), "no indicator is called 'hil': did you mean 'hill'?"),
        (("--owner", "Director"), "no indicator has the owner 'Director': known here: Branch librarian, Head of"),
        (("--objective", "rest"), "no indicator has the objective 'rest'"),
    ],
)
def test_a_filter_that_fits_nothing_is_refused(plan: Path, options: tuple[str, ...], message: str) -> None:
    done = kmi("status", "--plan", plan, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_one_indicator_is_shown_in_full(plan: Path) -> None:
    shown = " ".join(kmi("status", "--plan", plan, "central").stdout.split())
    assert "Target: 200 visits by 31 Dec 2027. Owner: Head of user services. Objective: More people use us." in shown


def test_exit_code_is_of_the_indicators_shown(plan: Path) -> None:
    assert kmi("status", "--plan", plan, "--exit-code").exit_code == 3
    assert kmi("status", "--plan", plan, "--exit-code", "central").exit_code == 0
    assert "No indicator is behind." in kmi("status", "--plan", plan, "--behind", "central").stdout


@pytest.mark.parametrize("options", [(), ("hill",), ("--as-known-on", "2026-10-24")])
def test_the_json_is_as_its_schema_says(plan: Path, options: tuple[str, ...]) -> None:
    document = json.loads(kmi("status", "--plan", plan, "--json", *options).stdout)
    validator = jsonschema.Draft202012Validator(status_schema())
    assert [error.message for error in validator.iter_errors(document)] == []
    row = document["verdicts"][0]
    assert set(row) == set(status_schema()["properties"]["verdicts"]["items"]["properties"])
    assert document["version"] == 1
    assert row["title"] == ("Visits to Hill" if "2026-10-24" not in options else "Visits to Central")


def test_the_json_names_unit_owner_objective_and_what_changed(plan: Path) -> None:
    (row,) = json.loads(kmi("status", "--plan", plan, "--json", "hill").stdout)["verdicts"]
    assert (row["unit"], row["owner"], row["objective"]) == ("visits", "Branch librarian", "More people use us")
    assert (row["verdict_before"], row["verdict_changed_at"]) == ("on_track", row["as_of"])
    assert (row["target_value"], row["due"]) == (200, "2027-12-31")


def test_the_schema_in_the_docs_is_the_one_of_the_code() -> None:
    text = (CHECKOUT / "docs" / "status.schema.json").read_text(encoding="utf-8")
    assert text == schema_text(), "run: python docs/generate.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def verdict(name: str, what: str, code: str = "pace", **more: object) -> dict[str, Any]:
    empty = dict.fromkeys(("value", "expected", "probability", "alert", "outlook"))
    fixed = {"as_of": NOW, "worsening": False, "reason": "because", "reason_code": code, "grade": "counted"}
    return {"indicator_id": name, "verdict": what, **empty, **fixed, **more}


def changed(name: str, what: str, at: datetime) -> Mapping[str, Any]:
    return {"indicator_id": name, "verdict": what, "as_of": at}


def test_what_has_no_target_comes_last_and_the_rest_by_its_verdict() -> None:
    rows = status_rows(
        [verdict("a", "achieved"), verdict("b", "not_assessable", "no_target"), verdict("c", "not_assessable"),
         verdict("d", "at_risk"), verdict("e", "behind"), verdict("f", "on_track")], {}, [],
    )  # fmt: skip
    assert [row["indicator_id"] for row in rows] == ["e", "d", "c", "f", "a", "b"]


def test_a_change_is_the_last_one_of_the_verdict_up_to_the_day_shown() -> None:
    history = [
        changed("a", "on_track", EARLIER.replace(month=8)),
        changed("a", "at_risk", EARLIER),
        changed("a", "at_risk", EARLIER.replace(day=9)),  # the plan changed, the verdict did not
        changed("a", "behind", NOW.replace(month=12)),
    ]
    (row,) = status_rows([verdict("a", "at_risk")], {}, history)
    assert (row["verdict_before"], row["verdict_changed_at"]) == ("on_track", EARLIER)
    assert "    Since 5 Oct 2026; before: on track. Because." in list(status_lines([row], 80, in_full=False))


def test_choosing_by_an_owner_where_none_is_named_is_refused() -> None:
    rows = status_rows([verdict("a", "behind")], {}, [])
    with pytest.raises(ConfigError, match="no indicator has the owner 'x': known here: none"):
        choose(rows, Selection(owner="x"))


@pytest.mark.parametrize(
    ("rows", "failed", "unready", "says"),
    [
        ([verdict("a", "behind")], ["web"], [], "'kmi status --sources' says why web failed"),
        ([verdict("a", "on_track")], [], ["web"], "'kmi check' lists what in the plan is still to be filled in"),
        ([verdict("a", "not_assessable", "no_target")], [], [], "'kmi check' lists"),
        ([verdict("a", "on_track")], [], [], "'kmi plan review' prepares the page"),
        ([verdict("a", "behind")], [], ["web"], "look into 'Visits'; 'kmi status a' shows all of it"),
    ],
)
def test_the_advice_is_the_most_urgent(
    rows: list[dict[str, Any]], failed: list[str], unready: list[str], says: str
) -> None:
    about = {"a": {"title": "Visits", "owner": None, "due": date(2027, 12, 31)}}
    assert says in advice_line(status_rows(rows, about, []), failed, unready)


def test_what_a_run_prints_into_a_log_is_found_by_searching(plan: Path) -> None:
    """A sentence is one line there, however long; whoever reads ``COLUMNS`` off a terminal gets it wrapped."""
    sentence = "on the linear path to 200 by 31 Dec 2027: it has moved away from the target since the baseline."
    printed = kmi("run", "--plan", plan, "--now", "2026-11-24T07:00:00", COLUMNS=None).stdout
    assert sentence in printed
    assert sentence not in kmi("run", "--plan", plan, "--now", "2026-11-24T08:00:00").stdout
    assert sentence in kmi("run", "--plan", plan, "--now", "2026-11-24T09:00:00", COLUMNS="400").stdout
    assert sentence in kmi("status", "--plan", plan, COLUMNS="400").stdout
    assert max(map(len, kmi("status", "--plan", plan, COLUMNS=None).stdout.splitlines())) <= 80
