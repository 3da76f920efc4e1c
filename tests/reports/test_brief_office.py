"""The brief for PowerPoint and Word: opened again, with the figures and words that were published."""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from reports.brief.compose import Brief, table_row
from reports.brief.content import content
from reports.brief.document import document
from reports.brief.slides import LINES, _parts, slides
from tests.brief_crowd import HOSTILE, brief_of, crowd
from tests.brief_rows import AS_OF, effect, indicator, months, verdict

LANGUAGES = {"en": "en-GB", "de": "de-DE", "fr": "fr-FR"}
ENGLISH = re.compile(r"\b(the|of|with|were|which|by|to|its|from|this|expected|behind|judged|values?)\b", re.IGNORECASE)


def deck(brief: Brief) -> Any:
    return Presentation(BytesIO(slides(brief, AS_OF)))


def paper(brief: Brief) -> Any:
    return Document(BytesIO(document(brief, AS_OF)))


def library(**other: Any) -> Brief:
    """Two objectives, of which the second has an indicator with no target."""
    names = {"visits": "reach", "loans": "reach", "guides": "keep"}
    return brief_of(
        verdicts=[
            verdict("visits", pace_ratio=-0.5),
            verdict("loans", verdict="on_track"),
            verdict("guides", verdict="not_assessable"),
        ],
        indicators=[
            indicator(name, objective=goal, **({"due": None, "target_value": None} if name == "guides" else {}))
            for name, goal in names.items()
        ],
        **other,
    )


def texts_of(slide: Any) -> Iterator[str]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        elif shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)
        elif shape.has_chart:
            yield shape.chart.chart_title.text_frame.text


def charts(shown: Any) -> list[Any]:
    return [shape for slide in shown.slides for shape in slide.shapes if shape.has_chart]


def test_a_chart_has_the_published_values_and_can_be_edited() -> None:
    periods = [row | {"value": None} if row["start"].month == 6 else row for row in months()]
    others = [row for name in ("loans", "guides") for row in months(name)]
    shown = charts(deck(library(periods=[*periods, *others])))
    first = shown[0].chart
    assert first.chart_type is XL_CHART_TYPE.LINE
    values, path = first.plots[0].series
    assert list(values.values) == [row["value"] for row in periods]
    assert None in values.values
    assert list(path.values) == [row["expected"] for row in periods]
    assert list(first.plots[0].categories)[-1] == "Jan 2026"
    assert first.part.chart_workbook.xlsx_part is not None
    assert shown[0]._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Title of visits, visits per month")


def test_a_part_of_a_period_is_a_dot_and_on_no_line() -> None:
    periods = months(completeness=0.4)
    shown = charts(deck(brief_of(periods=periods)))[0].chart.plots[0].series
    values, _, uncertain = shown
    assert [one.name for one in shown] == ["Values", "Path", "Incomplete or provisional"]
    assert list(values.values) == [*(row["value"] for row in periods[:-1]), None]
    assert list(uncertain.values) == [*(None for _ in periods[:-1]), periods[-1]["value"]]


def test_no_line_crosses_a_break() -> None:
    cut = {"indicator_id": "visits", "day": date(2025, 6, 1), "reason": "a new gate", "origin": "declared"}
    whole, parted = (
        charts(deck(brief_of(indicator_breaks=[cut | {"spliced": spliced}])))[0].chart.plots[0].series
        for spliced in (True, False)
    )
    assert [one.name for one in whole] == ["Values", "Path"]
    assert [one.name for one in parted] == ["Values", "Values since 1 Jun 2025", "Path"]
    before, after = (list(one.values) for one in list(parted)[:2])
    assert [first is None for first in before] == [second is not None for second in after]


def test_the_path_ahead_is_in_the_chart() -> None:
    ahead = [{**row, "start": row["start"].replace(year=2026, month=2), "expected": 150.0} for row in months()[-1:]]
    values, path = charts(deck(library(paths=ahead)))[0].chart.plots[0].series
    assert list(path.values)[-1] == 150.0
    assert list(values.values)[-1] is None


def test_there_is_a_slide_for_each_objective_with_the_table_of_its_indicators() -> None:
    brief = library()
    shown = deck(brief)
    titles = [slide.shapes.title.text_frame.text for slide in shown.slides]
    assert (
        titles
        == [
            "1 of 2 indicators that can be judged is on course; Title of visits needs a decision first.",
            "reach: 1 of 2 on course",
            "keep",
            "What we ask for",
            "What we cannot claim",
        ][: len(titles)]
    )
    tables = [shape.table for slide in shown.slides for shape in slide.shapes if shape.has_table]
    rows = [[tuple(cell.text for cell in row.cells) for row in table.rows] for table in tables]
    assert rows[0][0] == ("Indicator", "Figure", "Target", "Verdict", "In a year")
    assert [row for table in rows for row in table[1:]] == [table_row(one).cells for one in brief.indicators]


