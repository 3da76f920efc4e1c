"""The evidence for one series at a time, written out as its formulas say; and the cases in which there is none."""

import numpy as np
import pytest
from scipy import stats

from transforms.alerts import evidence as module
from transforms.alerts.evidence import (
    NEVER_MOVED,
    NO_DIRECTION,
    NO_PATH,
    NO_YEARS,
    TOO_FEW,
    control_false_discoveries,
    evidence,
    path_with_season,
)
from transforms.alerts.residual_spread import fit_spread, past_years
from transforms.arrays import FloatArray

UNKNOWN = np.nan


def a(*rows: object) -> FloatArray:
    return np.array(rows, dtype=float)


def by_hand(
    values: FloatArray, path: FloatArray, season: int, direction: float, errors: FloatArray, scale: str
) -> tuple[float, float, int]:
    """z and p of one series, whose scale is known, and the number of values behind it."""
    tested = np.flatnonzero(np.isfinite(values) & np.isfinite(path))[-2:]
    before, number = tested[0], len(tested)
    past, past_errors = (past_years(row[None], np.array([before]), season)[0] for row in (values, errors))
    upon = {"logarithms": np.log, "roots": np.sqrt, "as they are": np.asarray}[scale]
    slope = {"logarithms": lambda x: 1 / x, "roots": lambda x: 0.5 / np.sqrt(x), "as they are": np.ones_like}[scale]
    usual = fit_spread(upon(past)[None], season)
    sigma, r = usual.sigma[0], usual.autocorrelation[0]
    due = {
        "logarithms": lambda x: np.log(x) - sigma**2 / 2,
        "roots": lambda x: np.sqrt(x - sigma**2),
        "as they are": np.asarray,
    }[scale](path[tested])
    gaps = direction * (upon(values[tested]) - due)
    gap = np.maximum(gaps, gaps.max() - 1.5 * sigma).mean()
    inflation = (1 + r * (number - 1)) / number + min((1 + r) / (1 - r) / season, 1)
    if season > 1:
        inflation += sum(1 / usual.years[0, (at - before) % season] for at in tested) / number**2
    known = np.isfinite(past)
    counted = np.nanmean((np.nan_to_num(past_errors[known]) * slope(past[known])) ** 2)
    sampled = ((np.nan_to_num(errors[tested]) * slope(path[tested])) ** 2).sum() / number**2
    z = gap / np.sqrt(max(sigma**2 - counted, 0) * inflation + sampled)
    return z, stats.t.cdf(z, min(usual.degrees[0], 20)), known.sum()


SCALES = ("as they are", "logarithms", "roots")


@pytest.mark.parametrize(("season", "past"), [(12, 40), (4, 25), (2, 25), (1, 15)])
@pytest.mark.parametrize("scale", SCALES)
def test_the_evidence_of_each_series_is_what_the_formulas_say(season: int, past: int, scale: str) -> None:
    """Both periods low, one only, one much lower, with errors now, before and larger than the spread; more and less.

    A third period on the path belongs to the past, unless the last one is unknown.
    """
    normal = np.random.default_rng(11).normal(0, 0.2, (7, past + 2))
    normal[:, 1:] += 0.7 * normal[:, :-1]
    shape = {"as they are": normal * 3, "logarithms": 200.5 * np.exp(normal), "roots": np.round((5 + normal) ** 2)}
    values = shape[scale]
    if scale == "as they are":
        values[:, 0] = -1.0
    low = values[:, :past].mean(axis=1, keepdims=True)
    path = np.full_like(values, UNKNOWN)
    path[:, -2:] = low
    values[:, -2:] = low - a([1, 2], [1, 1], [0.1, 9], [2, 1], [1, 2], [1, 2], [-1, -2]) * np.abs(low) * 0.1
    values[1, -2], values[5, past - 3] = UNKNOWN, UNKNOWN
    path[[0, 6], -3], values[6, -1] = low[[0, 6], 0], UNKNOWN
    errors = np.full_like(values, UNKNOWN)
    errors[3, -2:], errors[1, -1] = 0.1 * np.abs(low[3]), 0.2 * np.abs(low[1, 0])
    errors[4], errors[5, :-2], errors[6] = 0.05 * np.abs(low[4]), 0.04 * np.abs(low[5]), 9 * np.abs(low[6])
    direction = np.array([1.0, 1, 1, 1, 1, 1, -1])
    found = evidence(values, path, season, direction, errors)
    assert found.reason.tolist() == [""] * 7
    expected = [
        by_hand(*row, scale)  # type: ignore[arg-type]
        for row in zip(values, path, [season] * 7, direction, errors, strict=True)
    ]
    assert np.transpose([found.z, found.p_value, found.points]) == pytest.approx(np.array(expected))


def test_the_lowest_period_counts_no_more_than_one_and_a_half_deviations_beyond_the_other() -> None:
    found = module._mean_gap(
        a([-1, -4], [-1, -1.5], [-1, UNKNOWN], [UNKNOWN] * 2, [-9, -1]), np.array([1.0, 1, 1, 1, 2])
    )
    assert found.tolist() == [-1.75, -1.25, -1, 0, -2.5]


# --- no evidence


