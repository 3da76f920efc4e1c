"""Responses that Matomo's own tests expect: XML, JSON, CSV in UTF-16 and RSS, some by site, some empty, some errors.

Each file is also read in another way, and the values must be the same; or the source names what is wrong with it.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place, RawPage
from sources.matomo.source import Matomo
from tests.loopback import NOW
from warehouse.errors import ShapeError
from warehouse.schema import Window

SUMMARY = ("nb_visits", "nb_actions", "nb_uniq_visitors", "nb_visits_converted", "bounce_count", "sum_visit_length")
PAGES = {"nb_hits": "nb_pageviews", "nb_visits": "nb_visits", "nb_uniq_visitors": "nb_uniq_visitors"}
ALONE = {"day": (date(2010, 1, 3), 1), "week": (date(2010, 1, 4), 7), "month": (date(2010, 1, 1), 31)}
"""What an answer about a single period is about: it does not say so itself, and the file does neither."""
_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
"""Escapes of letters, which stand as themselves in our paths; no address holds a blank."""
NO_REPORT = ("API.getProcessedReport", "API.getBulkRequest", "PivotBy")
Figures = Counter[tuple[str, str, date, float]]


@dataclass(frozen=True)
class Recorded:
    """One file: an answer to ``method`` about periods of kind ``period``."""

    path: Path

    @property
    def method(self) -> str:
        return self._parts()[0]

    @property
    def period(self) -> str:
        return self._parts()[1]

    def _parts(self) -> tuple[str, str]:
        found = re.search(r"_([A-Za-z]+\.[A-Za-z]+)(?:_([a-z]+))?\.\w+$", self.path.name)
        assert found is not None, self.path.name
        return found[1], found[2] or "day"

    @property
    def text(self) -> str:
        raw = self.path.read_bytes()
        return raw.decode("utf-16" if raw[:2] == b"\xff\xfe" else "utf-8-sig")

    @property
    def days(self) -> Window:
        """From the first to the last date that the answer names, in whole periods."""
        labels = re.findall(r'date="([-,\d]{7,})"|"(\d{4}-\d\d-\d\d)":', self.text)
        named = [date.fromisoformat(day) for label in labels for day in re.findall(r"\d{4}-\d\d-\d\d", "".join(label))]
        months = [date.fromisoformat(f"{label[0]}-01") for label in labels if len(label[0]) == 7]
        if named or months:
            last = max([*named, *((month + timedelta(days=32)).replace(day=1) - timedelta(days=1) for month in months)])
            return Window(min([*named, *months]), last + timedelta(days=1))
        start, length = ALONE.get(self.period, (date(2010, 1, 1), 365))
        return Window(start, start + timedelta(days=length))

    def parsed(self, site: int) -> ParseResult:
        told: dict[str, object] = {
            "type": "matomo",
            "url": "https://matomo.example",
            "site": site,
            "token": "${env:TOKEN}",
        }
        if self.method == "Actions.getPageUrls":
            told |= {"by_page": True, "site_url": "http://example.org", "metrics": list(PAGES.values())}
        else:
            told |= {"metrics": list(SUMMARY)}
        source = Matomo("web", Matomo.Settings.model_validate(told), Place(ZoneInfo("UTC")))
        received = {
            "method": self.method,
            "period": self.period,
            "date": f"{self.days.start},{self.days.end - timedelta(days=1)}",
        }
        return source.parse(
            [
                RawPage(
                    "web",
                    self.days,
                    0,
                    "https://matomo.example/index.php",
                    200,
                    NOW,
                    self.path.read_bytes(),
                    request=json.dumps(received),
                )
            ]
        )

    def begins(self, label: str) -> date | None:
        """First day of the period that a label names; None for one that is not of the kind asked for."""
        forms = {"day": r"\d{4}-\d\d-\d\d", "week": r"\d{4}-\d\d-\d\d,\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d"}
        if not label:
            return ALONE[self.period][0] if self.period in ALONE else None
        return (
            date.fromisoformat(f"{label[:7]}-{label[8:10] or '01'}")
            if re.fullmatch(forms.get(self.period, "-"), label)
            else None
        )

    def reports(self, site: int) -> Iterator[tuple[str, ET.Element]]:
        """Label and element of each period of ``site``."""
        root = ET.fromstring(self.text.encode())
        by_site = [part for part in root if part.get("idSite")]
        for top in [part for part in by_site if part.get("idSite") == str(site)] if by_site else [root]:
            dated = [part for part in top if part.get("date")]
            yield from ((str(part.get("date")), part) for part in dated) if dated else [("", top)]

    def read_again(self, site: int) -> Figures:
        """The figures, by another road than the source takes."""
        found: Figures = Counter()
        for label, report in self.reports(site):
            start = self.begins(label)
            if start is not None and self.method == "Actions.getPageUrls":
                for row in (
                    row
                    for row in report.iter("row")
                    if row.find("url") is not None and row.find("subtable/row") is None
                ):
                    parts = urlsplit(str(row.findtext("url")))
                    if not parts.hostname:
                        continue
                    host = "" if (parts.hostname or "").removeprefix("www.") == "example.org" else f"//{parts.hostname}"
                    path = host + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                    path = normalize("NFC", _LETTERS.sub(lambda found: unquote(found[0]), path.replace(" ", "%20")))
                    found.update(
                        (name, path, start, float(str(row.findtext(column))))
                        for column, name in PAGES.items()
                        if row.find(column) is not None
                    )
            elif start is not None and (label or any(float(report.findtext(name) or 0) for name in SUMMARY)):
                # Alone, an empty period is all zeros; among others it is an empty element. It is missing in both forms.
                wanted = SUMMARY if self.period == "day" else ("nb_uniq_visitors",)
                suffix = "" if self.period == "day" else f"_{self.period}"
                found.update(
                    (name + suffix, "", start, float(str(report.findtext(name))))
                    for name in wanted
                    if report.findtext(name)
                )
        return found


def figures(parsed: ParseResult) -> Figures:
    rows = parsed.observations
    return Counter(
        zip(rows["metric"], rows["entity"], (start.date() for start in rows["start"]), rows["value"], strict=True)
    )


@pytest.fixture(scope="module")
def files(shared_data: Callable[[str], Path]) -> list[Recorded]:
    found = [
        Recorded(path)
        for path in sorted(shared_data("matomo-api-expected").iterdir())
        if path.suffix in {".xml", ".json", ".csv", ".rss"}
    ]
    assert len(found) == 120
    return found


def is_no_report(file: Recorded) -> bool:
    return "<error" in file.text or any(name in file.path.name for name in NO_REPORT)


def test_every_report_in_xml_gives_the_figures_that_stand_in_it(files: list[Recorded]) -> None:
    outcome: Counter[str] = Counter()
    for file in (file for file in files if file.path.suffix == ".xml" and not is_no_report(file)):
        parsed = {site: file.parsed(site) for site in (1, 2, 3)}
        wanted = {site: file.read_again(site) for site in parsed}
        assert {site: figures(one) for site, one in parsed.items()} == wanted, file.path.name
        outcome[
            "figures"
            if any(wanted.values())
            else "refused"
            if any(len(one.refused) for one in parsed.values())
            else "no figure in it"
        ] += 1
    assert dict(outcome) == {"figures": 73, "refused": 18, "no figure in it": 17}


def test_what_is_no_report_is_named(files: list[Recorded]) -> None:
    others = [file for file in files if file.path.suffix == ".xml" and is_no_report(file)]
    assert len(others) == 9
    for file in others:
        with pytest.raises(ShapeError, match=r"Matomo says: |knows no column") as caught:
            file.parsed(1)
        assert caught.value.do, file.path.name


def test_a_summary_of_a_day_in_utf_16_csv_is_read(files: list[Recorded]) -> None:
    file = next(file for file in files if file.path.suffix == ".csv")
    row = next(csv.DictReader(file.text.splitlines()))
    assert figures(file.parsed(1)) == Counter((name, "", date(2010, 1, 3), float(row[name])) for name in SUMMARY)


def test_an_rss_feed_is_no_report_and_several_answers_are_not_one(files: list[Recorded]) -> None:
    for suffix, words in ((".rss", "set format to json"), (".json", "several reports")):
        file = next(file for file in files if file.path.suffix == suffix)
        with pytest.raises(ShapeError, match=words):
            file.parsed(1)


def test_the_answers_in_a_bulk_are_read_one_by_one_and_an_empty_day_is_missing(
    files: list[Recorded], tmp_path: Path
) -> None:
    bulk = json.loads(next(file for file in files if file.path.suffix == ".json").text)
    single = tmp_path / "test_bulk__VisitsSummary.get_day.json"
    single.write_text(json.dumps(bulk[0]), encoding="utf-8")
    parsed = Recorded(single).parsed(1)
    assert figures(parsed) == Counter(
        (name, "", date(2010, 3, 6), float(bulk[0]["2010-03-06"][name])) for name in SUMMARY
    )
    assert bulk[0]["2010-03-07"] == []
    assert "missing and not 0" in parsed.notes[0]
    assert datetime(2010, 3, 7, tzinfo=UTC).date() in parsed.covered[0]
