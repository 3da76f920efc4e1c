"""The running totals of the years before one, to compare its own with."""

from collections.abc import Iterator, Sequence
from datetime import date

from reports.chart_periods import as_whole, is_estimated
from warehouse.published_tables import Row

YEARS_BEFORE = 3
Totals = Sequence[tuple[date, float]]
"""The end of each period (the day after it), and the total of the year up to it."""


def years_before(periods: Sequence[Row], begins: date, comparable: date) -> Iterator[tuple[date, Totals]]:
    """First day and running totals of up to ``YEARS_BEFORE`` years before ``begins``, the newest first.

    Each ends at its first period that is not known as a whole. A year is left out, and all before it, where fewer than
    two of its periods are known, or where it began before ``comparable``.
    """
    for back in range(1, YEARS_BEFORE + 1):
        first, end = years_earlier(begins, back), years_earlier(begins, back - 1)
        totals = _totals([period for period in periods if first <= period["start"] < end])
        if first < comparable or len(totals) < 2 or not any(period["start"] == first for period in periods):
            return
        yield first, totals


def _totals(periods: Sequence[Row]) -> Totals:
    total, found = 0.0, list[tuple[date, float]]()
    for period in as_whole(periods):
        closed = period["value"] is None and "closed" in (period["flags"] or ())
        whole = closed or (period["value"] is not None and (period["completeness"] >= 1 or is_estimated(period)))
        if not whole:
            break
        total += period["value"] or 0.0
        found.append((period["end"], total))
    return found


def years_earlier(day: date, years: int) -> date:
    """The same day, ``years`` earlier; of 29 February the day before where that year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
