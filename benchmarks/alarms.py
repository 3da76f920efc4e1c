"""How often luck raises an alert over a plan of 40 healthy indicators, and how soon a fall is reported.

Run from the checkout: ``python benchmarks/alarms.py``. ``--data FOLDER`` learns seasons, spreads and their correlation
anew from the folders newcastle-libraries and prophet-examples in it; the figures in ``REAL`` are what it finds there.

A run is one plan: 3 years of history, then 5 years on the path to a target 3 to 15 % above the mean of the last of them
(20 to 40 % for followers). Healthy is what really goes that way; the plan's own baseline has the error of that one
year. On it lie the season and noise whose neighbours go together, with tails as heavy as Student's t with 3 degrees of
freedom, as the real series have; small counts have the chance of counting besides. Then each indicator in turn loses a
fifth for good, from a random month on.

Two plans. "totals": what is put before senior management, the library's largest numbers. "branches": mostly small ones.
Rules compared, each over the same values:

- behind: an alert whenever the verdict (pace, against the path with its season) is behind, until it is not.
- hysteresis: behind in two complete periods in a row; over when beyond the margin twice.
- discovery: behind, and found at the false discovery rate; over when not.
- kmi, wait 1: as kmi, but raised only when the ground goes on for another month.
- kmi: the defaults of plan/alerts.py: behind and found; over when beyond the margin, and kept.

Expected of kmi: at most one alert a year in the median run (and in the median year of all runs), in both plans; of
"totals", a fall is firing within two complete periods in at least 9 of 10 cases. The exit code is 1 where that is
missed.
"""

import argparse
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from plan.alerts import Alerts
from transforms.alerts.evidence import control_false_discoveries, evidence, path_with_season
from transforms.alerts.state_names import FIRING
from transforms.alerts.states import hysteresis, states
from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.pacing.pace import AT_RISK, pace_ratio

HISTORY, PATH, SEASON, TAIL, REMAINS = 36, 60, 12, 3, 0.8
MONTHS = HISTORY + PATH
SOON, AFTER = 2, 6
MOST_ALERTS, LEAST_FOUND = 1.0, 0.9
EDGES = (0.0, 0.035, 0.045, 0.055, 0.065, 0.08, 0.12, 9.0)
FILES = {
    "visits": "newcastle-libraries/visitor-figures/2008-onwards-monthly-visits.csv",
    "loans": "newcastle-libraries/loans/2008-onwards-monthly-issues-by-branch.csv",
    "enquiries": "newcastle-libraries/enquiries/2008-onwards-monthly-enquiries.csv",
    "page views": "prophet-examples/example_wp_log_R.csv",
}


@dataclass(frozen=True)
class Real:
    """Of a monthly series: its level, the spread of a month around the mean of the year about it (robust, as a share),
    the correlation of neighbours, and the shares of the seasons (January first)."""

    level: float
    sigma: float
    together: float
    seasons: tuple[float, ...]


@dataclass(frozen=True)
class Rule:
    """``found``: whether evidence is asked for."""

    name: str
    found: bool
    wait: int
    keep: int
    margin: float


@dataclass(frozen=True)
class World:
    """values and expected (the path without season): (runs x 40, months); baseline and sigma: (runs x 40,)."""

    values: FloatArray
    expected: FloatArray
    baseline: FloatArray
    sigma: FloatArray
    runs: int


