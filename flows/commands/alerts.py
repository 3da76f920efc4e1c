"""``kmi alerts``: what stands and who was told of it, and what people say of it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from flows.commands.status import show_json
from flows.output import show_table
from flows.steps.context import Context
from flows.steps.notify import next_number, read_notices, recipients, record_notices
from flows.steps.refresh import hold_warehouse
from reports.delivery import Message, deliver
from reports.notice_words import HEADINGS
from transforms.alerts.notice_kinds import OVERDUE
from transforms.alerts.notices import (
    ACKNOWLEDGED,
    FAILED,
    RECOVERED,
    SENDING,
    SNOOZED,
    Past,
    UserAction,
    pasts,
    user_actions,
)
from transforms.alerts.states import FIRING, PENDING
from warehouse.errors import ConfigError, KmiError
from warehouse.schema import EVALUATIONS, NOTICES

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """What a person says on the command line."""

    acknowledge: str | None
    snooze: str | None
    until: date | None
    by: str
    because: str

    @property
    def notice_id(self) -> str | None:
        return self.acknowledge or self.snooze

    def checked(self) -> None:
        """Raises ``ConfigError`` where it does not hold together."""
        if self.acknowledge and self.snooze:
            raise ConfigError(
                "a fact is acknowledged or snoozed, not both at once", do="give one of --acknowledge and --snooze"
            )
        if not self.by.strip():
            raise ConfigError("who says so?", do="add --by with your name")
        if self.snooze and self.until is None:
            raise ConfigError("until when?", do="add --until with the first day on which it may be told again")
        if self.acknowledge and self.until is not None:
            raise ConfigError(
                "what is acknowledged is not told again until it is over, so it has no --until",
                do="leave --until out, or use --snooze",
            )


def list_notices(context: Context, *, as_json: bool) -> None:
    """Print what stands or is about to, as of the last run."""
    rows = _active_notices(context)
    ledger = read_notices(context)
    said, told = user_actions(ledger), pasts(ledger)
    if as_json:
        kept = ("notice_id", "kind", "subject", "state", "since", "through", "as_of")
        found = [
            {
                **{name: row[name] for name in kept},
                "told": _told(told, row),
                "not_told": _untold(ledger, row),
                "said": _words(said, row),
            }
            for row in rows
        ]
        show_json({"warehouse": context.root.address, "notices": found})
        return
    if not rows:
        click.echo("Nothing stands.")
        return
    lines = [
        [
            row["notice_id"],
            row["state"],
            str(row["since"] or "-"),
            _words(said, row) or "-",
            f"{_title(context, row)}; {_heard(told, ledger, row)}",
        ]
        for row in rows
    ]
    show_table(["Id", "State", "Since", "Acknowledged or snoozed", "What, and who was told"], lines)
    click.echo(
        "\nTo be told no more of one: kmi alerts --acknowledge ID --by NAME, or --snooze ID --until DAY --by NAME"
    )


def _active_notices(context: Context) -> list[Row]:
    """One row a fact that stands or waits, of the newest evaluation. Raises ``ConfigError`` before the first."""
    if context.tables.version(EVALUATIONS) < 0:
        raise ConfigError(
            "nothing was evaluated here yet",
            where=context.root.address,
            do="run 'kmi run', or name the warehouse with --warehouse",
        )
    table = context.tables.read(NOTICES)
    table = table.filter(pc.invert(pc.is_in(table["outcome"], pa.array([ACKNOWLEDGED, SNOOZED]))))
    of_runs = pc.equal(table["kind"], OVERDUE)
    evaluated, runs = (_newest(table.filter(mask)) for mask in (pc.invert(of_runs), of_runs))
    if evaluated and runs and runs[0]["as_of"] > evaluated[0]["as_of"]:  # found by 'kmi health' since the last run
        evaluated += runs
    rows = evaluated or runs
    found = {(row["kind"], row["subject"]): row for row in rows if row["state"] in {FIRING, PENDING}}
    return sorted(found.values(), key=lambda row: (row["since"] or row["as_of"].date(), row["subject"]))


def _newest(table: pa.Table) -> list[Row]:
    """The rows of the newest evaluation."""
    rows: list[Row] = table.filter(pc.equal(table["as_of"], pc.max(table["as_of"]))).to_pylist()
    return rows


def _told(told: dict[tuple[str, str, str], Past], row: Row) -> list[str]:
    """Who was told of a fact, and not yet of its end."""
    last = {recipient: past.last for (recipient, *key), past in told.items() if key == [row["kind"], row["subject"]]}
    since = row["since"]
    return sorted(
        name
        for name, message in last.items()
        if message and message.told_as != RECOVERED and (since is None or since <= message.through)
    )


def _title(context: Context, row: Row) -> str:
    indicator = context.loaded.plan.indicators.get(row["subject"])
    return f"{indicator.title if indicator else row['subject']}: {HEADINGS[row['kind']]}"


def _untold(ledger: Iterable[Row], row: Row) -> dict[str, str]:
    """Whom the newest message about a fact did not reach, and why."""
    mine = [
        one for one in ledger if one["recipient"] and (one["kind"], one["subject"]) == (row["kind"], row["subject"])
    ]
    newest = {one["recipient"]: one for one in sorted(mine, key=_order)}
    return {name: one["reason"] for name, one in sorted(newest.items()) if one["outcome"] == FAILED}


def _order(row: Row) -> tuple[int, bool]:
    """Where a row of the ledger stands among the others: of one message the outcome is after the sending."""
    return int(row["number"]), row["outcome"] != SENDING


def _heard(told: dict[tuple[str, str, str], Past], ledger: Iterable[Row], row: Row) -> str:
    heard, untold = _told(told, row), _untold(ledger, row)
    parts = [f"told: {', '.join(heard)}"] if heard else []
    parts += [f"not told: {', '.join(f'{name} ({why})' for name, why in untold.items())}"] if untold else []
    return "; ".join(parts) or "nobody was told"


def _words(said: dict[tuple[str, str], UserAction], row: Row) -> str:
    act = said.get((row["kind"], row["subject"]))
    if act is None or (act.outcome == ACKNOWLEDGED and row["since"] is not None and row["since"] > act.through):
        return ""
    return f"{act.outcome} by {act.by}" if act.until is None else f"{act.outcome} until {act.until} by {act.by}"


def record_action(context: Context, said: NoticeAction) -> None:
    """Put on the ledger what a person says. Raises ``ConfigError`` where the id fits no fact that stands."""
    said.checked()
    with hold_warehouse(context, 60):
        hits = [
            row
            for row in _active_notices(context)
            if row["notice_id"] and row["notice_id"].startswith(str(said.notice_id))
        ]
        if len(hits) != 1:
            what = "nothing that stands has this id" if not hits else f"{len(hits)} ids begin so"
            raise ConfigError(what, where=str(said.notice_id), do="take an id from 'kmi alerts'")
        row = hits[0]
        outcome = ACKNOWLEDGED if said.acknowledge else SNOOZED
        about = {
            "outcome": outcome,
            "reason": said.because,
            "by": said.by,
            "until": said.until,
            "as_of": context.clock(),
            "number": next_number(context),
        }
        record_notices(context, [{**row, "recipient": None, "told_as": None, **about}])
    click.echo(
        f"{outcome.capitalize()}: {_title(context, row)}{f' until {said.until}' if said.until else ''}, by {said.by}"
    )


def try_addresses(context: Context) -> bool:
    """Send each address of the plan a message; whether any did not take it."""
    name = context.loaded.plan.organisation.name
    text = f"This is a test from KM Indicators of {name}. Who reads it is told of alerts."
    post = Message(f"{name}: a test", text, f"<p>{escape(text)}</p>")
    asked = recipients(context.loaded.plan)
    if not asked:
        raise ConfigError("the plan names no address", do="add routes under 'alerts'; see docs/notices.md")
    failed = 0
    for recipient in asked:
        try:
            why = deliver(context.resolve(recipient), post, time.sleep)
        except KmiError as error:
            why = "; ".join(part for part in (error.what, error.do) if part)
        click.echo(f"{recipient}: {why or 'sent'}", err=bool(why))
        failed += bool(why)
    return failed > 0
