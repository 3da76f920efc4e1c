"""What every step is given: the plan, the warehouse, the clock and the way to secrets."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from plan.load import LoadedPlan, load_plan, organisation_zone
from sources.secrets import SecretResolver
from sources.web.budget import Budgets
from sources.web.request import RetryPolicy
from warehouse.root import LocalRoot, ObjectRoot, open_root
from warehouse.tables import Tables

Log = Callable[[str], None]


@dataclass(frozen=True)
class Context:
    """``clock`` gives aware UTC; ``log`` takes one line of news for people.

    Sources are asked at the same time: they share the ``budgets``, and one at a time, the holder of ``table_lock``, reads and writes
    tables. ``retry_policy`` is that of every session.
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

    @property
    def today(self) -> date:
        """The organisation's local day."""
        return self.clock().astimezone(organisation_zone(self.loaded.plan)).date()


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_context(
    plan: Path, warehouse: str | Path, *, resolve: SecretResolver, log: Log, clock: Callable[[], datetime] = utc_now
) -> Context:
    """Read and check the plan, and find the warehouse. Raises ``ConfigError``."""
    loaded = load_plan(plan)
    root = open_root(warehouse)
    return Context(loaded, root, Tables(root), clock, resolve, log)
