"""Sample weeks on the calendar: from counts by week to the periods of their indicators.

A week across the border of a period has a part in each. Its size is its open days over the usual open days of a week; a
closed week has size 0. A part with a missing open day is not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.periods import (
    MARKS,
    MEMBER_KEY,
    PeriodInputs,
    ReducedSeries,
    expected_members,
    period_grid,
    sorted_tuples,
)
from transforms.sampling.estimate import PERIOD, ROW, STRATUM, TOTAL, Estimates, estimate
from transforms.sampling.estimate_notes import notes
from warehouse.schema.reason_codes import ALL_WEEKS, OTHER_WEEKS

WEEK = pd.Timedelta(days=7)
COLUMNS = [
    *PERIOD,
    "end",
    "value",
    "standard_error",
    "df",
    "completeness",
    "provisional",
    "flags",
    "as_of",
    "pulls",
    "note",
]


@dataclass(frozen=True)
class SamplePlans:
    """The plan's entries for the indicators that are counted in sample weeks.

    samples: indicator_id, week_starts (monday, sunday), open_weeks (NaN where the calendar gives them). strata:
    indicator_id, stratum, first, last (days, both included), in the plan's order; all others are ``OTHER_WEEKS``.
    usual_days: the open days of a usual week by entity; 7 for one that is not named.
    """

    samples: pd.DataFrame
    strata: pd.DataFrame
    usual_days: Mapping[str, int]


@dataclass(frozen=True)
class SampledPeriods:
    """periods: ``COLUMNS``; estimates: of the periods that are over.

    df: the degrees of freedom of the error. note: what the estimate lacks, as findings.
    """

    periods: pd.DataFrame
    estimates: Estimates


def week_grid_label(period: str, week_starts: str) -> str:
    """The name of the grid of ``week_grid``."""
    return f"{period} by weeks from {week_starts}"


def week_grid(period: str, week_starts: str, spans: pd.DataFrame) -> pd.DataFrame:
    """Columns period (the label), start, end: weeks cut at the borders of periods, in order.

    spans: start and end of periods.
    """
    days = pd.Series(pd.date_range(spans["start"].min(), spans["end"].max(), freq="D", inclusive="left", unit="us"))
    first = days[days.isin(spans["start"]) | (days.dt.day_of_week == _weekday(week_starts))].reset_index(drop=True)
    return pd.DataFrame(
        {
            "period": week_grid_label(period, week_starts),
            "start": first,
            "end": first.shift(-1).fillna(spans["end"].max()),
        }
    )


def _weekday(week_starts: str) -> int:
    return {"monday": 0, "sunday": 6}[week_starts]


def sampled_periods(reduced: ReducedSeries, rules: PeriodInputs, plans: SamplePlans) -> SampledPeriods:
    """The periods of the indicators in ``plans.samples``.

    reduced: over the grids of ``week_grid``, so that each start is that of a week's part.
    rules: of these indicators alone; its closed days include the weekdays on which an entity never opens.
    """
    units = _units(expected_members(reduced, rules), rules, plans)
    if units.empty:
        return no_sampled_periods()
    units = _counted(units, reduced)
    over = units["end"] <= pd.Timestamp(rules.today)
    frame = units[over & (units["size"] > 0)]
    result = estimate(frame.loc[frame["whole"], [*PERIOD, "source", "metric", "entity", "week", "value"]], frame)
    return SampledPeriods(_periods(units, result, reduced, rules), result)


def no_sampled_periods() -> SampledPeriods:
    """The result for a plan without sample weeks."""
    return SampledPeriods(
        pd.DataFrame(columns=COLUMNS),
        Estimates(pd.DataFrame(columns=[*ROW, *STRATUM]), pd.DataFrame(columns=[*PERIOD, *TOTAL])),
    )


def _units(members: pd.DataFrame, rules: PeriodInputs, plans: SamplePlans) -> pd.DataFrame:
    """One row for each member and week's part.

    week and week_end (the part), start and end (its period), size, main, stratum, declared.
    """
    samples = plans.samples.merge(
        members.groupby("indicator_id", as_index=False).agg(first=("first", "min"), period=("period", "first")),
        on="indicator_id",
    )
    weeks = [
        _weeks(row["period"], row["week_starts"], row["first"], rules).assign(indicator_id=row["indicator_id"])
        for row in samples.to_dict("records")
    ]
    if not weeks:
        return pd.DataFrame(columns=[*MEMBER_KEY, "start", "week", "size", "main", "stratum", "declared"])
    parts = _with_strata(pd.concat(weeks, ignore_index=True), plans)
    units = members[[*MEMBER_KEY, "first", "settled_days"]].merge(parts, on="indicator_id")
    units = units[units["first"] < units["end"]].reset_index(drop=True)
    units["open_days"] = (units["week_end"] - units["week"]).dt.days - _closed_days(units, rules.closed)
    units["size"] = units["open_days"] / units["entity"].map(plans.usual_days).fillna(7).clip(lower=1)
    row = [units[name] for name in (*PERIOD, "source", "metric", "entity", "stratum")]
    units["main"] = units["main"] | ~(units["main"] & (units["size"] > 0)).groupby(row).transform("any")
    return units.merge(
        plans.samples[["indicator_id", "open_weeks"]].rename(columns={"open_weeks": "declared"}), on="indicator_id"
    )


def _weeks(period: str, week_starts: str, first: pd.Timestamp, rules: PeriodInputs) -> pd.DataFrame:
    """Each week's part with its period, and as week_start the first day of the whole week.

    The greater part of a week is main.
    """
    spans = period_grid(period, first.date(), rules.today)
    parts = week_grid(period, week_starts, spans).drop(columns="period")
    parts = parts.rename(columns={"start": "week", "end": "week_end"})
    place = np.searchsorted(spans["start"].to_numpy(), parts["week"].to_numpy(), side="right") - 1
    parts["start"], parts["end"] = spans["start"].to_numpy()[place], spans["end"].to_numpy()[place]
    days_in = (parts["week"].dt.day_of_week - _weekday(week_starts)) % 7
    parts["week_start"] = parts["week"] - pd.to_timedelta(days_in, unit="D")
    return parts.assign(main=(parts["week_end"] - parts["week"]).dt.days >= 4)


def _with_strata(parts: pd.DataFrame, plans: SamplePlans) -> pd.DataFrame:
    """The stratum with most of the week's seven days.

    Of two with equally many, the one that the plan names first.
    """
    out = parts.assign(stratum=ALL_WEEKS)
    for indicator, spans in plans.strata.groupby("indicator_id"):
        mine = out["indicator_id"] == indicator
        weeks = out.loc[mine, "week_start"].to_numpy()[:, None]
        ends = np.minimum(weeks + WEEK.to_timedelta64(), spans["last"].to_numpy() + np.timedelta64(1, "D"))
        shared = (ends - np.maximum(weeks, spans["first"].to_numpy())) / np.timedelta64(1, "D")
        by_span = pd.DataFrame(np.clip(shared, 0, None).T)
        days = by_span.groupby(spans["stratum"].to_numpy(), sort=False).sum()
        days.loc[OTHER_WEEKS] = 7 - days.sum() + days.loc[OTHER_WEEKS] if OTHER_WEEKS in days.index else 7 - days.sum()
        out.loc[mine, "stratum"] = days.idxmax().to_numpy()
    return out


def _closed_days(units: pd.DataFrame, closed: pd.DataFrame) -> np.ndarray:
    """The closed days of each unit's entity within its week's part."""
    count = np.zeros(len(units))
    for entity, rows in units.groupby("entity").indices.items():
        days = closed.loc[closed["entity"].isin(["", entity]), "day"].drop_duplicates().sort_values().to_numpy()
        first, last = (units[name].to_numpy()[rows] for name in ("week", "week_end"))
        count[rows] = np.searchsorted(days, last) - np.searchsorted(days, first)
    return count


def _counted(units: pd.DataFrame, reduced: ReducedSeries) -> pd.DataFrame:
    """``units`` with value, known_days, whole (every open day is known), marks and retrieved_at.

    The count of a week across the border of a period is split by open days.
    """
    series, closed = (frame.rename(columns={"start": "week"}) for frame in (reduced.series, reduced.closed))
    out = units.merge(
        series[[*MEMBER_KEY, "week", "sum", "days", "retrieved_at", *MARKS]], on=[*MEMBER_KEY, "week"], how="left"
    )
    out = out.merge(closed, on=[*MEMBER_KEY, "week"], how="left")
    out["known_days"] = (out["days"].fillna(0) - out["closed_covered"].fillna(0)).clip(lower=0)
    out["whole"] = (out["known_days"] >= out["open_days"]) & out["sum"].notna()
    for mark in MARKS:
        out[mark] = out[mark].notna() & out[mark].eq(other=True)
    week = out.groupby([*MEMBER_KEY, "week_start"])
    total, open_days = week["sum"].transform("sum"), week["open_days"].transform("sum")
    complete = week["prorated"].transform("any") & week["whole"].transform("all")
    shared = complete & (week["week"].transform("size") > 1) & (open_days > 0)
    return out.assign(value=out["sum"].where(~shared, total * out["open_days"] / open_days.where(open_days > 0)))


def _periods(units: pd.DataFrame, result: Estimates, reduced: ReducedSeries, rules: PeriodInputs) -> pd.DataFrame:
    rows = units.assign(known=units["size"].where(units["whole"], 0.0))
    out = rows.groupby(PERIOD, as_index=False).agg(
        end=("end", "first"),
        as_of=("retrieved_at", "max"),
        settled_days=("settled_days", "max"),
        size=("size", "sum"),
        part=("known", "sum"),
        **{mark: (mark, "any") for mark in MARKS},
    )
    lacking = notes(units, result, rules.today)
    out = out.merge(result.totals, on=PERIOD, how="left").merge(lacking, on=PERIOD, how="left")
    out["completeness"] = out["known"].fillna(out["part"] / out["size"].where(out["size"] > 0)).fillna(1.0)
    out["provisional"] = out["end"] > pd.Timestamp(rules.today) - pd.to_timedelta(out["settled_days"], unit="D")
    out["flags"] = _flags(out, units, reduced.flags)
    out["pulls"] = sorted_tuples(
        out, _of_counted_weeks(units, reduced.pulls)[[*PERIOD, "pull_id"]].drop_duplicates(), "pull_id"
    )
    out["provisional"] |= out["flags"].map(lambda flags: "provisional" in flags).astype(bool)
    out["note"] = pd.Series([one if isinstance(one, tuple) else () for one in out["note"]], out.index, object)
    return out[COLUMNS].sort_values(PERIOD, ignore_index=True)


def _flags(out: pd.DataFrame, units: pd.DataFrame, seen: pd.DataFrame) -> pd.Series:
    """The flags of the counted weeks and those of the period."""
    theirs = _of_counted_weeks(units, seen)[[*PERIOD, "flag"]]
    true = {
        **{mark: out[mark] for mark in MARKS},
        "estimated": out["estimated"].eq(other=True),
        "estimate_no_error": out["no_error"].eq(other=True),
        "incomplete": out["completeness"] < 1,
        "closed": out["size"] == 0,
    }
    own = [out.loc[rows, PERIOD].assign(flag=flag) for flag, rows in true.items()]
    return sorted_tuples(out, pd.concat([theirs, *own]).drop_duplicates(), "flag")


def _of_counted_weeks(units: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """``seen`` by the periods whose counted weeks it belongs to.

    seen: by indicator_id and, as start, the week's part.
    """
    used = units.loc[units["whole"], [*PERIOD, "week"]].drop_duplicates()
    return seen.rename(columns={"start": "week"}).merge(used, on=["indicator_id", "week"])
