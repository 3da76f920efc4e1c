"""Who is told what: Alertmanager's rules as cases, and laws that hold whatever happens to the runs."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.alerts.notice_kinds import alert_candidates
from transforms.alerts.notices import (
    ACKNOWLEDGED,
    FAILED,
    PROBLEM,
    RECOVERED,
    REMINDER,
    SENDING,
    SILENT,
    SNOOZED,
    TOLD,
    Decision,
    Message,
    NoticeCandidate,
    NoticeHistory,
    UserAction,
    decide,
    notice_histories,
    period_number,
    user_actions,
)
from transforms.alerts.state_names import FIRING, INACTIVE, NEVER, NO_DATA, PENDING, RESOLVED, SOURCE_FAILED
from transforms.alerts.states import states

TODAY = date(2026, 11, 24)


def ends(n: int) -> date:
    """Last day of month n; month 0 is January 2026."""
    year, month = divmod(n + 1, 12)
    return date(2026 + year, month + 1, 1) - timedelta(days=1)


def begins(n: int) -> date:
    return date(2026 + n // 12, n % 12 + 1, 1)


def fact(
    state: str, month: int, since: int | None = None, *, once: bool = False, suppressed_by: str = ""
) -> NoticeCandidate:
    return NoticeCandidate(
        "alert",
        "visits",
        state,
        None if since is None else begins(since),
        ends(month),
        "month",
        once=once,
        suppressed_by=suppressed_by,
    )


def result(told_as: str, month: int) -> NoticeHistory:
    return NoticeHistory(Message(told_as, ends(month)))


NOTHING = NoticeHistory()


@pytest.mark.parametrize(
    ("state", "past", "expected"),
    [
        # no entry: notify iff there is something firing
        (fact(FIRING, 5, 5), NOTHING, PROBLEM),
        (fact(RESOLVED, 5), NOTHING, ""),
        (fact(INACTIVE, 5), NOTHING, ""),
        (fact(PENDING, 5, 5), NOTHING, ""),
        # a new member of what fires
        (fact(FIRING, 5, 5), result(RECOVERED, 3), PROBLEM),
        # nothing fires: all resolved iff the last entry had something firing
        (fact(RESOLVED, 5), result(PROBLEM, 4), RECOVERED),
        (fact(INACTIVE, 7), result(PROBLEM, 4), RECOVERED),
        (fact(INACTIVE, 7), result(REMINDER, 4), RECOVERED),
        (fact(RESOLVED, 5), result(RECOVERED, 4), ""),
        (fact(INACTIVE, 5), result(RECOVERED, 4), ""),
        # a new ground that waits: the old alert is over
        (fact(PENDING, 6, 6), result(PROBLEM, 4), RECOVERED),
        # ended and begun again between two runs: it is a new one
        (fact(FIRING, 6, 6), result(PROBLEM, 4), PROBLEM),
        # the same one, whose beginning was restated to an earlier or a later month that was told already
        (fact(FIRING, 4, 2), result(PROBLEM, 4), ""),
        (fact(FIRING, 4, 4), result(PROBLEM, 4), ""),
        # what is not known ends nothing and begins nothing
        (fact(NO_DATA, 6, 4), result(PROBLEM, 4), ""),
        (fact(SOURCE_FAILED, 6, 4), result(PROBLEM, 4), ""),
        (fact(NO_DATA, 6), NOTHING, ""),
    ],
)
def test_what_is_told_follows_alertmanager(state: NoticeCandidate, past: NoticeHistory, expected: str) -> None:
    decision = decide(state, past, ("", ""), repeat=2)
    assert decision.told_as == expected
    assert decision.why


@pytest.mark.parametrize(
    ("repeat", "months_later", "expected"), [(0, 0, ""), (0, 1, REMINDER), (2, 2, ""), (2, 3, REMINDER), (None, 40, "")]
)
def test_a_repeat_comes_only_when_the_last_message_is_older_than_the_silence(
    repeat: int | None, months_later: int, expected: str
) -> None:
    assert decide(fact(FIRING, 4 + months_later, 4), result(PROBLEM, 4), ("", ""), repeat).told_as == expected
    assert decide(fact(FIRING, 4 + months_later, 4), result(REMINDER, 4), ("", ""), repeat).told_as == expected


def test_a_week_is_counted_as_a_week() -> None:
    late = NoticeCandidate("source_late", "web", FIRING, date(2026, 11, 1), TODAY, "week")
    assert decide(late, NoticeHistory(Message(PROBLEM, TODAY - timedelta(days=1))), ("", ""), 0).told_as == ""
    assert decide(late, NoticeHistory(Message(PROBLEM, TODAY - timedelta(days=7))), ("", ""), 0).told_as == REMINDER
    assert period_number(date(2026, 11, 22), "week") + 1 == period_number(date(2026, 11, 23), "week")


def test_muted_tells_neither_the_problem_nor_its_end_and_forgets_neither() -> None:
    muted = ("muted: summer", "")
    assert decide(fact(FIRING, 5, 5), NOTHING, muted, 2) == Decision("", "muted: summer")
    assert decide(fact(RESOLVED, 6), result(PROBLEM, 5), muted, 2).told_as == ""
    assert decide(fact(FIRING, 5, 5), NOTHING, ("", ""), 2).told_as == PROBLEM
    assert decide(fact(INACTIVE, 7), result(PROBLEM, 5), ("", ""), 2).told_as == RECOVERED


def test_acknowledged_is_not_repeated_and_its_end_is_told() -> None:
    act = UserAction(ACKNOWLEDGED, "Ada", ends(5), None)
    quiet = ("", act.silence_reason(fact(FIRING, 30, 4), TODAY))
    assert quiet[1] == "acknowledged by Ada"
    assert decide(fact(FIRING, 30, 4), result(PROBLEM, 5), quiet, 0).told_as == ""
    assert decide(fact(RESOLVED, 31), result(PROBLEM, 5), quiet, 0).told_as == RECOVERED


def test_a_new_alert_is_told_although_the_one_before_was_acknowledged() -> None:
    act = UserAction(ACKNOWLEDGED, "Ada", ends(5), None)
    assert act.silence_reason(fact(FIRING, 9, 8), TODAY) == ""


def test_a_snoozed_alert_is_told_from_the_day_on() -> None:
    act = UserAction(SNOOZED, "Ada", ends(5), TODAY)
    assert act.silence_reason(fact(FIRING, 9, 8), TODAY - timedelta(days=1)) == f"snoozed until {TODAY} by Ada"
    assert act.silence_reason(fact(FIRING, 9, 8), TODAY) == ""


def test_what_is_told_once_is_neither_repeated_nor_ended() -> None:
    assert decide(fact(FIRING, 5, 5, once=True), NOTHING, ("", ""), 0).told_as == PROBLEM
    assert decide(fact(FIRING, 9, 5, once=True), result(PROBLEM, 5), ("", ""), 0).told_as == ""
    assert decide(fact(INACTIVE, 9, once=True), result(PROBLEM, 5), ("", ""), 0).told_as == ""


def test_what_another_fact_speaks_for_is_not_told() -> None:
    assert decide(fact(FIRING, 5, 5, suppressed_by="the source failed"), NOTHING, ("", ""), 0) == Decision(
        "", "the source failed"
    )


def row(number: int, outcome: str, told_as: str = PROBLEM, month: int = 5) -> dict[str, Any]:
    return {
        "number": number,
        "outcome": outcome,
        "told_as": told_as,
        "through": ends(month),
        "recipient": "ada",
        "kind": "alert",
        "subject": "visits",
    }


KEY = ("ada", "alert", "visits")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], None),
        ([row(1, SENDING), row(1, TOLD)], NoticeHistory(Message(PROBLEM, ends(5)))),
        ([row(1, SENDING), row(1, FAILED)], None),
        ([row(1, FAILED)], None),
        ([row(1, SENDING)], NoticeHistory(None, Message(PROBLEM, ends(5)))),
        ([row(1, SENDING), row(2, SENDING)], NoticeHistory(Message(PROBLEM, ends(5)))),
        ([row(1, SENDING), row(2, SENDING), row(2, FAILED)], NoticeHistory(None, Message(PROBLEM, ends(5)))),
        (
            [row(1, SENDING), row(1, TOLD), row(2, SENDING, RECOVERED)],
            NoticeHistory(Message(PROBLEM, ends(5)), Message(RECOVERED, ends(5))),
        ),
    ],
)
def test_the_ledger_says_what_was_told(rows: list[dict[str, Any]], expected: NoticeHistory | None) -> None:
    assert notice_histories(rows).get(KEY) == expected
    assert notice_histories(rows[::-1]).get(KEY) == expected, "the ledger has no order"


def test_an_end_is_told_where_the_problem_may_have_been() -> None:
    assert decide(fact(RESOLVED, 6), NoticeHistory(None, Message(PROBLEM, ends(5))), ("", ""), 2).told_as == RECOVERED


def test_the_newest_of_what_people_said_counts() -> None:
    said = [
        row(n, outcome) | {"by": by, "until": until}
        for n, outcome, by, until in ((7, SNOOZED, "Ben", TODAY), (2, ACKNOWLEDGED, "Ada", None))
    ]
    assert user_actions([*said, row(9, TOLD)]) == {("alert", "visits"): UserAction(SNOOZED, "Ben", ends(5), TODAY)}


def test_an_alert_that_began_after_the_last_judged_period_is_still_told_once() -> None:
    published = {"indicator_id": "visits", "alert": FIRING, "alert_since": begins(6), "through": ends(5)}
    found = alert_candidates([published], {"visits": "month"}, TODAY)[0]
    assert decide(found, NoticeHistory(Message(PROBLEM, found.reported_through)), ("", ""), 2).told_as == ""


@dataclass
class Channel:
    """A ledger, what arrived, and runs that may be stopped at any point. It does what flows/steps/notify.py does, in
    memory."""

    ledger: list[dict[str, Any]] = field(default_factory=list)
    arrived: list[tuple[str, date]] = field(default_factory=list)

    def run(self, seen: NoticeCandidate, repeat: int | None, fault: str) -> Decision:
        decision = decide(seen, notice_histories(self.ledger).get(KEY, NoticeHistory()), ("", ""), repeat)
        if not decision.told_as or fault == "killed before":
            return decision
        number = 1 + max((one["number"] for one in self.ledger), default=0)
        base = row(number, SENDING, decision.told_as) | {"through": seen.reported_through}
        self.ledger.append(base)
        if fault == "killed while sending":
            return decision
        if fault != "refused":
            self.arrived.append((decision.told_as, seen.reported_through))
        if fault != "killed after":
            self.ledger.append(base | {"outcome": FAILED if fault == "refused" else TOLD})
        return decision


def history(seen: str) -> list[NoticeCandidate]:
    """What the state machine makes of months of which x is ground, o clear, - neither and ? not known."""
    flags = [np.array([[one == mark for one in seen]]) for mark in "xo?"]
    found = states(flags[0], flags[1], ~flags[2], 1, 1)
    return [
        fact(found.state[0, at], at, None if found.since[0, at] == NEVER else int(found.since[0, at]))
        for at in range(len(seen))
    ]


HISTORIES = st.text("xxo-?", min_size=1, max_size=14)
FAULTS = ("", "refused", "killed before", "killed while sending", "killed after")


@settings(max_examples=200)
@given(HISTORIES, st.integers(0, 3) | st.none(), st.integers(1, 3))
def test_messages_never_exceed_transitions_and_repeats(seen: str, repeat: int | None, runs: int) -> None:
    channel = Channel()
    for one in history(seen):
        for _ in range(runs):
            channel.run(one, repeat, "")
    sent = [told_as for told_as, _ in channel.arrived]
    episodes = len({one.since for one in history(seen) if one.state == FIRING})
    assert sent.count(PROBLEM) == episodes
    assert sent.count(RECOVERED) <= sent.count(PROBLEM)
    assert sent.count(REMINDER) <= (0 if repeat is None else (len(seen) - 1) // (repeat + 1)), "silence is in periods"
    assert len(set(channel.arrived)) == len(channel.arrived), "nothing is told twice of one period"


@settings(max_examples=300)
@given(HISTORIES, st.integers(0, 3) | st.none(), st.data())
def test_whatever_happens_to_the_runs_a_fact_arrives_at_most_once_more(
    seen: str, repeat: int | None, data: st.DataObject
) -> None:
    channel = Channel()
    for one in history(seen):
        for fault in data.draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=5)):
            channel.run(one, repeat, fault)
    assert all(channel.arrived.count(message) <= 2 for message in channel.arrived)
    since = {one.reported_through: one.since for one in history(seen)}
    problems = [since[through] for told_as, through in channel.arrived if told_as == PROBLEM]
    assert all(problems.count(began) <= 2 for began in problems), "an alert is told as new at most once more"


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["", "refused", "killed before", "killed after"]), max_size=6))
def test_what_stands_arrives_in_the_end(faults: list[str]) -> None:
    channel, standing = Channel(), fact(FIRING, 5, 5)
    for fault in [*faults, "", ""]:
        channel.run(standing, 2, fault)
    assert 1 <= channel.arrived.count((PROBLEM, ends(5))) <= 2
    assert channel.run(standing, 2, "").told_as == "", "and then it is quiet"


def test_one_kill_between_sending_and_recording_repeats_once() -> None:
    channel, standing = Channel(), fact(FIRING, 5, 5)
    for fault in ("killed after", "", "", ""):
        channel.run(standing, 2, fault)
    assert channel.arrived == [(PROBLEM, ends(5))] * 2


def test_silent_is_an_outcome_of_its_own() -> None:
    assert notice_histories([row(1, SILENT)]) == {}
