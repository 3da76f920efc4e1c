"""The Prefect flows: the same refresh as ``kmi run``, each step a task with its own retries and its own line in the log.

The server hears more than that: events of what changed, and tables of how things stand (``flows.events``, ``flows.artifacts``)."""

import logging
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, flow, get_run_logger, task
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import FailedRun
from prefect.states import Completed, Failed
from prefect.utilities.annotations import quote

from flows.artifacts import write_artifacts
from flows.cli import warehouse_address
from flows.events import notify_and_emit
from flows.output import count_noun
from flows.steps.assess import assess
from flows.steps.collect import collect
from flows.steps.context import open_context
from flows.steps.notify import notify
from flows.steps.publish import publish
from flows.steps.refresh import RefreshRequest, RefreshResult, backfill_window
from flows.steps.refresh import refresh as refresh_warehouse
from plan.secret_resolver import resolver
from warehouse.errors import ConfigError, KmiError, RetryableError

P = ParamSpec("P")
T = TypeVar("T")

COLLECT_RETRIES = 3
WAIT_S = 60
WAIT_AT_MOST_S = 900


def should_retry(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed pull is worth another try: only where the fault is expected to pass. Waits longer than ``WAIT_S`` where the other side asked for it."""
    error = state.data
    if not isinstance(error, RetryableError) or (error.retry_after_s or 0) > WAIT_AT_MOST_S:
        return False
    time.sleep(max(0.0, (error.retry_after_s or 0) - WAIT_S))
    return True


TASKS: dict[Callable[..., Any], Task[..., Any]] = {
    collect: task(
        name="collect",
        task_run_name="collect {name} {window}",
        retries=COLLECT_RETRIES,
        retry_delay_seconds=WAIT_S,
        retry_condition_fn=should_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(collect),
    assess: task(name="assess", task_run_name="assess", cache_policy=NO_CACHE, persist_result=False)(assess),
    publish: task(name="publish", task_run_name="publish", cache_policy=NO_CACHE, persist_result=False)(publish),
    notify: task(name="notify", task_run_name="notify", cache_policy=NO_CACHE, persist_result=False)(notify_and_emit),
}


def as_task(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a step as a task of the flow that runs. Prefect is kept from searching the arguments, plan and frames, for its own objects."""
    return cast("T", TASKS[step](*map(quote, args), **kwargs))


@flow(name="refresh")
def refresh(plan: str | None = None, warehouse: str | None = None, sources: list[str] | None = None) -> State[Any]:
    """Collect what is due, judge every indicator and publish. Without ``plan`` and ``warehouse``: KMI_PLAN and KMI_WAREHOUSE of the worker."""
    return _run_refresh(plan, warehouse, RefreshRequest(tuple(sources or ())))


@flow(name="backfill")
def backfill(
    first_day: date,
    last_day: date,
    plan: str | None = None,
    warehouse: str | None = None,
    sources: list[str] | None = None,
) -> State[Any]:
    """Collect ``first_day`` to ``last_day`` (local days of each source, both included) again, judge every indicator and publish."""
    try:
        window = backfill_window(first_day, last_day)
    except ConfigError as error:
        return _failed(error)
    return _run_refresh(plan, warehouse, RefreshRequest(tuple(sources or ()), window))


def _run_refresh(plan: str | None, warehouse: str | None, asked: RefreshRequest) -> State[Any]:
    """The state in which the run ends. A failed source fails it; what the others brought is published all the same."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_readable)
    logger = cast("logging.Logger", get_run_logger())
    try:
        path = Path(_absolute(plan or os.environ.get("KMI_PLAN"), "plan", "KMI_PLAN"))
        address = warehouse or os.environ.get("KMI_WAREHOUSE")
        root = _absolute(address, "warehouse", "KMI_WAREHOUSE") if address else warehouse_address(path, None)
        context = open_context(path, root, resolve=resolver(os.environ, secret_block), log=logger.info)
        done = refresh_warehouse(context, asked, as_task)
        write_artifacts(context)
    except KmiError as error:
        return _failed(error)
    return _final_state(done)


def _absolute(given: str | None, parameter: str, variable: str) -> str:
    """A path that means the same wherever the worker stands: each run has a temporary folder of its own."""
    if not given:
        raise ConfigError(
            f"the flow is not told of a {parameter}",
            do=f"set {variable} in the worker's environment, or give the parameter '{parameter}'",
        )
    if "://" not in given and not Path(given).is_absolute():
        raise ConfigError(
            f"a run has a temporary folder, where '{given}' is not",
            where=parameter,
            do=f"write the whole path, in {variable} or the parameter",
        )
    return given


def _final_state(done: RefreshResult) -> State[Any]:
    untold = "".join(f"; not told: {recipient}: {why}" for recipient, why in done.notified.failed.items())
    if done.failed:
        reasons = "; ".join(why if why.startswith(name) else f"{name}: {why}" for name, why in done.failed.items())
        return Failed(
            message=f"{count_noun(len(done.failed), 'source')} failed, the others are published: {reasons}{untold}"
        )
    paused = f"; waiting for the provider's limit: {', '.join(done.paused)}" if done.paused else ""
    return Completed(
        message=f"{count_noun(len(done.collected), 'pull')} committed{paused}; published: {', '.join(done.published) or 'nothing changed'}{untold}"
    )


def _failed(error: KmiError) -> State[Any]:
    return Failed(message=str(error))


def secret_block(name: str) -> str:
    """The text of a Prefect Secret block. Raises ``ConfigError`` where there is none. ``get`` would turn a secret such as 1e5 into a number."""
    where = f"${{prefect:{name}}}"
    try:
        value = cast("Secret[Any]", Secret.load(name)).value.get_secret_value()
    except ValueError as error:
        raise ConfigError(
            "the Prefect server has no such Secret block", where=where, do=f"make a Secret block '{name}' there"
        ) from error
    if not isinstance(value, str):
        raise ConfigError(
            "the Secret block does not hold a text", where=where, do="save the secret in it as plain text"
        )
    return value


def _readable(record: logging.LogRecord) -> bool:
    """Keeps a traceback out of the log where it says nothing more: an error of ours names what to do, a failed run has said its state."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, KmiError):
        record.exc_info = None
    return not isinstance(error, FailedRun)
