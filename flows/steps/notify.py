"""Send each recipient what is new, once.

It uses nothing but the published files and the ledger of notices.
A message is on the ledger before it leaves ("sending") and after it was accepted ("told"). If a run is killed between
the two, nobody knows whether the message arrived: the next run sends it once more, and never a third time. The next
run also tries a channel that failed again.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from flows.steps.context import Context
from flows.steps.notice_candidates import notice_candidates
from plan.alerts import Alerts, Route
from plan.model import Plan
from reports.delivery import Message, deliver
from reports.digest import Letterhead, digest
from reports.notice_words import NoticeState, PublishedRows, digest_item
from transforms.alerts.notice_kinds import ALERT, GRAVEST_FIRST, SOURCE_KINDS, VERDICT_KINDS
from transforms.alerts.notices import (
    FAILED,
    PROBLEM,
    REMINDER,
    SENDING,
    SILENT,
    TOLD,
    Decision,
    NoticeCandidate,
    NoticeHistory,
    UserAction,
    decide,
    notice_histories,
    user_actions,
)
from transforms.alerts.states import FIRING
from warehouse.errors import KmiError
from warehouse.schema import NOTICES

Deliver = Callable[[str, Message], str]
"""Address and message to the error, or empty when it was accepted."""
Row = dict[str, Any]
Due = tuple[NoticeCandidate, Decision]


@dataclass
class NotifyResult:
    """``sent``: facts sent, by recipient; ``failed``: why a recipient got nothing.

    A recipient is the plan's reference to an address, not the address.
    """

    sent: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """The inputs of one run's decisions."""

    context: Context
    now: datetime
    published: PublishedRows
    ledger: tuple[Row, ...]

    @property
    def alerts(self) -> Alerts:
        return self.context.loaded.plan.alerts


def notify(context: Context, send: Deliver | None = None) -> NotifyResult:
    """Decide, send and record.

    A failed delivery is in the result and on the ledger; it never fails the run.
    """
    facts, published = notice_candidates(context)
    evaluation = Evaluation(context, context.clock(), published, read_notices(context))
    quiet, before = _quiet_reasons(evaluation, facts), notice_histories(evaluation.ledger)
    result = NotifyResult()
    silent: list[Row] = []
    matched: set[tuple[str, str]] = set()
    for recipient, routes in recipients(context.loaded.plan).items():
        due: list[Due] = []
        for fact in (fact for fact in facts if _matches(fact, routes, context.loaded.plan)):
            matched.add(fact.key)
            past = before.get((recipient, *fact.key), NoticeHistory())
            decision = decide(fact, past, quiet[fact.key], evaluation.alerts.repeat)
            if decision.told_as:
                due.append((fact, decision))
            elif _is_recorded(fact):
                silent.append(_row(evaluation, fact, recipient, SILENT, decision))
        if due:
            _send_digest(evaluation, recipient, due, (send or _send, result))
    unmatched = [fact for fact in facts if fact.key not in matched and _is_recorded(fact)]
    silent += [_row(evaluation, fact, None, SILENT, Decision("", "no route matches it")) for fact in unmatched]
    record_notices(context, silent)
    return result


def _send(address: str, message: Message) -> str:
    return deliver(address, message, time.sleep)


def _is_recorded(fact: NoticeCandidate) -> bool:
    """Whether the ledger keeps a silent fact: every alert, and of the others the active ones."""
    return fact.kind == ALERT or fact.state == FIRING


def read_notices(context: Context) -> tuple[Row, ...]:
    """The rows of the ledger that later decisions depend on: all except the silent ones."""
    return tuple(context.tables.read(NOTICES, f"outcome <> '{SILENT}'").to_pylist())


def record_notices(context: Context, rows: Iterable[Row]) -> None:
    context.tables.append(NOTICES, pa.Table.from_pylist(list(rows), schema=NOTICES.arrow))


def recipients(plan: Plan) -> dict[str, list[Route]]:
    """The routes of the plan by address reference."""
    found: dict[str, list[Route]] = {}
    for route in plan.alerts.routes:
        found.setdefault(route.to, []).append(route)
    return found


def _matches(fact: NoticeCandidate, routes: Iterable[Route], plan: Plan) -> bool:
    """Whether one of the routes covers the fact."""
    if fact.kind in SOURCE_KINDS:
        return any(route.covers_sources for route in routes)
    indicator = plan.indicators[fact.subject]
    verdict = {ALERT: "behind"}.get(fact.kind, fact.kind)
    wanted = (route for route in routes if verdict not in {"behind", *VERDICT_KINDS} or verdict in route.verdicts)
    return any(route.covers_indicator(fact.subject, indicator.owner, indicator.objective) for route in wanted)


