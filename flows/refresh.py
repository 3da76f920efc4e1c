"""The Prefect flows: the same refresh as ``kmi run``, with each step as a task.

They also send the server events about changes (``flows.events``) and tables of the results (``flows.artifacts``).
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, flow, get_run_logger, task
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import FailedRun
from prefect.states import Completed, Failed
from prefect.utilities.annotations import quote

from flows.engines.choice import VARIABLE, engine_at
from flows.events import inform
from flows.fleet.members import open_member
from flows.metrics import VARIABLE as METRICS_VARIABLE
from flows.metrics import metrics_path, refresh_and_measure
from flows.options import warehouse_address
from flows.output import count_noun
from flows.steps.assess import assess
from flows.steps.collect import collect
from flows.steps.context import Context, Log, open_context
from flows.steps.notify import notify
from flows.steps.publish import publish
from flows.steps.refresh import RefreshRequest, RefreshResult, backfill_window
from plan.load_fleet import load_fleet
from plan.secret_resolver import resolver
from warehouse.errors import ConfigError, KmiError, RetryableError

P = ParamSpec("P")
T = TypeVar("T")

COLLECT_RETRIES = 3
WAIT_S = 60
WAIT_AT_MOST_S = 900


def should_retry(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether to retry a failed pull: only after a temporary fault.

    Sleeps for the time beyond ``WAIT_S`` that the provider asked for; does not retry if that exceeds
    ``WAIT_AT_MOST_S``.
    """
    error = state.data
    if not isinstance(error, RetryableError):
        return False
    wait_s = error.retry_after_s or 0
    if wait_s > WAIT_AT_MOST_S:
        return False
    time.sleep(max(0.0, wait_s - WAIT_S))
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
    notify: task(name="notify", task_run_name="notify", cache_policy=NO_CACHE, persist_result=False)(inform),
}


def as_task(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a step as a task of the current flow.

    ``quote`` keeps Prefect from searching the arguments for futures.
    """
    return cast("T", TASKS[step](*map(quote, args), **kwargs))


@flow(name="refresh")
def refresh(
    plan: str | None = None,
    warehouse: str | None = None,
    sources: list[str] | None = None,
    engine: str | None = None,
    fleet: str | None = None,
    member: str | None = None,
) -> State[Any]:
    """Collect what is due, judge every indicator and publish.

    ``plan``, ``warehouse`` and ``engine`` default to KMI_PLAN, KMI_WAREHOUSE and KMI_ENGINE of the worker; a ``member``
    of a ``fleet`` file has its own plan and warehouse there.
    """
    request = RefreshRequest(tuple(sources or ()))
    opening = partial(_open_plan, plan, warehouse) if member is None else partial(_open_member, fleet, member)
    return _run_with(opening, engine, request, member)


@flow(name="backfill")
def backfill(
    first_day: date,
    last_day: date,
    plan: str | None = None,
    warehouse: str | None = None,
    sources: list[str] | None = None,
    engine: str | None = None,
) -> State[Any]:
    """Collect the days again (local to each source, both included), judge and publish."""
    try:
        window = backfill_window(first_day, last_day)
    except ConfigError as error:
        return _failed(error)
    return _run_with(partial(_open_plan, plan, warehouse), engine, RefreshRequest(tuple(sources or ()), window))


def _run_with(
    open_run: Callable[[Log], Context], engine: str | None, request: RefreshRequest, member: str | None = None
) -> State[Any]:
    """Returns the final state of the run: failed if a source failed, with the others published."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_hide_known_tracebacks)
    logger = cast("logging.Logger", get_run_logger())
    try:
        chosen = engine_at(engine or os.environ.get(VARIABLE))
        measured = metrics_path(os.environ.get(METRICS_VARIABLE), member)
        context = replace(open_run(logger.info), engine=chosen)
        result = refresh_and_measure(context, request, as_task, path=measured)
    except KmiError as error:
        return _failed(error)
    return _final_state(result)


def _open_plan(plan: str | None, warehouse: str | None, log: Log) -> Context:
    path = Path(absolute_path(plan or os.environ.get("KMI_PLAN"), "plan", "KMI_PLAN"))
    address = warehouse or os.environ.get("KMI_WAREHOUSE")
    root = absolute_path(address, "warehouse", "KMI_WAREHOUSE") if address else warehouse_address(path, None)
    return open_context(path, root, resolve=resolver(os.environ, secret_block), log=log)


def _open_member(fleet: str | None, member: str, log: Log) -> Context:
    path = absolute_path(fleet or os.environ.get("KMI_FLEET"), "fleet", "KMI_FLEET")
    return open_member(load_fleet(Path(path)), member, log, resolver(os.environ, secret_block))


def absolute_path(given: str | None, parameter: str, variable: str) -> str:
    """Check that a path is absolute or an address: each run has a folder of its own."""
    if not given:
        raise ConfigError(
            f"the {parameter} is not set",
            do=f"set {variable} in the worker's environment, or give the parameter '{parameter}'",
        )
    if "://" not in given and not Path(given).is_absolute():
        raise ConfigError(
            f"'{given}' is a relative path, and each run has a temporary folder of its own",
            where=parameter,
            do=f"write the absolute path, in {variable} or the parameter",
        )
    return given


def _final_state(result: RefreshResult) -> State[Any]:
    failures = result.notified.failed.items()
    not_notified = "".join(f"; not notified: {recipient}: {reason}" for recipient, reason in failures)
    if result.failed:
        sources = count_noun(len(result.failed), "source")
        reasons = "; ".join(why if why.startswith(name) else f"{name}: {why}" for name, why in result.failed.items())
        return Failed(message=f"{sources} failed, the others are published: {reasons}{not_notified}")
    pulls = count_noun(len(result.collected), "pull")
    paused = f"; waiting for the provider's limit: {', '.join(result.paused)}" if result.paused else ""
    published = ", ".join(result.published) or "nothing changed"
    return Completed(message=f"{pulls} committed{paused}; published: {published}{not_notified}")


def _failed(error: KmiError) -> State[Any]:
    return Failed(message=str(error))


def secret_block(name: str) -> str:
    """The text of a Prefect Secret block.

    Raises ``ConfigError`` if there is no such block or it holds no text.
    """
    where = f"${{prefect:{name}}}"
    try:  # not ``get()``, which would turn a secret such as 1e5 into a number
        value = cast("Secret[Any]", Secret.load(name)).value.get_secret_value()
    except ValueError as error:
        raise ConfigError(
            "the Prefect server has no such Secret block", where=where, do=f"create a Secret block '{name}' there"
        ) from error
    if not isinstance(value, str):
        raise ConfigError("the Secret block does not hold text", where=where, do="save the secret in it as plain text")
    return value


def _hide_known_tracebacks(record: logging.LogRecord) -> bool:
    """A log filter: no tracebacks of our own errors, no record of a failed run."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, KmiError):
        record.exc_info = None
    return not isinstance(error, FailedRun)
