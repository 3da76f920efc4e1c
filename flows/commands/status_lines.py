"""``kmi status`` on the terminal: a line for each indicator, the worst first, and below it what there is to say."""

import os
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click

from flows.commands.status_rows import NO_TARGET
from reports.words import VERDICT_LABELS, VERDICT_ORDER, alert_label, probability_label
from transforms.formatting import day, distinct_number, number

COLOURS = {"behind": "red", "at_risk": "yellow", "on_track": "green", "achieved": "green"}
LABEL, FIGURE = 16, 11
"""Widths of the columns; the title takes the rest."""
HELD = {"counted", "none"}


def status_lines(rows: Sequence[dict[str, Any]], width: int, *, in_full: bool, wrapped: bool = True) -> Iterator[str]:
    """The lines, of at most ``width`` characters besides colours. ``in_full``: also owner, target and outlook.

    Unless ``wrapped``, what there is to say of an indicator is one line, however long.
    """
    counts = Counter(row["verdict"] for row in rows if row["reason_code"] != NO_TARGET)
    parts = [f"{counts[verdict]} {VERDICT_LABELS[verdict].lower()}" for verdict in VERDICT_ORDER if counts[verdict]]
    without = len(rows) - sum(counts.values())
    parts += [f"{without} without a target"] if without else []
    if rows:
        yield from textwrap.wrap(f"{day(rows[0]['as_of'])}: {', '.join(parts)}", width)
        yield ""
    title_width = width - LABEL - 2 * FIGURE
    yield f"{'Verdict'.ljust(LABEL)}{'Indicator'.ljust(title_width)}{'Value'.rjust(FIGURE)}{'Expected'.rjust(FIGURE)}"
    for row in rows:
        yield _first_line(row, title_width)
        text = " ".join(f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in _details(row, in_full=in_full))
        if wrapped:
            yield from textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="    ")
        elif text:
            yield f"    {text}"


def _first_line(row: dict[str, Any], title_width: int) -> str:
    has_goal = row["reason_code"] != NO_TARGET
    label = (VERDICT_LABELS[row["verdict"]] if has_goal else "no target").ljust(LABEL)
    title = textwrap.shorten(row["title"] or row["indicator_id"], title_width - 1, placeholder="…").ljust(title_width)
    value = "-" if row["value"] is None else distinct_number(row["value"], row["expected"])
    expected = "-" if row["expected"] is None else distinct_number(row["expected"], row["value"])
    return f"{_coloured(label, row['verdict'])}{title}{value.rjust(FIGURE)}{expected.rjust(FIGURE)}"


def _coloured(label: str, verdict: str) -> str:
    """The label in its colour; ``click.echo`` takes it out where there is no terminal."""
    if "NO_COLOR" in os.environ or verdict not in COLOURS:
        return label
    return click.style(label, fg=COLOURS[verdict], bold=verdict == "behind")


def _details(row: dict[str, Any], *, in_full: bool) -> Iterator[str]:
    before, changed = row["verdict_before"], row["verdict_changed_at"]
    if before is not None:
        when = "new in this run" if changed == row["as_of"] else f"since {day(changed)}"
        yield f"{when}; before: {VERDICT_LABELS[before].lower()}"
    if row["worsening"]:
        yield "worsening"
    if in_full or (row["verdict"] not in {"on_track", "achieved"} and row["reason_code"] != NO_TARGET):
        yield row["reason"]
    if (chance := probability_label(row)) != "-":
        yield f"chance of the target {chance}"
    if (alert := alert_label(row)) != "-":
        yield f"alert {alert}"
    if row["grade"] not in HELD and row["value"] is not None:
        yield f"grade: {row['grade'].replace('_', ' ')}"
    if in_full:
        yield from _in_full(row)


def _in_full(row: dict[str, Any]) -> Iterator[str]:
    if row["outlook"]:
        yield row["outlook"]
    if row["due"] is not None:
        low, high = row["target_low"], row["target_high"]
        goal = f"{number(low)} to {number(high)}" if low is not None else number(row["target_value"])
        yield f"target: {goal} {row['unit']} by {day(row['due'])}"
    for name in ("owner", "objective"):
        if row[name]:
            yield f"{name}: {row[name]}"


def advice_line(rows: Sequence[dict[str, Any]], failed: Sequence[str], unready: Sequence[str]) -> str:
    """The one thing to do next."""
    if failed:
        return f"Next: 'kmi status --sources' says why {failed[0]} failed and what to do."
    behind = next((row for row in rows if row["verdict"] == "behind"), None)
    if behind is not None:
        who = f"talk with {behind['owner']} about" if behind["owner"] else "look into"
        return f"Next: {who} '{behind['title']}'; 'kmi status {behind['indicator_id']}' shows all of it."
    if unready or all(row["reason_code"] == NO_TARGET for row in rows):
        return "Next: 'kmi check' lists what in the plan is still to be filled in."
    return "Next: 'kmi plan review' prepares the page for the next meeting."
