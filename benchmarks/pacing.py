"""The error of the projection of a year's total by known months, on the visits and loans of Newcastle's libraries.

``python benchmarks/pacing.py [FOLDER]``: FOLDER holds the public data (by default ../shared/data). Every branch and the
total of every branch that has all months is a series; every calendar year up to 2019 and from 2023 on is projected from
what was known then (2020 to 2022 were shut by law, and count neither as years to project nor as the year before). For
each month it prints the median absolute error in per cent of the year's total of: linear (done over the open share of
the year), seasonal (done over the usual share of the year), last year (its total), and the blend of
``transforms.pacing.seasonal.projected_total`` with several values of its trust. ``--holidays`` counts the open days
without England's public holidays. The trust that is best over all months is printed; exit code 1 where the one in use
is worse than it by more than a twentieth, or worse than the linear or the seasonal projection.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from plan.calendar import Holidays  # noqa: E402
from plan.calendar_tables import public_holidays  # noqa: E402
from transforms.pacing.seasonal import TRUST, cumulative_share, projected_total, seasonal_index  # noqa: E402

FILES = {
    "visits": "visitor-figures/2008-onwards-monthly-visits.csv",
    "loans": "loans/2008-onwards-monthly-issues-by-branch.csv",
}
SHUT = (2020, 2021, 2022)
TRUSTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 2.0)


def years(path: Path) -> tuple[np.ndarray, list[int]]:
    """(series, years, 12) of whole calendar years, missing as NaN, and their numbers."""
    table = pd.read_csv(path)
    table = table.set_index(table.columns[0])
    table.columns = pd.PeriodIndex(pd.to_datetime(table.columns, format="%Y-%m"), freq="M")
    numbers = table.apply(pd.to_numeric, errors="coerce")
    first, last = numbers.columns.min().year, numbers.columns.max().year
    months = pd.period_range(f"{first}-01", f"{last}-12", freq="M")
    wide = numbers.loc[:, ~numbers.columns.duplicated()].reindex(columns=months).to_numpy(dtype=float)
    stacked = wide.reshape(len(wide), -1, 12)
    together = stacked[~np.isnan(stacked[:, [y - first for y in range(first + 1, 2020)]]).any(axis=(1, 2))].sum(
        axis=0, keepdims=True
    )
    return np.concatenate([stacked, together]), list(range(first, last + 1))


def open_days(numbers: list[int], *, without_holidays: bool) -> np.ndarray:
    """(years, 12): days from Monday to Saturday, as most of the branches open."""
    day = pd.date_range(f"{numbers[0]}-01-01", f"{numbers[-1]}-12-31", freq="D")
    holidays = public_holidays(Holidays(country="GB", subdivision="ENG"), day[-1].date())
    opened = (day.day_of_week < 6) & ~(day.isin(holidays) & without_holidays)
    counts = pd.Series(opened.astype(float), index=day).groupby([day.year, day.month]).sum()
    return counts.to_numpy().reshape(-1, 12)


def cases(values: np.ndarray, numbers: list[int], ground: np.ndarray) -> tuple[np.ndarray, ...]:
    """done and share by month (cases, 12) for linear and seasonal, the total of the year before and the one that
    came."""
    rows = []
    for at, year in enumerate(numbers):
        if year in SHUT or at == 0 or year - 1 in SHUT:
            continue
        past = [one for one in range(at - 1, -1, -1) if numbers[one] not in SHUT][:10]
        found = seasonal_index(values[:, past], np.broadcast_to(ground[past], (len(values), len(past), 12)))
        usable = (
            (found.years > 0)
            & ~np.isnan(values[:, at]).any(axis=1)
            & (values[:, at].sum(axis=1) > 0)
            & (values[:, at - 1].sum(axis=1) > 0)
        )
        weight = np.where(usable[:, None], found.index, 1.0) * ground[at]
        plain = np.broadcast_to(ground[at], weight.shape)
        parts = (
            np.cumsum(values[:, at], axis=1),
            cumulative_share(plain),
            cumulative_share(weight),
            values[:, at - 1].sum(axis=1),
            values[:, at].sum(axis=1),
        )
        rows.append([part[usable] for part in parts])
    return tuple(np.concatenate(column) for column in zip(*rows, strict=True))


def errors(
    done: np.ndarray, linear: np.ndarray, seasonal: np.ndarray, before: np.ndarray, came: np.ndarray
) -> pd.DataFrame:
    """Median absolute error in per cent, a row a way and a column a month."""
    prior = np.broadcast_to(before[:, None], done.shape)
    ways = {"linear": done / linear, "seasonal": done / seasonal, "last year": prior}
    ways |= {f"blend {trust:g}": projected_total(done, seasonal, prior, trust) for trust in sorted({*TRUSTS, TRUST})}
    table = {name: np.median(np.abs(way / came[:, None] - 1) * 100, axis=0) for name, way in ways.items()}
    return pd.DataFrame(table, index=range(1, 13)).T


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CHECKOUT.parent / "shared" / "data")
    parser.add_argument("--holidays", action="store_true", help="leave public holidays out of the open days")
    asked = parser.parse_args()
    found = []
    for name, path in FILES.items():
        values, numbers = years(asked.folder / "newcastle-libraries" / path)
        known = cases(values, numbers, open_days(numbers, without_holidays=asked.holidays))
        table = errors(*known)
        found.append(table)
        print(
            f"{name}: {len(known[0])} years of branches; median absolute error in per cent of the year's total after "
            "so many months"
        )
        print(table.round(1).to_string(), end="\n\n")
    mean = pd.concat(found).groupby(level=0).mean().mean(axis=1)
    blends = mean[mean.index.str.startswith("blend")]
    used = mean[f"blend {TRUST:g}"]
    print(
        f"mean over months: linear {mean['linear']:.2f}, seasonal {mean['seasonal']:.2f}, last year "
        f"{mean['last year']:.2f}"
    )
    print(f"best {blends.idxmin()} {blends.min():.2f}; in use {TRUST:g} {used:.2f}")
    return int(used > blends.min() * 1.05 or used > min(mean["seasonal"], mean["linear"]))


if __name__ == "__main__":
    sys.exit(main())