REAL = {
    "visits City": Real(63464, 0.031, 0.06, (0.99, 0.99, 1.04, 0.97, 1.02, 0.99, 1.01, 1.03, 1.01, 1.06, 1.02, 0.87)),
    "visits Outer West": Real(
        11163, 0.046, 0.00, (0.93, 0.98, 0.96, 0.92, 0.95, 1.01, 1.11, 1.19, 0.96, 1.17, 1.04, 0.79)
    ),
    "visits Gosforth": Real(
        15325, 0.050, 0.59, (1.04, 1.0, 1.13, 0.92, 1.05, 0.93, 0.99, 0.96, 1.01, 1.04, 1.09, 0.84)
    ),
    "visits West End": Real(22443, 0.056, 0.27, (1.0, 0.98, 1.05, 1.01, 1.0, 0.94, 1.07, 1.03, 1.02, 1.06, 1.0, 0.83)),
    "visits East End": Real(
        17767, 0.074, 0.26, (1.02, 1.03, 1.03, 0.9, 0.95, 0.94, 1.09, 1.11, 1.03, 1.11, 1.02, 0.75)
    ),
    "visits Cruddas Park": Real(
        1189, 0.075, 0.03, (0.99, 1.0, 0.97, 0.95, 1.0, 1.01, 1.07, 1.01, 1.05, 1.09, 1.05, 0.81)
    ),
    "visits Walker": Real(1868, 0.095, 0.29, (1.09, 1.06, 1.07, 0.89, 0.97, 0.99, 1.14, 1.02, 0.99, 1.04, 1.05, 0.67)),
    "visits Blakelaw": Real(
        1701, 0.112, 0.38, (0.96, 0.95, 1.06, 0.96, 0.92, 1.01, 1.02, 0.96, 1.07, 1.11, 1.15, 0.82)
    ),
    "loans all": Real(45128, 0.035, 0.37, (1.01, 0.98, 1.04, 0.98, 0.98, 0.96, 1.06, 1.13, 1.01, 1.07, 0.97, 0.81)),
    "loans City": Real(20426, 0.039, 0.20, (1.04, 0.98, 1.04, 1.0, 0.97, 0.96, 1.06, 1.1, 1.0, 1.07, 0.93, 0.84)),
    "loans Gosforth": Real(8446, 0.041, 0.36, (1.0, 0.96, 1.06, 0.94, 1.0, 0.95, 1.07, 1.16, 1.03, 1.07, 0.98, 0.77)),
    "loans Kenton": Real(1802, 0.072, 0.00, (0.96, 1.03, 1.12, 0.98, 0.92, 1.0, 1.04, 1.12, 1.02, 1.01, 0.96, 0.83)),
    "loans Newburn": Real(1122, 0.077, 0.10, (1.03, 1.01, 1.04, 1.01, 1.0, 0.93, 1.07, 1.13, 1.04, 1.05, 1.0, 0.69)),
    "loans High Heaton": Real(
        1456, 0.098, 0.36, (1.0, 0.97, 0.96, 0.97, 1.04, 0.94, 1.13, 1.18, 1.04, 1.07, 1.01, 0.69)
    ),
    "enquiries City": Real(26458, 0.060, 0.32, (1.01, 0.98, 1.06, 0.96, 0.96, 0.93, 1.07, 1.08, 1.07, 1.1, 0.99, 0.8)),
    "page views R": Real(1468, 0.071, 0.40, (1.08, 1.1, 1.07, 1.06, 0.94, 0.94, 0.88, 0.93, 1.06, 1.02, 0.98, 0.92)),
}
FOLLOWERS = Real(4000, 0.01, 0.8, (1.0,) * 12)
SMALL = Real(12, 0.1, 0.2, (1.0,) * 12)
TOTALS = {
    "followers": 8, "visits City": 9, "loans all": 8, "loans City": 7, "loans Gosforth": 4, "visits Outer West": 2,
    "enquiries City": 1, "page views R": 1,
}  # fmt: skip
BRANCHES = {
    "followers": 4, "visits City": 1, "visits Gosforth": 2, "visits West End": 3, "visits Outer West": 3,
    "visits East End": 3, "visits Cruddas Park": 3, "visits Walker": 3, "visits Blakelaw": 3, "loans City": 1,
    "loans Kenton": 3, "loans Newburn": 3, "loans High Heaton": 3, "page views R": 2, "small counts": 3,
}  # fmt: skip


