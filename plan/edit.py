"""Writes into a plan file and keeps its comments, its order and everything else that a person has written."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from warehouse.errors import ConfigError

FLOW_KEYS = frozenset(
    ("columns", "skip", "ignore", "where", "join", "rename", "missing", "date_formats", "baseline", "of")
)
"""Settings that are short, and stand in one line."""
WIDTH = 4096
"""Lines are never broken anew: those of a person stay as they are."""


@dataclass(frozen=True, slots=True)
class PlanParts:
    """What is written into a plan: one source and one indicator, each with its name."""

    source_name: str
    source: Mapping[str, object]
    indicator_name: str
    indicator: Mapping[str, object]


def names_in(path: Path, section: str) -> dict[str, dict[str, Any]]:
    """The mappings of a section of the plan by name, as they are written; empty where there is no plan to read."""
    found = _part_of(path, section)
    return {name: part for name, part in found.items() if isinstance(part, dict)} if isinstance(found, dict) else {}


def zone_of(path: Path) -> str:
    """The time zone of the plan's organisation; UTC where there is no plan that can be read."""
    return str(_part_of(path, "organisation", "time_zone") or "UTC")


def _part_of(path: Path, *keys: str) -> object:
    """A part of the plan as it is written; None where there is no plan that can be read, or no such part."""
    try:
        found: object = YAML(typ="safe").load(path.read_text(encoding="utf-8-sig"))
        for key in keys:
            found = found[key]  # type: ignore[index]
    except (OSError, YAMLError, KeyError, TypeError, UnicodeDecodeError):
        return None
    return found


def with_parts(text: str, parts: PlanParts, where: str) -> str:
    """The text of a plan with the source and the indicator; those of the same names are changed in their places.

    A source loses the settings that are not given, an indicator keeps them. Raises ``ConfigError`` for a text that is
    no mapping.
    """
    yaml = _yaml(text)
    try:
        document = yaml.load(text) or CommentedMap()
    except YAMLError as error:
        raise ConfigError(
            f"the plan cannot be read ({error})", where=where, do="correct it: kmi check says where"
        ) from None
    if not isinstance(document, CommentedMap):
        raise ConfigError("the plan is not a mapping", where=where, do="start from 'kmi init'")
    _put(document, "sources", parts.source_name, parts.source)
    _put(document, "indicators", parts.indicator_name, parts.indicator)
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write the file as a whole or not at all."""
    pending = path.with_name(f".{path.name}.new")
    pending.write_text(text, encoding="utf-8")
    pending.replace(path)


def _yaml(text: str) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    wide = "\n  - " not in text and "\n    - " in text
    yaml.indent(mapping=2, sequence=4 if wide else 2, offset=2 if wide else 0)
    return yaml


def _put(document: CommentedMap, section: str, name: str, settings: Mapping[str, object]) -> None:
    if not isinstance(document.get(section), CommentedMap):
        document[section] = CommentedMap()
    existing = document[section].get(name)
    if isinstance(existing, CommentedMap):
        _change(existing, settings, without_others=section == "sources")
    else:
        document[section][name] = flowing(settings)


def _change(existing: CommentedMap, settings: Mapping[str, object], *, without_others: bool) -> None:
    """Set each key that differs, in its place; ``without_others`` removes the keys that are not given."""
    for key in [key for key in existing if without_others and key not in settings]:
        del existing[key]
    for key, value in settings.items():
        if isinstance(existing.get(key), CommentedMap) and isinstance(value, Mapping):
            _change(existing[key], value, without_others=without_others)
        elif existing.get(key) != value:
            existing[key] = flowing(value, str(key))


def flowing(value: Any, key: str = "") -> Any:
    """The value for ruamel: short lists and mappings in one line, formats and signs in quotation marks."""
    if isinstance(value, Mapping):
        mapping = CommentedMap({name: flowing(inner, str(name)) for name, inner in value.items()})
        if key in FLOW_KEYS or key.startswith("="):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq([flowing(inner, f"={key}") for inner in value])
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and (any(sign in value for sign in "%{}[]#&*!|>'\"") or value in (",", ".", ";", " ")):
        return DoubleQuotedScalarString(value)
    return value
