"""Text files as lines of cells: encoding, delimiter, and whether the file is whole."""

import csv
import io
import re
from typing import Literal

from sources.files.cells import Lines, cell_text
from sources.files.limits import counted
from sources.files.swallowed_rows import require_no_swallowed_rows
from warehouse.errors import ShapeError

Encoding = Literal["auto", "utf-8", "utf-16", "latin-1", "windows-1252"]
Delimiter = Literal["auto", ",", ";", "\t", "|"]
BLOCK = 512
"""A copy that was cut off often ends with a whole block."""


def csv_lines(name: str, text: str, delimiter: Delimiter, header_row: int) -> Lines:
    """The cells of each line; None for a blank cell. Raises ``ShapeError`` for broken quoting or a file cut off."""
    separator = delimiter if delimiter != "auto" else find_delimiter(name, text, header_row)
    lines: Lines = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines += (tuple(cell.strip() or None for cell in cells) for cells in counted(name, reader))
    except csv.Error as error:
        what = f"row {len(lines) + 1} is not valid CSV ({error})"
        do = "look for a stray or missing quotation mark there"
        raise ShapeError(what, where=name, do=do) from None
    if not text.endswith(("\n", "\r")):
        _check_cut_off(name, lines[header_row - 1 :])
    if reader.line_num > len(lines):  # some cell has several lines
        require_no_swallowed_rows(name, lines, separator, header_row)
    return lines


def cut_off_notes(name: str, body: bytes, encoding: Encoding) -> list[str]:
    """A note where the last row may lack its end: it has no line end, and is shorter than all others."""
    if body.rstrip(b"\0").endswith((b"\n", b"\r")):
        return []
    *others, last = [len(line) for line in decode_text(name, body, encoding).splitlines() if line] or [0]
    if len(others) <= 1 or (last >= min(others[1:]) and len(body) % BLOCK):
        return []
    return [f"the last row of {name} has no line end and may be cut off: look whether its last figure is whole"]


def _check_cut_off(name: str, lines: Lines) -> None:
    """A last line without a line end that is shorter than all others was cut off in delivery."""
    *others, last = [cells for cells in lines if cells] or [()]
    if others and len(last) < len(others[0]) and all(len(cells) >= len(others[0]) for cells in others):
        what = f"the file ends in the middle of its last row ('{cell_text(last[0])} …')"
        raise ShapeError(what, where=name, do="deliver the whole file again")


def find_delimiter(name: str, text: str, header_row: int) -> str:
    """Tab for a .tsv file, otherwise the one that occurs most in the header line, outside quotation marks."""
    if name.split("?", maxsplit=1)[0].casefold().endswith(".tsv"):
        return "\t"
    lines = text.splitlines()[:header_row]
    line = re.sub(r'"[^"]*"', "", lines[-1]) if lines else ""
    return max(",;\t|", key=line.count)


def decode_text(name: str, body: bytes, encoding: Encoding) -> str:
    """The text of a file. Raises ``ShapeError`` that names the first byte which is not in the encoding."""
    chosen: str = encoding
    if encoding == "auto":
        chosen = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = body.decode({"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(chosen, chosen))
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start + 1} (row {row}) is not {chosen.upper()}"
        declare = "declare 'encoding: windows-1252' or 'encoding: latin-1'"
        do = f"save the file as UTF-8, or {declare}" if chosen == "utf-8" else "save it as UTF-8, or correct 'encoding'"
        raise ShapeError(what, where=name, do=do) from None
    if "\x00" in text:
        do = "save it as CSV in UTF-8, or declare 'encoding: utf-16'"
        raise ShapeError("the file contains zero bytes: it is binary, or UTF-16", where=name, do=do)
    return text
