"""Tables, JSON and counts, as the commands print them."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

QUESTION_WIDTH = 80
"""The columns of what ``kmi inspect`` and ``kmi add`` print."""
WIDEST = 100
"""The columns of a line that people can read."""
WIDEST_SCREEN = 200
"""More columns than that are asked for by programs, which want sentences in one line."""


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, wrap_last: bool = True) -> None:
    """Print aligned columns; the last one is wrapped to the width of the terminal."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    indent = sum(width + 2 for width in widths[:-1])
    room = max(shutil.get_terminal_size((110, 24)).columns - indent, 30) if wrap_last else 10_000
    rule = ["-" * width for width in (*widths[:-1], min(widths[-1], room))]
    for row in (header, rule, *rows):
        start = "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths[:-1], strict=True))
        lines = textwrap.wrap(row[-1], room) or [""]
        click.echo((start + lines[0]).rstrip())
        for line in lines[1:]:
            click.echo(" " * indent + line)


def terminal_width(least: int = 60, most: int = WIDEST) -> int:
    """The columns of the terminal, within limits that people can read; 80 where there is none."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, least), most)


def goes_to_a_log() -> bool:
    """Whether what is printed goes to a file or another program, where a sentence in one line is found by searching."""
    return wants_long_lines() or (not sys.stdout.isatty() and "COLUMNS" not in os.environ)


def wants_long_lines() -> bool:
    """Whether a program that reads the output asks for more columns than a screen has."""
    columns = os.environ.get("COLUMNS", "")
    return not sys.stdout.isatty() and columns.isdecimal() and int(columns) > WIDEST_SCREEN


def echo_wrapped(text: str, indent: str = "", further: str | None = None) -> None:
    """Print a text in ``QUESTION_WIDTH`` columns; ``further``: the indent of all lines but the first."""
    hanging = indent if further is None else further
    wrapped = textwrap.fill(
        text, QUESTION_WIDTH, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False
    )
    click.echo(wrapped)


def show_json(document: object) -> None:
    """Print ``document`` as JSON, days and instants as ISO 8601 text."""

    def encode(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    click.echo(json.dumps(document, default=encode, ensure_ascii=False, indent=2))


def relative_to_cwd(path: Path) -> Path:
    """The path relative to the working folder if it lies below it, otherwise unchanged."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def count_noun(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``, ``2 activities``."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
