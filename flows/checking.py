"""``kmi check``: the plan holds together, and with ``--connect`` every source answers."""

from datetime import timedelta

import click

from flows.steps.context import Context
from sources.web.session import Session
from warehouse.errors import KmiError
from warehouse.schema import Window


def check_plan(context: Context, *, connect: bool) -> int:
    """Say what the plan holds; the exit code. The plan itself was checked when the context was opened."""
    loaded = context.loaded
    click.echo(
        f"{loaded.path}: {len(loaded.sources)} sources, {len(loaded.plan.indicators)} indicators, {len(loaded.plan.activities)} activities: no fault found"
    )
    return max((_ask(context, name) for name in loaded.sources), default=0) if connect else 0


def _ask(context: Context, name: str) -> int:
    """Fetch and read the newest week of a source; nothing is kept."""
    source = context.loaded.sources[name]
    now = context.clock()
    today = now.astimezone(source.place.zone).date()
    window = Window(today - timedelta(days=7), today)
    try:
        pages = list(source.fetch(window, now, Session(context.resolve)))
        parsed = source.parse(pages)
    except KmiError as error:
        click.echo(f"{name}: FAILED: {error}", err=True)
        return 1
    size = sum(len(page.body) for page in pages)
    click.echo(f"{name}: answers: {len(pages)} pages, {size:,} bytes, {len(parsed.observations)} observations in {window}, {len(parsed.refused)} refused")
    return 0
