"""``kmi``: the command line. Each command imports what it needs, so that ``kmi status`` starts at once.

Exit 0: done. 1: failed. 2: wrong use or plan. 3 (``status --exit-code``): an indicator is behind.
"""

import gc
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.command_group import Commands
from flows.export_options import export
from flows.fleet_cli import fleet
from flows.init_options import INIT_OPTIONS
from flows.intake_cli import add, inspect
from flows.judge_options import JUDGE_OPTIONS
from flows.note_cli import note
from flows.options import DAY, JSON, NOW, PLAN, WAREHOUSE, command_context, end_of_day, warehouse_address
from flows.plan_cli import plan_group
from flows.report_options import BRIEF_OPTIONS, DEMO_OPTIONS, LANGUAGE, REPORT_FOLDER, WITHIN
from flows.run_options import RUN_OPTIONS
from flows.status_options import STATUS_OPTIONS
from flows.terminal import redact_output
from sources.web.redaction import Redactor
from warehouse.errors import ConfigError


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="km-indicators")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """Turn a library's figures into checked data, plain Parquet and verdicts."""
    context.obj = Redactor()
    redact_output(context.obj)
    gc.set_threshold(50_000, 20, 20)  # a command is short and imports much: the usual ones cost a sixth of its time
    if debug:
        import logging

        logging.basicConfig()
        logging.getLogger("kmi").setLevel(logging.DEBUG)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@RUN_OPTIONS
