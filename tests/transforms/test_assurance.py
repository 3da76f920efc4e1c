"""The target against the limits of a control chart: the NHS's cases, a season, a band, what the newest value denies."""

import math

import numpy as np
import pandas as pd
import pytest

from transforms.outlook.assurance import compare_with_limits, not_comparable, season_limits
from transforms.outlook.control_chart import control_chart
from warehouse.schema.control_charts import ASSURANCES, NO_ASSURANCE

NONE = math.nan


def compared(
    better: str, target: float | tuple[float, float], lows: list[float], highs: list[float], newest: float
) -> object:
    low, high = target if isinstance(target, tuple) else (NONE, NONE)
    value = NONE if isinstance(target, tuple) else target
    goals = pd.DataFrame({"better": [better], "target_value": [value], "target_low": [low], "target_high": [high]})
    return compare_with_limits(np.array([lows]), np.array([highs]), np.array([newest]), goals)[0]


@pytest.mark.parametrize(
    ("better", "target", "code"),
    [
        ("up", 89.0, "consistently_met"),
        ("up", 90.0, "consistently_met"),  # a value at the target meets it
        ("up", 91.0, "hit_or_miss"),
        ("up", 110.0, "hit_or_miss"),
        ("up", 111.0, "consistently_missed"),
        ("down", 111.0, "consistently_met"),
        ("down", 110.0, "consistently_met"),
        ("down", 100.0, "hit_or_miss"),
        ("down", 89.0, "consistently_missed"),
        ("band", (80.0, 120.0), "consistently_met"),
        ("band", (95.0, 120.0), "hit_or_miss"),
        ("band", (98.0, 102.0), "hit_or_miss"),
        ("band", (115.0, 120.0), "consistently_missed"),
        ("band", (50.0, 85.0), "consistently_missed"),
    ],
)
def test_the_target_against_limits_of_90_and_110(better: str, target: float | tuple[float, float], code: str) -> None:
    assert compared(better, target, [90.0], [110.0], 100.0) == code


def test_a_target_between_the_seasons_depends_on_the_season() -> None:
    """Always above it in winter and always below in summer is not luck."""
    assert compared("up", 100.0, [120.0, 60.0], [140.0, 80.0], 130.0) == "depends_on_season"
    assert compared("up", 100.0, [120.0, 90.0], [140.0, 110.0], 130.0) == "hit_or_miss"
    assert compared("up", 50.0, [120.0, 60.0], [140.0, 80.0], 130.0) == "consistently_met"


def test_a_season_that_is_not_known_is_left_out() -> None:
    assert compared("up", 100.0, [120.0, NONE], [140.0, NONE], 130.0) == "consistently_met"


@pytest.mark.parametrize(("target", "newest"), [(80.0, 70.0), (120.0, 130.0)])
def test_the_newest_value_is_not_contradicted(target: float, newest: float) -> None:
    """Limits that would always meet the target that was missed just now, and the reverse."""
    assert compared("up", target, [90.0], [110.0], newest) == "left_limits"


def test_equal_values_at_the_target_meet_it() -> None:
    value = sum([0.1] * 12) / 12
    assert compared("up", 0.1, [value], [value], 0.1) == "consistently_met"
    assert compared("down", 0.1, [value], [value], 0.1) == "consistently_met"


@pytest.mark.parametrize("years", [2, 3, 5])
def test_limits_for_coming_values_are_as_sure_with_a_season_as_without(years: int) -> None:
    """Of normal values, luck alone brings one in a hundred beyond limits from 24 of them without a season.

    With a season of two years as many as 12 in a hundred would lie beyond the limits of the chart itself.
    """
    values = np.random.default_rng(2).normal(100, 5, (5000, 12 * years + 1))
    chart = control_chart(values[:, :-1], 12)
    lows, highs = season_limits(chart, np.ones((5000, 12 * years), dtype=bool), 12)
    coming = values[:, -1]
    assert 0.005 < ((coming < lows[:, 0]) | (coming > highs[:, 0])).mean() < 0.025
    assert ((lows < chart.lows[:, -12:]) & (highs > chart.highs[:, -12:])).all()


def test_without_a_season_the_limits_are_those_of_the_chart() -> None:
    chart = control_chart(np.random.default_rng(3).normal(100, 5, (3, 20)), 1)
    lows, highs = season_limits(chart, np.ones((3, 20), dtype=bool), 1)
    np.testing.assert_array_equal(np.hstack([lows, highs]), np.stack([chart.lower, chart.upper], axis=1))


def test_each_season_is_as_wide_as_its_own_years_make_it() -> None:
    """Three years of quarters with one missing: that quarter is known twice, the others three times."""
    values = np.random.default_rng(4).normal(100, 5, (1, 16))
    values[0, [0, 5]] = np.nan
    chart = control_chart(values, 4)
    lows, _ = season_limits(chart, np.isfinite(values), 4)
    means, own = (one[:, -4:] for one in (chart.means, chart.lows))
    factors = ((means - lows) / (means - own))[0]
    assert factors == pytest.approx(np.sqrt([4 / 2, 4 / 2, 5 / 3, 5 / 3]))


def test_what_is_not_comparable_says_why() -> None:
    targets = pd.DataFrame(
        {
            "target_value": [NONE, 5.0, 5.0, 5.0, NONE],
            "target_low": [NONE, NONE, NONE, NONE, 1.0],
            "over": [None, "year", "period", "period", "period"],
            "path": [None, "seasonal", "seasonal", "linear", None],
        }
    )
    assert list(not_comparable(targets)) == ["no_target", "year_total", "seasonal_path", "", ""]
    assert set(not_comparable(targets)) - {""} < set(NO_ASSURANCE)
    assert len(set(ASSURANCES)) == 4
