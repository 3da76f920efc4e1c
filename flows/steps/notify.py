"""Send each recipient what is new, once.

It uses nothing but the published tables and the ledger of notices. A message is on the ledger before it leaves
("sending") and after it was accepted ("told"). If a run is killed between the two, nobody knows whether the message
arrived: the next run sends it once more, and never a third time. The next run also tries a channel that failed again.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.steps.context import Context
from flows.steps.notice_candidates import notice_candidates
from flows.steps.notice_fields import FactSource, first_days_sent, mail_thread, typed_facts
from flows.steps.notice_ledger import (
    Row,
    error_text,
    fact_columns,
    next_number,
    notice_id,
    read_notices,
    record_notices,
)
from flows.steps.weekly_message import due_message, week_of
from plan.alerts import Alerts, Route
from plan.model import Plan
from reports.delivery import Message, deliver
from reports.digest import Letterhead, digest
from reports.languages import language
from reports.notice_rows import PublishedRows
from reports.notice_words import NoticeState, digest_item
from reports.weekly import weekly_heading, weekly_items
from transforms.alerts.notice_kinds import ALERT, GRAVEST_FIRST, OVERDUE, PIPELINE_KINDS, VERDICT_KINDS, WEEKLY
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
from transforms.alerts.state_names import FIRING
from warehouse.errors import KmiError
from warehouse.published_tables import PublishedTables

Deliver = Callable[[str, Message], str]
"""Address and message to the error, or empty when it was accepted."""
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


def notify(context: Context, tables: PublishedTables, send: Deliver | None = None) -> NotifyResult:
    """Decide, send and record.

    A failed delivery is in the result and on the ledger; it never fails the run.
    """
    facts, published = notice_candidates(context, tables)
    return notify_of(context, facts, published, send, with_week=True)


def notify_of(
    context: Context,
    facts: list[NoticeCandidate],
    published: PublishedRows,
    send: Deliver | None = None,
    *,
    with_week: bool = False,
) -> NotifyResult:
    """Decide, send and record, for these facts only, and ``with_week`` for the message of the week where it is due."""
    evaluation = Evaluation(context, context.clock(), published, read_notices(context))
    quiet, before = _quiet_reasons(evaluation, facts), notice_histories(evaluation.ledger)
    result = NotifyResult()
    silent: list[Row] = []
    matched: set[tuple[str, str]] = set()
    for recipient, routes in context.loaded.plan.alerts.recipients().items():
        due: list[Due] = []
        for fact in (fact for fact in facts if _matches(fact, routes, context.loaded.plan)):
            matched.add(fact.key)
            past = before.get((recipient, *fact.key), NoticeHistory())
            decision = decide(fact, past, quiet[fact.key], evaluation.alerts.repeat)
            if fact.kind != OVERDUE and not _matches(fact, [one for one in routes if one.at_once], context.loaded.plan):
                decision = Decision("", "it waits for the message of the week")
            if decision.told_as:
                due.append((fact, decision))
            elif _is_recorded(fact):
                silent.append(_row(evaluation, fact, recipient, SILENT, decision))
        week = due_message(routes, context.today) if with_week else None
        if week is not None:
            past, muted = before.get((recipient, *week.key), NoticeHistory()), _quiet_reasons(evaluation, [week])
            decision = decide(week, past, muted[week.key], evaluation.alerts.repeat)
            due += [(week, decision)] if decision.told_as else []
        if due:
            _send_digest(evaluation, recipient, due, (send or _send, result))
    unmatched = [fact for fact in facts if fact.key not in matched and _is_recorded(fact)]
    silent += [_row(evaluation, fact, None, SILENT, Decision("", "no route matches it")) for fact in unmatched]
    record_notices(context, silent)
    return result


def _send(address: str, message: Message) -> str:
    return deliver(address, message, time.sleep)


def _is_recorded(fact: NoticeCandidate) -> bool:
    """Whether the ledger keeps a silent fact: every alert, and other active facts but those of 'kmi health'."""
    return fact.kind == ALERT or (fact.state == FIRING and fact.kind != OVERDUE)


def _matches(fact: NoticeCandidate, routes: Iterable[Route], plan: Plan) -> bool:
    """Whether one of the routes covers the fact."""
    if fact.kind in PIPELINE_KINDS:
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
        indicator = "" if fact.kind in PIPELINE_KINDS else fact.subject
        mute = next((mute for mute in mutes if not mute.indicators or indicator in mute.indicators), None)
        muted = "" if mute is None else f"muted: {mute.reason}" if mute.reason else "muted"
        action: UserAction | None = actions.get(fact.key)
        reasons[fact.key] = muted, action.silence_reason(fact, today) if action else ""
    return reasons


def _send_digest(evaluation: Evaluation, recipient: str, due: list[Due], out: tuple[Deliver, NotifyResult]) -> None:
    """Send one message to one recipient, and record it before and after."""
    context, (send, result) = evaluation.context, out
    due = sorted(due, key=lambda pair: GRAVEST_FIRST.index(pair[0].kind))
    number = next_number(context)
    try:
        address = context.resolve(recipient)
    except KmiError as refused:
        error = error_text(refused)
    else:
        redact = context.redactor.redact_data
        clean = replace(evaluation, published=evaluation.published.redacted(redact))
        message = _digest(clean, recipient, due, redact(context.loaded.plan.organisation.name)).redacted(redact)
        record_notices(
            context, [_row(evaluation, fact, recipient, SENDING, decision, number) for fact, decision in due]
        )
        error = context.redactor.redact_data(send(address, message))
    outcome = FAILED if error else TOLD
    final = [(fact, Decision(decision.told_as, error or decision.why)) for fact, decision in due]
    record_notices(context, [_row(evaluation, fact, recipient, outcome, decision, number) for fact, decision in final])
    if error:
        result.failed[recipient] = error
        context.log(f"NOT NOTIFIED: {recipient}: {error}; the next run tries again")
    else:
        result.sent[recipient] = len(due)


def _digest(evaluation: Evaluation, recipient: str, due: list[Due], organisation: str) -> Message:
    plan, today = evaluation.context.loaded.plan, evaluation.context.today
    t = language(plan.organisation.language)
    since = first_days_sent(evaluation.ledger, recipient, (PROBLEM, REMINDER))
    items = [
        digest_item(
            fact,
            NoticeState(decision.told_as, notice_id(fact), since.get(fact.key), today),
            evaluation.published,
            plan.alerts.page,
            t,
        )
        for fact, decision in one_for_each_indicator(due)
        if fact.kind != WEEKLY
    ]
    head = Letterhead(organisation, plan.alerts.page, plan.alerts.repeat, t)
    if any(fact.kind == WEEKLY for fact, _ in due):
        mine = [row for row in evaluation.ledger if row["recipient"] == recipient]
        told, routes = [fact for fact, _ in due], plan.alerts.recipients()[recipient]
        week = week_of(plan, routes, mine, told, (evaluation.now, today))
        items += weekly_items(week, evaluation.published, plan.alerts.page, t)
        subject, heading = weekly_heading(week, evaluation.published, t, is_quiet=not items)
        head = replace(head, subject=subject, heading=heading)
    message = digest(items, head)
    source = FactSource(evaluation.published, plan.alerts.page, first_days_sent(evaluation.ledger, recipient))
    return replace(message, thread=mail_thread(recipient, due, source), facts=typed_facts(due, source))


def one_for_each_indicator(due: list[Due]) -> list[Due]:
    """An alert and a changed verdict of one indicator are one entry, that of the alert, which tells both."""
    alerts = {fact.subject for fact, _ in due if fact.kind == ALERT}
    return [(fact, decision) for fact, decision in due if fact.kind not in VERDICT_KINDS or fact.subject not in alerts]


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
