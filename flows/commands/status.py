"""``kmi status``: the published verdicts and sources, and how long values still change.

It reads Parquet and imports little else, so that it starts at once.
"""

import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from flows.commands.status_lines import advice_line, status_lines
from flows.commands.status_rows import Selection, choose, status_rows
from flows.output import show_json, show_table, terminal_width, wants_long_lines
from reports.words import missing_days
from warehouse.errors import ConfigError
from warehouse.published_tables import PublishedTables, Row, published_at
from warehouse.schema import (
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATORS,
    PUBLISHED_SETTLING,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
    Table,
)

JSON_VERSION = 1
"""Of ``kmi status --json``: columns are only added within a version. docs/status.schema.json describes it."""

SHOWN_GAPS = 12


def show_verdicts(
    address: str,
    *,
    as_json: bool,
    known_on: datetime | None = None,
    selection: Selection | None = None,
    wrapped: bool | None = None,
) -> bool:
    """Print the published verdicts, or those of ``known_on`` (UTC); returns whether one of those shown is behind.

    wrapped: see ``status_lines``; None: unless a program asks for long lines.
    """
    published, chosen = published_at(address), selection or Selection()
    if known_on is None:
        verdicts, about = published.rows(PUBLISHED_VERDICTS), published.by(PUBLISHED_INDICATORS, "indicator_id")
    else:
        verdicts, about = _verdicts_as_of(address, known_on)
    rows = choose(status_rows(verdicts, about, _rows_if_any(published, PUBLISHED_HISTORY)), chosen)
    behind = any(row["verdict"] == "behind" for row in rows)
    if as_json:
        as_of = {"as_known_on": known_on} if known_on else {}
        show_json({"version": JSON_VERSION, "warehouse": address, **as_of, "verdicts": rows})
        return behind
    if known_on and rows:
        click.echo(f"As judged on {rows[0]['as_of']:%Y-%m-%d %H:%M} UTC:\n")
    wrapped = not wants_long_lines() if wrapped is None else wrapped
    for line in status_lines(rows, terminal_width(), in_full=bool(chosen.indicators), wrapped=wrapped):
        click.echo(line)
    if not rows:
        click.echo("No indicator is behind." if chosen.behind else "The plan has no indicator.")
    if not known_on:
        _show_sources_and_advice(address, rows)
    return behind


def _rows_if_any(published: PublishedTables, table: Table) -> list[Row]:
    """The rows of a table that an older version did not publish."""
    try:
        return published.rows(table)
    except ConfigError:
        return []


def _show_sources_and_advice(address: str, rows: Sequence[dict[str, Any]]) -> None:
    """Name the sources that failed or are late: the verdicts that use them rest on old figures."""
    sources = published_at(address).rows(PUBLISHED_SOURCES)
    failed = [s["source"] for s in sources if s["last_error"]]
    unready = [s["source"] for s in sources if s["ready"] is False]
    late = [f"{s['source']} ({_reach(s)})" for s in sources if not s["fresh"] and s["ready"] is not False]
    named = (("Failed", failed), ("Late", late))
    sentences = [f"{label}: {', '.join(names)}." for label, names in named if names]
    if sentences:
        _echo_wrapped(f"{' '.join(sentences)} See 'kmi status --sources'.")
    if unready:
        _echo_wrapped(f"Not set up yet: {', '.join(unready)}.")
    if rows:
        _echo_wrapped(advice_line(rows, failed, unready))


def _echo_wrapped(text: str) -> None:
    click.echo("\n" + "\n".join(textwrap.wrap(text, terminal_width(), break_on_hyphens=False)))


def _reach(source: Row) -> str:
    return f"data through {source['data_through']}" if source["data_through"] else "no figures yet"


