"""The page of the brief as HTML: hostile names stay text, nothing is loaded, every mark leads to its reference."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.brief.chart import caption, message, svg
from reports.brief.chart_labels import spread
from reports.brief.compose import compose
from reports.brief.content import content
from reports.brief.inputs import load, one_line
from reports.brief.page import page
from tests.brief_crowd import HOSTILE, Tags, brief_of, crowd
from tests.brief_rows import indicator, months, reader, tables, verdict
from tests.reports.chromium import barriers, chromium, installed


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_page_has_every_text_of_the_brief() -> None:
    brief = brief_of(**crowd(12, "Visits to a branch"))
    shown = words(Tags(page(brief)).text)
    told = [brief.headline, brief.counts, *brief.messages, *brief.also, *brief.limits, *brief.requests]
    assert all(part in shown for one in told for part in (words(one.lead), words(one.rest)))
    assert all(words(cell) in shown for row in brief.rows for cell in row.cells)
    assert all(words(text) in shown for text in (*brief.method, *(one.text for one in brief.references)))


def test_what_the_first_page_leaves_out_is_on_the_next() -> None:
    brief = brief_of(**crowd(20, "Visits"))
    filled = content(brief)
    assert len(filled["rows"]) <= 8
    assert len(filled["rows"]) + len(filled["later_rows"]) == len(brief.rows) == 20
    later = {part["heading"]: part["items"] for part in filled["later"]}
    assert len(filled["requests"]) + len(later["Further requests"]) == len(brief.requests)
    assert len(filled["limits"]) + len(later["Further limits"]) == len(brief.limits)


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
    ("text", "shown"),
    [("a\nb\t c", "a b c"), ("\u202eabc\u200b", "abc"), ("x" * 201, "x" * 199 + "…"), ("ab " * 80, "ab " * 65 + "ab…")],
)
def test_names_are_one_line_without_marks_of_direction(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_plan_without_targets_says_that_nothing_is_judged() -> None:
    brief = brief_of(indicators=[indicator(due=None, target_value=None)], verdicts=[verdict(verdict="not_assessable")])
    assert brief.headline.text == "The one indicator has no target, so it is not judged."
    assert brief.rows == ()
    assert "<table" not in page(brief)


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


@pytest.mark.parametrize(
    ("wished", "tall"), [([0.1, 0.5, 0.9], [0.1] * 3), ([0.5] * 4, [0.2] * 4), ([0.98, 0.99, 1.0], [0.15] * 3)]
)
def test_labels_of_the_chart_do_not_lie_on_one_another(wished: list[float], tall: list[float]) -> None:
    places = spread(wished, tall)
    assert all(above - below >= height - 1e-9 for (below, above), height in zip(pairwise(places), tall, strict=False))
    assert places[0] >= tall[0] / 2 - 1e-9
    assert places[-1] <= 1 - tall[-1] / 2 + 1e-9


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert spread([0.1, 0.5, 0.9], [0.1] * 3) == [0.1, 0.5, 0.9]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "Title of visits: 90 visits in Jan 2026, 19 below its path"),
        (
            {"verdicts": [verdict(verdict="on_track", value=120.0)]},
            "Title of visits: 120 visits in Jan 2026, on its path or better",
        ),
        ({"indicators": [indicator(better="down")]}, "Title of visits: 90 visits in Jan 2026, 19 above its path"),
        ({"verdicts": [verdict(verdict="not_assessable", value=None)]}, "Title of visits: cannot be judged"),
        ({"indicators": [indicator(due=date(2026, 1, 31))]}, "Title of visits: 90 visits in Jan 2026"),
    ],
)
def test_the_title_of_the_chart_is_its_message(rows: dict[str, Any], said: str) -> None:
    assert message(compose(load("Hill Library", reader(**rows))).chart[0]) == said
