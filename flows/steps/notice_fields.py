"""What a message carries for programs: the facts with typed fields, and its place in the threads of a mailbox."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flows.steps.notice_ledger import Row, notice_id
from reports.mail import MailThread
from reports.notice_rows import PublishedRows
from reports.notice_words import notice_link
from transforms.alerts.notice_kinds import PIPELINE_KINDS, WEEKLY
from transforms.alerts.notices import PROBLEM, Decision, NoticeCandidate

Due = tuple[NoticeCandidate, Decision]


@dataclass(frozen=True)
class FactSource:
    """Published rows, the report's address, and the day on which each fact began when its problem was sent."""

    published: PublishedRows
    page: str | None
    began: Mapping[tuple[str, str], date]

    def since(self, fact: NoticeCandidate, told_as: str) -> date | None:
        """The first day by which a fact is known to the recipient, so that its id stays the same to its end."""
        return fact.since if told_as == PROBLEM else self.began.get(fact.key, fact.since)


def first_days_sent(
    ledger: Sequence[Row], recipient: str, told_as: Collection[str] = (PROBLEM,)
) -> dict[tuple[str, str], date]:
    """The first day of each fact, as it was last sent to the recipient as one of ``told_as``."""
    rows = [row for row in ledger if row["recipient"] == recipient and row["since"] and row["told_as"] in told_as]
    return {(row["kind"], row["subject"]): row["since"] for row in sorted(rows, key=lambda row: int(row["number"]))}


def typed_facts(due: Sequence[Due], source: FactSource) -> tuple[dict[str, Any], ...]:
    """One mapping for each fact, for webhooks; what is unknown is null. Days are ISO 8601 texts."""
    return tuple(_typed(fact, decision.told_as, source) for fact, decision in due)


def _typed(fact: NoticeCandidate, told_as: str, source: FactSource) -> dict[str, Any]:
    since = source.since(fact, told_as)
    is_indicator = fact.kind not in {*PIPELINE_KINDS, WEEKLY}
    indicator = source.published.indicators.get(fact.subject, {}) if is_indicator else {}
    verdict = source.published.verdicts.get(fact.subject, {}) if is_indicator else {}
    change = source.published.changes.get(fact.subject, {}) if is_indicator else {}
    return {
        "kind": fact.kind,
        "told_as": told_as,
        "notice_id": notice_id(replace(fact, since=since)) or None,
        "indicator": fact.subject if is_indicator else None,
        "source": fact.subject if fact.kind in PIPELINE_KINDS else None,
        "title": indicator.get("title"),
        "verdict_before": change.get("verdict_before"),
        "verdict": verdict.get("verdict"),
        "value": verdict.get("value"),
        "expected": verdict.get("expected"),
        "unit": indicator.get("unit"),
        "since": since and since.isoformat(),
        "through": fact.through.isoformat(),
        "owner": indicator.get("owner"),
        "link": notice_link(fact, source.page) or None,
    }


def mail_thread(recipient: str, due: Sequence[Due], source: FactSource) -> MailThread:
    """The thread of a message: that of its first fact. A first mail on a fact has the id that later ones refer to."""
    roots = [_root(recipient, fact, source.since(fact, decision.told_as)) for fact, decision in due]
    (first, decision), root = due[0], roots[0]
    if decision.told_as == PROBLEM:
        return MailThread(root, tuple(roots[1:]))
    return MailThread(f"{root}.{decision.told_as}.{first.through.isoformat()}", tuple(dict.fromkeys(roots)))


def _root(recipient: str, fact: NoticeCandidate, since: date | None) -> str:
    told_to = hashlib.sha256(recipient.encode()).hexdigest()[:8]
    return f"{fact.kind}.{notice_id(replace(fact, since=since)) or fact.subject}.{told_to}"