def _verdicts_as_of(address: str, instant: datetime) -> tuple[list[Row], dict[str, Row]]:
    """The verdict rows of the last evaluation up to ``instant``, and what is known of each indicator: its title then.

    Raises ``ConfigError`` before the first.
    """
    from flows.steps.verdict_ledger import read_verdicts_as_of

    table, first = read_verdicts_as_of(address, instant)
    if table.num_rows == 0:
        since = f"the first evaluation was on {first:%Y-%m-%d %H:%M} UTC" if first else "nothing was evaluated here yet"
        raise ConfigError(f"nothing was known on {instant:%Y-%m-%d}", where=address, do=since)
    about: dict[str, Row] = {row["indicator_id"]: row for row in table.select(["indicator_id", "title"]).to_pylist()}
    return table.drop_columns(["title"]).to_pylist(), about


def show_sources(address: str, *, as_json: bool) -> bool:
    """Print the sources; always returns False, as no indicator is shown behind."""
    sources = published_at(address).rows(PUBLISHED_SOURCES)
    if as_json:
        show_json({"warehouse": address, "sources": sources})
        return False
    rows = [
        [
            s["source"],
            s["type"],
            str(s["data_through"] or "-"),
            "yes" if s["fresh"] else "NO",
            f"{s['rows']:,}",
            f"{s['refused']:,}",
            _trouble(s),
        ]
        for s in sources
    ]
    show_table(["Source", "Type", "Data through", "Fresh", "Rows", "Refused", "What is wrong"], rows)
    click.echo()
    show_table(
        ["Source", "How long its values still change"],
        [[s["source"], s.get("settling") or "run kmi once more to learn it"] for s in sources],
    )
    gaps = [[s["source"], _shortened(days)] for s in sources if (days := missing_days(s))]
    if gaps:
        click.echo()
        show_table(["Source", "Days that are missing"], gaps)
    return False


def _trouble(source: Row) -> str:
    """The error or pause of the newest pull, and when the access ends if the provider says so."""
    ends = source.get("access_expires_at")  # files of an older version lack what was added since
    parts = (
        source["last_error"],
        f"waits: {source['waiting']}" if source.get("waiting") else None,
        f"the access ends on {ends:%Y-%m-%d}" if ends else None,
    )
    return "; ".join(part for part in parts if part)


def _shortened(days: list[str]) -> str:
    """The newest days as text; ``kmi status --sources --json`` has all of them."""
    more = len(days) - SHOWN_GAPS
    return ", ".join(days[-SHOWN_GAPS:]) + (f" and {more} earlier" if more > 0 else "")


def show_settling(address: str, source: str, *, as_json: bool) -> bool:
    """Print how values of one source changed by their age; returns False.

    Raises ``ConfigError`` if unknown.
    """
    settling = {row["source"]: row.get("settling", "") for row in published_at(address).rows(PUBLISHED_SOURCES)}
    if source not in settling:
        raise ConfigError(
            f"no source '{source}' was published here", where=address, do=f"its sources: {', '.join(settling)}"
        )
    ages = [row for row in published_at(address).rows(PUBLISHED_SETTLING) if row["source"] == source]
    if as_json:
        show_json({"warehouse": address, "source": source, "settling": settling[source], "ages": ages})
        return False
    click.echo(f"{source}: {settling[source]}")
    if ages:
        click.echo()
        header = [
            "Metric",
            "Age in days",
            "Read again",
            "Changed",
            "Median change",
            "95th percentile",
            "Followed",
            "Still change after",
        ]
        show_table(header, [_settling_row(age) for age in ages])
    return False


def _settling_row(age: Row) -> list[str]:
    sizes = [
        age["median_change_pct"],
        age["p95_change_pct"],
        None if age["share_still_changing"] is None else age["share_still_changing"] * 100,
    ]
    median, largest, still = ("-" if size is None else f"{size:.1f} %" for size in sizes)
    return [
        age["metric"],
        str(age["age"]),
        f"{age['read_again']:,}",
        f"{age['changed']:,}",
        median,
        largest,
        f"{age['followed']:,}",
        still,
    ]
