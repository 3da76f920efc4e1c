"""After publishing: who is told what, once. It stands on the published files and on the ledger of notices alone.

A message is on the ledger before it leaves ("sending") and after it was taken ("told"). A run that is killed between the two leaves
a doubt: the next run sends the message once more, and never a third time. A channel that fails is tried again by the next run.
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
from transforms.alerts.notice_kinds import ALERT, GRAVEST_FIRST, OVERDUE, PIPELINE_KINDS, VERDICT_KINDS
from transforms.alerts.notices import (
    FAILED,
    PROBLEM,
    REMINDER,
    SENDING,
    SILENT,
    TOLD,
    Decision,
    NoticeCandidate,
    Past,
    UserAction,
    decide,
    pasts,
    user_actions,
)
from transforms.alerts.states import FIRING
from warehouse.errors import KmiError
from warehouse.schema import NOTICES

Deliver = Callable[[str, Message], str]
Row = dict[str, Any]


@dataclass
class NotifyResult:
    """How many facts each recipient was told of, and why others could not be told. A recipient is the reference to an address."""

    told: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """What one run knows while it decides."""

    context: Context
    now: datetime
    known: PublishedRows
    ledger: tuple[Row, ...]

    @property
    def alerts(self) -> Alerts:
        return self.context.loaded.plan.alerts


def notify(context: Context, send: Deliver | None = None) -> NotifyResult:
    """Decide, send and record. What cannot be told is in the result and on the ledger; the data never fail for it."""
    return notify_of(context, *notice_candidates(context), send)


def notify_of(
    context: Context, facts: list[NoticeCandidate], known: PublishedRows, send: Deliver | None = None
) -> NotifyResult:
    """The same for these facts alone."""
    evaluation = Evaluation(context, context.clock(), known, read_notices(context))
    people, done = recipients(context.loaded.plan), NotifyResult()
    quiet, before = _quiet(evaluation, facts), pasts(evaluation.ledger)
    silent: list[Row] = []
    for recipient, routes in people.items():
        mine = [fact for fact in facts if _concerns(fact, routes, context.loaded.plan)]
        decided = [
            (fact, decide(fact, before.get((recipient, *fact.key), Past()), quiet[fact.key], evaluation.alerts.repeat))
            for fact in mine
        ]
        silent += [
            _row(evaluation, fact, recipient, SILENT, decision)
            for fact, decision in decided
            if not decision.told_as and _worth(fact)
        ]
        due = [(fact, decision) for fact, decision in decided if decision.told_as]
        if due:
            _tell(evaluation, recipient, due, (send or _send, done))
    heard = {fact.key for fact in facts for routes in people.values() if _concerns(fact, routes, context.loaded.plan)}
    nobody = Decision("", "no route takes it")
    silent += [_row(evaluation, fact, None, SILENT, nobody) for fact in facts if fact.key not in heard and _worth(fact)]
    record_notices(context, silent)
    return done


def _send(address: str, post: Message) -> str:
    return deliver(address, post, time.sleep)


def _worth(fact: NoticeCandidate) -> bool:
    """Every alert is on the ledger; of the rest, what stands. 'kmi health' may ask each minute: only what it notified."""
    return fact.kind == ALERT or (fact.state == FIRING and fact.kind != OVERDUE)


def read_notices(context: Context) -> tuple[Row, ...]:
    """The rows of the ledger that decide what is told: all but the silent ones."""
    return tuple(context.tables.read(NOTICES, f"outcome <> '{SILENT}'").to_pylist())


def record_notices(context: Context, rows: Iterable[Row]) -> None:
    context.tables.append(NOTICES, pa.Table.from_pylist(list(rows), schema=NOTICES.arrow))


def recipients(plan: Plan) -> dict[str, list[Route]]:
    """The routes of each address."""
    found: dict[str, list[Route]] = {}
    for route in plan.alerts.routes:
        found.setdefault(route.to, []).append(route)
    return found


def _concerns(fact: NoticeCandidate, routes: Iterable[Route], plan: Plan) -> bool:
    """Whether one of the routes takes the fact."""
    if fact.kind in PIPELINE_KINDS:
        return any(route.covers_sources for route in routes)
    indicator = plan.indicators[fact.subject]
    verdict = {ALERT: "behind"}.get(fact.kind, fact.kind)
    wanted = (route for route in routes if verdict not in {"behind", *VERDICT_KINDS} or verdict in route.verdicts)
    return any(route.covers_indicator(fact.subject, indicator.owner, indicator.objective) for route in wanted)


def _quiet(evaluation: Evaluation, facts: Iterable[NoticeCandidate]) -> dict[tuple[str, str], tuple[str, str]]:
    """Why each fact is muted, and why people want to hear no more of it."""
    today, said = evaluation.context.today, user_actions(evaluation.ledger)
    muted = [mute for mute in evaluation.alerts.mute if mute.covers(today)]

    def of(fact: NoticeCandidate) -> tuple[str, str]:
        named = "" if fact.kind in PIPELINE_KINDS else fact.subject
        why = (
            f"muted: {mute.reason}" if mute.reason else "muted"
            for mute in muted
            if not mute.indicators or named in mute.indicators
        )
        act: UserAction | None = said.get(fact.key)
        return next(why, ""), act.quiets(fact, today) if act else ""

    return {fact.key: of(fact) for fact in facts}


def _tell(
    evaluation: Evaluation,
    recipient: str,
    due: list[tuple[NoticeCandidate, Decision]],
    out: tuple[Deliver, NotifyResult],
) -> None:
    """One message to one recipient, with its beginning and its end on the ledger."""
    context, (send, done) = evaluation.context, out
    plan = context.loaded.plan
    began = _began(evaluation, recipient)
    due = sorted(due, key=lambda one: GRAVEST_FIRST.index(one[0].kind))
    told = [
        (fact, NoticeState(decision.told_as, notice_id(fact), began.get(fact.key), context.today))
        for fact, decision in due
    ]
    items = [digest_item(fact, how, evaluation.known, plan.alerts.page) for fact, how in told]
    post = digest(items, Letterhead(plan.organisation.name, plan.alerts.page, plan.alerts.repeat))
    number = next_number(context)
    try:
        address = context.resolve(recipient)
    except KmiError as error:
        why = "; ".join(part for part in (error.what, error.do) if part)
    else:
        record_notices(
            context, [_row(evaluation, fact, recipient, SENDING, decision, number) for fact, decision in due]
        )
        why = send(address, post)
    outcome = FAILED if why else TOLD
    record_notices(
        context, [_row(evaluation, fact, recipient, outcome, _ended(decision, why), number) for fact, decision in due]
    )
    if why:
        done.failed[recipient] = why
        context.log(f"NOT TOLD: {recipient}: {why}; the next run tries again")
    else:
        done.told[recipient] = len(due)


def _began(evaluation: Evaluation, recipient: str) -> dict[tuple[str, str], date]:
    """The first day of each fact, as the recipient was told it last."""
    rows = [
        row
        for row in evaluation.ledger
        if row["recipient"] == recipient and row["since"] and row["told_as"] in {PROBLEM, REMINDER}
    ]
    return {(row["kind"], row["subject"]): row["since"] for row in sorted(rows, key=lambda row: int(row["number"]))}


def _ended(decision: Decision, why: str) -> Decision:
    return Decision(decision.told_as, why or decision.why)


def next_number(context: Context) -> int:
    """The number after the highest on the ledger."""
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
    """The columns of the ledger that say which fact it is."""
    return {
        "notice_id": notice_id(fact),
        "kind": fact.kind,
        "subject": fact.subject,
        "state": fact.state,
        "since": fact.since,
        "through": fact.told_through,
    }


def notice_id(fact: NoticeCandidate) -> str:
    """Eight letters that name a fact from its beginning to its end; nothing where there is none."""
    if fact.since is None:
        return ""
    return hashlib.sha256(f"{fact.kind}\x1f{fact.subject}\x1f{fact.since}".encode()).hexdigest()[:8]
