"""The page of the brief: exactly one, the same in both forms and for the same data; hostile names stay text."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.brief.chart import caption, svg
from reports.brief.compose import CUT_ORDER, Brief, compose, fit_page
from reports.brief.inputs import load, one_line
from reports.brief.page import page
from reports.brief.sheet import BOTTOM, Sheet, height, one_page, pdf
from tests.brief_rows import AS_OF, effect, indicator, months, reader, source, tables, verdict
from tests.reports.chromium import barriers, chromium, installed

HOSTILE = "<script>alert(1)</script>\u202e\u0000 \U0001f4da=cmd|'/c calc'!A0 \u05e9\u05dc\u05d5\u05dd \"'&"
WIDE = "W" * 500


def brief_of(organisation: str = "Hill Library", **rows: Any) -> Brief:
    return one_page(compose(load(organisation, reader(**rows))))


def crowd(count: int, text: str) -> dict[str, Any]:
    """``count`` indicators, each with every kind of trouble, and ``text`` wherever people write."""
    names = [f"indicator_{n}" for n in range(count)]
    sources = [source(f"{text[:30]}{n}", fresh=False, refused=2, missing=["2026-01-01"] * 9) for n in range(count)]
    states = [
        {"verdict": ("behind", "not_assessable", "achieved")[n % 3], "alert": "firing", "grade": "estimate_no_error"}
        for n in range(count)
    ]
    return {
        "verdicts": [
            verdict(name, reason=text, outlook=text, probability=0.01, **state)
            for name, state in zip(names, states, strict=True)
        ],
        "indicators": [
            indicator(name, title=text, unit=text, sources=[row["source"] for row in sources]) for name in names
        ],
        "sources": sources,
        "activities": [
            {"activity_id": text, "date": AS_OF.date(), "title": text, "channel": text, "indicators": names}
        ],
        "effects": [
            effect(name, activity_id=text, verdict="cannot_tell" if n else "associated_rise", sentence=text)
            for n, name in enumerate(names)
        ],
        "indicator_breaks": [
            {"indicator_id": name, "day": AS_OF.date(), "reason": text, "origin": "declared", "spliced": False}
            for name in names
        ],
    }


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def pages_of(written: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", written))


@pytest.mark.slow
@pytest.mark.parametrize("text", [WIDE, "word " * 100, HOSTILE])
def test_a_crowd_of_indicators_still_makes_exactly_one_page(text: str) -> None:
    brief = brief_of(text, **crowd(30, text))
    with Sheet() as sheet:
        assert height(brief, sheet) <= BOTTOM
    assert pages_of(pdf(brief, AS_OF)) == 1
    assert len(brief.sentences) >= 3
    assert brief.limits
    assert brief.requests


@pytest.mark.slow
def test_what_was_cut_is_counted_on_the_page() -> None:
    whole = compose(load("Hill Library", reader(**crowd(40, "Visits to a branch"))))
    brief = one_page(whole)
    cut = dict(brief.left_out)
    assert all(
        len(getattr(whole, part)) - len(getattr(brief, part)) == cut[part] for part in {name for name, _ in CUT_ORDER}
    )
    assert f"Left out to keep to one page: {cut['rows']} table rows" in brief.omitted
    assert brief.omitted in Tags(page(brief)).text


def test_where_all_fits_no_omission_is_mentioned() -> None:
    brief = brief_of()
    assert brief.omitted == ""
    assert brief.chart


def test_the_table_is_cut_before_the_chart_and_the_chart_before_the_sentences() -> None:
    whole = compose(load("Hill Library", reader(**crowd(40, "Visits"))))
    seen: list[Brief] = []

    def never(shorter: Brief) -> bool:
        seen.append(shorter)
        return False

    with pytest.raises(ValueError, match="does not fit"):
        fit_page(whole, never)
    assert all(len(one.rows) <= 10 for one in seen if not one.chart)
    assert all(not one.chart for one in seen if len(one.sentences) < len(whole.sentences))
    assert (len(seen[-1].sentences), len(seen[-1].limits), len(seen[-1].requests), len(seen[-1].rows)) == (3, 1, 1, 0)


def test_the_same_files_give_the_same_bytes() -> None:
    first, again = (brief_of(**crowd(5, "Visits")) for _ in range(2))
    assert pdf(first, AS_OF) == pdf(again, AS_OF)
    assert page(first) == page(again)


def test_the_pdf_carries_title_language_date_and_tags() -> None:
    written = pdf(brief_of(), AS_OF)
    assert all(
        mark in written
        for mark in (b"/Lang (en-GB)", b"/StructTreeRoot", b"/Marked true", b"/Alt (", b"/Title (", b"20260302060000")
    )


def test_hostile_names_stay_text() -> None:
    written = Tags(page(brief_of(HOSTILE, **crowd(3, HOSTILE))))
    assert not [tag for tag, _ in written.tags if tag == "script"]
    assert "<script>alert(1)</script>" in written.text
    assert "\u202e" not in written.text
    assert not [(tag, name) for tag, attributes in written.tags for name in attributes if name.startswith("on")]


def test_the_page_loads_nothing_from_elsewhere() -> None:
    written = page(brief_of())
    leads = [
        value
        for _, attributes in Tags(written).tags
        for name, value in attributes.items()
        if name in {"href", "src", "xlink:href"}
    ]
    assert leads
    assert all(str(value).startswith("#") for value in leads)
    assert "url(http" not in written
    assert "@import" not in written


def test_every_mark_leads_to_a_reference() -> None:
    written = Tags(page(brief_of(**crowd(8, "Visits"))))
    places = {attributes["id"] for _, attributes in written.tags if "id" in attributes}
    marked = [str(attributes["href"])[1:] for tag, attributes in written.tags if tag == "a"]
    assert len(marked) > 10
    assert set(marked) <= places
    assert set(re.findall(r"\[(\d+)\]", written.text)) == {
        str(n) for n in range(1, len([p for p in places if str(p).startswith("ref-")]) + 1)
    }


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_pdf_says_what_the_page_says(tmp_path: Path) -> None:
    brief = brief_of(HOSTILE)
    (tmp_path / "brief.pdf").write_bytes(pdf(brief, AS_OF))
    read = subprocess.run(
        ["pdftotext", "-raw", tmp_path / "brief.pdf", "-"], capture_output=True, check=True, text=True
    )
    words = " ".join(read.stdout.split())
    assert words.startswith("<script>alert(1)</script>")
    assert all(" ".join(part.text.split()) in words for part in (*brief.sentences, *brief.limits))


def test_a_letter_that_the_font_lacks_is_marked_and_not_dropped() -> None:
    with Sheet() as sheet:
        assert sheet.shown("a\u6f22b") == "a\ufffdb"


def test_a_chart_needs_four_known_values_and_shows_the_gravest() -> None:
    verdicts = [
        verdict("fine", verdict="achieved"),
        verdict("bad", pace_ratio=-1.0),
        verdict("worse", pace_ratio=-2.0),
    ]
    drawn = compose(load("Hill Library", reader(verdicts=verdicts))).chart
    assert [one.row["indicator_id"] for one in drawn] == ["worse"]
    withheld = {"verdicts": [verdict("fine", verdict="achieved"), verdict("unknown", verdict="not_assessable")]}
    assert [one.row["indicator_id"] for one in compose(load("Hill Library", reader(**withheld))).chart] == ["fine"]
    long = [row for row in tables(verdicts=verdicts)["periods"] if row["indicator_id"] != "worse"]
    drawn = compose(load("Hill Library", reader(verdicts=verdicts, periods=long + months("worse")[-3:]))).chart
    assert [one.row["indicator_id"] for one in drawn] == ["bad"]


@pytest.mark.parametrize(
    ("rows", "mark"),
    [
        ({"periods": months(provisional=True)}, "ring: incomplete or provisional"),
        ({"periods": months(value_low=80.0, value_high=120.0)}, "bar: 90 % interval"),
        (
            {"verdicts": [verdict(forecast_low=1.0, forecast_due=2.0, forecast_high=3.0)]},
            "forecast for 31 Dec 2026, 80 % interval",
        ),
        (
            {"indicators": [indicator(target_value=None, better="band", target_low=80.0, target_high=100.0)]},
            "dotted: the band",
        ),
    ],
)
def test_the_caption_explains_what_is_drawn(rows: dict[str, Any], mark: str) -> None:
    shown, without = (caption(compose(load("Hill Library", reader(**some))).chart[0]) for some in (rows, {}))
    assert mark in shown
    assert mark not in without


def test_the_chart_leaves_a_gap_where_a_value_is_unknown() -> None:
    periods = [row | {"value": None} if row["start"].month == 6 else row for row in months()]
    drawn = compose(load("Hill Library", reader(periods=periods))).chart[0]
    assert svg(drawn).count("<path") > 0
    assert svg(drawn) != svg(compose(load("Hill Library", reader())).chart[0])


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb\t c", "a b c"), ("\u202eabc\u200b", "abc"), ("x" * 61, "x" * 59 + "…")]
)
def test_names_are_one_line_without_marks_of_direction(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_plan_without_targets_says_that_nothing_is_judged() -> None:
    brief = brief_of(indicators=[indicator(due=None, target_value=None)], verdicts=[verdict(verdict="not_assessable")])
    assert brief.sentences[0].text == "The one indicator has no target, so it is not judged."
    assert brief.rows == ()
    assert pages_of(pdf(brief, AS_OF)) == 1


@pytest.mark.slow
@pytest.mark.skipif(installed() is None, reason="no Chromium is installed")
def test_axe_finds_no_barrier_on_the_page_of_the_brief(tmp_path: Path) -> None:
    program = installed()
    assert program is not None
    written = tmp_path / "brief.html"
    written.write_text(page(brief_of(**crowd(4, HOSTILE))), encoding="utf-8")
    with chromium(program) as browser:
        for pixels in (360, 1280):
            browser.width(pixels)
            browser.open(written)
            assert barriers(browser) == []
        assert browser.console == []
