"""From falling figures to a message and its end: once, whatever happens to the run or to the channel."""

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Event, Timer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.steps import notify as step
from flows.steps.context import Context
from flows.steps.refresh import RefreshRequest, refresh
from tests.changing_library import replace_file
from tests.forked_notices import ForkedNotices, kill
from tests.loopback import ReceivedRequest as Request
from tests.loopback import Reply, serve
from tests.one_branch_library import (
    ADA,
    BEN,
    ROUTES,
    FakeChannel,
    context_at,
    morning_after,
    notify_published,
    run_unnotified,
    write_one_branch_library,
)
from transforms.alerts.notices import PROBLEM, Decision, NoticeCandidate
from transforms.alerts.state_names import FIRING
from warehouse.schema import NOTICES

LOW = (2, 3)
SUBJECT = "Visits behind: 614 of 1,055 expected in Apr 2026"
FIRED, OVER = 4, 6
"""The runs in which the alert of ``LOW`` fires and ends: a month settles a month later, the alert lasts one more."""


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which the alert fires and nobody was notified: there is no route."""
    return run_unnotified(tmp_path_factory.mktemp("falling"), (1, FIRED), LOW)


@pytest.fixture
def library(fired: Path, tmp_path: Path) -> Callable[..., Context]:
    """The same in a folder of its own, with the routes of the test."""
    folder = tmp_path / "library"
    shutil.copytree(fired, folder)

    def at(alerts: str = ROUTES, days: int = 0) -> Context:
        return context_at(
            write_one_branch_library(folder, 49 + FIRED, LOW, alerts=alerts),
            morning_after(FIRED) + timedelta(days=days),
        )

    return at


def rows(context: Context, **values: object) -> list[dict[str, Any]]:
    """The rows of the ledger with these values."""
    return [
        row
        for row in context.tables.read(NOTICES).to_pylist()
        if all(row[name] == value for name, value in values.items())
    ]


@pytest.mark.slow
def test_a_fall_is_told_once_and_its_end_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = FakeChannel()
    monkeypatch.setattr(step, "_send", box)
    for at in (1, FIRED, FIRED, OVER, OVER + 1):
        plan = write_one_branch_library(tmp_path, 49 + at, LOW)
        context = context_at(plan, morning_after(at))
        assert not refresh(context, RefreshRequest()).failed
    assert box.titles == [SUBJECT, "Visits: no longer behind its path"]
    began, ended = (message for _, message in box.sent)
    assert began.thread is not None
    assert ended.thread is not None
    assert ended.thread.parents == (began.thread.message_id,)
    assert ended.thread.message_id != began.thread.message_id
    assert began.sender == "Hill Library (KM Indicators)"
    (fact,), (over,) = began.facts, ended.facts
    assert {name: fact[name] for name in ("kind", "told_as", "indicator", "source", "title", "verdict", "owner")} == {
        "kind": "alert",
        "told_as": "problem",
        "indicator": "visits",
        "source": None,
        "title": "Visits",
        "verdict": "behind",
        "owner": "Ada",
    }
    assert isinstance(fact["value"], float)
    assert isinstance(fact["expected"], float)
    assert fact["value"] < fact["expected"]
    assert (fact["since"], over["told_as"], over["notice_id"]) == ("2026-04-01", "recovered", fact["notice_id"])
    assert (over["verdict"], over["verdict_before"]) == ("on_track", "behind")
    text = box.sent[0][1].text
    for message in (
        "Since: Apr 2026; alert of 3 Jun 2026",
        "  614 visits in Apr 2026, 1,055 expected\n",
        "  441 (42 %) less than expected, by luck in under 0.1 % of cases\n",
        "Owner: Ada",
    ):
        assert message in text
    assert "  Began: Apr 2026\n  Seen to be over on: 3 Aug 2026" in box.sent[1][1].text
    assert all(
        "again when it lasts for more than 2 further complete periods" in " ".join(post.text.split())
        for _, post in box.sent
    )
    evaluated = {(row["as_of"].month, row["state"], row["outcome"]) for row in rows(context, kind="alert")}
    assert (3, "inactive", "silent") in evaluated, "evaluations that notified no one are kept"
    assert all(row["reason"] for row in rows(context))


@pytest.mark.slow
def test_a_run_over_the_same_data_sends_nothing(library: Callable[..., Context]) -> None:
    box = FakeChannel()
    for _ in range(3):
        notify_published(library(), box)
    assert len(box.sent) == 1
    assert len(rows(library(), kind="alert", outcome="silent", recipient=ADA)) == 2


@pytest.mark.slow
def test_nobody_is_told_without_a_route_and_the_ledger_says_so(fired: Path) -> None:
    context = context_at(fired / "plan.yaml", morning_after(FIRED))
    assert {(row["recipient"], row["reason"]) for row in rows(context, state="firing")} == {
        (None, "no route matches it")
    }


@pytest.mark.slow
@pytest.mark.parametrize("when", ["die_before", "die_after"])
def test_a_run_that_dies_with_the_message_tells_it_once_more_and_no_third_time(
    library: Callable[..., Context], when: str
) -> None:
    box = FakeChannel(**{when: True})
    with pytest.raises(KeyboardInterrupt):
        notify_published(library(), box)
    calm = FakeChannel()
    for _ in range(3):
        notify_published(library(), calm)
    assert len(calm.sent) == 1


def test_runs_that_die_again_and_again_send_it_twice_at_most(library: Callable[..., Context]) -> None:
    box = FakeChannel(die_after=True)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            notify_published(library(), box)
    for _ in range(3):
        notify_published(library(), box)
    assert len(box.sent) == 2


@dataclass
class Inbox:
    """A receiver that kills the process that sends to it, before it answers or ``after_s`` later, then is ``done``."""

    heard: int = 0
    victim: int = 0
    after_s: float | None = None
    done: Event = field(default_factory=Event)

    def __call__(self, _: Request) -> Reply:
        self.heard += 1
        if self.victim and self.after_s is None:
            self._kill()
        elif self.victim:
            Timer(self.after_s or 0, self._kill).start()
        return Reply(b"{}")

    def _kill(self) -> None:
        kill(self.victim)
        self.victim = 0
        self.done.set()


@pytest.mark.slow
def test_processes_killed_between_sending_and_recording_repeat_it_at_most_once(
    fired: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """With ``--kills N`` a fifth of N. Every other one dies before the receiver answers, the others soon after."""
    folder, inbox, draw = tmp_path / "library", Inbox(), Random(20261124)
    plan, twice, killed = write_one_branch_library(folder, 49 + FIRED, LOW), 0, 0
    total = max(2, request.config.getoption("--kills") // 5)
    with serve(inbox) as site, ForkedNotices(ADA=f"{site.url.replace('http', 'json')}/inbox") as teller:
        for number in range(total):
            shutil.rmtree(folder / "warehouse", ignore_errors=True)
            shutil.copytree(fired / "warehouse", folder / "warehouse")
            inbox.heard, inbox.after_s = 0, None if number % 2 else draw.uniform(0, 0.05)
            inbox.done.clear()
            inbox.victim = teller.begin(plan, morning_after(FIRED))
            assert inbox.done.wait(60), "nothing was sent"
            killed += teller.end() == -signal.SIGKILL
            for _ in range(2):
                teller.begin(plan, morning_after(FIRED))
                assert teller.end() == 0
            assert inbox.heard in {1, 2}, f"kill {number}"
            twice += inbox.heard == 2
            message_rows = rows(context_at(plan, morning_after(FIRED)), kind="alert", recipient=ADA, outcome="told")
            assert len(message_rows) == 1, f"kill {number}"
    assert killed >= total // 2
    assert twice >= total // 2, "who dies before the answer cannot have recorded it"


def test_a_channel_that_fails_is_reported_and_tried_by_the_next_run(library: Callable[..., Context]) -> None:
    box = FakeChannel(refuse="it answered 503, tried 3 times")
    done = notify_published(library(), box)
    assert done.failed == {ADA: "it answered 503, tried 3 times"}
    assert [row["reason"] for row in rows(library(), outcome="failed")] == ["it answered 503, tried 3 times"]
    assert "nobody" not in kmi_alerts(library()).output
    assert "not notified: ${env:ADA} (it answered 503, tried 3 times)" in " ".join(kmi_alerts(library()).output.split())
    assert json.loads(kmi_alerts(library(), "--json").output)["notices"][0]["not_told"] == {
        ADA: "it answered 503, tried 3 times"
    }
    box.refuse = ""
    assert notify_published(library(), box).sent == {ADA: 1}
    assert "not notified" not in kmi_alerts(library()).output
    assert notify_published(library(), box).sent == {}


@pytest.mark.slow
def test_a_secret_that_is_not_set_does_not_fail_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADA", raising=False)
    done = {at: run(tmp_path, at) for at in (1, FIRED)}[FIRED]
    assert done.exit_code == 0, done.output
    assert (
        "NOT NOTIFIED: ${env:ADA}: the environment variable is not set; set ADA for the user that runs "
        "kmi" in done.output
    )
    assert "Published in" in done.output


def run(folder: Path, at: int, *more: str) -> Result:
    plan = write_one_branch_library(folder, 49 + at, LOW)
    return CliRunner().invoke(
        main, ["run", "--plan", str(plan), "--now", f"{morning_after(at):%Y-%m-%dT%H:%M:%S}", *more]
    )


@pytest.mark.slow
def test_a_real_receiver_gets_the_digest_and_no_address_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(lambda _: Reply(b"{}")) as site:
        monkeypatch.setenv("ADA", f"{site.url.replace('http', 'json')}/inbox?+X-Key=s3cr3tkey")
        run(tmp_path, 1)
        done = run(tmp_path, FIRED, "--json")
    assert [one.path for one in site.received] == ["/inbox"]
    body = json.loads(site.received[0].body)
    assert body["title"] == SUBJECT
    assert "441 (42 %) less than expected" in body["message"]
    assert json.loads(done.stdout)["told"] == {ADA: 1}
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"s3cr3tkey" not in kept + done.output.encode()
    assert site.url.encode() not in kept


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (
            f'[{{to: "{ADA}", owners: [Ada]}}, {{to: "{ADA}", objectives: [reach]}}, '
            f'{{to: "{BEN}", indicators: [visits], verdicts: [achieved]}}]',
            {ADA: 1},
        ),
        (f'[{{to: "{ADA}"}}, {{to: "{BEN}", indicators: [visits], owners: [Ada]}}]', {ADA: 1, BEN: 1}),
        (f'[{{to: "{ADA}", verdicts: [at_risk]}}]', {}),
    ],
)
def test_each_person_gets_one_message_of_what_its_routes_take(
    library: Callable[..., Context], routes: str, expected: dict[str, int]
) -> None:
    box = FakeChannel()
    assert notify_published(library(f"{{routes: {routes}}}"), box).sent == expected
    assert len(box.sent) == len(expected)


def test_an_alert_and_a_changed_verdict_of_one_indicator_are_one_entry() -> None:
    def due(kind: str, subject: str) -> step.Due:
        candidate = NoticeCandidate(kind, subject, FIRING, date(2026, 9, 1), date(2026, 9, 30), "month")
        return candidate, Decision(PROBLEM, "")

    everything = [due("alert", "hill"), due("at_risk", "hill"), due("at_risk", "mill"), due("past_due", "hill")]
    kept = [(fact.kind, fact.subject) for fact, _ in step.one_for_each_indicator(everything)]
    assert kept == [("alert", "hill"), ("at_risk", "mill"), ("past_due", "hill")]


def test_a_muted_day_tells_nobody_and_the_next_one_does(library: Callable[..., Context]) -> None:
    box = FakeChannel()
    muted = f'{{routes: [{{to: "{ADA}"}}], mute: [{{from: 2026-06-01, to: 2026-06-03, reason: moving}}]}}'
    assert notify_published(library(muted), box).sent == {}
    assert [row["reason"] for row in rows(library(), kind="alert", recipient=ADA)] == ["muted: moving"]
    assert notify_published(library(muted, days=1), box).sent == {ADA: 1}


@pytest.mark.slow
def test_a_source_that_fails_is_told_and_that_it_answers_again(
    library: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = FakeChannel()
    monkeypatch.setattr(step, "_send", box)
    routes = f'{{routes: [{{to: "{ADA}", indicators: [visits], verdicts: [achieved], sources: true}}]}}'
    context = library(routes, days=1)
    (context.loaded.path.parent / "visits.csv").unlink()
    assert list(refresh(context, RefreshRequest()).failed) == ["gates"]
    assert box.titles == ["gates: source failed"]
    assert "visits.csv" in box.sent[0][1].text
    assert "Since: 4 Jun 2026" in box.sent[0][1].text
    assert not refresh(library(routes, days=2), RefreshRequest()).failed
    assert box.titles[1:] == ["gates: source can be read again"]


@pytest.mark.slow
def test_a_source_that_never_delivers_is_told_a_week_after_it_was_asked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = FakeChannel()
    monkeypatch.setattr(step, "_send", box)
    plan = write_one_branch_library(
        tmp_path,
        49,
        (),
        alerts=f'{{routes: [{{to: "{ADA}", indicators: [visits], verdicts: [achieved], sources: true}}]}}',
    )
    replace_file(tmp_path / "visits.csv", "Branch\n")
    counts = []
    for days in (0, 6, 7, 8):
        refresh(context_at(plan, morning_after(1) + timedelta(days=days)), RefreshRequest())
        counts.append(len(box.sent))
    assert counts == [0, 0, 1, 1]
    assert box.titles == ["gates: source is late"]
    assert "Why: it has delivered nothing since its first pull" in box.sent[0][1].text


def kmi_alerts(context: Context, *more: str) -> Result:
    now = f"{context.clock():%Y-%m-%dT%H:%M:%S}"
    return CliRunner().invoke(
        main, ["alerts", "--plan", str(context.loaded.path), "--warehouse", context.root.address, "--now", now, *more]
    )


def test_what_stands_is_listed_acknowledged_and_quiet_until_it_is_over(library: Callable[..., Context]) -> None:
    box, context = FakeChannel(), library()
    notify_published(context, box)
    shown = json.loads(kmi_alerts(context, "--json").output)["notices"]
    assert [(one["kind"], one["state"], one["told"], one["said"]) for one in shown] == [("alert", "firing", [ADA], "")]
    name = shown[0]["notice_id"]
    done = kmi_alerts(context, "--acknowledge", name[:5], "--by", "Ada", "--because", "the roof is mended in May")
    assert done.output == "Acknowledged: Visits: behind its path, by Ada\n"
    listed = kmi_alerts(context).output
    assert f"{name}  firing  2026-04-01  acknowledged by Ada" in listed
    assert "; notified: ${env:ADA}" in " ".join(listed.split())
    kept = rows(context, outcome="acknowledged")
    assert [(row["by"], row["reason"], row["notice_id"]) for row in kept] == [
        ("Ada", "the roof is mended in May", name)
    ]
    notify_published(library('{repeat: 0, routes: [{to: "${env:BEN}"}]}'), box)
    assert len(box.sent) == 1, "what is acknowledged is sent to nobody"


def test_a_snoozed_alert_is_told_on_the_day(library: Callable[..., Context]) -> None:
    box, context = FakeChannel(), library()
    kmi = kmi_alerts(context, "--json")
    name = json.loads(kmi.output)["notices"][0]["notice_id"]
    assert kmi_alerts(context, "--snooze", name, "--until", "2026-06-05", "--by", "Ada").exit_code == 0
    assert notify_published(library(days=1), box).sent == {}
    assert notify_published(library(days=2), box).sent == {ADA: 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--acknowledge", "zzz", "--by", "Ada"], "no active notice has this id"),
        (["--acknowledge", "a"], "your name is missing"),
        (["--snooze", "a", "--by", "Ada"], "a snooze needs its end"),
        (["--snooze", "a", "--acknowledge", "a", "--by", "Ada"], "cannot be acknowledged and snoozed at once"),
        (["--acknowledge", "a", "--until", "2026-06-05", "--by", "Ada"], "has no --until"),
    ],
)
def test_what_makes_no_sense_is_refused(library: Callable[..., Context], options: list[str], message: str) -> None:
    done = kmi_alerts(library(), *options)
    assert done.exit_code == 2
    assert message in done.output


def test_the_addresses_can_be_tried(library: Callable[..., Context], monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda received: Reply(b"", status=200 if received.path == "/ada" else 403)) as site:
        monkeypatch.setattr("time.sleep", lambda _: None)
        monkeypatch.setenv("ADA", f"{site.url.replace('http', 'json')}/ada")
        monkeypatch.setenv("BEN", f"{site.url.replace('http', 'json')}/ben")
        done = kmi_alerts(library(f'{{routes: [{{to: "{ADA}"}}, {{to: "{BEN}"}}]}}'), "--test")
    assert done.exit_code == 1
    assert "${env:ADA}: sent" in done.output
    assert "${env:BEN}: it answered 403, tried 3 times" in done.output
    assert site.url not in done.output
