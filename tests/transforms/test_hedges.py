"""What a verdict's sentence adds: an age, luck."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from reports.language import english
from reports.sentences import sentence
from transforms.judgement.hedges import age_and_luck

TODAY = date(2026, 11, 24)


def result(today: date = TODAY, **changes: Any) -> str:
    """The reason of one indicator judged on October 2026, but for what is said otherwise."""
    row = {"verdict": "behind", "through": date(2026, 10, 31), "luck_p_value": 0.001, "period": "month"} | changes
    period, newest = row.pop("period"), row.pop("newest", row["through"])
    due = pd.Timestamp(row.pop("due", "2027-12-31"))
    verdicts = pd.DataFrame([{"indicator_id": "i", **row}]).astype({"through": "datetime64[us]"})
    targets = pd.DataFrame([{"indicator_id": "i", "period": period, "due": due}])
    end = pd.Timestamp(newest) + pd.Timedelta(days=1)
    periods = pd.DataFrame([{"indicator_id": "i", "end": end, "value": 1.0}]).astype({"end": "datetime64[us]"})
    (findings,) = age_and_luck(verdicts, periods, targets, today, 0.1)
    return "; ".join(("why", *(sentence([one], english()) for one in findings)))


def test_a_new_figure_needs_no_word_more() -> None:
    assert result() == "why"


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


def test_what_was_decided_when_it_was_due_neither_ages_nor_is_luck() -> None:
    old, luck = {"through": date(2025, 12, 31), "due": date(2025, 12, 31)}, {"luck_p_value": 0.32}
    assert result(**old) == result(**old, **luck) == "why"
    assert "luck" in result(**luck)


def test_figures_that_are_known_but_may_not_be_judged_yet_are_not_called_unknown() -> None:
    old = result(through=date(2026, 7, 31), newest=date(2026, 10, 31))
    assert old == "why; that was 3 months ago, and newer figures are not whole and settled yet"


def test_luck_is_told_of_a_shortfall_only() -> None:
    assert result(luck_p_value=0.28) == "why; an indicator on its path falls as short by luck in 28 % of cases"
    assert result(luck_p_value=0.28, verdict="on_track") == result(luck_p_value=float("nan")) == "why"


def test_without_a_period_judged_nothing_is_added() -> None:
    assert result(through=None, verdict="not_assessable") == "why"
