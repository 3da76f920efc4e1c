"""What every step receives: the plan, the warehouse, the clock and access to secrets."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path

from flows.engines.choice import DUCKDB
from flows.engines.engine import Engine
from plan.load import LoadedPlan, load_plan, organisation_zone
from sources.secrets import SecretResolver
from sources.web.budget import Budgets
from sources.web.clock_witness import ClockWitness
from sources.web.deadline import Deadline
from sources.web.redaction import Redactor
from sources.web.request import RetryPolicy
from sources.web.secret_forms import SHORTEST
from warehouse.kept_blocks import KeptBlocks
from warehouse.object_root import ObjectRoot
from warehouse.root import LocalRoot, open_root
from warehouse.tables import Tables

Log = Callable[[str], None]
"""Takes one line of progress, for people."""


@dataclass(frozen=True)
class Context:
    """``clock`` returns aware UTC. ``retry_policy`` holds for every HTTP session. ``witness`` compares the clock with
    the providers'; it is None for a clock that is not this machine's. ``redactor`` knows every secret that was
    resolved, and stands before all that leaves a run. ``deadline``: that of the source in hand.
    ``engine`` computes the series. ``member``: its name in a fleet, if it is in one.

    Sources are collected in parallel: they share ``budgets``, and only the holder of ``table_lock`` reads or writes
    tables.
    """

    loaded: LoadedPlan
    root: LocalRoot | ObjectRoot
    tables: Tables
    clock: Callable[[], datetime]
    resolve: SecretResolver
    log: Log
    budgets: Budgets = field(default_factory=Budgets)
    table_lock: threading.RLock = field(default_factory=threading.RLock)
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    witness: ClockWitness | None = None
    redactor: Redactor = field(default_factory=Redactor)
    deadline: Deadline | None = None
    member: str = ""
    engine: Engine = DUCKDB

    @cached_property
    def kept(self) -> KeptBlocks:
        """What earlier runs computed of past years."""
        return KeptBlocks(self.root)

    @property
    def today(self) -> date:
        """The organisation's local day."""
        return self.clock().astimezone(organisation_zone(self.loaded.plan)).date()


def utc_now() -> datetime:
    return datetime.now(UTC)


def fixed_clock(now: datetime | None) -> Callable[[], datetime] | None:
    """A clock that stands at ``now`` in UTC, to replay a day; None where it is this machine's."""
    return None if now is None else partial(now.replace, tzinfo=UTC)


def open_context(
    plan: Path | LoadedPlan,
    warehouse: str | Path,
    *,
    resolve: SecretResolver,
    log: Log,
    clock: Callable[[], datetime] | None = None,
    redactor: Redactor | None = None,
) -> Context:
    """Load the plan, where it is not loaded yet, and open the warehouse. Raises ``ConfigError``.

    Without a ``clock`` it is this machine's, and it is compared with the providers'.
    ``redactor`` learns every secret that ``resolve`` gives; the log and the ledgers are redacted by it.
    """
    loaded = plan if isinstance(plan, LoadedPlan) else load_plan(plan)
    root, redactor = open_root(warehouse), redactor or Redactor()
    clean_log = _redacted_log(log, redactor)
    resolving = _remembering(resolve, redactor, clean_log)
    tables = Tables(root, redactor.redact_data)
    witness = None if clock else ClockWitness(utc_now)
    return Context(loaded, root, tables, clock or utc_now, resolving, clean_log, witness=witness, redactor=redactor)


def _redacted_log(log: Log, redactor: Redactor) -> Log:
    return lambda line: log(redactor.redact_text(line))


def _remembering(resolve: SecretResolver, redactor: Redactor, log: Log) -> SecretResolver:
    """As ``resolve``; ``redactor`` learns each secret, and the log names those that are too short to be hidden."""
    short: set[str] = set()

    def resolve_and_remember(reference: str) -> str:
        value = resolve(reference)
        redactor.remember(value, reference)
        if len(value) < SHORTEST and reference not in short:
            short.add(reference)
            log(f"{reference} has fewer than {SHORTEST} characters and cannot be hidden in what is written: renew it")
        return value

    return resolve_and_remember
