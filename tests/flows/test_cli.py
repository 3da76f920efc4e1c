"""Every command of ``kmi`` as a person or a program calls it: what it says and the exit code it ends with."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from shutil import copytree

import duckdb
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from flows.cli import main
from tests.loopback import Reply, serve
from tests.plan_texts import GATES, VISITS, plan_text, write_plan
from warehouse.lock import hold_lock
from warehouse.root import open_root

COUNTS = "Library,2025-01,2025-02,2026-10\nCentral,100,110,109\nHill,5,,6\n"
NOW = ("--now", "2026-11-24T06:00:00")


def kmi(*arguments: object, **environment: str | None) -> Result:
    """The result of a call; an exception that is no exit would be a traceback for the user."""
    cleared = {"KMI_PLAN": None, "KMI_WAREHOUSE": None, "KMI_ENGINE": None}
    done = CliRunner().invoke(
        main, [str(argument) for argument in arguments], env={**cleared, **environment}, prog_name="kmi"
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan over one file of counts; nothing has run."""
    return counted(tmp_path)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a plan after its first run."""
    folder = tmp_path_factory.mktemp("first-run")
    assert kmi("run", "--plan", counted(folder), *NOW).exit_code == 0
    return folder


@pytest.fixture
def after_run(first_run: Path, tmp_path: Path) -> Path:
    """The plan in a copy of that folder."""
    return Path(copytree(first_run, tmp_path / "library")) / "plan.yaml"


def counted(folder: Path) -> Path:
    (folder / "visits.csv").write_text(COUNTS, encoding="utf-8")
    return write_plan(folder, plan_text(indicators=VISITS + "  min_completeness: 0.4\n"))


def source_name(case: str) -> str:
    return case.replace(" ", "_").replace("-", "_")


def lines_on(source: str, done: Result) -> set[str]:
    return {line.strip() for line in done.stderr.splitlines() if line.strip().startswith(f"{source}: ")}


def each_in_a_source(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A plan with a source for each case, whose name is the case's; nothing has run."""
    sources = ""
    for case, body in files.items():
        name = source_name(case)
        (folder / name).mkdir()
        (folder / name / "visits.csv").write_bytes(body)
        sources += GATES.replace("gates:", f"{name}:").replace("visits.csv", f"{name}/visits.csv")
    first = sources.partition(":")[0]
    return write_plan(folder, plan_text(sources, VISITS.replace("source: gates", f"source: {first}")))


# check ----------------------------------------------------------------------------------------------------------------


def test_check_says_what_a_good_plan_holds(plan: Path) -> None:
    done = kmi("check", "--plan", plan)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{plan}: 1 source, 1 indicator, 0 activities: no fault found\n")


def test_check_connect_reads_a_source_and_keeps_nothing(plan: Path) -> None:
    done = kmi("check", "--plan", plan, "--connect")
    assert done.exit_code == 0
    assert "gates: answers: 1 page, 62 bytes" in done.stdout
    assert not (plan.parent / "kmi-warehouse").exists()


def test_check_connect_fails_where_a_source_does_not_answer(plan: Path) -> None:
    (plan.parent / "visits.csv").unlink()
    done = kmi("check", "--plan", plan, "--connect")
    assert done.exit_code == 1
    assert "gates: FAILED" in done.stderr
    assert "visits.csv: the file is not there: put it there, or correct 'path' in the plan" in done.stderr


