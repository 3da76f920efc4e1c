"""``kmi plan review``: the page for the meeting about the plan, and the record that the meeting took place."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import click

from flows.output import count_noun, relative_to_cwd, show_json, terminal_width
from flows.steps.context import Context, Log
from flows.steps.review_ledger import HeldReview, VerdictLedger, held_reviews, read_verdict_ledger, record_review
from plan.load import organisation_zone
from plan.to_fill_in import places_to_fill_in
from reports.review.agenda import due_items
from reports.review.compose import Review, compose
from reports.review.inputs import ReviewInputs
from reports.review.page import grouped_changes, review_page
from transforms.formatting import day
from warehouse.errors import ConfigError
from warehouse.published_tables import published_in
from warehouse.root import LocalRoot
from warehouse.schema import PUBLISHED_EFFECTS, PUBLISHED_SOURCES

PAGE = "review.html"
JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """``held``: record the meeting, with ``by`` and perhaps its day and a note, instead of preparing it."""

    output: Path
    held: bool = False
    by: str = ""
    on: date | None = None
    note: str = ""
    as_json: bool = False


def review_plan(open_context: Callable[[Log], Context], request: ReviewRequest) -> None:
    """Prepare the page, or record the meeting. Raises ``ConfigError`` before the first run, and for wrong options."""
    context = open_context(lambda line: click.echo(line, err=True))
    ledger, held = read_verdict_ledger(context), held_reviews(context)
    if request.held:
        _record(context, ledger, held, request)
        return
    if request.by or request.on or request.note:
        raise ConfigError("--by, --on and --note describe a review that took place", do="add --held, or leave them out")
    review = compose(_inputs(context, ledger, held))
    if request.as_json:
        show_json({"version": JSON_VERSION, "warehouse": context.root.address, **asdict(review)})
        return
    LocalRoot(request.output).write({PAGE: review_page(review).encode()})
    for line in review_lines(review, terminal_width()):
        click.echo(line)
    click.echo(f"\nwritten {relative_to_cwd(request.output / PAGE)}: open it in a browser, or print it")
    click.echo("When the meeting is over: kmi plan review --held --by 'your name'")


def _inputs(context: Context, ledger: VerdictLedger, held: list[HeldReview]) -> ReviewInputs:
    evaluated = ledger.evaluated_until(context.clock())
    if evaluated is None:
        raise ConfigError(
            "nothing was judged here yet, so there is nothing to review", where=context.root.address, do="run 'kmi run'"
        )
    loaded, last = context.loaded, held[-1] if held else None
    blanks = places_to_fill_in(loaded)
    published = published_in(context.root)
    return ReviewInputs(
        plan=loaded.plan,
        today=context.today,
        evaluated=evaluated.astimezone(UTC),
        since=last.held_on if last else None,
        now=ledger.as_of(evaluated),
        then=ledger.as_of(last.as_of) if last else [],
        goal_changes=ledger.goals_changed_after(last.as_of) if last else {},
        sources=published.rows(PUBLISHED_SOURCES),
        effects=published.rows(PUBLISHED_EFFECTS),
        to_fill_in=[f"{loaded.path.name}, line {one.line}: {one.what}" for one in blanks],
    )


def _record(context: Context, ledger: VerdictLedger, held: list[HeldReview], request: ReviewRequest) -> None:
    from flows.steps.warehouse_lock import hold_warehouse

    if not request.by.strip():
        raise ConfigError("a review needs the name of who records it", do="add --by 'your name'")
    on = request.on or context.today
    if on > context.today:
        raise ConfigError(f"{on} has not come yet", where="--on", do="record the review when it has taken place")
    evaluated = ledger.evaluated_until(_end_of(on, context))
    if evaluated is None:
        raise ConfigError(f"nothing was judged up to {on}", where="--on", do="run 'kmi run' before the review")
    since = held[-1].held_on if held else None
    if since is not None and on <= since:
        raise ConfigError(f"a review of {since} is recorded already", where="--on", do="name a later day with --on")
    names = tuple(item.indicator_id for item in due_items(context.loaded.plan, on, since))
    with hold_warehouse(context, 60):
        record_review(context, HeldReview(on, evaluated, request.by.strip(), request.note, names))
    seen = count_noun(len(names), "target")
    click.echo(f"recorded the review of {day(on)} by {request.by.strip()}, with {seen} due for review")
    click.echo("the next 'kmi plan review' says what changed since")
    plan = context.loaded.plan
    if plan.reviews is not None:
        click.echo(f"the next one is on {day(plan.reviews.next_after(on))}")


def _end_of(on: date, context: Context) -> datetime:
    """The last instant of a local day, but not after now."""
    zone = organisation_zone(context.loaded.plan)
    return min(datetime.combine(on, time.max, zone).astimezone(UTC), context.clock())


def review_lines(review: Review, width: int) -> Iterator[str]:
    """The review for the terminal, in lines of at most ``width`` characters."""

    def wrapped(text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
        yield from textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)

    yield from wrapped(f"{review.organisation}: review of the plan", "", "")
    yield from wrapped(" ".join(part for part in (review.prepared, review.compared, review.regular) if part), "", "")
    yield ""
    yield from wrapped(", ".join(f"{count.label} {count.now}{_then(count.then)}" for count in review.counts), "", "")
    yield "\nDue for review"
    for row in review.due:
        owner = f" ({row.owner})" if row.owner else ""
        yield from wrapped(f"{row.title}: {row.label}: {row.reason}. {row.why[:1].upper()}{row.why[1:]}{owner}")
    if not review.due:
        yield "  no target"
    for heading, changes in grouped_changes(review.changes):
        yield f"\n{heading}"
        for change in changes:
            yield from wrapped(f"{change.title}: {change.text}")
    parts = {"Activities": review.activities, "Coming up": review.coming, "To put in order": review.trouble}
    for heading, texts in parts.items():
        if texts:
            yield f"\n{heading}"
        for text in texts:
            yield from wrapped(text)
    if review.to_fill_in:
        yield from wrapped(f"{len(review.to_fill_in)} places of the plan are still to be filled in: see 'kmi check'")


def _then(count: int | None) -> str:
    return "" if count is None else f" (last review {count})"
