"""``kmi``: the command line. Each command imports what it needs, so that ``kmi status`` starts at once.

Exit 0: done. 1: failed. 2: wrong use or plan. 3 (``status --exit-code``): an indicator is behind.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from plan.rule_names import RULE_NAMES
from reports.words import LANGUAGES
from warehouse.errors import ConfigError, KmiError

if TYPE_CHECKING:
    from flows.steps.context import Context

PLAN = click.option(
    "--plan",
    "plan",
    type=click.Path(path_type=Path),
    envvar="KMI_PLAN",
    default="plan.yaml",
    show_default=True,
    help="The plan file.",
)
WAREHOUSE = click.option(
    "--warehouse",
    envvar="KMI_WAREHOUSE",
    help="A folder, or an s3://, gs:// or az:// address.  [default: kmi-warehouse beside the plan]",
)
NOW = click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    hidden=True,
    help="Take this instant (UTC) for the present, to replay a day.",
)
DAY = click.DateTime(["%Y-%m-%d"])


class Commands(click.Group):
    """Says an error in one line, without a traceback, and exits as the contract has it."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KmiError as error:
            if ctx.params["debug"]:
                raise
            fail(error)
        except BrokenPipeError:
            sys.exit(1)


def fail(error: KmiError) -> NoReturn:
    for line in str(error).splitlines():
        click.echo(line, err=True)
    sys.exit(2 if isinstance(error, ConfigError) else 1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="km-indicators")
def main(debug: bool) -> None:
    """From a library's figures to checked data, plain Parquet and a verdict for every indicator."""
    if debug:
        import logging

        logging.basicConfig()
        logging.getLogger("kmi").setLevel(logging.DEBUG)


def warehouse_address(plan: Path, warehouse: str | None) -> str:
    """The warehouse's address: as given, or the folder beside the plan."""
    return warehouse or str(plan.absolute().parent / "kmi-warehouse")


def command_context(plan: Path, warehouse: str | None, now: datetime | None, log: Callable[[str], None]) -> "Context":
    """What the steps are given on the command line."""
    from flows.steps.context import open_context, utc_now
    from plan.secret_resolver import resolver

    clock = (lambda: now.replace(tzinfo=UTC)) if now else utc_now
    return open_context(plan, warehouse_address(plan, warehouse), resolve=resolver(os.environ), log=log, clock=clock)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--source", "sources", multiple=True, help="Only this source; may be given again.")