WRONG_PLANS = {
    "an unknown key": (plan_text(GATES.replace("layout:", "lay_out:")), "plan.yaml:6:5", "did you mean 'layout'?"),
    "a source that no one defined": (
        plan_text(indicators=VISITS.replace("source: gates", "source: gate")),
        "plan.yaml:15:11",
        "did you mean 'gates'?",
    ),
    "a type that does not exist": (
        plan_text(GATES.replace("footfall", "footfal")),
        "plan.yaml:4:5",
        "did you mean 'footfall'?",
    ),
    "a missing key": (
        plan_text(indicators=VISITS.replace("  unit: visits\n", "")),
        "plan.yaml:11:3",
        "add 'unit:' here",
    ),
    "a number that is none": (
        plan_text(indicators=VISITS.replace("value: 200", "value: many")),
        "plan.yaml:18:7",
        "'many' does not fit here: write a number",
    ),
    "a date that is none": (
        plan_text(indicators=VISITS.replace("2027-12-31", "2027-13-31")),
        "plan.yaml:19:7",
        "'2027-13-31' does not fit here: there is no month 13: write a day",
    ),
    "a format that tells no month": (
        plan_text(GATES.replace("%Y-%m", "%Y")),
        "plan.yaml:3:3",
        "does not have the month",
    ),
    "a tab in the indentation": (
        plan_text().replace("  gates:", "\tgates:"),
        "plan.yaml:3:1",
        "write spaces in its place",
    ),
    "a key given twice": (
        plan_text() + "sources: {}\n",
        "plan.yaml:20:1",
        "'sources' is written twice on the same level, first on line 2",
    ),
    "a list": ("- gates\n", "plan.yaml:1:1", "start from 'kmi init'"),
    "nothing": ("", "plan.yaml:1:1", "start from 'kmi init'"),
    "a secret": (
        plan_text(GATES.replace("visits.csv", "https://ada:geheim1@example.org/v.csv")),
        "plan.yaml:5:5",
        "write ${env:NAME}",
    ),
}


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("case", WRONG_PLANS)
def test_a_wrong_plan_exits_2_naming_line_column_and_what_to_write(tmp_path: Path, command: str, case: str) -> None:
    text, place, advice = WRONG_PLANS[case]
    done = kmi(command, "--plan", write_plan(tmp_path, text))
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if advice in line]
    assert line.startswith(place)
    assert "geheim1" not in done.output
    assert not (tmp_path / "kmi-warehouse").exists()


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_plan_that_cannot_be_read_exits_2(tmp_path: Path, command: str) -> None:
    (tmp_path / "latin.yaml").write_bytes("organisation: {name: Bücherei}\n".encode("latin-1"))
    for plan, advice in (
        (tmp_path / "none.yaml", "kmi init"),
        (tmp_path, "in a place that you may read"),
        (tmp_path / "latin.yaml", "save it as UTF-8"),
    ):
        done = kmi(command, "--plan", plan)
        assert done.exit_code == 2
        assert str(plan) in done.stderr
        assert advice in done.stderr


# run and refused ------------------------------------------------------------------------------------------------------


def test_run_collects_judges_and_publishes(plan: Path) -> None:
    done = kmi("run", "--plan", plan, *NOW)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("gates: 5 observations, 5 new\n")
    assert "BEHIND Visits 115 142 115 visits in Oct 2026 against" in " ".join(done.stdout.split())
    rows = duckdb.execute(
        f"SELECT entity, start, value FROM '{plan.parent}/kmi-warehouse/published/observations-*.parquet' ORDER BY ALL"
    ).fetchall()
    january, february, october = date(2025, 1, 1), date(2025, 2, 1), date(2026, 10, 1)
    want = [
        ("Central", january, 100.0),
        ("Central", february, 110.0),
        ("Central", october, 109.0),
        ("Hill", january, 5.0),
        ("Hill", october, 6.0),
    ]
    assert rows == want


@pytest.mark.slow
def test_run_json_is_one_document_and_news_goes_to_stderr(plan: Path) -> None:
    done = kmi("run", "--plan", plan, "--json", *NOW)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["failed"] == {}
    assert document["collected"][0] | {"notes": None} == {
        "source": "gates",
        "window": "1900-01-01..2026-11-24",
        "rows": 5,
        "added": 5,
        "altered": 0,
        "dropped": 0,
        "refused": 0,
        "notes": None,
    }
    assert {"observations-2025.parquet", "verdicts.parquet", "periods.parquet"} <= set(document["published"])
    assert "gates: 5 observations" in done.stderr