def learn(values: FloatArray) -> Real:
    """``values``: months, January first, NaN where missing or merely repeated."""
    shares = pd.Series(np.log(values))
    year = shares.rolling(SEASON, min_periods=10).mean()
    away = (shares - ((year + year.shift(-1)) / 2).shift(-5)).to_numpy()
    month = np.arange(len(away)) % SEASON
    season = np.array([np.nanmedian(away[month == one]) for one in range(SEASON)])
    left = away - season[month]
    left -= np.nanmedian(left)
    sigma = 1.4826 * np.nanmedian(np.abs(left))
    held = np.clip(left, -2 * sigma, 2 * sigma)
    pairs = held[1:] * held[:-1]
    together = np.nanmean(pairs) / np.nanmean(held**2)
    together = float(np.clip(together + (1 + together) / SEASON, 0, 0.9))  # the mean of a year was taken from it
    seasons = np.exp(season) / np.exp(season).mean()
    return Real(
        float(np.nanmedian(values)),
        float(sigma / np.sqrt(1 - 1 / SEASON)),
        together,
        tuple(np.round(seasons, 2).tolist()),
    )


def series(folder: Path) -> dict[str, FloatArray]:
    """Ten years before the pandemic of Newcastle's branches (and of all that reported every month), eight of the page
    R."""
    found = {}
    for kind in ("visits", "loans", "enquiries"):
        table = pd.read_csv(folder / FILES[kind], index_col=0)
        table.columns = pd.PeriodIndex(table.columns, freq="M")
        counts = table.apply(pd.to_numeric, errors="coerce").reindex(
            columns=pd.period_range("2010-01", "2019-12", freq="M")
        )
        whole = counts[(counts > 0).all(axis=1)]
        for name in [name.removeprefix(f"{kind} ") for name in {**TOTALS, **BRANCHES} if name.startswith(kind)]:
            values = (whole.sum() if name == "all" else counts.loc[name]).to_numpy(float)
            repeated = np.r_[False, values[1:] == values[:-1]]  # a quarter's figure spread over its months
            found[f"{kind} {name}"] = np.where((values <= 0) | repeated, np.nan, values)
    page = pd.read_csv(folder / FILES["page views"], parse_dates=["ds"]).set_index("ds")["y"].sort_index()
    found["page views R"] = np.exp(page).resample("MS").mean()["2008-01":"2015-12"].to_numpy()
    return found


