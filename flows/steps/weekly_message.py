"""The message of the week: whether it is due for a recipient, and what it is made from."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from flows.steps.notice_ledger import Row
from plan.alerts import Route
from plan.model import Plan
from reports.weekly import Week
from transforms.alerts.notice_kinds import PIPELINE_KINDS, WEEKLY, weekly_candidate
from transforms.alerts.notices import TOLD, NoticeCandidate

WEEK = timedelta(days=7)


def due_message(routes: Iterable[Route], today: date) -> NoticeCandidate | None:
    """The message of the newest day on which one of the routes wants one; None where none does."""
    days = [day for route in routes if (day := route.last_weekday(today)) is not None]
    return weekly_candidate(max(days)) if days else None


def week_of(
    plan: Plan,
    routes: Sequence[Route],
    ledger: Iterable[Row],
    told: Iterable[NoticeCandidate],
    now: tuple[datetime, date],
) -> Week:
    """What the message is about. ledger: rows of the recipient. told: what the same message has already.
    now: the instant, aware UTC, and its local day.

    It covers the time since the last one; the first one a week.
    """
    instant, today = now
    mine = [route for route in routes if route.weekly is not None]
    sent = [row["as_of"] for row in ledger if row["kind"] == WEEKLY and row["outcome"] == TOLD]
    names = [
        name
        for name, one in plan.indicators.items()
        if any(route.covers_indicator(name, one.owner, one.objective) for route in mine)
    ]
    return Week(
        since=max(sent, default=instant - WEEK),
        today=today,
        names=names,
        reported={fact.subject for fact in told if fact.kind not in {*PIPELINE_KINDS, WEEKLY}},
        reviews={name: i.target.review for name, i in plan.indicators.items() if i.target and i.target.review},
        next_review=plan.reviews.next_after(today - timedelta(days=1)) if plan.reviews else None,
        sources=any(route.covers_sources for route in mine),
    )
