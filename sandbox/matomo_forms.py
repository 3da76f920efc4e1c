"""How Matomo writes a report: JSON, XML or CSV. An empty day is an empty list, an empty element, no line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.provider import json_response
from sandbox.response import Response

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by period; the label is empty where a single period was requested."""
XML = "text/xml; charset=utf-8"


def error(form: str, message: str, status: int) -> Response:
    if form == "xml":
        text = f'<?xml version="1.0" encoding="utf-8" ?>\n<result>\n\t<error message={quoteattr(message)} />\n</result>'
        return Response(status, text.encode(), XML)
    if form == "csv":
        return Response(status, f"Error: {message}".encode(), "text/plain; charset=utf-8")
    return json_response({"result": "error", "message": message}, status)


def as_json(rows: Rows, _utf16: bool) -> Response:
    found = {label: _plain(of) for label, of in rows.items()}
    return json_response(found[""] if set(found) == {""} else found)


def as_xml(rows: Rows, _utf16: bool) -> Response:
    single = set(rows) == {""}
    parts = [
        f"<result{'' if single else f' date={quoteattr(label)}'}>{_inside(of)}</result>" for label, of in rows.items()
    ]
    body = "".join(parts) if single else f"<results>{''.join(parts)}</results>"
    return Response(200, f'<?xml version="1.0" encoding="utf-8" ?>\n{body}'.encode(), XML)


def as_csv(rows: Rows, utf16: bool) -> Response:
    names = list(dict.fromkeys(name for of in rows.values() for row in of for name in row))
    single = set(rows) == {""}
    lines = [",".join([*([] if single else ["date"]), *names])]
    for label, of in rows.items():
        lines += [
            ",".join([*([] if single else [_cell(label)]), *(_cell(row.get(name, "")) for name in names)]) for row in of
        ]
    text = "\n".join(lines) if names else "No data available"
    body = b"\xff\xfe" + text.encode("utf-16-le") if utf16 else text.encode()
    return Response(200, body, f"application/vnd.ms-excel; charset={'utf-16' if utf16 else 'utf-8'}")


def _is_list(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and "label" in rows[0]


def _plain(rows: Sequence[Mapping[str, Any]]) -> object:
    return rows if _is_list(rows) or not rows else rows[0]


def _inside(rows: Sequence[Mapping[str, Any]]) -> str:
    if _is_list(rows):
        return "".join(f"<row>{_columns(row.items())}</row>" for row in rows)
    return _columns(rows[0].items()) if rows else ""


def _columns(items: Iterable[tuple[str, Any]]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in items)


def _cell(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text
