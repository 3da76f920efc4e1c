"""Funnel limits and ranks: by hand, against exact quantiles, and how often luck alone is outside."""

from math import exp, factorial, sqrt

import numpy as np
import pytest

from transforms.fleet.funnel import Kind, dispersion, funnel
from transforms.fleet.ranks import rank_intervals, rank_of

HUNDRED = np.full(5, 100.0)


def test_the_centre_is_the_rate_of_all_together() -> None:
    found = funnel(np.array([10.0, 90.0, 20.0, 30.0, 40.0]), np.array([100.0, 300.0, 100.0, 100.0, 100.0]))
    assert found.centre == pytest.approx(190 / 700)


def test_overdispersed_limits_are_those_worked_out_by_hand() -> None:
    """z is -4, -2, 0, 2, 4; the outer ones are drawn in to 2; t of 4 degrees of freedom is 2.776 and 7.173.

    The variance of a normal that is winsorised at its quarters is 0.5 - 2 * 0.67449 * 0.31778 + 0.5 * 0.67449^2.
    """
    found = funnel(np.array([60.0, 80.0, 100.0, 120.0, 140.0]), HUNDRED)
    phi = 4 * 2**2 / 4 / (0.5 - 2 * 0.6744898 * 0.3177766 + 0.5 * 0.6744898**2)
    assert found.phi == pytest.approx(phi, rel=1e-6)
    assert found.phi == pytest.approx(13.387, abs=1e-3)
    reach_95, reach_998 = 2.776445 * sqrt(phi / 100), 7.173182 * sqrt(phi / 100)
    assert found.limits[:, 0] == pytest.approx([0, 0, 1 + reach_95, 1 + reach_998], abs=1e-5)


def poisson_at_most(count: int, mean: float) -> float:
    return sum(exp(-mean) * mean**n / factorial(n) for n in range(count + 1))


def interpolated(mean: float, exposure: float, p: float) -> float:
    least = next(count for count in range(200) if poisson_at_most(count, mean) >= p)
    at_most, below = poisson_at_most(least, mean), poisson_at_most(least - 1, mean) if least else 0.0
    return (least - (at_most - p) / (at_most - below)) / exposure


def test_without_overdispersion_the_limits_are_the_exact_poisson_quantiles() -> None:
    exposure = np.array([2.0, 4.0, 8.0, 16.0, 32.0])
    found = funnel(exposure * 1.5, exposure)
    assert found.phi == 1.0
    for at, n in enumerate(exposure):
        expected = [max(interpolated(1.5 * n, n, p), 0.0) for p in (0.001, 0.025, 0.975, 0.999)]
        assert found.limits[:, at] == pytest.approx(expected, abs=1e-9)


def test_the_binomial_limits_stay_between_nothing_and_all() -> None:
    cases = np.array([10.0, 20.0, 40.0, 100.0, 1000.0])
    found = funnel(cases * 0.9, cases, "share")
    assert (found.centre, found.phi) == (pytest.approx(0.9), 1.0)
    assert found.limits.min() >= 0
    assert found.limits.max() <= 1
    normal = 1.959964 * sqrt(0.9 * 0.1 / 1000)
    assert found.limits[1:3, 4] == pytest.approx([0.9 - normal, 0.9 + normal], abs=1e-3)


@pytest.mark.parametrize("kind", ["rate", "share"])
def test_nobody_with_an_event_gives_no_spread(kind: Kind) -> None:
    found = funnel(np.zeros(5), HUNDRED, kind)
    assert found.limits.tolist() == np.zeros((4, 5)).tolist()


@pytest.mark.parametrize("members", [8, 10, 20, 50])
def test_one_outlier_is_outside_the_outer_limits_and_no_other_is_outside_at_all(members: int) -> None:
    events = np.array([*(1000.0 + 5 * at for at in range(members - 1)), 5000.0])
    limits = funnel(events, np.full(members, 1000.0)).limits
    rates = events / 1000
    assert (rates > limits[3]).tolist() == [False] * (members - 1) + [True]
    assert ((rates[:-1] > limits[1][:-1]) & (rates[:-1] < limits[2][:-1])).all()


def test_an_outlier_does_not_hide_itself() -> None:
    quiet = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, -1.0, -0.5, 0.5, 1.0, 0.0, 0.2])
    assert dispersion(np.append(quiet, 50.0)) < 2


def test_the_paper_s_own_estimate_would_be_too_small() -> None:
    """What ``dispersion`` adds to the paper: for equal members it is 1 on average, and without it 0.64."""
    draws = np.random.default_rng(3)
    found = np.mean([dispersion((z := draws.normal(size=20)) - z.mean()) for _ in range(4000)])
    assert found == pytest.approx(1.0, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [1, 20])
@pytest.mark.parametrize("members", [8, 12, 20, 50])
def test_luck_alone_is_outside_no_more_often_than_the_limits_say(members: int, spread: int) -> None:
    """Members with one true rate: at most 5 % outside the inner limits and 0.2 % outside the outer ones."""
    draws = np.random.default_rng(7)
    outside = np.zeros(2)
    trials = 1000
    for _ in range(trials):
        exposure = np.exp(draws.normal(9, 1, members))
        mean = 2 * exposure
        events = draws.gamma(mean / spread, spread) if spread > 1 else draws.poisson(mean).astype(float)
        limits, rates = funnel(events, exposure).limits, events / exposure
        outside += [
            ((rates < limits[1]) | (rates > limits[2])).sum(),
            ((rates < limits[0]) | (rates > limits[3])).sum(),
        ]
    inner, outer = outside / trials / members
    assert inner <= 0.055
    assert outer <= 0.003


def test_equal_rates_share_the_better_rank() -> None:
    assert rank_of(np.array([3.0, 1.0, 3.0, 2.0]), highest_first=True).tolist() == [1, 4, 1, 3]
    assert rank_of(np.array([3.0, 1.0, 3.0, 2.0]), highest_first=False).tolist() == [3, 1, 3, 2]


def test_ranks_of_far_rates_are_sure_and_those_of_near_ones_are_not() -> None:
    exposure = np.full(4, 1000.0)
    found = rank_intervals(np.array([900.0, 505.0, 500.0, 100.0]), exposure, 1.0, "rate", highest_first=True)
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert list(zip(found.low.tolist(), found.high.tolist(), strict=True)) == [(1, 1), (2, 3), (2, 3), (4, 4)]
    again = rank_intervals(np.array([900.0, 505.0, 500.0, 100.0]), exposure, 1.0, "rate", highest_first=True)
    assert again.low.tolist() == found.low.tolist()


def test_a_greater_spread_makes_ranks_less_sure() -> None:
    events, exposure = np.array([700.0, 600.0, 500.0, 400.0]), np.full(4, 1000.0)
    sure, unsure = (rank_intervals(events, exposure, phi, "rate", highest_first=False) for phi in (1.0, 60.0))
    assert (unsure.high - unsure.low).sum() > (sure.high - sure.low).sum()
    assert sure.rank.tolist() == [4, 3, 2, 1]