@click.option("--from", "first", type=DAY, help="Backfill: first day.")
@click.option("--to", "last", type=DAY, help="Backfill: last day.")
@click.option(
    "--wait", "wait_s", type=float, default=600.0, show_default=True, help="Seconds to wait for another run to end."
)
@click.option("--json", "as_json", is_flag=True, help="What was done, for programs.")
def run(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Collect what is due, judge every indicator and publish."""
    from flows.commands.run import run_and_report
    from flows.steps.refresh import RefreshRequest, backfill_window

    window = backfill_window(*(day and day.date() for day in (options["first"], options["last"])))
    asked = RefreshRequest(options["sources"], window, options["wait_s"])
    failed = run_and_report(lambda log: command_context(plan, warehouse, now, log), asked, as_json=options["as_json"])
    sys.exit(1 if failed else 0)


@main.command()
@PLAN
@WAREHOUSE
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--exit-code", is_flag=True, help="Exit 3 when an indicator is behind.")
@click.option("--sources", "of_sources", is_flag=True, help="The sources instead of the indicators.")
@click.option(
    "--as-known-on",
    "known_on",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The verdicts as they stood at the end of this day, or at this instant (UTC).",
)
@click.option(
    "--settling", "source", metavar="SOURCE", help="How long the values of this source still change, by their age."
)
def status(plan: Path, warehouse: str | None, exit_code: bool, **options: Any) -> None:
    """The verdict on every indicator, as it was published."""
    from flows.commands.status import show_settling, show_sources, show_verdicts

    address, as_json = warehouse_address(plan, warehouse), options["as_json"]
    if options["source"] is not None:
        behind = show_settling(address, options["source"], as_json=as_json)
    elif options["of_sources"]:
        behind = show_sources(address, as_json=as_json)
    else:
        behind = show_verdicts(address, as_json=as_json, known_on=_end_of_day(options["known_on"]))
    sys.exit(3 if exit_code and behind else 0)


def _end_of_day(moment: datetime | None) -> datetime | None:
    """The last instant (UTC) of a day that was given without a time."""
    if moment is None:
        return None
    whole = moment == datetime.combine(moment.date(), time.min)
    return (moment + timedelta(days=1, microseconds=-1) if whole else moment).replace(tzinfo=UTC)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option(
    "--within", default="26h", show_default=True, help="How long ago the last run may have finished: 26h, 90m, 2d."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def health(plan: Path, warehouse: str | None, now: datetime | None, within: str, as_json: bool) -> None:
    """Whether a run finished lately, and whether the Prefect server that PREFECT_API_URL names is well; exit 1 if not."""
    from flows.commands.health import HealthCheck, check_health, parse_duration

    moment = now.replace(tzinfo=UTC) if now else datetime.now(UTC)
    asked = HealthCheck(warehouse_address(plan, warehouse), moment, parse_duration(within), os.environ)
    sys.exit(check_health(asked, lambda: command_context(plan, warehouse, now, lambda _: None), as_json=as_json))


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--connect", is_flag=True, help="Also ask every source for a little, to see that the access works.")
@click.option("--strict", is_flag=True, help="Exit 2 on advice too: what is well-formed but not SMART.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(plan: Path, warehouse: str | None, now: datetime | None, **options: bool) -> None:
    """Check the plan, and say what in it is not SMART; with --connect also the access to every source."""
    from flows.commands.check import CheckOptions, check_plan

    sys.exit(check_plan(lambda log: command_context(plan, warehouse, now, log), CheckOptions(**options)))


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=".", show_default=True, help="Where to write.")
@click.option("--measures", is_flag=True, help="Also write the template into which staff type in-house measures.")
def init(folder: Path, measures: bool) -> None:
    """Write a commented starter plan."""
    from flows.commands.init import write_starter

    write_starter(folder, measures=measures)


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--source", help="Only this source.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--release", "refused_id", help="Let this refusal through; with --by and --because.")
@click.option("--by", help="Your name.")
@click.option("--because", help="Why the number is right.")
def refused(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """List what was refused and why, or let a row through with your name and reason."""
    from flows.commands.refused import list_refusals, release_refusal

    if options["refused_id"] is None:
        list_refusals(warehouse_address(plan, warehouse), options["source"], as_json=options["as_json"])
        return
    if not options["by"] or not options["because"]:
        raise ConfigError("a release carries a name and a reason", do="add --by and --because")
    release_refusal(
        command_context(plan, warehouse, now, click.echo), options["refused_id"], options["by"], options["because"]
    )


@main.command()
@PLAN
@WAREHOUSE
@NOW
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--acknowledge", metavar="ID", help="Tell nobody again of this one, until it is over; with --by.")
@click.option("--snooze", metavar="ID", help="Tell nobody of this one before the day --until; with --by.")
@click.option("--until", type=DAY, help="First day on which it may be told again.")
@click.option("--by", help="Your name.")
@click.option("--because", default="", help="Why, for the ledger.")
@click.option(
    "--test", "try_out", is_flag=True, help="Send a message to every address of the plan, to see that it arrives."
)
def alerts(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """List what stands and who was told, acknowledge or snooze it, or try the addresses."""
    from flows.commands.alerts import NoticeAction, list_notices, record_action, try_addresses

    context = command_context(plan, warehouse, now, click.echo)
    if options["try_out"]:
        sys.exit(1 if try_addresses(context) else 0)
    until = options["until"] and options["until"].date()
    said = NoticeAction(options["acknowledge"], options["snooze"], until, options["by"] or "", options["because"])
    if said.notice_id is None:
        list_notices(context, as_json=options["as_json"])
    else:
        record_action(context, said)


@main.command()
@PLAN
@WAREHOUSE
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="kmi-report",
    show_default=True,
    help="The folder to write; it is replaced whole.",
)
@click.option(
    "--language",
    "code",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="The language of the pages.",
)
def report(plan: Path, warehouse: str | None, output: Path, code: str) -> None:
    """Write the scorecard: a folder of pages that open in any browser."""
    from flows.commands.report import write_report

    write_report(plan, warehouse_address(plan, warehouse), output, code)


@main.command()
@PLAN
@WAREHOUSE
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="kmi-brief",
    show_default=True,
    help="The folder for brief.pdf and brief.html.",
)
@click.option("--objective", help="Only the indicators that serve this objective.")
def brief(plan: Path, warehouse: str | None, output: Path, objective: str | None) -> None:
    """Write the brief: one page for senior management, as PDF and HTML."""
    from flows.commands.brief import write_brief

    write_brief(plan, warehouse_address(plan, warehouse), output, objective)


@main.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(RULE_NAMES), default="pace", show_default=True, help="The progress rule.")
@click.option("--output", type=click.Path(path_type=Path), help="Where to write the result; the terminal otherwise.")
def judge(table: Path, rule: str, output: Path | None) -> None:
    """Judge a CSV of baselines, current values and targets by a progress rule."""
    from flows.commands.judge import judge_file

    judge_file(table, rule, output)


@main.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default="kmi-demo", show_default=True, help="Where the demo lies."
)
@click.option("--today", type=DAY, help="The day that the demo takes for today.")
def demo(folder: Path, today: datetime | None) -> None:
    """Run the real pipeline over a simulated library."""
    from flows.commands.demo import run_demo

    sys.exit(run_demo(folder, today.date() if today else None))


if __name__ == "__main__":
    main()
