"""The forecast distribution of one quantity of each series, and its record."""

from dataclasses import dataclass, fields

import numpy as np

from transforms.arrays import FloatArray, IntArray, TextArray
from transforms.forecast import PeriodForecast, as_of_origins, period_forecast
from transforms.forecast.error_distribution import error_distribution_of
from transforms.probability import backtest, quantile_curve

DRAWS, PAST_DRAWS = 500, 200
CHUNK = 500
"""The number of series whose totals are simulated at a time."""
ROUNDING = 1e-9
"""Shares of a value below this are rounding errors of sums, not changes."""

HorizonAndLength = tuple[int, int]
"""Horizon and length: the quantity is the sum of the last ``length`` periods of the horizon."""


@dataclass(frozen=True)
class TotalForecasts:
    """Forecasts of one quantity, (series,) each.

    middle and width: median and spread in its own units. mean and knots, (series, levels): in spreads.
    """

    middle: FloatArray
    width: FloatArray
    mean: FloatArray
    knots: FloatArray


@dataclass(frozen=True)
class ForecastDistribution:
    """The forecast distribution and its record.

    period_forecast: the forecast of every period up to the horizon. totals: that of the quantity, simulated. past: the
    cases that correct it. known and least: (series,), the number of known values, and the lower bound of a period.
    reason: (series,), why there is no forecast, or "". kind: the quantity.
    """

    period_forecast: PeriodForecast
    totals: TotalForecasts
    past: backtest.PastCases
    known: IntArray
    least: FloatArray
    reason: TextArray
    kind: HorizonAndLength


def build_distribution(
    values: FloatArray, season: int, kind: HorizonAndLength, least: FloatArray | float = -np.inf, seed: int = 0
) -> ForecastDistribution:
    """The forecast distribution of values (series, periods), oldest first, NaN where missing.

    The horizon starts after the last column. Raises ``ValueError`` for a length beyond the horizon and for an infinite
    value.
    """
    horizon, length = kind
    if not 1 <= length <= horizon:
        raise ValueError(f"a total of {length} periods does not lie within a horizon of {horizon}")
    lowest: FloatArray = np.broadcast_to(np.asarray(least, dtype=np.float64), (len(values),))
    ends = backtest.origin_ends(values.shape[1], horizon, fewest_periods(season))
    seen = period_forecast(as_of_origins(values, [values.shape[1], *ends]), season, horizon)
    ahead, then = seen.part(slice(len(values))), seen.part(slice(len(values), None))
    drawn = error_distribution_of(season).paths(DRAWS, horizon, seed, length)
    totals = simulate_totals(ahead, drawn, lowest)
    past = past_cases(
        values,
        ends,
        simulate_totals(then, drawn[:PAST_DRAWS], np.tile(lowest, len(ends))),
        kind,
        fewest_periods(season),
    )
    return ForecastDistribution(
        ahead, totals, past, known_count(values), lowest, _why_not(values, season, kind, ahead.reason, past.cases), kind
    )


def simulate_totals(ahead: PeriodForecast, drawn: FloatArray, least: FloatArray) -> TotalForecasts:
    """The quantity in simulated futures.

    drawn: (draws, length), deviations of its periods. No period falls below ``least``.
    """
    parts = [slice(start, start + CHUNK) for start in range(0, max(len(least), 1), CHUNK)]
    found = [_drawn(ahead.part(rows).totals(drawn, least[rows])) for rows in parts]
    return TotalForecasts(
        *(np.concatenate([getattr(one, field.name) for one in found]) for field in fields(TotalForecasts))
    )


def _drawn(totals: FloatArray) -> TotalForecasts:
    """The summary of totals (series, draws)."""
    middle, width, knots = quantile_curve.summarise_draws(totals)
    width = np.where(width > ROUNDING * np.abs(middle), width, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(width > 0, (totals.mean(axis=1) - middle) / width, 0.0)
    return TotalForecasts(middle, width, mean, knots)


def past_cases(
    values: FloatArray, ends: list[int], then: TotalForecasts, kind: HorizonAndLength, fewest_periods: int
) -> backtest.PastCases:
    """The same quantity as it was forecast ``then``, end after end, and its outcome.

    A case needs ``fewest_periods`` known values.
    """
    horizon, length = kind
    tried = (len(ends), len(values))
    outcome = np.array([values[:, end + horizon - length : end + horizon].sum(axis=1) for end in ends]).reshape(tried)
    enough = np.array([known_count(values[:, :end]) >= fewest_periods for end in ends], dtype=bool).reshape(tried)
    errors = np.where(enough, standardise(outcome.ravel(), then).reshape(tried), np.nan)
    return backtest.PastCases(errors.T, then.knots.reshape(*tried, len(quantile_curve.LEVELS)).transpose(1, 0, 2))


def standardise(figure: FloatArray, forecast: TotalForecasts) -> FloatArray:
    """The distance above the median forecast, in its spreads.

    For a series that never changed, any other value is infinitely far.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (figure - forecast.middle) / forecast.width
    return np.where(np.isclose(figure, forecast.middle, rtol=ROUNDING, atol=0.0), 0.0, found)


def known_count(values: FloatArray) -> IntArray:
    """The number of known values of each series."""
    known: IntArray = (~np.isnan(values)).sum(axis=1)
    return known


def fewest_periods(season: int) -> int:
    """The periods that a backtest of a forecast needs: two years, and at least six."""
    return max(2 * season, 6)


def _why_not(
    values: FloatArray, season: int, kind: HorizonAndLength, unforecast: TextArray, cases: IntArray
) -> TextArray:
    """Why there is no probability, (series,): a code; "" where there is one. unforecast: why there is no forecast."""
    reason = np.where(cases == 0, "no_probability_untried", "").astype(object)
    reason = np.where(unforecast == "", reason, unforecast)
    reason[known_count(values) < fewest_periods(season) + kind[0]] = "no_probability_short"
    return reason
