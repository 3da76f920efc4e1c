"""A member of a fleet as the steps need it, and its run: an ordinary refresh of its own warehouse."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType

from flows.engines.choice import VARIABLE, engine_at
from flows.metrics import metrics_path, refresh_and_measure
from flows.output import count_noun
from flows.steps.context import Context, Log, fixed_clock, open_context
from flows.steps.redaction import fault_text
from flows.steps.refresh import RefreshRequest, RefreshResult
from plan.load_fleet import LoadedFleet
from plan.secret_resolver import resolver
from sources.secrets import SecretResolver


@dataclass(frozen=True, slots=True)
class MemberRun:
    """What to run; it is handed to another process, so that the fleet file is read once.

    ``now``: the present, to replay a day. ``metrics``: the path that ``metrics_path`` gives the member's name.
    """

    fleet: LoadedFleet
    member: str
    wait_s: float = 600.0
    now: datetime | None = None
    metrics: str | None = None


@dataclass(frozen=True, slots=True)
class MemberResult:
    """How the run of a member ended. ``fault``: why it could not run; ``failed``: sources with their reasons."""

    member: str
    fault: str = ""
    pulls: int = 0
    published: tuple[str, ...] = ()
    paused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    not_notified: dict[str, str] = field(default_factory=dict)
    cpu_s: float = 0.0
    lines: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.fault and not self.failed

    def __str__(self) -> str:
        if self.fault:
            return f"{self.member}: FAILED: {self.fault}"
        parts = [count_noun(self.pulls, "pull"), f"{count_noun(len(self.published), 'file')} published"]
        parts += [f"{name} paused: {why}" for name, why in self.paused.items()]
        parts += [f"{name} FAILED: {why}" for name, why in self.failed.items()]
        parts += [f"NOT NOTIFIED: {name}: {why}" for name, why in self.not_notified.items()]
        return f"{self.member}: {'; '.join(parts)}"


def open_member(
    fleet: LoadedFleet, name: str, log: Log, resolve: SecretResolver, clock: Callable[[], datetime] | None = None
) -> Context:
    """The context of the steps for a member. Raises ``ConfigError``."""
    loaded, address = fleet.load_member(name), fleet.warehouse(name)
    context = open_context(loaded, address, resolve=fleet.resolver(name, resolve), log=log, clock=clock)
    return replace(context, member=name)


class CaughtFault:
    """A context whose faults end it, as text without secrets, and go no further: they must not stop other members."""

    text = ""

    def __enter__(self) -> "CaughtFault":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.text = fault_text(error)
        return True


def run_member(run: MemberRun) -> MemberResult:
    """Refresh one member, in whatever process this is called; a fault becomes part of the result."""
    lines: list[str] = []
    began, done = time.process_time(), RefreshResult()
    with CaughtFault() as fault:
        context = open_member(run.fleet, run.member, lines.append, resolver(os.environ), fixed_clock(run.now))
        context = replace(context, engine=engine_at(os.environ.get(VARIABLE)))
        path = metrics_path(run.metrics, run.member)
        done = refresh_and_measure(context, RefreshRequest(wait_s=run.wait_s), path=path)
    return MemberResult(
        run.member,
        fault.text,
        pulls=len(done.collected),
        published=tuple(done.published),
        paused=done.paused,
        failed=done.failed,
        not_notified=done.notified.failed,
        cpu_s=time.process_time() - began,
        lines=tuple(lines),
    )
