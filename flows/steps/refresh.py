"""The order of things, once: collect each source, assess, publish, notify. ``run`` says how a step is run."""

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from flows.steps.assess import assess
from flows.steps.collect import PullResult, collect, new_pull, windows_to_pull
from flows.steps.context import Context
from flows.steps.notify import NotifyResult, notify
from flows.steps.publish import publish
from warehouse.errors import ConfigError, KmiError, PullRefusedError
from warehouse.last_run import record_finish
from warehouse.lock import hold_lock
from warehouse.pulls import record_failure, record_pause, recover_record
from warehouse.root import LocalRoot
from warehouse.schema import (
    BREAKS,
    CHANGES,
    EVALUATIONS,
    NOTICES,
    OBSERVATIONS,
    PULLS,
    REFUSED,
    VERDICT_LEDGER,
    Window,
    merged,
)

P = ParamSpec("P")
T = TypeVar("T")
LOG = logging.getLogger("kmi")
PARALLEL_SOURCES = 8
"""Sources that are asked at the same time."""


class StepRunner(Protocol):
    """Runs a step: directly, or as a task of an orchestrator."""

    def __call__(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


def run_directly(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return step(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What a run is asked for: some sources or all, a window or what is due, and how long to wait for another run."""

    sources: tuple[str, ...] = ()
    window: Window | None = None
    wait_s: float = 600.0


def backfill_window(first: date | None, last: date | None) -> Window | None:
    """The days from ``first`` to ``last``, both included; None for neither. Raises ``ConfigError`` for one alone or out of order."""
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise ConfigError("a backfill has a first and a last day", do="give both")
    if last < first:
        raise ConfigError(f"the first day {first} is after the last day {last}", do="give them in order")
    return Window(first, last + timedelta(days=1))


@dataclass
class RefreshResult:
    """What came of a run: each pull, each source that stopped before its provider's limit or failed and why, the files that were
    written, and who was told."""

    collected: list[PullResult] = field(default_factory=list)
    paused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    notified: NotifyResult = field(default_factory=NotifyResult)


def refresh(context: Context, asked: RefreshRequest, run: StepRunner = run_directly) -> RefreshResult:
    """Bring the warehouse up to date. One failed source never stops the others; see ``Refreshed.failed``.

    The sources are asked at the same time, the windows of each one after the other. Raises ``ConfigError`` for an unknown
    source or days still to come, and ``RetryableError`` where another run holds the warehouse.
    """
    names = _names(context, asked.sources)
    ledgers = (OBSERVATIONS, CHANGES, PULLS, REFUSED, BREAKS, VERDICT_LEDGER, EVALUATIONS, NOTICES)
    with hold_warehouse(context, asked.wait_s):
        before = {table: context.tables.version(table) for table in ledgers}
        due = [(name, windows_to_pull(context, name, asked.window)) for name in names]
        with ThreadPoolExecutor(min(PARALLEL_SOURCES, len(due)), thread_name_prefix="kmi") as pool:
            jobs = [pool.submit(copy_context().run, _collect_all, context, name, parts, run) for name, parts in due]
        done = _together([job.result() for job in jobs])
        done.published = run(publish, context, run(assess, context))
        done.notified = _notified(context, run)
        for table, version in before.items():
            context.tables.tidy(table, version)
        record_finish(context.root, context.clock())
    return done


def _notified(context: Context, run: StepRunner) -> NotifyResult:
    """Who was told. What is published stands, also where the ledger of notices cannot be reached."""
    try:
        return run(notify, context)
    except KmiError as error:
        context.log(f"NOT TOLD: nobody: {error}")
        return NotifyResult(failed={"everyone": str(error)})


def _together(each: Sequence[RefreshResult]) -> RefreshResult:
    """What came of each source as one, in the order of the plan."""
    done = RefreshResult()
    for one in each:
        done.collected += one.collected
        done.paused |= one.paused
        done.failed |= one.failed
    return done


def _names(context: Context, asked: Sequence[str]) -> tuple[str, ...]:
    known = tuple(context.loaded.sources)
    for name in asked:
        if name not in known:
            raise ConfigError(f"the plan has no source '{name}'", do=f"its sources: {', '.join(known)}")
    return tuple(asked) or known


@contextmanager
def hold_warehouse(context: Context, wait_s: float) -> Iterator[None]:
    """Hold the warehouse, with what a killed run left finished first: half-written files, a pull committed and not yet recorded."""
    with hold_lock(context.root, wait_s=wait_s, log=context.log):
        if isinstance(context.root, LocalRoot):
            context.root.sweep()
        healed = recover_record(context.tables)
        if healed:
            context.log(f"an earlier run was stopped after its commit; recorded its pull {healed}")
        yield


def _collect_all(context: Context, name: str, due: Sequence[Window], run: StepRunner) -> RefreshResult:
    """Pull the windows of one source in order, up to the first that fails or pauses."""
    done = RefreshResult()
    for window in due:
        try:
            collected = run(collect, context, name, window)
        except PullRefusedError as error:
            return _failed(context, name, None, str(error), done)
        except KmiError as error:
            return _failed(context, name, window, str(error), done)
        except Exception as error:  # a fault of ours in one source must not stop the others; the run fails at its end
            LOG.debug("unexpected fault in %s", name, exc_info=True)
            at = traceback.extract_tb(error.__traceback__)[-1]  # its own words might hold a secret
            why = f"unexpected fault in kmi ({type(error).__name__} in {at.name}, line {at.lineno} of {Path(at.filename).name})"
            return _failed(context, name, window, f"{why}: report it, with what 'kmi --debug run' says", done)
        with context.table_lock:
            context.log(str(collected))
            for note in collected.notes:
                context.log(f"{name}: {note}")
            if collected.paused:
                return _paused(context, name, due[due.index(window) :], collected.paused, done)
        done.collected.append(collected)
    return done


def _paused(context: Context, name: str, left: Sequence[Window], why: str, done: RefreshResult) -> RefreshResult:
    """Put the days that are left on the ledger: the next run goes on with them."""
    done.paused[name] = why
    for window in merged(list(left)):
        record_pause(context.tables, new_pull(context, name, window), why, context.clock())
    return done


def _failed(context: Context, name: str, window: Window | None, why: str, done: RefreshResult) -> RefreshResult:
    """Say it, and put it on the ledger (no window: it is there); later windows of the source wait for the next run."""
    done.failed[name] = why
    with context.table_lock:
        context.log(f"{name}: FAILED: {why}")
        if window:
            record_failure(context.tables, new_pull(context, name, window), why, context.clock())
    return done
