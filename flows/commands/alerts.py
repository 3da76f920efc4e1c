"""``kmi alerts``: list the active notices, acknowledge or snooze one, test the addresses."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Self

import click

from flows.output import show_json, show_table
from flows.steps.context import Context
from flows.steps.notice_ledger import Row, error_text, next_number, read_notices, record_notices
from reports.notice_headings import notice_heading
from transforms.alerts.notice_kinds import OVERDUE, WEEKLY
from transforms.alerts.notices import (
    ACKNOWLEDGED,
    FAILED,
    RECOVERED,
    SENDING,
    SNOOZED,
    NoticeHistory,
    UserAction,
    notice_histories,
    user_actions,
)
from transforms.alerts.state_names import FIRING, PENDING
from warehouse.errors import ConfigError, KmiError
from warehouse.root import table_rows
from warehouse.schema import EVALUATIONS, NOTICES

JSON_COLUMNS = ("notice_id", "kind", "subject", "state", "since", "through", "as_of")


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """What the command line asks for: to acknowledge or to snooze the notice with an id."""

    acknowledge: str | None
    snooze: str | None
    until: date | None
    by: str
    because: str

    @property
    def notice_id(self) -> str | None:
        return self.acknowledge or self.snooze

    def check(self) -> None:
        """Raises ``ConfigError`` for options that contradict each other or are missing."""
        if self.acknowledge and self.snooze:
            raise ConfigError("a notice cannot be acknowledged and snoozed at once", do="give only one of the two")
        if not self.by.strip():
            raise ConfigError("your name is missing", do="add --by with your name")
        if self.snooze and self.until is None:
            raise ConfigError(
                "a snooze needs its end", do="add --until with the first day on which it may be sent again"
            )
        if self.acknowledge and self.until is not None:
            raise ConfigError(
                "an acknowledged notice stays silent until it ends, so it has no --until",
                do="leave --until out, or use --snooze",
            )


@dataclass(frozen=True, slots=True)
class NoticeLedger:
    """The rows of the ledger that are not silent, and what follows from them for each fact."""

    rows: tuple[Row, ...]
    histories: Mapping[tuple[str, str, str], NoticeHistory]
    actions: Mapping[tuple[str, str], UserAction]

    @classmethod
    def read(cls, context: Context) -> Self:
        rows = read_notices(context)
        return cls(rows, notice_histories(rows), user_actions(rows))

    def notified(self, row: Row) -> list[str]:
        """The recipients that got a notice of the fact and none of its end."""
        key, since = [row["kind"], row["subject"]], row["since"]
        last = {recipient: history.last for (recipient, *of), history in self.histories.items() if of == key}
        return sorted(
            recipient
            for recipient, message in last.items()
            if message and message.told_as != RECOVERED and (since is None or since <= message.through)
        )

    def not_notified(self, row: Row) -> dict[str, str]:
        """The recipients that the newest message about the fact did not reach, and why."""
        key = (row["kind"], row["subject"])
        about = [one for one in self.rows if one["recipient"] and (one["kind"], one["subject"]) == key]
        newest = {one["recipient"]: one for one in sorted(about, key=_ledger_order)}
        return {name: one["reason"] for name, one in sorted(newest.items()) if one["outcome"] == FAILED}

    def action_text(self, row: Row) -> str:
        """Who acknowledged or snoozed the fact; empty if nobody did since it began."""
        action = self.actions.get((row["kind"], row["subject"]))
        if action is None:
            return ""
        if action.outcome == ACKNOWLEDGED and row["since"] is not None and row["since"] > action.through:
            return ""
        until = "" if action.until is None else f" until {action.until}"
        return f"{action.outcome}{until} by {action.by}"


def list_notices(context: Context, *, as_json: bool) -> None:
    """Print the active and pending notices as of the last run."""
    rows = _active_notices(context)
    ledger = NoticeLedger.read(context)
    if as_json:
        notices = [_document(ledger, row) for row in rows]
        show_json({"warehouse": context.root.address, "notices": notices})
        return
    if not rows:
        click.echo("No active alerts.")
        return
    lines = [
        [
            row["notice_id"],
            row["state"],
            str(row["since"] or "-"),
            ledger.action_text(row) or "-",
            f"{_title(context, row)}; {_recipients_text(ledger, row)}",
        ]
        for row in rows
    ]
    show_table(["Id", "State", "Since", "Acknowledged or snoozed", "What, and who was notified"], lines)
    click.echo(
        "\nTo silence one: kmi alerts --acknowledge ID --by NAME, or kmi alerts --snooze ID --until DAY --by NAME"
    )


def _document(ledger: NoticeLedger, row: Row) -> dict[str, Any]:
    return {
        **{name: row[name] for name in JSON_COLUMNS},
        "told": ledger.notified(row),
        "not_told": ledger.not_notified(row),
        "said": ledger.action_text(row),
    }


def _active_notices(context: Context) -> list[Row]:
    """One row per active or pending fact of the newest evaluation.

    Raises ``ConfigError`` before the first one.
    """
    if context.tables.version(EVALUATIONS) < 0:
        raise ConfigError(
            "nothing was evaluated here yet",
            where=context.root.address,
            do="run 'kmi run', or name the warehouse with --warehouse",
        )
    table = table_rows(
        context.tables.read(NOTICES, f"outcome NOT IN ('{ACKNOWLEDGED}', '{SNOOZED}') AND kind <> '{WEEKLY}'")
    )
    of_runs, of_figures = ([row for row in table if (row["kind"] == OVERDUE) is runs] for runs in (True, False))
    evaluated, runs = _newest(of_figures), _newest(of_runs)
    if evaluated and runs and runs[0]["as_of"] > evaluated[0]["as_of"]:  # found by 'kmi health' since the last run
        evaluated += runs
    rows = evaluated or runs
    found = {(row["kind"], row["subject"]): row for row in rows if row["state"] in {FIRING, PENDING}}
    return sorted(found.values(), key=lambda row: (row["since"] or row["as_of"].date(), row["subject"]))


def _newest(rows: list[Row]) -> list[Row]:
    """The rows of the newest evaluation."""
    newest = max((row["as_of"] for row in rows), default=None)
    return [row for row in rows if row["as_of"] == newest]


def _ledger_order(row: Row) -> tuple[int, bool]:
    """Orders messages by number; within one message the outcome comes after the sending."""
    return int(row["number"]), row["outcome"] != SENDING


def _title(context: Context, row: Row) -> str:
    indicator = context.loaded.plan.indicators.get(row["subject"])
    return f"{indicator.title if indicator else row['subject']}: {notice_heading(row['kind'])}"


def _recipients_text(ledger: NoticeLedger, row: Row) -> str:
    notified, failed = ledger.notified(row), ledger.not_notified(row)
    parts = [f"notified: {', '.join(notified)}"] if notified else []
    parts += [f"not notified: {', '.join(f'{name} ({why})' for name, why in failed.items())}"] if failed else []
    return "; ".join(parts) or "nobody was notified"


def record_action(context: Context, action: NoticeAction) -> None:
    """Record an acknowledgement or a snooze.

    Raises ``ConfigError`` unless the id fits exactly one active notice.
    """
    action.check()
    outcome = ACKNOWLEDGED if action.acknowledge else SNOOZED
    from flows.steps.warehouse_lock import hold_warehouse

    with hold_warehouse(context, 60):
        row = _find_active(context, str(action.notice_id))
        columns = {
            "outcome": outcome,
            "reason": action.because,
            "by": action.by,
            "until": action.until,
            "as_of": context.clock(),
            "number": next_number(context),
        }
        record_notices(context, [{**row, "recipient": None, "told_as": None, **columns}])
    until = f" until {action.until}" if action.until else ""
    click.echo(f"{outcome.capitalize()}: {_title(context, row)}{until}, by {action.by}")


def _find_active(context: Context, notice_id: str) -> Row:
    """The active notice whose id starts with ``notice_id``."""
    active = [row for row in _active_notices(context) if row["notice_id"]]
    found = [row for row in active if row["notice_id"].startswith(notice_id)]
    if len(found) != 1:
        what = f"{len(found)} ids start with this" if found else "no active notice has this id"
        raise ConfigError(what, where=notice_id, do="take an id from 'kmi alerts'")
    return found[0]


def try_addresses(context: Context) -> bool:
    """Send each address of the plan a test message; returns whether any failed."""
    from reports.delivery import Message, deliver
    from reports.languages import language
    from reports.mail import PROGRAM
    from reports.plain_text import one_line

    name = context.loaded.plan.organisation.name
    t = language(context.loaded.plan.organisation.language)
    text = t("trial.text", name=name)
    message = Message(
        t("trial.title", name=name), text, f"<p>{escape(text)}</p>", sender=f"{one_line(name, 60)} ({PROGRAM})"
    )
    addresses = context.loaded.plan.alerts.recipients()
    if not addresses:
        raise ConfigError("the plan names no address", do="add routes under 'alerts'; see docs/notices.md")
    failed = False
    for recipient in addresses:
        try:
            error = deliver(context.resolve(recipient), message, time.sleep)
        except KmiError as refused:
            error = error_text(refused)
        click.echo(f"{recipient}: {error or 'sent'}", err=bool(error))
        failed = failed or bool(error)
    return failed
