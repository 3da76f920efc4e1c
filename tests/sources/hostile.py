"""Hostile variants of a body: each node, member, cell and line, replaced by each of a list of values."""

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from tests.sources.hostile_values import JSON_VALUES, TEXTS

MARK = "\ue000mark\ue000"
LONG_LINE = "a" * 100_000
_CELL = re.compile(r"[^\s,;|\"\[\]]+")


@dataclass(frozen=True, slots=True)
class Variant:
    """A body and what was done to it."""

    body: bytes
    what: str


def variants(body: bytes) -> Iterator[Variant]:
    """Every variant of a body: JSON, XML, or text that may be packed with gzip."""
    if body[:2] == b"\x1f\x8b":
        yield from _bytes(body)
        for variant in _text(gzip.decompress(body)):
            yield Variant(gzip.compress(variant.body, 1), variant.what)
        return
    yield from _bytes(body)
    if body.startswith(b"PK"):
        yield from _archive(body)
        return
    start = body.lstrip()[:1]
    if start in {b"{", b"["}:
        yield from _json(body)
    elif start == b"<":
        yield from _xml(body)
    else:
        yield from _text(body)


def pairs(body: bytes, chance: random.Random) -> Iterator[Variant]:
    """Without end: two hostile values in one JSON body; nothing for a body of another kind or of few nodes."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    known = list(paths(document))
    while len(known) > 4:
        first, second = sorted(chance.sample(range(len(known)), 2))
        if known[second][: len(known[first])] == known[first]:  # the second lies in the first
            continue
        marked = with_value(with_value(document, known[first], MARK), known[second], MARK)
        before, between, after = json.dumps(marked).split(json.dumps(MARK))
        for _ in range(200):
            one, other = chance.choice(JSON_VALUES), chance.choice(JSON_VALUES)
            what = f"{list(known[first])} := {one[:40]} and {list(known[second])} := {other[:40]}"
            yield Variant(f"{before}{one}{between}{other}{after}".encode(), what)


def _bytes(body: bytes) -> Iterator[Variant]:
    """Damage to the whole: cut, doubled, in another encoding, with odd bytes."""
    text = body.decode("utf-8", errors="replace")
    whole = {
        "empty": b"",
        "a space": b" ",
        "null": b"null",
        "a list": b"[]",
        "an object": b"{}",
        "a number": b"0",
        "a text": b'"a"',
        "a list of null": b"[null]",
        "deep": b"[" * 100_000,
        "deep objects": b'{"a":' * 100_000,
        "a web page": b"<html><body>no",
        "an entity": b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>',
        "NUL": b"\0" * 100_000,
        "gzip": gzip.compress(body, 1),
        "gzip cut": gzip.compress(body, 1)[:-9],
        "a long line": LONG_LINE.encode(),
        "twice": body + body,
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "with mark": b"\xef\xbb\xbf" + body,
        "Latin-1": text.encode("latin-1", errors="replace"),
        "CRLF": body.replace(b"\n", b"\r\n"),
        "CR": body.replace(b"\n", b"\r"),
        "no spaces": body.replace(b" ", b""),
    }
    for what, variant in whole.items():
        yield Variant(variant, what)
    for at in range(1, len(body), max(len(body) // 200, 1)):
        yield Variant(body[:at], f"cut at {at}")
        for odd in (b"\xff", b"\0", b"\xed\xa0\xbd", b"\x80", b'"', b"\\", b"\x1a"):
            yield Variant(body[:at] + odd + body[at:], f"{odd!r} at {at}")


def _json(body: bytes) -> Iterator[Variant]:
    try:
        document = json.loads(body)
    except ValueError:
        return
    for path in paths(document):
        before, after = json.dumps(with_value(document, path, MARK)).split(json.dumps(MARK))
        own = json.dumps(at_path(document, path))
        more = (f"[{own}]", f'{{"value": {own}}}', f"[{own}, {own}]", json.dumps(own))
        for value in (*JSON_VALUES, *more):
            yield Variant((before + value + after).encode(), f"{list(path)} := {value[:40]}")
        if path and isinstance(path[-1], str):
            name = json.dumps(path[-1])
            yield from (
                Variant(f"{before}{own}, {name}: {value}{after}".encode(), f"{list(path)} twice: {value}")
                for value in ("null", "0", '"9999-12-31"', "[]", "{}", own)
            )
            yield Variant(json.dumps(_without(document, path)).encode(), f"{list(path)} left out")


def paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    inside: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inside:
        yield from paths(value, (*path, name))


def at_path(node: Any, path: tuple[str | int, ...]) -> Any:
    for name in path:
        node = node[name]
    return node


def with_value(node: Any, path: tuple[str | int, ...], value: object) -> Any:
    if not path:
        return value
    copy: Any = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = with_value(node[path[0]], path[1:], value)
    return copy


def _without(node: Any, path: tuple[str | int, ...]) -> Any:
    parent = dict(at_path(node, path[:-1]))
    del parent[path[-1]]
    return with_value(node, path[:-1], parent)


def _xml(body: bytes) -> Iterator[Variant]:
    """Each text and attribute of a document, and each element left out, doubled, renamed or nested."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError:
        return
    for number, element in enumerate(root.iter(etree.Element)):
        for name in (None, *element.attrib):
            old = element.text if name is None else element.get(name)
            _set(element, name, MARK)
            before, after = etree.tostring(root).decode().split(etree.tostring(_of(MARK)).decode()[3:-4])
            _set(element, name, old)
            for text in TEXTS:
                for value in (_escaped(text), text):
                    yield Variant(
                        (before + value + after).encode("utf-8", "surrogatepass"), f"{number}.{name} := {text[:40]}"
                    )
            for value in ("&#0;", "&#xD83D;", "&unknown;", "<b>" * 500 + "</b>" * 500, "<![CDATA[", "<!--", "]]>"):
                yield Variant((before + value + after).encode(), f"{number}.{name} := {value[:40]}")
        parent = element.getparent()
        if parent is not None:
            at = parent.index(element)
            parent.remove(element)
            yield Variant(etree.tostring(root), f"{number} left out")
            parent.insert(at, element)
        tag = element.tag
        element.tag = "odd"
        yield Variant(etree.tostring(root), f"{number} renamed")
        element.tag = tag


