"""The lock under which a run or a command writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.steps.context import Context
from warehouse.lock import hold_lock
from warehouse.pulls import recover_record
from warehouse.root import LocalRoot
from warehouse.schema import LEDGERS


@contextmanager
def hold_warehouse(context: Context, wait_s: float) -> Iterator[None]:
    """Hold the warehouse's lock, and first clean up after a killed run.

    Half-written files are removed, and a pull that was committed but not recorded is recorded.
    """
    with hold_lock(context.root, wait_s=wait_s, log=context.log):
        if isinstance(context.root, LocalRoot):
            context.root.sweep()
        elif context.root.takeover:
            for table in LEDGERS:
                context.tables.fence(table)
        healed = recover_record(context.tables)
        if healed:
            context.log(f"an earlier run was stopped after its commit; its pull {healed} is recorded now")
        yield
