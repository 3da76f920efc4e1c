"""The part of JSONPath that answers need: names, positions, ``[*]`` and quoted names (RFC 9535)."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

_STEP = re.compile(r"\.?([A-Za-z_][\w\-]*)|\[(\*|-?\d+)\]|\[(['\"])(.+?)\3\]|\.(\*)")


def steps_of(path: str) -> list[str | int]:
    """The steps of ``$.a[0]['b c'][*]``; ``*`` is every one. Raises ``ValueError``."""
    text, steps, at = path.removeprefix("$"), list[str | int](), 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"'{path}' cannot be read at '{text[at:]}': write names with dots, [0] or [*], such as data.items[*].value")
        name, position, _, quoted, every = match.groups()
        steps.append("*" if every or position == "*" else int(position) if position else quoted or name)
        at = match.end()
    return steps


def _checked(path: str) -> str:
    steps_of(path)
    return path


JsonPath = Annotated[str, AfterValidator(_checked)]
"""Where something stands in an answer, as JSONPath: ``data.items[*]``, ``meta.total``, ``$['first name']``."""


def found(document: Any, path: str) -> Iterator[Any]:
    """Everything that stands at ``path``, in order; nothing where the document has no such place."""
    yield from _walk(document, steps_of(path))


def first(document: Any, path: str) -> Any:
    """The first thing at ``path``, or None."""
    return next(found(document, path), None)


def _walk(value: Any, steps: list[str | int]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        for one in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
            yield from _walk(one, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and -len(value) <= step < len(value):
            yield from _walk(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest)
