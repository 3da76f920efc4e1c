"""``kmi fleet``: many libraries in one file, run together and compared with each other."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.options import JSON, NOW, PATH
from flows.report_options import LANGUAGE, WAIT
from flows.run_options import METRICS

FLEET = click.option(
    "--fleet", "path", type=PATH, envvar="KMI_FLEET", default="fleet.yaml", show_default=True, help="The fleet file."
)
MEMBER = click.option("--member", "members", multiple=True, help="Only this member; may be repeated.")
TAG = click.option("--tag", "tags", multiple=True, help="Only members with this tag; may be repeated.")

FLEET_REPORT = click.option(
    "--output",
    type=PATH,
    default="kmi-fleet-report",
    show_default=True,
    help="The folder to write; its content is replaced.",
)


@click.group()
def fleet() -> None:
    """Run many libraries together, and compare them fairly."""


@fleet.command()
@FLEET
@MEMBER
@TAG
@JSON
def check(path: Path, members: tuple[str, ...], tags: tuple[str, ...], as_json: bool) -> None:
    """Check the fleet file and the plan of every member; exit 2 where one has a fault."""
    from flows.commands.fleet import check_members
    from plan.load_fleet import load_fleet

    loaded = load_fleet(path)
    sys.exit(check_members(loaded, loaded.chosen(members, tags), as_json=as_json))


@fleet.command()
@FLEET
@MEMBER
@TAG
@NOW
@click.option(
    "--processes", type=click.IntRange(1), help="Members at the same time.  [default: the number of processors]"
)
@click.option("--verbose", is_flag=True, help="Also print what the log of each member says.")
@WAIT
@METRICS
@JSON
def run(path: Path, members: tuple[str, ...], tags: tuple[str, ...], now: datetime | None, **options: Any) -> None:
    """Refresh every member, one line each; exit 1 if one failed. The others are not touched by it."""
    from flows.commands.fleet import FleetRun, run_fleet
    from plan.load_fleet import load_fleet

    loaded = load_fleet(path)
    as_json, chosen = options.pop("as_json"), loaded.chosen(members, tags)
    sys.exit(run_fleet(loaded, FleetRun(chosen, now=now, **options), as_json=as_json))


@fleet.command()
@FLEET
@MEMBER
@TAG
@NOW
@JSON
@click.option("--exit-code", is_flag=True, help="Exit 3 when an indicator of any member is behind.")
def status(path: Path, members: tuple[str, ...], tags: tuple[str, ...], now: datetime | None, **options: bool) -> None:
    """Show of every member when it ran, how its indicators stand and which sources are late."""
    from flows.commands.fleet import show_status
    from plan.load_fleet import load_fleet

    loaded = load_fleet(path)
    behind = show_status(loaded, loaded.chosen(members, tags), now, as_json=options["as_json"])
    sys.exit(3 if options["exit_code"] and behind else 0)


@fleet.command()
@FLEET
@MEMBER
@TAG
@NOW
@click.option("--repair", is_flag=True, help="Mend what is found; without it nothing is changed.")
@JSON
def doctor(path: Path, members: tuple[str, ...], tags: tuple[str, ...], now: datetime | None, **options: bool) -> None:
    """Compare ledgers, tables and files of every member's warehouse. Exit 1 if faults stay."""
    from flows.commands.doctor import DoctorOptions
    from flows.commands.fleet import examine_members
    from plan.load_fleet import load_fleet

    loaded = load_fleet(path)
    sys.exit(examine_members(loaded, loaded.chosen(members, tags), now, DoctorOptions(**options)))


@fleet.command()
@FLEET
@NOW
@FLEET_REPORT
@LANGUAGE
def report(path: Path, now: datetime | None, output: Path, code: str | None) -> None:
    """Publish what the members have in common, and write the pages: one for all, and one for each member."""
    from flows.commands.fleet_report import write_fleet_report
    from plan.load_fleet import load_fleet

    write_fleet_report(load_fleet(path), now, output, code or "en")


@fleet.command()
@FLEET
@click.option(
    "--on-worker", metavar="PATH", help="Where the fleet file is for the workers.  [default: where it is here]"
)
def deploy(path: Path, on_worker: str | None) -> None:
    """Make one Prefect deployment for each member and one for the roll-up, spread over the night."""
    from flows.fleet_deploy import deploy_fleet
    from plan.load_fleet import load_fleet

    for line in deploy_fleet(load_fleet(path), on_worker):
        click.echo(line)
