"""Known effects added to real series: how often the interval holds them, and how often one is found without any.

Run from the checkout: ``python benchmarks/effects.py [--data FOLDER] [--dates N] [--seed N]``. FOLDER holds
newcastle-libraries and prophet-examples; by default the folder of public data beside the checkout. Needs statsmodels (a
development dependency).

Series: monthly visits to each library of Newcastle and to all of them, to February 2020; the same with the other
libraries as the control; daily views of two Wikipedia pages and daily pedestrians (to February 2020), added up to weeks
and months. Months of 0 count as closed. At each random date a level of 5 to 30 % up or down is added, in half of the
cases growing from 0 in a straight line, and the series ends 3 to 12 months (4 to 12 weeks) later. Nothing else is done
to the series: what strays, strays by itself.

- covered: share of the told effects whose true mean change per period lies in the 90 % interval. Aim: 86 to 94 %.
- false: share of the told dates, with nothing added, at which an association is named. Aim: at most 6 %.
- found: share of all cases in which an association of the right sign is named, by size.
- textbook: the interrupted time series of textbooks on the same cases: least squares on trend, seasons, step and ramp
  with Newey-West errors (statsmodels), its mean effect and its test of that at 5 %.

Loans, enquiries and the visits through 2020 are reported as well, without an aim: opening hours fell from 723 a week to
591 in the year to March 2014 and from 544 to 308 in the year to March 2017, enquiries got a new definition in 2018, and
in 2020 all libraries closed, so "nothing happened" is not true of them. "Hours kept": only dates whose periods lie in
no year, April to March, in which the hours of that library changed by a fifth or more.
"""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.effects import WINDOW_LENGTHS, estimate_effect

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
COVERED, FALSE = (0.86, 0.94), 0.06
SIZES = (0.05, 0.10, 0.20, 0.30)
BEFORE_2020 = "2020-02-29"


@dataclass(frozen=True)
class Series:
    """``rows`` and ``controls`` (series, periods), NaN where unknown; ``group``: the aims are held against all series
    of it; ``disturbed``: where something is known to have happened."""

    name: str
    group: str
    season: int
    rows: FloatArray
    controls: FloatArray | None = None
    disturbed: BoolArray | None = None


@dataclass(frozen=True)
class Cases:
    """Series cut at random dates (cases, periods): as they are and with ``size`` added from ``start`` on; ``true`` mean
    change."""

    season: int
    plain: FloatArray
    moved: FloatArray
    controls: FloatArray | None
    start: IntArray
    size: FloatArray
    true: FloatArray


def newcastle(data: Path, folder: str, until: str | None) -> pd.DataFrame:
    """Libraries by month; the months that the file leaves out are unknown, and so are zeros."""
    path = next((data / "newcastle-libraries" / folder).glob("*.csv"))
    table = pd.read_csv(path, index_col=0)
    table.columns = pd.PeriodIndex(
        [pd.Period(year=int(name[:4]), month=int(name[5:]), freq="M") for name in table.columns]
    )
    table = table.apply(pd.to_numeric, errors="coerce").reindex(
        columns=pd.period_range(table.columns.min(), table.columns.max(), freq="M")
    )
    table = table.loc[:, table.notna().any()] if until is None else table.loc[:, : pd.Period(until, "M")]
    table = table.reindex(columns=pd.period_range(table.columns.min(), table.columns.max(), freq="M"))
    return table.where(table > 0)


def others(table: pd.DataFrame) -> FloatArray:
    """For each library the sum of those others that have a figure for every month."""
    whole = table[table.notna().all(axis=1)]
    return np.stack([whole.drop(index=name, errors="ignore").sum().to_numpy(dtype=np.float64) for name in table.index])


def hours_changed(data: Path, table: pd.DataFrame) -> BoolArray:
    """(libraries, months): the year that holds the month saw the library's weekly hours, as of 31 March, change by a
    fifth or more, or is unknown."""
    hours = pd.read_csv(
        data / "newcastle-libraries/library-opening-times/refined-data/opening-hours-per-week.csv", index_col=0
    )
    hours.index = hours.index.str.removesuffix(" Library")
    hours = hours.apply(pd.to_numeric, errors="coerce").rename(columns=int).reindex(table.index)
    change = (hours / hours.shift(axis=1) - 1).abs()
    years = [month.year + (month.month > 3) for month in table.columns]
    return ~(change.reindex(columns=years).to_numpy() < 0.2)


