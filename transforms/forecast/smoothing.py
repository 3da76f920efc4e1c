"""Exponential smoothing of many series with many parameters at once.

The recursion is over periods. Each grid of parameters is one array (parameters, rows). Its forecasts are averaged,
weighted by how well each parameter predicted the past at several leads (a likelihood over leads), so nothing is
optimised and nothing jumps. State equations: additive damped trend and additive season,
https://otexts.com/fpp3/ets.html (table 8.7, error correction form). A level with a fixed drift of half the linear trend
is the Theta method: Hyndman & Billah (2003), International Journal of Forecasting 19(2), 287–290.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.arrays import FloatArray
from transforms.forecast.track import SHORT, Track, likelihood


def drifting(
    track: Track, alphas: FloatArray, drifts: Sequence[FloatArray], horizon: int, leads: Sequence[int]
) -> list[FloatArray]:
    """A level that drifts by a given amount each period: a forecast (rows, horizon) per drift.

    Level = A + drift * C: A smooths the values, C the time, so one recursion serves all drifts, (rows,) each.
    """
    early, mean, _ = track.early
    alpha, shape = alphas[:, None], (len(alphas), len(early))
    level, time = np.tile(mean, (len(alphas), 1)), np.tile(-(early + 1) / 2, (len(alphas), 1))
    sums, spare = np.zeros((len(leads), 3, *shape)), np.empty((3, *shape))
    for period in range(track.periods):
        rows = int(track.active[period])
        if not rows:
            continue
        value = track.columns[period, :rows]
        here, there = level[:, :rows], time[:, :rows]
        add_products(sums[0, :, :, :rows], (value, here, there, 1), spare[:, :, :rows])
        error, step = spare[0, :, :rows], spare[1, :, :rows]
        error *= alpha
        here += error
        np.multiply(step, 1 - alpha, out=there)
        for at, lead in track.later(period, leads):
            outcome = track.columns[period + lead, :rows]
            add_products(sums[at, :, :, :rows], (outcome, here, there, lead), spare[:, :, :rows])
    ahead = np.arange(1, horizon + 1)
    found = []
    for drift in drifts:
        squares = np.stack([one[0] - 2 * drift * one[1] + drift**2 * one[2] for one in sums])
        weight = likelihood(squares, track.length, leads)
        found.append((weight * (level + drift * time)).sum(axis=0)[:, None] + drift[:, None] * ahead)
    return found


def add_products(sums: FloatArray, state: tuple[FloatArray, FloatArray, FloatArray, int], spare: FloatArray) -> None:
    """Add the products of error and step to ``sums``.

    Error and step stay in the first two arrays of ``spare`` (3, parameters, rows). state: value, level, time and lead.
    """
    value, level, time, lead = state
    error, step, product = spare
    np.subtract(value, level, out=error)
    np.add(time, lead, out=step)
    sums[0] += np.multiply(error, error, out=product)
    sums[1] += np.multiply(error, step, out=product)
    sums[2] += np.multiply(step, step, out=product)


@dataclass(frozen=True)
class Grid:
    """The parameters of a damped trend, (parameters,) each."""

    alpha: FloatArray
    beta: FloatArray
    phi: FloatArray

    @classmethod
    def of(cls, alphas: Sequence[float], betas: Sequence[float], phis: Sequence[float]) -> "Grid":
        every = np.array([(alpha, beta, phi) for alpha in alphas for beta in betas for phi in phis])
        return cls(every[:, 0], every[:, 1], every[:, 2])


def damped(track: Track, grid: Grid, leads: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """The forecast of every parameter as level and trend, and its sums of squared errors.

    The states are (2, parameters, rows), the squares (leads, parameters, rows).
    """
    early, mean, slope = track.early
    alpha, beta, phi = (one.astype(SHORT)[:, None] for one in (grid.alpha, grid.alpha * grid.beta, grid.phi))
    shape = (len(grid.alpha), len(early))
    trend = np.tile(slope.astype(SHORT), (shape[0], 1))
    level = (mean - slope * (early - 1) / 2).astype(SHORT) - phi * trend
    squares, spare = np.zeros((len(leads), *shape), SHORT), np.empty((2, *shape), SHORT)
    reach = {
        lead: (grid.phi[:, None] ** np.arange(1, lead + 1)).sum(axis=1, keepdims=True).astype(SHORT) for lead in leads
    }
    for period in range(track.periods):
        rows = int(track.active[period])
        if not rows:
            continue
        value = track.short[period, :rows]
        here, way = level[:, :rows], trend[:, :rows]
        way *= phi
        here += way
        error, part = spare[0, :, :rows], spare[1, :, :rows]
        np.subtract(value, here, out=error)
        squares[0, :, :rows] += np.multiply(error, error, out=part)
        here += np.multiply(alpha, error, out=part)
        way += np.multiply(beta, error, out=part)
        for at, lead in track.later(period, leads):
            np.multiply(reach[lead], way, out=error)
            error += here
            error -= track.short[period + lead, :rows]
            error *= error
            squares[at, :, :rows] += error
    return np.stack([level, trend]).astype(np.float64), squares.astype(np.float64)


def damped_ahead(states: FloatArray, weight: FloatArray, phi: FloatArray, horizon: int) -> FloatArray:
    """The weighted forecast (rows, horizon) of several parameters."""
    reach = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    level: FloatArray = (weight * states[0]).sum(axis=0)[:, None]
    return level + sum_over(weight * states[1], reach)


def sum_over(weighted: FloatArray, reach: FloatArray) -> FloatArray:
    """The sum over parameters, (rows, horizon), of (parameters, rows) and (parameters, horizon).

    It is added in a fixed order, so that a row alone gives the same result.
    """
    total = np.zeros((weighted.shape[1], reach.shape[1]))
    for one, far in zip(weighted, reach, strict=True):
        total += one[:, None] * far
    return total


def seasonal(
    track: Track,
    found: FloatArray,
    drift: FloatArray,
    horizon: int,
    leads: Sequence[int],
    grid: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """A level with a given drift and an evolving season, (rows, horizon).

    The season starts from ``found`` (rows, season). grid: alphas and gammas.
    """
    season = found.shape[1]
    alphas, gammas = (one.astype(SHORT).ravel()[:, None] for one in np.meshgrid(*grid, indexing="ij"))
    plain = Track(
        np.where(track.age >= 0, track.values - found[:, np.arange(-track.periods, 0) % season], 0.0), track.length
    )
    early, mean, _ = plain.early
    shape = (len(alphas), len(early))
    level = np.tile((mean - drift * (early + 1) / 2).astype(SHORT), (len(alphas), 1))
    places = np.repeat(np.ascontiguousarray(found.T.astype(SHORT))[:, None, :], len(alphas), axis=1)
    squares, spare = (np.zeros((count, *shape), SHORT) for count in (len(leads), 2))
    step = drift.astype(SHORT)
    slow = gammas * (1 - alphas)
    for period in range(track.periods):
        rows = int(track.active[period])
        if not rows:
            continue
        value, here = track.short[period, :rows], level[:, :rows]
        place = places[(period - track.periods) % season][:, :rows]
        here += step[:rows]
        error, part = spare[0, :, :rows], spare[1, :, :rows]
        np.subtract(value, here, out=error)
        error -= place
        squares[0, :, :rows] += np.multiply(error, error, out=part)
        here += np.multiply(alphas, error, out=part)
        place += np.multiply(slow, error, out=part)
        for at, lead in track.later(period, leads):
            np.subtract(track.short[period + lead, :rows] - SHORT(lead) * step[:rows], here, out=error)
            error -= places[(period + lead - track.periods) % season][:, :rows]
            error *= error
            squares[at, :, :rows] += error
    weight = likelihood(squares.astype(np.float64), track.length, leads)
    ahead = np.arange(1, horizon + 1)
    base: FloatArray = (weight * level).sum(axis=0)[:, None] + drift[:, None] * ahead
    shifted: FloatArray = np.stack([(weight * place).sum(axis=0) for place in places], axis=1)
    return base + shifted[:, (ahead - 1) % season]