def test_a_failed_source_exits_1_and_the_others_are_published(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(COUNTS, encoding="utf-8")
    plan = write_plan(tmp_path, plan_text(GATES + GATES.replace("gates:", "doors:").replace("visits.csv", "none.csv")))
    done = kmi("run", "--plan", plan, *NOW)
    assert done.exit_code == 1
    assert "1 of 2 sources failed; the others are up to date:" in done.stderr
    assert "none.csv: the file is not there: put it there" in done.stderr
    sources = {
        row["source"]: row for row in json.loads(kmi("status", "--plan", plan, "--sources", "--json").stdout)["sources"]
    }
    assert (sources["gates"]["rows"], sources["gates"]["last_error"]) == (5, None)
    assert sources["doors"]["rows"] == 0
    assert "the file is not there" in sources["doors"]["last_error"]


@pytest.mark.slow
def test_run_of_one_source_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(COUNTS, encoding="utf-8")
    plan = write_plan(tmp_path, plan_text(GATES + GATES.replace("gates:", "doors:").replace("visits.csv", "none.csv")))
    done = kmi("run", "--plan", plan, "--source", "gates", *NOW)
    assert done.exit_code == 0
    assert "doors:" not in done.stdout


def test_a_backfill_takes_only_its_days(plan: Path) -> None:
    done = kmi("run", "--plan", plan, "--from", "2025-02-01", "--to", "2025-02-28", "--json", *NOW)
    assert done.exit_code == 0
    assert [(c["window"], c["rows"]) for c in json.loads(done.stdout)["collected"]] == [("2025-02-01..2025-03-01", 1)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--source", "gate"], "the plan has no source 'gate': its sources: gates"),
        (["--from", "2025-01-01"], "a backfill needs a first and a last day"),
        (
            ["--from", "2025-02-01", "--to", "2025-01-01"],
            "the first day 2025-02-01 is after the last day 2025-01-01: give them in order",
        ),
        (["--from", "01/02/2025", "--to", "2025-03-01"], "'01/02/2025' does not match the format"),
        (["--wait", "soon"], "'soon' is not a valid float"),
        (["--warehouse", "ftp://example.org/kmi"], "write s3://bucket/prefix"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_a_wrong_call_of_run_exits_2(plan: Path, options: list[str], message: str) -> None:
    done = kmi("run", "--plan", plan, *options)
    assert done.exit_code == 2
    assert message in done.stderr


def test_run_exits_1_where_another_run_holds_the_warehouse(plan: Path) -> None:
    with hold_lock(open_root(plan.parent / "kmi-warehouse"), wait_s=0, log=lambda line: None):
        done = kmi("run", "--plan", plan, "--wait", "0")
    assert done.exit_code == 1
    assert "run" in done.stderr
    assert not list((plan.parent / "kmi-warehouse").glob("published/*"))


@pytest.mark.slow
def test_plan_and_warehouse_are_read_from_the_environment(plan: Path, tmp_path: Path) -> None:
    where = {"KMI_PLAN": str(plan), "KMI_WAREHOUSE": str(tmp_path / "elsewhere")}
    assert kmi("run", *NOW, **where).exit_code == 0
    assert (tmp_path / "elsewhere/published/verdicts.parquet").exists()
    assert "Visits" in kmi("status", **where).stdout


WRONG_FILES = {
    "empty": (b"", "visits.csv: the file is empty (0 bytes)", "deliver it again, or remove it"),
    "blank lines": (b"\n\n", "visits.csv: row 1 has no column names", "set 'header_row'"),
    "no entity column": (
        b"Branch,2025-01\nCentral,1\n",
        "visits.csv: there is no column 'Library'",
        "correct 'columns.entity'",
    ),
    "a total column": (
        b"Library,2025-01,Total\nCentral,1,1\n",
        "visits.csv: the column 'Total' is neither a date nor declared",
        "add 'Total' to 'ignore'",
    ),
    "a column twice": (
        b"Library,2025-01,2025-01\nCentral,1,2\n",
        "visits.csv: two columns have the name '2025-01'",
        "a different name",
    ),
    "a month twice": (
        b"Library,2025-01,2025-1\nCentral,1,2\n",
        "visits.csv: the columns '2025-01' and '2025-1' mean the same days",
        "remove one of them",
    ),
    "latin letters": (
        "Library,2025-01\nBücherei,1\n".encode("latin-1"),
        "visits.csv: byte 18 (row 2) is not UTF-8",
        "encoding: windows-1252",
    ),
    "zero bytes": (
        b"Library,2025-01\n\x00\x00,1\n",
        "visits.csv: the file contains zero bytes",
        "save it as CSV in UTF-8",
    ),
    "a damaged old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        "visits.csv: this workbook cannot be read",
        "save it as .xlsx",
    ),
    "a broken workbook": (b"PK\x03\x04rest", "visits.csv: the archive is cut off", "deliver it again"),
    "a stray quotation mark": (
        b'Library,2025-01\nCentral,1\n"Hill,2\n',
        "visits.csv: row 3 is not valid CSV",
        "quotation mark",
    ),
    "a cut-off end": (
        b"Library,2025-01,2025-02\nCentral,1,2\nHil",
        "visits.csv: the file ends in the middle of its last row ('Hil …')",
        "deliver the whole file again",
    ),
}


@pytest.fixture(scope="module")
def run_over_wrong_files(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("wrong-files")
    plan = each_in_a_source(folder, {case: body for case, (body, _, _) in WRONG_FILES.items()})
    return kmi("run", "--plan", plan, *NOW)


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_exits_1_naming_the_file_and_what_to_do(run_over_wrong_files: Result, case: str) -> None:
    _, what, advice = WRONG_FILES[case]
    name = source_name(case)
    assert run_over_wrong_files.exit_code == 1
    (line,) = {
        line.strip() for line in run_over_wrong_files.stderr.splitlines() if line.strip().startswith(f"{name}: ")
    }
    assert what in line
    assert advice in line
    assert "unexpected fault" not in run_over_wrong_files.output


WRONG_CELLS = {
    "a word": (
        "Library,2025-01\nCentral,many\n",
        "row 2, column '2025-01'",
        "'many' is not a number",
        "correct the cell",
    ),
    "a thousands sign": (
        'Library,2025-01\nCentral,"1,234"\n',
        "row 2, column '2025-01'",
        "'1,234' is not a number",
        "declare 'thousands: \",\"'",
    ),
    "a percentage": (
        "Library,2025-01\nCentral,85%\n",
        "row 2, column '2025-01'",
        "'85%' is a percentage",
        "percent: true",
    ),
    "below zero": (
        "Library,2025-01,2025-02\nCentral,7,-3\n",
        "row 2, column '2025-02'",
        "-3 is below 0",
        "correct the cell",
    ),
    "no name": ("Library,2025-01\n,7\n", "row 2", "the row has no name in 'Library'", "name the branch or gate"),
    "too many cells": ("Library,2025-01\nCentral,7,8\n", "row 2", "more cells than the header", "quotation marks"),
    "said twice": (
        "Library,2025-01\nCentral,7\nCentral,8\n",
        "row 3, column '2025-01'",
        "given twice: 7 in",
        "keep only one of the two",
    ),
    "after a blank line": (
        "Library,2025-01\n\nCentral,x\n",
        "row 3, column '2025-01'",
        "'x' is not a number",
        "correct the cell",
    ),
}


@pytest.fixture(scope="module")
def run_over_wrong_cells(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, list[dict[str, str]]]:
    """The run, and what ``kmi refused`` lists after it."""
    folder = tmp_path_factory.mktemp("wrong-cells")
    plan = each_in_a_source(folder, {case: text.encode() for case, (text, *_) in WRONG_CELLS.items()})
    done = kmi("run", "--plan", plan, *NOW)
    return done, json.loads(kmi("refused", "--plan", plan, "--json").stdout)["refused"]


@pytest.mark.parametrize("case", WRONG_CELLS)
def test_a_wrong_cell_is_listed_with_row_column_and_what_to_do(
    run_over_wrong_cells: tuple[Result, list[dict[str, str]]], case: str
) -> None:
    _, place, reason, advice = WRONG_CELLS[case]
    name, (done, listed) = source_name(case), run_over_wrong_cells
    assert done.exit_code == 1
    (line,) = lines_on(name, done)
    assert "more than 20%; the old data stand" in line
    assert "see 'kmi refused'" in line
    (row,) = [row for row in listed if row["source"] == name and row["origin"] == f"visits.csv, {place}"]
    assert reason in row["reason"]
    assert advice in row["action"]
    assert row["gate"] == "parse"


@pytest.mark.slow
def test_a_wrong_cell_of_a_workbook_is_named_as_the_spreadsheet_names_it(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "2025"
    for line in (["Library", "2025-01", "2025-02"], ["Central", 10, 11], ["Hill", 5, "n/a"]):
        sheet.append(line)
    book.save(tmp_path / "visits.xlsx")
    plan = write_plan(tmp_path, plan_text(GATES.replace("visits.csv", "visits.xlsx\n  max_refused_share: 0.5")))
    done = kmi("run", "--plan", plan, *NOW)
    assert done.exit_code == 0
    assert "gates: 3 observations, 3 new; 1 refused, see 'kmi refused'" in done.stdout
    shown = " ".join(kmi("refused", "--plan", plan).stdout.split())
    assert "visits.xlsx, sheet '2025', cell C3 (column '2025-02')" in shown
    assert "'n/a' is not a number" in shown


@pytest.mark.slow
def test_a_refusal_is_cleared_when_the_cell_is_mended(plan: Path) -> None:
    file = plan.parent / "visits.csv"
    file.write_text(COUNTS.replace("110", "many"), encoding="utf-8")
    assert kmi("run", "--plan", plan, *NOW).exit_code == 0
    assert len(json.loads(kmi("refused", "--plan", plan, "--source", "gates", "--json").stdout)["refused"]) == 1
    file.write_text(COUNTS, encoding="utf-8")
    assert kmi("run", "--plan", plan, "--now", "2026-11-25T06:00:00").exit_code == 0
    assert kmi("refused", "--plan", plan).stdout == "Nothing is refused.\n"


@pytest.mark.slow
def test_what_has_no_number_cannot_be_released(plan: Path) -> None:
    (plan.parent / "visits.csv").write_text(COUNTS.replace("110", "many"), encoding="utf-8")
    kmi("run", "--plan", plan, *NOW)
    (row,) = json.loads(kmi("refused", "--plan", plan, "--json").stdout)["refused"]
    done = kmi("refused", "--plan", plan, "--release", row["refused_id"], "--by", "Ada", "--because", "counted twice")
    assert done.exit_code == 2
    assert "'many' is not a number that could be released: correct it where it was written" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--release", "0123"], "a release needs a name and a reason: add --by and --because"),
        (
            ["--release", "0123", "--by", "Ada", "--because", "so"],
            "0123: no open refusal has this id: take an id from 'kmi refused'",
        ),
    ],
)
def test_a_wrong_release_exits_2(after_run: Path, options: list[str], message: str) -> None:
    done = kmi("refused", "--plan", after_run, *options)
    assert (done.exit_code, done.stderr) == (2, message + "\n")


FEED = """<rss version="2.0"><channel><title>News</title>
<item><guid>a</guid><title>Opening</title><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate></item>
<item><guid>b</guid><title>Founding</title><pubDate>Tue, 04 Jan 1870 10:00:00 +0000</pubDate></item>
</channel></rss>"""
NEWS = "news: {title: News, unit: items, kind: flow, of: [{source: news, metric: posts}]}\n"


def fed(plan: Path, now: str) -> list[dict[str, object]]:
    """A run at ``now`` over a feed with an item that is dated in 1870; what is refused after it."""
    with serve(lambda received: Reply(FEED.encode())) as site:
        write_plan(
            plan.parent, plan_text(f"news: {{type: feed, url: {site.url}/feed, max_refused_share: 0.5}}\n", NEWS)
        )
        assert kmi("run", "--plan", plan, "--now", now).exit_code == 0
    listed: list[dict[str, object]] = json.loads(kmi("refused", "--plan", plan, "--json").stdout)["refused"]
    return listed


def released(plan: Path, refusal: dict[str, object]) -> Result:
    return kmi(
        "refused",
        "--plan",
        plan,
        "--release",
        str(refusal["refused_id"])[:6],
        "--by",
        "Ada",
        "--because",
        "announced so",
        "--now",
        "2026-11-24T07:00:00",
    )


@pytest.mark.slow
def test_a_number_that_a_check_refused_is_let_through_by_name_and_reason(plan: Path) -> None:
    (row,) = fed(plan, NOW[1])
    assert (row["entity"], row["gate"], row["value"]) == ("b", "check", 1.0)
    assert "before 1900-01-01" in str(row["reason"])
    assert "kmi refused --release" in str(row["action"])
    done = released(plan, row)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"Released {row['refused_id']}: 1 for posts of 'b' from 1870-01-04, by Ada: announced so\n"
    assert fed(plan, "2026-11-24T18:00:00") == []
    rows = duckdb.execute(
        f"SELECT entity, flags FROM '{plan.parent}/kmi-warehouse/published/observations-*.parquet' ORDER BY entity"
    ).fetchall()
    assert rows == [("a", []), ("b", ["released"])]


@pytest.mark.slow
def test_the_same_fault_on_the_next_day_is_the_same_refusal(plan: Path) -> None:
    first, second = fed(plan, NOW[1]), fed(plan, "2026-11-25T06:00:00")
    assert [row["refused_id"] for row in second] == [row["refused_id"] for row in first]


@pytest.mark.slow
def test_what_was_let_through_is_not_refused_on_the_next_day(plan: Path) -> None:
    (row,) = fed(plan, NOW[1])
    assert released(plan, row).exit_code == 0
    assert fed(plan, "2026-11-25T06:00:00") == []


# status ---------------------------------------------------------------------------------------------------------------


def test_status_exits_3_only_when_asked_and_an_indicator_is_behind(after_run: Path) -> None:
    assert kmi("status", "--plan", after_run).exit_code == 0
    behind = kmi("status", "--plan", after_run, "--exit-code")
    assert behind.exit_code == 3
    assert "BEHIND" in behind.stdout
    as_json = kmi("status", "--plan", after_run, "--exit-code", "--json")
    assert as_json.exit_code == 3
    (verdict,) = json.loads(as_json.stdout)["verdicts"]
    assert (verdict["verdict"], verdict["value"], verdict["through"]) == ("behind", 115.0, "2026-10-31")
    assert kmi("status", "--plan", after_run, "--exit-code", "--sources").exit_code == 0


def test_status_exit_code_is_0_where_nothing_is_behind(plan: Path) -> None:
    (plan.parent / "visits.csv").write_text(COUNTS.replace("109", "900"), encoding="utf-8")
    kmi("run", "--plan", plan, *NOW)
    done = kmi("status", "--plan", plan, "--exit-code")
    assert done.exit_code == 0
    assert "on track" in done.stdout


def test_status_names_the_sources_whose_figures_are_old(after_run: Path) -> None:
    assert "\nLate:" not in kmi("status", "--plan", after_run).stdout
    late = kmi("run", "--plan", after_run, "--now", "2027-06-24T06:00:00").stdout
    assert "Late: gates (data through 2026-10-31). See 'kmi status --sources'." in late
    assert "Late: gates (data through 2026-10-31)." in kmi("status", "--plan", after_run).stdout


def test_status_names_the_sources_that_failed(after_run: Path) -> None:
    (after_run.parent / "visits.csv").unlink()
    assert (
        "Failed: gates. See 'kmi status --sources'."
        in kmi("run", "--plan", after_run, "--now", "2026-11-24T07:00:00").stdout
    )


@pytest.mark.slow
def test_alerts_after_a_run_in_which_nothing_stands_say_so(plan: Path) -> None:
    before = kmi("alerts", "--plan", plan)
    assert (before.exit_code, "nothing was evaluated here yet" in before.stderr) == (2, True)
    plan.write_text(plan.read_text().partition("  target:")[0], encoding="utf-8")
    assert kmi("run", "--plan", plan, *NOW).exit_code == 0
    assert kmi("alerts", "--plan", plan, *NOW).stdout == "No active alerts.\n"


def test_status_json_of_sources_parses(after_run: Path) -> None:
    (source,) = json.loads(kmi("status", "--plan", after_run, "--sources", "--json").stdout)["sources"]
    assert (source["source"], source["type"], source["rows"], source["refused"]) == ("gates", "footfall", 5, 0)
    assert source["data_through"] == "2026-10-31"


@pytest.mark.parametrize("options", [[], ["--json"], ["--sources"], ["--exit-code"]])
def test_status_before_the_first_run_exits_2_and_says_what_to_do(plan: Path, options: list[str]) -> None:
    done = kmi("status", "--plan", plan, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing has been published here yet: run 'kmi run'" in done.stderr


# judge, demo, help ----------------------------------------------------------------------------------------------------

HEADER = "series,base_year,base_value,current_year,current_value,target_year,target,direction\n"
WRONG_TABLES = {
    "a missing column": (
        HEADER.replace("target,", "quota,"),
        1,
        "the column target is missing: a table to judge has series, base_year",
    ),
    "nothing": ("", 1, "the file is empty: a table to judge has series"),
    "an open quotation mark": (
        HEADER + '"a,2015\n',
        1,
        "row 2 is not valid CSV (unexpected end of data): look for a stray or missing quotation mark there",
    ),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_judge_says_where_a_wrong_table_is_wrong(tmp_path: Path, case: str) -> None:
    text, code, message = WRONG_TABLES[case]
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    done = kmi("judge", table)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith(str(table))
    assert message in done.stderr


def test_judge_without_a_table_exits_2(tmp_path: Path) -> None:
    assert kmi("judge").exit_code == 2
    done = kmi("judge", tmp_path / "none.csv")
    what = "the file cannot be read (No such file or directory): name a CSV, XLSX or Parquet file"
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path / 'none.csv'}: {what}\n")


@pytest.mark.slow
def test_demo_runs_the_real_pipeline_and_says_where_everything_lies(tmp_path: Path) -> None:
    done = kmi("demo", "--folder", tmp_path / "demo", "--today", "2026-11-24")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Visits to the library, all branches" in done.stdout
    assert str(tmp_path / "demo" / "kmi-warehouse" / "published") in done.stdout
    plan = tmp_path / "demo" / "plan.yaml"
    assert kmi("status", "--plan", plan, "--exit-code").exit_code == 3
    sources = json.loads(kmi("status", "--plan", plan, "--sources", "--json").stdout)["sources"]
    assert len(sources) == 25
    assert {(source["fresh"], source["last_error"]) for source in sources} == {(True, None)}


def test_demo_of_a_day_without_a_history_exits_2(tmp_path: Path) -> None:
    done = kmi("demo", "--folder", tmp_path / "demo", "--today", "1990-01-01")
    assert done.exit_code == 2
    assert "--today: the sandbox has no history for 1990-01-01" in done.stderr


def test_an_unknown_command_exits_2() -> None:
    done = kmi("rnu")
    assert done.exit_code == 2
    assert "No such command 'rnu'" in done.stderr


@pytest.mark.parametrize("command", ["run", "status", "check", "init", "refused", "judge", "demo"])
def test_help_of_each_command_says_what_it_does(command: str) -> None:
    done = kmi(command, "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: kmi {command} [OPTIONS]")
    assert len(done.stdout.splitlines()[2].strip()) > 20


def test_debug_shows_the_traceback_of_an_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--debug", "check", "--plan", str(tmp_path / "none.yaml")])
    assert "there is no plan here" in str(done.exception)
    assert not isinstance(done.exception, SystemExit)


def test_a_source_that_answers_with_an_error_fails_without_its_secret(tmp_path: Path) -> None:
    with serve(lambda received: Reply(b"no", 403)) as site:
        feed = f"news: {{type: feed, url: {site.url}/feed, auth: {{type: bearer, token: '${{env:NEWS_TOKEN}}'}}}}\n"
        plan = write_plan(tmp_path, plan_text(feed, NEWS))
        missing = kmi("run", "--plan", plan)
        refused = kmi("run", "--plan", plan, NEWS_TOKEN="t0p-s3cret")
    assert (missing.exit_code, refused.exit_code) == (1, 1)
    assert "${env:NEWS_TOKEN}: the environment variable is not set: set NEWS_TOKEN" in missing.stderr
    assert "403" in refused.stderr
    assert "t0p-s3cret" not in refused.output


# known faults ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def cases(plan: Path, tmp_path: Path) -> dict[str, tuple[list[object], int]]:
    """Calls, and the exit code that each should have; today they end in a traceback or in a wrong answer."""
    file, table = tmp_path / "a-file", tmp_path / "table.csv"
    file.write_text("x", encoding="utf-8")
    table.write_text(HEADER + "a,2015,10,2020,15,2030,20,up\n", encoding="utf-8")
    return {
        "status of a warehouse that is a file": (["status", "--warehouse", file], 2),
        "run into a warehouse that is a file": (["run", "--plan", plan, "--warehouse", file], 2),
        "refused of a warehouse that is a file": (["refused", "--warehouse", file], 2),
        "refused of a warehouse that is not there": (["refused", "--warehouse", tmp_path / "none"], 2),
        "refused of a source that the plan does not have": (["refused", "--plan", plan, "--source", "gate"], 2),
        "init into a file": (["init", "--folder", file], 2),
        "judge of a folder": (["judge", tmp_path], 2),
        "judge into a folder that is not there": (["judge", table, "--output", tmp_path / "none" / "out.csv"], 2),
    }


FAULTY = (
    "status of a warehouse that is a file",
    "run into a warehouse that is a file",
    "refused of a warehouse that is a file",
    "refused of a warehouse that is not there",
    "refused of a source that the plan does not have",
    "init into a file",
    "judge of a folder",
    "judge into a folder that is not there",
)


@pytest.mark.parametrize("case", FAULTY)
def test_a_place_that_cannot_be_meant_exits_2(cases: dict[str, tuple[list[object], int]], case: str) -> None:
    arguments, code = cases[case]
    done = kmi(*arguments)
    assert done.exit_code == code
    assert len(done.stderr.splitlines()) == 1
