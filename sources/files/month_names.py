"""The names of months in other languages, from the Unicode CLDR."""

import re
from functools import lru_cache

ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
SHORT_ENGLISH = [name[:3].lower() for name in ENGLISH]
_WORD = re.compile(r"[^\W\d_]+\.?")


@lru_cache(maxsize=16)
def month_numbers(language: str) -> dict[str, int]:
    """The number of each month by its names, long and short, in lower case. Raises ``ValueError`` for no language."""
    from babel import Locale, UnknownLocaleError

    try:
        months = Locale.parse(language.replace("-", "_")).months
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"'{language}' is not the code of a language; write one such as de, fr or es") from None
    return {
        name.casefold().rstrip("."): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in months[context][width].items()
    }


def in_english(text: str, language: str, *, abbreviated: bool) -> str:
    """``text`` with the month names of ``language`` in English, as ``strptime`` reads them."""
    numbers = month_numbers(language)

    def translated(word: re.Match[str]) -> str:
        number = numbers.get(word[0].casefold().rstrip("."))
        name = ENGLISH[number - 1] if number else word[0]
        return name[:3] if number and abbreviated else name

    return _WORD.sub(translated, text)
