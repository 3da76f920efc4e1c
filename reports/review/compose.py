"""The review as texts: one form for the page, the terminal and programs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reports.review.agenda import coming_items, due_items, regular_review
from reports.review.comparison import Change, compare
from reports.review.inputs import ReviewInputs
from reports.review.rows import ReviewRow, review_row, title_of
from reports.words import VERDICT_LABELS, VERDICT_ORDER
from transforms.formatting import day

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many indicators have a verdict, and how many had it at the last review; None before the first."""

    verdict: str
    label: str
    now: int
    then: int | None


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the meeting looks at, the most urgent first."""

    organisation: str
    prepared: str
    compared: str
    regular: str
    counts: tuple[VerdictCount, ...]
    due: tuple[ReviewRow, ...]
    changes: tuple[Change, ...]
    activities: tuple[str, ...]
    coming: tuple[str, ...]
    trouble: tuple[str, ...]
    to_fill_in: tuple[str, ...]
    rows: tuple[ReviewRow, ...]


def compose(inputs: ReviewInputs) -> Review:
    before = {row["indicator_id"]: row for row in inputs.then}
    now = {row["indicator_id"]: row for row in inputs.now}
    rows = [review_row(inputs, row, before.get(name)) for name, row in now.items()]
    due = [item for item in due_items(inputs.plan, inputs.today, inputs.since) if item.indicator_id in now]
    return Review(
        organisation=inputs.plan.organisation.name,
        prepared=f"Prepared on {day(inputs.today)} from the verdicts of {day(inputs.evaluated)}.",
        compared=f"Compared with the review of {day(inputs.since)}."
        if inputs.since
        else "No review is recorded yet, so there is nothing to compare with.",
        regular=regular_review(inputs.plan, inputs.today, inputs.since),
        counts=tuple(_counts(inputs)),
        due=tuple(review_row(inputs, now[item.indicator_id], before.get(item.indicator_id), item.why) for item in due),
        changes=tuple(compare(inputs.then, inputs.now, inputs.goal_changes)) if inputs.since else (),
        activities=tuple(_activities(inputs)),
        coming=tuple(_coming(inputs)),
        trouble=tuple(_trouble(inputs)),
        to_fill_in=tuple(inputs.to_fill_in),
        rows=tuple(sorted(rows, key=lambda row: VERDICT_ORDER.index(row.verdict))),
    )


def _counts(inputs: ReviewInputs) -> Iterator[VerdictCount]:
    now, then = (Counter(row["verdict"] for row in rows) for rows in (inputs.now, inputs.then))
    for verdict in VERDICT_ORDER:
        if now[verdict] or then[verdict]:
            label = VERDICT_LABELS[verdict].lower()
            yield VerdictCount(verdict, label, now[verdict], then[verdict] if inputs.since else None)


def _activities(inputs: ReviewInputs) -> Iterator[str]:
    """What took place since the last review (before the first, in a year) with what followed, then what is planned."""
    since = inputs.since or inputs.today - timedelta(days=YEAR_DAYS)
    found = {name: [row for row in inputs.effects if row["activity_id"] == name] for name in inputs.plan.activities}
    for name, activity in sorted(inputs.plan.activities.items(), key=lambda item: item[1].date, reverse=True):
        if not since < activity.date <= inputs.today:
            continue
        followed = "; ".join(f"{title_of(inputs, row['indicator_id'])}: {row['sentence']}" for row in found[name])
        yield f"{day(activity.date)}: {activity.title}" + (f". {followed}" if followed else "")
    for activity in sorted(inputs.plan.activities.values(), key=lambda one: one.date):
        if activity.date > inputs.today:
            yield f"{day(activity.date)}: {activity.title} (planned)"


def _coming(inputs: ReviewInputs) -> Iterator[str]:
    """A line for each day that lies ahead, with the indicators to be reviewed or due on it."""
    found: dict[tuple[date, str], list[str]] = {}
    for item in coming_items(inputs.plan, inputs.today):
        what = "the target is due of" if item.is_due else "review of"
        found.setdefault((item.on, what), []).append(title_of(inputs, item.indicator_id))
    for (on, what), titles in found.items():
        yield f"{day(on)}: {what} {', '.join(titles)}"


def _trouble(inputs: ReviewInputs) -> Iterator[str]:
    for row in inputs.sources:
        if row["last_error"]:
            yield f"{row['source']} could not be read: {row['last_error']}"
        elif row["ready"] is False:
            yield f"{row['source']} is not set up yet"
        elif not row["fresh"]:
            ends = row["data_through"]
            reached = f"its figures end on {day(ends)}" if ends else "it has no figures yet"
            yield f"{row['source']} is late: {reached}"
