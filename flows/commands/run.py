"""``kmi run`` for people and for programs: a progress bar on a terminal, plain lines elsewhere, JSON on request."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import ParamSpec, TypeVar

import click

from flows.commands.status import show_json, show_verdicts
from flows.output import count_noun
from flows.steps.collect import collect
from flows.steps.context import Context
from flows.steps.refresh import RefreshRequest, RefreshResult, StepRunner, refresh, run_directly

P = ParamSpec("P")
T = TypeVar("T")
Log = Callable[[str], None]


def run_and_report(open_context: Callable[[Log], Context], asked: RefreshRequest, *, as_json: bool) -> bool:
    """Refresh, say what came of it, and print the verdicts; whether any source failed."""
    with _progress(quiet=as_json) as (log, running):
        context = open_context(log)
        done = refresh(context, asked, running(len(asked.sources or context.loaded.sources) + 3))
    if as_json:
        show_json(_as_json(context, done))
    else:
        _say(context, done)
    return bool(done.failed)


def _as_json(context: Context, done: RefreshResult) -> dict[str, object]:
    collected = [
        {"source": c.source, "window": str(c.window), **asdict(c.outcome), "refused": c.refused, "notes": c.notes}
        for c in done.collected
    ]
    told = {"told": done.notified.told, "not_told": done.notified.failed}
    return {
        "warehouse": context.root.address,
        "collected": collected,
        "paused": done.paused,
        "failed": done.failed,
        "published": done.published,
        **told,
    }


def _say(context: Context, done: RefreshResult) -> None:
    click.echo()
    show_verdicts(context.root.address, as_json=False)
    click.echo()
    click.echo(f"Published in {context.root.uri('published')}: {', '.join(done.published) or 'nothing changed'}")
    for recipient, facts in done.notified.told.items():
        click.echo(f"Told {recipient}: {count_noun(facts, 'fact')}")
    for recipient, why in done.notified.failed.items():
        click.echo(f"NOT TOLD: {recipient}: {why}; the next run tries again", err=True)
    if done.paused:
        click.echo()
        click.echo(
            f"{count_noun(len(done.paused), 'source')} stopped before the provider's limit; the next run goes on: {', '.join(done.paused)}"
        )
    if done.failed:
        click.echo()
        click.echo(
            f"{len(done.failed)} of {len(context.loaded.sources)} sources failed; the others are up to date:", err=True
        )
        for name, why in done.failed.items():
            click.echo(f"  {name}: {why}", err=True)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[tuple[Log, Callable[[int], StepRunner]]]:
    """How to tell a line of news, and how to run a number of steps."""
    if quiet:
        yield (lambda line: click.echo(line, err=True)), lambda _: run_directly
    elif sys.stdout.isatty():
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            transient=True,
        ) as bar:
            yield (
                (lambda line: bar.console.print(line, markup=False, highlight=False)),
                lambda steps: _counting(bar.add_task("starting", total=steps), bar.update),
            )
    else:
        yield click.echo, lambda _: run_directly


def _counting(task: object, update: Callable[..., None]) -> StepRunner:
    def run(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        what = args[1] if step is collect else step.__name__
        update(task, description=f"{step.__name__} {what}" if step is collect else str(what))
        try:
            return step(*args, **kwargs)
        finally:
            update(task, advance=1)

    return run
