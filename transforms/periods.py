"""One row for each indicator and period: value, completeness, flags. Missing values stay missing."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

PANDAS_PERIOD = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
MARKS = ("prorated", "rollover", "reset", "implausible", "corrected")
PERIOD_COLUMNS = [
    "indicator_id",
    "start",
    "end",
    "value",
    "standard_error",
    "completeness",
    "provisional",
    "flags",
    "as_of",
    "pulls",
    "numerator",
    "denominator",
]
MEMBER_KEY = ["indicator_id", "part", "source", "metric", "entity"]


@dataclass(frozen=True, slots=True)
class ReducedSeries:
    """The results of ``transforms.expressions.series`` as frames.

    series: ``SERIES`` and its aggregations. closed: ``SERIES`` and closed_covered. flags: indicator_id, start, flag.
    pulls: indicator_id, start, pull_id. first: the member columns and first. weekdays:
    ``transforms.expressions.weekday_means``.
    """

    series: pd.DataFrame
    closed: pd.DataFrame
    flags: pd.DataFrame
    pulls: pd.DataFrame
    first: pd.DataFrame
    weekdays: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class PeriodInputs:
    """The definitions from the plan and the sources.

    indicators: indicator_id, period, how (sum, mean, last, max), over_entities, kind, settled_days. members:
    indicator_id, part, source, metric, entity (null for all), items. closed: entity ("" for all), day. coverage:
    source, start, end. today: the organisation's day.
    """

    indicators: pd.DataFrame
    members: pd.DataFrame
    closed: pd.DataFrame
    coverage: pd.DataFrame
    today: date


def period_grid(period: str, first: date, today: date) -> pd.DataFrame:
    """Columns period, start, end.

    The periods from that of ``first`` to that of the day before ``today``.

    Weeks start on Monday. A run asks for the same few grids again and again, and a fleet for those of its members.
    """
    return _grid(period, first, today).copy()


@lru_cache(maxsize=256)
def _grid(period: str, first: date, today: date) -> pd.DataFrame:
    spans = pd.period_range(
        pd.Timestamp(first),
        max(pd.Timestamp(today) - pd.Timedelta(days=1), pd.Timestamp(first)),
        freq=PANDAS_PERIOD[period],
    )
    starts = pd.Series(spans.start_time).astype("datetime64[us]")
    ends = (pd.Series(spans.end_time).dt.floor("D") + pd.Timedelta(days=1)).astype("datetime64[us]")
    return pd.DataFrame({"period": period, "start": starts, "end": ends})


def periods(reduced: ReducedSeries, rules: PeriodInputs, cells: pd.DataFrame | None = None) -> pd.DataFrame:
    """Columns ``PERIOD_COLUMNS``, sorted by indicator and start.

    standard_error is NaN where the value is not an estimate or its error is unknown. pulls: the ids of the pulls with
    the observations behind the value, as a sorted tuple. cells: as ``member_cells`` of all members, where at hand.
    """
    if cells is None:
        members = expected_members(reduced, rules)
        cells = members if members.empty else member_cells(members, reduced, rules)
    if cells.empty:
        days = dict.fromkeys(("start", "end"), "datetime64[us]")
        numbers = dict.fromkeys(("value", "standard_error", "completeness", "numerator", "denominator"), "float64")
        return pd.DataFrame(columns=PERIOD_COLUMNS).astype({"indicator_id": "str", **days, **numbers})
    parts = _over_entities(cells)
    out = _one_value(parts, rules)
    out["provisional"] = out["end"] > pd.Timestamp(rules.today) - pd.to_timedelta(out["settled_days"], unit="D")
    out["flags"] = _flags(out, reduced.flags)
    out["pulls"] = sorted_tuples(out, reduced.pulls, "pull_id")
    out["provisional"] |= out["flags"].map(lambda flags: "provisional" in flags).astype(bool)
    return out.assign(standard_error=np.nan)[PERIOD_COLUMNS]


def expected_members(reduced: ReducedSeries, rules: PeriodInputs) -> pd.DataFrame:
    """Every member of every indicator with the first day from which it is expected.

    A member that the plan names is expected as long as the indicator has any data. A member that it does not name is
    expected from its own first observation on. Items are one member.
    """
    items = _item_members(reduced, rules)
    others = rules.members[~rules.members["items"]]
    named = others[others["entity"].notna()]
    seen = reduced.first.merge(others[MEMBER_KEY[:4]].drop_duplicates(), on=MEMBER_KEY[:4])
    unnamed = seen.merge(named[MEMBER_KEY], on=MEMBER_KEY, how="left", indicator="side")
    unnamed = unnamed[unnamed["side"] == "left_only"].drop(columns="side")
    begun = pd.concat([reduced.first, items]).groupby("indicator_id", as_index=False)["first"].min()
    expected = named.merge(begun, on="indicator_id")
    columns = [*MEMBER_KEY, "first", "items"]
    frames = [frame[columns] for frame in (items, unnamed.assign(items=False), expected) if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True).drop_duplicates(MEMBER_KEY).merge(rules.indicators, on="indicator_id")


def _item_members(reduced: ReducedSeries, rules: PeriodInputs) -> pd.DataFrame:
    """The members that are items.

    They begin with the first item; where none was ever found, with the last year that was collected.
    """
    collected = rules.coverage.groupby("source", as_index=False).agg(start=("start", "min"), end=("end", "max"))
    items = rules.members[rules.members["items"]]
    items = items.merge(collected, on="source").assign(entity="")
    items = items.merge(reduced.first, on=MEMBER_KEY, how="left")
    year_before = items["end"] - pd.Timedelta(days=366)
    return items.assign(first=items["first"].fillna(items["start"].where(items["start"] > year_before, year_before)))


def member_cells(members: pd.DataFrame, reduced: ReducedSeries, rules: PeriodInputs) -> pd.DataFrame:
    """One row for each member and period, from the period that contains the member's first day on.

    value: what is known of it; open_days, and covered, those of them that are known. members: as ``expected_members``.
    """
    begun = members.groupby(["indicator_id", "period"], as_index=False).agg(first=("first", "min"))
    spans = [
        period_grid(period, first.date(), rules.today).assign(indicator_id=indicator)
        for indicator, period, first in begun[["indicator_id", "period", "first"]].itertuples(index=False, name=None)
    ]
    cells = members.merge(pd.concat(spans, ignore_index=True).drop(columns="period"), on="indicator_id")
    cells = cells[cells["first"] < cells["end"]].reset_index(drop=True)
    for frame in (reduced.series, reduced.closed):
        cells = cells.merge(frame, on=[*MEMBER_KEY, "start"], how="left")
    cells["open_days"] = (cells["end"] - cells["start"]).dt.days - _closed_days(cells, rules.closed)
    counted = cells["days"].fillna(0) - cells["closed_covered"].fillna(0)
    covered = np.where(cells["items"], _collected_days(cells, rules.coverage), counted)
    cells["covered"] = covered.clip(0, cells["open_days"])
    ways = ("sum", "mean", "last", "max")
    chosen = np.select([cells["how"] == how for how in ways], [cells[how] for how in ways], np.nan)
    cells["value"] = np.where(cells["items"] & np.isnan(chosen) & (cells["covered"] > 0), 0.0, chosen)
    once = cells["how"].isin(["last", "max"]) & cells["value"].notna()
    cells["covered"] = np.where(once, cells["open_days"], cells["covered"])
    return cells


def _closed_days(cells: pd.DataFrame, closed: pd.DataFrame) -> np.ndarray:
    """The closed days of each cell's entity within its period."""
    everyone = closed.loc[closed["entity"] == "", "day"].sort_values().to_numpy()
    count = np.searchsorted(everyone, cells["end"].to_numpy()) - np.searchsorted(everyone, cells["start"].to_numpy())
    own = closed[(closed["entity"] != "") & ~closed["day"].isin(everyone)]
    for entity, days in own.groupby("entity")["day"]:
        mine = (cells["entity"] == entity).to_numpy()
        ordered = days.sort_values().to_numpy()
        first, last = (np.searchsorted(ordered, cells[name].to_numpy()[mine]) for name in ("start", "end"))
        count[mine] += last - first
    return count


