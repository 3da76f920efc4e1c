"""The PDF of the brief: a first page that stands alone, tagged as PDF/UA asks, and no word cut."""

import re
import shutil
import subprocess
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import PdfObject

from reports.brief.compose import Brief
from reports.brief.sheet import breakable, pdf
from tests.brief_crowd import HOSTILE, brief_of, crowd
from tests.brief_rows import AS_OF, indicator, months, verdict

GERMAN = (
    "Bibliotheksbenutzungsgebührenordnungsänderungen und Rechtsschutzversicherungsgesellschaften, "
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft je Stelle"
)
LONG = "All visits to the library, through its gates, its doors and its web site, " * 2
ELSEWHERE = (
    "\u05d1\u05d9\u05e7\u05d5\u05e8\u05d9\u05dd \u0627\u0644\u0632\u064a\u0627\u0631\u0627\u062a Визиты Επισκέψεις"
)
UNDRAWN = "\u5716\u66f8\u9928"
LEAST_POINTS = 8.95
"""9 points, less what a drawing loses to rounding."""


def read(brief: Brief) -> PdfReader:
    return PdfReader(BytesIO(pdf(brief, AS_OF)))


def solid(text: str) -> str:
    """Letters only, as the end of a line may stand between any two of them, in an order that no direction changes."""
    return re.sub(r"[\s\u200b\u00ad\u2010\u00a0-]", "", text)


def has_words(reader: PdfReader, text: str) -> bool:
    shown = solid("".join(page.extract_text() for page in reader.pages))
    return all(solid(word) in shown or solid(word)[::-1] in shown for word in text.split())


def points(reader: PdfReader, page: int) -> Counter[float]:
    """How many letters of each size a page has, in points."""
    sizes = Counter[float]()

    def count(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        if text.strip():
            sizes[round(size * abs(inner[3]) * abs(outer[3]), 2)] += len(text)

    reader.pages[page].extract_text(visitor_text=count)
    return sizes


def structure(reader: PdfReader) -> list[dict[str, Any]]:
    """Every element of the structure tree, in the order of reading."""
    found: list[dict[str, Any]] = []

    def walk(node: PdfObject | None) -> None:
        one = node.get_object() if node is not None else None
        if isinstance(one, list):
            for child in one:
                walk(child)
        elif isinstance(one, dict):
            if "/S" in one:
                found.append(one)
            walk(one.get("/K"))

    walk(reader.root_object["/StructTreeRoot"].get_object()["/K"])
    return found


@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_the_pdf_has_what_pdf_ua_asks_for(code: str) -> None:
    reader = read(brief_of(code=code, **crowd(3, "Visits")))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(root["/Lang"]) == {"en": "en-GB", "de": "de-DE", "fr": "fr-FR"}[code]
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Hill Library")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    elements = structure(reader)
    kinds = [one["/S"] for one in elements]
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Table", "/TR", "/TD", "/Figure", "/Link"} <= set(kinds)
    assert kinds.index("/H1") < kinds.index("/H2")
    assert all(one["/Alt"] for one in elements if one["/S"] == "/Figure")
    heads = [one for one in elements if one["/S"] == "/TH"]
    assert len(heads) == 5
    assert all(attribute["/Scope"] == "/Column" for one in heads for attribute in one["/A"])


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_letters_that_no_font_has_can_still_be_searched_and_copied(tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(pdf(brief_of(UNDRAWN), AS_OF))
    found = subprocess.run(["pdftotext", tmp_path / "brief.pdf", "-"], capture_output=True, check=True, text=True)
    assert UNDRAWN in found.stdout


def test_only_words_without_syllables_are_broken_anywhere() -> None:
    assert breakable(GERMAN) == GERMAN
    assert max(map(len, breakable(f"a {'W' * 190} b").split("\u200b"))) <= 12
    assert breakable("activity_2025_12_09_of_the_library").replace("\u200b", "") == "activity_2025_12_09_of_the_library"
    assert breakable("60 % of it") == "60\u00a0% of it"


def test_a_first_page_without_room_never_says_that_there_is_nothing() -> None:
    names = [f"indicator_{n}" for n in range(9)]
    brief = brief_of(
        "W" * 190,
        verdicts=[verdict(name, alert="firing", luck_p_value=0.01) for name in names],
        indicators=[indicator(name, title=f"{'W' * 190} {name}") for name in names],
    )
    assert (brief.front.requests, brief.front.limits) == (0, 0)
    assert brief.requests
    words = read(brief).pages[0].extract_text()
    assert "show no such" not in words
    assert "See 'Further requests'." in words


def test_every_font_is_embedded() -> None:
    reader = read(brief_of())
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    below = [font["/DescendantFonts"][0].get_object() for font in fonts if "/DescendantFonts" in font]
    assert len(below) == len(fonts) > 2
    assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].get_object()) for font in below)


def test_nothing_on_the_first_page_is_below_nine_points() -> None:
    sizes = points(read(brief_of(**crowd(12, "Visits"))), 0)
    assert min(sizes) >= LEAST_POINTS
    assert {10.5, 11.0} <= set(sizes)


@pytest.mark.parametrize("title", [LONG, GERMAN, ELSEWHERE, "W" * 190], ids=["long", "german", "elsewhere", "unbroken"])
@pytest.mark.parametrize("code", ["en", pytest.param("de", marks=pytest.mark.slow)])
def test_no_word_of_a_title_is_cut(title: str, code: str) -> None:
    names = [f"indicator_{n}" for n in range(9)]
    reader = read(
        brief_of(
            title[:80],
            code=code,
            verdicts=[verdict(name, verdict="on_track" if n else "behind") for n, name in enumerate(names)],
            indicators=[indicator(name, title=f"{title} {n}".strip()) for n, name in enumerate(names)],
        )
    )
    assert has_words(reader, title)
    assert "…" not in "".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) <= (4 if title.startswith("WW") else 3)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_a_usual_plan_has_two_pages(count: int) -> None:
    brief = brief_of(verdicts=[verdict(f"indicator_{n}") for n in range(count)])
    reader = read(brief)
    assert len(reader.pages) == 2
    assert "Two pages." in reader.pages[0].extract_text()
    assert has_words(reader, " ".join(cell for row in brief.rows for cell in row.cells))


@pytest.mark.slow
@pytest.mark.parametrize("text", [LONG, HOSTILE, "W" * 500])
def test_thirty_indicators_in_trouble_say_how_many_pages_they_take(text: str) -> None:
    brief = brief_of("Hill Library", **crowd(30, text))
    reader = read(brief)
    first = reader.pages[0].extract_text()
    assert f"{len(reader.pages)} pages, as there is more than fits on two." in " ".join(first.split())
    assert "References and method" in reader.pages[1].extract_text()
    assert brief.messages
    assert has_words(reader, " ".join(one.text for one in brief.limits[:20] if "…" not in one.text))


def test_a_plan_without_targets_and_values_of_zero_fit_too() -> None:
    aimless = brief_of(
        indicators=[indicator(due=None, target_value=None)], verdicts=[verdict(verdict="not_assessable")]
    )
    assert len(read(aimless).pages) == 2
    nothing = [row | {"value": 0.0} for row in months()]
    zero = brief_of(verdicts=[verdict(value=0.0)], periods=nothing)
    assert has_words(read(zero), "0 visits in Jan 2026")


def test_the_same_files_give_the_same_bytes() -> None:
    first, again = (brief_of(**crowd(5, "Visits")) for _ in range(2))
    assert pdf(first, AS_OF) == pdf(again, AS_OF)
