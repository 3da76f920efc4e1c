"""The hash of rows that passed the checks: the same for the same rows, another for anything that a check looks at."""

from typing import Any

import pandas as pd
import pytest

from warehouse.check_rules import MetricDeclaration
from warehouse.passed_rows import MOST_ROWS, rows_hash

DECLARED = [MetricDeclaration("visits", "visits", 0)]


def frame(**changes: Any) -> pd.DataFrame:
    """Three days of one gate; the changes are made to the second row."""
    days = pd.date_range("2026-01-01", periods=3).astype("datetime64[us]")
    rows = pd.DataFrame(
        {
            "metric": "visits",
            "entity": "Gate",
            "start": days,
            "end": days + pd.Timedelta(days=1),
            "value": [5.0, 6.0, 7.0],
            "unit": "visits",
            "flags": [(), (), ()],
            "origin": [f"a.csv, row {n}" for n in range(3)],
        }
    )
    for name, value in changes.items():
        rows.at[1, name] = value
    return rows


def test_the_order_and_the_origin_of_the_rows_do_not_matter() -> None:
    moved = frame().iloc[[2, 0, 1]].assign(origin="b.csv, row 1")
    assert rows_hash(moved, DECLARED) == rows_hash(frame(), DECLARED) != ""


@pytest.mark.parametrize(
    "change",
    [
        {"metric": "loans"},
        {"entity": "gate"},
        {"start": pd.Timestamp("2026-01-05")},
        {"end": pd.Timestamp("2026-01-05")},
        {"value": 6.5},
        {"value": float("nan")},
        {"unit": "people"},
        {"flags": ("estimated",)},
        {"flags": None},
    ],
)
def test_whatever_a_check_looks_at_makes_another_hash(change: dict[str, Any]) -> None:
    assert rows_hash(frame(**change), DECLARED) != rows_hash(frame(), DECLARED)


def test_a_row_more_and_another_bound_make_another_hash() -> None:
    more = pd.concat([frame(), frame().iloc[:1]])
    assert rows_hash(more, DECLARED) != rows_hash(frame(), DECLARED)
    assert rows_hash(frame(), [MetricDeclaration("visits", "visits", 6)]) != rows_hash(frame(), DECLARED)


def test_no_rows_and_very_many_have_no_hash() -> None:
    assert rows_hash(frame().iloc[:0], DECLARED) == ""
    assert rows_hash(frame().iloc[[0] * (MOST_ROWS + 1)], DECLARED) == ""
