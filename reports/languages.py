"""The languages that have a catalogue."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

from reports.language import Language, Writing, english, texts_of

LOCALES = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR"}
"""The languages that have a catalogue, and whose numbers and dates they use."""
SKELETONS = {"month": "yMMM", "quarter": "yQQQ", "year": "y"}
ALONE = {"month_alone": "LLL", "quarter_alone": "QQQ"}
"""Patterns, as the locales have no skeleton of a quarter without its year."""
FIRST_DAYS = {"fr": "1er"}
"""How the first day of a month is called where it is not called as the others."""
SPOKEN = {"month": "LLLL y", "month_alone": "LLLL"}


class LocalWriting:
    """As the Unicode locale data (CLDR) have it."""

    def __init__(self, name: str) -> None:
        self.locale = Locale.parse(name)

    def separated(self, written: str) -> str:
        marks = self.locale.number_symbols["latn"]
        return written.translate({ord(","): marks["group"], ord("."): marks["decimal"]})

    def day(self, day: date) -> str:
        return _day(self.locale, day)

    def time(self, moment: datetime) -> str:
        return format_time(moment, "short", locale=self.locale)

    def period(self, length: str, start: date) -> str:
        return _period(self.locale, length, start)


class SpokenWriting:
    """Numbers as in ``writing``, days and months as a person would say them: ``3 March 2026``, ``March 2026``."""

    def __init__(self, writing: Writing, name: str) -> None:
        self.writing, self.locale = writing, Locale.parse(name)

    def separated(self, written: str) -> str:
        return self.writing.separated(written)

    def day(self, day: date) -> str:
        return _spoken_day(self.locale, day)

    def time(self, moment: datetime) -> str:
        return self.writing.time(moment)

    def period(self, length: str, start: date) -> str:
        pattern = SPOKEN.get(length)
        return format_date(start, pattern, locale=self.locale) if pattern else self.writing.period(length, start)


@cache
def spoken(t: Language) -> Language:
    """The same language with dates in full, and with per cent in place of ratios."""
    texts = {**t.texts, "progress": t.texts["progress.spoken"]}
    return replace(t, writing=SpokenWriting(t.writing, LOCALES[t.code]), texts=texts)


@lru_cache(maxsize=20_000)
def _spoken_day(locale: Locale, day: date) -> str:
    written = format_date(day, "long", locale=locale)
    return f"{FIRST_DAYS[locale.language]}{written[1:]}" if day.day == 1 and locale.language in FIRST_DAYS else written


@lru_cache(maxsize=20_000)
def _day(locale: Locale, day: date) -> str:
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=20_000)
def _period(locale: Locale, length: str, start: date) -> str:
    if length in ALONE:
        return format_date(start, ALONE[length], locale=locale)
    return format_skeleton(SKELETONS[length], start, locale=locale)


def language(code: str) -> Language:
    """The language ``code``, one of ``LOCALES``."""
    return english() if code == "en" else Language(code, LocalWriting(LOCALES[code]), texts_of(code))