@JSON
def run(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Collect what is due, judge every indicator and publish."""
    from flows.commands.run import RunOutput, run_and_report
    from flows.steps.refresh import RefreshRequest, backfill_window

    window = backfill_window(*(day and day.date() for day in (options["first"], options["last"])))
    request = RefreshRequest(options["sources"], window, options["wait_s"])
    output = RunOutput(options["as_json"], options["log_format"] == "json", options["metrics"])
    failed = run_and_report(lambda log: command_context(plan, warehouse, now, log, options["engine"]), request, output)
    sys.exit(1 if failed else 0)


@main.command()
@PLAN
@WAREHOUSE
@JSON
@STATUS_OPTIONS
def status(plan: Path, warehouse: str | None, exit_code: bool, **options: Any) -> None:
    """Show the published verdicts, the worst first: of all indicators, or in full of those that are named."""
    from flows.commands.status import show_settling, show_sources, show_verdicts
    from flows.commands.status_rows import Selection

    address, as_json = warehouse_address(plan, warehouse), options["as_json"]
    if options["source"] is not None:
        behind = show_settling(address, options["source"], as_json=as_json)
    elif options["of_sources"]:
        behind = show_sources(address, as_json=as_json)
    else:
        chosen = Selection(*(options[name] for name in ("indicators", "only_behind", "owner", "objective")))
        behind = show_verdicts(address, as_json=as_json, known_on=end_of_day(options["known_on"]), selection=chosen)
    sys.exit(3 if exit_code and behind else 0)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@WITHIN
@JSON
def health(plan: Path, warehouse: str | None, now: datetime | None, within: str, as_json: bool) -> None:
    """Check that a run finished lately, and that the Prefect server in PREFECT_API_URL is well; exit 1 if not."""
    from flows.commands.health import check_health, health_check

    check = health_check(warehouse_address(plan, warehouse), now, within)
    sys.exit(check_health(check, lambda: command_context(plan, warehouse, now, lambda _: None), as_json=as_json))


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--repair", is_flag=True, help="Mend what is found; without it nothing is changed.")
@JSON
def doctor(plan: Path, warehouse: str | None, now: datetime | None, **options: bool) -> None:
    """Compare ledgers, tables and files of the warehouse; with --repair mend what is wrong. Exit 1 if faults stay."""
    from flows.commands.doctor import DoctorOptions, examine

    sys.exit(examine(command_context(plan, warehouse, now, click.echo), DoctorOptions(**options)))


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--connect", is_flag=True, help="Also fetch a little from every source, to test the access.")
@click.option("--strict", is_flag=True, help="Exit 2 on advice too: what is valid but not SMART.")
@JSON
def check(plan: Path, warehouse: str | None, now: datetime | None, **options: bool) -> None:
    """Check the plan and list what in it is not SMART; with --connect also test the access to every source."""
    from flows.commands.check import CheckOptions, check_plan

    sys.exit(check_plan(lambda log: command_context(plan, warehouse, now, log), CheckOptions(**options)))


@main.command()
@INIT_OPTIONS
def init(folder: Path, **options: Any) -> None:
    """Write a commented starter plan, or with --template a plan for a purpose, ready to be filled in."""
    from flows.commands.init import InitRequest, write_starter

    write_starter(folder, InitRequest(**options))


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--source", help="Only this source.")
@JSON
@click.option("--release", "refused_id", help="Release this refused row; with --by and --because.")
@click.option("--by", help="Your name.")
@click.option("--because", help="Why the number is right.")
def refused(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """List what was refused and why, or release a row with your name and reason."""
    from flows.commands.refused import list_refusals, release_refusal

    if options["refused_id"] is None:
        list_refusals(warehouse_address(plan, warehouse), options["source"], as_json=options["as_json"])
        return
    if not options["by"] or not options["because"]:
        raise ConfigError("a release needs a name and a reason", do="add --by and --because")
    context = command_context(plan, warehouse, now, click.echo)
    release_refusal(context, options["refused_id"], options["by"], options["because"])


@main.command()
@PLAN
@WAREHOUSE
@NOW
@JSON
@click.option("--acknowledge", metavar="ID", help="Send no more notices of this one until it ends; with --by.")
@click.option("--snooze", metavar="ID", help="Send no notices of this one before the day --until; with --by.")
@click.option("--until", type=DAY, help="First day on which it may be sent again.")
@click.option("--by", help="Your name.")
@click.option("--because", default="", help="Why, for the ledger.")
@click.option("--test", "try_out", is_flag=True, help="Send a test message to every address of the plan.")
def alerts(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """List the active alerts and who was notified, acknowledge or snooze one, or test the addresses."""
    from flows.commands.alerts import NoticeAction, list_notices, record_action, try_addresses

    context = command_context(plan, warehouse, now, click.echo)
    if options["try_out"]:
        sys.exit(1 if try_addresses(context) else 0)
    until = options["until"] and options["until"].date()
    action = NoticeAction(options["acknowledge"], options["snooze"], until, options["by"] or "", options["because"])
    if action.notice_id is None:
        list_notices(context, as_json=options["as_json"])
    else:
        record_action(context, action)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@JSON
@click.option("--source", required=True, help="The source whose raw files and refused texts are deleted.")
@click.option("--older-than", "days", type=click.IntRange(1), help="Only raw files of pulls older than so many days.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Delete; without it the command only lists.")
def purge(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Delete the raw files of a source and the texts of its refused rows; figures stay."""
    from flows.commands.purge import PurgeRequest, purge

    request = PurgeRequest(options["source"], options["days"], options["is_confirmed"])
    purge(command_context(plan, warehouse, now, click.echo), request, as_json=options["as_json"])


@main.command()
@PLAN
@WAREHOUSE
@REPORT_FOLDER
@LANGUAGE
def report(plan: Path, warehouse: str | None, output: Path, code: str | None) -> None:
    """Write the scorecard: a folder of pages that open in any browser."""
    from flows.commands.report import write_report

    write_report(plan, warehouse_address(plan, warehouse), output, code)


@main.command()
@PLAN
@WAREHOUSE
@BRIEF_OPTIONS
def brief(plan: Path, warehouse: str | None, **options: Any) -> None:
    """Write the brief: one page for senior management, as PDF and HTML, or for PowerPoint and Word."""
    from flows.commands.brief import BriefRequest, write_brief

    write_brief(plan, warehouse_address(plan, warehouse), BriefRequest(**options))


@main.command()
@JUDGE_OPTIONS
def judge(table: Path, **options: Any) -> None:
    """Judge a table (CSV, XLSX or Parquet) of baselines, current values and targets by a progress rule."""
    from flows.commands.judge import JudgeOptions, judge_file

    judge_file(table, JudgeOptions(**options))


@main.command()
@DEMO_OPTIONS
def demo(folder: Path, today: datetime | None, opens_page: bool) -> None:
    """Run the real pipeline over a simulated library, and write its pages."""
    from flows.commands.demo import run_demo

    sys.exit(run_demo(folder, today.date() if today else None, opens_page=opens_page))


for command in (fleet, inspect, add, plan_group, export, note):
    main.add_command(command)
if __name__ == "__main__":
    main()