def _quiet_reasons(evaluation: Evaluation, facts: Iterable[NoticeCandidate]) -> dict[tuple[str, str], tuple[str, str]]:
    """By fact, why it is muted and why a person silenced it; empty text where neither."""
    today, actions = evaluation.context.today, user_actions(evaluation.ledger)
    mutes = [mute for mute in evaluation.alerts.mute if mute.covers(today)]
    reasons = {}
    for fact in facts:
        indicator = "" if fact.kind in SOURCE_KINDS else fact.subject
        mute = next((mute for mute in mutes if not mute.indicators or indicator in mute.indicators), None)
        muted = "" if mute is None else f"muted: {mute.reason}" if mute.reason else "muted"
        action: UserAction | None = actions.get(fact.key)
        reasons[fact.key] = muted, action.silence_reason(fact, today) if action else ""
    return reasons


def _send_digest(evaluation: Evaluation, recipient: str, due: list[Due], out: tuple[Deliver, NotifyResult]) -> None:
    """Send one message to one recipient, and record it before and after."""
    context, (send, result) = evaluation.context, out
    due = sorted(due, key=lambda pair: GRAVEST_FIRST.index(pair[0].kind))
    message = _digest(evaluation, recipient, due)
    number = next_number(context)
    try:
        address = context.resolve(recipient)
    except KmiError as refused:
        error = error_text(refused)
    else:
        record_notices(
            context, [_row(evaluation, fact, recipient, SENDING, decision, number) for fact, decision in due]
        )
        error = send(address, message)
    outcome = FAILED if error else TOLD
    final = [(fact, Decision(decision.told_as, error or decision.why)) for fact, decision in due]
    record_notices(context, [_row(evaluation, fact, recipient, outcome, decision, number) for fact, decision in final])
    if error:
        result.failed[recipient] = error
        context.log(f"NOT NOTIFIED: {recipient}: {error}; the next run tries again")
    else:
        result.sent[recipient] = len(due)


def _digest(evaluation: Evaluation, recipient: str, due: list[Due]) -> Message:
    plan, today = evaluation.context.loaded.plan, evaluation.context.today
    since = _first_days(evaluation, recipient)
    items = [
        digest_item(
            fact,
            NoticeState(decision.told_as, notice_id(fact), since.get(fact.key), today),
            evaluation.published,
            plan.alerts.page,
        )
        for fact, decision in due
    ]
    return digest(items, Letterhead(plan.organisation.name, plan.alerts.page, plan.alerts.repeat))


def _first_days(evaluation: Evaluation, recipient: str) -> dict[tuple[str, str], date]:
    """The first day of each fact, as last sent to the recipient."""
    rows = [
        row
        for row in evaluation.ledger
        if row["recipient"] == recipient and row["since"] and row["told_as"] in {PROBLEM, REMINDER}
    ]
    return {(row["kind"], row["subject"]): row["since"] for row in sorted(rows, key=lambda row: int(row["number"]))}


def error_text(error: KmiError) -> str:
    """The error and what to do, without its place, which would repeat the recipient."""
    return "; ".join(part for part in (error.what, error.do) if part)


def next_number(context: Context) -> int:
    """The number of the next message: one more than the highest on the ledger."""
    numbers = context.tables.read(NOTICES, f"outcome <> '{SILENT}'", ["number"])["number"].to_pylist()
    return max(numbers, default=0) + 1


def _row(
    evaluation: Evaluation,
    fact: NoticeCandidate,
    recipient: str | None,
    outcome: str,
    decision: Decision,
    number: int | None = None,
) -> Row:
    return {
        **fact_columns(fact),
        "as_of": evaluation.now,
        "recipient": recipient,
        "outcome": outcome,
        "told_as": decision.told_as or None,
        "reason": decision.why,
        "number": number,
        "by": None,
        "until": None,
    }


def fact_columns(fact: NoticeCandidate) -> Row:
    """The columns of the ledger that identify and describe the fact."""
    return {
        "notice_id": notice_id(fact),
        "kind": fact.kind,
        "subject": fact.subject,
        "state": fact.state,
        "since": fact.since,
        "through": fact.reported_through,
    }


def notice_id(fact: NoticeCandidate) -> str:
    """Eight hexadecimal digits, the same for all of a fact's duration; empty if undated."""
    if fact.since is None:
        return ""
    return hashlib.sha256(f"{fact.kind}\x1f{fact.subject}\x1f{fact.since}".encode()).hexdigest()[:8]
