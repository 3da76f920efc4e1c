"""``kmi demo``: run the real pipeline over a simulated library, with real HTTP and files."""

import os
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from string import Template
from typing import TextIO

import click

from flows.commands.brief import BriefRequest, make_brief
from flows.commands.report import make_report
from flows.commands.run import RunOutput, run_and_report, show_progress
from flows.output import count_noun, relative_to_cwd
from flows.steps.context import Context, open_context, utc_now
from flows.steps.refresh import RefreshRequest, refresh
from plan.secret_resolver import resolver
from sandbox.days import OPENING, ZONE, closed_days, first_day, month_after
from sandbox.files import write_first_workbook, write_workbook
from sandbox.history import activities, webinars_since
from sandbox.process import serve_in_process
from sandbox.secrets import SECRETS
from sources.opening_hours import WEEKDAYS
from warehouse.errors import ConfigError

SEED = 1
CORRECTED = "training"
PLAN = Path(__file__).with_name("demo_plan.yaml")


def run_demo(folder: Path, today: date | None, *, opens_page: bool = False) -> int:
    """Write sample files and plan, serve the providers, run twice and write pages and brief; returns the exit code.

    Between the two runs a figure is corrected in the workbook. ``opens_page`` opens the first page in the browser.
    """
    now = utc_now() if today is None else datetime.combine(today, time(5), UTC)
    day = today or now.astimezone(ZONE).date()
    try:
        first_day(day)
    except ValueError as error:
        raise ConfigError(str(error), where="--today") from None
    demo = Demo(folder, folder / "plan.yaml", folder / "kmi-warehouse")
    with serve_in_process(day, SEED, folder / "files") as url:
        demo.plan.write_text(demo_plan(url, day), encoding="utf-8")
        click.echo(f"Riverside Library, simulated: {url}\n")
        with (folder / "run.log").open("w", encoding="utf-8") as log:
            write_first_workbook(folder / "files", day, SEED)
            failed = demo.collect_everything(log, now - timedelta(hours=1))
            write_workbook(folder / "files", day, SEED)
            failed |= demo.judge_again(log, now)
    page = make_report(demo.plan, demo.address, folder / "scorecard", "en")
    _, brief = make_brief(demo.plan, demo.address, BriefRequest(folder / "brief"))
    _print_places(demo, (page, brief), url, day)
    if opens_page:
        open_in_browser(page)
    return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class Demo:
    """The folder of the demo, with its plan and its warehouse."""

    folder: Path
    plan: Path
    warehouse: Path

    @property
    def address(self) -> str:
        return str(self.warehouse)

    def _context(self, log: TextIO, now: datetime) -> Context:
        secrets = resolver({**SECRETS, **os.environ})
        return open_context(
            self.plan, self.warehouse, resolve=secrets, log=lambda line: print(line, file=log), clock=lambda: now
        )

    def collect_everything(self, log: TextIO, now: datetime) -> bool:
        """The first run: every source, into ``log``; prints how much came. Returns whether a source failed."""
        context = self._context(log, now)
        number = len(context.loaded.sources)
        click.echo(f"Collecting the whole history of {number} sources, which takes up to a minute ...")
        with show_progress(quiet=False) as (_, runner):
            result = refresh(context, RefreshRequest(wait_s=60), runner(number + 3))
        rows, refused = (
            sum(found) for found in zip(*((p.outcome.rows, p.refused) for p in result.collected), strict=True)
        )
        pulls = count_noun(len(result.collected), "pull")
        click.echo(f"{rows:,} observations from {number} sources in {pulls}; {refused} refused, see 'kmi refused'")
        for name, reason in result.failed.items():
            click.echo(f"FAILED: {name}: {reason}", err=True)
        return bool(result.failed)

    def judge_again(self, log: TextIO, now: datetime) -> bool:
        """The second run: the corrected workbook alone; prints the verdicts. Returns whether the source failed."""
        click.echo(
            "The lists of some trainings were missing in files/measures.xlsx. Now they are in it: running again."
        )
        request = RefreshRequest((CORRECTED,), wait_s=60)
        return run_and_report(lambda _: self._context(log, now), request, RunOutput())


def open_in_browser(page: Path) -> None:
    """Open the page, or say that there is no browser to open it."""
    try:
        is_open = webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        is_open = False
    if not is_open:
        click.echo(f"no browser was found: open {page} yourself", err=True)


def _print_places(demo: Demo, pages: tuple[Path, Path], url: str, day: date) -> None:
    port, folder, plan = url.rsplit(":", 1)[-1], demo.folder, demo.plan
    sandbox = f"-m sandbox --folder {folder / 'files'} --today {day} --port {port}"
    python = relative_to_cwd(Path(sys.executable))
    kmi = relative_to_cwd(Path(sys.executable).with_name("kmi"))
    click.echo(f"""
Open this page    {pages[0]}
The brief         {pages[1]}  (and brief.pdf beside it)
The plan          {plan}
Sample files      {folder / "files"}
Parquet for BI    {demo.warehouse / "published"}  (described in datapackage.json)
What was done     {folder / "run.log"}

Look further      {kmi} status --plan {plan} --sources
                  {kmi} refused --plan {plan}
Run it again      {python} {sandbox}   in one terminal, and in another
                  eval "$({python} -m sandbox --environment)"
                  {kmi} run --plan {plan}""")


def demo_plan(url: str, today: date) -> str:
    """The text of the demo's plan, for providers at ``url``. Most targets are due at the end of a quarter, soon."""
    due = quarter_end(today + timedelta(days=182))
    return Template(PLAN.read_text(encoding="utf-8")).substitute(
        url=url,
        today=today,
        first=first_day(today),
        two_years=(first_day(today) + timedelta(days=366)).replace(day=1),
        base=today.year - 2,
        last=(today - timedelta(days=92)).year - 1,
        recent=(today.replace(day=1) - timedelta(days=80)).replace(day=1),
        due=today.year + 1,
        soon=due,
        check=due.replace(day=1) - timedelta(days=62),
        closed="\n".join(_closures(today)),
        hours="\n".join(_hours()),
        activities="\n".join(_activities(today)),
    )


def quarter_end(day: date) -> date:
    """Last day of the quarter of ``day``."""
    return month_after(date(day.year, day.month + -day.month % 3, 1)) - timedelta(days=1)


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
    for activity in activities(today - timedelta(days=365), today + timedelta(days=1)):
        what = f'title: "{activity.title}", channel: {activity.channel}, indicators: [km_sessions]'
        yield f"  activity_{activity.day:%Y_%m_%d}: {{date: {activity.day}, {what}}}"
    what = 'title: "Each training also as a webinar", channel: webinar, indicators: [training_attendances]'
    yield f"  webinars: {{date: {webinars_since(today)}, {what}}}"
