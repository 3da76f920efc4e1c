"""``kmi note``: what a person writes on an indicator is kept, published at once, shown, and can be taken back."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.steps.note_ledger import notes_in_force
from flows.steps.refresh import RefreshRequest, refresh
from tests.one_branch_library import context_at, morning_after, write_one_branch_library
from warehouse.lock import hold_lock
from warehouse.published_files import file_hash
from warehouse.published_tables import published_in
from warehouse.schema import NOTES, PUBLISHED_NOTES

SECRET = "s3cret-address-of-ada"
ALERTS = '{routes: [{to: "${env:ADA}"}]}'


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that was never run."""
    monkeypatch.setenv("ADA", f"json://ada:{SECRET}@127.0.0.1")
    return write_one_branch_library(tmp_path / "library", 50, (), alerts=ALERTS)


def kmi(plan: Path, *arguments: str, day: str = "2026-03-03T06:00:00") -> Result:
    folder = ("--plan", str(plan), "--warehouse", str(plan.parent / "warehouse"), "--now", day)
    done = CliRunner().invoke(main, [*arguments[:1], *folder, *arguments[1:]])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


def notes(plan: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(kmi(plan, "note", "--json").stdout)["notes"]
    return found


def test_a_note_is_kept_with_its_author_and_day_and_listed_newest_first(plan: Path) -> None:
    assert kmi(plan, "note").output.startswith("No note yet.")
    first = kmi(plan, "note", "visits", "The lift is mended in May", "--by", "Ada", "--on", "2026-02-20")
    assert first.exit_code == 0, first.output
    assert first.output.startswith("noted on Visits, 20 Feb 2026, by Ada\n")
    kmi(plan, "note", "visits", "Closed on Mondays since", "--by", "Head of user services")
    assert [(one["noted_on"], one["author"], one["note"]) for one in notes(plan)] == [
        ("2026-03-03", "Head of user services", "Closed on Mondays since"),
        ("2026-02-20", "Ada", "The lift is mended in May"),
    ]
    assert "Closed on Mondays since" in kmi(plan, "note", "visits").output


def test_a_note_that_was_taken_back_is_shown_no_more_and_stays_on_the_ledger(plan: Path) -> None:
    kmi(plan, "note", "visits", "Wrong", "--by", "Ada")
    (written,) = notes(plan)
    done = kmi(plan, "note", "visits", "--withdraw", written["note_id"][:4], "--by", "Ben")
    assert done.output == "withdrawn by Ben: Wrong; the ledger keeps it\n"
    assert notes(plan) == []
    ledger = context_at(plan, morning_after(1)).tables.read(NOTES).to_pylist()
    assert sorted((row["action"], row["author"], row["note"]) for row in ledger) == [
        ("withdrawn", "Ben", None),
        ("written", "Ada", "Wrong"),
    ]
    again = kmi(plan, "note", "--withdraw", written["note_id"], "--by", "Ben")
    assert (again.exit_code, "no note has this id" in again.output) == (2, True)


def test_the_same_note_of_the_same_instant_is_one_note(plan: Path) -> None:
    for _ in range(2):
        assert kmi(plan, "note", "visits", "Twice by a nervous finger", "--by", "Ada").exit_code == 0
    assert len(notes(plan)) == 1


@pytest.mark.slow
def test_a_note_is_published_by_a_run_and_between_two_runs(plan: Path) -> None:
    context = context_at(plan, morning_after(1))
    kmi(plan, "note", "visits", "Before the first run", "--by", "Ada", "--on", "2026-01-05")
    assert not refresh(context, RefreshRequest()).failed
    assert [row["note"] for row in published_in(context.root).rows(PUBLISHED_NOTES)] == ["Before the first run"]
    kmi(plan, "note", "visits", "=1+1 <b>after</b>", "--by", "Ada")
    assert [row["note"] for row in published_in(context.root).rows(PUBLISHED_NOTES)] == [
        "=1+1 <b>after</b>",
        "Before the first run",
    ]
    package = json.loads(context.root.read("published/datapackage.json"))
    (described,) = [one for one in package["resources"] if one["name"] == "notes"]
    body = context.root.read("published/notes.parquet")
    assert (described["rows"], described["bytes"], described["hash"]) == (2, len(body), f"sha256:{file_hash(body)}")
    later = context_at(plan, morning_after(1) + timedelta(hours=1))
    assert "notes.parquet" not in refresh(later, RefreshRequest()).published, "the run finds what is there already"


@pytest.mark.slow
def test_a_note_waits_for_a_run_that_is_going(plan: Path) -> None:
    context = context_at(plan, morning_after(1))
    with hold_lock(context.root, wait_s=0, log=lambda _: None):
        writing = threading.Thread(target=kmi, args=(plan, "note", "visits", "Meanwhile", "--by", "Ada"))
        writing.start()
        writing.join(1)
        assert writing.is_alive()
        assert notes_in_force(context) == []
    writing.join(30)
    assert [one.note for one in notes_in_force(context)] == ["Meanwhile"]


def test_a_note_is_one_line_whatever_is_typed(plan: Path) -> None:
    kmi(plan, "note", "visits", "First\r\nsecond\x1b[31m\u202eline\u0000", "--by", "Ada\nBcc: eve@example.org")
    (one,) = notes(plan)
    assert (one["note"], one["author"]) == ("First second [31mline", "Ada Bcc: eve@example.org")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["visit", "text", "--by", "Ada"], "did you mean 'visits'?"),
        (["visits", "text"], "your name is missing"),
        (["visits", "  \n", "--by", "Ada"], "the note is empty"),
        (["visits", "x" * 501, "--by", "Ada"], "the note has 501 characters, and at most 500 are kept"),
        (["visits", "text", "--by", "A" * 81], "the name has more than 80 characters"),
        (["visits", "text", "--by", "Ada", "--on", "2026-03-04"], "2026-03-04 has not come yet"),
        (["visits", f"the key is {SECRET}", "--by", "Ada"], "seems to hold a secret of the plan"),
        (["visits", "text", "--by", SECRET], "seems to hold a secret of the plan"),
        (["visits", "see https://ada:pa55word@intranet.example", "--by", "Ada"], "a password in an address"),
        (["visits", "text", "--by", "Ada", "--withdraw", "ab"], "withdrawn without a text or a day"),
        (["visits", "--withdraw", "ab"], "your name is missing"),
        (["visits", "--by", "Ada"], "--by and --on belong to a note"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(plan: Path, arguments: list[str], message: str) -> None:
    done = kmi(plan, "note", *arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert SECRET not in done.output
    assert notes(plan) == []
