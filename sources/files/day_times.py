"""Times of day as people write them: 9, 09:00, 7:00 PM, 9 Uhr, 9h30, and spans such as 07:00 - 08:00."""

import re
from datetime import time, timedelta

from sources.files.cells import Cell, Unreadable, cell_text

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:(?::|h|\.(?=[0-9]{2} ?Uhr))(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?|h)?"
    r"(?: ?(?P<half>[ap])\.?m\.?| ?(?:uhr|hrs))?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r" ?(?:-|–|—|\bto\b|\bbis\b) ?", re.IGNORECASE)
_ACTION = "write the hour as 9, 09:00 or 9:00 AM, from 0 to 23, or to 24 where labels are ends"


def read_time(cell: Cell, *, is_end: bool, length: timedelta | None) -> timedelta | Unreadable:
    """The time since midnight at which an interval begins or, where labels are ends, at which it ends.

    Of a span of two times the first or the last one counts; it is refused where it is not as long as ``length``.
    """
    text = f"{cell:%H:%M:%S}" if isinstance(cell, time) else cell_text(cell)
    parts = _BETWEEN.split(text)
    times = [_since_midnight(part) for part in parts]
    at = None if len(times) > 2 else times[-1] if is_end else times[0]
    if at is None or None in times or at > timedelta(days=1) or (at == timedelta(days=1) and not is_end):
        return Unreadable(text, f"'{text}' is not a time of day", _ACTION)
    if len(times) == 2 and length is not None:
        lasts = ((times[1] or timedelta()) - (times[0] or timedelta())) % timedelta(days=1)
        if lasts not in (length, length - timedelta(minutes=1), length - timedelta(seconds=1)):
            return Unreadable(text, f"'{text}' lasts {lasts}, and the period {length}", "correct the row, or 'period'")
        if is_end and lasts != length:
            return at + (length - lasts)
        if is_end and at == timedelta():
            return timedelta(days=1)
    return at


def _since_midnight(text: str) -> timedelta | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, half = int(found["hour"]), (found["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return timedelta(hours=hour, minutes=int(found["minute"] or 0), seconds=int(found["second"] or 0))
