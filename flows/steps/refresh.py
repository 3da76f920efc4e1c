"""The order of a run: collect each source, assess, publish, notify.

``run`` decides how each step is executed.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ParamSpec, Protocol, TypeVar

from flows.steps.assess import assess
from flows.steps.collect import PullResult, collect, new_pull
from flows.steps.context import Context
from flows.steps.notify import NotifyResult, notify
from flows.steps.publish import publish
from flows.steps.pull_windows import windows_to_pull
from flows.steps.redaction import error_without_secrets, fault_text
from flows.steps.retention import tidy_raw
from flows.steps.warehouse_lock import check_clock, hold_warehouse, restore_lost_days
from sources.web.deadline import Deadline
from warehouse.errors import ConfigError, KmiError, PullRefusedError
from warehouse.last_run import record_finish
from warehouse.published_tables import PublishedTables
from warehouse.pulls import record_failure, record_pause
from warehouse.schema import LEDGERS, Window, merged

P = ParamSpec("P")
T = TypeVar("T")
LOG = logging.getLogger("kmi")
PARALLEL_SOURCES = 8
"""Sources that are collected at the same time."""


class StepRunner(Protocol):
    """Runs a step: directly, or as a task of an orchestrator."""

    def __call__(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


def run_directly(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return step(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What to collect (default: all that is due), and how long to wait for another run."""

    sources: tuple[str, ...] = ()
    window: Window | None = None
    wait_s: float = 600.0


def backfill_window(first: date | None, last: date | None) -> Window | None:
    """The days from ``first`` to ``last``, both included, or None without either.

    Raises ``ConfigError`` for only one of them, or if they are in the wrong order.
    """
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise ConfigError("a backfill needs a first and a last day", do="give both")
    if last < first:
        raise ConfigError(f"the first day {first} is after the last day {last}", do="give them in order")
    return Window(first, last + timedelta(days=1))


@dataclass
class RefreshResult:
    """The results of a run; paused and failed sources with their reasons; raw files deleted by ``retention``."""

    collected: list[PullResult] = field(default_factory=list)
    paused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    notified: NotifyResult = field(default_factory=NotifyResult)
    raw_deleted: dict[str, int] = field(default_factory=dict)


def refresh(context: Context, request: RefreshRequest, run: StepRunner = run_directly) -> RefreshResult:
    """Bring the warehouse up to date.

    One failed source never stops the others; see ``RefreshResult.failed``.
    Sources are collected in parallel, the windows of one source in order. Raises ``ConfigError`` for an unknown source
    or a window in the future, ``RetryableError`` if another run holds the warehouse, and ``RefusedError`` if this
    machine's clock is wrong by the ledgers or by the providers.
    """
    names = _source_names(context, request.sources)
    with hold_warehouse(context, request.wait_s):
        check_clock(context)
        restore_lost_days(context)
        before = {table: context.tables.version(table) for table in LEDGERS}
        due = [(name, windows_to_pull(context, name, request.window)) for name in names]
        with ThreadPoolExecutor(min(PARALLEL_SOURCES, max(1, len(due))), thread_name_prefix="kmi") as pool:
            jobs = [pool.submit(copy_context().run, _collect_all, context, name, parts, run) for name, parts in due]
        result = _merge([job.result() for job in jobs])
        if context.witness is not None:
            context.witness.check()
        publication = run(publish, context, run(assess, context))
        context.kept.delete_unused()
        result.published = publication.changed
        result.notified = _notify(context, publication.tables, run)
        for table, version in before.items():
            context.tables.tidy(table, version)
        result.raw_deleted = tidy_raw(context)
        record_finish(context.root, context.clock())
    return result


def _notify(context: Context, tables: PublishedTables, run: StepRunner) -> NotifyResult:
    """Send the notices. The run goes on even if the ledger of notices cannot be reached."""
    try:
        return run(notify, context, tables)
    except KmiError as error:
        context.log(f"NOT NOTIFIED: everyone: {error}")
        return NotifyResult(failed={"everyone": str(error)})


def _merge(results: Sequence[RefreshResult]) -> RefreshResult:
    """The results of all sources as one, in the order of the plan."""
    merged_result = RefreshResult()
    for result in results:
        merged_result.collected += result.collected
        merged_result.paused |= result.paused
        merged_result.failed |= result.failed
    return merged_result


def _source_names(context: Context, requested: Sequence[str]) -> tuple[str, ...]:
    known = tuple(context.loaded.sources)
    for name in requested:
        if name not in known:
            raise ConfigError(f"the plan has no source '{name}'", do=f"its sources: {', '.join(known)}")
    plan = context.loaded.plan
    for name in known if not requested else ():
        if not plan.sources[name].ready:
            context.log(f"{name}: not set up yet, so it is passed over; 'kmi check' lists what to fill in")
    return tuple(requested) or tuple(name for name in known if plan.sources[name].ready)


def _collect_all(context: Context, name: str, due: Sequence[Window], run: StepRunner) -> RefreshResult:
    """Pull the windows of one source in order, up to the first that fails or pauses."""
    result, minutes = RefreshResult(), context.loaded.plan.sources[name].deadline_minutes
    context = replace(context, deadline=Deadline(60 * minutes, time.monotonic))
    for window in due:
        try:
            pull = run(collect, context, name, window)
        except PullRefusedError as error:  # it is on the ledger already
            result.failed[name] = str(error)
            _log_failure(context, name, None, str(error))
            return result
        except Exception as error:  # a bug in one source must not stop the others; the run fails at its end
            if not isinstance(error, (KmiError, OSError)):
                LOG.debug(
                    "unexpected fault in %s", name, exc_info=error_without_secrets(error, context.redactor.redact_text)
                )
            reason = fault_text(error, name)
            result.failed[name] = reason
            _log_failure(context, name, window, reason)
            return result
        with context.table_lock:
            context.log(str(pull))
            for note in pull.notes:
                context.log(f"{name}: {note}")
            if pull.paused:
                result.paused[name] = pull.paused
                _record_pauses(context, name, due[due.index(window) :], pull.paused)
                return result
        result.collected.append(pull)
    return result


def _record_pauses(context: Context, name: str, remaining: Sequence[Window], reason: str) -> None:
    """Record the remaining days on the ledger, for the next run to go on with."""
    for window in merged(list(remaining)):
        record_pause(context.tables, new_pull(context, name, window), reason, context.clock())


def _log_failure(context: Context, name: str, window: Window | None, reason: str) -> None:
    """Log the failure and record it on the ledger; without a window it is there already."""
    with context.table_lock:
        context.log(f"{name}: FAILED: {reason}")
        if window:
            record_failure(context.tables, new_pull(context, name, window), reason, context.clock())
