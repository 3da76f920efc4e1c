"""What is known of one figure of each series before any target is put to it: its forecast, and what such forecasts were worth."""

from dataclasses import dataclass, fields

import numpy as np

from transforms.forecast import Future, as_of, future
from transforms.forecast.error_distribution import error_distribution_of
from transforms.forecast.rows import reasons_not_forecast
from transforms.probability import backtest, quantile_curve
from transforms.probability.target import IntArray
from transforms.rules.inputs import FloatArray, TextArray

DRAWS, PAST_DRAWS = 500, 200
CHUNK = 500
"""Series of which totals are drawn at a time."""
ROUNDING = 1e-9
"""Shares of a figure below this are what sums lose, not changes."""

HorizonAndLength = tuple[int, int]
"""Horizon, and length: the figure is the sum of the last ``length`` periods of the horizon."""


@dataclass(frozen=True)
class TotalForecasts:
    """Forecasts of one figure of (series,) each: median and spread in its own units; mean and knots (series, levels) in spreads."""

    middle: FloatArray
    width: FloatArray
    mean: FloatArray
    knots: FloatArray


@dataclass(frozen=True)
class Prospect:
    """``future``: the forecast of every period up to the horizon; ``figures``: that of the figure, as simulated; ``past``: the cases that
    correct it; ``known`` and ``least`` (series,): values known, and the least a period can be; ``reason`` (series,): why nothing can be
    said, or blank; ``kind``: of what."""

    future: Future
    figures: TotalForecasts
    past: backtest.PastCases
    known: IntArray
    least: FloatArray
    reason: TextArray
    kind: HorizonAndLength


def foresee(
    values: FloatArray, season: int, kind: HorizonAndLength, least: FloatArray | float = -np.inf, seed: int = 0
) -> Prospect:
    """The prospect of ``values`` (series, periods), oldest first, NaN where missing; the horizon starts after the last column. Raises
    ``ValueError`` for a length that does not lie within the horizon and for an infinite value."""
    horizon, length = kind
    if not 1 <= length <= horizon:
        raise ValueError(f"a figure of {length} periods does not lie within a horizon of {horizon}")
    lowest: FloatArray = np.broadcast_to(np.asarray(least, dtype=np.float64), (len(values),))
    ends = backtest.origin_ends(values.shape[1], horizon, fewest_periods(season))
    seen = future(as_of(values, [values.shape[1], *ends]), season, horizon)
    ahead, then = seen.part(slice(len(values))), seen.part(slice(len(values), None))
    drawn = error_distribution_of(season).paths(DRAWS, horizon, seed, length)
    figures = simulate_totals(ahead, drawn, lowest)
    past = past_cases(
        values,
        ends,
        simulate_totals(then, drawn[:PAST_DRAWS], np.tile(lowest, len(ends))),
        kind,
        fewest_periods(season),
    )
    return Prospect(
        ahead, figures, past, known_count(values), lowest, _why_not(values, season, kind, figures, past.cases), kind
    )


def simulate_totals(ahead: Future, drawn: FloatArray, least: FloatArray) -> TotalForecasts:
    """The figure in simulated futures; ``drawn``: (draws, length) deviations of its periods, of which none falls below ``least``."""
    parts = [slice(start, start + CHUNK) for start in range(0, max(len(least), 1), CHUNK)]
    told = [_drawn(ahead.part(rows).totals(drawn, least[rows])) for rows in parts]
    return TotalForecasts(
        *(np.concatenate([getattr(one, field.name) for one in told]) for field in fields(TotalForecasts))
    )


def _drawn(totals: FloatArray) -> TotalForecasts:
    """What totals of (series, draws) come to."""
    middle, width, knots = quantile_curve.summarise_draws(totals)
    width = np.where(width > ROUNDING * np.abs(middle), width, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(width > 0, (totals.mean(axis=1) - middle) / width, 0.0)
    return TotalForecasts(middle, width, mean, knots)


def past_cases(
    values: FloatArray, ends: list[int], then: TotalForecasts, kind: HorizonAndLength, fewest_periods: int
) -> backtest.PastCases:
    """The same figure as it was forecast ``then``, end after end, and what became of it; a case where ``fewest_periods`` values were known."""
    horizon, length = kind
    tried = (len(ends), len(values))
    became = np.array([values[:, end + horizon - length : end + horizon].sum(axis=1) for end in ends]).reshape(tried)
    enough = np.array([known_count(values[:, :end]) >= fewest_periods for end in ends], dtype=bool).reshape(tried)
    errors = np.where(enough, standardise(became.ravel(), then).reshape(tried), np.nan)
    return backtest.PastCases(errors.T, then.knots.reshape(*tried, len(quantile_curve.LEVELS)).transpose(1, 0, 2))


def standardise(figure: FloatArray, forecast: TotalForecasts) -> FloatArray:
    """How far above the median forecast, in its spreads. Of a series that never changed, any other figure is infinitely far."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (figure - forecast.middle) / forecast.width
    return np.where(np.isclose(figure, forecast.middle, rtol=ROUNDING, atol=0.0), 0.0, found)


def known_count(values: FloatArray) -> IntArray:
    """Values known of each series."""
    known: IntArray = (~np.isnan(values)).sum(axis=1)
    return known


def fewest_periods(season: int) -> int:
    """Periods that a forecast needs before it can be tried out: two years, and never fewer than six."""
    return max(2 * season, 6)


def _why_not(
    values: FloatArray, season: int, kind: HorizonAndLength, figures: TotalForecasts, cases: IntArray
) -> TextArray:
    """Why there is no probability: (series,), "" where there is one."""
    horizon, length = kind
    figure = (
        f"a total of {length} periods"
        if length > 1
        else f"the value {horizon} periods ahead"
        if horizon > 1
        else "the next value"
    )
    reason = np.full(len(values), "", dtype=object)
    untried = cases == 0
    reason[untried] = f"no past forecast of {figure} can be held against what came"
    mute = np.isnan(figures.middle)
    told = reasons_not_forecast(values[mute], season)
    reason[mute] = np.where(told == "", "it cannot be forecast", told)
    needs, known = fewest_periods(season) + horizon, known_count(values)
    few = known < needs
    reason[few] = [f"{count} periods known; a probability of {figure} needs {needs}" for count in known[few]]
    return reason
