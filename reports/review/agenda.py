"""What is due for review on a day, and what comes up next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from plan.model import Indicator, Plan
from transforms.formatting import day

COMING_DAYS = 92
"""How far ahead reviews and due days are named, where the plan has no regular reviews."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """An indicator whose review or due day has come, and why it is on the agenda."""

    indicator_id: str
    on: date
    why: str
    is_due: bool = False


def due_items(plan: Plan, today: date, since: date | None) -> list[DueItem]:
    """The targets to be looked at: their day has come, and no review was held on or after it. The oldest day first."""
    found = [item for name, indicator in plan.indicators.items() for item in _days(name, indicator)]
    one_each: dict[str, DueItem] = {}
    for item in sorted(found, key=lambda item: item.on):
        if item.on <= today and (since is None or since < item.on):
            one_each[item.indicator_id] = item  # the due day is after the review, and counts more
    return sorted(one_each.values(), key=lambda item: item.on)


def coming_items(plan: Plan, today: date) -> list[DueItem]:
    """The reviews and due days after ``today``, up to the next regular review or for three months."""
    until = plan.reviews.next_after(today) if plan.reviews else today + timedelta(days=COMING_DAYS)
    found = [item for name, indicator in plan.indicators.items() for item in _days(name, indicator)]
    return sorted((item for item in found if today < item.on <= until), key=lambda item: item.on)


def _days(name: str, indicator: Indicator) -> Iterator[DueItem]:
    target = indicator.target
    if target is None:
        return
    if target.review is not None:
        yield DueItem(name, target.review, f"its review was set for {day(target.review)}")
    yield DueItem(name, target.due, f"its target is due on {day(target.due)}", is_due=True)


def regular_review(plan: Plan, today: date, since: date | None) -> str:
    """Whether a regular review is due, and when the next one is; empty without ``reviews`` in the plan."""
    if plan.reviews is None:
        return ""
    newest, coming = plan.reviews.newest_until(today), plan.reviews.next_after(today)
    who = f" ({plan.reviews.owner} calls it)" if plan.reviews.owner else ""
    if newest is not None and (since is None or since < newest):
        return f"The review of {day(newest)} is due; the next one is on {day(coming)}{who}."
    return f"The next regular review is on {day(coming)}{who}."
