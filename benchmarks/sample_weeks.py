"""How often the 90 % interval from sample weeks holds the true total of a year, over repeated samples of real daily
counts.

Run from the checkout: ``python benchmarks/sample_weeks.py --data DATA``, where DATA is the folder of the public data
with ``prophet-examples`` in it. The years are the population: every week of a year is known, so its total is too. From
each year ``--runs`` samples are drawn by lot, and by choosing one week in the middle of each stretch of the year (every
k-th week). One "typical" week, times the weeks, is any week by lot: nobody knows beforehand which is typical.

Populations: pedestrians past one counter in Melbourne (2018, 2019, and 2020 with its lockdowns) and readers of the
Wikipedia page on the language R (2009 to 2015, with the terms of universities in it). Weeks with a missing day are left
out of the population.

Expected: between 86 and 94 % for samples by lot of 6 weeks and more from a year without a break.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.sampling.estimate import estimate

SIZES = (1, 2, 4, 6, 8, 12)
CHOICES = {"by lot": (False, True), "by lot, two kinds": (True, True), "every k-th week": (False, False)}
BESIDE = Path(__file__).resolve().parents[2] / "shared"
SEED = 20261124
SUMMER = ("06-21", "08-31")
"""For the two kinds of weeks: the long vacation of the north; in Melbourne, its winter."""


def weeks_of(path: Path, *, logarithms: bool) -> pd.DataFrame:
    """Columns year, week (Monday), value; whole weeks whose seven days are known, within one year."""
    days = pd.read_csv(path, parse_dates=["ds"]).dropna()
    days["y"] = np.exp(days["y"]).round() if logarithms else days["y"]
    week = days["ds"] - pd.to_timedelta(days["ds"].dt.day_of_week, unit="D")
    sums = days.groupby(week).agg(value=("y", "sum"), days=("y", "size")).rename_axis("week").reset_index()
    sums["year"] = sums["week"].dt.year
    whole = sums[(sums["days"] == 7) & ((sums["week"] + pd.Timedelta(days=6)).dt.year == sums["year"])]
    enough = whole.groupby("year")["week"].transform("size") >= 48
    found: pd.DataFrame = whole[enough].reset_index(drop=True)
    return found


def frames(weeks: pd.DataFrame, runs: int, *, strata: bool) -> pd.DataFrame:
    """The population once for each run, as ``transforms.sampling.estimate.estimate`` takes it."""
    day = weeks["week"].dt.strftime("%m-%d")
    kind = np.where(strata & day.between(*SUMMER), "summer", "other weeks")
    one = weeks.assign(
        stratum=kind,
        size=1.0,
        main=True,
        declared=np.nan,
        source="s",
        metric="m",
        entity="",
        start=pd.Timestamp("2020-01-01"),
    )
    return one.merge(pd.DataFrame({"indicator_id": [f"{run:06d}" for run in range(runs)]}), how="cross")


def drawn(frame: pd.DataFrame, count: int, chance: np.random.Generator, *, by_lot: bool) -> pd.DataFrame:
    """``count`` weeks of each run, from each stratum in proportion and at least two; or one in every k-th stretch."""
    of = frame.groupby(["indicator_id", "stratum"])["week"].transform("size")
    all_weeks = frame.groupby("indicator_id")["week"].transform("size")
    take = np.maximum((count * of / all_weeks).round(), min(2, count))
    if by_lot:
        order = (
            pd.Series(chance.random(len(frame)), index=frame.index)
            .groupby([frame["indicator_id"], frame["stratum"]])
            .rank()
        )
        return frame[order <= take]
    place = frame.groupby(["indicator_id", "stratum"]).cumcount()
    shift = frame["indicator_id"].astype(int) / frame["indicator_id"].nunique()
    before, now = np.floor((place - 1) * take / of + shift), np.floor(place * take / of + shift)
    chosen: pd.DataFrame = frame[before < now]
    return chosen


def measured(weeks: pd.DataFrame, count: int, runs: int, *, strata: bool, by_lot: bool) -> tuple[float, float, float]:
    """Share of the intervals that hold the total, their median half width and the median error, both in per cent of the
    total."""
    frame = frames(weeks, runs, strata=strata)
    totals = estimate(drawn(frame, count, np.random.default_rng(SEED), by_lot=by_lot), frame).totals
    truth = weeks["value"].sum()
    held = ((totals["low"] <= truth) & (truth <= totals["high"])).where(totals["low"].notna())
    half = 100 * (totals["high"] - totals["low"]) / 2 / truth
    return (
        float(100 * held.astype("float64").mean()),
        float(half.median()),
        float((100 * (totals["value"] / truth - 1).abs()).median()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="how often the 90 % interval from sample weeks holds the true total")
    parser.add_argument("--data", type=Path, default=BESIDE / "data")
    parser.add_argument("--runs", type=int, default=2000)
    asked = parser.parse_args()
    folder = asked.data / "prophet-examples"
    populations = {
        "pedestrians": weeks_of(folder / "example_pedestrians_covid.csv", logarithms=False),
        "R page": weeks_of(folder / "example_wp_log_R.csv", logarithms=True),
    }
    years = [(f"{name} {year}", rows) for name, weeks in populations.items() for year, rows in weeks.groupby("year")]
    print(
        f"{len(years)} years: {', '.join(name for name, _ in years)}; {asked.runs:,} samples of each. held: intervals "
        "that hold the true total;"
    )
    print(
        "+-: median half width, error: median distance from it, both in per cent of the total. Mean over the years, "
        "and the year that did worst."
    )
    print(
        f"{'choice':26}{'weeks':>6}{'held %':>8}{'worst':>8}{'+- %':>8}{'worst':>8}{'error %':>9}{'worst':>8}  least "
        "held in"
    )
    for choice, (strata, by_lot) in CHOICES.items():
        for count in SIZES:
            if count < (4 if strata else 1) or (count < 4 and not by_lot):
                continue
            found = np.array([measured(rows, count, asked.runs, strata=strata, by_lot=by_lot) for _, rows in years])
            held, half, error = found.T
            told = "".join(
                f"{mean:>8.1f}{worst:>8.1f}"
                for mean, worst in ((held.mean(), held.min()), (half.mean(), half.max()), (error.mean(), error.max()))
            )
            print(f"{choice:26}{count:>6}{told}  {years[int(held.argmin())][0] if count > 1 else ''}")


if __name__ == "__main__":
    main()
