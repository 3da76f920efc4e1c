"""``kmi add``: from a file to a source, an indicator, a target and a first verdict."""

import os
import pty
import select
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.commands.add import AddRequest, add
from flows.commands.adding.details import DetailOptions
from flows.commands.adding.prompts import Prompts
from flows.commands.inspect import InspectOptions
from flows.steps.context import Context, Log
from plan.edit import PlanParts, with_parts
from plan.load import load_plan

NOW = ("--now", "2026-10-11T06:00:00")
HEADING = ("--organisation", "Hill Library", "--zone", "Europe/London")
TARGET = ("--value", "130", "--due", "2027-12-31")
MONTHS = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13)][:21]
VISITS = (
    f"Branch,{','.join(MONTHS)}\nCentral,{','.join(str(100 + n % 5) for n in range(21))}\n"
    f"Hill,{','.join(str(10 + n % 3) for n in range(21))}\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("KMI_PLAN", "KMI_WAREHOUSE", "KMI_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "visits.csv").write_text(VISITS)
    return tmp_path


def added(*words: str) -> Result:
    return CliRunner().invoke(main, ["add", *words, *NOW])


def test_a_file_becomes_a_verdict(folder: Path) -> None:
    done = added("visits.csv", "--yes", *HEADING, *TARGET, "--owner", "Head of user services")
    assert done.exit_code == 0, done.output
    assert "Visits: " in done.output
    assert max(len(line) for line in done.output.splitlines()) <= 80
    indicator = load_plan(folder / "plan.yaml").plan.indicators["visits"]
    assert (indicator.owner, indicator.unit, indicator.period) == ("Head of user services", "visits", "month")
    assert indicator.target is not None
    assert indicator.target.baseline is not None
    assert (indicator.target.value, indicator.target.due) == (130, date(2027, 12, 31))
    assert (indicator.target.baseline.from_, indicator.target.baseline.to) == (date(2025, 1, 1), date(2025, 12, 31))


def test_what_only_a_person_can_say_is_named_and_nothing_is_written(folder: Path) -> None:
    done = added("visits.csv", "--yes")
    assert done.exit_code == 2
    for option in ("--organisation", "--zone", "--value", "--due"):
        assert option in done.output
    assert not (folder / "plan.yaml").exists()


def test_a_question_about_the_file_is_named_and_nothing_is_written(folder: Path) -> None:
    (folder / "visits.csv").write_text("Date,Visits\n01/02/2026,5\n02/02/2026,6\n03/02/2026,7\n")
    done = added("visits.csv", "--yes", *HEADING, *TARGET)
    assert done.exit_code == 2
    assert "--answer 'date_order=day-first|month-first'" in done.output
    assert not (folder / "plan.yaml").exists()


def test_without_a_terminal_it_never_waits(folder: Path) -> None:
    assert added("visits.csv").exit_code == 2


def test_running_it_again_mends_what_was_wrong_and_keeps_the_rest(folder: Path) -> None:
    added("visits.csv", "--yes", *HEADING, *TARGET, "--owner", "Head", "--no-run")
    plan = folder / "plan.yaml"
    text = plan.read_text().replace("    owner: Head\n", "    owner: Head   # until May\n")
    plan.write_text(f"# our plan\n{text}")
    done = added("visits.csv", "--yes", "--name", "Visits", "--branches", "Central", "--value", "120", "--no-run")
    assert done.exit_code == 0, done.output
    written = plan.read_text()
    assert written.startswith("# our plan\n")
    assert "owner: Head   # until May" in written
    loaded = load_plan(plan).plan
    assert list(loaded.indicators) == ["visits"]
    assert list(loaded.sources) == ["visits"]
    assert loaded.indicators["visits"].of[0].entities == ("Central",)
    assert loaded.indicators["visits"].target is not None
    assert loaded.indicators["visits"].target.value == 120


