"""``kmi check``: the plan holds together, and with ``--connect`` every source answers."""

from datetime import timedelta

import click

from flows.steps.context import Context
from flows.tables import count
from sources.web.session import Session
from warehouse.errors import KmiError
from warehouse.schema import Window


def check_plan(context: Context, *, connect: bool) -> int:
    """Say what the plan holds; the exit code. The plan itself was checked when the context was opened."""
    loaded = context.loaded
    held = {"source": len(loaded.sources), "indicator": len(loaded.plan.indicators), "activity": len(loaded.plan.activities)}
    click.echo(f"{loaded.path}: {', '.join(count(number, noun) for noun, number in held.items())}: no fault found")
    return max((_ask(context, name) for name in loaded.sources), default=0) if connect else 0


def _ask(context: Context, name: str) -> int:
    """Fetch and read the newest week of a source; nothing is kept."""
    source = context.loaded.sources[name]
    now = context.clock()
    today = now.astimezone(source.place.zone).date()
    window = Window(today - timedelta(days=7), today)
    try:
        pages = list(source.fetch(window, now, Session(context.resolve, **context.patience)))
        parsed = source.parse(pages)
    except KmiError as error:
        click.echo(f"{name}: FAILED: {error}", err=True)
        return 1
    size = sum(len(page.body) for page in pages)
    found = (count(len(pages), "page"), count(size, "byte"), f"{count(len(parsed.observations), 'observation')} in {window}", f"{len(parsed.refused)} refused")
    click.echo(f"{name}: answers: {', '.join(found)}")
    for note in parsed.notes:
        click.echo(f"{name}: {note}")
    if parsed.access_expires_at is not None:
        click.echo(f"{name}: the access ends on {parsed.access_expires_at:%Y-%m-%d %H:%M} UTC")
    return 0
