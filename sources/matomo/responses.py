"""Reads the responses of Matomo's Reporting API in each of its formats, and its errors.

An error is ``{"result": "error", "message": ...}`` or ``<error message=...>``: with status 200 up to Matomo 5.6, with
400, 401, 403 or 404 since. https://developer.matomo.org/changelog
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from lxml import etree

from sources.contract import RawPage
from sources.json_values import parse_json
from sources.observations import parse_page_json
from sources.xml_text import with_characters_only
from warehouse.errors import ConfigError, KmiError, RefusedError, ShapeError

Row = Mapping[str, Any]
LABEL = re.compile(r"\d{4}(-\d\d(-\d\d(,\d{4}-\d\d-\d\d)?)?)?")
"""Matomo's label of a period: a year, a month, a day, or the first and last day of a week or range."""
_SITE = re.compile(r"\d{1,3}|[5-9]\d{3}|\d{5,}")
_NOTHING = ("No data available", "Keine Daten")
_CHANGED = "check the address; if it is right, this Matomo does not answer as the Reporting API's documentation says"
_WEB_PAGE = "a web page came instead of an answer"
_HEADERS = {
    "datum": "date",
    "label": "label",
    "bezeichnung": "label",
    "url": "url",
    "unique visitors": "nb_uniq_visitors",
    "eindeutige besucher": "nb_uniq_visitors",
    "visits": "nb_visits",
    "besuche": "nb_visits",
    "actions": "nb_actions",
    "aktionen": "nb_actions",
    "pageviews": "nb_pageviews",
    "seitenansichten": "nb_pageviews",
    "unique pageviews": "nb_uniq_pageviews",
    "eindeutige seitenansichten": "nb_uniq_pageviews",
    "downloads": "nb_downloads",
    "outlinks": "nb_outlinks",
    "ausgehende verweise": "nb_outlinks",
    "searches": "nb_searches",
    "suchanfragen": "nb_searches",
}
"""Column names of CSV that was exported with translateColumnNames=1, in English and German."""


class NotPermittedError(RefusedError):
    """The token is valid but may not see this."""


