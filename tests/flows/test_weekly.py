"""The message of the week: once a week, with what changed, also after a missed day and after a kill."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.steps.context import Context
from flows.steps.notify import notify_of
from plan.load import PlanError, load_plan
from reports.notice_rows import PublishedRows
from tests.one_branch_library import (
    ADA,
    FakeChannel,
    context_at,
    morning_after,
    notify_published,
    run_unnotified,
    write_one_branch_library,
)
from transforms.alerts.notice_kinds import run_candidate

WEDNESDAY = 4
"""The run after this month is on Wednesday 3 June 2026, and the alert of the fall fires in it."""
WEEK = "0 of 1 on course; Visits behind"


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_unnotified(tmp_path_factory.mktemp("weekly"), (1, WEDNESDAY), (2, 3))


@pytest.fixture
def library(fired: Path, tmp_path: Path) -> Callable[..., Context]:
    folder = tmp_path / "library"
    shutil.copytree(fired, folder)

    def at(days: int = 0, options: str = "weekly: monday", more: str = "") -> Context:
        alerts = f'{{routes: [{{to: "{ADA}", {options}}}]{more}}}'
        plan = write_one_branch_library(folder, 49 + WEDNESDAY, (2, 3), alerts=alerts)
        return context_at(plan, morning_after(WEDNESDAY) + timedelta(days=days))

    return at


@pytest.mark.slow
def test_what_is_urgent_comes_at_once_and_the_week_once_on_its_day(library: Callable[..., Context]) -> None:
    box = FakeChannel()
    for days in (0, 0, 1, 4, 5, 5, 6):
        notify_published(library(days), box)
    assert box.titles == [WEEK, WEEK], "the first run after it was set up, then Monday 8 June"
    first, monday = (post.text for _, post in box.sent)
    assert "NEW\n\nVisits: behind its path" in first, "one message, which begins with what is new"
    assert first.count("614 visits in Apr 2026") == 1
    assert "STILL BEHIND OR AT RISK\n\nVisits: behind\n" in monday
    assert "NEW" not in monday


def test_a_missed_day_is_made_up_for_once(library: Callable[..., Context]) -> None:
    box = FakeChannel()
    for days in (0, 7, 8, 9, 11):
        notify_published(library(days), box)
    assert len(box.sent) == 2, "Monday was missed, so Wednesday sends it"
    notify_published(library(12), box)
    assert len(box.sent) == 3, "and the next one is on its Monday again"


def test_a_route_may_wait_with_everything_for_the_week(library: Callable[..., Context]) -> None:
    box, options = FakeChannel(), "weekly: thursday, at_once: false"
    for days in (0, 1, 2):
        notify_published(library(days, options), box)
    assert box.titles == [WEEK, WEEK], "the one of Thursday 28 May at first, then that of 4 June"
    assert all("Visits: behind its path" not in post.text for _, post in box.sent)
    context = library(2, options)
    overdue = run_candidate(context.clock() - timedelta(hours=1), context.today, overdue=True)
    notify_of(context, [overdue], PublishedRows({}, {}, {}, {}), box)
    assert box.titles[2:] == ["runs: none has finished in time"], "without runs there is no message of the week"


def test_a_run_that_dies_with_the_week_sends_it_once_more_and_no_third_time(library: Callable[..., Context]) -> None:
    box = FakeChannel(die_after=True)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            notify_published(library(), box)
    for _ in range(3):
        notify_published(library(), box)
    assert len(box.sent) == 2


def test_a_week_that_could_not_be_sent_is_sent_by_the_next_run(library: Callable[..., Context]) -> None:
    box = FakeChannel(refuse="it answered 503")
    assert notify_published(library(), box).failed == {ADA: "it answered 503"}
    box.refuse = ""
    assert notify_published(library(1), box).sent == {ADA: 2}
    assert len(box.sent) == 1


def test_a_muted_day_sends_the_week_on_the_day_after(library: Callable[..., Context]) -> None:
    box, mute = FakeChannel(), ", mute: [{from: 2026-06-03, to: 2026-06-03}]"
    counts = []
    for days in (0, 1):
        notify_published(library(days, more=mute), box)
        counts.append(len(box.sent))
    assert counts == [0, 1]


def test_the_week_is_no_alert_in_the_list_of_alerts(library: Callable[..., Context]) -> None:
    context = library()
    notify_published(context, FakeChannel())
    command = ["alerts", "--plan", str(context.loaded.path), "--warehouse", context.root.address, "--json"]
    done = CliRunner().invoke(main, [*command, "--now", f"{context.clock():%Y-%m-%dT%H:%M:%S}"])
    assert [one["kind"] for one in json.loads(done.stdout)["notices"]] == ["alert"]


def test_nothing_at_once_and_no_week_is_refused(library: Callable[..., Context]) -> None:
    with pytest.raises(PlanError, match="needs a day in 'weekly'"):
        library(0, "at_once: false")


def test_the_week_is_in_the_language_of_the_plan(library: Callable[..., Context]) -> None:
    box, context = FakeChannel(), library()
    path = context.loaded.path
    path.write_text(path.read_text(encoding="utf-8").replace("time_zone:", "language: de, time_zone:", 1), "utf-8")
    notify_published(context_at(load_plan(path).path, context.clock()), box)
    assert box.titles == ["0 von 1 auf Kurs; Visits im Rückstand"]
    assert "Hill Library: Die Woche bis 03.06.2026: 0 von 1 auf Kurs" in box.sent[0][1].text