def world(plan: dict[str, int], real: dict[str, Real], runs: int, seed: int) -> World:
    rng = np.random.default_rng(seed)
    known = {**real, "followers": FOLLOWERS, "small counts": SMALL}
    kinds = [known[name] for name, number in plan.items() for _ in range(number)] * runs
    growing = np.array([name == "followers" for name, number in plan.items() for _ in range(number)] * runs)
    counted = np.array([name == "small counts" for name, number in plan.items() for _ in range(number)] * runs)
    level, sigma, together = (
        np.array([getattr(kind, name) for kind in kinds]) for name in ("level", "sigma", "together")
    )
    level = level * np.exp(rng.normal(0, 0.3, len(kinds)))
    gain = np.where(growing, rng.uniform(0.2, 0.4, len(kinds)), rng.uniform(0.03, 0.15, len(kinds)))
    share = np.r_[np.zeros(HISTORY), np.arange(1, PATH + 1) / PATH]
    seasons = np.tile(np.array([kind.seasons for kind in kinds]), MONTHS // SEASON)
    true = level[:, None] * (1 + gain[:, None] * share) * seasons
    mean = true * np.exp(sigma[:, None] * noise(rng, together))
    values = np.where(counted[:, None], rng.poisson(mean), np.round(mean, 0))
    baseline = values[:, HISTORY - SEASON : HISTORY].mean(axis=1)
    expected = np.where(share > 0, baseline[:, None] * (1 + gain[:, None] * share), np.nan)
    return World(values, expected, baseline, np.where(counted, 1 / np.sqrt(level), sigma), runs)


def noise(rng: np.random.Generator, together: FloatArray) -> FloatArray:
    """First-order autoregressive, with the tails of Student's t; robust standard deviation 1, (series, months)."""
    normal = rng.standard_normal((len(together), MONTHS + SEASON))
    for at in range(1, normal.shape[1]):
        normal[:, at] = together * normal[:, at - 1] + np.sqrt(1 - together**2) * normal[:, at]
    tails = normal[:, SEASON:] / np.sqrt(rng.chisquare(TAIL, (len(together), MONTHS)) / TAIL)
    return tails / 1.134  # what makes the median of the absolute values that of a normal variable


def judged(
    values: FloatArray, world: World, at: int, rows: BoolArray | slice = slice(None)
) -> tuple[FloatArray, FloatArray]:
    """p-value and pace ratio when the month ``at`` is the last one known."""
    seen, path = values[rows, : at + 1], world.expected[rows, : at + 1]
    due = path_with_season(seen, path, SEASON)
    baseline = world.baseline[rows] * due[:, -1] / path[:, -1]
    return evidence(seen, due, SEASON, np.ones(len(seen))).p_value, pace_ratio(baseline, seen[:, -1], due[:, -1])


def found(p_values: FloatArray, runs: int, rate: float) -> BoolArray:
    """Control over the indicators of each run; (runs x 40, months) in and out."""
    return by_plan(control_false_discoveries(by_plan(p_values, runs, back=False), rate), runs, back=True)


def by_plan(table: NDArray, runs: int, *, back: bool) -> NDArray:  # type: ignore[type-arg]
    """(runs x 40, months) to (40, runs x months), and back."""
    if back:
        return table.reshape(len(table), runs, -1).transpose(1, 0, 2).reshape(runs * len(table), -1)
    return table.reshape(runs, len(table) // runs, -1).transpose(1, 0, 2).reshape(len(table) // runs, -1)


def firing(rule: Rule, ratio: FloatArray, more_than_luck: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Where an alert stands, and where one begins; (series, months)."""
    behind, clear = hysteresis(ratio, AT_RISK, rule.margin)
    condition = behind & more_than_luck if rule.found else behind
    clear = clear if rule.margin or not rule.found else ~condition
    out = states(condition, clear, ~np.isnan(ratio), rule.wait, rule.keep)
    return out.state == FIRING, out.fired == np.arange(ratio.shape[1])


def healthy(world: World) -> tuple[FloatArray, FloatArray]:
    """p-values and ratios of every month on the path."""
    both = [judged(world.values, world, at) for at in range(HISTORY, MONTHS)]
    return np.stack([p for p, _ in both], axis=1), np.stack([ratio for _, ratio in both], axis=1)


@dataclass(frozen=True)
class Fallen:
    """Each indicator in turn, from its own month ``since`` on: p-values and ratios of the first ``AFTER`` months,
    (series, AFTER)."""

    since: IntArray
    p_values: FloatArray
    ratio: FloatArray


def fallen(world: World, seed: int) -> Fallen:
    since = np.random.default_rng(seed).integers(1, PATH - AFTER, len(world.values))
    lower = np.where(np.arange(MONTHS) >= HISTORY + since[:, None], world.values * REMAINS, world.values)
    p_values, ratio = np.full((len(lower), AFTER), np.nan), np.full((len(lower), AFTER), np.nan)
    for month in range(1, PATH - AFTER):
        rows = since == month
        for later in range(AFTER):
            p_values[rows, later], ratio[rows, later] = judged(lower, world, HISTORY + month + later, rows)
    return Fallen(since, p_values, ratio)


def reported(rule: Rule, rate: float, world: World, before: tuple[FloatArray, FloatArray], fall: Fallen) -> BoolArray:
    """Whether the fall of each indicator has been firing by each month after it, the others of its plan healthy;
    (series, AFTER)."""
    p_values, ratio = before[0], before[1].copy()
    size = len(p_values) // world.runs
    luck = found(p_values, world.runs, rate)
    rows = np.arange(len(p_values))
    for later in range(AFTER):
        at = fall.since + later
        plan = p_values.reshape(world.runs, size, -1)[rows // size, :, at]
        plan[rows, rows % size] = fall.p_values[:, later]
        luck[rows, at] = control_false_discoveries(plan.T, rate)[rows % size, rows]
        ratio[rows, at] = fall.ratio[:, later]
    stands, _ = firing(rule, ratio, luck)
    return np.logical_or.accumulate(stands[rows[:, None], fall.since[:, None] + np.arange(AFTER)], axis=1)


def on_real(folder: Path) -> None:
    """The real series against their own course, the mean of the year around each month: how often p is below what it
    says."""
    values = [each for name, each in series(folder).items() if not name.startswith("page")]
    p_values: list[float] = []
    for each in values:
        year = pd.Series(each).rolling(SEASON, min_periods=SEASON - 1).mean()
        course = ((year + year.shift(-1)) / 2).shift(-SEASON // 2 + 1).to_numpy()
        for at in range(HISTORY, len(each) - SEASON // 2):
            path = np.where(np.arange(at + 1) >= at - 1, course[: at + 1], np.nan)[None]
            seen = each[None, : at + 1]
            if not np.isnan(seen[0, -1]):
                p_values.append(
                    float(evidence(seen, path_with_season(seen, path, SEASON), SEASON, np.ones(1)).p_value[0])
                )
    known = np.array(p_values)[~np.isnan(p_values)]
    told = ", ".join(
        f"{share:.2%} where {level:.2%} is said"
        for level in (0.0025, 0.01, 0.05, 0.1)
        for share in [(known < level).mean()]
    )
    print(
        f"\nthe {len(values)} real series themselves, {len(known)} months against their own course: p is below in "
        f"{told}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, help="the folder that holds newcastle-libraries and prophet-examples")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    real = {name: learn(values) for name, values in series(told.data).items()} if told.data else REAL
    for name, one in real.items():
        print(f"{name:22s} {one.level:9,.0f} a month, spread {one.sigma:5.1%}, together {one.together:.2f}")
    missed = False
    for name, plan in (("totals", TOTALS), ("branches", BRANCHES)):
        missed |= compare(name, world(plan, real, told.runs, told.seed), told.seed)
    if told.data:
        on_real(told.data)
    return int(missed)


def compare(name: str, world: World, seed: int) -> bool:
    """Prints a table a plan; whether an aim was missed."""
    default = Alerts()
    rate = default.false_discovery_rate
    rules = [
        Rule("behind", False, 0, 0, 0.0),
        Rule("hysteresis", False, 1, 1, default.margin),
        Rule("discovery", True, 0, 0, 0.0),
        Rule("kmi, wait 1", True, 1, default.keep, default.margin),
        Rule("kmi", True, default.wait, default.keep, default.margin),
    ]
    before, fall = healthy(world), fallen(world, seed)
    print(
        f"\nplan of {name}: {len(world.values) // world.runs} indicators, {world.runs} runs of {PATH // SEASON} years, "
        f"rate {rate:g}"
    )
    print(
        f"{'rule':12s} alerts a year: median run, median year, mean   a fall of {1 - REMAINS:.0%} firing within {SOON} "
        f"periods, within {AFTER}"
    )
    for rule in rules:
        begins = firing(rule, before[1], found(before[0], world.runs, rate))[1]
        years = begins.reshape(world.runs, -1, PATH // SEASON, SEASON).sum(axis=(1, 3))
        soon, late = reported(rule, rate, world, before, fall)[:, [SOON - 1, AFTER - 1]].T
        run = float(np.median(years.mean(axis=1)))
        print(
            f"{rule.name:12s} {run:25.1f} {np.median(years):12.1f} {years.mean():5.2f} {soon.mean():10.1%} "
            f"{late.mean():23.1%}"
        )
    print(
        "by spread: "
        + ", ".join(
            f"{label} {soon[rows].mean():.0%} ({late[rows].mean():.0%})" for label, rows in classes(world.sigma)
        )
    )
    few, often = run <= MOST_ALERTS, bool(soon.mean() >= LEAST_FOUND)
    print(f"expected at most {MOST_ALERTS:g} alert a year in the median: {'yes' if few else 'NO'}")
    if name == "totals":
        print(f"expected to be found in {LEAST_FOUND:.0%}: {'yes' if often else 'NO'}")
    return not few or (name == "totals" and not often)


def classes(sigma: FloatArray) -> list[tuple[str, BoolArray]]:
    spans = [(low, high, (sigma >= low) & (sigma < high)) for low, high in pairwise(EDGES)]
    return [
        (f"below {high:.1%}" if high < 1 else f"{EDGES[-2]:.1%} and more", rows)
        for low, high, rows in spans
        if rows.any()
    ]


if __name__ == "__main__":
    sys.exit(main())
