"""``kmi doctor``: what is wrong with the warehouse, and with ``--repair`` what was done about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from flows.output import count_noun, show_json
from flows.steps.context import Context
from warehouse.doctor import CHECKS, Fault, Patient
from warehouse.lock import hold_lock


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """``repair``: mend what is found, under the warehouse's lock. ``as_json``: one document on stdout."""

    repair: bool = False
    as_json: bool = False


def examine(context: Context, options: DoctorOptions) -> int:
    """Print each fault and what mends it; returns 1 where a fault is left that the next run does not mend."""
    found = find_faults(context, options)
    if options.as_json:
        show_json({"warehouse": context.root.address, "faults": fault_rows(found)})
    else:
        print_faults(context.root.address, found)
    return int(is_left(found))


def find_faults(context: Context, options: DoctorOptions) -> list[tuple[Fault, bool]]:
    """Each fault of the warehouse, and whether it was repaired."""
    found: list[tuple[Fault, bool]] = []
    patient = Patient(context.root, context.tables, context.clock())
    with _held(context, options):
        for check in CHECKS:
            for fault in list(check(patient)):
                mended = options.repair and fault.repair is not None
                if mended and fault.repair:
                    fault.repair()
                found.append((fault, mended))
    return found


def fault_rows(found: list[tuple[Fault, bool]]) -> list[dict[str, object]]:
    """The faults for programs."""
    return [{"what": fault.what, "repair": fault.mend, "repaired": mended} for fault, mended in found]


def is_left(found: list[tuple[Fault, bool]]) -> bool:
    """Whether a fault is left that the next run does not mend."""
    return any(fault.repair is not None and not mended for fault, mended in found)


@contextmanager
def _held(context: Context, options: DoctorOptions) -> Iterator[None]:
    if not options.repair:
        yield
        return
    with hold_lock(context.root, wait_s=60, log=context.log):
        yield


def print_faults(address: str, found: list[tuple[Fault, bool]]) -> None:
    """Print each fault, and what to do next."""
    for fault, mended in found:
        click.echo(f"{'REPAIRED' if mended else 'FOUND'}: {fault.what}\n  {fault.mend}")
    if not found:
        click.echo(f"{address}: no fault found")
    elif is_left(found):
        click.echo(f"\n{count_noun(len(found), 'fault')}: nothing was changed; 'kmi doctor --repair' mends them")
    elif any(mended for _, mended in found):
        click.echo("\nRun 'kmi run' now: it pulls what was lost and publishes")
