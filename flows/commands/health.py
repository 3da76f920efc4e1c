"""``kmi health``: has a run finished lately, whatever ran it; and where a Prefect server is configured, is it well."""

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
    """Did a run finish ``within`` a time before ``now`` (UTC)? ``environment`` may name a Prefect server to ask too."""

    address: str
    now: datetime
    within: timedelta
    environment: Mapping[str, str]


def health_check(address: str, now: datetime | None, within: str) -> HealthCheck:
    """The check of this environment, at ``now`` (UTC without a zone) or at present. Raises ``ConfigError``."""
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
    """Print one line if all is well, else one line for each trouble on stderr; the exit code.

    Where no run finished in time, people are notified by the routes of the plan, once.
    """
    finished = last_finish(open_root(check.address))
    overdue = finished is None or check.now - finished > check.within
    troubles = [*([_overdue(check, finished)] if overdue else []), *_of_server(check)]
    notified, untold = _notify(open_context, check, finished) if overdue else (None, "")
    troubles += [untold] if untold else []
    if as_json:
        from flows.output import show_json

        told = {"told": notified.sent, "not_told": notified.failed} if notified else {"told": {}, "not_told": {}}
        show_json({"healthy": not troubles, "last_finish": finished, "troubles": troubles, **told})
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
    """How long ago, in the greatest unit of which there are two."""
    minutes = 0 if finished is None else max(0, int((now - finished).total_seconds() // 60))
    for length, unit in ((24 * 60, "days"), (60, "hours")):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit} ago"
    return f"{minutes} minute{'' if minutes == 1 else 's'} ago"


def _of_server(check: HealthCheck) -> list[str]:
    """The troubles of the Prefect server that the environment names; none where it names none."""
    api = check.environment.get("PREFECT_API_URL")
    if not api:
        return []
    from flows.commands.server_health import Server, server_troubles

    return server_troubles(Server(api, check.environment.get("PREFECT_API_AUTH_STRING")), check.now, check.within)


def _notify(
    open_context: Callable[[], "Context"], check: HealthCheck, finished: datetime | None
) -> "tuple[NotifyResult | None, str]":
    """Whom the routes of the plan reached now, and why not where that failed: a plan with a fault has no routes.

    The notify step of the next run tells that it is over."""
    from flows.steps.notify import notify_of
    from plan.load import organisation_zone
    from reports.notice_words import PublishedRows
    from transforms.alerts.notice_kinds import run_candidate

    try:
        context = open_context()
        due = finished and (finished + check.within).astimezone(organisation_zone(context.loaded.plan))
        with _alone(context):
            fact = run_candidate(due, context.today, overdue=True)
            notified = notify_of(context, [fact], PublishedRows({}, {}, {}, {}, finished))
    except KmiError as error:
        return None, f"NOT NOTIFIED: everyone: {error}"
    return notified, "; ".join(f"NOT NOTIFIED: {recipient}: {why}" for recipient, why in notified.failed.items())


@contextmanager
def _alone(context: "Context") -> Iterator[None]:
    """Hold the warehouse, so that two checks at once send one message; but never wait for a run that may hang."""
    from warehouse.lock import hold_lock

    with ExitStack() as stack:
        with suppress(RetryableError):
            stack.enter_context(hold_lock(context.root, wait_s=0, log=lambda _: None))
        yield
