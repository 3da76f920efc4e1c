"""The brief as a PDF of one A4 page, with matplotlib's fonts; its text can be searched and copied."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Self

import matplotlib as mpl
from fpdf import FPDF, TextStyle
from fpdf.enums import XPos, YPos

from reports.brief.chart import SIZE, caption, describe, png
from reports.brief.citation import Citation, cite_indicator
from reports.brief.compose import HEADER, Brief, fit_page, reference_marks

FONT = "DejaVu"
SIDE, TOP, BOTTOM = 14.0, 10.0, 287.0
"""Millimetres: the side margins, the top margin, and the lowest place for text."""
WIDTH = 210 - 2 * SIDE
INCH = 25.4
TITLE_COLUMN, NARROWEST, COLUMN_GAP = 1, 36.0, 2.2
"""The column that gives way to the others; its least width and the gap between two columns, in millimetres."""
BODY, TABLE, SMALL = 8.0, 7.0, 5.8
HEADINGS = {
    "sentences": "Where we stand",
    "limits": "What we cannot claim",
    "requests": "What we ask for",
    "references": "References (times in UTC)",
}
NOTHING = {
    "limits": "The published data show no such limit.",
    "requests": "The published data show no such need.",
}
UNKNOWN = "\ufffd"


class Sheet(FPDF):
    """A page with the brief's types of text. It never begins a new page by itself."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_auto_page_break(False)
        self.set_margins(SIDE, TOP)
        self.c_margin = 0
        self.set_line_width(0.1)
        folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(FONT, "", folder / "DejaVuSans.ttf")
        self.add_font(FONT, "B", folder / "DejaVuSans-Bold.ttf")
        self.set_section_title_styles(_heading(14, 0, 1), _heading(9.5, 1.8, 0.8))
        self.set_font(FONT, "", BODY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self.fonts.values():
            font.ttfont.close()  # type: ignore[union-attr]  # fpdf2 leaves the files open

    @cached_property
    def letters(self) -> frozenset[int]:
        """The code points that both styles of the font can show."""
        return frozenset.intersection(*(frozenset(font.cmap) for font in self.fonts.values()))  # type: ignore[union-attr]

    def shown(self, text: str) -> str:
        """The text with a mark in place of each character that the font lacks."""
        return "".join(c if ord(c) in self.letters else UNKNOWN for c in text)

    def paragraph(self, text: str, size: float, indent: float = 0.0, style: str = "") -> None:
        self.set_font(FONT, style, size)
        self.set_x(SIDE + indent)
        self.multi_cell(WIDTH - indent, size * 0.46, self.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def items(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.set_font(FONT, "", BODY)
            self.set_x(SIDE)
            self.cell(3.5, BODY * 0.46, "•")
            self.paragraph(line, BODY, indent=3.5)

    def grid(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table. Each column is as wide as its longest text; the titles get the rest."""
        widths = [
            max(self._wide(header[at], "B"), *(self._wide(row[at]) for row in rows)) + COLUMN_GAP
            for at in range(len(header))
        ]
        others = sum(widths) - widths[TITLE_COLUMN]
        squeezed = min((WIDTH - NARROWEST) / others, 1.0)
        widths = [width * squeezed for width in widths]
        widths[TITLE_COLUMN] = WIDTH - others * squeezed
        for cells, style in ((header, "B"), *((row, "") for row in rows)):
            self.set_font(FONT, style, TABLE)
            self.set_x(SIDE)
            for width, cell in zip(widths, cells, strict=True):
                self.cell(width, TABLE * 0.52, self._narrowed(self.shown(cell), width - COLUMN_GAP / 2), border="B")
            self.ln()

    def _wide(self, text: str, style: str = "") -> float:
        self.set_font(FONT, style, TABLE)
        return self.get_string_width(self.shown(text))

    def _narrowed(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def columns(self, lines: Sequence[str]) -> None:
        """Write small print in two columns; the left one holds the first half."""
        half = -(-len(lines) // 2)
        self.set_font(FONT, "", SMALL)
        top, wide, ends = self.get_y(), WIDTH / 2 - 2, []
        for at, column in enumerate((lines[:half], lines[half:])):
            self.set_y(top)
            for line in column:
                self.set_x(SIDE + at * (wide + 4))
                self.multi_cell(wide, SMALL * 0.43, self.shown(line), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            ends.append(self.get_y())
        self.set_y(max(ends))


def one_page(brief: Brief) -> Brief:
    """The brief, cut until it fits on one page."""
    with Sheet() as sheet:
        return fit_page(brief, lambda shorter: height(shorter, sheet) <= BOTTOM)


def height(brief: Brief, sheet: Sheet) -> float:
    """How far down the page the brief reaches, in millimetres."""
    sheet.add_page()
    _write(sheet, brief, drawn=False)
    return sheet.get_y()


def pdf(brief: Brief, written: datetime) -> bytes:
    """The PDF of a brief that fits. ``written`` is its date, so that the same brief gives the same bytes."""
    with Sheet() as sheet:
        sheet.set_title(brief.title)
        sheet.set_subject(f"Indicators as judged {brief.judged}")
        sheet.set_author(brief.organisation)
        sheet.set_creator(f"KM Indicators {version('km-indicators')}")
        sheet.set_lang("en-GB")
        sheet.set_creation_date(written)
        sheet.add_page()
        _write(sheet, brief, drawn=True)
        return bytes(sheet.output())


def _heading(size: float, above: float, below: float) -> TextStyle:
    return TextStyle(font_family=FONT, font_style="B", font_size_pt=size, t_margin=above, b_margin=below)


def _write(sheet: Sheet, brief: Brief, *, drawn: bool) -> None:
    sheet.start_section(sheet.shown(brief.title))
    sheet.paragraph(subtitle(brief), TABLE)
    _part(sheet, brief, "sentences", brief.sentences)
    if brief.rows:
        sheet.ln(1.5)
        sheet.grid(("", *HEADER), [(reference_marks(brief, [row.reference]), *row.cells) for row in brief.rows])
    for indicator in brief.chart:
        tall = SIZE[1] / SIZE[0] * WIDTH
        sheet.ln(1.5)
        if drawn:
            alt, title = sheet.shown(describe(indicator)), sheet.shown(indicator.title)
            sheet.image(io.BytesIO(png(indicator)), x=SIDE, w=WIDTH, h=tall, alt_text=alt, title=title)
        else:
            sheet.set_y(sheet.get_y() + tall)
        sheet.paragraph(f"{caption(indicator)} {reference_marks(brief, [cite_indicator(indicator)])}", SMALL + 0.7)
    _part(sheet, brief, "limits", brief.limits)
    _part(sheet, brief, "requests", brief.requests)
    sheet.start_section(HEADINGS["references"], 1)
    sheet.columns([f"[{at}] {reference.text}" for at, reference in enumerate(brief.references, 1)])
    if brief.omitted:
        sheet.ln(0.8)
        sheet.paragraph(brief.omitted, SMALL + 0.7)


def subtitle(brief: Brief) -> str:
    about = f"Objective: {brief.objective}. " if brief.objective else ""
    return f"{about}Judged {brief.judged}. Each sentence has its references; they are listed at the end."


def _part(sheet: Sheet, brief: Brief, name: str, sentences: Sequence[Citation]) -> None:
    sheet.start_section(HEADINGS[name], 1)
    sheet.items([f"{one.text} {reference_marks(brief, one.references)}" for one in sentences] or [NOTHING[name]])
