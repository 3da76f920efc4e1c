"""What changed, for an orchestrator that acts on events: an indicator falls behind or recovers, a source is late or up to date again.

The orchestrator is one more recipient on the ledger of notices. So each change is announced once, a run over the same data announces
nothing, and a run that is killed between sending and recording repeats it at most once, under the same id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flows.steps.context import Context
from flows.steps.notice_candidates import notice_candidates
from flows.steps.notify import fact_columns, next_number, read_notices, record_notices
from plan.mute import Mute
from reports.notice_words import PublishedRows
from transforms.alerts.notice_kinds import ALERT, LATE
from transforms.alerts.notices import (
    FAILED,
    PROBLEM,
    RECOVERED,
    SENDING,
    TOLD,
    Decision,
    NoticeCandidate,
    Past,
    decide,
    pasts,
)
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
    """One event. ``id`` is the same however often it is sent; ``resource``: the labels by which it is found; ``payload`` is JSON."""

    id: UUID
    name: str
    occurred: datetime
    resource: Mapping[str, str]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that began or ended, and what had been announced of it before."""

    fact: NoticeCandidate
    decision: Decision
    before: Past


Send = Callable[[Sequence[ChangeEvent]], str]


def find_changes(
    facts: Iterable[NoticeCandidate], before: Mapping[tuple[str, str], Past], mutes: Iterable[Mute], today: date
) -> list[Change]:
    """The alerts and late sources that began or ended since they were announced last. before: by kind and subject.

    What is muted today waits for the first day that is not. A source that is late because it fails is late all the same.
    """
    quiet = [mute for mute in mutes if mute.covers(today)]
    found = []
    for fact in (replace(fact, hushed="") for fact in facts if fact.kind in {ALERT, LATE}):
        subject = fact.subject if fact.kind == ALERT else ""
        muted = any(not mute.indicators or subject in mute.indicators for mute in quiet)
        past = before.get(fact.key, Past())
        decision = decide(fact, past, ("muted" if muted else "", ""), None)
        if decision.told_as:
            found.append(Change(fact, decision, past))
    return found


def announce(context: Context, recipient: str, send: Send) -> str:
    """Send what changed since ``recipient`` took the last of it, and put it on the ledger; why it was not taken, or nothing.

    send: says why it failed, or nothing. What is published stands either way; the next run tries again.
    """
    facts, known = notice_candidates(context)
    before = {key[1:]: past for key, past in pasts(read_notices(context)).items() if key[0] == recipient}
    due = find_changes(facts, before, context.loaded.plan.alerts.mute, context.today)
    if not due:
        return ""
    number, now = next_number(context), context.clock()

    def rows(outcome: str, why: str) -> list[dict[str, Any]]:
        empty = dict.fromkeys(NOTICES.names)
        said = {"as_of": now, "recipient": recipient, "outcome": outcome, "number": number}
        return [
            {
                **empty,
                **fact_columns(change.fact),
                **said,
                "told_as": change.decision.told_as,
                "reason": why or change.decision.why,
            }
            for change in due
        ]

    record_notices(context, rows(SENDING, ""))
    why = send([change_event(change, known, context, now) for change in due])
    record_notices(context, rows(FAILED if why else TOLD, why))
    return why


def change_event(change: Change, known: PublishedRows, context: Context, now: datetime) -> ChangeEvent:
    """The event of a change."""
    fact, told_as = change.fact, change.decision.told_as
    began = change.before.last.through if told_as == RECOVERED and change.before.last else fact.since
    identity = "\x1f".join((context.root.address, *fact.key, told_as, str(began)))
    labels, said = _of_source(fact, known) if fact.kind == LATE else _of_indicator(fact, known)
    plan = context.loaded.plan
    payload = {**said, "since": fact.since, "link": plan.alerts.page, "organisation": plan.organisation.name}
    resource = {**labels, "kmi.organisation": plan.organisation.name}
    return ChangeEvent(
        uuid5(NAMESPACE_URL, identity),
        EVENT_NAMES[fact.kind, told_as],
        now,
        resource,
        {name: _plain(value) for name, value in payload.items()},
    )


def _of_indicator(fact: NoticeCandidate, known: PublishedRows) -> tuple[dict[str, str], dict[str, Any]]:
    indicator, verdict = known.indicators[fact.subject], known.verdicts[fact.subject]
    labels = {"prefect.resource.id": f"kmi.indicator.{fact.subject}", "prefect.resource.name": str(indicator["title"])}
    held = {f"kmi.{name}": str(indicator[name]) for name in ("owner", "objective") if indicator[name]}
    said = {name: indicator[name] for name in INDICATOR_FIELDS} | {name: verdict[name] for name in VERDICT_FIELDS}
    return labels | held, {"indicator": fact.subject, **said, "through": fact.through}


def _of_source(fact: NoticeCandidate, known: PublishedRows) -> tuple[dict[str, str], dict[str, Any]]:
    labels = {"prefect.resource.id": f"kmi.source.{fact.subject}", "prefect.resource.name": fact.subject}
    return labels, {"source": fact.subject, **{name: known.sources[fact.subject][name] for name in SOURCE_FIELDS}}


def _plain(value: Any) -> Any:
    """A day or an instant as text."""
    return value.isoformat() if isinstance(value, date) else value
