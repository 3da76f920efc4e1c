"""Open days: how much of each period the doors are open, weighed by the days of the week and by what each branch counts.

Where history is daily, a weekday weighs what it usually counts; else its opening hours; else the same as every other. A branch
weighs what it counts on an average day. The unit is a day of average weight.
"""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from transforms.periods import MEMBER_KEY
from transforms.rules.inputs import FloatArray

DAYS_TO_KNOW_A_WEEK = 56
ONE_DAY = np.timedelta64(1, "D")


def weekday_means(place: ir.Table, closed: ir.Table) -> ir.Table:
    """Columns of a member, weekday (0 Monday), mean and days: the average of its figures of single open days, by weekday.

    ``place`` as ``transforms.series.values_by_period`` yields it; closed: entity ("" for all), day.
    """
    rows = place.filter(place.value.notnull(), place.days == 1.0, place.share == 1.0)
    shut = closed.select(shut_entity=closed.entity, day=closed.day)
    single = rows.anti_join(
        shut, [rows["first"] == shut.day, (shut.shut_entity == "") | (shut.shut_entity == rows.own_entity)]
    )
    weekday = single["first"].day_of_week.index().cast("int64")
    # a member that is many items counts all of them: first a day's sum, then the average over days
    by_day = single.group_by([*MEMBER_KEY, "first", weekday.name("weekday")]).agg(value=single.value.sum())
    return by_day.group_by([*MEMBER_KEY, "weekday"]).agg(mean=by_day.value.mean(), days=by_day.count())


def weigh_members(
    members: pd.DataFrame, series: pd.DataFrame, weekdays: pd.DataFrame, hours: pd.DataFrame
) -> pd.DataFrame:
    """``members`` (``MEMBER_KEY`` and first) with weight, and the weight of each weekday in columns 0 to 6, whose mean is 1.

    series: ``transforms.series.SERIES``, sum and days. weekdays: as ``weekday_means``. hours: entity ("" for the default),
    weekday, hours.
    """
    counted = series.groupby(MEMBER_KEY, as_index=False).agg(total=("sum", "sum"), days=("days", "sum"))
    out = members[[*MEMBER_KEY, "first"]].merge(counted, on=MEMBER_KEY, how="left")
    daily = (out["total"] / out["days"].where(out["days"] > 0)).clip(lower=0)
    known = daily.groupby(out["indicator_id"]).transform("sum")
    # next to nothing, so that a stretch with only such members weighs them alike
    least = known * 1e-9
    week = _week_counted(out, weekdays)
    opened = _week_open(out["entity"], hours)
    week = np.where(np.isnan(week).any(axis=1, keepdims=True), opened, week)
    mean = week.mean(axis=1, keepdims=True)
    week = np.where(mean > 0, week / np.where(mean > 0, mean, 1.0), 1.0)
    out = out.assign(weight=np.where(known > 0, np.maximum(daily.fillna(0.0), least), 1.0))
    return out.drop(columns=["total", "days"]).assign(**{str(day): week[:, day] for day in range(7)})


def _week_counted(members: pd.DataFrame, weekdays: pd.DataFrame) -> FloatArray:
    """What each weekday counts, (members, 7); NaN throughout where fewer than ``DAYS_TO_KNOW_A_WEEK`` single days are known."""
    known = weekdays[weekdays.groupby(MEMBER_KEY)["days"].transform("sum") >= DAYS_TO_KNOW_A_WEEK]
    wide = (
        known.pivot(index=MEMBER_KEY, columns="weekday", values="mean")
        .reindex(columns=range(7))
        .fillna(0.0)
        .clip(lower=0.0)
    )
    out = (
        wide.reindex(pd.MultiIndex.from_frame(members[MEMBER_KEY]))
        if len(wide)
        else pd.DataFrame(np.nan, members.index, range(7))
    )
    return np.asarray(out, dtype=np.float64)


def _week_open(entities: pd.Series, hours: pd.DataFrame) -> FloatArray:
    """Opening hours by weekday, (members, 7); 1 where none are given."""
    wide = hours.pivot(index="entity", columns="weekday", values="hours").reindex(columns=range(7))
    chosen = entities.where(entities.isin(wide.index), "")
    return np.asarray(wide.reindex(chosen).fillna(1.0), dtype=np.float64)


def open_days(spans: pd.DataFrame, members: pd.DataFrame, closed: pd.DataFrame, terms: pd.DataFrame) -> pd.DataFrame:
    """``spans`` (indicator_id, start, end) with three columns in weighted days.

    open: days on which the doors are open; potential: the same if nothing were closed but what is closed every week; term: the
    open ones that lie in a term. The mean over the members present, so a new branch changes none of them. members: as
    ``weigh_members``; closed: entity ("" for all), day; terms: start, end, not overlapping. Spans without a member are left out.
    """
    cells = spans[["indicator_id", "start", "end"]].merge(members, on="indicator_id")
    cells = cells[cells["first"] < cells["end"]].reset_index(drop=True)
    if cells.empty:
        return spans[["indicator_id", "start", "end"]].head(0).assign(open=0.0, potential=0.0, term=0.0)
    axis = pd.date_range(cells["start"].min(), cells["end"].max(), freq="D")
    at = tuple(((cells[name] - axis[0]) // ONE_DAY).to_numpy(dtype=np.int64) for name in ("start", "end"))
    in_term = _within(axis, terms)
    figures = {name: np.zeros(len(cells)) for name in ("open", "potential", "term")}
    own = sorted(set(closed["entity"]) & set(cells["entity"]) | {""})
    group = cells["entity"].where(cells["entity"].isin(own), "")
    for entity in own:
        mine = (group == entity).to_numpy()
        opened = ~axis.isin(closed.loc[closed["entity"].isin(["", entity]), "day"])
        edges = (at[0][mine], at[1][mine])
        for name, days in (("open", opened), ("potential", np.ones(len(axis), dtype=bool)), ("term", opened & in_term)):
            figures[name][mine] = _weighted(
                days,
                axis.day_of_week.to_numpy(),
                edges,
                cells.loc[mine, [str(d) for d in range(7)]].to_numpy(dtype=float),
            )
    cells = cells.assign(**{name: figure * cells["weight"] for name, figure in figures.items()})
    sums = cells.groupby(["indicator_id", "start", "end"])[[*figures, "weight"]].sum()
    weight = sums.pop("weight")
    return sums.div(weight, axis=0).reset_index()


def _within(axis: pd.DatetimeIndex, terms: pd.DataFrame) -> np.ndarray:
    """Whether each day lies in a term."""
    day = axis.to_numpy()
    after = np.searchsorted(terms["start"].to_numpy(), day, side="right") - np.searchsorted(
        terms["end"].to_numpy(), day, side="right"
    )
    return after > 0


def _weighted(
    days: np.ndarray, weekday: np.ndarray, edges: tuple[np.ndarray, np.ndarray], week: FloatArray
) -> FloatArray:
    """The weight of the marked days in ``[start, end)`` of each cell; ``week`` (cells, 7)."""
    total = np.zeros(len(week))
    for day in range(7):
        running = np.concatenate([[0], np.cumsum(days & (weekday == day))])
        total += week[:, day] * (running[edges[1]] - running[edges[0]])
    return total
