"""The forecasts that are combined: smoothing with and without trend, and short autoregressions, of the values and of their logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.forecast.autoregression import about_trend, forecast_changes
from transforms.forecast.rows import FloatArray, Rows
from transforms.forecast.season import (
    continued_after_end,
    repeated_to_end,
    seasonal_indices,
    with_season,
    without_season,
)
from transforms.forecast.smoothing import Grid, Track, damped, damped_ahead, drifting, fit_line, likelihood, seasonal

ALPHAS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0])
TRENDS = Grid.of((0.05, 0.15, 0.3, 0.5, 0.7, 0.9), (0.02, 0.1, 0.3), (0.85, 0.92, 0.98))
SEASONS = np.array([0.05, 0.15, 0.35, 0.6, 0.9]), np.array([0.0, 0.05, 0.15, 0.35])
LEADS, LEADS_OF_MONTHS = (1, 2, 3), (1, 2, 3, 6)
PLAIN = (
    *("level", "theta", "trend", "usual", "recent", "slow", "quick", "short"),
    *("about trend", "changes 1", "changes 3", "changes 6", "evolving"),
)
OF_LOGARITHMS = ("level", "theta", "usual", "recent", "slow", "quick", "changes 1", "changes 3", "changes 6")
POSITIVE = 0.01
"""Of the mean: values below it are forecast as they are, with a season that is added."""
LARGEST = 20.0
"""Times the mean of the row: where a growth of logarithms is cut."""


@dataclass(frozen=True)
class View:
    """Rows as one set of members sees them: ``values`` as they are or their logarithms, and what takes them back."""

    rows: Rows
    values: FloatArray
    ratio: np.ndarray
    log: np.ndarray


def members(rows: Rows, horizon: int) -> FloatArray:
    """(members, rows, horizon), in the scale of the rows, which are without gaps."""
    lowest = np.where(np.isnan(rows.values), np.inf, rows.values).min(axis=1)
    positive, nothing = lowest > POSITIVE, np.zeros(len(lowest), dtype=bool)
    inside = ~np.isnan(rows.values)
    logs = np.where(
        positive[:, None] & inside, np.log(np.where(positive[:, None] & inside, rows.values, 1.0)), rows.values
    )
    as_they_are, logarithms = View(rows, rows.values, positive, nothing), View(rows, logs, nothing, positive)
    return np.concatenate(
        [members_of_view(as_they_are, horizon, PLAIN), members_of_view(logarithms, horizon, OF_LOGARITHMS)]
    )


def members_of_view(view: View, horizon: int, chosen: Sequence[str]) -> FloatArray:
    """The chosen members of one view: (members, rows, horizon)."""
    season, periods = view.rows.season, view.values.shape[1]
    found = seasonal_indices(view.values, season, view.ratio)
    adjusted = Track(
        np.nan_to_num(without_season(view.values, repeated_to_end(found, periods), view.ratio)), view.rows.length
    )
    leads = LEADS_OF_MONTHS if season > 6 else LEADS
    part = continued_after_end(found, horizon)
    told = {
        **drifts(adjusted, season, horizon, leads),
        **trends(adjusted, horizon, leads),
        **autoregressions(adjusted, horizon, chosen),
    }
    stacked = np.stack([with_season(told[name], part, view.ratio) for name in chosen if name in told])
    if "evolving" in chosen and season > 1:
        stacked = np.concatenate([stacked, evolving_season(view, horizon, leads)[None]])
    return np.where(view.log[:, None], np.exp(np.clip(stacked, -LARGEST, np.log(LARGEST))), stacked)


def drifts(track: Track, season: int, horizon: int, leads: tuple[int, ...]) -> dict[str, FloatArray]:
    """A level that stays, or drifts by half the trend, the trend, the usual (median) step, or most of the trend of two years."""
    _, slope = track.whole
    _, recent = fit_line(track, np.maximum(track.length - max(8, 2 * season), 0), track.length)
    usual = median(np.where(track.age[:, 1:] > 0, np.diff(track.values, axis=1), np.nan))
    each = {"level": np.zeros_like(slope), "theta": slope / 2, "trend": slope, "usual": usual, "recent": 0.8 * recent}
    return dict(zip(each, drifting(track, ALPHAS, list(each.values()), horizon, leads), strict=True))


def median(values: FloatArray) -> FloatArray:
    """Of what is known in each row: (rows,)."""
    ordered, count = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)  # NaN last
    rows = np.arange(len(values))
    found: FloatArray = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    return found


def autoregressions(track: Track, horizon: int, chosen: Sequence[str]) -> dict[str, FloatArray]:
    of_changes = {"changes 1": (1, 1.0), "changes 3": (3, 2.0), "changes 6": (6, 4.0)}
    told = {name: forecast_changes(track, *shape, horizon) for name, shape in of_changes.items()}
    return {**told, "about trend": about_trend(track, 4, 1.0, horizon)} if "about trend" in chosen else told


def trends(track: Track, horizon: int, leads: tuple[int, ...]) -> dict[str, FloatArray]:
    """Damped trends: slow ones, quick ones, and those that soon end."""
    states, squares = damped(track, TRENDS, leads)
    beta, phi = TRENDS.beta, TRENDS.phi
    kinds = {"slow": (beta < 0.2, leads), "quick": (beta > 0.05, leads[:1]), "short": (phi < 0.9, leads)}
    told = {}
    for kind, (which, at) in kinds.items():
        weight = likelihood(squares[: len(at), which], track.length, at)
        told[kind] = damped_ahead(states[:, which], weight, phi[which], horizon)
    return told


def evolving_season(view: View, horizon: int, leads: tuple[int, ...]) -> FloatArray:
    season = view.rows.season
    found = seasonal_indices(view.values, season, np.zeros_like(view.ratio))
    track = Track(np.nan_to_num(view.values), view.rows.length)
    plain = Track(np.where(track.age >= 0, track.values - repeated_to_end(found, track.periods), 0.0), track.length)
    return seasonal(track, found, plain.whole[1] / 2, horizon, leads, SEASONS)
