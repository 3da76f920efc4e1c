"""The forecasts that are combined: smoothing with and without trend, autoregressions.

They work on the values and on their logarithms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.arrays import FloatArray
from transforms.forecast.autoregression import about_trend, forecast_changes
from transforms.forecast.rows import Rows
from transforms.forecast.season import (
    continued_after_end,
    repeated_to_end,
    seasonal_indices,
    with_season,
    without_season,
)
from transforms.forecast.smoothing import Grid, damped, damped_ahead, drifting, seasonal
from transforms.forecast.track import Track, fit_line, likelihood

ALPHAS = np.array([0.03, 0.1, 0.25, 0.45, 0.7, 1.0])
TRENDS = Grid.of((0.05, 0.2, 0.5, 0.9), (0.02, 0.1, 0.3), (0.85, 0.98))
SEASONS = np.array([0.08, 0.3, 0.7]), np.array([0.0, 0.1, 0.3])
LEADS, LEADS_OF_MONTHS = (1, 3), (1, 3, 6)
PLAIN = (
    *("level", "theta", "trend", "usual", "recent", "slow", "quick", "short"),
    *("about trend", "changes 1", "changes 3", "changes 6", "evolving"),
)
OF_LOGARITHMS = ("level", "theta", "usual", "recent", "slow", "quick", "changes 1", "changes 3", "changes 6")
POSITIVE = 0.01
"""As a share of the mean: series with values below are forecast as they are, with an additive season."""
LARGEST = 20.0
"""As a multiple of the row's mean: the growth of logarithms is cut here."""


@dataclass(frozen=True)
class View:
    """The rows for one set of members.

    Values as they are or logarithms, and how to convert back.
    """

    rows: Rows
    values: FloatArray
    ratio: np.ndarray
    log: np.ndarray


def members(rows: Rows, horizon: int) -> FloatArray:
    """The forecasts of all members, (members, rows, horizon).

    They are in the scale of the rows, which have no gaps.
    """
    lowest = np.where(np.isnan(rows.values), np.inf, rows.values).min(axis=1)
    positive, nothing = lowest > POSITIVE, np.zeros(len(lowest), dtype=bool)
    inside = ~np.isnan(rows.values)
    taken = positive[:, None] & inside
    logs = np.where(taken, np.log(np.where(taken, rows.values, 1.0)), rows.values)
    as_they_are, logarithms = View(rows, rows.values, positive, nothing), View(rows, logs, nothing, positive)
    return np.concatenate(
        [members_of_view(as_they_are, horizon, PLAIN), members_of_view(logarithms, horizon, OF_LOGARITHMS)]
    )


def members_of_view(view: View, horizon: int, chosen: Sequence[str]) -> FloatArray:
    """The chosen members of one view, (members, rows, horizon)."""
    season, periods = view.rows.season, view.values.shape[1]
    found = seasonal_indices(view.values, season, view.ratio)
    adjusted = Track(
        np.nan_to_num(without_season(view.values, repeated_to_end(found, periods), view.ratio)), view.rows.length
    )
    leads = LEADS_OF_MONTHS if season > 6 else LEADS
    part = continued_after_end(found, horizon)
    forecasts = {
        **drifts(adjusted, season, horizon, leads, chosen),
        **trends(adjusted, horizon, leads, chosen),
        **autoregressions(adjusted, horizon, chosen),
    }
    stacked = np.stack([with_season(forecasts[name], part, view.ratio) for name in chosen if name in forecasts])
    if "evolving" in chosen and season > 1:
        stacked = np.concatenate([stacked, evolving_season(view, horizon, leads)[None]])
    return np.where(view.log[:, None], np.exp(np.clip(stacked, -LARGEST, np.log(LARGEST))), stacked)


def drifts(
    track: Track, season: int, horizon: int, leads: tuple[int, ...], chosen: Sequence[str]
) -> dict[str, FloatArray]:
    """A constant level, and levels with a drift, as far as they are chosen.

    The drifts are half the trend, the trend, the usual (median) step, and most of the trend of two years.
    """
    _, slope = track.whole
    _, recent = fit_line(track, np.maximum(track.length - max(8, 2 * season), 0), track.length)
    usual = median(np.where(track.age[:, 1:] > 0, np.diff(track.values, axis=1), np.nan))
    each = {"level": np.zeros_like(slope), "theta": slope / 2, "trend": slope, "usual": usual, "recent": 0.8 * recent}
    each = {name: drift for name, drift in each.items() if name in chosen}
    return dict(zip(each, drifting(track, ALPHAS, list(each.values()), horizon, leads), strict=True))


def median(values: FloatArray) -> FloatArray:
    """The median of the known values of each row, (rows,)."""
    ordered, count = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)  # NaN last
    rows = np.arange(len(values))
    found: FloatArray = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    return found


def autoregressions(track: Track, horizon: int, chosen: Sequence[str]) -> dict[str, FloatArray]:
    """Autoregressions of the changes by order and, if chosen, about the trend."""
    of_changes = {"changes 1": (1, 1.0), "changes 3": (3, 2.0), "changes 6": (6, 4.0)}
    forecasts = {name: forecast_changes(track, *shape, horizon) for name, shape in of_changes.items()}
    if "about trend" in chosen:
        forecasts["about trend"] = about_trend(track, 4, 1.0, horizon)
    return forecasts


def trends(track: Track, horizon: int, leads: tuple[int, ...], chosen: Sequence[str]) -> dict[str, FloatArray]:
    """Damped trends: slow, quick and short-lived ones, as far as they are chosen."""
    states, squares = damped(track, TRENDS, leads)
    beta, phi = TRENDS.beta, TRENDS.phi
    kinds = {"slow": (beta < 0.2, leads), "quick": (beta > 0.05, leads[:1]), "short": (phi < 0.9, leads)}
    forecasts = {}
    for kind, (which, at) in kinds.items():
        if kind not in chosen:
            continue
        weight = likelihood(squares[: len(at), which], track.length, at)
        forecasts[kind] = damped_ahead(states[:, which], weight, phi[which], horizon)
    return forecasts


def evolving_season(view: View, horizon: int, leads: tuple[int, ...]) -> FloatArray:
    """A level with half the trend and a season that evolves, (rows, horizon)."""
    season = view.rows.season
    found = seasonal_indices(view.values, season, np.zeros_like(view.ratio))
    track = Track(np.nan_to_num(view.values), view.rows.length)
    plain = Track(np.where(track.age >= 0, track.values - repeated_to_end(found, track.periods), 0.0), track.length)
    return seasonal(track, found, plain.whole[1] / 2, horizon, leads, SEASONS)
