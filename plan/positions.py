"""YAML with the line and column of every key and value."""

from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from warehouse.errors import ConfigError

PlanPath = tuple[str | int, ...]


class Positions:
    """The place of each part of a document. Lines and columns count from 1."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def of(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the deepest part of ``path`` that the document has."""
        node, found = self.document, (1, 1)
        for step in path:
            if isinstance(node, CommentedMap) and step in node:
                line, column = node.lc.key(step)
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line, column = node.lc.item(step)
            else:
                break
            found, node = (line + 1, column + 1), node[step]
        return found


class _Constructor(RoundTripConstructor):
    """Keeps an invalid date as text, so that the plan's own check reports its place."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return node.value


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def read_yaml(text: str, name: str) -> Positions:
    """The document in ``text``.

    Raises ``ConfigError`` with line and column if it is not YAML or repeats a key.
    """
    try:
        yaml = YAML(typ="rt", pure=True)
        yaml.Constructor = _Constructor
        return Positions(yaml.load(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = (error.problem or "not YAML").split("\n")[0]
        raise ConfigError(
            f"this is not YAML: {problem}",
            where=where,
            do="check the indentation and the quotes on this line and the one above",
        ) from None
    except YAMLError as error:
        raise ConfigError(
            f"this is not YAML: {str(error).splitlines()[0]}", where=name, do="save it as UTF-8 text"
        ) from None


def plain(node: Any) -> Any:
    """The document as plain dicts, lists and scalars."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return node