def _collected_days(cells: pd.DataFrame, coverage: pd.DataFrame) -> np.ndarray:
    """The days of each cell's period on which its source was collected; windows do not overlap."""
    days = np.zeros(len(cells))
    for source, windows in coverage.groupby("source"):
        mine = (cells["source"] == source).to_numpy()
        start, end = cells["start"].to_numpy()[mine, None], cells["end"].to_numpy()[mine, None]
        opens, closes = (windows[name].to_numpy()[None, :] for name in ("start", "end"))
        shared = np.minimum(end, closes) - np.maximum(start, opens)
        days[mine] = np.clip(shared / np.timedelta64(1, "D"), 0, None).sum(axis=1)
    return days


def _over_entities(cells: pd.DataFrame) -> pd.DataFrame:
    """One row for each indicator, part and period.

    A sum over entities is null only where all of them are null.
    """
    grouped = cells.groupby(["indicator_id", "part", "start", "end"], as_index=False)
    out = grouped.agg(
        sum=("value", lambda v: v.sum(min_count=1)),
        mean=("value", "mean"),
        max=("value", "max"),
        covered=("covered", "sum"),
        open_days=("open_days", "sum"),
        as_of=("retrieved_at", "max"),
        over_entities=("over_entities", "first"),
        **{mark: (mark, "any") for mark in MARKS},
    )
    ways = ("sum", "mean", "max")
    out["value"] = np.select([out["over_entities"] == how for how in ways], [out[how] for how in ways], np.nan)
    return out