def _archive(body: bytes) -> Iterator[Variant]:
    """Each XML part of a workbook changed, each part left out."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, part in parts.items():
        yield Variant(_packed({other: text for other, text in parts.items() if other != name}), f"{name} left out")
        if "theme" not in name and "styles" not in name:
            for variant in (*_xml(part), *islice(_bytes(part), 25)):
                yield Variant(_packed(parts | {name: variant.body}), f"{name}: {variant.what}")


def _packed(parts: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return body.getvalue()


def _of(text: str) -> Any:
    element = etree.Element("a")
    element.text = text
    return element


def _set(element: Any, name: str | None, value: str | None) -> None:
    if name is None:
        element.text = value
    elif value is not None:
        element.set(name, value)


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\x00", "").replace("\x1b", "")
    )


def _text(body: bytes) -> Iterator[Variant]:
    """Each cell of a table or log replaced, each line left out, doubled, cut or made long."""
    lines = body.decode("utf-8", errors="surrogateescape").splitlines(keepends=True)
    for number, line in enumerate(lines):
        before, after = "".join(lines[:number]), "".join(lines[number + 1 :])
        changed = {
            f"cell {at}": (line[: cell.start()], line[cell.end() :]) for at, cell in enumerate(_CELL.finditer(line))
        }
        for where, (left, right) in changed.items():
            for text in (*TEXTS, "\ud83d"):
                yield _as_bytes(before + left + text + right + after, f"line {number} {where} := {text[:40]}")
        for what, new in {
            "out": "",
            "twice": line * 2,
            "half": line[: len(line) // 2],
            "long": line.rstrip() + LONG_LINE,
        }.items():
            yield _as_bytes(before + new + after, f"line {number} {what}")


def _as_bytes(text: str, what: str) -> Variant:
    return Variant(text.encode("utf-8", "surrogatepass" if "\ud83d" in text else "surrogateescape"), what)