def test_the_messages_are_in_the_outline_and_how_we_know_is_in_the_notes() -> None:
    brief = library()
    first, second, *_ = deck(brief).slides
    body = first.placeholders[1].text_frame.text
    assert all(one.text in body for one in brief.messages)
    notes = second.notes_slide.notes_text_frame.text
    assert notes.startswith("How we know\n")
    assert "visits, 1 Jan 2026 to 31 Jan 2026: 90 visits, counted; gates, read 2 Mar 2026, 06:00" in notes
    assert all(slide.shapes.title is not None for slide in deck(brief).slides)


@pytest.mark.slow
def test_a_long_table_goes_on_to_further_slides_and_no_row_is_lost() -> None:
    brief = brief_of(**crowd(30, "Visits to a branch of the library that is far away"))
    shown = deck(brief)
    rows = [
        tuple(cell.text for cell in row.cells)
        for slide in shown.slides
        for shape in slide.shapes
        if shape.has_table
        for row in list(shape.table.rows)[1:]
    ]
    assert rows == [table_row(one).cells for one in brief.indicators]
    assert any("(2 of " in slide.shapes.title.text_frame.text for slide in shown.slides)


def test_the_document_has_headings_tables_with_repeated_heads_and_a_described_picture() -> None:
    brief = brief_of(**crowd(12, "Visits"))
    written = paper(brief)
    heads = [one.text for one in written.paragraphs if one.style.name.startswith("Heading")]
    assert heads[0] == brief.headline.text
    assert {"What matters most", "What we ask for", "What we cannot claim", "References and method"} <= set(heads)
    rows = [tuple(cell.text for cell in row.cells) for table in written.tables for row in table.rows[1:]]
    assert rows == [row.cells for row in brief.rows]
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in written.tables)
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for table in written.tables for row in table.rows)
    (picture,) = written.inline_shapes
    assert picture._inline.docPr.get("descr") == content(brief)["charts"][0]["alt"]
    text = "\n".join(one.text for one in written.paragraphs)
    assert all(one.text in text.replace("  ", " ") for one in (*brief.messages, *brief.limits, *brief.requests))
    assert all(f"[{at}] {one.text}" in text for at, one in enumerate(brief.references, 1))


@pytest.mark.parametrize("code", LANGUAGES)
def test_both_are_in_the_language_that_was_asked_for(code: str) -> None:
    brief = brief_of(code=code)
    assert deck(brief).core_properties.language == LANGUAGES[code]
    written = paper(brief)
    assert written.core_properties.language == LANGUAGES[code]
    assert {one.get(qn("w:val")) for one in written.styles.element.iter(qn("w:lang"))} == {LANGUAGES[code]}
    runs = deck(brief).slides[0].shapes.title.text_frame.paragraphs[0].runs
    assert {run._r.rPr.get("lang") for run in runs} == {LANGUAGES[code]}


@pytest.mark.parametrize("code", ["de", "fr"])
def test_no_english_is_left(code: str) -> None:
    rows = crowd(9, "Zahl")
    rows["effects"] = [*rows["effects"], effect("indicator_1", activity_id="Zahl")]
    brief = brief_of("Haus", code=code, **rows)
    shown, written = deck(brief), paper(brief)
    texts = [text for slide in shown.slides for text in texts_of(slide)]
    texts += [slide.notes_slide.notes_text_frame.text for slide in shown.slides if slide.has_notes_slide]
    texts += [one.text for one in written.paragraphs]
    texts += [cell.text for table in written.tables for row in table.rows for cell in row.cells]
    texts += [shape.chart.value_axis.axis_title.text_frame.text for shape in charts(shown)]
    assert [text for text in texts if ENGLISH.search(text)] == []


@pytest.mark.slow
@pytest.mark.parametrize("text", [HOSTILE, '=HYPERLINK("http://example.org")', "@SUM(1)", "a & b < c > \ufffe"])
def test_hostile_names_stay_text(text: str) -> None:
    brief = brief_of(text, **crowd(3, text))
    shown = [one for slide in deck(brief).slides for one in texts_of(slide)]
    assert any(brief.indicators[0].title in one for one in shown)
    assert brief.indicators[0].title in [cell.text for cell in paper(brief).tables[0].column_cells(0)]
    assert not any(run.hyperlink.address for slide in deck(brief).slides for run in runs_of(slide))


def runs_of(slide: Any) -> Iterator[Any]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield from (run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs)


def test_a_plan_without_targets_or_values_makes_both() -> None:
    brief = brief_of(
        indicators=[indicator(due=None, target_value=None, objective=None)],
        verdicts=[verdict(verdict="not_assessable", value=None)],
        periods=[],
    )
    assert deck(brief).slides[1].shapes.title.text_frame.text == "Without an objective"
    assert charts(deck(brief)) == []
    assert paper(brief).tables == []


def test_a_table_that_goes_on_is_not_left_with_a_row_or_two() -> None:
    rows = [(f"{at}", "", "", "", "") for at in range(LINES + 1)]
    parts = _parts(rows, 1.0)
    assert [len(part) for part in parts] == [LINES - 2, 3]
    assert [row for part in parts for row in part] == rows
