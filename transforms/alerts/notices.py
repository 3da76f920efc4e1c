"""Which notices are due: a pure function of what is true now and of the notices so far.

The rules begin from those by which Alertmanager decides whether a group needs a message (``needsUpdate`` in
https://github.com/prometheus/alertmanager/blob/main/notify/dedup_stage.go), with complete periods instead of hours: a
problem is reported once, its end only if the problem was reported, and it is repeated only where the last message is
older than ``repeat`` periods. docs/notices.md says where they differ: reminders count for each candidate alone, a new
beginning is a new problem, and an end is reported in spite of a snooze and after a muted day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from transforms.alerts.state_names import FIRING, NO_DATA, PENDING, RESOLVED, SOURCE_FAILED
from transforms.formatting import day

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
    """What may be reported about one subject.

    state: one of ``transforms.alerts.states.STATES``. since: its first day. through: the last day of the period in
    which it was evaluated, of the length ``period``. once: it is neither repeated nor ended. suppressed_by: why another
    candidate covers it.
    """

    kind: str
    subject: str
    state: str
    since: date | None
    through: date
    period: str
    once: bool = False
    suppressed_by: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    @property
    def reported_through(self) -> date:
        """The last day that a message covers, never before the beginning."""
        return max(self.through, self.since or self.through)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that one person received, or may have received, about one candidate."""

    told_as: str
    through: date


@dataclass(frozen=True, slots=True)
class NoticeHistory:
    """The newest messages to one person about one candidate.

    ``last`` was delivered. ``unconfirmed`` is a newer one during which the run stopped, so its delivery is unknown; if
    that happens twice to the same message it counts as delivered, so that nobody receives it three times.
    """

    last: Message | None = None
    unconfirmed: Message | None = None

    def after(self, message: Message, *, certain: bool) -> "NoticeHistory":
        twice = self.unconfirmed is not None and self.unconfirmed.told_as == message.told_as
        return NoticeHistory(message) if certain or twice else NoticeHistory(self.last, message)


@dataclass(frozen=True, slots=True)
class UserAction:
    """A person acknowledged a candidate, or snoozed it ``until`` a day.

    ``through``: the last day of the period then.
    """

    outcome: str
    by: str
    through: date
    until: date | None

    def silence_reason(self, candidate: NoticeCandidate, today: date) -> str:
        """Why the candidate is not reported; empty where it is."""
        if self.outcome == SNOOZED:
            return f"snoozed until {self.until} by {self.by}" if self.until is not None and today < self.until else ""
        return f"acknowledged by {self.by}" if _same(candidate, self.through) else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The kind of message, empty for none, and why."""

    told_as: str
    why: str


def decide(
    candidate: NoticeCandidate, history: NoticeHistory, silence: tuple[str, str], repeat: int | None
) -> Decision:
    """Whether one person is notified.

    silence: why all notices are muted, and why this one is acknowledged or snoozed; empty where they are not.
    """
    muted, acted = silence
    if candidate.state in {NO_DATA, SOURCE_FAILED}:
        return Decision("", "the period is not known: the earlier state stays")
    if candidate.state == FIRING:
        told_as, why = _decide_firing(candidate, history, repeat)
        suppressed = muted or acted or candidate.suppressed_by
        return Decision("", suppressed) if told_as and suppressed else Decision(told_as, why)
    newest = history.unconfirmed or history.last
    if newest is None or (newest.told_as == RECOVERED and history.unconfirmed is None):
        reasons = {
            PENDING: "it waits for more periods",
            RESOLVED: "it ended before anyone was notified, or its end was reported",
        }
        return Decision("", reasons.get(candidate.state, "there is nothing to report"))
    if candidate.once:
        return Decision("", "its end is not reported")
    return Decision("", muted) if muted else Decision(RECOVERED, "it is over, and it had been reported")


def _decide_firing(candidate: NoticeCandidate, history: NoticeHistory, repeat: int | None) -> tuple[str, str]:
    """The kind of message about a candidate that is firing, and why."""
    last = history.last
    if last is None or last.told_as == RECOVERED or not _same(candidate, last.through):
        return PROBLEM, "it is new"
    reported = f"it was reported for {day(last.through)}"
    if candidate.once or repeat is None:
        return "", reported
    if period_number(last.through, candidate.period) < period_number(candidate.through, candidate.period) - repeat:
        return REMINDER, f"{reported} and is still active"
    return "", f"{reported}; a repeat would be too early"


def _same(candidate: NoticeCandidate, through: date) -> bool:
    """Whether it was active in the period to ``through``.

    Restated values move its beginning, and it is not reported a second time.
    """
    return candidate.since is None or candidate.since <= through


def period_number(through: date, period: str) -> int:
    """The number of the period that contains a day."""
    months = 12 * through.year + through.month - 1
    days = through.toordinal() - 1  # of a Monday
    return {"day": days, "week": days // 7, "month": months, "quarter": months // 3, "year": through.year}[period]


Rows = Iterable[Mapping[str, Any]]


def notice_histories(ledger: Rows) -> dict[tuple[str, str, str], NoticeHistory]:
    """The histories by recipient, kind and subject. ledger: rows of the notices in any order."""
    rows = _with_outcomes(ledger, {SENDING, TOLD, FAILED})
    ended = {(row["number"], row["kind"], row["subject"]): row["outcome"] for row in rows if row["outcome"] != SENDING}
    found: dict[tuple[str, str, str], NoticeHistory] = {}
    for row in rows:
        outcome = ended.get((row["number"], row["kind"], row["subject"]))
        if row["outcome"] != SENDING or outcome == FAILED:
            continue
        key = (row["recipient"], row["kind"], row["subject"])
        found[key] = found.get(key, NoticeHistory()).after(
            Message(row["told_as"], row["through"]), certain=outcome == TOLD
        )
    return found


def user_actions(ledger: Rows) -> dict[tuple[str, str], UserAction]:
    """The newest action by kind and subject. ledger: rows of the notices in any order."""
    return {
        (row["kind"], row["subject"]): UserAction(row["outcome"], row["by"], row["through"], row["until"])
        for row in _with_outcomes(ledger, {ACKNOWLEDGED, SNOOZED})
    }


def _with_outcomes(ledger: Rows, outcomes: set[str]) -> list[Mapping[str, Any]]:
    """The rows with one of these outcomes, oldest first."""
    return sorted((row for row in ledger if row["outcome"] in outcomes), key=lambda row: int(row["number"]))
