"""YAML with the line and column of every key and value."""

import re
from collections.abc import Sequence
from itertools import accumulate, count
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

from plan.yaml_faults import explain
from warehouse.errors import ConfigError

MAX_BYTES, MAX_LEVELS, MAX_PARTS, MAX_DIGITS = 5_000_000, 50, 200_000, 50
"""What no plan reaches; the parts count each use of an alias."""
_BRACKETS = re.compile(r"[\[\]{}]")
PlanPath = tuple[str | int, ...]


class Positions:
    """The place of each part of a document. Lines and columns count from 1."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def of(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the deepest part of ``path`` that the document has.

        Of a key that a mapping has from another one (``<<: *other``) that is the mapping.
        """
        node, found = self.document, (1, 1)
        for step in path:
            if isinstance(node, CommentedMap) and step in node:
                if step not in (node.lc.data or {}):
                    node = node[step]
                    continue
                line, column = node.lc.key(step)
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line, column = node.lc.item(step)
            else:
                break
            found, node = (line + 1, column + 1), node[step]
        return found


class WrittenFloat(float):
    """A number with a point, and how it is ``written``."""

    written: str


class _Constructor(RoundTripConstructor):
    """Keeps an invalid date or a huge number as text, so that the plan's own check reports its place."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return node.value

    def construct_yaml_int(self, node: Any) -> Any:
        return super().construct_yaml_int(node) if len(node.value) <= MAX_DIGITS else node.value

    def construct_yaml_float(self, node: Any) -> Any:
        number = WrittenFloat(super().construct_yaml_float(node))
        number.written = node.value
        return number


_Constructor.add_constructor("tag:yaml.org,2002:float", _Constructor.construct_yaml_float)
_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)
_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_yaml_int)


def read_yaml(text: str, name: str) -> Positions:
    """The document in ``text``.

    Raises ``ConfigError`` with line and column if it is not YAML or repeats a key, and if it is too large or too deep.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"the plan has {len(text):,} characters", where=name, do=f"at most {MAX_BYTES:,} are read")
    try:
        yaml = YAML(typ="rt", pure=True)
        _require_shallow(text, name)
        yaml.Constructor = _Constructor
        return Positions(yaml.load(text))
    except MarkedYAMLError as error:
        fault = explain(text, error)
        raise ConfigError(fault.what, where=f"{name}:{fault.line}:{fault.column}", do=fault.do) from None
    except YAMLError as error:
        what = f"this is not a text file ({str(error).splitlines()[0]})"
        do = "write the plan in a text editor; a document of a word processor cannot be read"
        raise ConfigError(what, where=name, do=do) from None
    except RecursionError:
        raise _too_deep(name) from None
    except (ValueError, TypeError, AttributeError, LookupError) as error:  # of ruamel, for scalars of an odd form
        what, do = f"this is not YAML that can be read ({type(error).__name__})", "put odd texts in quotes"
        raise ConfigError(what, where=name, do=do) from None


def _require_shallow(text: str, name: str) -> None:
    """Look at the events where the brackets may be too deep: to build such a document takes seconds before it fails."""
    steps = accumulate(1 if mark in "[{" else -1 for mark in _BRACKETS.findall(text))
    if max(steps, default=0) <= MAX_LEVELS:
        return
    level = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        level += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if level > MAX_LEVELS:
            raise _too_deep(name)


def plain(document: Any, name: str) -> Any:
    """The document as plain dicts, lists and scalars. Raises ``ConfigError`` where it is too large or too deep."""
    parts = count()

    def copied(node: Any, level: int) -> Any:
        if level > MAX_LEVELS:
            raise _too_deep(name)
        if next(parts) > MAX_PARTS:
            what = f"the plan has more than {MAX_PARTS:,} parts, aliases included"
            raise ConfigError(what, where=name, do="write fewer aliases (*name)")
        if isinstance(node, dict):
            return {key: copied(value, level + 1) for key, value in node.items()}
        return [copied(value, level + 1) for value in node] if isinstance(node, list) else node

    return copied(document, 0)


def _too_deep(name: str) -> ConfigError:
    return ConfigError(
        f"the plan is nested more than {MAX_LEVELS} levels deep", where=name, do="look for stray brackets"
    )
