"""``kmi note`` and its options."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.options import DAY, JSON, NOW, PLAN, WAREHOUSE, command_context


@click.command()
@click.argument("indicator", required=False)
@click.argument("text", required=False)
@PLAN
@WAREHOUSE
@NOW
@click.option("--by", default="", help="Your name or your job title.")
@click.option("--on", type=DAY, help="The day of which the note speaks.  [default: today]")
@click.option("--withdraw", metavar="ID", help="Take this note back; with --by.")
@JSON
def note(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Write a note on an indicator, for its page and for messages; without TEXT list the notes."""
    from flows.commands.note import NoteRequest, note

    on = options.pop("on")
    request = NoteRequest(on=on and on.date(), **options)
    note(command_context(plan, warehouse, now, lambda line: click.echo(line, err=True)), request)
