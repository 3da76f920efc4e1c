"""Texts and numbers that YAML reads otherwise than their writer meant: 12.000, typographic quotes, a cut-off title."""

import re
from collections.abc import Iterator
from typing import Any

from plan.finding import Finding
from plan.positions import PlanPath, Positions, WrittenFloat
from plan.written_values import ambiguous_thousands

THOUSANDS = re.compile(r"^[-+]?[1-9]\d{0,2}\.\d{3}$")
QUOTED = re.compile(r"^[“”„‟«»‘’‚‛‹›](.*)[“”„‟«»‘’‚‛‹›]$", re.DOTALL)
CUT = re.compile(r"^\s*(?:- )?(title|reason|description|name|unit|owner|objective):\s+[^\"'#|>{\[]*?\s(#\d\S*)")


def find_misread(positions: Positions, text: str) -> Iterator[Finding]:
    """Each place below the document of ``positions``, which is that of ``text``."""
    lines = text.splitlines()
    for path, value in _scalars(positions.document, ()):
        if isinstance(value, WrittenFloat) and _may_be_thousands(path, value.written, positions.document):
            what = f"{value.written} is read as {value:g}, and may mean {value.written.replace('.', '')}"
            yield Finding(path, what, ambiguous_thousands(value, value.written))
        line, _ = positions.of(path)
        raw = lines[line - 1] if line <= len(lines) else ""
        if isinstance(value, str) and (match := QUOTED.match(value)) and f'"{value}"' not in raw:
            what = f"the quotation marks of {value} are typographic and count as part of the text"
            yield Finding(path, what, f'write "{match[1]}", with the straight quotes of the keyboard, or no quotes')
        if isinstance(path[-1], str) and (cut := CUT.match(raw)) and cut[1] == path[-1]:
            what = f"'{cut[2]}' is read as a comment, since '#' follows a space"
            yield Finding(path, what, f'put the whole text in quotes: {cut[1]}: "{value} {cut[2]}"')


def _scalars(node: Any, path: PlanPath) -> Iterator[tuple[PlanPath, object]]:
    if not isinstance(node, dict | list):
        yield path, node
        return
    for step, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _scalars(value, (*path, step))


def _may_be_thousands(path: PlanPath, written: str, document: Any) -> bool:
    """Whether a point may mark thousands: a last 0 is idle as a decimal, and what a flow counts is mostly whole."""
    if not THOUSANDS.match(written):
        return False
    if written.endswith("0"):
        return True
    of_target = len(path) > 3 and path[0] == "indicators" and path[2] == "target" and path[-1] != "limit"
    return of_target and document["indicators"][path[1]].get("kind") == "flow"
