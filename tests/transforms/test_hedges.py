"""What a verdict's sentence adds: a part that is missing, an age, luck."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from transforms.outlook.hedges import hedged_reasons

TODAY = date(2026, 11, 24)


def result(today: date = TODAY, **changes: Any) -> str:
    """The reason of one indicator judged on October 2026, but for what is said otherwise."""
    row = {
        "verdict": "behind",
        "through": date(2026, 10, 31),
        "luck_p_value": 0.001,
        "completeness": 1.0,
        "flags": (),
        "kind": "flow",
    }
    row |= {"period": "month", "over": "period"} | changes
    verdicts = pd.DataFrame(
        [{"indicator_id": "i", "reason": "why", **{name: row[name] for name in ("verdict", "through", "luck_p_value")}}]
    )
    end = pd.to_datetime(row["through"]) + pd.Timedelta(days=1)
    periods = pd.DataFrame(
        [{"indicator_id": "i", "end": end, "completeness": row["completeness"], "flags": row["flags"]}]
    )
    targets = pd.DataFrame([{"indicator_id": "i", **{name: row[name] for name in ("kind", "period", "over")}}])
    (reason,) = hedged_reasons(
        verdicts.astype({"through": "datetime64[us]"}), periods.astype({"end": "datetime64[us]"}), targets, today, 0.1
    )
    return reason


def test_a_whole_and_new_figure_needs_no_word_more() -> None:
    assert result() == "why"


def test_a_sum_of_which_a_part_is_missing_says_so() -> None:
    part = {"completeness": 0.916, "flags": ("incomplete",)}
    assert (
        result(**part) == "why; only 91% of its days are known and the others add nothing, so the true figure is higher"
    )
    assert result(**part | {"flags": ("estimated", "incomplete")}) == "why", "an estimate stands for the whole"
    assert (
        result(**part, kind="stock") == result(**part, kind="rate") == result(**part, verdict="not_assessable") == "why"
    )


@pytest.mark.parametrize(
    ("period", "through", "months"),
    [
        ("month", date(2026, 8, 31), None),
        ("month", date(2026, 7, 31), 3),
        ("year", date(2024, 12, 31), None),
        ("year", date(2023, 12, 31), 34),
    ],
)
def test_an_old_figure_says_how_old_it_is(period: str, through: date, months: int | None) -> None:
    said = result(period=period, through=through)
    assert said == ("why" if months is None else f"why; that was {months} months ago, and nothing newer is known")


def test_luck_is_told_of_a_shortfall_only() -> None:
    assert result(luck_p_value=0.28) == "why; an indicator on its path falls as short by luck in 28% of cases"
    assert result(luck_p_value=0.28, verdict="on_track") == result(luck_p_value=float("nan")) == "why"


def test_without_a_period_judged_nothing_is_added() -> None:
    assert result(through=None, verdict="not_assessable") == "why"
