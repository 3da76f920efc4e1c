"""Files that are not tables: access logs, reference lists, feeds, repositories, JSON and pages of a site."""

import json
import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sources.files.packing import opener_of, unpacked
from sources.files.workbook import is_workbook
from sources.inspection.dialogue import Dialogue
from sources.inspection.inspection import Inspection
from sources.inspection.item_lists import settle_list_end
from sources.inspection.number_forms import NumberForm
from sources.inspection.reconcile import MetricTotals, Reconciliation, read_with, reconcile
from sources.inspection.table import Proposal
from warehouse.errors import KmiError

Form = Literal["table", "log", "references", "feed", "oai_pmh", "json", "html", "xml"]
_LOG = re.compile(
    rb'\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d|^#Fields:|^#Software:|^#Version:|HTTP/[0-9.]+"|haproxy\['
    rb'|"(?:GET|POST|HEAD) /',
    re.MULTILINE,
)
_LOG_KEYS = ("request", "request_uri", "uri", "status", "remote_addr", "RequestPath", "RequestMethod", "path")
_ROOT = re.compile(rb"<(?![?!])([\w:.\-]+)")
_NO_ADDRESS = "kmi reads it from its address, day by day: run kmi inspect with the address"
OF_AN_ANSWER: tuple[tuple[str, str], ...] = (
    ("Report_Header", "sushi"), ("runReport", "ga4"), ("dimensionHeaders", "ga4"), ("rowCount", "ga4"),
    ("nb_visits", "matomo"), ("nb_uniq_visitors", "matomo"), ("youtube#", "youtube"),
    ("graph.facebook.com", "facebook_page"), ("page_impressions", "facebook_page"),
)  # fmt: skip


