"""The language of what people read: texts from a catalogue, and how numbers and dates are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from ruamel.yaml import YAML

from transforms.formatting import day, distinct_number

CATALOGUES = Path(__file__).parent / "catalogues"


class Writing(Protocol):
    """How a country writes numbers and dates."""

    def separated(self, written: str) -> str:
        """A number as ``transforms.formatting`` writes it, with the separators of the country."""

    def day(self, day: date) -> str: ...

    def time(self, moment: datetime) -> str: ...

    def period(self, length: str, start: date) -> str:
        """A month, quarter or year; ``month_alone`` and ``quarter_alone`` without the year."""


class EnglishWriting:
    """As the sentences of the published tables: ``1,234.5``, ``7 Mar 2026``, ``Q1 2026``."""

    def separated(self, written: str) -> str:
        return written

    def day(self, moment: date) -> str:
        return day(moment)

    def time(self, moment: datetime) -> str:
        return f"{moment:%H:%M}"

    def period(self, length: str, start: date) -> str:
        alone = {"month_alone": f"{start:%b}", "quarter_alone": f"Q{(start.month + 2) // 3}"}
        if length in alone:
            return alone[length]
        return f"{start.year}" if length == "year" else f"{alone[f'{length}_alone']} {start.year}"


@dataclass(frozen=True, eq=False)
class Language:
    """A call with a key of the catalogue and its values gives the text.

    Raises ``KeyError`` for an unknown key or a missing value.
    """

    code: str
    writing: Writing
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        text = self.texts[key]
        return text.format(**values) if values else text

    def number(self, value: float | None, apart_from: float | None = None) -> str:
        """A value as ``transforms.formatting`` rounds it, told from ``apart_from``; empty where unknown."""
        return "" if value is None else self.writing.separated(distinct_number(value, apart_from))

    def whole(self, value: float | None) -> str:
        return "" if value is None else self.writing.separated(f"{value:,.0f}")

    def decimals(self, value: float) -> str:
        """With two decimals."""
        return self.writing.separated(f"{value:,.2f}")

    def percent(self, share: float | None) -> str:
        """A share of 0 to 1; empty where unknown. 99.6 % is not rounded to 100 %."""
        if share is None:
            return ""
        shown = round(share * 100)
        return self("percent", value=99 if shown == 100 and share < 1 else shown)

    def day(self, day: date | None) -> str:
        return "" if day is None else self.writing.day(day)

    def instant(self, moment: datetime | None) -> str:
        return "" if moment is None else f"{self.writing.day(moment.date())}, {self.writing.time(moment)} UTC"

    def period(self, length: str, start: date) -> str:
        if length == "week":
            return self("week_of", day=self.day(start))
        return self.day(start) if length == "day" else self.writing.period(length, start)

    def span(self, first: date, end: date) -> str:
        """Days from ``first`` to the one before ``end``."""
        last = end - timedelta(days=1)
        return self.day(first) if first == last else self("span", first=self.day(first), last=self.day(last))


def texts_of(code: str) -> dict[str, str]:
    """The catalogue of a language: the texts of the pages, and those of the sentences."""
    files = (CATALOGUES / f"{code}.yaml", CATALOGUES / "sentences" / f"{code}.yaml")
    return {
        key: text for file in files for key, text in YAML(typ="safe").load(file.read_text(encoding="utf-8")).items()
    }


@cache
def english() -> Language:
    return Language("en", EnglishWriting(), texts_of("en"))
