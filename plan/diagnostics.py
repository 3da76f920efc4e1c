"""Turn a validation error of the plan's models into a sentence, with what to write instead."""

import re
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from plan.finding import Finding
from plan.parts import NAME
from plan.suggestion import suggest
from plan.written_values import day_to_write, number_to_write

EXPECTED_TYPE = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a day, such as 2026-12-31",
    "time": "a time of day, such as 09:30",
    "list": "a list, such as [a, b]",
    "tuple": "a list, such as [a, b]",
    "dict": "a mapping, each line 'key: value'",
    "model": "a mapping, each line 'key: value'",
}
"""What a field accepts, by the first word of pydantic's error type."""
SYNONYMS = {
    **dict.fromkeys(("higher", "more", "increase", "rise", "high"), "up"),
    **dict.fromkeys(("lower", "less", "decrease", "fall", "low"), "down"),
    **dict.fromkeys(("count", "sum", "total", "number"), "flow"),
    **dict.fromkeys(("level", "reading", "score", "average"), "stock"),
    **dict.fromkeys(("ratio", "share", "percentage"), "rate"),
    **{"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"},
    **dict.fromkeys(("yearly", "annual", "annually"), "year"),
}
"""Words that people use for those of the plan."""
TYPE_ERRORS = {
    "type",
    "parsing",
    "from_integer",
    "from_datetime_parsing",
    "from_datetime_inexact",
    "from_float",
    "attributes_type",
    "unicode",
}


def finding_from_error(model: type[BaseModel], detail: ErrorDetails, prefix: tuple[str | int, ...]) -> Finding:
    """The finding for one error of a ``ValidationError`` of ``model``, at ``prefix`` in the plan."""
    loc, given, kind = detail["loc"], detail["input"], detail["type"]
    path, key = (*prefix, *(step for step in loc if step != "[key]")), str(loc[-1]) if loc else ""
    if kind == "extra_forbidden" and len(path) == 1 and (home := _belongs_to(given)):
        return Finding(path, f"'{key}' stands beside '{home}', not in it", "indent it and all its lines by two spaces")
    if kind == "extra_forbidden":
        return Finding(path, f"unknown key '{key}'", suggest(key, _fields_at(model, loc[:-1])))
    if kind == "missing":
        return Finding(path, f"'{key}' is missing", f"add '{key}:' here")
    if kind == "literal_error":
        expected = str(detail.get("ctx", {}).get("expected", ""))
        known = [part.strip(" '") for part in expected.replace(" or ", ", ").split(",")]
        meant = SYNONYMS.get(str(given).lower())
        do = f"write {meant}" if meant in known else suggest(str(given), known)
        return Finding(path, f"'{given}' is not known here", do)
    if kind == "string_pattern_mismatch":
        return _no_match(model, detail, path)
    wanted, _, how = kind.partition("_")
    if wanted in EXPECTED_TYPE and how in TYPE_ERRORS:
        if given is None:
            return Finding(path, f"'{key}' is empty", f"write {EXPECTED_TYPE[wanted]}")
        return Finding(path, f"{_shown(given)} does not fit here", _to_write(wanted, given, key))
    what = detail["msg"].removeprefix("Value error, ")
    shown = "" if kind == "value_error" or isinstance(given, dict | list) else f", not {given!r}"
    return Finding(path, what[:1].lower() + what[1:] + shown, "")


def _belongs_to(given: object) -> str:
    """The part of the plan of which a mapping at its top level has the keys; empty where it is none."""
    keys = given.keys() if isinstance(given, dict) else ()
    return "indicators" if {"title", "kind"} <= set(keys) else "sources" if "type" in keys else ""


def _to_write(wanted: str, given: object, key: str) -> str:
    """What to write where ``wanted``, a type of pydantic, belongs."""
    if wanted == "float" and isinstance(given, str):
        return number_to_write(given)
    if wanted == "date" and not isinstance(given, dict | list):
        return day_to_write(given)
    if wanted == "string" and not isinstance(given, dict | list):
        return f'put it in quotes, so that it is a text: "{_plain(given)}"'
    if wanted in {"list", "tuple"} and isinstance(given, str):
        if key in {"of", "numerator", "denominator", "overlap"}:
            return "write a list of measures, such as [{source: visits, metric: visits}]"
        return (
            f"write it as a list: [{given}]" if re.match(r"\w[\w .-]*$", given) else f'write it as a list: ["{given}"]'
        )
    if wanted in {"list", "tuple"} and isinstance(given, dict):
        return f"put it in brackets: [{_inline(given)}]"
    return f"write {EXPECTED_TYPE[wanted]}"


def _inline(given: dict[object, object]) -> str:
    """A short mapping as it is written on one line."""
    if any(isinstance(value, dict | list) for value in given.values()):
        return "{...}"
    return "{" + ", ".join(f"{key}: {_plain(value)}" for key, value in given.items()) + "}"


def _plain(value: object) -> str:
    """A scalar as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else _plain(value)


def _no_match(model: type[BaseModel], detail: ErrorDetails, path: tuple[str | int, ...]) -> Finding:
    given, pattern = detail["input"], detail.get("ctx", {}).get("pattern")
    if pattern == NAME:
        proposed = re.sub(r"[^a-z0-9]+", "_", str(given).lower()).strip("_")
        example = f", such as {proposed}" if re.match(NAME, proposed) else ""
        rule = "start with a lower-case letter and go on with lower-case letters, digits and _"
        return Finding(path, f"'{given}' is not a name", rule + example)
    field = _fields_at(model, detail["loc"][:-1]).get(str(detail["loc"][-1]))
    wanted = field.description if field and field.description else f"a text like {pattern}"
    return Finding(path, f"'{given}' does not fit here", f"write the {wanted.removeprefix('the ')}")


def _fields_at(model: type[BaseModel], path: tuple[str | int, ...]) -> dict[str, FieldInfo]:
    """The keys that the mapping at ``path`` may have."""
    here: Any = model
    for step in path:
        here = next((t for option in _options(here) for t in _step(option, step)), None)
    models = [option for option in _options(here) if isinstance(option, type) and issubclass(option, BaseModel)]
    return {field.alias or name: field for option in models for name, field in option.model_fields.items()}


def _options(annotation: Any) -> list[Any]:
    """The plain types that an annotation stands for, without Annotated, Union and None."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [option for part in get_args(annotation) for option in _options(part) if option is not NoneType]
    return (
        _options(get_args(annotation)[0])
        if origin is not None and hasattr(annotation, "__metadata__")
        else [annotation]
    )


def _step(option: Any, step: str | int) -> list[Any]:
    if isinstance(option, type) and issubclass(option, BaseModel):
        return [field.annotation for name, field in option.model_fields.items() if step in (name, field.alias)]
    arguments = get_args(option)
    if isinstance(step, int):
        return [arguments[0]] if arguments else []
    return [arguments[1]] if len(arguments) == 2 else []
