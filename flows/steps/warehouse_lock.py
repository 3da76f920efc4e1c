"""The lock under which a run or a command writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flows.steps.context import Context
from warehouse.clock_repair import future_entries, set_clock_right
from warehouse.errors import RefusedError
from warehouse.last_run import last_finish
from warehouse.lock import hold_lock
from warehouse.lost_rows import losses, queue_again
from warehouse.pulls import recover_record
from warehouse.root import LocalRoot
from warehouse.schema import LEDGERS

LONG_PAUSE = timedelta(days=45)


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


def check_clock(context: Context) -> None:
    """Set right what runs with a clock that was ahead have recorded. Only under the warehouse's lock.

    Raises ``RefusedError`` where most of what is recorded lies after now: then this machine's clock is behind.
    """
    now = context.clock()
    found = future_entries(context.tables, now)
    if found is None:
        _mention_long_pause(context, now)
        return
    if found.is_own_clock_behind:
        raise RefusedError(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and the newest entry is of"
            f" {found.newest:%Y-%m-%d %H:%M} UTC",
            where=context.root.address,
            do="set the clock, then run again; if it is right, 'kmi doctor --repair' sets the entries right",
        )
    set_clock_right(context.tables, found, now)
    context.log(
        f"an earlier run recorded {found.newest:%Y-%m-%d %H:%M} UTC, which has not come: its clock was ahead."
        " What it recorded is dated now, and the days that were not over are pulled again"
    )


def restore_lost_days(context: Context) -> None:
    """Queue again the days of observations that the ledger has and the table lacks. Only under the lock."""
    for loss in losses(context.tables):
        queue_again(context.tables, loss, context.clock())
        context.log(f"{loss}; they are pulled again")


def _mention_long_pause(context: Context, now: datetime) -> None:
    """Log a pause that is longer than any schedule: it may be a clock that is ahead."""
    last = last_finish(context.root)
    if last is not None and now - last > LONG_PAUSE:
        days = (now - last).days
        context.log(f"the last run ended on {last:%Y-%m-%d}, {days} days ago: if not, this machine's clock is ahead")
