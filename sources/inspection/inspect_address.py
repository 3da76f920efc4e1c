"""The inspection of an address: a feed, a repository, a WordPress site, a JSON service, a sheet, a table or a log."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import requests
from lxml import etree, html

from sources.inspection.dialogue import Dialogue
from sources.inspection.inspect_files import inspect_bytes
from sources.inspection.inspection import Inspection
from sources.inspection.other_forms import failed, form_of, inspect_feed
from sources.inspection.value_kinds import unit_name
from sources.inspection.words import as_name
from sources.web.session import Session
from sources.wordpress_routes import named_root
from warehouse.errors import KmiError, RefusedError

_SHEET = re.compile(r"https://docs\.google\.com/spreadsheets/d/(?!e/)([A-Za-z0-9_\-]{10,})")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")
_ISO_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2}.*)?")
LEAST_RECORDS = 1


@dataclass(frozen=True)
class AddressInspector:
    """Inspects addresses with ``session``, which has the limits of every source. Days are those of ``zone``.

    sheets: where Google Sheets give their tables.
    """

    session: Session
    answers: Mapping[str, str]
    zone: ZoneInfo
    now: datetime
    sheets: str = "https://docs.google.com"

    def inspect(self, url: str) -> Inspection:
        """What the address gives. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        sheet = _SHEET.match(url)
        if sheet is not None:
            return self._sheet(url, sheet[1])
        response = self.session.get(url)
        form = form_of(urlsplit(url).path.rpartition("/")[2] or "page", response.content)
        if form == "feed":
            return self._of_feed(url, response.content)
        if form == "oai_pmh" or "verb=" in url:
            return self._repository(url)
        if form == "html":
            return self._page(url, response)
        if form == "json":
            return self._json(url, response)
        name = urlsplit(url).path.rpartition("/")[2] or "table"
        return inspect_bytes(name, response.content, url, self.answers, self.zone, self.now)

    def _of_feed(self, url: str, body: bytes) -> Inspection:
        dialogue = Dialogue(self.answers)
        try:
            return inspect_feed(url, body, dialogue, self.zone, self.now)
        except KmiError as error:
            return failed(url, "feed", error, dialogue)

    def _sheet(self, url: str, identity: str) -> Inspection:
        """A Google Sheet: as the table that it gives to everyone, or by an account that may read it."""
        parts = urlsplit(url)
        tab = parse_qs(parts.fragment).get("gid") or parse_qs(parts.query).get("gid") or ["0"]
        export = f"{self.sheets}/spreadsheets/d/{identity}/export?format=csv&gid={tab[0]}"
        dialogue = Dialogue(self.answers)
        try:
            response = self.session.get(export)
        except RefusedError:
            response = None
        if response is not None and form_of("sheet.csv", response.content) == "table":
            return inspect_bytes("sheet.csv", response.content, export, self.answers, self.zone, self.now)
        inspection = Inspection(url, "Google Sheet")
        inspection.problem = (
            "the sheet is not open to everyone who has its address: share it so, or with a service account and "
            f"write a source of the type google_sheets with 'spreadsheet: {identity}' (docs/providers/google_sheets.md)"
        )
        return inspection.close(dialogue)

    def _repository(self, url: str) -> Inspection:
        """A repository: its own name and earliest date, by one request."""
        base = urlunsplit(urlsplit(url)._replace(query="", fragment=""))
        dialogue = Dialogue(self.answers)
        root = etree.fromstring(self.session.get(base, params={"verb": "Identify"}).content, _parser())
        found = {
            etree.QName(node).localname: (node.text or "").strip() for node in root.iter() if isinstance(node.tag, str)
        }
        inspection = Inspection(base, "repository (OAI-PMH)")
        if "repositoryName" not in found:
            inspection.problem = "the address answers in OAI-PMH, and does not identify itself: look at the address"
            return inspection.close(dialogue)
        dialogue.take("form", f"the repository '{found['repositoryName']}'", "its answer to Identify")
        dialogue.take("first record", found.get("earliestDatestamp", "?"), "its answer to Identify")
        inspection.settings = {"type": "oai_pmh", "url": base}
        inspection.kinds, inspection.units = {"records": "flow"}, {"records": "records"}
        return inspection.close(dialogue)

    def _page(self, url: str, response: requests.Response) -> Inspection:
        """A page of a site: WordPress says so, and a page names its feeds."""
        dialogue = Dialogue(self.answers)
        inspection = Inspection(url, "page of a site")
        root = named_root(response)
        if root is not None:
            route = root.route("posts")
            listed = self.session.get(route.url, params={**route.params, "per_page": "1"})
            number = listed.headers.get("X-WP-Total", "?")
            dialogue.take("form", "a WordPress site", "its page names the address of its interface")
            dialogue.take("posts", number, "what the interface says")
            inspection.form = "WordPress site"
            inspection.settings = {"type": "wordpress", "url": url}
            inspection.kinds, inspection.units = {"posts": "flow"}, {"posts": "posts"}
            return inspection.close(dialogue)
        feeds = _feeds_of(response)
        if not feeds:
            inspection.problem = "the page names no feed and no interface: give the address of a feed, a list or a file"
            return inspection.close(dialogue)
        answer = dialogue.answer_to(
            "feed", "Which feed of the page?", "the page names it", [(feed, feed) for feed in feeds]
        )
        if answer is None:
            return inspection.close(dialogue)
        inner = self._of_feed(answer, self.session.get(answer).content)
        inner.guesses = dialogue.guesses + inner.guesses
        return inner

    def _json(self, url: str, response: requests.Response) -> Inspection:
        """A list of records in JSON: its dates and numbers, and whether it is all in one answer."""
        dialogue = Dialogue(self.answers)
        inspection = Inspection(url, "JSON service")
        selector, records = _records(json.loads(response.content), "$")
        days = _fields(records, lambda value: isinstance(value, str) and _ISO_DATE.fullmatch(value) is not None)
        numbers = _fields(records, lambda value: isinstance(value, int | float) and not isinstance(value, bool))
        if not records or not days:
            inspection.problem = (
                "no list of records with a date was found: describe it by hand (docs/providers/rest.md)"
            )
            return inspection.close(dialogue)
        day = (
            dialogue.answer_to(
                "date", "Which field is the date?", "several are", [(d, str(records[0][d])) for d in days]
            )
            if len(days) > 1
            else days[0]
        )
        counted = [number for number in numbers if number.casefold() not in ("id", "_id")]
        choices = [("records", "each record counts once"), *((name, f"the figure '{name}'") for name in counted)]
        value = dialogue.answer_to(
            "value", "What counts?", "the records have figures" if counted else "nothing says", choices
        )
        dialogue.answer_to(
            "pages", "Is everything in this one answer?", f"the answer holds {len(records):,} records, as a page may",
            [("all", "yes"), ("more", "no: kmi needs to know how to ask for the next page (docs/providers/rest.md)")],
        )  # fmt: skip
        if dialogue.answers.get("pages") == "more":
            inspection.problem = "the service divides its records into pages: describe them (docs/providers/rest.md)"
        parts = urlsplit(url)
        base = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        metric = "records" if value in (None, "records") else as_name(str(value), "value")
        spec: dict[str, object] = {"unit": unit_name(metric, metric)}
        if value not in (None, "records"):
            spec["path"] = value
        mapping: dict[str, object] = {"date": day or days[0], "metrics": {metric: spec}}
        if "id" in records[0]:
            mapping["id"] = "id"
        endpoint: dict[str, object] = {"path": parts.path.lstrip("/"), "data_selector": selector}
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if query:
            endpoint["params"] = query
        inspection.settings = {"type": "rest", "client": {"base_url": base}, "endpoint": endpoint, "indicator": mapping}
        inspection.kinds, inspection.units = {metric: "flow"}, {metric: str(spec["unit"])}
        dialogue.take("form", "a list of records in JSON", f"{len(records):,} records with the same fields")
        return inspection.close(dialogue)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _feeds_of(response: requests.Response) -> list[str]:
    try:
        document = html.document_fromstring(response.content)
    except (etree.ParserError, ValueError):
        return []
    links = [link for link in document.iter("link") if (link.get("type") or "").casefold() in _FEED_TYPES]
    return list(dict.fromkeys(urljoin(response.url, link.get("href") or "") for link in links if link.get("href")))[:8]


def _records(node: object, path: str, depth: int = 0) -> tuple[str, list[dict[str, object]]]:
    """The path and the records of the longest list of objects; empty where there is none."""
    if isinstance(node, list):
        records = [item for item in node if isinstance(item, dict)]
        return (path, records) if len(records) == len(node) >= LEAST_RECORDS else (path, [])
    best: tuple[str, list[dict[str, object]]] = (path, [])
    if isinstance(node, dict) and depth < 4:
        for key, value in node.items():
            found = _records(value, key if path == "$" else f"{path}.{key}", depth + 1)
            best = max(best, found, key=lambda pair: len(pair[1]))
    return best


def _fields(records: list[dict[str, object]], test: Callable[[object], bool]) -> list[str]:
    """The fields of which every record has a value that passes the test."""
    return [key for key in records[0] if all(test(record.get(key)) for record in records)] if records else []
