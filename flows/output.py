"""Plain tables and counts for a terminal."""

import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path

import click


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, wrap_last: bool = True) -> None:
    """Print aligned columns; the last one is wrapped to the width of the terminal."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    indent = sum(width + 2 for width in widths[:-1])
    room = max(shutil.get_terminal_size((110, 24)).columns - indent, 30) if wrap_last else 10_000
    for row in (header, ["-" * w if i < len(widths) - 1 else "-" * min(w, room) for i, w in enumerate(widths)], *rows):
        start = "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths[:-1], strict=True))
        lines = textwrap.wrap(row[-1], room) or [""]
        click.echo((start + lines[0]).rstrip())
        for line in lines[1:]:
            click.echo(" " * indent + line)


def relative_to_cwd(path: Path) -> Path:
    """The path as seen from where the user stands, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def count_noun(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``, ``2 activities``."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
