"""``kmi fleet check``, ``run``, ``status`` and ``doctor``: each member in turn, and a fault of one stops no other."""

import os
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import click

from flows.commands.doctor import DoctorOptions, fault_rows, find_faults, is_left, print_faults
from flows.fleet.comparability import not_compared
from flows.fleet.members import CaughtFault, MemberResult, MemberRun, open_member
from flows.fleet.pool import default_processes, run_members
from flows.fleet.roll_up import member_ids, publish_roll_up
from flows.metrics import metrics_path
from flows.output import count_noun, show_json, show_table
from flows.steps.context import fixed_clock, utc_now
from plan.load_fleet import LoadedFleet
from plan.model import Plan
from plan.secret_resolver import resolver
from reports.words import VERDICT_LABELS
from warehouse.last_run import last_finish
from warehouse.published_tables import published_in
from warehouse.root import open_root
from warehouse.schema import PUBLISHED_SOURCES, PUBLISHED_VERDICTS

EXIT_WRONG_PLAN = 2


@dataclass(frozen=True, slots=True)
class FleetRun:
    """What to run. ``processes``: members at the same time; None for as many as there are processors.

    ``metrics``: the path from which each member's own metrics file has its name; None for no such files.
    """

    members: tuple[str, ...]
    processes: int | None = None
    wait_s: float = 600.0
    now: datetime | None = None
    verbose: bool = False
    metrics: str | None = None


def check_members(fleet: LoadedFleet, members: tuple[str, ...], *, as_json: bool) -> int:
    """Print of each member what its plan contains, or its faults, and what will not be compared; the exit code."""
    rows: list[dict[str, Any]] = []
    plans: dict[str, Plan] = {}
    for name in members:
        row: dict[str, Any] = {"member": name, "plan": str(fleet.plan_path(name)), "warehouse": fleet.warehouse(name)}
        with CaughtFault() as fault:
            plan = fleet.load_member(name).plan
            fleet.check_names(name, plan)
            row |= {"sources": len(plan.sources), "indicators": len(plan.indicators)}
            plans[name] = plan
        rows.append({**row, "fault": fault.text})
    advice = not_compared(fleet, plans) if len(plans) == len(fleet.fleet.members) else []
    if as_json:
        show_json({"fleet": str(fleet.path), "members": rows, "not_compared": advice})
    else:
        for row in rows:
            click.echo(_checked(row), err=bool(row["fault"]))
        for line in advice:
            click.echo(line)
    wrong = sum(bool(row["fault"]) for row in rows)
    if wrong and not as_json:
        click.echo(f"{wrong} of {count_noun(len(rows), 'member')} cannot run", err=True)
    return EXIT_WRONG_PLAN if wrong else 0


def _checked(row: dict[str, Any]) -> str:
    if row["fault"]:
        return "\n".join(f"{row['member']}: {line}" for line in row["fault"].splitlines())
    found = f"{count_noun(row['sources'], 'source')}, {count_noun(row['indicators'], 'indicator')}"
    return f"{row['member']}: {found}: no fault found"


def run_fleet(fleet: LoadedFleet, request: FleetRun, *, as_json: bool) -> int:
    """Refresh the members and print one line each as it is done; returns 1 where one failed."""
    resolve = resolver(os.environ)
    member_ids(fleet, resolve)  # a missing key is reported before hours of runs, not after
    metrics_path(request.metrics)  # and so is a folder that is not there
    runs = [MemberRun(fleet, name, request.wait_s, request.now, request.metrics) for name in request.members]
    results = []
    for result in run_members(runs, request.processes or default_processes()):
        results.append(result)
        if not as_json:
            _print_result(result, request)
    moment = (fixed_clock(request.now) or utc_now)()
    published = publish_roll_up(fleet, resolve, moment, lambda line: click.echo(line, err=True)).changed
    failed = sorted(result.member for result in results if not result.ok)
    if as_json:
        order = {name: at for at, name in enumerate(request.members)}
        rows = sorted(results, key=lambda result: order[result.member])
        members = [{**asdict(row), "ok": row.ok} for row in rows]
        show_json({"fleet": str(fleet.path), "members": members, "published": published})
    else:
        folder = open_root(fleet.published).uri("published")
        click.echo(f"\nPublished in {folder}: {', '.join(published) or 'nothing changed'}")
        ended = f"{len(results) - len(failed)} of {count_noun(len(results), 'member')} up to date"
        click.echo(ended + (f"; failed: {', '.join(failed)}" if failed else ""), err=bool(failed))
    return int(bool(failed))


def _print_result(result: MemberResult, request: FleetRun) -> None:
    if request.verbose:
        for line in result.lines:
            click.echo(f"{result.member}: {line}")
    click.echo(str(result), err=not result.ok)


def show_status(fleet: LoadedFleet, members: tuple[str, ...], now: datetime | None, *, as_json: bool) -> bool:
    """Print one row a member; returns whether an indicator of any is behind."""
    moment = (fixed_clock(now) or utc_now)()
    rows = [_member_status(fleet, name, moment) for name in members]
    if as_json:
        show_json({"fleet": str(fleet.path), "members": rows})
    else:
        header = ["Member", "Last run", *VERDICT_LABELS.values(), "What is wrong"]
        show_table(header, [_status_row(row) for row in rows])
    return any(row["verdicts"].get("behind") for row in rows)


def _member_status(fleet: LoadedFleet, name: str, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"member": name, "last_run": None, "verdicts": {}, "problems": []}
    with CaughtFault() as fault:
        root = open_root(fleet.warehouse(name))
        row["last_run"] = finished = last_finish(root)
        tables = published_in(root)
        row["verdicts"] = dict(Counter(one["verdict"] for one in tables.rows(PUBLISHED_VERDICTS)))
        sources = tables.rows(PUBLISHED_SOURCES)
        failed = [one["source"] for one in sources if one["last_error"]]
        late = [one["source"] for one in sources if not one["last_error"] and not one["fresh"]]
        row["problems"] += [
            f"{what}: {', '.join(names)}" for what, names in (("failed", failed), ("late", late)) if names
        ]
        if finished is not None and (days := (now - finished).days) >= 2:
            row["problems"].append(f"no run for {count_noun(days, 'day')}")
    if fault.text:
        row["problems"].append(fault.text)
    return row


def _status_row(row: dict[str, Any]) -> list[str]:
    finished = row["last_run"]
    counts = [str(row["verdicts"].get(verdict, "-")) for verdict in VERDICT_LABELS]
    return [row["member"], f"{finished:%Y-%m-%d %H:%M}" if finished else "-", *counts, "; ".join(row["problems"])]


def examine_members(fleet: LoadedFleet, members: tuple[str, ...], now: datetime | None, options: DoctorOptions) -> int:
    """Print the faults of each member's warehouse; returns 1 where one is left that the next run does not mend."""
    rows: list[dict[str, Any]] = []
    left = 0
    for name in members:
        row: dict[str, Any] = {"member": name, "warehouse": fleet.warehouse(name), "faults": [], "fault": ""}
        with CaughtFault() as fault:
            context = open_member(
                fleet, name, lambda line: click.echo(line, err=True), resolver(os.environ), fixed_clock(now)
            )
            found = find_faults(context, options)
            row["faults"] = fault_rows(found)
            left |= int(is_left(found))
            if not options.as_json:
                click.echo(f"{name}:")
                print_faults(context.root.address, found)
        if fault.text:
            left, row["fault"] = 1, fault.text
            click.echo(f"{name}: FAILED: {fault.text}", err=True)
        rows.append(row)
    if options.as_json:
        show_json({"fleet": str(fleet.path), "members": rows})
    return left
