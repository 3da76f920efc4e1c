"""What Matomo's Reporting API answers, in each of its forms, and what its errors mean.

An error is ``{"result": "error", "message": ...}`` or ``<error message=...>``: with status 200 up to Matomo 5.6, with 400, 401,
403 or 404 since. https://developer.matomo.org/changelog
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from lxml import etree

from sources.contract import RawPage
from sources.observations import parse_page_json
from warehouse.errors import ConfigError, KmiError, RefusedError, ShapeError

Row = Mapping[str, Any]
LABEL = re.compile(r"\d{4}(-\d\d(-\d\d(,\d{4}-\d\d-\d\d)?)?)?")
"""How Matomo names a period: a year, a month, a day, or the first and last day of a week or range."""
_SITE = re.compile(r"\d{1,3}|[5-9]\d{3}|\d{5,}")
_NOTHING = ("No data available", "Keine Daten")
_CHANGED = (
    "check the address; if it is right, this Matomo answers in another way than the Reporting API is documented to"
)
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
"""Headers of CSV that was exported with translateColumnNames=1."""


class NotPermittedError(RefusedError):
    """The token is good and may not see this."""


class UnknownMethodError(RefusedError):
    """This Matomo has no such report, or has it no more. ``body`` is its answer."""

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(what, where=where, do="activate the plugin in Matomo, or take its metrics out of 'metrics'")
        self.body = body


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one period of one site; ``label`` and ``site`` are empty where the answer names none."""

    label: str
    rows: tuple[Row, ...]
    site: str = ""


def error_message(body: bytes) -> str:
    """The message of an error, or empty."""
    start = body[:3].lstrip(b"\xef\xbb\xbf")[:1] or body[:1]
    if start == b"{" and b'"error"' in body[:200]:
        try:
            told = json.loads(body)
        except ValueError:
            return ""
        return str(told.get("message") or "an error without a message") if told.get("result") == "error" else ""
    found = re.search(rb'<error\s+message="([^"]*)"', body[:4000])
    if found:
        return etree.fromstring(b'<a b="' + found[1] + b'"/>').get("b") or "" if b"<!" not in found[1] else ""
    return body[7:400].decode(errors="replace") if body.startswith(b"Error: ") else ""


def error_from_response(response: requests.Response, redact: Callable[[str], str], token: str) -> KmiError | None:
    """Matomo's own errors, whatever the status; ``token`` is the reference of the secret."""
    message = " ".join(redact(error_message(response.content)).split())[:300]
    if response.status_code == 200 and is_web_page(response.content):
        return ShapeError(_WEB_PAGE, where=response.url, do=_CHANGED)
    if not message or response.status_code == 429 or response.status_code >= 500:
        return None
    what, where = f"Matomo says: {message}", response.url
    if "Unable to authenticate" in message or "token_auth" in message:
        do = f"make a new one in Matomo (Administration, Personal, Security, Auth tokens) and set {token} to it"
        return RefusedError(f"Matomo does not accept the token ({message})", where=where, do=do)
    if "access" in message and ("require" in message or "can't" in message):
        return NotPermittedError(
            what, where=where, do="give the user of the token the role view on this site, or check 'site'"
        )
    if "does not exist or is not available" in message or "is not activated" in message or "is not enabled" in message:
        return UnknownMethodError(what, response.content, where)
    if "unexpected website" in message or "idSite" in message:
        return RefusedError(
            what, where=where, do="check 'site': its number stands in Matomo under Administration, Websites, Manage"
        )
    if "egment" in message:
        return ConfigError(what, where=where, do="check 'segment' and 'pages'")
    return RefusedError(
        what, where=where, do="check the address and the settings of the source; the message is Matomo's own"
    )


def parse_sections(page: RawPage) -> list[Section]:
    """The answer by period, in whatever form it came. Raises ``ShapeError``."""
    body = page.body.lstrip()
    message = error_message(body)
    if message:
        raise ShapeError(
            f"Matomo says: {' '.join(message.split())[:300]}",
            where=page.url,
            do="mend what it complains of and collect again",
        )
    if body[:1] in {b"{", b"["} or not body:
        return _of_json(parse_page_json(page), page)
    if is_web_page(body):
        raise _strange(page, _WEB_PAGE)
    return _of_xml(body, page) if body[:1] == b"<" else _of_csv(page)


def is_web_page(body: bytes) -> bool:
    return body.lstrip()[:5].lower() in {b"<html", b"<!doc"}


