"""Lists of publications as reference managers and repositories export them: RIS, BibTeX and CSL-JSON.

RIS: https://en.wikipedia.org/wiki/RIS_(file_format) . CSL-JSON:
https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sources.contract import RawPage
from sources.files.csv_lines import decode_text
from sources.files.left_out import is_list_of_names
from sources.files.month_names import SHORT_ENGLISH
from warehouse.errors import ShapeError

REFERENCE_PATTERNS = ("*.ris", "*.bib", "*.json")
DateRole = Literal["issued", "online", "added"]
_DO = "export the list again as RIS, BibTeX or CSL-JSON; if it happens again, open the file and look at its last entry"


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry. ``dates``: texts such as ``2019-05-06``, ``2019-05`` or ``2019`` by what they date."""

    number: int
    kind: str
    title: str = ""
    doi: str = ""
    url: str = ""
    dates: Mapping[DateRole, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "; ".join(text for text in (self.kind, self.title, self.doi or self.url, *self.dates.values()) if text)


@dataclass(frozen=True, slots=True)
class References:
    """The entries of a file, and those that cannot be read: number, text and reason."""

    entries: Sequence[Reference]
    broken: Sequence[tuple[int, str, str]] = ()


def is_reference_page(page: RawPage) -> bool:
    name = page.url.lower().partition("?")[0]
    return name.endswith((".ris", ".bib", ".json")) and not is_list_of_names(page)


def read_references(name: str, body: bytes) -> References:
    """The entries of a file, its format by the end of its name. Raises ``ShapeError`` for anything else."""
    text = decode_text(name, body, "auto")
    ending = name.lower().partition("?")[0].rpartition(".")[2]
    found = _from_bibtex(text) if ending == "bib" else {"ris": _from_ris, "json": _from_csl}[ending](name, text)
    if not found.entries and not found.broken:
        raise ShapeError("the file holds no entry", where=name, do=_DO)
    return found


def _from_ris(name: str, text: str) -> References:
    import rispy  # type: ignore[import-untyped]

    rows: list[dict[str, Any]] = rispy.loads(text)
    begun = len(re.findall(r"^\s*TY\s{1,2}- ", text, re.MULTILINE))
    if len(rows) != begun:
        raise ShapeError(f"{begun} entries begin and {len(rows)} end: the file is cut short", where=name, do=_DO)
    entries = []
    for number, row in enumerate(rows, 1):
        issued = next((_slashed(row[key]) for key in ("date", "year", "publication_year") if row.get(key)), "")
        title = str(row.get("title") or row.get("primary_title") or "")
        url = next(iter(row.get("urls") or [row.get("url") or ""]))
        kind = str(row.get("type_of_reference") or "")
        entries.append(Reference(number, kind, title, str(row.get("doi") or ""), str(url), _known(issued=issued)))
    return References(entries)


def _slashed(text: str) -> str:
    """``YYYY/MM/DD/other`` as the format defines it, with blanks where a part is not known."""
    parts = [part.strip() for part in text.split("/")[:3]]
    while parts and not parts[-1]:
        parts.pop()
    return "-".join(part.zfill(2) for part in parts)


def _from_bibtex(text: str) -> References:
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # it prints what is refused here with its place
    library = parse_string(text)
    entries, broken = list[Reference](), list[tuple[int, str, str]]()
    for found in library.blocks:
        block = found.ignore_error_block if isinstance(found, DuplicateBlockKeyBlock) else found
        if block is None:
            continue
        line = (block.start_line or 0) + 1
        if isinstance(block, Entry):
            values = {each.key.lower(): str(each.value) for each in block.fields}
            added = values.get("date-added") or values.get("timestamp") or values.get("creationdate") or ""
            dates = _known(issued=values.get("date") or _bibtex_date(values), added=added)
            title = re.sub(r"[{}]", "", values.get("title", ""))
            doi, url = values.get("doi", ""), values.get("url", "")
            entries.append(Reference(line, block.entry_type.lower(), title, doi, url, dates))
        elif isinstance(block, ParsingFailedBlock):
            broken.append((line, (block.raw or "")[:500], "the entry is not closed, or not written as BibTeX"))
    return References(entries, broken)


def _bibtex_date(values: Mapping[str, str]) -> str:
    year, month = values.get("year", "").strip("{} "), values.get("month", "").strip("{}. ").lower()
    if not month:
        return year
    number = SHORT_ENGLISH.index(month[:3]) + 1 if month[:3] in SHORT_ENGLISH else month
    day = values.get("day", "").strip()
    return "-".join([year, str(number).zfill(2), *([day.zfill(2)] if day else [])])


def _from_csl(name: str, text: str) -> References:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise ShapeError("the JSON breaks off or is broken", where=name, do=_DO) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ShapeError("CSL-JSON is a list of entries", where=name, do=_DO)
    entries = []
    for number, row in enumerate(rows, 1):
        online = _csl_date(row.get("published-online") or row.get("available-date"))
        dates = _known(issued=_csl_date(row.get("issued")), online=online, added=_csl_date(row.get("created")))
        title = row.get("title") or ""
        title = str(title[0] if isinstance(title, list) and title else title)
        kind, doi, url = (str(row.get(key) or "") for key in ("type", "DOI", "URL"))
        entries.append(Reference(number, kind, title, doi, url, dates))
    return References(entries)


def _csl_date(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value or "")
    parts = value.get("date-parts")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], list):
        known = [str(part) for part in parts[0] if part is not None]
        return "-".join([*known[:1], *(part.zfill(2) for part in known[1:])])
    if isinstance(parts, list) and len(parts) > 1:
        return json.dumps(parts)  # a range, which is not one day
    return str(value.get("raw") or value.get("literal") or "")


def _known(**texts: str) -> dict[DateRole, str]:
    roles: tuple[DateRole, ...] = ("issued", "online", "added")
    return {role: texts[role].strip() for role in roles if texts.get(role, "").strip()}