class UnknownMethodError(RefusedError):
    """This Matomo does not have the report, or no longer has it. ``body`` is the response."""

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(what, where=where, do="activate the plugin in Matomo, or remove its metrics from 'metrics'")
        self.body = body


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one period of one site; ``label`` and ``site`` are empty if the response names none."""

    label: str
    rows: tuple[Row, ...]
    site: str = ""


def error_message(body: bytes) -> str:
    """The message of an error; empty if the body is not an error."""
    start = body[:3].lstrip(b"\xef\xbb\xbf")[:1] or body[:1]
    if start == b"{" and b'"error"' in body[:200]:
        try:
            answer = parse_json(body, "")
        except ShapeError:
            return ""
        return str(answer.get("message") or "an error without a message") if answer.get("result") == "error" else ""
    found = re.search(rb'<error\s+message="([^"]*)"', body[:4000])
    if found:
        try:
            return etree.fromstring(b'<a b="' + found[1] + b'"/>').get("b") or "" if b"<!" not in found[1] else ""
        except etree.XMLSyntaxError:
            return found[1].decode(errors="replace")
    return body[7:400].decode(errors="replace") if body.startswith(b"Error: ") else ""


def error_from_response(response: requests.Response, redact: Callable[[str], str], token: str) -> KmiError | None:
    """The error that Matomo reports, whatever the status; ``token`` is the reference of the secret."""
    message = " ".join(redact(error_message(response.content)).split())[:300]
    if response.status_code == 200 and is_web_page(response.content):
        return ShapeError(_WEB_PAGE, where=response.url, do=_CHANGED)
    if not message or response.status_code == 429 or response.status_code >= 500:
        return None
    what, where = f"Matomo says: {message}", response.url
    if "Unable to authenticate" in message or "token_auth" in message:
        do = f"create a new one in Matomo (Administration, Personal, Security, Auth tokens) and set {token} to it"
        return RefusedError(f"Matomo does not accept the token ({message})", where=where, do=do)
    if "access" in message and ("require" in message or "can't" in message):
        do = "give the user of the token the role view on this site, or check 'site'"
        return NotPermittedError(what, where=where, do=do)
    if "does not exist or is not available" in message or "is not activated" in message or "is not enabled" in message:
        return UnknownMethodError(what, response.content, where)
    if "unexpected website" in message or "idSite" in message:
        do = "check 'site': Matomo shows its number under Administration, Websites, Manage"
        return RefusedError(what, where=where, do=do)
    if "egment" in message:
        return ConfigError(what, where=where, do="check 'segment' and 'pages'")
    do = "check the address and the settings of the source; the message is Matomo's own"
    return RefusedError(what, where=where, do=do)


def parse_sections(page: RawPage) -> list[Section]:
    """The response by period, whether JSON, XML or CSV. Raises ``ShapeError``."""
    body = page.body.lstrip()
    message = " ".join(error_message(body).split())[:300]
    if message:
        do = "resolve the error that Matomo reports, then collect again"
        raise ShapeError(f"Matomo says: {message}", where=page.url, do=do)
    if body[:1] in {b"{", b"["} or not body:
        return _sections_from_json(parse_page_json(page), page)
    if is_web_page(body):
        raise _unexpected(page, _WEB_PAGE)
    return _sections_from_xml(body, page) if body[:1] == b"<" else _sections_from_csv(page)


def is_web_page(body: bytes) -> bool:
    return body.lstrip()[:5].lower() in {b"<html", b"<!doc"}


def _unexpected(page: RawPage, what: str = "the response does not have the form of a report") -> ShapeError:
    return ShapeError(what, where=page.url, do=_CHANGED)


def _sections_from_json(answer: Any, page: RawPage, site: str = "") -> list[Section]:
    if isinstance(answer, list):
        return [Section("", _rows(answer, page), site)]
    if answer and all(LABEL.fullmatch(key) for key in answer) and not all(_SITE.fullmatch(key) for key in answer):
        return [
            Section(label, _rows(value if isinstance(value, list) else [value], page), site)
            for label, value in answer.items()
        ]
    if answer and not site and all(_SITE.fullmatch(key) for key in answer):
        return [section for number, value in answer.items() for section in _sections_from_json(value, page, number)]
    return [Section("", _rows([answer], page), site)]


def _rows(items: list[Any], page: RawPage) -> tuple[Row, ...]:
    """The rows, with folders replaced by the rows inside. Raises ``ShapeError`` for anything but objects of columns."""
    found: list[Row] = []
    for row in items:
        if not isinstance(row, dict):
            raise _unexpected(page)
        if any(LABEL.fullmatch(key) for key in row):
            raise _unexpected(page, "the response holds several reports")
        below = row.get("subtable")
        found += _rows(below, page) if isinstance(below, list) and below else [row] if row else []
    if found and not any(name.startswith(("nb_", "sum_")) for row in found for name in row):
        raise _unexpected(page, f"kmi knows no column of '{', '.join(found[0])[:80]}'")
    return tuple(found)


def _sections_from_xml(body: bytes, page: RawPage) -> list[Section]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(with_characters_only(body), parser)
    except etree.XMLSyntaxError as error:
        do = "run again; if it happens again, report it to the administrator of Matomo"
        raise ShapeError(f"the XML is broken in line {error.position[0]}", where=page.url, do=do) from None
    if root.tag not in {"result", "results"}:
        raise _unexpected(page, f"the response is not a report but '{root.tag}': set format to json")
    return _sections_below(root, page, "", "")


def _sections_below(node: etree._Element, page: RawPage, label: str, site: str) -> list[Section]:
    if node.tag == "results":
        parts = [(part, part.get("date") or label, part.get("idSite") or site) for part in node]
        if any(part.tag not in {"result", "results"} for part, *_ in parts):
            raise _unexpected(page)
        return [section for part, name, number in parts for section in _sections_below(part, page, name, number)]
    if len(node) and all(part.tag == "result" for part in node):
        parts = [(part, part.get("date") or label, part.get("idSite") or site) for part in node]
        return [section for part, name, number in parts for section in _sections_below(part, page, name, number)]
    if len(node) and all(part.tag == "row" for part in node):
        return [Section(label, _rows([_columns(part) for part in node], page), site)]
    if len(node) and node.find("row") is not None:
        raise _unexpected(page)
    return [Section(label, _rows([_columns(node)], page), site)]


def _columns(row: etree._Element) -> dict[str, Any]:
    """The columns of a row and, as ``subtable``, the rows of its folder; anything else that is nested is left out."""
    found: dict[str, Any] = {str(part.tag): part.text or None for part in row if not len(part)}
    below = row.find("subtable")
    if below is not None and len(below):
        found["subtable"] = [_columns(part) for part in below if part.tag == "row"]
    return found


def _sections_from_csv(page: RawPage) -> list[Section]:
    """Matomo sends CSV as UTF-16 with a byte order mark unless told otherwise."""
    try:
        text = page.body.decode("utf-16" if page.body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        raise _unexpected(page, "the response is not text") from None
    if text.startswith(_NOTHING):
        return [Section("", ())]
    reader = csv.reader(io.StringIO(text))
    header = [_column(name) for name in next(reader, [])]
    if not {"nb_visits", "nb_uniq_visitors", "nb_hits", "nb_pageviews", "nb_actions"} & set(header):
        raise _unexpected(page, f"kmi knows no column of '{text[:60].strip()}'")
    by_label: dict[str, list[Row]] = {}
    for row in reader:
        if row and len(row) != len(header):
            raise _unexpected(page, f"line {reader.line_num} is truncated")
        columns = dict(zip(header, row, strict=True)) if row else {}
        if columns:
            by_label.setdefault(columns.pop("date", ""), []).append(
                {name: value or None for name, value in columns.items()}
            )
    return [Section(label, tuple(rows)) for label, rows in by_label.items()]


def _column(header: str) -> str:
    """The API's name of a CSV column, without the prefix that marks the metadata of a row."""
    plain = re.sub(r"^(metadata|metadaten)[:_] ?", "", header.strip().lower())
    return _HEADERS.get(plain, plain)
