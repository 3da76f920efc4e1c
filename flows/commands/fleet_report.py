"""``kmi fleet report``: the common tables, and the pages that are made from them."""

import os
from datetime import datetime
from pathlib import Path

import click

from flows.fleet.roll_up import publish_roll_up
from flows.output import count_noun
from flows.steps.context import fixed_clock, utc_now
from plan.load_fleet import LoadedFleet
from plan.secret_resolver import resolver
from reports.languages import language
from reports.site.file_names import OVERVIEW
from reports.site.fleet_pages import CONSORTIUM, FleetDetails, build_fleet_site
from reports.site.folder import check_folder, write_folder


def write_fleet_report(fleet: LoadedFleet, now: datetime | None, output: Path, code: str) -> None:
    """Publish the common tables, and write the pages into ``output`` in the language ``code``.

    Raises ``ConfigError`` where the folder holds anything but a report, ``RefusedError`` where it cannot be written.
    """
    check_folder(output.resolve())
    moment = (fixed_clock(now) or utc_now)()
    found = publish_roll_up(fleet, resolver(os.environ), moment, click.echo)
    names = {member_id: fleet.member(name).name for name, member_id in found.ids.items()}
    folders = {member_id: name for name, member_id in found.ids.items()}
    details = FleetDetails(fleet.fleet.name, names, folders, len(fleet.fleet.members) - len(names), moment)
    write_folder(output, build_fleet_site(details, found.tables, language(code)))
    page = output / CONSORTIUM / OVERVIEW
    click.echo(f"written {output}: open {page}; {count_noun(len(names), 'page')} of members in {output / 'members'}")
