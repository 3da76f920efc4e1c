"""Periods, and the cells that are missing from them, by name."""

from collections.abc import Sequence

import pandas as pd

from transforms.coverage import CELL_LENGTH
from transforms.formatting import day

MOST_NAMED = 3
"""So many missing cells are named; the others are counted."""


def period_name(period: str, start: pd.Timestamp) -> str:
    if period == "quarter":
        return f"Q{start.quarter} {start.year}"
    return {"day": day(start), "week": f"the week of {day(start)}", "month": f"{start:%b %Y}", "year": f"{start.year}"}[
        period
    ]


def missing_names(period: str, cells: Sequence[str]) -> str:
    """The first missing cells of periods of this length by name: ``Hill, Jul 2025; Mill, Jul 2025 and 3 more``.

    cells: texts "first day entity", as ``transforms.coverage`` gives them.
    """
    names = [_cell_name(period, *cell.split(" ", 1)) for cell in cells[:MOST_NAMED]]
    more = len(cells) - len(names)
    return "; ".join(names) + (f" and {more} more" if more else "")


def _cell_name(period: str, day_text: str, entity: str = "") -> str:
    when = period_name(CELL_LENGTH[period], pd.Timestamp(day_text))
    return f"{entity}, {when}" if entity else when
