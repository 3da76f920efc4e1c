"""The brief as a PowerPoint file: the messages, then a slide for each objective, with charts that can be edited."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from reports.brief.citation import Citation, cite_indicator
from reports.brief.compose import COLUMNS, Brief, table_row
from reports.brief.objectives import Objective, by_objective
from reports.brief.office import fill_properties
from reports.brief.slide_chart import BLUE, add_chart
from reports.brief.summary import indicator_sentence
from reports.ranking import GOOD

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck
    from pptx.slide import Slide
    from pptx.table import _Cell
    from pptx.text.text import TextFrame

WIDE, TALL = Inches(13.333), Inches(7.5)
TITLE_ONLY, TITLE_AND_CONTENT = 5, 1
"""Layouts of the template that python-pptx brings."""
MARGIN, TOP = Inches(0.6), Inches(1.55)
CHART_WIDTH, GAP = Inches(5.2), Inches(0.3)
BODY_HEIGHT = TALL - TOP - Inches(0.5)
TITLE_SIZE, BODY_SIZE, TABLE_SIZE = Pt(26), Pt(20), Pt(12)
PALE = RGBColor(0xF3, 0xF6, 0xFA)
LINES, FEWEST = 26, 3
"""Lines of a table that a slide has room for, and the fewest rows of its last part."""
LETTERS = (19, 18, 14, 15, 8)
"""Letters of a line in each column beside a chart; a table alone has nearly twice as many."""
SHARES = (0.25, 0.24, 0.19, 0.20, 0.12)
"""Widths of the columns."""
ITEMS = 5
"""Sentences on a slide."""
LANGUAGES = {"en": MSO_LANGUAGE_ID.ENGLISH_UK, "de": MSO_LANGUAGE_ID.GERMAN, "fr": MSO_LANGUAGE_ID.FRENCH}


def slides(brief: Brief, written: datetime) -> bytes:
    """The PowerPoint file. ``written``: its date."""
    deck = _deck(brief, written)
    _messages(deck, brief)
    for objective in by_objective(brief):
        _objective(deck, brief, objective)
    for name in ("requests", "limits"):
        _sentences(deck, brief, name, getattr(brief, name) or [Citation(brief.t(f"brief.no_{name}"), ())])
    made = io.BytesIO()
    deck.save(made)
    return made.getvalue()


def _deck(brief: Brief, written: datetime) -> "Deck":
    """An empty deck of wide slides, whose layouts and styles of text are fitted to them."""
    deck = Presentation()
    stretch = WIDE / (deck.slide_width or WIDE)
    deck.slide_width, deck.slide_height = WIDE, TALL
    master = deck.slide_master
    for holder in (master, *deck.slide_layouts):
        for shape in holder.placeholders:
            if shape.has_text_frame and shape.element.spPr.find(".//{*}xfrm") is not None:
                shape.left, shape.width = int(shape.left * stretch), int(shape.width * stretch)
    for layout in (master, deck.slide_layouts[TITLE_ONLY], deck.slide_layouts[TITLE_AND_CONTENT]):
        title, *others = layout.placeholders
        title.left, title.top, title.width, title.height = MARGIN, Inches(0.4), WIDE - 2 * MARGIN, Inches(1.05)
        for body in others[:1] if layout is not deck.slide_layouts[TITLE_ONLY] else ():
            body.left, body.top, body.width, body.height = MARGIN, TOP, WIDE - 2 * MARGIN, BODY_HEIGHT
    styles = master.element.find(".//{*}txStyles")
    for style, size, bold in (("titleStyle", TITLE_SIZE, "1"), ("bodyStyle", BODY_SIZE, "0")):
        level = styles.find(f"./{{*}}{style}/{{*}}lvl1pPr")
        level.set("algn", "l")
        level.find("./{*}defRPr").set("sz", str(int(size.pt * 100)))
        level.find("./{*}defRPr").set("b", bold)
    colour = styles.find("./{*}titleStyle/{*}lvl1pPr/{*}defRPr/{*}solidFill")
    colour.clear()
    etree.SubElement(colour, qn("a:srgbClr"), val=str(BLUE))
    fill_properties(deck.core_properties, brief, written)
    return deck


def _messages(deck: "Deck", brief: Brief) -> None:
    slide = _slide(deck, brief, TITLE_AND_CONTENT, brief.headline.text)
    body = slide.placeholders[1].text_frame
    _fill(brief, body, [*brief.messages, *([brief.counts] if brief.counts.text else [])])
    sources = [reference.text for one in (brief.headline, *brief.messages) for reference in one.references]
    _notes(brief, slide, [brief.subtitle, *dict.fromkeys(sources)])


def _objective(deck: "Deck", brief: Brief, objective: Objective) -> None:
    """A slide with the chart of the leading indicator and the table; more where the table is long."""
    t, leading = brief.t, objective.leading
    rows = [table_row(one).cells for one in objective.indicators]
    name = objective.name or t("brief.no_objective")
    if share := _share(brief, objective):
        name = t("brief.statement", title=name, text=share)
    parts = _parts(rows, 1.0 if leading else 1.9)
    for number, part in enumerate(parts, 1):
        title = name
        if len(parts) > 1:
            title = t("brief.continued", name=name, page=number, pages=len(parts))
        slide = _slide(deck, brief, TITLE_ONLY, title)
        left = MARGIN
        if leading is not None and number == 1:
            add_chart(slide, leading, (MARGIN, TOP, CHART_WIDTH, BODY_HEIGHT))
        if leading is not None:
            left = MARGIN + CHART_WIDTH + GAP if number == 1 else MARGIN
        _table(brief, slide, left, part)
        known = objective.indicators if number == 1 else ()
        _notes(
            brief, slide, [text for one in known for text in (indicator_sentence(one).text, cite_indicator(one).text)]
        )


def _share(brief: Brief, objective: Objective) -> str:
    """How many of its indicators are on course; empty where none has a target."""
    t, verdicts = brief.t, [one.verdict["verdict"] for one in objective.indicators if one.has_target]
    judged = [verdict for verdict in verdicts if verdict != "not_assessable"]
    if not judged:
        return t("objective.none") if verdicts else ""
    good = sum(verdict in GOOD for verdict in judged)
    return t("objective.share", good=t.whole(good), judged=t.whole(len(judged)))


def _parts(rows: Sequence[Sequence[str]], wider: float) -> list[list[Sequence[str]]]:
    """The rows in parts that fit on a slide each; the last one is not left with a row or two."""
    parts: list[list[Sequence[str]]] = [[]]
    used = 0
    for row in rows:
        lines = max(-(-len(cell) // int(letters * wider)) for cell, letters in zip(row, LETTERS, strict=True))
        if parts[-1] and used + lines > LINES:
            parts.append([])
            used = 0
        parts[-1].append(row)
        used += lines
    while len(parts) > 1 and len(parts[-1]) < FEWEST < len(parts[-2]):
        parts[-1].insert(0, parts[-2].pop())
    return parts


def _table(brief: Brief, slide: "Slide", left: int, rows: Sequence[Sequence[str]]) -> None:
    width = WIDE - MARGIN - left
    frame = slide.shapes.add_table(len(rows) + 1, len(COLUMNS), left, TOP, width, Inches(0.32) * (len(rows) + 1))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", brief.t("brief.table"))
    table = frame.table
    for column, share in zip(table.columns, SHARES, strict=True):
        column.width = int(width * share)
    header = [brief.t(f"brief.column.{name}") for name in COLUMNS]
    table.horz_banding = False
    for at, texts in enumerate((header, *rows)):
        table.rows[at].height = Inches(0.32)
        for place, text in enumerate(texts):
            _cell(brief, table.cell(at, place), text, BLUE if at == 0 else PALE)


def _cell(brief: Brief, cell: "_Cell", text: str, colour: RGBColor) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = colour
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    _write(brief, cell.text_frame.paragraphs[0], text)
    cell.text_frame.paragraphs[0].runs[0].font.size = TABLE_SIZE


def _sentences(deck: "Deck", brief: Brief, name: str, sentences: Sequence[Citation]) -> None:
    t = brief.t
    each = -(-len(sentences) // -(-len(sentences) // ITEMS))
    parts = [sentences[at : at + each] for at in range(0, len(sentences), each)]
    for number, part in enumerate(parts, 1):
        title = t(f"brief.{name}")
        if len(parts) > 1:
            title = t("brief.continued", name=title, page=number, pages=len(parts))
        slide = _slide(deck, brief, TITLE_AND_CONTENT, title)
        _fill(brief, slide.placeholders[1].text_frame, part)
        _notes(brief, slide, list(dict.fromkeys(reference.text for one in part for reference in one.references)))


def _slide(deck: "Deck", brief: Brief, layout: int, title: str) -> "Slide":
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    holder = slide.shapes.title
    if holder is not None:
        _write(brief, holder.text_frame.paragraphs[0], title)
    return slide


def _fill(brief: Brief, frame: "TextFrame", sentences: Sequence[Citation]) -> None:
    """One paragraph for each sentence, its first words in bold; the type is smaller where there is much of it."""
    letters = sum(len(one.text) for one in sentences)
    size = BODY_SIZE if letters < 650 else Pt(18) if letters < 900 else Pt(16) if letters < 1300 else Pt(14)
    for at, one in enumerate(sentences):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(8)
        if one.lead:
            _write(brief, paragraph, f"{one.lead} ")
            paragraph.runs[-1].font.bold = True
        _write(brief, paragraph, one.rest)
        for run in paragraph.runs:
            run.font.size = size


def _write(brief: Brief, paragraph: Any, text: str) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.language_id = LANGUAGES[brief.t.code]


def _notes(brief: Brief, slide: "Slide", texts: Sequence[str]) -> None:
    frame = slide.notes_slide.notes_text_frame
    if frame is not None and texts:
        frame.text = "\n".join((brief.t("brief.how_we_know"), *texts))
