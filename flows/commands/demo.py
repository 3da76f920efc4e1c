"""``kmi demo``: run the real pipeline over a simulated library, with real HTTP and files."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from string import Template

import click

from flows.commands.run import RunOutput, run_and_report
from flows.output import relative_to_cwd
from flows.steps.context import open_context, utc_now
from flows.steps.refresh import RefreshRequest
from plan.secret_resolver import resolver
from sandbox.days import OPENING, ZONE, closed_days, first_day
from sandbox.files import write_files
from sandbox.history import activities
from sandbox.secrets import SECRETS
from sandbox.server import serve
from sources.opening_hours import WEEKDAYS
from warehouse.errors import ConfigError

SEED = 1
PLAN = Path(__file__).with_name("demo_plan.yaml")


def run_demo(folder: Path, today: date | None) -> int:
    """Write sample files and plan, serve the providers and refresh; returns the exit code."""
    clock = utc_now if today is None else lambda: datetime.combine(today, time(5), UTC)
    day = today or clock().astimezone(ZONE).date()
    try:
        write_files(folder / "files", day, SEED)
    except ValueError as error:
        raise ConfigError(str(error), where="--today") from None
    warehouse, plan = folder / "kmi-warehouse", folder / "plan.yaml"
    with serve(day, SEED, folder=folder / "files") as sandbox:
        plan.write_text(demo_plan(sandbox.url, day), encoding="utf-8")
        click.echo(f"Riverside Library, simulated: {sandbox.url}\n")
        secrets = resolver({**SECRETS, **os.environ})
        failed = run_and_report(
            lambda log: open_context(plan, warehouse, resolve=secrets, log=log, clock=clock),
            RefreshRequest(wait_s=60),
            RunOutput(),
        )
    _print_places(folder, sandbox.url, day)
    return 1 if failed else 0


def _print_places(folder: Path, url: str, day: date) -> None:
    port = url.rsplit(":", 1)[-1]
    sandbox = f"-m sandbox --folder {folder / 'files'} --today {day} --port {port}"
    python = relative_to_cwd(Path(sys.executable))
    kmi = relative_to_cwd(Path(sys.executable).with_name("kmi"))
    click.echo(f"""
The plan          {folder / "plan.yaml"}
Sample files      {folder / "files"}
Parquet for BI    {folder / "kmi-warehouse" / "published"}  (described in datapackage.json)

The pages         {kmi} report --plan {folder / "plan.yaml"} --output {folder / "scorecard"}
The brief         {kmi} brief --plan {folder / "plan.yaml"} --output {folder / "brief"}
Look further      {kmi} status --plan {folder / "plan.yaml"} --sources
                  {kmi} refused --plan {folder / "plan.yaml"}
Run it again      {python} {sandbox}   in one terminal, and in another
                  eval "$({python} -m sandbox --environment)"
                  {kmi} run --plan {folder / "plan.yaml"}""")


def demo_plan(url: str, today: date) -> str:
    """The text of the demo's plan, for providers at ``url``."""
    return Template(PLAN.read_text(encoding="utf-8")).substitute(
        url=url,
        today=today,
        base=today.year - 2,
        recent=(today.replace(day=1) - timedelta(days=80)).replace(day=1),
        due=today.year + 1,
        closed="\n".join(_closures(today)),
        hours="\n".join(_hours()),
        activities="\n".join(_activities(today)),
    )


def _closures(today: date) -> Iterator[str]:
    for closure in closed_days(today):
        entities = f", entities: [{closure.branch}]" if closure.branch else ""
        yield f"    - {{from: {closure.first}, to: {closure.last}, reason: {closure.reason}{entities}}}"


def _hours() -> Iterator[str]:
    for branch, week in OPENING.items():
        days = ", ".join(
            f'{name}: "{hours[0]:02}:00-{hours[1]:02}:00"' for name, hours in zip(WEEKDAYS, week, strict=True) if hours
        )
        yield f"      {branch}: {{{days}}}"


def _activities(today: date) -> Iterator[str]:
    for activity in activities(first_day(today), today + timedelta(days=1)):
        what = f'title: "{activity.title}", channel: {activity.channel}, indicators: [km_page_views]'
        yield f"  activity_{activity.day:%Y_%m_%d}: {{date: {activity.day}, {what}}}"
