"""The forecast engine on the M3 competition, beside AutoETS of statsforecast, and on the weeks and hours of M4.

Run from the checkout: ``python benchmarks/forecast.py [--tables FOLDER] [--peer PYTHON | --no-peer]``, where FOLDER
holds ``m3/`` and, where it is there, ``m4/`` (beside the checkout by default) and PYTHON is the interpreter of an
environment of its own with ``statsforecast==2.1.1``; without it one is made.

Each method sees the training part of a series and is scored on the part that the competition held back. MASE: mean
absolute error over the in-sample mean absolute error of the seasonal naive forecast; MSIS: the interval score of the 95
% interval over the same. The scale of M4's weeks is the change from week to week, as in the competition, and weeks of
less than two years are forecast without a season. First the scores are tried on themselves: the seasonal naive forecast
must come out at the known MASE of 1.146 on the monthly series.

Expected: on the monthly series MASE at most 0.84, 80 % intervals that hold 78 to 82 % and 95 % intervals that hold 93.5
to 96.5 %; on the others of M3 MASE no worse than the published one of Theta; on M4's weeks and hours MASE at most 2.10
and 1.33, 80 % intervals that hold 77 to 83 % and 95 % intervals that hold 93 to 97 %; at least 50 times the series per
second of AutoETS. Both use two cores. Speeds are counted in seconds of a processor, as the clock of a busy machine says
more of the others; the clock's seconds are told too. Exit code 1 where anything is missed. ``--kinds`` measures instead
how the intervals hold on made-up series of one kind each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peer import PEER, environment
from transforms.arrays import FloatArray
from transforms.forecast import Forecast, forecast, sample

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tables"
PERIODS = {"MONTHLY": (12, 18), "QUARTERLY": (4, 8), "YEARLY": (1, 6), "OTHER": (1, 8)}
"""Season and horizon of the kinds of M3."""
M4_PERIODS = {"WEEKLY": (52, 13), "HOURLY": (24, 48)}
M4_AIMS = {"WEEKLY": 2.10, "HOURLY": 1.33}
"""The highest MASE."""
M4_HELD_80, M4_HELD_95 = (77.0, 83.0), (93.0, 97.0)
UNITS = {"WEEKLY": 1}
"""The lag of the naive forecast that MASE is counted in, where it is not the season."""
SEASONAL_NAIVE = 1.146
MOST_MASE, HELD_80, HELD_95, LEAST_RATIO = 0.84, (78.0, 82.0), (93.5, 96.5), 50
DRAWS, RUNS = 500, 3


@dataclass(frozen=True)
class Series:
    """``known``: (series, periods), ending together; ``held``: (series, horizon), the part held back; ``unit``:
    (series,) of MASE."""

    known: FloatArray
    held: FloatArray
    unit: FloatArray
    season: int


@dataclass(frozen=True)
class Score:
    mase: float
    smape: float
    held_80: float
    held_95: float
    width_95: float
    msis: float


@dataclass(frozen=True)
class Cost:
    clock_s: float
    processor_s: float


def series(table: pd.DataFrame, period: str) -> Series:
    season, horizon = (PERIODS | M4_PERIODS)[period]
    chosen = table[table["period"] == period].sort_values(["id", "t"])
    parts = [
        [
            one["value"].to_numpy(float)
            for _, one in chosen[(chosen["split"] == "train") == train].groupby("id", sort=True)
        ]
        for train in (True, False)
    ]
    known = np.full((len(parts[0]), max(len(one) for one in parts[0])), np.nan)
    for row, one in enumerate(parts[0]):
        known[row, known.shape[1] - len(one) :] = one
    lag = UNITS.get(period, season)
    unit = np.nanmean(np.abs(known[:, lag:] - known[:, :-lag]), axis=1)
    return Series(known, np.stack(parts[1])[:, :horizon], unit, season)


def score(given: Series, told: Forecast) -> Score:
    error = np.abs(given.held - told.mean)
    inside = (given.held >= told.lower) & (given.held <= told.upper)
    width = told.upper[1] - told.lower[1]
    beyond = np.maximum(told.lower[1] - given.held, 0) + np.maximum(given.held - told.upper[1], 0)
    return Score(
        mase=float(np.mean(error.mean(axis=1) / given.unit)),
        smape=float(np.mean(200 * error / (np.abs(given.held) + np.abs(told.mean)))),
        held_80=float(100 * inside[0].mean()),
        held_95=float(100 * inside[1].mean()),
        width_95=float(np.mean(width.mean(axis=1) / given.unit)),
        msis=float(np.mean((width + 40 * beyond).mean(axis=1) / given.unit)),
    )


def ours(given: Series) -> tuple[Forecast, Cost]:
    """The forecast, and the median cost of some runs."""
    costs = []
    for _ in range(RUNS):
        clock, processor = time.perf_counter(), time.process_time()
        told = forecast_all(given)
        costs.append(Cost(time.perf_counter() - clock, time.process_time() - processor))
    return told, sorted(costs, key=lambda cost: cost.processor_s)[RUNS // 2]


def forecast_all(given: Series) -> Forecast:
    """The forecast of every series, without a season where it is too short for one."""
    told = forecast(given.known, given.season, given.held.shape[1])
    short = told.reason != ""
    if short.any():
        plain = forecast(given.known[short], 1, given.held.shape[1])
        told.mean[short], told.lower[:, short], told.upper[:, short] = plain.mean, plain.lower, plain.upper
        told.reason[short] = plain.reason
    return told


def theirs(given: Series, python: str, folder: Path) -> tuple[Forecast, Cost]:
    into, out = folder / "given.npz", folder / "told.npz"
    np.savez(into, values=given.known, season=given.season, horizon=given.held.shape[1])
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "NIXTLA_ID_AS_COL": "1"}
    subprocess.run([python, Path(__file__).with_name("forecast_peer.py"), into, out], check=True, env=alone)
    answer = np.load(out)
    mean, low_80, low_95, high_80, high_95 = answer["figures"]
    told = Forecast(
        mean, np.stack([low_80, low_95]), np.stack([high_80, high_95]), np.full(len(mean), "", dtype=object)
    )
    return told, Cost(float(answer["clock"]), float(answer["processor"]))


def naive(given: Series) -> Forecast:
    mean = given.known[:, -given.season :][:, np.arange(given.held.shape[1]) % given.season]
    return Forecast(mean, np.stack([mean, mean]), np.stack([mean, mean]), np.full(len(mean), "", dtype=object))


def total_held(given: Series) -> tuple[float, float]:
    """How often the 80 and 95 % intervals of the total over the horizon, from joint paths, hold it."""
    totals = sample(given.known, given.season, given.held.shape[1], DRAWS, seed=1).sum(axis=2)
    low_95, low_80, high_80, high_95 = np.quantile(totals, [0.025, 0.1, 0.9, 0.975], axis=1)
    came = given.held.sum(axis=1)
    return float(100 * np.mean((came >= low_80) & (came <= high_80))), float(
        100 * np.mean((came >= low_95) & (came <= high_95))
    )


def row(period: str, who: str, found: Score, cost: Cost, count: int) -> str:
    quality = f"MASE {found.mase:.4f}  sMAPE {found.smape:6.3f}  held {found.held_80:4.1f} / {found.held_95:4.1f} %"
    seconds = f"{cost.clock_s:6.2f} s ({cost.processor_s:6.2f} of a processor), {count / cost.clock_s:7,.0f} series/s"
    rest = f"width {found.width_95:5.2f}  MSIS {found.msis:6.2f}  {seconds}"
    return f"{period:9} {who:8} {quality}  {rest}"


def compare(tables: Path, python: str | None, folder: Path) -> bool:
    """Measure and tell; whether every aim was reached."""
    table = pd.read_csv(tables / "m3" / "m3_series.csv.gz")
    published = pd.read_csv(tables / "m3" / "m3_scores_recomputed.csv").set_index(["method", "period"])["mase"]
    reached = []
    for period in PERIODS:
        given = series(table, period)
        told, cost = ours(given)
        found, theta = score(given, told), float(published["THETA", period])
        print(row(period, "ours", found, cost, len(given.known)), flush=True)
        print(f"{'':18} total over the horizon held {' / '.join(f'{one:.1f}' for one in total_held(given))} %")
        if period == "MONTHLY":
            reached.append(
                aim(
                    "MASE of the seasonal naive forecast",
                    score(given, naive(given)).mase,
                    SEASONAL_NAIVE - 0.0005,
                    SEASONAL_NAIVE + 0.0005,
                )
            )
            reached += [
                aim("MASE", found.mase, 0, MOST_MASE),
                aim("80 % held", found.held_80, *HELD_80),
                aim("95 % held", found.held_95, *HELD_95),
            ]
            if python:
                peer, peer_cost = theirs(given, python, folder)
                print(row(period, "AutoETS", score(given, peer), peer_cost, len(given.known)))
                reached.append(
                    aim("times AutoETS, by processor", peer_cost.processor_s / cost.processor_s, LEAST_RATIO, np.inf)
                )
                print(f"{'':18} times AutoETS, by the clock: {peer_cost.clock_s / cost.clock_s:.0f}")
        else:
            reached.append(aim("MASE, Theta's", found.mase, 0, theta))
    return all([*reached, *weeks_and_hours(tables / "m4" / "m4_series.csv.gz")])


def weeks_and_hours(path: Path) -> list[bool]:
    """Whether each aim on M4 was reached; nothing where its series are absent."""
    if not path.exists():
        print(f"{path} is absent: nothing is measured on M4")
        return []
    table, reached = pd.read_csv(path), []
    for period, most in M4_AIMS.items():
        given = series(table, period)
        told, cost = ours(given)
        found = score(given, told)
        print(row(period, "ours", found, cost, len(given.known)), flush=True)
        reached += [
            aim("MASE", found.mase, 0, most),
            aim("80 % held", found.held_80, *M4_HELD_80),
            aim("95 % held", found.held_95, *M4_HELD_95),
        ]
    return reached


def kinds(count: int = 400) -> None:
    """How often the intervals hold on made-up series of one kind each: a first look at where they are too narrow or too
    wide."""
    rng = np.random.default_rng(20261124)
    for season, length, horizon in (
        (12, 36, 12),
        (12, 60, 12),
        (12, 120, 12),
        (52, 156, 26),
        (7, 140, 14),
        (4, 40, 4),
        (1, 12, 3),
        (1, 30, 5),
    ):
        at = np.arange(length + horizon)
        shape = (count if season < 52 else count // 4, len(at))
        wave = 60 * np.sin(2 * np.pi * at / season) if season > 1 else 0 * at
        noise, walk = rng.normal(0, 20, shape), rng.normal(0, 6, shape).cumsum(axis=1)
        made = {
            "noise": noise,
            "noise and trend": noise + 2 * at,
            "noise and drifting level": noise / 2 + walk,
            "drifting level": walk,
        }
        for kind, values in made.items():
            whole = 1000 + wave + values
            told = forecast(whole[:, :length], season, horizon)
            held = ((whole[:, length:] >= told.lower) & (whole[:, length:] <= told.upper)).mean(axis=(1, 2)) * 100
            print(
                f"season {season:2}, {length:3} periods, horizon {horizon:2}, {kind:24} held {held[0]:5.1f} / "
                f"{held[1]:5.1f} %"
            )


def aim(what: str, found: float, least: float, most: float) -> bool:
    reached = least <= found <= most
    bounds = f"at least {least:g}" if most == np.inf else f"{least:g} to {most:g}"
    print(f"{'':18} {what}: {found:.3f}; expected {bounds}: {'yes' if reached else 'NO'}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", type=Path, default=BESIDE, help="the folder that holds m3/ and m4/")
    parser.add_argument("--peer", help=f"the Python of an environment with {PEER}")
    parser.add_argument("--no-peer", action="store_true", help="leave AutoETS out")
    parser.add_argument("--kinds", action="store_true", help="series made up, of one kind each")
    told = parser.parse_args()
    if told.kinds:
        kinds()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        python = None if told.no_peer else told.peer or environment(Path(folder))
        good = compare(told.tables, python, Path(folder))
    print("every aim reached" if good else "an aim was MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
