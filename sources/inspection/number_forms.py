"""How numbers are written in text: the decimal sign and the thousands sign, by evidence in the cells."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sources.files.cells import Cell, cell_text
from sources.inspection.cell_kinds import is_marker
from sources.inspection.dialogue import Dialogue
from sources.inspection.words import COUNTS, has_word

_SPACES = re.compile("[ \u00a0\u202f\u2009]")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
_SIGNS = {".": "dot", ",": "comma", " ": "blank", "'": "apostrophe"}


@dataclass
class NumberForm:
    """The settings under which the numbers of a table are read, and the texts in their place."""

    settings: dict[str, object] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    has_percent: bool = False

    @property
    def decimal(self) -> str:
        return str(self.settings.get("decimal", "."))

    @property
    def thousands(self) -> str | None:
        found = self.settings.get("thousands")
        return str(found) if found is not None else None

    def read(self, cell: Cell) -> float | None:
        """The number in a cell, read apart from the sources' own reader; None for a blank, a marker or a text."""
        if isinstance(cell, bool) or cell is None:
            return None
        if isinstance(cell, int | float):
            return float(cell)
        text = _SPACES.sub(" ", cell_text(cell)).rstrip("%").strip()
        if self.thousands:
            text = text.replace(self.thousands, "")
        text = text.replace(self.decimal, ".") if self.decimal != "." else text
        return float(text) if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text) else None


def find_number_form(cells: Iterable[Cell], delimiter: str, dialogue: Dialogue, label: str = "") -> NumberForm:
    """How the numbers of these cells are written. ``delimiter``: of the file; empty for a workbook.

    label: what the file calls the figures.
    """
    texts = [_SPACES.sub(" ", cell_text(cell)) for cell in cells if isinstance(cell, str)]
    form = NumberForm(has_percent=any(re.fullmatch(r"[+-]?[\d.,]+ ?%", text) for text in texts))
    plain = [text.rstrip("%").strip() for text in texts]
    numbers = [text for text in plain if re.fullmatch(r"[+-]?\d[\d.,' ]*", text)]
    decimal, thousands, evidence = _signs(numbers, delimiter if has_word(label, COUNTS) else "", dialogue)
    if decimal != "." or thousands or "decimal_mark" in dialogue.answers:
        form.settings["decimal"] = decimal
    if thousands:
        form.settings["thousands"] = thousands
    if evidence:
        meaning = f"{_SIGNS[decimal]} for decimals" + (f", {_SIGNS[thousands]} for thousands" if thousands else "")
        dialogue.take("numbers", meaning, evidence)
    if form.has_percent:
        form.settings["percent"] = True
        dialogue.take("numbers", "percentages", f"a sign of per cent, such as {next(t for t in texts if '%' in t)}")
    _texts_among(form, plain, dialogue)
    return form


def _texts_among(form: NumberForm, texts: Sequence[str], dialogue: Dialogue) -> None:
    odd = list(dict.fromkeys(text for text in texts if text and form.read(text) is None))
    form.missing = [text for text in odd if is_marker(text)]
    form.unread = [text for text in odd if text not in form.missing]
    if form.missing:
        shown = ", ".join(form.missing[:6])
        dialogue.take(
            "texts among the figures", f"{shown}: no value", "such texts stand for a missing or withheld figure"
        )
    if form.unread:
        shown = ", ".join(f"'{text}'" for text in form.unread[:6])
        answer = dialogue.answer_to(
            "texts",
            f"Among the figures stand the texts {shown}. Do they mean that there is no value?",
            "they are not numbers",
            [("missing", "yes: nothing was counted there"), ("refuse", "no: refuse these cells and list them")],
        )
        if answer == "missing":
            form.missing += form.unread
    if form.missing:
        form.settings["missing"] = form.missing


def _signs(numbers: Sequence[str], delimiter: str, dialogue: Dialogue) -> tuple[str, str | None, str]:
    """The decimal sign, the thousands sign and the evidence; asked where a sign may be either."""
    for sign in (" ", "'"):
        grouped = next(
            (text for text in numbers if re.fullmatch(rf"[+-]?\d{{1,3}}(?:{sign}\d{{3}})+(?:[.,]\d+)?", text)), ""
        )
        if grouped:
            decimal = "," if any(re.search(r",\d+$", text) for text in numbers) else "."
            return decimal, sign, f"the groups of three digits in {grouped}"
    marked = [text for text in numbers if "." in text or "," in text]
    for decimal, thousands in ((".", ","), (",", ".")):
        proof = next((text for text in marked if _proves(text, decimal, thousands)), None)
        if proof is not None:
            fits = [text for text in marked if thousands in text]
            return decimal, thousands if fits else None, f"{proof} can be read in no other way"
    if not marked:
        return ".", None, ""
    return _of_one_group(numbers, marked, delimiter, dialogue)


def _proves(text: str, decimal: str, thousands: str) -> bool:
    """Whether a number can be read only with these signs."""
    d, t = re.escape(decimal), re.escape(thousands)
    both = rf"[+-]?\d{{1,3}}(?:{t}\d{{3}})+{d}\d+"
    groups = rf"[+-]?[1-9]\d{{0,2}}(?:{t}\d{{3}}){{2,}}"
    fraction = rf"[+-]?\d+{d}(?:\d{{1,2}}|\d{{4,}})|[+-]?0\d*{d}\d+|[+-]?\d{{4,}}{d}\d+"
    return any(re.fullmatch(shape, text) for shape in (both, groups, fraction))


def _of_one_group(
    numbers: Sequence[str], marked: Sequence[str], delimiter: str, dialogue: Dialogue
) -> tuple[str, str | None, str]:
    """Numbers such as 12.345 only: thousands where some have none and end in 0, otherwise asked."""
    example = next((text for text in marked if _ONE_GROUP.fullmatch(text)), marked[0])
    sign = "," if "," in example else "."
    other = "." if sign == "," else ","
    bare = [text for text in numbers if text.lstrip("+-").isdigit()]
    small = bool(bare) and all(len(text.lstrip("+-0")) <= 3 for text in bare)
    if small and any(text.endswith("0") for text in marked):
        round_one = next(text for text in marked if text.endswith("0"))
        evidence = f"{round_one} ends in 0 and others such as {bare[0]} have no {_SIGNS[sign]}, so it marks no decimals"
        return other, sign, evidence
    if sign == "," and delimiter == "," and len(set(marked)) >= 3 and (small or not bare):
        evidence = f"{example} has three digits after its comma, what is counted is whole, and commas part the cells"
        return other, sign, evidence
    whole, fraction = re.sub("[.,]", "", example), example.replace(sign, ".")
    answer = dialogue.answer_to(
        "decimal_mark",
        f"Does the {_SIGNS[sign]} in {example} mark thousands or decimals?",
        "every number has three digits after it, so nothing in the file says",
        [
            ("thousands", f"thousands: {example} is {int(whole)}"),
            ("decimals", f"decimals: {example} is {float(fraction):g}"),
        ],
    )
    if answer == "decimals":
        return sign, None, ""
    return other, sign, ""
