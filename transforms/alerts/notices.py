"""Who is told what: a pure function of what stands now and of what was told before.

The rules are those by which Alertmanager decides whether a group needs a message (``needsUpdate`` in
https://github.com/prometheus/alertmanager/blob/main/notify/notify.go), with complete periods in place of hours:
a problem is told once, its end only if the problem was told, and a repeat only where the last message is older than ``repeat`` periods.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from transforms.alerts.states import FIRING, NO_DATA, PENDING, RESOLVED, SOURCE_FAILED
from transforms.periods import PANDAS_PERIOD
from transforms.reasons import day

PROBLEM, REMINDER, RECOVERED = TOLD_AS = ("problem", "reminder", "recovered")
SENDING, TOLD, FAILED, SILENT, ACKNOWLEDGED, SNOOZED = OUTCOMES = (
    "sending",
    "told",
    "failed",
    "silent",
    "acknowledged",
    "snoozed",
)


@dataclass(frozen=True, slots=True)
class NoticeCandidate:
    """What stands of one subject. ``state``: one of ``transforms.alerts.states.STATES``; since: first day; through: last day of the period
    in which it was looked at, of a length ``period``; once: neither repeated nor ended; hushed: why another fact speaks for it."""

    kind: str
    subject: str
    state: str
    since: date | None
    through: date
    period: str
    once: bool = False
    hushed: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    @property
    def told_through(self) -> date:
        """The day up to which a message speaks, never before the fact began."""
        return max(self.through, self.since or self.through)


@dataclass(frozen=True, slots=True)
class Message:
    """What one person was told, or may have been told, of one fact."""

    told_as: str
    through: date


@dataclass(frozen=True, slots=True)
class Past:
    """``last``: the newest that was told. ``doubt``: a newer one during which a run was stopped, so that nobody knows; when
    that happens twice to the same message it counts as told, so that nobody hears it three times."""

    last: Message | None = None
    doubt: Message | None = None

    def after(self, message: Message, *, certain: bool) -> "Past":
        twice = self.doubt is not None and self.doubt.told_as == message.told_as
        return Past(message) if certain or twice else Past(self.last, message)


@dataclass(frozen=True, slots=True)
class UserAction:
    """What a person said of a fact: acknowledged, or snoozed ``until`` a day; ``through``: of the period then."""

    outcome: str
    by: str
    through: date
    until: date | None

    def quiets(self, fact: NoticeCandidate, today: date) -> str:
        """Why the fact is not told, or nothing."""
        if self.outcome == SNOOZED:
            return f"snoozed until {self.until} by {self.by}" if self.until is not None and today < self.until else ""
        return f"acknowledged by {self.by}" if _same(fact, self.through) else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """``told_as`` is empty where nothing is told; ``why`` says so or why it is."""

    told_as: str
    why: str


def decide(fact: NoticeCandidate, past: Past, quiet: tuple[str, str], repeat: int | None) -> Decision:
    """Whether one person is told. quiet: why everything is muted, and why a person wants to hear no more of this; empty where not."""
    muted, hushed = quiet
    if fact.state in {NO_DATA, SOURCE_FAILED}:
        return Decision("", "nothing is known of the period: what stood before stands")
    if fact.state == FIRING:
        told_as, why = _standing(fact, past, repeat)
        silence = muted or hushed or fact.hushed
        return Decision("", silence) if told_as and silence else Decision(told_as, why)
    newest = past.doubt or past.last
    if newest is None or (newest.told_as == RECOVERED and past.doubt is None):
        words = {
            PENDING: "it waits for more periods",
            RESOLVED: "it was over before anyone was told, or its end is told",
        }
        return Decision("", words.get(fact.state, "there is no ground"))
    if fact.once:
        return Decision("", "its end is not told")
    return Decision("", muted) if muted else Decision(RECOVERED, "it is over, and it had been told")


def _standing(fact: NoticeCandidate, past: Past, repeat: int | None) -> tuple[str, str]:
    """How a fact that stands is told, and why."""
    last = past.last
    if last is None or last.told_as == RECOVERED or not _same(fact, last.through):
        return PROBLEM, "it is new"
    told = f"it was told of {day(pd.Timestamp(last.through))}"
    if fact.once or repeat is None:
        return "", told
    if period_number(last.through, fact.period) < period_number(fact.through, fact.period) - repeat:
        return REMINDER, f"{told}, and still stands"
    return "", f"{told}; a repeat would be too early"


def _same(fact: NoticeCandidate, through: date) -> bool:
    """Whether it is what stood in the period to ``through``: figures that are restated move its beginning, and it is told no second time."""
    return fact.since is None or fact.since <= through


def period_number(through: date, period: str) -> int:
    """The number of the period that holds a day."""
    return int(pd.Period(pd.Timestamp(through), freq=PANDAS_PERIOD[period]).ordinal)


Rows = Iterable[Mapping[str, Any]]


def pasts(ledger: Rows) -> dict[tuple[str, str, str], Past]:
    """By recipient, kind and subject. ledger: rows of the notices with the outcomes sending, told and failed, in any order."""
    rows = sorted(
        (row for row in ledger if row["outcome"] in {SENDING, TOLD, FAILED}), key=lambda row: int(row["number"])
    )
    ended = {(row["number"], row["kind"], row["subject"]): row["outcome"] for row in rows if row["outcome"] != SENDING}
    found: dict[tuple[str, str, str], Past] = {}
    for row in rows:
        outcome = ended.get((row["number"], row["kind"], row["subject"]))
        if row["outcome"] != SENDING or outcome == FAILED:
            continue
        key = (row["recipient"], row["kind"], row["subject"])
        found[key] = found.get(key, Past()).after(Message(row["told_as"], row["through"]), certain=outcome == TOLD)
    return found


def user_actions(ledger: Rows) -> dict[tuple[str, str], UserAction]:
    """The newest act by kind and subject."""
    rows = sorted(
        (row for row in ledger if row["outcome"] in {ACKNOWLEDGED, SNOOZED}), key=lambda row: int(row["number"])
    )
    return {
        (row["kind"], row["subject"]): UserAction(row["outcome"], row["by"], row["through"], row["until"])
        for row in rows
    }
