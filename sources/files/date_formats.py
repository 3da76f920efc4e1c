"""Formats of dates, as the plan declares them: what each one reads, and those that would read something else."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator

from sources.zone_names import UNSURE_ZONES, ZONE_HOURS

Precision = Literal["year", "quarter", "month", "week", "day", "time"]
Period = Literal["day", "week", "month", "quarter", "year"]

PRECISIONS_OF_PERIOD: dict[str, tuple[Precision, ...]] = {
    "year": ("year", "quarter", "month", "day", "time"),
    "quarter": ("quarter", "month", "day", "time"),
    "month": ("month", "day", "time"),
    "week": ("week", "day", "time"),
    "day": ("day", "time"),
}
"""The precisions of a label that are enough to know its period."""

YEAR_PAIR = re.compile(r"%([Yy])([^%]*)%([Yy])")
"""Two years side by side, as in 2019/20."""
_DO = "write a format such as %Y-%m-%d, %d/%m/%Y, %Y-%m, %G-W%V or %Y-Q%q"
_MONTHS, _DAYS = set("mbBjxcUWV"), set("djxcuwaA")


def directives(pattern: str) -> list[str]:
    """The letters of a format's directives, in order."""
    return re.findall(r"%-?([A-Za-z])", pattern)


def with_weekday(pattern: str) -> str:
    """The pattern, completed with a weekday: a week that begins on Monday and has none is read by that day."""
    needs_weekday = bool({"V", "W"} & set(directives(pattern))) and not set("uwaAdj") & set(directives(pattern))
    return f"{pattern} %u" if needs_weekday else pattern


def precision_of(pattern: str) -> Precision | None:
    """The precision of a format; None where it reads no part of a date."""
    found = set(directives(pattern))
    weeks = found & {"V", "W", "U"}
    tests: tuple[tuple[Precision, bool], ...] = (
        ("time", bool(found & set("HIMSfXc"))),
        ("day", bool(found & set("djx")) or bool(weeks and found & set("uwaA"))),
        ("week", bool(weeks)),
        ("month", bool(found & set("mbB"))),
        ("quarter", "q" in found),
        ("year", bool(found & set("YyG"))),
    )
    return next((precision for precision, passed in tests if passed), None)


def has_year(pattern: str) -> bool:
    return bool(set(directives(pattern)) & set("YyGcx"))


def is_year_pair(pattern: str) -> bool:
    """Whether a format reads a year that lies in two calendar years: ``%Y/%y`` for 2019/20."""
    return YEAR_PAIR.search(pattern) is not None


def _misread(pattern: str) -> str | None:
    """Why a format reads something else than it seems to; None where it does not."""
    found, literal = set(directives(pattern)), re.sub(r"%-?[A-Za-z]", "0", pattern)
    hours = found & set("HIXc")
    zone = re.search(r"(?<![A-Za-z])([A-Z]{1,5})\)?$|[+-][0-9]{2}:?[0-9]{2}$", literal) if hours else None
    zone = None if zone and zone[1] and zone[1] not in {*ZONE_HOURS, *UNSURE_ZONES} else zone
    years = [letter for letter in directives(pattern) if letter in "YyG"]
    faults = (
        ("M" in found and not hours, "%M is the minute: the month is %m"),
        ("I" in found and "p" not in found, "%I is an hour of the 12-hour clock and needs %p; 7 to 23 is %H"),
        ("p" in found and "I" not in found, "%p is read only with %I, the hour of the 12-hour clock"),
        ("Z" in found, "%Z would lose the zone: write %z, which reads Z, UTC, GMT and +02:00"),
        (zone is not None, f"'{zone and zone[0].strip(')')}' is a literal here, not a zone: write %z, which reads it"),
        (re.search(r"(?i)\b(w|kw|wk|cw)[ -]?%-?W", pattern) is not None, "ISO weeks, such as W25 of 2026, are %G-W%V"),
        (len(set(years)) == 2 and not is_year_pair(pattern), "it reads the year twice"),
        (
            "U" in found and not found & set("uwaAdj"),
            "%U is a week from Sunday and needs its day; ISO weeks are %G-W%V",
        ),
        ("d" in found and not found & _MONTHS, "it reads a day without its month"),
        (bool(hours and found & set("YyGmbB")) and not found & _DAYS, "it reads a time without its day"),
    )
    return next((why for fails, why in faults if fails), None)


def require_table_format(text: str) -> str:
    """A ``strptime`` format; ``%q`` is the quarter, 1 to 4, and two years side by side are a year of both."""
    try:
        shape = with_weekday(YEAR_PAIR.sub(r"%\1", text).replace("%q", "1"))
        datetime.strptime("", shape if has_year(text) else f"%Y {shape}")  # noqa: DTZ007 - only the format is tried
    except (ValueError, re.error) as error:
        if "does not match" not in str(error):
            raise ValueError(f"'{text}' is not a date format ({error}): {_DO}") from None
    if not text.strip() or precision_of(text) is None:
        raise ValueError(f"'{text}' does not read a date: {_DO}")
    misread = _misread(text)
    if misread is not None:
        raise ValueError(f"'{text}' does not read what it seems to: {misread}")
    return text


def _require_one_year(text: str) -> str:
    if is_year_pair(text):
        raise ValueError(f"'{text}' reads two years: a date has one")
    return require_table_format(text)


DateFormat = Annotated[str, AfterValidator(_require_one_year)]
TableDateFormat = Annotated[str, AfterValidator(require_table_format)]
"""The format of a label in a table, which may be a year of two calendar years."""
