"""Requests and answers held against the discovery documents that google-api-python-client brings along."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

Document = Mapping[str, Any]
_WHOLE = re.compile(r"-?\d+")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


@cache
def document(api: str, version: str) -> Document:
    path = files("googleapiclient").joinpath("discovery_cache", "documents", f"{api}.{version}.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def check_request(
    api: str, version: str, method: str, path: str, query: Mapping[str, Sequence[str]], body: bytes = b""
) -> str:
    """The id of the method that the request calls; ``path`` is below the address of the API.

    Raises ``AssertionError`` with everything that the document does not allow.
    """
    known = document(api, version)
    found = next(
        (
            call
            for call in methods(known)
            if call["httpMethod"] == method and _template(known, call).fullmatch(path.lstrip("/"))
        ),
        None,
    )
    assert found is not None, f"{api} {version} has no {method} {path}"
    wrong = [
        *_query_problems(known, found, query),
        *_path_problems(found, _template(known, found).fullmatch(path.lstrip("/"))),
    ]
    if "request" in found:
        wrong += (
            problems(known, {"$ref": found["request"]["$ref"]}, json.loads(body), "body")
            if body
            else ["the body is missing"]
        )
    elif body:
        wrong.append("the method takes no body")
    assert not wrong, f"{found['id']}: {'; '.join(wrong)}"
    return str(found["id"])


def check_response(api: str, version: str, method_id: str, body: bytes) -> None:
    """Raises ``AssertionError`` with everything in the answer that the document does not know."""
    known = document(api, version)
    found = next(call for call in methods(known) if call["id"] == method_id)
    wrong = list(problems(known, {"$ref": found["response"]["$ref"]}, json.loads(body), "answer"))
    assert not wrong, f"{method_id}: {'; '.join(wrong[:20])}"


def methods(part: Document) -> Iterator[Document]:
    """Every method of a document, also those of resources within resources."""
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from methods(resource)


def problems(known: Document, schema: Document, value: Any, where: str) -> list[str]:
    """What in ``value`` does not follow ``schema``."""
    schema = known["schemas"][schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if type(value) not in _KINDS[kind]:
        return [f"{where} is no {kind}: {value!r}"]
    if kind == "array":
        return [
            wrong
            for number, one in enumerate(value)
            for wrong in problems(known, schema["items"], one, f"{where}[{number}]")
        ]
    if kind == "object":
        return _object_problems(known, schema, value, where)
    return _scalar_problems(schema, value, where)


def _object_problems(known: Document, schema: Document, value: Mapping[str, Any], where: str) -> list[str]:
    fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
    wrong = [f"{where} has no field '{name}'" for name in value if name not in fields and rest is None]
    for name, one in value.items():
        inner = fields.get(name, rest)
        wrong += problems(known, inner, one, f"{where}.{name}") if inner is not None else []
    return wrong


def _scalar_problems(schema: Document, value: Any, where: str) -> list[str]:
    """int64 travels as a text of digits: https://developers.google.com/discovery/v1/type-format"""
    if schema.get("format") in {"int64", "uint64"} and not _WHOLE.fullmatch(str(value)):
        return [f"{where} is no whole number: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is none of {schema['enum']}: {value!r}"]
    return []


def _template(known: Document, call: Document) -> re.Pattern[str]:
    """``{+name}`` stands for a path, ``{name}`` for one part of it."""
    path = known.get("servicePath", "") + call["path"]
    parts = re.split(r"(\{\+?\w+\})", path)
    made = [
        re.escape(part) if not part.startswith("{") else f"(?P<{part.strip('{+}')}>{'.+' if '+' in part else '[^/:]+'})"
        for part in parts
    ]
    return re.compile("".join(made))


def _path_problems(call: Document, found: re.Match[str] | None) -> list[str]:
    given = found.groupdict() if found else {}
    rules = {
        name: rule["pattern"]
        for name, rule in call.get("parameters", {}).items()
        if rule.get("location") == "path" and "pattern" in rule
    }
    return [
        f"{name} is not as {rule}: {given[name]}"
        for name, rule in rules.items()
        if not re.fullmatch(rule, unquote(given.get(name, "")))
    ]


def _query_problems(known: Document, call: Document, query: Mapping[str, Sequence[str]]) -> list[str]:
    rules = {
        name: rule
        for name, rule in {**known.get("parameters", {}), **call.get("parameters", {})}.items()
        if rule.get("location") == "query"
    }
    wrong = [f"unknown parameter '{name}'" for name in query if name not in rules]
    wrong += [
        f"parameter '{name}' is missing" for name, rule in rules.items() if rule.get("required") and name not in query
    ]
    for name, values in query.items():
        rule = rules.get(name, {})
        if len(values) > 1 and not rule.get("repeated"):
            wrong.append(f"'{name}' is given more than once")
        wrong += [problem for value in values for problem in _text_problems(rule, name, value)]
    return wrong


def _text_problems(rule: Document, name: str, text: str) -> list[str]:
    """A parameter of the address, where everything is text."""
    kind = rule.get("type")
    if (kind == "integer" or rule.get("format") in {"int64", "uint64"}) and not _WHOLE.fullmatch(text):
        return [f"'{name}' is no whole number: {text}"]
    if kind == "integer" and not int(rule.get("minimum", text)) <= int(text) <= int(rule.get("maximum", text)):
        return [f"'{name}' is out of range: {text}"]
    if kind == "boolean" and text not in {"true", "false"}:
        return [f"'{name}' is neither true nor false: {text}"]
    if "enum" in rule and text not in rule["enum"]:
        return [f"'{name}' is none of {rule['enum']}: {text}"]
    if "pattern" in rule and not re.fullmatch(rule["pattern"], text):
        return [f"'{name}' is not as {rule['pattern']}: {text}"]
    return []
