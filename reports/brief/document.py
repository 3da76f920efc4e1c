"""The brief as a Word file, for those who rework it."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from reports.brief.chart import describe, message, note, png
from reports.brief.citation import Citation, cite_indicator
from reports.brief.compose import COLUMNS, Brief, TableRow
from reports.brief.language import TAGS
from reports.brief.office import fill_properties

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.table import Table, _Row
    from docx.text.paragraph import Paragraph

WIDTH = Cm(17.0)
SHARES = (0.25, 0.25, 0.19, 0.2, 0.11)
"""Widths of the columns."""


def document(brief: Brief, written: datetime) -> bytes:
    """The Word file. ``written``: its date."""
    paper, t = _paper(brief, written), brief.t
    paper.add_paragraph(f"{brief.title}. {brief.subtitle}")
    paper.add_heading(brief.headline.text, 1)
    if brief.counts.text:
        _sentence(brief, paper.add_paragraph(), brief.counts)
    if brief.messages:
        _part(paper, brief, "messages", brief.messages, "List Number")
    for at in range(len(brief.chart)):
        _chart(paper, brief, at)
    if brief.rows:
        paper.add_heading(t("brief.table"), 2)
        _table(paper, brief, brief.rows[: brief.front.rows])
    _part(paper, brief, "requests", brief.requests)
    _part(paper, brief, "limits", brief.limits)
    paper.add_page_break()
    paper.add_heading(t("brief.notes"), 1)
    if brief.also:
        _part(paper, brief, "also", brief.also)
    if brief.later_rows:
        paper.add_heading(t("brief.more_rows"), 2)
        _table(paper, brief, brief.later_rows)
    if brief.not_shown:
        paper.add_paragraph(brief.not_shown)
    paper.add_heading(t("brief.method"), 2)
    for text in brief.method:
        paper.add_paragraph(text)
    paper.add_heading(t("brief.references"), 2)
    for number, reference in enumerate(brief.references, 1):
        paper.add_paragraph(f"[{number}] {reference.text}").paragraph_format.space_after = Pt(2)
    made = io.BytesIO()
    paper.save(made)
    return made.getvalue()


def _paper(brief: Brief, written: datetime) -> "Paper":
    """An empty A4 page in the language of the brief."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(1.8)
    normal = paper.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(11), Pt(6)
    for language in paper.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), TAGS[brief.t.code])
    fill_properties(paper.core_properties, brief, written)
    paper.core_properties.comments = ""
    return paper


def _part(paper: "Paper", brief: Brief, name: str, sentences: Sequence[Citation], style: str = "List Bullet") -> None:
    paper.add_heading(brief.t(f"brief.{name}"), 2)
    for one in sentences:
        _sentence(brief, paper.add_paragraph(style=style), one)
    if not sentences:
        paper.add_paragraph(brief.t(f"brief.no_{name}"))


def _sentence(brief: Brief, paragraph: "Paragraph", one: Citation) -> None:
    if one.lead:
        paragraph.add_run(f"{one.lead} ").bold = True
    paragraph.add_run(one.rest)
    marks = paragraph.add_run("".join(f" [{number}]" for number in brief.marks(one.references)))
    marks.font.size = Pt(9)


def _chart(paper: "Paper", brief: Brief, at: int) -> None:
    shown = brief.chart[at]
    paper.add_heading(message(shown), 3)
    picture = paper.add_paragraph().add_run().add_picture(io.BytesIO(png(shown)), width=WIDTH)
    about = picture._inline.docPr
    about.set("descr", describe(shown))
    about.set("title", shown.title)
    marks = "".join(f" [{number}]" for number in brief.marks([cite_indicator(shown)]))
    length = brief.t(f"length.{shown.row['period']}")
    unit = brief.t("brief.chart.unit", unit=shown.unit, length=length)
    paper.add_paragraph(f"{unit}. {note(shown)}{marks}").runs[0].font.size = Pt(9)


def _table(paper: "Paper", brief: Brief, rows: Sequence[TableRow]) -> None:
    """A table whose head is repeated on each page; a row is never parted."""
    table = paper.add_table(rows=1, cols=len(COLUMNS))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _rule(table)
    for column, share in zip(table.columns, SHARES, strict=True):
        column.width = int(WIDTH * share)
    _fill(table.rows[0], [brief.t(f"brief.column.{name}") for name in COLUMNS], is_bold=True)
    _mark(table.rows[0], "w:tblHeader")
    for row in rows:
        _fill(table.add_row(), row.cells)
    for row in table.rows:
        _mark(row, "w:cantSplit")


def _rule(table: "Table") -> None:
    """Thin lines between the rows and no others."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in {"val": "single", "sz": "4", "space": "0", "color": "A6A6A6"}.items():
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _fill(row: "_Row", texts: Sequence[str], *, is_bold: bool = False) -> None:
    for cell, text, share in zip(row.cells, texts, SHARES, strict=True):
        cell.width = int(WIDTH * share)
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(9.5), is_bold


def _mark(row: "_Row", name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))