def _one_value(parts: pd.DataFrame, rules: PeriodInputs) -> pd.DataFrame:
    """One row for each indicator and period.

    A rate is null where its denominator is 0 or unknown.
    """
    key = ["indicator_id", "start", "end"]
    wide = parts.pivot(index=key, columns="part", values="value").reindex(columns=["of", "numerator", "denominator"])
    whole = parts.groupby(key).agg(
        covered=("covered", "sum"),
        open_days=("open_days", "sum"),
        as_of=("as_of", "max"),
        **{m: (m, "any") for m in MARKS},
    )
    denominator = wide["denominator"].where(wide["denominator"] != 0)
    whole["value"] = wide["of"].fillna(wide["numerator"] / denominator)
    whole["numerator"], whole["denominator"] = wide["numerator"].astype(float), wide["denominator"].astype(float)
    whole["completeness"] = np.where(whole["open_days"] > 0, whole["covered"] / whole["open_days"], 1.0)
    return whole.reset_index().merge(rules.indicators[["indicator_id", "settled_days"]], on="indicator_id")


def _flags(out: pd.DataFrame, seen: pd.DataFrame) -> pd.Series:
    own = [out.loc[out[mark], ["indicator_id", "start"]].assign(flag=mark) for mark in MARKS]
    own.append(out.loc[(out["completeness"] < 1), ["indicator_id", "start"]].assign(flag="incomplete"))
    own.append(out.loc[out["open_days"] == 0, ["indicator_id", "start"]].assign(flag="closed"))
    return sorted_tuples(out, pd.concat([seen, *own]).drop_duplicates(), "flag")


def sorted_tuples(out: pd.DataFrame, found: pd.DataFrame, name: str) -> pd.Series:
    """For each row of ``out`` the texts in column ``name`` of ``found`` as a sorted tuple.

    Rows are matched by indicator_id and start.
    """
    lists: dict[tuple[str, pd.Timestamp], list[str]] = {}
    rows = found[["indicator_id", "start", name]].sort_values(name)
    for indicator, start, text in rows.itertuples(index=False, name=None):
        lists.setdefault((indicator, start), []).append(text)
    texts = [tuple(lists.get(key, ())) for key in zip(out["indicator_id"], out["start"], strict=True)]
    return pd.Series(texts, index=out.index, dtype=object)
