"""The formats in which dates are written, and those among them that read given texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sources.files.date_formats import Precision, directives, has_year, is_year_pair, precision_of
from sources.files.dates import DateReader, Moment, YearKind
from sources.files.month_names import month_numbers

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "fi", "pl", "cs")
STAND_IN_YEAR = 2024
"""For labels without a year; it has a 29 February."""
_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y",
    "%m.%d.%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y", "%m.%d.%y", "%y-%m-%d", "%y/%m/%d",
    "%d %B %Y", "%d %b %Y", "%d. %B %Y", "%d. %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%d %b %y", "%d/%b/%Y",
    "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%a %d %b %Y", "%a, %d %b %Y",
    "%A %d %B %Y", "%a %d/%m/%Y", "%a %m/%d/%Y", "%Y %B %d", "%Y %b %d", "%Y-%b-%d",
)  # fmt: skip
_TIMES = (
    " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", "T%H:%M%z", "T%H:%M:%S%z", "T%H:%M:%S.%f", "T%H:%M:%S.%f%z",
    " %H:%M:%S.%f", " %H:%M %z", " %H:%M:%S %z", " %H:%M:%S%z", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %I%p",
    " %I %p", ", %H:%M", ", %I:%M %p", " %H", " %Hh%M",
)  # fmt: skip
_MONTHS = (
    "%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%Y %m", "%m/%Y", "%m-%Y", "%m.%Y", "%m %Y", "%B %Y", "%b %Y", "%B-%Y", "%b-%Y",
    "%B, %Y", "%b, %Y", "%B/%Y", "%b/%Y", "%b-%y", "%B-%y", "%b %y", "%B %y", "%b/%y", "%b'%y", "%b '%y", "%b. %Y",
    "%B_%Y", "%b_%Y", "%b_%y", "%Y %B", "%Y %b", "%Y-%b", "%Y-%B", "%y-%b", "%Y_%m", "%B%Y", "%b%Y", "%B %Y/%y",
    "%b %Y/%y", "%B %Y-%y", "%m/%y", "%YM%m", "%Y-M%m",
)  # fmt: skip
_QUARTERS = (
    "Q%q %Y", "%Y Q%q", "%Y-Q%q", "%YQ%q", "Q%q-%Y", "Q%q/%Y", "%Y/Q%q", "Q%q %y", "Q%q, %Y", "%qQ%Y", "%qQ %Y",
    "%qQ%y", "Q%q %Y/%y", "%Y/%y Q%q", "%Y-%y Q%q", "Q%q %Y-%y", "FY%Y Q%q", "FY%y Q%q", "Q%q FY%Y", "Q%q FY%y",
    "%q. Quartal %Y", "Quarter %q %Y", "Quarter %q, %Y", "%Y Quarter %q", "T%q %Y", "%Y-T%q", "%Y %q", "%Y-%q",
)  # fmt: skip
_WEEKS = (
    "%G-W%V", "%GW%V", "%G W%V", "W%V %G", "W%V-%G", "W%V/%G", "KW%V %G", "KW %V %G", "KW %V/%G", "Week %V %G",
    "%G Week %V", "Week %V, %G", "%G %V", "%G-%V", "%V/%G",
)  # fmt: skip
_YEARS = (
    "%Y", "%Y/%y", "%Y-%y", "%Y–%y", "%Y/%Y", "%Y-%Y", "%Y–%Y", "%y/%y", "FY%Y", "FY %Y", "FY%y", "FY %y", "FY%Y/%y",
    "FY %Y/%y", "FY%Y-%y", "FY %Y-%y", "FY%y/%y", "FY%y-%y", "FY %y/%y", "Year %Y",
)  # fmt: skip
_WITHOUT_YEAR = ("%B", "%b", "%d %B", "%d %b", "%d-%b", "%b-%d", "%B %d", "%b %d", "%d.%m.", "%d/%m", "%m/%d", "Q%q")


@dataclass(frozen=True, slots=True)
class DateForm:
    """A format of ``strptime``, with the language of its month names."""

    pattern: str
    language: str = "en"

    @property
    def precision(self) -> Precision:
        precision = precision_of(self.pattern)
        if precision is None:
            raise ValueError(f"{self.pattern} reads no date")
        return precision

    @property
    def has_year(self) -> bool:
        return has_year(self.pattern)

    @property
    def is_pair(self) -> bool:
        """Whether it reads a year of two calendar years, such as 2019/20."""
        return is_year_pair(self.pattern)

    @property
    def is_fiscal(self) -> bool:
        """Whether the text itself says that the year is a fiscal one, by its one number."""
        return "FY" in self.pattern and not self.is_pair

    @property
    def order(self) -> str:
        """``day-first``, ``month-first`` or ``year-first`` of a date in numbers; empty for any other."""
        found = [letter.lower() for letter in directives(self.pattern) if letter in "dmyY"]
        names = {"dmy": "day-first", "mdy": "month-first", "ymd": "year-first", "dm": "day-first", "md": "month-first"}
        return names.get("".join(found), "")

    def read(self, text: str) -> Moment | None:
        """What the text names under this format alone; None where it does not read it."""
        found = _reader(self).read(text)
        return found if isinstance(found, Moment) else None


@lru_cache(maxsize=4096)
def _reader(form: DateForm) -> DateReader:
    return DateReader((form.pattern,), STAND_IN_YEAR, YearKind(), form.language)


def _patterns() -> Iterator[str]:
    yield from _DAYS
    yield from (f"{day}{time}" for day in _DAYS for time in _TIMES)
    yield from (*_MONTHS, *_QUARTERS, *_WEEKS, *_YEARS, *_WITHOUT_YEAR)


ALL_PATTERNS = tuple(_patterns())
_ALPHABETIC = re.compile(r"[^\W\d_]{3,}")


def reading_forms(texts: Sequence[str]) -> dict[DateForm, dict[str, Moment]]:
    """The forms that read at least one of the texts, each with what it reads. English names of months come first."""
    for language in LANGUAGES if any(_ALPHABETIC.search(text) for text in texts) else ("en",):
        found = _of_language(texts, language)
        if found and 2 * max(len(read) for read in found.values()) >= len(texts):
            return found
    return _of_language(texts, "en")


def _of_language(texts: Sequence[str], language: str) -> dict[DateForm, dict[str, Moment]]:
    if language != "en" and not any(_month_names(language) & set(_lower_words(text)) for text in texts[:50]):
        return {}
    found = {}
    shapes = {text: re.sub(r"\d", "9", text) for text in texts}
    by_shape: dict[str, list[str]] = {}
    for text, shape in shapes.items():
        by_shape.setdefault(shape, []).append(text)
    for pattern in ALL_PATTERNS:
        form = DateForm(pattern, language if "%b" in pattern or "%B" in pattern else "en")
        if language != "en" and form.language == "en":
            continue
        tried = (text for group in by_shape.values() if _may_read(form, group) for text in group)
        read = {text: moment for text in tried if (moment := form.read(text)) is not None}
        if read:
            found[form] = read
    return found


def _may_read(form: DateForm, group: Sequence[str]) -> bool:
    """Whether the form reads one of the first texts of a shape: digits alike, so it is soon known to fail."""
    literals, fewest, most, has_words = _needs(form.pattern)
    first = group[0]
    digits = sum(char.isdigit() for char in first)
    if not fewest <= digits <= most or not literals <= set(first.casefold()):
        return False
    if has_words != bool(_ALPHABETIC.search(re.sub("(?i)week|quarter|quartal|year|utc|gmt", "", first))):
        return False
    return any(form.read(text) is not None for text in group[:40])


@lru_cache(maxsize=2048)
def _needs(pattern: str) -> tuple[frozenset[str], int, int, bool]:
    """The signs that a text needs, its fewest and most digits, and whether it has the name of a month or weekday."""
    found = directives(pattern)
    literals = frozenset(re.sub(r"%[A-Za-z]|\s", "", pattern).casefold())
    lengths = {"Y": (4, 4), "G": (4, 4), "y": (2, 2), "q": (1, 1), "f": (1, 6), "z": (0, 6), "p": (0, 0)}
    sizes = [(0, 0) if letter in "bBaA" else lengths.get(letter, (1, 2)) for letter in found]
    names = bool(set(found) & set("bBaA"))
    return literals, sum(size[0] for size in sizes), sum(size[1] for size in sizes), names


@lru_cache(maxsize=32)
def _month_names(language: str) -> set[str]:
    return set(month_numbers(language))


def _lower_words(text: str) -> list[str]:
    return [word.casefold().rstrip(".") for word in re.findall(r"[^\W\d_]+\.?", text)]


_NUMERIC_DATE = re.compile(
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])(?:[-/.]\d{1,2})?(?:[T ,].*)?"
    r"|\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?:[T ,].*)?"
    r"|(?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:FY ?|Year )?(?:(?:19|20)\d\d|\d\d)[-/–](?:\d{4}|\d{2})(?: ?Q[1-4])?|FY ?(?:\d{4}|\d{2})(?: Q[1-4])?"
    r"|(?:(?:19|20)\d\d[- /]?[QT][1-4]|[QT][1-4][-/, ]* ?(?:FY ?)?(?:19|20)?\d\d(?:[-/]\d{2,4})?)"
    r"|[1-4]Q ?(?:19|20)?\d\d"
    r"|[1-4]\. ?Quartal (?:19|20)\d\d|Quarter [1-4],? (?:19|20)\d\d|(?:19|20)\d\d Quarter [1-4]"
    r"|(?:19|20)\d\d[- ]?(?:W|Week )\d{1,2}|(?:W|KW ?|Week )\d{1,2}[-/, ]+(?:19|20)\d\d|(?:19|20)\d\d-?M\d\d",
    re.IGNORECASE,
)


@lru_cache(maxsize=50_000)
def looks_like_date(text: str) -> bool:
    """Whether a text is written as a date, a week, a month, a quarter or a year of two years."""
    plain = " ".join(text.split())
    if not plain or len(plain) > 40:
        return False
    if _is_month(plain) or _NUMERIC_DATE.fullmatch(plain):
        return True
    words = _lower_words(plain)
    months = [word for word in words if any(word in _month_names(language) for language in LANGUAGES)]
    return len(months) == 1 and len(words) <= 4 and re.search(r"\d", plain) is not None and _has_date_digits(plain)


def _has_date_digits(text: str) -> bool:
    return re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)['’]?\d{1,2}(?!\d)", text) is not None


def _is_month(text: str) -> bool:
    plain = text.casefold().rstrip(".")
    return any(plain in _month_names(language) and not plain.isdigit() for language in LANGUAGES)
