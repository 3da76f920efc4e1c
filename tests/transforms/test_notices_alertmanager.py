"""The same sequences under Alertmanager's rules and under ours, and where docs/notices.md says that they differ."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from transforms.alerts.notices import PROBLEM, RECOVERED, REMINDER, Message, NoticeCandidate, NoticeHistory, decide
from transforms.alerts.state_names import FIRING, INACTIVE

FIRST = date(2026, 1, 4)
"""A Sunday: the last day of the first week."""
REPEAT = 2


@dataclass(frozen=True)
class Moment:
    """What is true at one run, a week after the run before.

    began: the week in which the alert began, or None. other: another alert of the group begins now.
    """

    began: int | None = None
    other: bool = False
    snoozed: bool = False
    muted: bool = False


def ours(moments: list[Moment]) -> list[str]:
    """What our rules send on the alert at each run."""
    history, sent = NoticeHistory(), []
    for week, now in enumerate(moments):
        through = FIRST + timedelta(weeks=week)
        since = None if now.began is None else FIRST + timedelta(weeks=now.began, days=-6)
        state = INACTIVE if now.began is None else FIRING
        one = NoticeCandidate("alert", "visits", state, since, through, "week")
        silence = ("muted" if now.muted else "", "snoozed" if now.snoozed else "")
        told_as = decide(one, history, silence, REPEAT).told_as
        if told_as:
            history = NoticeHistory(Message(told_as, one.reported_through))
        sent.append(told_as)
    return sent


@dataclass
class Group:
    """A group under Alertmanager's documented rules, with ``send_resolved``: what its log of messages holds."""

    logged: set[str] | None = None
    logged_at: int = 0
    active: set[str] = field(default_factory=set)

    def flush(self, week: int, firing: set[str], *, silenced: bool, muted: bool) -> str:
        """What a flush sends on the alert ``visits``; the alerts that ended are forgotten in any case."""
        ended, self.active = self.active - firing, set(firing)
        if muted:
            return ""
        if silenced:
            firing, ended = firing - {"visits"}, ended - {"visits"}
        if not firing and not ended:
            return ""
        if self.logged is None:
            reason = PROBLEM if firing else ""
        elif firing - self.logged:
            reason = PROBLEM
        elif not firing:
            reason = RECOVERED if self.logged else ""
        else:
            reason = RECOVERED if ended else REMINDER if self.logged_at < week - REPEAT else ""
        if not reason:
            return ""
        before, self.logged, self.logged_at = self.logged or set(), set(firing), week
        if "visits" in firing:
            return PROBLEM if "visits" not in before else REMINDER
        return RECOVERED if "visits" in before else ""


def alertmanagers(moments: list[Moment]) -> list[str]:
    group, sent, others = Group(), [], set[str]()
    for week, now in enumerate(moments):
        others |= {f"other {week}"} if now.other else set()
        firing = others | ({"visits"} if now.began is not None else set())
        sent.append(group.flush(week, firing, silenced=now.snoozed, muted=now.muted))
    return sent


ON = Moment(0)
SEQUENCES: dict[str, tuple[list[Moment], list[str], list[str]]] = {
    "begins and ends": ([ON, ON, Moment()], [PROBLEM, "", RECOVERED], [PROBLEM, "", RECOVERED]),
    "ends before anyone was notified": ([Moment(0, muted=True), Moment()], ["", ""], ["", ""]),
    "goes on": ([ON, ON, ON, ON], [PROBLEM, "", "", REMINDER], [PROBLEM, "", "", REMINDER]),
    "goes on while another begins": (
        [ON, ON, Moment(0, other=True), ON, ON],
        [PROBLEM, "", "", REMINDER, ""],
        [PROBLEM, "", REMINDER, "", ""],  # listed again with the other one, and its own reminder is put off
    ),
    "ended and began again between two runs": ([ON, Moment(1)], [PROBLEM, PROBLEM], [PROBLEM, ""]),
    "ends while it is snoozed": (
        [ON, Moment(0, snoozed=True), Moment(snoozed=True), Moment()],
        [PROBLEM, "", RECOVERED, ""],
        [PROBLEM, "", "", ""],
    ),
    "ends on a muted day": ([ON, Moment(muted=True), Moment()], [PROBLEM, "", RECOVERED], [PROBLEM, "", ""]),
}
DIFFERENT = {
    "goes on while another begins",
    "ended and began again between two runs",
    "ends while it is snoozed",
    "ends on a muted day",
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_each_sequence_gives_the_messages_that_the_page_names(name: str) -> None:
    moments, our_messages, their_messages = SEQUENCES[name]
    assert ours(moments) == our_messages
    assert alertmanagers(moments) == their_messages
    assert (our_messages != their_messages) == (name in DIFFERENT)


def test_the_page_marks_as_many_differences() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
    assert page.count("**differs**") == len(DIFFERENT)
