"""``kmi plan review``: what is due, what changed since the last review, and the record that it took place."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from tests.plan_texts import GATES, plan_text, write_plan

pytestmark = pytest.mark.slow
INDICATORS = """\
visits:
  title: Visits to <Central>
  unit: visits
  kind: flow
  owner: Head of user services
  of: [{source: gates, metric: visits, entities: [Central]}]
  target:
    baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}
    value: 200
    review: 2026-12-01
    due: 2027-12-31
hill:
  title: Visits to Hill
  unit: visits
  kind: flow
  of: [{source: gates, metric: visits, entities: [Hill]}]
  target:
    baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}
    value: 200
    due: 2027-12-31
"""
MORE = """\
reviews: {first: 2026-11-20, every: quarter, owner: Library manager}
activities:
  open_week: {date: 2026-12-05, title: Open week, channel: event, indicators: [visits]}
"""


def kmi(*arguments: object) -> Result:
    done = CliRunner().invoke(
        main, [str(one) for one in arguments], env={"KMI_PLAN": None, "KMI_WAREHOUSE": None, "COLUMNS": "80"}
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


def run(plan: Path, day: str, counts: str) -> None:
    (plan.parent / "visits.csv").write_text(counts, encoding="utf-8")
    done = kmi("run", "--plan", plan, "--now", f"{day}T06:00:00")
    assert done.exit_code == 0, done.output


def review(plan: Path, day: str, *options: object) -> Result:
    folder = ("--output", plan.parent / "review")
    return kmi("plan", "review", "--plan", plan, "--now", f"{day}T09:00:00", *folder, *options)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan that was run on 24 November: Central on track, Hill behind."""
    path = write_plan(tmp_path, plan_text(GATES, INDICATORS, MORE))
    run(path, "2026-11-24", "Library,2026-09,2026-10\nCentral,140,190\nHill,100,101\n")
    return path


def test_the_first_review_has_nothing_to_compare_with(plan: Path) -> None:
    done = review(plan, "2026-11-24")
    assert done.exit_code == 0, done.output
    assert "No review is recorded yet, so there is nothing to compare with." in " ".join(done.stdout.split())
    assert "The review of 20 Nov 2026 is due; the next one is on 20 Feb 2027 (Library manager calls it)." in " ".join(
        done.stdout.split()
    )
    assert "Due for review\n  no target\n" in done.stdout
    assert "5 Dec 2026: Open week (planned)" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-3])) <= 80
    page = (plan.parent / "review" / "review.html").read_text(encoding="utf-8")
    assert "What changed" not in page
    assert "Visits to &lt;Central&gt;" in page
    assert "<Central>" not in page


def test_the_next_review_says_what_became_worse_or_better_was_corrected_or_changed_in_the_plan(plan: Path) -> None:
    held = review(plan, "2026-11-24", "--held", "--by", "Ada")
    assert held.exit_code == 0, held.output
    assert "recorded the review of 24 Nov 2026 by Ada, with 0 targets due for review" in held.stdout
    assert "the next one is on 20 Feb 2027" in held.stdout
    before, last = plan.read_text(encoding="utf-8").rsplit("value: 200", 1)
    plan.write_text(f"{before}value: 160{last}", encoding="utf-8")
    run(plan, "2027-01-10", "Library,2026-09,2026-10,2026-11,2026-12\nCentral,140,150,120,110\nHill,100,101,180,190\n")
    document = json.loads(review(plan, "2027-01-10", "--json").stdout)
    assert document["version"] == 1
    found = {(one["indicator_id"], one["kind"]): one["text"] for one in document["changes"]}
    assert found["visits", "worse"] == ("was on track and is behind: 190 (to 31 Oct 2026), now 110 (to 31 Dec 2026)")
    assert found["hill", "better"] == "was behind and is on track: 101 (to 31 Oct 2026), now 190 (to 31 Dec 2026)"
    assert found["hill", "goal"] == "target value from 200 to 160"
    assert [(one["indicator_id"], one["why"]) for one in document["due"]] == [
        ("visits", "its review was set for 1 Dec 2026")
    ]
    assert [(one["label"], one["now"], one["then"]) for one in document["counts"]] == [
        ("behind", 1, 1), ("on track", 1, 1),
    ]  # fmt: skip


def test_a_figure_that_was_corrected_is_named_though_the_verdict_stays(plan: Path) -> None:
    review(plan, "2026-11-24", "--held", "--by", "Ada")
    run(plan, "2026-11-26", "Library,2026-09,2026-10\nCentral,140,195\nHill,100,101\n")
    document = json.loads(review(plan, "2026-11-26", "--json").stdout)
    assert [(one["kind"], one["text"]) for one in document["changes"]] == [
        ("restated", "the figure to 31 Oct 2026 was corrected: 190 became 195")
    ]


def test_a_target_that_was_reviewed_is_not_due_again_until_its_due_day(plan: Path) -> None:
    run(plan, "2026-12-02", "Library,2026-09,2026-10\nCentral,140,190\nHill,100,101\n")
    assert [one["indicator_id"] for one in json.loads(review(plan, "2026-12-02", "--json").stdout)["due"]] == ["visits"]
    held = review(plan, "2026-12-02", "--held", "--by", "Ada", "--note", "go on")
    assert "with 1 target due for review" in held.stdout
    assert json.loads(review(plan, "2026-12-02", "--json").stdout)["due"] == []
    later = json.loads(review(plan, "2028-01-02", "--json").stdout)["due"]
    assert {one["indicator_id"]: one["why"] for one in later} == {
        "visits": "its target is due on 31 Dec 2027",
        "hill": "its target is due on 31 Dec 2027",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--held",), "a review needs the name of who records it: add --by 'your name'"),
        (("--by", "Ada"), "--by, --on and --note describe a review that took place: add --held, or leave them out"),
        (("--held", "--by", "Ada", "--on", "2026-11-25"), "--on: 2026-11-25 has not come yet"),
        (("--held", "--by", "Ada", "--on", "2026-11-01"), "--on: nothing was judged up to 2026-11-01"),
    ],
)
def test_what_cannot_be_recorded_says_what_to_do(plan: Path, options: tuple[str, ...], message: str) -> None:
    done = review(plan, "2026-11-24", *options)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_review_of_the_same_day_is_recorded_once(plan: Path) -> None:
    assert review(plan, "2026-11-24", "--held", "--by", "Ada").exit_code == 0
    again = review(plan, "2026-11-24", "--held", "--by", "Bea")
    assert again.exit_code == 2
    assert "a review of 2026-11-24 is recorded already" in again.stderr
    assert kmi("doctor", "--plan", plan, "--now", "2026-11-24T12:00:00").exit_code == 0


def test_before_the_first_run_there_is_nothing_to_review(tmp_path: Path) -> None:
    done = review(write_plan(tmp_path, plan_text(GATES, INDICATORS, MORE)), "2026-11-24")
    assert done.exit_code == 2
    assert "nothing was judged here yet, so there is nothing to review: run 'kmi run'" in done.stderr
    assert not (tmp_path / "review").exists()
