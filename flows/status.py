"""``kmi status``: the published verdicts and sources. It reads Parquet and imports little else, to start at once."""

import json
from datetime import date, datetime
from typing import Any

import click

from flows.tables import show_table
from reports.words import verdict_words
from warehouse.errors import ConfigError
from warehouse.root import open_root, parquet_rows


def read_published(address: str, name: str) -> list[dict[str, Any]]:
    """The rows of a published file. Raises ``ConfigError`` where nothing was published yet."""
    try:
        body = open_root(address).read(f"published/{name}.parquet")
    except FileNotFoundError:
        raise ConfigError("nothing has been published here yet", where=address, do="run 'kmi run', or name the warehouse with --warehouse") from None
    rows: list[dict[str, Any]] = parquet_rows(body)
    return rows


def show_verdicts(address: str, *, as_json: bool) -> bool:
    """Print the verdicts; whether any indicator is behind."""
    verdicts = read_published(address, "verdicts")
    behind = any(row["verdict"] == "behind" for row in verdicts)
    if as_json:
        show_json({"warehouse": address, "verdicts": verdicts})
        return behind
    titles = {row["indicator_id"]: row["title"] for row in read_published(address, "indicators")}
    rows = [[titles[v["indicator_id"]], verdict_words(v), v["grade"], v["reason"]] for v in verdicts]
    show_table(["Indicator", "Verdict", "Grade", "Why"], rows)
    return behind


def show_sources(address: str, *, as_json: bool) -> bool:
    """Print the sources; never says that an indicator is behind."""
    sources = read_published(address, "sources")
    if as_json:
        show_json({"warehouse": address, "sources": sources})
        return False
    rows = [
        [s["source"], s["type"], str(s["data_through"] or "-"), "yes" if s["fresh"] else "NO", f"{s['rows']:,}", f"{s['refused']:,}", s["last_error"] or ""]
        for s in sources
    ]
    show_table(["Source", "Type", "Data through", "Fresh", "Rows", "Refused", "Last error"], rows)
    return False


def show_json(document: object) -> None:
    def plain(value: object) -> str:
        if isinstance(value, date | datetime):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    click.echo(json.dumps(document, default=plain, ensure_ascii=False, indent=2))