def _strange(page: RawPage, what: str = "the answer has not the form of a report") -> ShapeError:
    return ShapeError(what, where=page.url, do=_CHANGED)


def _of_json(told: Any, page: RawPage, site: str = "") -> list[Section]:
    if isinstance(told, list):
        return [Section("", _rows(told, page), site)]
    if told and all(LABEL.fullmatch(key) for key in told) and not all(_SITE.fullmatch(key) for key in told):
        return [
            Section(label, _rows(value if isinstance(value, list) else [value], page), site)
            for label, value in told.items()
        ]
    if told and not site and all(_SITE.fullmatch(key) for key in told):
        return [section for number, value in told.items() for section in _of_json(value, page, number)]
    return [Section("", _rows([told], page), site)]


def _rows(told: list[Any], page: RawPage) -> tuple[Row, ...]:
    """The rows, those of folders opened up. Raises ``ShapeError`` for anything but objects of columns."""
    found: list[Row] = []
    for row in told:
        if not isinstance(row, dict):
            raise _strange(page)
        if any(LABEL.fullmatch(key) for key in row):
            raise _strange(page, "several answers came in one")
        below = row.get("subtable")
        found += _rows(below, page) if isinstance(below, list) and below else [row] if row else []
    if found and not any(name.startswith(("nb_", "sum_")) for row in found for name in row):
        raise _strange(page, f"no column of '{', '.join(found[0])[:80]}' is known")
    return tuple(found)


def _of_xml(body: bytes, page: RawPage) -> list[Section]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        do = "run again; if it stays so, tell who runs Matomo"
        raise ShapeError(f"the XML is broken in line {error.position[0]}", where=page.url, do=do) from None
    if root.tag not in {"result", "results"}:
        raise _strange(page, f"the answer is no report but '{root.tag}': set format to json")
    return _sections_below(root, page, "", "")


def _sections_below(node: etree._Element, page: RawPage, label: str, site: str) -> list[Section]:
    if node.tag == "results":
        parts = [(part, part.get("date") or label, part.get("idSite") or site) for part in node]
        if any(part.tag not in {"result", "results"} for part, *_ in parts):
            raise _strange(page)
        return [section for part, name, number in parts for section in _sections_below(part, page, name, number)]
    if len(node) and all(part.tag == "result" for part in node):
        parts = [(part, part.get("date") or label, part.get("idSite") or site) for part in node]
        return [section for part, name, number in parts for section in _sections_below(part, page, name, number)]
    if len(node) and all(part.tag == "row" for part in node):
        return [Section(label, _rows([_columns(part) for part in node], page), site)]
    if len(node) and node.find("row") is not None:
        raise _strange(page)
    return [Section(label, _rows([_columns(node)], page), site)]


def _columns(row: etree._Element) -> dict[str, Any]:
    """The columns of a row and, as ``subtable``, the rows of its folder; what else is nested is no part of the report."""
    found: dict[str, Any] = {str(part.tag): part.text or None for part in row if not len(part)}
    below = row.find("subtable")
    if below is not None and len(below):
        found["subtable"] = [_columns(part) for part in below if part.tag == "row"]
    return found


def _of_csv(page: RawPage) -> list[Section]:
    """Matomo sends CSV as UTF-16 with a byte order mark unless it is asked for another."""
    try:
        text = page.body.decode("utf-16" if page.body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        raise _strange(page, "the answer is no text") from None
    if text.startswith(_NOTHING):
        return [Section("", ())]
    reader = csv.reader(io.StringIO(text))
    header = [_column(name) for name in next(reader, [])]
    if not {"nb_visits", "nb_uniq_visitors", "nb_hits", "nb_pageviews", "nb_actions"} & set(header):
        raise _strange(page, f"no column of '{text[:60].strip()}' is known")
    by_label: dict[str, list[Row]] = {}
    for row in reader:
        if row and len(row) != len(header):
            raise _strange(page, f"line {reader.line_num} breaks off")
        columns = dict(zip(header, row, strict=True)) if row else {}
        if columns:
            by_label.setdefault(columns.pop("date", ""), []).append(
                {name: value or None for name, value in columns.items()}
            )
    return [Section(label, tuple(rows)) for label, rows in by_label.items()]


def _column(header: str) -> str:
    """The column's own name; that of the metadata of a row without what CSV puts before it."""
    plain = re.sub(r"^(metadata|metadaten)[:_] ?", "", header.strip().lower())
    return _HEADERS.get(plain, plain)