def with_total(table: pd.DataFrame) -> FloatArray:
    return np.vstack(
        [table.to_numpy(dtype=np.float64), table[table.notna().all(axis=1)].sum().to_numpy(dtype=np.float64)]
    )


def daily(data: Path, name: str) -> pd.Series:
    table = (
        pd.read_csv(data / "prophet-examples" / f"example_{name}.csv", parse_dates=["ds"])
        .set_index("ds")["y"]
        .sort_index()
    )
    return (np.exp(table) if name.startswith("wp_log") else table.loc[:BEFORE_2020]).asfreq("D")


def added_up(days: pd.Series, period: str) -> FloatArray:
    """Whole periods of which nine days in ten are known, at the mean of the known ones times all of them."""
    grouped = days.groupby(days.index.to_period(period))
    known, mean = grouped.count(), grouped.mean()
    length = pd.Series((mean.index.end_time.floor("D") - mean.index.start_time).days + 1, index=mean.index)
    return (mean * length).where(known >= 0.9 * length).to_numpy(dtype=np.float64)


def gathered(data: Path) -> Iterator[Series]:
    visits = newcastle(data, "visitor-figures", BEFORE_2020)
    yield Series("visits", "newcastle", 12, with_total(visits))
    yield Series("visits, with control", "newcastle", 12, visits.to_numpy(dtype=np.float64), others(visits))
    for name in ("wp_log_peyton_manning", "wp_log_R", "pedestrians_covid"):
        days = daily(data, name)
        yield Series(f"{name} by month", "prophet-examples", 12, added_up(days, "M")[None])
        yield Series(f"{name} by week", "prophet-examples", 52, added_up(days, "W-SUN")[None])
    for folder in ("loans", "enquiries"):
        table = newcastle(data, folder, BEFORE_2020)
        yield Series(folder, "", 12, table.to_numpy(dtype=np.float64))
        yield Series(f"{folder}, with control", "", 12, table.to_numpy(dtype=np.float64), others(table))
        yield Series(
            f"{folder}, hours kept",
            "newcastle" if folder == "loans" else "",
            12,
            table.to_numpy(dtype=np.float64),
            None,
            hours_changed(data, table),
        )
    yield Series("visits through 2020", "", 12, newcastle(data, "visitor-figures", None).to_numpy(dtype=np.float64))


def cases(series: Series, dates: int, rng: np.random.Generator) -> Cases:
    """At most ``dates`` random dates a series, from those with enough known before and after."""
    span, picked = WINDOW_LENGTHS[series.season], []
    for at, row in enumerate(series.rows):
        known = ~np.isnan(row)
        calm = np.ones(len(row), dtype=bool) if series.disturbed is None else ~series.disturbed[at]
        able = [
            date
            for date in range(1, len(row) - span.after + 1)
            if known[max(date - span.window, 0) : date].sum() >= span.before
            and known[date : date + span.after].sum() == span.after
            and calm[date : date + span.horizon].all()
        ]
        picked += [(at, int(date)) for date in rng.permutation(able)[:dates]]
    rows, start = (
        np.array([one for one, _ in picked], dtype=np.int64),
        np.array([date for _, date in picked], dtype=np.int64),
    )
    length = rng.integers(span.after, span.horizon + 1, len(picked))
    since = np.arange(series.rows.shape[1])[None, :] - start[:, None]
    plain = np.where(since < length[:, None], series.rows[rows], np.nan)
    size = rng.uniform(SIZES[0], SIZES[-1], len(picked)) * rng.choice([-1.0, 1.0], len(picked))
    grown = np.where(rng.random(len(picked)) < 0.5, 1.0, np.nan)[:, None]
    shape = np.where(np.isnan(grown), 2 * (since + 1) / (length[:, None] + 1), grown)
    moved = np.where(since >= 0, plain * (1 + size[:, None] * shape), plain)
    after = (since >= 0) & ~np.isnan(plain)
    true = np.where(after, moved - plain, 0.0).sum(axis=1) / after.sum(axis=1)
    return Cases(
        series.season, plain, moved, None if series.controls is None else series.controls[rows], start, size, true
    )


