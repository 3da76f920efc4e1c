"""Past origins of public series, with targets as a planner would set them then: what ``benchmarks/probability.py`` asks
about.

Every origin is a row: the history known then, the figure of the year before, and the figure that came. Read in place,
never copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray, IntArray

Spec = tuple[int, int, int]
"""horizon, length, and how many periods of the same year are counted already."""

CLOSED = ("2020-03", "2021-06")
"""The months in which closures by law, not the library, made the figures. They are a break: no outcome lies in them,
and the history of an origin after them begins after them, as it would with the break in the plan's ledger."""

SPECS: dict[int, tuple[Spec, ...]] = {
    52: ((52, 52, 0), (26, 26, 26)),
    12: ((12, 12, 0), (6, 6, 6), (12, 1, 0), (18, 12, 0)),
    4: ((4, 4, 0), (2, 2, 2), (8, 4, 0), (8, 1, 0)),
    1: ((1, 1, 0), (3, 1, 0)),
}
"""By season: the next year's total, the year in progress, one period a year ahead, and what lies beyond a year."""


@dataclass(frozen=True)
class Origins:
    """``values`` (origins, periods) end at the origin; ``done``, ``last`` and ``outcome`` (origins,) are the figure
    counted so far, that of the year before and the one that came; ``past`` (origins, years) are the figures of the same
    kind before, newest first."""

    name: str
    season: int
    horizon: int
    length: int
    values: FloatArray
    done: FloatArray
    last: FloatArray
    outcome: FloatArray
    past: FloatArray
    series: IntArray

    def __len__(self) -> int:
        return len(self.last)

    def take(self, rows: IntArray) -> "Origins":
        arrays = ("values", "done", "last", "outcome", "past", "series")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


def figure(values: FloatArray, end: int, length: int) -> FloatArray:
    """The sum of the ``length`` periods before column ``end``; NaN where one is missing or lies before the first."""
    return values[:, end - length : end].sum(axis=1) if end >= length else np.full(len(values), np.nan)


