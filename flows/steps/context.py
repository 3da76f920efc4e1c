"""What every step receives: the plan, the warehouse, the clock and access to secrets."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from plan.load import LoadedPlan, load_plan, organisation_zone
from sources.secrets import SecretResolver
from sources.web.budget import Budgets
from sources.web.clock_witness import ClockWitness
from sources.web.deadline import Deadline
from sources.web.request import RetryPolicy
from warehouse.object_root import ObjectRoot
from warehouse.root import LocalRoot, open_root
from warehouse.tables import Tables

Log = Callable[[str], None]
"""Takes one line of progress, for people."""


@dataclass(frozen=True)
class Context:
    """``clock`` returns aware UTC. ``retry_policy`` holds for every HTTP session. ``witness`` compares the clock with
    the providers'; it is None for a clock that is not this machine's. ``deadline``: that of the source in hand.

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
    deadline: Deadline | None = None

    @property
    def today(self) -> date:
        """The organisation's local day."""
        return self.clock().astimezone(organisation_zone(self.loaded.plan)).date()


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_context(
    plan: Path, warehouse: str | Path, *, resolve: SecretResolver, log: Log, clock: Callable[[], datetime] | None = None
) -> Context:
    """Load the plan and open the warehouse. Raises ``ConfigError``.

    Without a ``clock`` it is this machine's, and it is compared with the providers'.
    """
    loaded = load_plan(plan)
    root = open_root(warehouse)
    witness = None if clock else ClockWitness(utc_now)
    return Context(loaded, root, Tables(root), clock or utc_now, resolve, log, witness=witness)
