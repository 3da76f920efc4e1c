"""Which mark the numbers of a table have before their decimals, by those numbers that can be read in one way only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sources.files.cells import Unreadable
from sources.files.number_cells import read_number
from sources.files.table_format import TableFormat

Mark = Literal[".", ","]
_BETWEEN = re.compile("[ \u00a0\u202f\u2009'’]")
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""1,260 may be 1260 or 1.26."""


def _only_as_decimal(mark: str, other: str) -> re.Pattern[str]:
    """Numbers in which ``mark`` can only stand before decimals, or ``other`` only between thousands."""
    d, t = re.escape(mark), re.escape(other)
    whole = rf"[0-9]+{d}(?:[0-9]{{1,2}}|[0-9]{{4,}})|(?:0[0-9]*|[0-9]{{4,}})?{d}[0-9]+"
    grouped = rf"[0-9]{{1,3}}(?:{t}[0-9]{{3}})+{d}[0-9]+|[0-9]{{1,3}}(?:{t}[0-9]{{3}}){{2,}}"
    return re.compile(rf"[+-]?(?:{whole}|{grouped})(?:[eE][+-]?[0-9]+)?")


_POINT, _COMMA = _only_as_decimal(".", ","), _only_as_decimal(",", ".")


def plain_number(text: str) -> str:
    """The text with the ASCII minus and without a per cent sign."""
    return text.replace("\u2212", "-").removesuffix("%").rstrip()


@dataclass(frozen=True, slots=True)
class DecimalMark:
    """``certain``: nothing in the table speaks against it, so the other mark can only stand between thousands.

    ``by_commas``: the cells are separated by commas, where 1.260 is 1.26 even without another sign of it.
    """

    mark: Mark
    certain: bool
    by_commas: bool

    def read(self, text: str) -> float | Unreadable:
        """The number in a text, or why it is none."""
        number = plain_number(text)
        bare = _BETWEEN.sub("", number)
        if _TWO_WAYS.fullmatch(bare) and not self._is_decided(bare, percent=number != text):
            one, two = re.sub("[.,]", "", bare), bare.replace(",", ".")
            do = "write it without a mark between thousands, or give --decimal"
            return Unreadable(text, f"'{text}' may be {one} or {float(two):g}", do)
        d = re.escape(self.mark)
        if re.fullmatch(rf"[+-]?(?:[0-9]+{d}?[0-9]*|{d}[0-9]+)(?:[eE][+-]?[0-9]+)?", number):
            return float(number.replace(self.mark, "."))
        for thousands in self._thousands:
            read = read_number(number.replace("’", "'"), TableFormat(decimal=self.mark, thousands=thousands))
            if isinstance(read, float):
                return read
        if (_COMMA if self.mark == "." else _POINT).fullmatch(bare):
            return Unreadable(text, f"'{text}' has another decimal mark than the other numbers", "write all alike")
        return Unreadable(text, f"'{text}' is not a number", "write a number or leave it blank")

    @property
    def _thousands(self) -> tuple[Literal[",", ".", " ", "'"], ...]:
        if not self.certain:
            return " ", "'"
        return "," if self.mark == "." else ".", " ", "'"

    def _is_decided(self, bare: str, *, percent: bool) -> bool:
        if percent and self.mark == ",":  # a workbook writes 1.234 % with a point, whatever its texts have
            return False
        return self.certain or (self.by_commas and "." in bare)


def find_decimal_mark(texts: Iterable[str], by_commas: bool, given: Mark | None) -> DecimalMark:
    """The mark of most numbers that can be read in one way only; a point where there are none."""
    if given is not None:
        return DecimalMark(given, certain=True, by_commas=by_commas)
    points = commas = 0
    for text in texts:
        bare = _BETWEEN.sub("", plain_number(text))
        points += _POINT.fullmatch(bare) is not None
        commas += _COMMA.fullmatch(bare) is not None
    return DecimalMark("," if commas > points else ".", certain=(points > 0) != (commas > 0), by_commas=by_commas)