@pytest.mark.parametrize(
    ("season", "past", "reason"),
    [
        pytest.param(1, 8, "", id="eight values around a line leave six degrees"),
        pytest.param(1, 7, TOO_FEW, id="seven leave five"),
        pytest.param(1, 0, TOO_FEW, id="none leaves none"),
        pytest.param(12, 24, "", id="two years of months"),
        pytest.param(12, 23, NO_YEARS, id="a month less"),
        pytest.param(12, 0, NO_YEARS, id="no year"),
        pytest.param(4, 11, "", id="eleven quarters leave six degrees"),
        pytest.param(4, 10, TOO_FEW, id="ten leave five"),
    ],
)
def test_so_much_past_is_wanted(season: int, past: int, reason: str) -> None:
    values = np.r_[np.random.default_rng(2).normal(0, 1, past), -3.0]
    path = np.r_[np.full(past, UNKNOWN), 0.0]
    found = evidence(values[None], path[None], season, np.ones(1))
    assert (found.reason.tolist(), np.isnan(found.p_value[0])) == ([reason], reason != "")
    assert found.reason.dtype == object


def test_a_season_that_was_known_once_is_not_known() -> None:
    values = np.tile([1.0, UNKNOWN], 9)
    values[5], values[::4] = 3.0, 2.0
    path = np.r_[np.full(17, UNKNOWN), 0.0]
    values[17] = 1.0
    assert evidence(values[None], path[None], 2, np.ones(1)).reason.tolist() == [NO_YEARS]
    values[7] = 4.0
    assert evidence(values[None], path[None], 2, np.ones(1)).reason.tolist() == [""]


def test_errors_as_large_as_the_spread_leave_nothing_to_go_by() -> None:
    values = np.random.default_rng(2).normal(0, 1, (1, 20))
    path = np.where(np.arange(20) > 17, 0.0, UNKNOWN)[None]
    errors = np.where(np.arange(20) > 17, 0.0, 9.0)[None]
    assert evidence(values, path, 1, np.ones(1), errors).reason.tolist() == [NEVER_MOVED]
    assert evidence(values, path, 1, np.zeros(1)).reason.tolist() == [NO_DIRECTION]


def test_without_periods_there_is_a_reason_and_nothing_else() -> None:
    found = evidence(np.zeros((2, 0)), np.zeros((2, 0)), 12, np.ones(2))
    assert (found.reason.tolist(), found.points.tolist(), found.reason.dtype) == ([NO_PATH] * 2, [0, 0], object)
    assert np.isnan(found.p_value).all()


# --- the season over a path


@pytest.mark.parametrize(("season", "past"), [(12, 41), (4, 26), (2, 25)])
def test_a_flat_path_takes_the_season_that_the_past_had(season: int, past: int) -> None:
    """Values that are nothing but a season; the second series has its own, the third too short a past, the fourth no
    value on the path.
    """
    turn = np.arange(past + 2) % season
    values = np.vstack([turn - 1.0, -(turn**2.0), turn - 1.0, turn - 1.0])
    values[2, : past - season - 1], values[3, -2:] = UNKNOWN, UNKNOWN
    path = np.full_like(values, UNKNOWN)
    path[:, -2:] = 7.0
    squares = np.arange(season) ** 2.0
    linear = 7 + turn - (season - 1) / 2
    expected = [linear, 7 - turn**2 + squares.mean(), np.full(past + 2, 7.0), linear]
    found = path_with_season(values, path, season)
    assert found[:, -2:] == pytest.approx(np.array(expected)[:, -2:])
    assert np.isnan(found[:, :-2]).all()


@pytest.mark.parametrize("season", [1, 2, 4])
def test_a_path_without_seasons_or_a_past_stays(season: int) -> None:
    values, path = a([UNKNOWN, UNKNOWN, 5], [1, 3, 2]), a([UNKNOWN, UNKNOWN, 7], [UNKNOWN, 7, 8])
    np.testing.assert_array_equal(path_with_season(values, path, season), path)


# --- many at once


@pytest.mark.parametrize(
    ("shape", "slices"),
    [
        ((5, 600_000), [(0, 2), (2, 4), (4, 6)]),
        ((2, 2_000_000), [(0, 1), (1, 2)]),
        ((1, 2_000_000), [(0, 1)]),
        ((3, 1), [(0, 1_200_000)]),
        ((3, 0), [(0, 1_200_000)]),
        ((0, 12), [(0, 100_000)]),
    ],
)
def test_a_chunk_has_1_200_000_values_or_one_series(shape: tuple[int, int], slices: list[tuple[int, int]]) -> None:
    found = module._chunks(np.broadcast_to(0.0, shape))
    assert [(part.start, part.stop) for part in found] == slices


def test_a_p_value_at_the_rate_is_a_discovery() -> None:
    """Two of four at 0.05 for a rate of 0.1: 0.05 times 4 / 2."""
    found = control_false_discoveries(np.array([0.05, 0.5, 0.05, 0.9]), 0.1)
    assert (found.tolist(), found.dtype) == ([True, False, True, False], bool)


@pytest.mark.parametrize(
    ("p_values", "rate", "found"), [([0.05, 0.5], 0.16, True), ([0.05, 0.5], 0.14, False), ([0.2], 0.1, False)]
)
def test_with_any_dependence_each_of_two_is_dearer_by_a_half(p_values: list[float], rate: float, found: bool) -> None:
    """1 + 1/2: the smaller one counts as 0.05 times 2 times 1.5."""
    assert control_false_discoveries(np.array(p_values), rate, any_dependence=True)[0] == found
