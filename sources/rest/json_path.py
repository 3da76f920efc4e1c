"""The part of JSONPath that responses need: names, positions, ``[*]`` and quoted names (RFC 9535)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator

_STEP = re.compile(r"\.?([A-Za-z_][\w\-]*)|\[(\*|-?\d+)\]|\[(['\"])(.+?)\3\]|\.(\*)")
_NAME = re.compile(r"[A-Za-z_][\w\-]*")


@lru_cache(maxsize=256)
def steps_of(path: str) -> tuple[str | int, ...]:
    """The steps of a path such as ``$.a[0]['b c'][*]``; ``*`` means every item. Raises ``ValueError``."""
    text, steps, at = path.removeprefix("$"), list[str | int](), 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(
                f"'{path}' cannot be read at '{text[at:]}': "
                "write names with dots, [0] or [*], such as data.items[*].value"
            )
        name, position, _, quoted, every = match.groups()
        steps.append("*" if every or position == "*" else int(position) if position else quoted or name)
        at = match.end()
    return tuple(steps)


def _checked(path: str) -> str:
    steps_of(path)
    return path


JsonPath = Annotated[str, AfterValidator(_checked)]
"""A path into a response, as JSONPath: ``data.items[*]``, ``meta.total``, ``$['first name']``."""


def located_values(document: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value at ``path``, in order, each with its own exact path; nothing if there is none."""
    yield from _walk(document, steps_of(path), "$")


def values_at(document: Any, path: str) -> Iterator[Any]:
    """Every value at ``path``, in order."""
    return (value for _, value in located_values(document, path))


def first(document: Any, path: str) -> Any:
    """The first value at ``path``, or None."""
    return next(values_at(document, path), None)


def _walk(value: Any, steps: tuple[str | int, ...], at: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        inside: Any = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        for name, one in inside:
            yield from _walk(one, rest, _below(at, name))
    elif isinstance(step, int):
        if isinstance(value, list) and -len(value) <= step < len(value):
            yield from _walk(value[step], rest, _below(at, step % len(value)))
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest, _below(at, step))


def _below(at: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{at}[{step}]"
    return f"{at}.{step}" if _NAME.fullmatch(step) else f"{at}['{step}']"
