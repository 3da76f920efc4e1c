"""From history and aim to a probability, a chunk of series at a time."""

from dataclasses import dataclass

import numpy as np

from transforms.forecast import sample
from transforms.forecast.rows import why_not
from transforms.probability import backtest, shape
from transforms.probability.aim import Aim, Chance, Ints, spread
from transforms.rules.given import Floats, Texts

DRAWS, PAST_DRAWS = 500, 200
CHUNK = 2000
"""Series at a time: the draws of a year of months then take some 100 MB."""

ROUNDING = 1e-9
"""Shares of a figure below this are what sums lose, not changes."""

Kind = tuple[int, int]
"""Horizon and length."""


@dataclass(frozen=True)
class Figures:
    """Forecasts of one figure of (series,) each: median and spread in its own units; mean and knots (series, levels) in spreads."""

    middle: Floats
    width: Floats
    mean: Floats
    knots: Floats


def chance(values: Floats, season: int, horizon: int, aim: Aim, seed: int = 0) -> Chance:
    """The probability that the figure of ``aim`` comes as wanted, for ``values`` (series, periods), oldest first, NaN where missing.

    A year's total comes from the totals of simulated years, not from added quantiles. The horizon starts after the last column. Raises
    ``ValueError`` for an aim that does not fit the horizon or has a direction other than +1 and -1.
    """
    if not 1 <= aim.length <= horizon:
        raise ValueError(f"a figure of {aim.length} periods does not lie within a horizon of {horizon}")
    target, direction, done, least = spread(aim, len(values))
    parts = []
    for start in range(0, max(len(values), 1), CHUNK):
        rows = slice(start, start + CHUNK)
        mine = Aim(target[rows], direction[rows], done[rows], aim.length, least[rows])
        parts.append(_chance(values[rows], season, horizon, mine, seed))
    return Chance(*(np.concatenate([getattr(part, name) for part in parts]) for name in Chance.__dataclass_fields__))


def _chance(values: Floats, season: int, horizon: int, aim: Aim, seed: int) -> Chance:
    target, direction, done, least = spread(aim, len(values))
    kind = (horizon, aim.length)
    figures = simulated(values, season, kind, least, (DRAWS, seed))
    past = past_cases(values, season, kind, least, seed)
    shift, scale = backtest.corrected(past)
    knots = backtest.predictive(figures.knots, shift, scale)
    at = in_spreads(target - done, figures)
    surest = np.where(figures.width > 0, 1.0 / DRAWS, 1.0 / (2.0 + _count(values)))
    probability = np.clip(_wanted(_below(knots, at, figures, direction), direction), surest, 1.0 - surest)
    assured = done + aim.length * least
    probability = _certain(probability, assured, target, direction)
    parts = (shift + scale * backtest.PRIOR.own_shape * figures.mean, knots[:, shape.LOW], knots[:, shape.HIGH])
    mean, low, high = (np.maximum(done + figures.middle + figures.width * part, assured) for part in parts)
    covered, brier = _checked(past, at, direction)
    reason = _why_not(values, season, kind, figures, past.known.sum(axis=1))
    reason[np.isnan(done)] = "it is not known what is counted already"
    reason[np.isnan(target)] = "there is no target"
    probability, mean, low, high = (np.where(reason == "", one, np.nan) for one in (probability, mean, low, high))
    return Chance(probability, mean, low, high, past.known.sum(axis=1), covered, brier, reason)


