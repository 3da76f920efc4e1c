"""``kmi run``: a progress bar on a terminal, plain lines elsewhere, JSON on request."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import ParamSpec, TypeVar

import click

from flows.commands.status import show_verdicts
from flows.json_log import JsonLog
from flows.metrics import metrics_path, refresh_and_measure
from flows.output import count_noun, goes_to_a_log, show_json
from flows.steps.collect import collect
from flows.steps.context import Context, Log
from flows.steps.refresh import RefreshRequest, RefreshResult, StepRunner, run_directly
from warehouse.errors import ConfigError, KmiError
from warehouse.system_errors import error_from_os

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunOutput:
    """What a run prints, as tables, as one JSON document or as a line of JSON for each event, and its metrics file."""

    as_json: bool = False
    json_log: bool = False
    metrics: str | None = None


def run_and_report(open_context: Callable[[Log], Context], request: RefreshRequest, output: RunOutput) -> bool:
    """Refresh, print the result and the verdicts; returns whether any source failed."""
    if output.json_log:
        return _run_in_json(open_context, request, output)
    path = metrics_path(output.metrics)
    with show_progress(quiet=output.as_json) as (log, runner):
        context = open_context(log)
        steps = runner(len(request.sources or context.loaded.sources) + 3)
        result = refresh_and_measure(context, request, steps, path=path)
    if output.as_json:
        show_json(_document(context, result))
    else:
        _print_result(context, result)
    return bool(result.failed)


def _run_in_json(open_context: Callable[[Log], Context], request: RefreshRequest, output: RunOutput) -> bool:
    """Every line is an object, on stdout or beside the document of ``--json`` on stderr; an error is one too."""
    log, started = JsonLog(lambda line: click.echo(line, err=output.as_json)), time.monotonic()
    try:
        path, context = metrics_path(output.metrics), open_context(log)
        log.sources = tuple(context.loaded.sources)
        result = refresh_and_measure(context, request, log.step, path=path)
    except (KmiError, OSError) as error:
        if isinstance(error, OSError):
            error = error_from_os(error, str(error.filename or ""))
        log.ended_by(error)
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    log.finished(result, time.monotonic() - started)
    if output.as_json:
        show_json(_document(context, result))
    return bool(result.failed)


def _document(context: Context, result: RefreshResult) -> dict[str, object]:
    collected = [
        {"source": c.source, "window": str(c.window), **asdict(c.outcome), "refused": c.refused, "notes": c.notes}
        for c in result.collected
    ]
    return {
        "warehouse": context.root.address,
        "collected": collected,
        "paused": result.paused,
        "failed": result.failed,
        "published": result.published,
        "told": result.notified.sent,
        "not_told": result.notified.failed,
        "raw_deleted": result.raw_deleted,
    }


def _print_result(context: Context, result: RefreshResult) -> None:
    click.echo()
    show_verdicts(context.root.address, as_json=False, wrapped=not goes_to_a_log())
    click.echo()
    click.echo(f"Published in {context.root.uri('published')}: {', '.join(result.published) or 'nothing changed'}")
    for recipient, facts in result.notified.sent.items():
        click.echo(f"Notified {recipient}: {count_noun(facts, 'fact')}")
    for recipient, reason in result.notified.failed.items():
        click.echo(f"NOT NOTIFIED: {recipient}: {reason}; the next run tries again", err=True)
    if result.paused:
        sources = count_noun(len(result.paused), "source")
        click.echo(f"\n{sources} stopped before the provider's limit; the next run goes on: {', '.join(result.paused)}")
    if result.failed:
        failed = f"{len(result.failed)} of {len(context.loaded.sources)} sources failed"
        click.echo()
        click.echo(f"{failed}; the others are up to date:", err=True)
        for name, reason in result.failed.items():
            click.echo(f"  {name}: {reason}", err=True)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[tuple[Log, Callable[[int], StepRunner]]]:
    """Yields how to print a progress line, and how to make a runner for a number of steps."""
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
                lambda steps: _counting_runner(bar.add_task("starting", total=steps), bar.update),
            )
    else:
        yield click.echo, lambda _: run_directly


def _counting_runner(task: object, update: Callable[..., None]) -> StepRunner:
    def run(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        description = f"{step.__name__} {args[1]}" if step is collect else step.__name__
        update(task, description=description)
        try:
            return step(*args, **kwargs)
        finally:
            update(task, advance=1)

    return run
