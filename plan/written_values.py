"""What to write in the place of a number or a day that cannot be read as one."""

import re
from calendar import monthrange
from datetime import date, datetime

GROUPS = re.compile(r"^([-+]?\d{1,3})((?:[ .,'\u2019\u00a0\u202f]\d{3})+)$")
DECIMAL_COMMA = re.compile(r"^([-+]?\d+),(\d+)$")
PER_CENT = re.compile(r"^([-+]?)(\d+(?:[.,]\d+)?)\s*(?:%|per ?cent|percent)$", re.IGNORECASE)
THOUSANDS = re.compile(r"^(\d+(?:\.\d+)?)\s*(k|tsd\.?|thousand|m|mio\.?|million)$", re.IGNORECASE)
WITH_UNIT = re.compile(r"^([-+]?\d+(?:\.\d+)?)\s*([^\W\d].*|[\u20ac$\u00a3].*)$")
PLAIN = re.compile(r"^[-+]?\d+(?:\.\d+)?$")
ISO = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")
DAY_FIRST = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$")
WORDS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%B %d %Y", "%d. %B %Y")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def number_to_write(text: str) -> str:
    """What to write instead of ``text``, where a number belongs."""
    text = text.strip()
    if PLAIN.match(text):
        return f"it stands in quotes and is read as text: write {text.lstrip('+')} without quotes"
    if match := GROUPS.match(text):
        whole = match[1] + re.sub(r"\D", "", match[2])
        decimal = f"{float(text.replace(',', '.')):g}" if text.count(",") == 1 else ""
        comma = f", or {decimal} if the comma is a decimal mark" if decimal else ""
        return f"write {whole}, without a mark for thousands{comma}"
    if match := DECIMAL_COMMA.match(text):
        return f"write {match[1]}.{match[2]}, with a point"
    if match := PER_CENT.match(text):
        if match[1]:
            return "write the value to be reached itself: 10 % more than 200 is 220"
        return f"write {match[2].replace(',', '.')}; that it is per cent belongs in 'unit'"
    if match := THOUSANDS.match(text):
        factor = 1_000_000 if match[2].lower().startswith("m") else 1000
        return f"write {float(match[1]) * factor:.12g}"
    if match := WITH_UNIT.match(text):
        return f"write {match[1]}; what is counted belongs in 'unit'"
    return "write a number, such as 1200 or 87.5; leave a value blank that is not decided yet"


def ambiguous_thousands(value: float, written: str) -> str:
    """What to write where ``written``, such as 12.000, may mean a thousand times ``value``."""
    return f"write {written.replace('.', '')} if the point marks thousands, or {value:g} if it marks decimals"


def day_to_write(given: object) -> str:
    """What to write instead of ``given``, where a day belongs."""
    text = str(given).strip()
    if re.fullmatch(r"\d{4}", text):
        return f"write the whole day, such as {text}-12-31"
    if match := ISO.match(text):
        return _iso_day(int(match[1]), int(match[2]), match[3])
    if match := DAY_FIRST.match(text):
        return _day_first(int(match[1]), int(match[3]), int(match[4]))
    for form in WORDS:
        try:
            return f"write {datetime.strptime(text, form).date()}"  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return "write a day, such as 2026-12-31"


def _iso_day(year: int, month: int, day: str | None) -> str:
    if not 1 <= month <= 12:
        return f"there is no month {month}: write a day, such as {year}-12-31"
    last = monthrange(year, month)[1]
    if day is None:
        return f"write the whole day: {date(year, month, last)} is the last one of that month"
    if not 1 <= int(day) <= last:
        return f"{MONTHS[month - 1]} {year} has {last} days: write {date(year, month, last)}, or the day that you mean"
    return f"write {date(year, month, int(day))}"


def _day_first(first: int, second: int, year: int) -> str:
    """The days that ``first`` and ``second`` may mean, as day and month or the other way round."""
    meant = []
    for day, month in ((first, second), (second, first)):
        try:
            meant.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return f"write {' or '.join(dict.fromkeys(meant))}" if meant else "write a day, such as 2026-12-31"