def simulated(values: Floats, season: int, kind: Kind, least: Floats, drawing: tuple[int, int]) -> Figures:
    """The figure in simulated futures; ``drawing``: how many, and the seed. No period falls below ``least``."""
    (horizon, length), (draws, seed) = kind, drawing
    paths = sample(values, season, horizon, draws, seed)
    totals = np.maximum(paths[:, :, horizon - length :], least[:, None, None]).sum(axis=2)
    middle, width, knots = shape.knots(totals)
    width = np.where(width > ROUNDING * np.abs(middle), width, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(width > 0, (totals.mean(axis=1) - middle) / width, 0.0)
    return Figures(middle, width, mean, knots)


def past_cases(values: Floats, season: int, kind: Kind, least: Floats, seed: int) -> backtest.Past:
    """The same figure forecast from past origins, and what became of it."""
    horizon, length = kind
    ends = backtest.ends(values.shape[1], horizon, fewest(season))
    errors = np.full((len(values), len(ends)), np.nan)
    knots = np.zeros((len(values), len(ends), len(shape.LEVELS)))
    for at, end in enumerate(ends):
        then = simulated(values[:, :end], season, kind, least, (PAST_DRAWS, seed))
        became = values[:, end + horizon - length : end + horizon].sum(axis=1)
        enough = _count(values[:, :end]) >= fewest(season)
        errors[:, at], knots[:, at] = np.where(enough, in_spreads(became, then), np.nan), then.knots
    return backtest.Past(errors, knots, backtest.weight(horizon))


def _count(values: Floats) -> Ints:
    known: Ints = (~np.isnan(values)).sum(axis=1)
    return known


def in_spreads(figure: Floats, forecast: Figures) -> Floats:
    """How far above the median forecast, in its spreads. Of a series that never changed, any other figure is infinitely far."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (figure - forecast.middle) / forecast.width
    return np.where(np.isclose(figure, forecast.middle, rtol=ROUNDING, atol=0.0), 0.0, found)


def _below(knots: Floats, at: Floats, figures: Figures, direction: Floats) -> Floats:
    """The probability of a figure short of the target, or up to it where at most that is wanted. What never changed goes on as it is."""
    steady = np.where(direction > 0, at > 0, at >= 0)
    return np.where(figures.width > 0, shape.below(knots, at), steady)


def _wanted(below: Floats, direction: Floats) -> Floats:
    return np.where(direction > 0, 1.0 - below, below)


def _certain(probability: Floats, assured: Floats, target: Floats, direction: Floats) -> Floats:
    """1 or 0 where the least that the figure can become decides already."""
    return np.where((direction > 0) & (assured >= target), 1.0, np.where((direction < 0) & (assured > target), 0.0, probability))


def _checked(past: backtest.Past, at: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Share of cases inside their 80 % interval and Brier score at ``at``, each case corrected by the others only."""
    inside, squares, known = np.zeros(len(at)), np.zeros(len(at)), past.known
    for origin, shift, scale in backtest.without_one(past):
        knots, error = backtest.predictive(past.knots[:, origin], shift, scale), past.errors[:, origin]
        said = _wanted(shape.below(knots, at), direction)
        came = np.where(direction > 0, error >= at, error <= at)
        counts = known[:, origin]
        inside += counts & (error >= knots[:, shape.LOW]) & (error <= knots[:, shape.HIGH])
        squares += np.where(counts, (said - came) ** 2, 0.0)
    cases = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cases > 0, inside / cases, np.nan), np.where(cases > 0, squares / cases, np.nan)


def fewest(season: int) -> int:
    """Periods that a forecast needs before it can be tried out: two years, and never fewer than six."""
    return max(2 * season, 6)


def _why_not(values: Floats, season: int, kind: Kind, figures: Figures, cases: Ints) -> Texts:
    """Why there is no probability: (series,), "" where there is one."""
    horizon, length = kind
    figure = f"a total of {length} periods" if length > 1 else f"the value {horizon} periods ahead" if horizon > 1 else "the next value"
    reason = np.full(len(values), "", dtype=object)
    untried = cases == 0
    reason[untried] = f"no past forecast of {figure} can be held against what came"
    mute = np.isnan(figures.middle)
    reason[mute] = why_not(values[mute], season)
    needs, known = fewest(season) + horizon, _count(values)
    few = known < needs
    reason[few] = [f"{count} periods known; a probability of {figure} needs {needs}" for count in known[few]]
    return reason