def form_of(name: str, body: bytes) -> Form:
    """What the unpacked bytes seem to be, by their beginning."""
    head = body[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if is_workbook(body):
        return "table"
    if head.startswith(b"<"):
        return _markup(head)
    if re.match(rb"TY {2}- |@\w+\s*\{", head):
        return "references"
    if head[:1] in (b"{", b"["):
        return _json_form(name, head)
    return "log" if _LOG.search(head) else "table"


def _markup(head: bytes) -> Form:
    found = _ROOT.search(head)
    root = found[1].decode("ascii", "replace").casefold().rpartition(":")[2] if found else ""
    forms: dict[str, Form] = {"rss": "feed", "feed": "feed", "rdf": "feed", "oai-pmh": "oai_pmh", "html": "html"}
    return forms.get(root, "html" if b"<html" in head.lower() or b"<!doctype html" in head[:200].lower() else "xml")


def _json_form(name: str, head: bytes) -> Form:
    first = head.split(b"\n", 1)[0]
    try:
        line = json.loads(first)
    except ValueError:
        return "json"
    text = first.decode("utf-8", "replace")
    is_log = isinstance(line, dict) and (sum(f'"{key}"' in text for key in _LOG_KEYS) >= 2 or name.endswith(".log"))
    return "log" if is_log else "json"


def inspect_log(name: str, body: bytes, path: str, dialogue: Dialogue, zone: ZoneInfo, now: datetime) -> Inspection:
    """An access log, packed or not: every line is a request, or is refused with its number. Raises ``KmiError``."""
    return inspect_logs([(name, body)], path, dialogue, zone, now)


def inspect_logs(
    files: list[tuple[str, bytes]], path: str, dialogue: Dialogue, zone: ZoneInfo, now: datetime
) -> Inspection:
    """Access logs that are read together."""
    settings: dict[str, object] = {"type": "access_log", "path": path}
    inspection = Inspection(files[0][0] if len(files) == 1 else path, "access log")
    parsed = read_with(settings, files, zone, now)
    lines = sum(_lines(name, body) for name, body in files)
    requests, unread = parsed.rows_read or 0, parsed.rows_refused or 0
    observed = parsed.observations
    totals = []
    for metric, unit in (("requests", "requests"), ("page_views", "page views"), ("visits", "visits")):
        own = observed[observed["metric"] == metric]
        number = float(own["value"].sum())
        whole = float(requests) if metric == "requests" else number
        first, last = (own["start"].min().date(), own["end"].max().date()) if len(own) else (None, None)
        totals.append(MetricTotals(metric, unit, requests, whole, number, 1, len(own), first, last))
    dialogue.take("form", "an access log of a web server", f"{requests:,} of {lines:,} lines are requests")
    if unread:
        dialogue.answer_to(
            "refused",
            f"{unread:,} of {lines:,} lines cannot be read. Go on without?",
            str(parsed.refused.iloc[0]["reason"]) if len(parsed.refused) else "they have another form",
            [("accept", "yes: kmi lists them")],
        )
    inspection.settings = settings
    inspection.kinds = {"page_views": "flow", "visits": "flow"}
    inspection.units = {"page_views": "page views", "visits": "visits"}
    inspection.reconciliation = Reconciliation(lines, tuple(totals), (), unread, parsed.notes, ())
    return inspection.close(dialogue)


def _lines(name: str, body: bytes) -> int:
    if opener_of(body) is not None:
        body = b"\n".join(part for _, part in unpacked(name, body))
    return sum(bool(line.strip()) and not line.startswith(b"#") for line in body.splitlines())


def inspect_references(
    name: str, body: bytes, path: str, dialogue: Dialogue, zone: ZoneInfo, now: datetime
) -> Inspection:
    """A list in RIS or BibTeX: each entry counts once. Raises ``KmiError``."""
    settings: dict[str, object] = {"type": "publications", "path": path}
    parsed = read_with(settings, [(name, body)], zone, now)
    entries = len(
        re.findall(rb"^TY {2}- |^\s*@(?!comment|string|preamble)\w+\s*\{", body, re.MULTILINE | re.IGNORECASE)
    )
    proposal = Proposal(settings, {"publications": []}, NumberForm(), entries, items=len(parsed.observations))
    inspection = Inspection(name, "reference list", settings=settings, kinds={"publications": "flow"})
    inspection.units, inspection.observations = {"publications": "items"}, parsed.observations
    settle_list_end(inspection, dialogue, now.astimezone(zone).date())
    found = inspection.reconciliation = reconcile(proposal, parsed)
    if found.refused_count:
        dialogue.answer_to(
            "refused", f"{found.refused_count:,} entries cannot be counted. Go on without?", "; ".join(found.refused),
            [("accept", "yes: kmi lists them")],
        )  # fmt: skip
    dialogue.take("form", "a list of references", f"{entries:,} entries")
    return inspection.close(dialogue)


def inspect_feed(url: str, body: bytes, dialogue: Dialogue, zone: ZoneInfo, now: datetime) -> Inspection:
    """A feed at an address: each item counts once, on its day. Raises ``KmiError``."""
    settings: dict[str, object] = {"type": "feed", "url": url}
    parsed = read_with(settings, [(url, body)], zone, now)
    items = len(re.findall(rb"<(?:\w+:)?(?:item|entry)[\s>]", body))
    proposal = Proposal(settings, {"posts": []}, NumberForm(), items, items=len(parsed.observations))
    inspection = Inspection(url, "feed", settings=settings, kinds={"posts": "flow"}, units={"posts": "posts"})
    inspection.reconciliation = reconcile(proposal, parsed)
    dialogue.take("form", "a feed (RSS or Atom)", f"its root element, and {items:,} items")
    return inspection.close(dialogue)


def inspect_answer(name: str, body: bytes, form: Form, dialogue: Dialogue) -> Inspection:
    """A saved answer of a service: it is recognised, and its address is asked for."""
    text = body[:200_000].decode("utf-8", "replace")
    kind = {"feed": "feed", "oai_pmh": "oai_pmh"}.get(form) or next(
        (k for mark, k in OF_AN_ANSWER if mark in text), "rest"
    )
    words = {"feed": "a feed", "oai_pmh": "an answer of a repository (OAI-PMH)", "html": "a page of a site"}
    what = words.get(form, f"a saved answer of a service ({form.upper()})")
    inspection = Inspection(name, form)
    source = "" if form == "html" else f"; the type of the source is '{kind}', see docs/sources.md"
    inspection.problem = f"this is {what}, not a file to collect from: {_NO_ADDRESS}{source}"
    return inspection.close(dialogue)


def failed(name: str, form: str, error: KmiError, dialogue: Dialogue) -> Inspection:
    """An inspection that says why the file cannot be read."""
    inspection = Inspection(name, form, problem=error.what + (f": {error.do}" if error.do else ""))
    return inspection.close(dialogue)
