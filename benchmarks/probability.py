"""How often what was called 70 % likely came true: M3 and the public figures of libraries, by rolling origin.

Run from the checkout: ``python -m benchmarks.probability --tables FOLDER --data FOLDER [--peer PYTHON]``, where the
folders hold ``m3/`` and ``newcastle-libraries/`` and the like (beside the checkout by default), and PYTHON is the
interpreter of an environment of its own with ``statsforecast==2.1.1``; without it one is made, ``--no-peer`` leaves the
comparison out.

A target is last year's figure and so many per cent, as a planner sets it: for every other series at least (-5 to +20
%), for the rest at most (+5 to -20 %). Nothing after the origin is known to the forecast or the target.

Expected: in each tenth of the probabilities that holds 200 cases or more, the share that came true lies within 5 points
of the mean probability; and a lower Brier score than the share of past years that did, and than the normal probability
by AutoETS. The tables by direction show whether forecasts lie too high or too low as a whole, which the table of both
hides; nothing is expected of them.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import probability_cases as cases
from benchmarks.peer import PEER, environment
from benchmarks.probability_cases import Origins
from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.probability import build_distribution, evaluate_target

BESIDE = Path(__file__).resolve().parents[2] / "shared"
AT_LEAST, AT_MOST = (-0.05, 0.0, 0.02, 0.05, 0.10, 0.20), (0.05, 0.0, -0.02, -0.05, -0.10, -0.20)
TOLERANCE, ENOUGH = 0.05, 200
PEER_SHARE = 800


@dataclass(frozen=True)
class Told:
    """One row a target: our probability, those of the baselines, whether it came true, and which series it is of."""

    ours: FloatArray
    years: FloatArray
    ets: FloatArray
    came: FloatArray
    series: IntArray
    up: BoolArray


def joined(parts: list[Told]) -> Told:
    return Told(*(np.concatenate([vars(part)[field] for part in parts]) for field in Told.__dataclass_fields__))


def ask(origins: Origins, moments: tuple[FloatArray, FloatArray] | None) -> Told:
    """Every target of every origin. ``moments``: mean and standard deviation of the figure by the peer, NaN where it
    was not asked."""
    up = origins.series % 2 == 0
    parts, seen = [], build_distribution(origins.values, origins.season, (origins.horizon, origins.length))
    for rise, fall in zip(AT_LEAST, AT_MOST, strict=True):
        target = origins.last * (1 + np.where(up, rise, fall))
        direction = np.where(up, 1.0, -1.0)
        told = evaluate_target(seen, target, direction, origins.done)
        came = np.where(up, origins.outcome >= target, origins.outcome <= target).astype(float)
        parts.append(
            (
                told.probability,
                by_years(origins, target, up),
                by_normal(origins, target, up, moments),
                came,
                origins.series,
                up,
            )
        )
    return Told(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def by_years(origins: Origins, target: FloatArray, up: BoolArray) -> FloatArray:
    """The share of past years in which the figure, relative to that of the year before, was as wanted now; one success
    and one failure are added (Laplace's rule of succession)."""
    back = max(1, -(-origins.horizon // origins.season))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = origins.past[:, :-back] / origins.past[:, back:]
    wanted = (target / origins.last)[:, None]
    known = np.isfinite(ratio)
    did = known & np.where(up[:, None], ratio >= wanted, ratio <= wanted)
    return (did.sum(axis=1) + 1) / (known.sum(axis=1) + 2)


def by_normal(
    origins: Origins, target: FloatArray, up: BoolArray, moments: tuple[FloatArray, FloatArray] | None
) -> FloatArray:
    from scipy.special import ndtr

    if moments is None:
        return np.full(len(target), np.nan)
    mean, deviation = moments
    score = (target - origins.done - mean) / np.maximum(deviation, 1e-9 * np.abs(mean))
    return ndtr(np.where(up, -score, score))


def table(told: Told, mark: str = "MISSED") -> bool:
    """Print the tenths; whether each that holds enough is near enough. ``mark`` stands beside those that are not."""
    given = ~np.isnan(told.ours)
    ours, came, series = told.ours[given], told.came[given], told.series[given]
    tenth = np.minimum((ours * 10).astype(int), 9)
    good = True
    print("  probability     cases  series  mean said  came true  difference  standard error")
    for at in range(10):
        mine = tenth == at
        if not mine.any():
            continue
        gap = came[mine] - ours[mine]
        by_series = np.bincount(series[mine], gap - gap.mean())
        error = np.sqrt((by_series**2).sum()) / mine.sum()
        judged = mine.sum() >= ENOUGH
        near = abs(gap.mean()) <= TOLERANCE
        good &= near or not judged
        count = len(np.unique(series[mine]))
        said = f"  {mark}" if judged and not near else ""
        print(
            f"  {at * 10:3d} to {at * 10 + 10:3d} %  {mine.sum():8,d}  {count:6,d}  {100 * ours[mine].mean():7.1f} %  "
            f"{100 * came[mine].mean():7.1f} %"
            f"  {100 * gap.mean():+8.1f}    {100 * error:8.1f}{said}"
        )
    return bool(good)


def brier(probability: FloatArray, came: FloatArray) -> float:
    return float(((probability - came) ** 2).mean()) if len(came) else np.nan


def scores(name: str, told: Told) -> bool:
    given = ~np.isnan(told.ours)
    both = given & ~np.isnan(told.ets)
    ours, years = brier(told.ours[given], told.came[given]), brier(told.years[given], told.came[given])
    print(
        f"{name}: {given.sum():,} targets ({(~given).sum():,} not answered), came true "
        f"{100 * told.came[given].mean():.1f} %"
    )
    print(f"  Brier: {ours:.4f}, share of past years {years:.4f} ({100 * (1 - ours / years):+.1f} % better)")
    good = ours < years
    if both.any():
        mine, ets = brier(told.ours[both], told.came[both]), brier(told.ets[both], told.came[both])
        print(
            f"  Brier on the {both.sum():,} asked of AutoETS too: {mine:.4f}, AutoETS {ets:.4f} "
            f"({100 * (1 - mine / ets):+.1f} % better)"
        )
        good &= mine < ets
    return bool(good)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", type=Path, default=BESIDE / "tables")
    parser.add_argument("--data", type=Path, default=BESIDE / "data")
    parser.add_argument("--peer", help=f"the Python of an environment with {PEER}")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument(
        "--part", choices=("test", "train"), default="test", help="of M3; the constants were chosen on train"
    )
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = None if told.no_peer else told.peer or environment(Path(folder))
        good = True
        for name, groups in (
            ("M3", cases.m3(told.tables / "m3", told.part)),
            ("Public figures", cases.real(told.data)),
        ):
            good &= report(name, list(groups), python, Path(folder))
    print("every aim reached" if good else "an aim was MISSED")
    return 0 if good else 1


def report(name: str, groups: list[Origins], python: str | None, folder: Path) -> bool:
    began, parts, base = time.perf_counter(), [], dict[str, int]()
    for origins in groups:
        if len(origins) == 0:
            continue
        told = ask(origins, moments(origins, python, folder, PEER_SHARE // len(groups)) if python else None)
        given = ~np.isnan(told.ours)
        if given.any():
            print(
                f"{origins.name:24} horizon {origins.horizon:2} of {origins.length:2} periods: {given.sum():7,} "
                "targets, ",
                end="",
            )
            print(
                f"Brier {brier(told.ours[given], told.came[given]):.4f}, past years "
                f"{brier(told.years[given], told.came[given]):.4f}, ",
                end="",
            )
            print(f"said {told.ours[given].mean():.3f}, came {told.came[given].mean():.3f}")
        first = base.setdefault(origins.name, 100_000 * len(base))
        parts.append(replace(told, series=told.series + first))
    all_told = joined(parts)
    good = scores(name, all_told)
    good &= table(all_told)
    for label, mine in (("at least", all_told.up), ("at most", ~all_told.up)):
        print(f" of these '{label}':")
        table(Told(**{field: column[mine] for field, column in vars(all_told).items()}), "beyond 5")
    print(f"  {time.perf_counter() - began:.0f} s\n")
    return good


def moments(origins: Origins, python: str, folder: Path, most: int) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the figure by AutoETS, for every so many-th origin, at most ``most`` of them."""
    chosen = np.arange(0, len(origins), -(-len(origins) // most))
    given, answer = folder / "given.npz", folder / "answer.npy"
    np.savez(
        given, values=origins.values[chosen], season=origins.season, horizon=origins.horizon, length=origins.length
    )
    subprocess.run([python, Path(__file__).with_name("probability_peer.py"), given, answer], check=True)
    found = np.load(answer)
    mean, deviation = np.full(len(origins), np.nan), np.full(len(origins), np.nan)
    mean[chosen], deviation[chosen] = found
    return mean, deviation


if __name__ == "__main__":
    sys.exit(main())
