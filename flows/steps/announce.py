"""Announce changes of indicators and sources to an orchestrator, as events.

The orchestrator is one more recipient on the ledger of notices. So each change is announced once, a run over the same
data announces nothing, and after a run that is killed between sending and recording, the change is sent once more,
under the same id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flows.steps.context import Context
from flows.steps.notice_candidates import notice_candidates
from flows.steps.notice_ledger import fact_columns, next_number, read_notices, record_notices
from plan.mute import Mute
from reports.notice_rows import PublishedRows
from transforms.alerts.notice_kinds import ALERT, LATE
from transforms.alerts.notices import (
    FAILED,
    PROBLEM,
    RECOVERED,
    SENDING,
    TOLD,
    Decision,
    NoticeCandidate,
    NoticeHistory,
    decide,
    notice_histories,
)
from warehouse.published_tables import PublishedTables
from warehouse.schema import NOTICES

EVENT_NAMES = {
    (ALERT, PROBLEM): "kmi.indicator.behind",
    (ALERT, RECOVERED): "kmi.indicator.recovered",
    (LATE, PROBLEM): "kmi.source.late",
    (LATE, RECOVERED): "kmi.source.fresh",
}
VERDICT_FIELDS = ("verdict", "value", "expected", "pace_ratio", "probability", "reason")
INDICATOR_FIELDS = ("title", "unit", "owner", "objective")
SOURCE_FIELDS = ("type", "data_through", "last_success_at", "last_error")


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One event. ``id``: the same each time it is sent; ``resource``: its labels, to match it by; ``payload``: JSON."""

    id: UUID
    name: str
    occurred: datetime
    resource: Mapping[str, str]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that began or ended, and what was announced about it before."""

    fact: NoticeCandidate
    decision: Decision
    before: NoticeHistory


Send = Callable[[Sequence[ChangeEvent]], str]
"""Events to the error, or empty when they were accepted."""


def find_changes(
    facts: Iterable[NoticeCandidate],
    before: Mapping[tuple[str, str], NoticeHistory],
    mutes: Iterable[Mute],
    today: date,
) -> list[Change]:
    """The alerts and late sources that began or ended since they were last announced. before: by kind and subject.

    A change on a muted day waits for the first day that is not muted. A source that is late because it fails counts
    as late.
    """
    active = [mute for mute in mutes if mute.covers(today)]
    found = []
    for fact in (replace(fact, suppressed_by="") for fact in facts if fact.kind in {ALERT, LATE}):
        indicator = fact.subject if fact.kind == ALERT else ""
        muted = any(not mute.indicators or indicator in mute.indicators for mute in active)
        past = before.get(fact.key, NoticeHistory())
        decision = decide(fact, past, ("muted" if muted else "", ""), None)
        if decision.told_as:
            found.append(Change(fact, decision, past))
    return found


def announce(context: Context, tables: PublishedTables, recipient: str, send: Send) -> str:
    """Send the changes since the recipient's last event, and record it; returns the error, or empty.

    A failure changes nothing that is published; the next run tries again.
    """
    facts, published = notice_candidates(context, tables)
    before = {key[1:]: past for key, past in notice_histories(read_notices(context)).items() if key[0] == recipient}
    due = find_changes(facts, before, context.loaded.plan.alerts.mute, context.today)
    if not due:
        return ""
    now = context.clock()
    shared = {"as_of": now, "recipient": recipient, "number": next_number(context)}
    record_notices(context, [_ledger_row(change, SENDING, "", shared) for change in due])
    error = send([change_event(change, published, context, now) for change in due])
    record_notices(context, [_ledger_row(change, FAILED if error else TOLD, error, shared) for change in due])
    return error


def _ledger_row(change: Change, outcome: str, error: str, shared: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(NOTICES.names),
        **fact_columns(change.fact),
        **shared,
        "outcome": outcome,
        "told_as": change.decision.told_as,
        "reason": error or change.decision.why,
    }


def change_event(change: Change, published: PublishedRows, context: Context, now: datetime) -> ChangeEvent:
    """The event that announces a change."""
    fact, told_as = change.fact, change.decision.told_as
    began = change.before.last.through if told_as == RECOVERED and change.before.last else fact.since
    identity = "\x1f".join((context.root.address, *fact.key, told_as, str(began)))
    parts = _source_parts if fact.kind == LATE else _indicator_parts
    labels, fields = parts(fact, published)
    if context.member:
        kind, _, subject = labels["prefect.resource.id"].rpartition(".")
        labels["prefect.resource.id"] = f"{kind}.{context.member}.{subject}"
    plan = context.loaded.plan
    payload = {**fields, "since": fact.since, "link": plan.alerts.page, "organisation": plan.organisation.name}
    return ChangeEvent(
        uuid5(NAMESPACE_URL, identity),
        EVENT_NAMES[fact.kind, told_as],
        now,
        {**labels, "kmi.organisation": plan.organisation.name},
        {name: value.isoformat() if isinstance(value, date) else value for name, value in payload.items()},
    )


def _indicator_parts(fact: NoticeCandidate, published: PublishedRows) -> tuple[dict[str, str], dict[str, Any]]:
    """Labels and payload of an event about an indicator."""
    indicator, verdict = published.indicators[fact.subject], published.verdicts[fact.subject]
    labels = {
        "prefect.resource.id": f"kmi.indicator.{fact.subject}",
        "prefect.resource.name": str(indicator["title"]),
        **{f"kmi.{name}": str(indicator[name]) for name in ("owner", "objective") if indicator[name]},
    }
    fields = {name: indicator[name] for name in INDICATOR_FIELDS} | {name: verdict[name] for name in VERDICT_FIELDS}
    return labels, {"indicator": fact.subject, **fields, "through": fact.through}


def _source_parts(fact: NoticeCandidate, published: PublishedRows) -> tuple[dict[str, str], dict[str, Any]]:
    """Labels and payload of an event about a source."""
    labels = {"prefect.resource.id": f"kmi.source.{fact.subject}", "prefect.resource.name": fact.subject}
    source = published.sources[fact.subject]
    return labels, {"source": fact.subject, **{name: source[name] for name in SOURCE_FIELDS}}
