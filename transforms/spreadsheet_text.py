"""Cells of a CSV that a spreadsheet program would take for a formula.

https://owasp.org/www-community/attacks/CSV_Injection: a text that begins with one of these signs is computed when the
file is opened, and may call other programs. An apostrophe before it makes it a text. Numbers stay as they are.
"""

import re

_FORMULA = re.compile(r"[ \u00a0]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(
    r"[ \u00a0]*[+\-]?[ \u00a0]*(?:\d[\d.,'\u2019 \u00a0\u202f]*|[.,]\d+)(?:[eE][+\-]?\d+)?"
    r"[ \u00a0\u202f]*[%\u2030]?[ \u00a0]*"
)
_HARMLESS = re.compile(r"[\s+\-]*")
"""A dash for an unknown value."""


def as_text(cell: str) -> str:
    """The cell, with an apostrophe before what would be a formula."""
    if not _FORMULA.match(cell) or _NUMBER.fullmatch(cell) or _HARMLESS.fullmatch(cell):
        return cell
    return f"'{cell}"
