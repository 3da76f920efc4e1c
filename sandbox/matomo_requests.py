"""What a request to Matomo names: segments and periods, or the error that Matomo reports."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from urllib.parse import unquote

from sandbox.days import month_after
from sandbox.web_traffic import PAGES

HOST = "https://riverside.example"
PERIODS = ("day", "week", "month", "year", "range")
Span = tuple[date, date]


class ApiError(Exception):
    """The error that the API gives instead of a report."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def segment_paths(text: str) -> list[str]:
    """The paths of the pages in a segment; all of them where it is empty."""
    paths = list(PAGES)
    for alternatives in filter(None, text.split(";")):
        chosen_here: set[str] = set()
        for condition in alternatives.split(","):
            match = re.fullmatch(r"(pageUrl)(==|=\^|=@|=\$)(.+)", condition)
            if match is None:
                raise ApiError(400, f"Segment '{condition}' is not a supported segment.")
            value = unquote(match[3]).removeprefix("https://").removeprefix("http://").removeprefix("www.")
            tests: dict[str, Callable[[str, str], bool]] = {
                "==": str.__eq__,
                "=^": str.startswith,
                "=@": str.__contains__,
                "=$": str.endswith,
            }
            chosen_here |= {path for path in paths if tests[match[2]](HOST.removeprefix("https://") + path, value)}
        paths = [path for path in paths if path in chosen_here]
    return paths


def requested_spans(requested: Mapping[str, str]) -> dict[str, Span]:
    """Label to the days ``[start, end)``; the label is empty for a single period."""
    period, text = requested.get("period", ""), requested.get("date", "")
    if period not in PERIODS:
        raise ApiError(
            400, f"The period '{period}' is not supported. Try any of the following instead: {', '.join(PERIODS)}"
        )
    try:
        first, *more = (date.fromisoformat(part) for part in text.split(","))
    except ValueError:
        raise ApiError(400, f"Date format must be: YYYY-MM-DD, or 'today' or 'yesterday'; '{text}' is not.") from None
    if len(more) > 1 or (more and more[0] < first):
        raise ApiError(400, f"The date range '{text}' is not valid.")
    if period == "range":
        return {"": (first, (more or [first])[0] + timedelta(days=1))}
    found, last = dict[str, Span](), (more or [first])[0]
    while first <= last:
        start, end, label = _period(period, first)
        found[label if more else ""] = start, end
        first = end
    return found


def _period(period: str, day: date) -> tuple[date, date, str]:
    """First day, day after the last, and how Matomo names it."""
    if period == "day":
        return day, day + timedelta(days=1), str(day)
    if period == "week":
        start = day - timedelta(days=day.weekday())
        return start, start + timedelta(days=7), f"{start},{start + timedelta(days=6)}"
    if period == "month":
        start = day.replace(day=1)
        return start, month_after(start), f"{start:%Y-%m}"
    return date(day.year, 1, 1), date(day.year + 1, 1, 1), str(day.year)