def origins(name: str, values: FloatArray, season: int, spec: Spec, ends: range) -> Origins:
    """One row a series and origin (``ends``: the column after the last known one) whose outcome and last year's figure
    are known."""
    horizon, length, counted = spec
    rows, width = [], max(ends) if len(ends) else 0
    back = season * max(1, -(-horizon // season))
    for end in ends:
        known = np.full((len(values), width), np.nan)
        known[:, width - end :] = values[:, :end]
        whole = length + counted
        due = end + horizon
        past = np.stack([figure(values, due - back - season * year, whole) for year in range(12)], axis=1)
        rows.append(
            (
                known,
                figure(values, end, counted) if counted else np.zeros(len(values)),
                past[:, 0],
                figure(values, due, whole),
                past,
                np.arange(len(values)),
            )
        )
    known, done, last, outcome, past, series = (np.concatenate(column) for column in zip(*rows, strict=True))
    usable = np.flatnonzero(
        ~np.isnan(outcome) & ~np.isnan(last) & ~np.isnan(done) & (last > 0) & ~np.isnan(known[:, -1])
    )
    return Origins(name, season, horizon, length, known, done, last, outcome, past, series).take(usable)


def m3(folder: Path, part: str = "test") -> Iterator[Origins]:
    """Outcomes wholly in the continuation that the forecasters of the competition did not see; ``part="train"``: wholly
    before it."""
    table = pd.read_csv(folder / "m3_series.csv.gz")
    for period, season in (("MONTHLY", 12), ("QUARTERLY", 4), ("YEARLY", 1)):
        mine = table[table["period"] == period]
        ahead = int(mine[mine["split"] == "test"].groupby("id").size().max())
        wide = np.stack([_padded(one["value"].to_numpy(dtype=float), 160) for _, one in mine.groupby("id", sort=True)])
        for spec in SPECS[season]:
            first, step = 160 - ahead, max(1, season // 2)
            ends = (
                range(first, 160 - spec[0] + 1, step)
                if part == "test"
                else range(first - spec[0] - 2 * step, first - spec[0] + 1, 2 * step)
            )
            yield origins(f"M3 {period.lower()}", wide, season, spec, ends)


def _padded(values: FloatArray, width: int) -> FloatArray:
    return np.concatenate([np.full(width - len(values), np.nan), values])


def real(folder: Path) -> Iterator[Origins]:
    """Monthly figures of Newcastle's libraries, Toronto's yearly visits, page views and pedestrians by month and
    week."""
    for name, path in NEWCASTLE.items():
        yield from _spans(
            f"Newcastle {name}", newcastle(folder / "newcastle-libraries" / path), 12, 3, sums=name != "computers"
        )
    toronto = pd.read_csv(folder / "toronto-library-visits" / "tpl-library-visits-annual-by-branch.csv")
    yearly = toronto.pivot(index="BranchCode", columns="Year", values="Visits").loc[:, :2019]
    yield origins("Toronto visits", yearly.to_numpy(dtype=float), 1, (1, 1, 0), range(5, 8))
    for freq, season, step in (("MS", 12, 3), ("W-MON", 52, 13)):
        yield from _spans(
            f"Daily counts by {'month' if season == 12 else 'week'}",
            daily(folder / "prophet-examples", freq),
            season,
            step,
        )


ONE_PERIOD: tuple[Spec, ...] = ((6, 1, 0), (12, 1, 0))
"""Of a share in per cent: its values do not add up."""

NEWCASTLE = {
    "visits": "visitor-figures/2008-onwards-monthly-visits.csv",
    "loans": "loans/2008-onwards-monthly-issues-by-branch.csv",
    "computers": "computer-usage/2008-onwards-monthly-computer-use.csv",
    "enquiries": "enquiries/2008-onwards-monthly-enquiries.csv",
    "online": "online-resources/Online Resources Usage.csv",
}


def newcastle(path: Path) -> pd.DataFrame:
    """A row a branch, a column a month, with every month between the first and the last. What is no number is
    missing."""
    table = pd.read_csv(path)
    table = table.set_index(table.columns[0])
    form = "%b-%y" if "-" in table.columns[0][:4] else "%Y-%m"
    table.columns = pd.PeriodIndex(pd.to_datetime(table.columns, format=form), freq="M")
    numbers = table.apply(
        lambda column: pd.to_numeric(column.astype(str).str.strip("%").str.replace(",", ""), errors="coerce")
    )
    return numbers.loc[:, ~numbers.columns.duplicated()].reindex(
        columns=pd.period_range(numbers.columns.min(), numbers.columns.max(), freq="M")
    )


def daily(folder: Path, freq: str) -> pd.DataFrame:
    """Sums of whole periods; a period with a missing day is missing."""
    rows = {}
    for name, logs in (
        ("example_wp_log_R", True),
        ("example_wp_log_peyton_manning", True),
        ("example_pedestrians_covid", False),
    ):
        table = pd.read_csv(folder / f"{name}.csv", parse_dates=["ds"]).sort_values("ds").set_index("ds")["y"]
        days = (np.exp(table) if logs else table).asfreq("D")
        days = days.interpolate(
            limit=3
        )  # single days that the counter lost: of 365 they decide nothing, and a month would be lost with each
        rows[name] = days.resample(freq).apply(lambda span: span.sum() if span.notna().all() else np.nan).iloc[1:-1]
    table = pd.DataFrame(rows).T
    table.columns = pd.PeriodIndex(table.columns, freq="M" if freq == "MS" else "W")
    return table


def _spans(name: str, table: pd.DataFrame, season: int, step: int, sums: bool = True) -> Iterator[Origins]:
    """The stretches before and after the closures, each for itself."""
    first, last = (pd.Period(month, "M") for month in CLOSED)
    months = pd.PeriodIndex(table.columns.start_time, freq="M")
    for spec in SPECS[season] if sums else ONE_PERIOD:
        parts = []
        for stretch in (months < first, months > last):
            values = table.loc[:, stretch].to_numpy(dtype=float)
            ends = range(2 * season, values.shape[1] - spec[0] + 1, step)
            if ends:
                parts.append(origins(name, values, season, spec, ends))
        yield from parts
