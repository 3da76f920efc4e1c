"""JSON from a provider, read in one way: what is broken is a ``ShapeError``, what is odd is refused with its record.

A name that an object holds twice with different values, and a number that is too large, become values that no field
accepts. So the record that holds them is refused, and the others are read.
"""

import json
import re
from itertools import accumulate
from typing import Any

import requests

from warehouse.errors import ShapeError, printable

MAX_DEPTH = 100
"""Providers nest a few levels. Deeper ones are an attack or a fault, and Python itself ends at about 1,000."""
MAX_DIGITS = 400
"""The largest double has 309 digits; Python refuses to read whole numbers of more than 4,300."""
_NO_JSON = "check the address and the access; if they are right, tell the provider; the stored data are unchanged"
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())


class ContradictionError(ValueError):
    """An object gives different values under one name."""


class Contradiction:
    """Several values that one object gives under one name. No field takes it for a text, a number or a list."""

    def __init__(self, values: list[object]) -> None:
        self.values = values

    def __str__(self) -> str:
        return "given twice: " + " and ".join(as_text(value)[:80] for value in self.values)


def parse_json(body: bytes, where: str, do: str = _NO_JSON, *, unique: bool = False) -> Any:
    """The JSON in a body that came from ``where``. Raises ``ShapeError`` that names what came instead.

    ``unique``: a name that an object holds twice is an error of the whole body, also with equal values.
    """

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated = {name: [value for key, value in pairs if key == name] for name in found}
            if unique:
                name = next(name for name, values in repeated.items() if len(values) > 1)
                raise ShapeError(f"an object holds '{name[:40]}' twice", where=where, do=do)
            differing = {name: values for name, values in repeated.items() if any(v != values[0] for v in values)}
            found |= {name: Contradiction(values) for name, values in differing.items()}
        return found

    if _is_too_deep(body):
        raise ShapeError(f"the JSON is nested more than {MAX_DEPTH} levels deep", where=where, do=do)
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=as_object, parse_int=_whole_number)
    except (ValueError, RecursionError):
        start = body.lstrip()[:1]
        kinds = {b"<": "a web page", b"": "an empty answer"}
        what = kinds.get(start, "JSON that breaks off or is broken")
        raise ShapeError(f"{what} came instead of an answer", where=where, do=do) from None


def any_objects(rows: list[object]) -> bool:
    """Whether a list may be one of objects: it is empty, or has one. What else is in it is refused item by item."""
    return not rows or any(isinstance(row, dict) for row in rows)


def require_consistent(record: object) -> None:
    """Raises ``ContradictionError`` where the record itself holds a name twice with different values."""
    if isinstance(record, dict):
        for name, value in record.items():
            if type(value) is Contradiction:
                raise ContradictionError(f"'{str(name)[:40]}' is {value}")


def json_or_none(response: requests.Response) -> Any:
    """The JSON of a response that may hold any other text, such as that of an error; None where it is not JSON."""
    try:
        return parse_json(response.content, response.url or "")
    except ShapeError:
        return None


def _is_too_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _TEXTS.sub(b"", body).translate(None, _NO_BRACKETS)
    return any(depth > MAX_DEPTH for depth in accumulate(map(_STEPS.__getitem__, brackets)))


def as_text(value: object) -> str:
    """A value as JSON for a message, whatever it holds."""
    try:
        return printable(json.dumps(value, default=str))
    except (ValueError, TypeError, RecursionError):
        return f"({type(value).__name__})"


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)
