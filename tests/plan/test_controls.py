"""The controls of an activity: what it could not have moved, counted by the same period."""

from pathlib import Path

import pytest

from plan.load import load_plan
from tests.plan_texts import VISITS, plan_text, write_plan
from warehouse.errors import ConfigError

QUARTERLY = "vale: {title: Vale, unit: visits, kind: flow, period: quarter, of: [{source: gates, metric: visits}]}\n"
MONTHLY = QUARTERLY.replace("period: quarter, ", "")


def text(controls: str, more: str = MONTHLY) -> str:
    return plan_text(
        indicators=VISITS + more,
        more=f"activities: {{week: {{date: 2026-01-01, title: Week, indicators: [visits], controls: [{controls}]}}}}\n",
    )


def test_a_control_is_kept_in_the_plan(tmp_path: Path) -> None:
    assert load_plan(write_plan(tmp_path, text("vale"))).plan.activities["week"].controls == ("vale",)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (text("vael"), r"activities.week.controls.0: no indicator is called 'vael': did you mean 'vale'\?"),
        (
            text("vale, visits"),
            r"activities.week.controls.1: 'visits' is both what the activity was meant to move and its control: take "
            r"it out",
        ),
        (
            text("vale", QUARTERLY),
            r"activities.week.controls.0: 'vale' is counted by quarter and 'visits' by month: name a control that is "
            r"counted by month",
        ),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(tmp_path: Path, plan: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_plan(write_plan(tmp_path, plan))
