"""Choose the prior of ``transforms/probability/backtest.py`` on the older part of M3; nothing of the part that is
forecast in the competition, nor of any library's figures, is looked at.

Run from the checkout: ``python -m benchmarks.probability_fit [--tables FOLDER]``. What is made small is the mean
quantile loss of the corrected forecasts over 13 levels, in spreads of each forecast, every kind of figure counting
alike. Prints the prior, the loss, and at each level how many per cent more outcomes lay below it than should.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks import probability_cases
from benchmarks.probability_cases import Origins
from transforms.arrays import FloatArray
from transforms.probability import backtest, forecast_distribution, quantile_curve

BESIDE = Path(__file__).resolve().parents[2] / "shared"
MOST_PERIODS_AHEAD = 8.0
"""Spreads: what lies beyond counts as that far, or a few wild series would choose alone."""


@dataclass(frozen=True)
class Material:
    """Of origins (rows): the error of the forecast in its spreads, its knots, and the cases known then."""

    name: str
    error: FloatArray
    knots: FloatArray
    past: backtest.PastCases


def material(origins: Origins) -> Material:
    seen = forecast_distribution.build_distribution(origins.values, origins.season, (origins.horizon, origins.length))
    figures, past = seen.totals, seen.past
    error = forecast_distribution.standardise(origins.outcome - origins.done, figures)
    rows = (seen.reason == "") & np.isfinite(error) & (figures.width > 0)
    kept = backtest.PastCases(past.errors[rows], past.knots[rows])
    return Material(f"{origins.name} {origins.horizon}/{origins.length}", error[rows], figures.knots[rows], kept)


def quantiles(one: Material, prior: backtest.Prior) -> FloatArray:
    return backtest.predictive(one.knots, *backtest.correction(one.past, prior), prior)


def loss(one: Material, prior: backtest.Prior) -> float:
    off = np.clip(one.error, -MOST_PERIODS_AHEAD, MOST_PERIODS_AHEAD)[:, None] - quantiles(one, prior)
    return float(np.maximum(quantile_curve.LEVELS * off, (quantile_curve.LEVELS - 1) * off).mean())


def prior_of(place: FloatArray) -> backtest.Prior:
    return backtest.Prior(*np.exp(place[:3]), own_shape=1 / (1 + np.exp(-place[3])))


def tell(label: str, parts: list[Material], prior: backtest.Prior) -> None:
    print(f"{label}: {prior}")
    print(
        f"  loss {np.mean([loss(one, prior) for one in parts]):.4f}; at levels "
        f"{' '.join(f'{level:5.2f}' for level in quantile_curve.LEVELS)}"
    )
    for one in parts:
        gap = 100 * ((one.error[:, None] < quantiles(one, prior)).mean(axis=0) - quantile_curve.LEVELS)
        print(f"  {one.name:22} {len(one.error):6,}        {' '.join(f'{each:+5.1f}' for each in gap)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", type=Path, default=BESIDE / "tables")
    parser.add_argument("--every", type=int, default=1, help="look at every so many-th series only")
    given = parser.parse_args()
    found = probability_cases.m3(given.tables / "m3", "train")
    parts = [material(origins.take(np.flatnonzero(origins.series % given.every == 0))) for origins in found]
    tell("as it stands", parts, backtest.PRIOR)
    start = np.array([np.log(6.0), np.log(6.0), 0.0, 0.0])
    best = minimize(
        lambda place: np.mean([loss(one, prior_of(place)) for one in parts]),
        start,
        method="Nelder-Mead",
        options={"xatol": 0.02, "fatol": 1e-5},
    )
    tell("best", parts, prior_of(best.x))


if __name__ == "__main__":
    main()
