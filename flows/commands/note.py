"""``kmi note``: write a note on an indicator, list the notes, or take one back."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date

import click

from flows.output import show_json, show_table
from flows.steps.context import Context
from flows.steps.note_ledger import Note, new_note, notes_in_force, record_note, withdraw_note
from plan.suggestion import suggest
from reports.note_lines import LONGEST_NAME, LONGEST_NOTE
from reports.plain_text import on_one_line, one_line
from sources.secrets import REFERENCE, detect_secret
from transforms.formatting import day
from warehouse.errors import ConfigError, KmiError

WAIT_S = 600.0
"""How long a note waits for a run that is going."""


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """What the command line asks for: without ``text`` and ``withdraw`` the notes are listed."""

    indicator: str | None
    text: str | None
    withdraw: str | None
    by: str
    on: date | None
    as_json: bool

    def check(self) -> None:
        """Raises ``ConfigError`` for options that contradict each other or are missing."""
        writes = self.text is not None
        if self.withdraw and (writes or self.on):
            raise ConfigError("a note is withdrawn without a text or a day", do="give --withdraw with --by alone")
        if (writes or self.withdraw) and not self.by.strip():
            raise ConfigError("your name is missing", where="--by", do="add --by with your name or your job title")
        if not writes and not self.withdraw and (self.by or self.on):
            raise ConfigError(
                "--by and --on belong to a note", do='add its text: kmi note INDICATOR "the note" --by NAME'
            )
        if len(self.by) > LONGEST_NAME:
            raise ConfigError(f"the name has more than {LONGEST_NAME} characters", where="--by", do="shorten it")


def note(context: Context, request: NoteRequest) -> None:
    """Write, withdraw or list. Raises ``ConfigError`` for an unknown indicator and for a note that is not accepted."""
    indicators = context.loaded.plan.indicators
    if request.indicator is not None and request.indicator not in indicators:
        raise ConfigError(
            f"the plan has no indicator '{one_line(request.indicator, LONGEST_NAME)}'",
            do=suggest(request.indicator, indicators),
        )
    request.check()
    if request.text is not None:
        _write(context, request)
    elif request.withdraw:
        _withdraw(context, request)
    else:
        _list(context, request)


def _write(context: Context, request: NoteRequest) -> None:
    from flows.steps.warehouse_lock import hold_warehouse

    text, author = (accepted_text(context, part) for part in (request.text or "", request.by))
    today = context.today
    if request.on is not None and request.on > today:
        raise ConfigError(f"{request.on} has not come yet", where="--on", do="give today or an earlier day")
    name = str(request.indicator)
    with hold_warehouse(context, WAIT_S):
        written = new_note(name, request.on or today, author, text, context.clock())
        record_note(context, written)
    title = context.loaded.plan.indicators[name].title
    click.echo(f"noted on {one_line(title, LONGEST_NAME)}, {day(written.noted_on)}, by {author}")
    click.echo(f"to take it back: kmi note {name} --withdraw {written.note_id} --by NAME")


def accepted_text(context: Context, text: str) -> str:
    """The text on one line. Raises ``ConfigError`` where it is empty, too long or holds a secret."""
    line = on_one_line(text)
    if not line:
        raise ConfigError("the note is empty", do='write it in quotation marks: kmi note INDICATOR "the note"')
    if len(line) > LONGEST_NOTE:
        what = f"the note has {len(line)} characters, and at most {LONGEST_NOTE} are kept"
        raise ConfigError(what, do="shorten it, or put the details where a link can lead")
    secret = detect_secret(line) or ("a secret of the plan" if _holds_secret(context, line) else None)
    if secret:
        raise ConfigError(
            f"the note seems to hold {secret}", do="leave it out: everyone who reads the pages sees a note"
        )
    return line


def _holds_secret(context: Context, text: str) -> bool:
    """Whether the text has a secret that the plan refers to and that is set here."""
    plan = context.loaded.plan
    written = [plan.alerts.model_dump_json(), *(source.model_dump_json() for source in plan.sources.values())]
    for reference in {found[0] for part in written for found in REFERENCE.finditer(part)}:
        with suppress(KmiError):
            context.resolve(reference)
    return context.redactor.redact_text(text) != text


def _withdraw(context: Context, request: NoteRequest) -> None:
    from flows.steps.warehouse_lock import hold_warehouse

    with hold_warehouse(context, WAIT_S):
        notes = [one for one in notes_in_force(context) if one.note_id.startswith(str(request.withdraw))]
        found = [one for one in notes if request.indicator in {None, one.indicator_id}]
        if len(found) != 1:
            what = f"{len(found)} notes have an id that starts with this" if found else "no note has this id"
            raise ConfigError(what, where=str(request.withdraw), do="take an id from 'kmi note'")
        author = accepted_text(context, request.by)
        withdraw_note(context, found[0], author)
    click.echo(f"withdrawn by {author}: {found[0].note}; the ledger keeps it")


def _list(context: Context, request: NoteRequest) -> None:
    notes = [one for one in notes_in_force(context) if request.indicator in {None, one.indicator_id}]
    if request.as_json:
        show_json({"warehouse": context.root.address, "notes": [asdict(one) for one in notes]})
    elif notes:
        show_table(["Id", "Day", "Indicator", "By", "Note"], list(_lines(notes)))
    else:
        click.echo('No note yet. To write one: kmi note INDICATOR "the note" --by NAME')


def _lines(notes: Iterable[Note]) -> Iterable[list[str]]:
    return ([one.note_id, str(one.noted_on), one.indicator_id, one.author, one.note] for one in notes)