def test_a_second_file_leaves_the_first_one_alone(folder: Path) -> None:
    added("visits.csv", "--yes", *HEADING, *TARGET, "--no-run")
    before = (folder / "plan.yaml").read_text()
    (folder / "loans.csv").write_text("Month,Loans\n2025-01,50\n2025-02,40\n2025-03,60\n")
    done = added("loans.csv", "--yes", "--no-target", "--no-run")
    assert done.exit_code == 0, done.output
    after = (folder / "plan.yaml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert list(load_plan(folder / "plan.yaml").plan.indicators) == ["visits", "loans"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--branches", "Hall"), "there is no place 'Hall'"),
        (("--metric", "loans"), "there is no figure 'loans'"),
        (("--period", "day"), "the figures are by the month"),
        (("--zone", "Nowhere/City"), "is not a time zone"),
        (("--due", "2025-06-30"), "before its baseline ends"),
        (("--answer", "kind=flow"), "is no question about this file"),
    ],
)
def test_a_wrong_option_says_what_to_write_and_writes_nothing(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    done = added("visits.csv", "--yes", *HEADING, *TARGET, "--baseline", "2025-01-01", "2025-12-31", *words)
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert not (folder / "plan.yaml").exists()


def test_levels_become_a_stock_and_their_places_a_mean(folder: Path) -> None:
    (folder / "rating.csv").write_text("Month,Branch,Rating\n2025-01,Hill,4.5\n2025-01,Central,4\n2025-02,Hill,4.4\n")
    done = added("rating.csv", "--yes", *HEADING, "--answer", "kind=level", "--no-target", "--no-run")
    assert done.exit_code == 0, done.output
    indicator = load_plan(folder / "plan.yaml").plan.indicators["rating"]
    assert (indicator.kind, indicator.over_entities) == ("stock", "mean")


def test_in_a_terminal_every_question_is_put_in_plain_words(folder: Path) -> None:
    (folder / "visits.csv").write_text("Date,Visits\n01/02/2026,5\n02/02/2026,6\n03/02/2026,4\n")
    request = AddRequest(
        "visits.csv", Path("plan.yaml"), InspectOptions(), DetailOptions(), date(2026, 10, 11), without_run=True
    )

    def no_run(_: Log) -> Context:
        raise AssertionError("nothing is run")

    replies = [
        "Hill Library", "Nowhere", "Europe/London", "9", "1", "Visits to Hill", "", "", "Head", "12.000x", "200",
        "2027-12-31", "",
    ]  # fmt: skip
    runner = CliRunner()
    with runner.isolation(input="\n".join([*replies, ""])) as (out, *_):
        code = add(request, Prompts(is_terminal=True), no_run)
        text = out.getvalue().decode()
    assert code == 0, text
    assert "Write a number from 1 to 2." in text
    assert "That does not do: 'Nowhere' is not a time zone" in text
    assert "That does not do: write a number with a dot for decimals" in text
    plan = load_plan(folder / "plan.yaml").plan
    assert plan.indicators["visits_to_hill"].target is not None
    assert plan.sources["visits"].model_dump()["date_formats"] == ("%d/%m/%Y",)


@pytest.mark.slow
def test_in_a_real_terminal_of_80_columns_it_asks_and_answers(folder: Path) -> None:
    command = [sys.executable, "-c", "from flows.cli import main; main()", "add", "visits.csv", "--no-run"]
    answers = ["Hill Library", "Europe/London", "", "", "1", "1", "Head", "130", "2027-12-31", ""]
    output = in_terminal(command, answers)
    assert "Written into plan.yaml" in output, output
    assert max(len(line.rstrip("\r")) for line in output.splitlines()) <= 80
    assert load_plan(folder / "plan.yaml").plan.indicators["visits"].owner == "Head"


def in_terminal(command: list[str], answers: list[str], clock: Callable[[], float] = time.monotonic) -> str:
    """What a command prints in a terminal; each answer is typed when it has stopped printing after a colon."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": "80", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        os.execv(command[0], command)
    output, waiting, end = b"", list(answers), clock() + 120
    while clock() < end:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            output += piece
        elif output.rstrip().endswith((b":", b"]")) and waiting:
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    os.waitpid(child, 0)
    return output.decode()


def test_comments_quotes_and_order_of_a_plan_are_kept() -> None:
    text = (
        "# ours\norganisation: {name: 'Hill', time_zone: Europe/London}  # the name\n\nsources:\n"
        '  b: {type: feed, url: "https://x.example/feed"}   # news\n\n# what counts\nindicators:\n'
        "    news:  # four blanks\n        title: News\n        of:\n        - {source: b, metric: posts}\n"
    )
    written = with_parts(
        text, PlanParts("c", {"type": "feed", "url": "https://y.example/"}, "more", {"title": "x"}), "p"
    )
    for line in ("# ours", "# the name", "# news", "# what counts", "# four blanks", 'url: "https://x.example/feed"'):
        assert line in written
    assert written.index("news") < written.index("more:")