def textbook(values: FloatArray, start: int, season: int) -> tuple[float, float]:
    """Mean change since and its Newey-West error: log of the values on trend, seasons, step and ramp."""
    import statsmodels.api as sm

    span = WINDOW_LENGTHS[season]
    first = max(start - span.window, 0)
    cut = values[first : start + span.horizon]
    place = np.arange(len(cut))
    step = (place >= start - first).astype(float)
    ramp = step * (place - (start - first))
    waves = (
        [f(2 * np.pi * k * place / season) for k in range(1, 4) for f in (np.sin, np.cos)]
        if season > 12
        else list(np.eye(season)[place % season, 1:].T)
    )
    design = np.column_stack([np.ones(len(cut)), place, *waves, step, ramp])
    known = ~np.isnan(cut)
    fit = sm.OLS(np.log(cut[known]), design[known]).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3 if season == 12 else 4, "use_correction": True}, use_t=True
    )
    weight = np.zeros(design.shape[1])
    weight[-2:] = 1.0, ramp[known & (step > 0)].mean()
    return float(weight @ fit.params), float(np.sqrt(weight @ fit.cov_params() @ weight))


def by_textbook(given: Cases) -> tuple[BoolArray, BoolArray]:
    """Of each case: whether the 90 % interval holds the truth, and whether a test at 5 % finds an effect where there is
    none."""
    since = np.arange(given.plain.shape[1])[None, :] >= given.start[:, None]
    ratios = np.where(since & ~np.isnan(given.plain), np.log(given.moved / given.plain), 0.0)
    truth = ratios.sum(axis=1) / (since & ~np.isnan(given.plain)).sum(axis=1)
    moved, plain = (
        np.array([textbook(row, at, given.season) for row, at in zip(rows, given.start, strict=True)])
        for rows in (given.moved, given.plain)
    )
    return np.abs(moved[:, 0] - truth) <= 1.66 * moved[:, 1], np.abs(plain[:, 0]) > 1.99 * plain[:, 1]


@dataclass(frozen=True)
class Measured:
    """Of each case: told, covered and false as in the head of this file; size added, whether it was found, width of the
    interval."""

    told: BoolArray
    covered: BoolArray
    told_plain: BoolArray
    false: BoolArray
    size: FloatArray
    found: BoolArray
    width: FloatArray
    textbook_covered: BoolArray
    textbook_false: BoolArray

    @property
    def reached(self) -> bool:
        return (
            COVERED[0] <= self.covered[self.told].mean() <= COVERED[1] and self.false[self.told_plain].mean() <= FALSE
        )

    def line(self, name: str) -> str:
        size = np.abs(self.size)
        found = " ".join(
            f"{self.found[(size >= low) & (size < high)].mean():6.0%}" for low, high in itertools.pairwise(SIZES)
        )
        shares = (
            f"{self.covered[self.told].mean():8.1%} {self.false[self.told_plain].mean():7.1%} "
            f"{np.median(self.width[self.told]):6.0f} %"
        )
        return (
            f"{name:30} {len(size):5} {1 - self.told.mean():6.0%} {shares} {found} {self.textbook_covered.mean():9.1%} "
            f"{self.textbook_false.mean():7.1%}"
        )


def measure(series: Series, dates: int, rng: np.random.Generator) -> Measured:
    given = cases(series, dates, rng)
    moved = estimate_effect(given.moved, given.start, series.season, given.controls)
    plain = estimate_effect(given.plain, given.start, series.season, given.controls)
    wanted = np.where(given.size > 0, "associated_rise", "associated_fall")
    return Measured(
        moved.verdict != "cannot_tell",
        (moved.low <= given.true) & (given.true <= moved.high),
        plain.verdict != "cannot_tell",
        np.char.startswith(plain.verdict.astype(str), "associated"),
        given.size,
        wanted == moved.verdict,
        (moved.high_pct - moved.low_pct) / 2,
        *by_textbook(given),
    )


def together(parts: list[Measured]) -> Measured:
    return Measured(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Measured)))


def main(tell: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--dates", type=int, default=30, help="random dates a library; ten times as many for a single series"
    )
    parser.add_argument("--seed", type=int, default=20200223)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    sizes = " ".join(f"{low:.0%}-{high:.0%}" for low, high in itertools.pairwise(SIZES))
    tell(f"{'series':30} cases silent  covered   false     +/-  found: {sizes}  textbook: covered, false")
    groups: dict[str, list[Measured]] = {}
    for series in gathered(asked.data):
        one = measure(series, asked.dates if len(series.rows) > 1 else 10 * asked.dates, rng)
        groups.setdefault(series.group, []).append(one)
        tell(one.line(series.name))
    whole = {name: together(parts) for name, parts in groups.items() if name}
    for name, one in whole.items():
        tell(f"{one.line('all of ' + name)}  aims reached: {'yes' if one.reached else 'NO'}")
    return 0 if all(one.reached for one in whole.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
