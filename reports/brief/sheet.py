"""The brief as a tagged PDF (PDF/UA-1), set by Typst from ``page.typ``; its fonts are embedded."""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import typst

from reports.brief.compose import Brief, fit_page
from reports.brief.content import content
from reports.brief.language import TAGS

TEMPLATE = Path(__file__).parent / "page.typ"
FONTS = ("Libertinus Serif", "DejaVu Sans")
"""Typst brings the first; matplotlib the second, which has what the first lacks."""
STANDARD: Final = "ua-1"
LONGEST_WORD, FEWEST = 24, 10
"""Characters of a word that is too long for a narrow column, and of its parts where it has no syllables."""
VOWELS = "aeiouyäöüàâéèêëîïôùûœæåø"
DRAWINGS = {"svg", "narrow"}
"""Texts that are drawings."""


def fit_sheet(brief: Brief) -> Brief:
    """The brief with as much on its first page as fits there."""
    return fit_page(brief, lambda tried: _query(_filled(tried), "front-ends-on") == 1)


def pdf(brief: Brief, written: datetime) -> bytes:
    """The PDF of a brief that fits. ``written`` is its date, so that the same brief gives the same bytes."""
    data = _filled(brief, page_count(brief))
    made = typst.compile(
        TEMPLATE,
        sys_inputs=data,
        timestamp=written.replace(microsecond=0),
        pdf_standards=[STANDARD],
        font_paths=_fonts(),
        ignore_system_fonts=_is_covered(data["brief"]),
    )
    if not isinstance(made, bytes):  # several files come only from formats that are not PDF
        raise TypeError(f"typst gave {type(made).__name__} in place of a PDF")
    return made


def page_count(brief: Brief) -> int:
    return int(_query(_filled(brief), "pages"))


def _filled(brief: Brief, pages: int | None = None) -> dict[str, str]:
    """What the template is filled with, as JSON; ``pages``: how many there are, where that is known."""
    t = brief.t
    extent = "" if pages is None else t("brief.pages.two")
    if pages is not None and pages > 2:
        extent = t("brief.pages.more", count=t.whole(pages))
    filled = _typeset(content(brief)) | {
        "region": TAGS[t.code].partition("-")[2].lower(),
        "fonts": FONTS,
        "extent": extent,
    }
    return {"brief": json.dumps(filled, ensure_ascii=False)}


def _typeset(value: Any) -> Any:
    """The same content with every text made ready for narrow columns; drawings stay as they are but for their fonts."""
    if isinstance(value, dict):
        return {name: _drawing(one) if name in DRAWINGS else _typeset(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_typeset(one) for one in value]
    return breakable(value) if isinstance(value, str) else value


def _drawing(svg: str) -> str:
    return svg.replace("'DejaVu Sans'", ", ".join(f"'{name}'" for name in FONTS))


def breakable(text: str) -> str:
    """The text with places where a word that no rule of hyphenation parts may be broken, so that none leaves its
    column; and none between a figure and its ``%``.
    """
    text = re.sub(r"(?<=\d) %", "\u00a0%", text)
    return re.sub(rf"\S{{{LONGEST_WORD},}}", lambda found: _broken(found[0]), text)


def _broken(word: str) -> str:
    letters = re.sub(r"\W", "", word)
    if letters.isalpha() and not re.search(rf"[^{VOWELS}]{{{FEWEST}}}", letters.lower()):
        return word  # as a German compound, which is parted by its syllables
    return "\u200b".join(word[at : at + FEWEST] for at in range(0, len(word), FEWEST))


def _query(data: dict[str, str], name: str) -> Any:
    found = typst.query(
        TEMPLATE,
        f"<{name}>",
        field="value",
        one=True,
        sys_inputs=data,
        font_paths=_fonts(),
        ignore_system_fonts=_is_covered(data["brief"]),
    )
    return json.loads(found)


def _fonts() -> list[Path]:
    return [Path(mpl.get_data_path()) / "fonts" / "ttf"]


def _is_covered(text: str) -> bool:
    """Whether the fonts that kmi brings have every letter; otherwise those of the system are searched too."""
    return all(ord(letter) in _letters() for letter in text)


@cache
def _letters() -> frozenset[int]:
    """The code points of the second font, and what leaves no mark."""
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(_fonts()[0] / "DejaVuSans.ttf"))
    return frozenset(font.get_charmap()) | {0x200B}
