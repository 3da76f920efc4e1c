"""``kmi health``: did a run finish lately, and is the Prefect server well, if there is one."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from warehouse.errors import ConfigError, KmiError, RetryableError
from warehouse.last_run import last_finish
from warehouse.root import open_root

if TYPE_CHECKING:
    from flows.steps.context import Context
    from flows.steps.notify import NotifyResult

DURATION = re.compile(r"([1-9]\d{0,3})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Whether a run finished within a time before ``now`` (UTC).

    ``environment`` may name a Prefect server, which is then checked too.
    """

    address: str
    now: datetime
    within: timedelta
    environment: Mapping[str, str]


def health_check(address: str, now: datetime | None, within: str) -> HealthCheck:
    """The check of this environment, at ``now`` (naive UTC) or at present. Raises ``ConfigError``."""
    return HealthCheck(
        address, now.replace(tzinfo=UTC) if now else datetime.now(UTC), parse_duration(within), os.environ
    )


def parse_duration(text: str) -> timedelta:
    """``26h``, ``90m`` or ``2d``. Raises ``ConfigError``."""
    match = DURATION.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"'{text}' is not a duration", where="--within", do="write 26h, 90m or 2d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def check_health(check: HealthCheck, open_context: Callable[[], "Context"], *, as_json: bool) -> int:
    """Print one line if all is well, otherwise each trouble on stderr; returns the exit code.

    If no run finished in time, the recipients of the plan's routes are notified, once.
    """
    finished = last_finish(open_root(check.address))
    overdue = finished is None or check.now - finished > check.within
    troubles = [*([_overdue(check, finished)] if overdue else []), *_server_troubles(check)]
    notified, error = _notify(open_context, check, finished) if overdue else (None, "")
    troubles += [error] if error else []
    if as_json:
        from flows.output import show_json

        sent, failed = (notified.sent, notified.failed) if notified else ({}, {})
        notices = {"told": sent, "not_told": failed}
        show_json({"healthy": not troubles, "last_finish": finished, "troubles": troubles, **notices})
    elif troubles:
        for line in troubles:
            click.echo(line, err=True)
    else:
        click.echo(f"A run finished on {finished:%Y-%m-%d %H:%M} UTC, {_age(check.now, finished)}.")
    return 1 if troubles else 0


def _overdue(check: HealthCheck, finished: datetime | None) -> str:
    last = f"the last run finished on {finished:%Y-%m-%d %H:%M} UTC, {_age(check.now, finished)}" if finished else ""
    what = last or "no run has finished yet"
    return f"{check.address}: {what}: run 'kmi run' by hand, and look at the log of cron or Prefect"


def _age(now: datetime, finished: datetime | None) -> str:
    """How long ago, in days, hours or minutes: the largest unit with a count of at least two."""
    minutes = 0 if finished is None else max(0, int((now - finished).total_seconds() // 60))
    for length, unit in ((24 * 60, "days"), (60, "hours")):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit} ago"
    return f"{minutes} minute{'' if minutes == 1 else 's'} ago"


def _server_troubles(check: HealthCheck) -> list[str]:
    """The troubles of the Prefect server in the environment; none without a server."""
    api = check.environment.get("PREFECT_API_URL")
    if not api:
        return []
    from flows.commands.server_health import Server, server_troubles

    return server_troubles(Server(api, check.environment.get("PREFECT_API_AUTH_STRING")), check.now, check.within)


def _notify(
    open_context: Callable[[], "Context"], check: HealthCheck, finished: datetime | None
) -> "tuple[NotifyResult | None, str]":
    """Notify the recipients of the plan's routes; returns the result, and the errors as one line.

    The next run sends the end. A plan with a fault has no routes, which is an error too.
    """
    from flows.steps.notify import notify_of
    from plan.load import organisation_zone
    from reports.notice_rows import PublishedRows
    from transforms.alerts.notice_kinds import run_candidate

    try:
        context = open_context()
        due = finished and (finished + check.within).astimezone(organisation_zone(context.loaded.plan))
        with _lock_if_free(context):
            fact = run_candidate(due, context.today, overdue=True)
            notified = notify_of(context, [fact], PublishedRows({}, {}, {}, {}, finished))
    except KmiError as error:
        return None, f"NOT NOTIFIED: everyone: {error}"
    return notified, "; ".join(f"NOT NOTIFIED: {recipient}: {why}" for recipient, why in notified.failed.items())


@contextmanager
def _lock_if_free(context: "Context") -> Iterator[None]:
    """Hold the warehouse's lock, so that two checks send one message; without waiting, as a run may hang."""
    from warehouse.lock import hold_lock

    with ExitStack() as stack:
        with suppress(RetryableError):
            stack.enter_context(hold_lock(context.root, wait_s=0, log=lambda _: None))
        yield
