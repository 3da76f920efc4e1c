"""Open days of each period, weighted by weekday and branch.

A weekday weighs its usual count where the history is daily, else its opening hours, else the same as every other day. A
branch weighs its count on an average day. The unit is a day of average weight.
"""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.periods import MEMBER_KEY

DAYS_TO_KNOW_A_WEEK = 56
WEEKDAY_KEY = [*MEMBER_KEY, "weekday"]
ONE_DAY = np.timedelta64(1, "D")


def weigh_members(
    members: pd.DataFrame, series: pd.DataFrame, weekdays: pd.DataFrame, hours: pd.DataFrame
) -> pd.DataFrame:
    """``members`` (``MEMBER_KEY`` and first) with weight, and the weights of the weekdays in columns 0 to 6, 1 on
    average.

    members: ``MEMBER_KEY`` and first. series: ``transforms.expressions.series.SERIES``, sum and days. weekdays: as
    ``transforms.expressions.weekday_means``. hours: entity ("" for the default), weekday, hours.
    """
    counted = series.groupby(MEMBER_KEY, as_index=False).agg(total=("sum", "sum"), days=("days", "sum"))
    out = members[[*MEMBER_KEY, "first"]].merge(counted, on=MEMBER_KEY, how="left")
    daily = (out["total"] / out["days"].where(out["days"] > 0)).clip(lower=0)
    known = daily.groupby(out["indicator_id"]).transform("sum")
    # almost 0, so that members without a count weigh the same where there are no others
    least = known * 1e-9
    week = _week_counted(out, weekdays)
    opened = _week_open(out["entity"], hours)
    week = np.where(np.isnan(week).any(axis=1, keepdims=True), opened, week)
    mean = week.mean(axis=1, keepdims=True)
    week = np.where(mean > 0, week / np.where(mean > 0, mean, 1.0), 1.0)
    out = out.assign(weight=np.where(known > 0, np.maximum(daily.fillna(0.0), least), 1.0))
    return out.drop(columns=["total", "days"]).assign(**{str(day): week[:, day] for day in range(7)})


def _week_counted(members: pd.DataFrame, weekdays: pd.DataFrame) -> FloatArray:
    """The mean count by weekday, (members, 7).

    A row is NaN with fewer than ``DAYS_TO_KNOW_A_WEEK`` single days.
    """
    known = weekdays[weekdays.groupby(MEMBER_KEY)["days"].transform("sum") >= DAYS_TO_KNOW_A_WEEK]
    if known.empty:
        return np.full((len(members), 7), np.nan)
    wide = known.pivot(index=MEMBER_KEY, columns="weekday", values="mean").reindex(columns=range(7))
    out = wide.fillna(0.0).clip(lower=0.0).reindex(pd.MultiIndex.from_frame(members[MEMBER_KEY]))
    return np.asarray(out, dtype=np.float64)


def _week_open(entities: pd.Series, hours: pd.DataFrame) -> FloatArray:
    """Opening hours by weekday, (members, 7); 1 where the plan gives none."""
    wide = hours.pivot(index="entity", columns="weekday", values="hours").reindex(columns=range(7))
    chosen = entities.where(entities.isin(wide.index), "")
    return np.asarray(wide.reindex(chosen).fillna(1.0), dtype=np.float64)


def open_days(spans: pd.DataFrame, members: pd.DataFrame, closed: pd.DataFrame, terms: pd.DataFrame) -> pd.DataFrame:
    """``spans`` (indicator_id, start, end) with three columns in weighted days.

    open: the open days. potential: the days that would be open without closures, apart from weekly closing days. term:
    the open days in a term. Each is the mean over the members present, so a new branch changes none of them. members:
    as ``weigh_members``. closed: entity ("" for all), day. terms: start, end, without overlaps. Spans without a member
    are left out.
    """
    key = ["indicator_id", "start", "end"]
    cells = spans[key].merge(members, on="indicator_id")
    cells = cells[cells["first"] < cells["end"]].reset_index(drop=True)
    if cells.empty:
        return spans[key].head(0).assign(open=0.0, potential=0.0, term=0.0)
    axis = pd.date_range(cells["start"].min(), cells["end"].max(), freq="D")
    at = tuple(((cells[name] - axis[0]) // ONE_DAY).to_numpy(dtype=np.int64) for name in ("start", "end"))
    in_term = _within(axis, terms)
    columns = {name: np.zeros(len(cells)) for name in ("open", "potential", "term")}
    own = sorted(set(closed["entity"]) & set(cells["entity"]) | {""})
    group = cells["entity"].where(cells["entity"].isin(own), "")
    for entity in own:
        mine = (group == entity).to_numpy()
        opened = ~axis.isin(closed.loc[closed["entity"].isin(["", entity]), "day"])
        edges = (at[0][mine], at[1][mine])
        week = cells.loc[mine, [str(day) for day in range(7)]].to_numpy(dtype=float)
        marked = {"open": opened, "potential": np.ones(len(axis), dtype=bool), "term": opened & in_term}
        for name, days in marked.items():
            columns[name][mine] = _weighted(days, axis.day_of_week.to_numpy(), edges, week)
    cells = cells.assign(**{name: column * cells["weight"] for name, column in columns.items()})
    sums = cells.groupby(key)[[*columns, "weight"]].sum()
    weight = sums.pop("weight")
    return sums.div(weight, axis=0).reset_index()


def _within(axis: pd.DatetimeIndex, terms: pd.DataFrame) -> np.ndarray:
    """Whether each day lies in a term."""
    day = axis.to_numpy()
    begun, ended = (np.searchsorted(terms[name].to_numpy(), day, side="right") for name in ("start", "end"))
    return begun > ended


def _weighted(
    days: np.ndarray, weekday: np.ndarray, edges: tuple[np.ndarray, np.ndarray], week: FloatArray
) -> FloatArray:
    """The weight of the marked days in ``[start, end)`` of each cell; ``week`` is (cells, 7)."""
    total = np.zeros(len(week))
    for day in range(7):
        running = np.concatenate([[0], np.cumsum(days & (weekday == day))])
        total += week[:, day] * (running[edges[1]] - running[edges[0]])
    return total
