"""The languages of the pages: texts from a catalogue, numbers and dates as the locale writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from ruamel.yaml import YAML

from transforms.formatting import number

CATALOGUES = Path(__file__).parent / "catalogues"
LOCALES = {"en": "en_GB", "de": "de_DE"}
"""The languages that have a catalogue, and whose numbers and dates they use."""


@dataclass(frozen=True, eq=False)
class Language:
    """A call with a key of the catalogue and its values gives the text.

    Raises ``KeyError`` for an unknown key or a missing value.
    """

    code: str
    locale: Locale
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        text = self.texts[key]
        return text.format(**values) if values else text

    def number(self, value: float | None) -> str:
        """A value as ``transforms.reasons`` rounds it; empty where unknown."""
        return "" if value is None else self._separated(number(value))

    def whole(self, value: float | None) -> str:
        return "" if value is None else self._separated(f"{value:,.0f}")

    def percent(self, share: float | None) -> str:
        """A share of 0 to 1; empty where unknown. 99.6 % is not rounded to 100 %."""
        if share is None:
            return ""
        shown = round(share * 100)
        return self("percent", value=99 if shown == 100 and share < 1 else shown)

    def day(self, day: date | None) -> str:
        return "" if day is None else _day(self.locale, day)

    def instant(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        return f"{_day(self.locale, moment.date())}, {format_time(moment, 'short', locale=self.locale)} UTC"

    def period(self, length: str, start: date) -> str:
        return _period(self, length, start)

    def span(self, first: date, end: date) -> str:
        """Days from ``first`` to the one before ``end``."""
        last = end - timedelta(days=1)
        return self.day(first) if first == last else self("span", first=self.day(first), last=self.day(last))

    def _separated(self, written: str) -> str:
        marks = self.locale.number_symbols["latn"]
        return written.translate({ord(","): marks["group"], ord("."): marks["decimal"]})


@lru_cache(maxsize=20_000)
def _day(locale: Locale, day: date) -> str:
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=20_000)
def _period(language: Language, length: str, start: date) -> str:
    if length == "week":
        return language("week_of", day=language.day(start))
    skeleton = {"month": "yMMM", "quarter": "yQQQ", "year": "y"}.get(length)
    return format_skeleton(skeleton, start, locale=language.locale) if skeleton else language.day(start)


def language(code: str) -> Language:
    """The language ``code``, one of ``LOCALES``."""
    texts = YAML(typ="safe").load((CATALOGUES / f"{code}.yaml").read_text(encoding="utf-8"))
    return Language(code, Locale.parse(LOCALES[code]), texts)
