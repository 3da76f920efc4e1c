"""The course of each indicator: for each of its periods how much of a usual one is to be expected, by open days and by season.

The years here are the twelve months between two anniversaries: of the day after the due day where the target is of a year, else
of the day after the baseline.
"""

import numpy as np
import pandas as pd

from transforms.matrix import is_usable
from transforms.pacing.seasonal import cumulative_share, seasonal_index, term_factor
from transforms.periods import period_grid
from transforms.rules.inputs import FloatArray

SEASON_CLASSES = {"day": 12, "week": 12, "month": 12, "quarter": 4, "year": 1}
PERIODS_A_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
LOOK_BACK = 10
"""The complete years of a season are sought among so many before the year that is judged."""
FARTHEST = 120
"""So many periods to come are told of at most."""
ONE_DAY = pd.Timedelta(days=1)
TARGET_COLUMNS = [
    "indicator_id",
    "kind",
    "period",
    "over",
    "path",
    "due",
    "baseline_start",
    "baseline_end",
    "min_completeness",
]
SPAN_COLUMNS = ["indicator_id", "start", "end", "ahead"]
PERIOD_COLUMNS = ["indicator_id", "start", "value", "completeness", "provisional", "numerator", "denominator"]


def spans(periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, start, end, ahead: every period of each indicator; of a target of a year, every period of its years.

    Then, marked as ahead, those to come up to the one that holds the due day, but not much farther than ``FARTHEST``.
    """
    reach = (
        periods.groupby("indicator_id", as_index=False)
        .agg(first=("start", "min"), last=("end", "max"))
        .astype({"first": "datetime64[us]", "last": "datetime64[us]"})
    )
    reach = reach.merge(targets[["indicator_id", "period", "over", "due"]], on="indicator_id")
    yearly, due = (reach["over"] == "year") & reach["due"].notna(), reach["due"] + ONE_DAY
    begins = anniversary(due, years_left(reach["first"], due) + 1).where(yearly, reach["first"])
    farthest = reach["last"] + pd.to_timedelta(
        np.ceil(FARTHEST * 366 / reach["period"].map(PERIODS_A_YEAR).astype(float)), unit="D"
    )
    until = due.where(due < farthest, farthest).where(due > reach["last"], reach["last"])
    ends, until = (
        anniversary(due, years_left(day - ONE_DAY, due)).where(yearly, day) for day in (reach["last"], until)
    )
    grids = [
        period_grid(period, start.date(), last.date()).assign(indicator_id=name, end_judged=end)
        for name, period, start, end, last in zip(
            reach["indicator_id"], reach["period"], begins, ends, until, strict=True
        )
    ]
    empty = pd.DataFrame(columns=SPAN_COLUMNS).astype(
        {"indicator_id": "str", "start": "datetime64[us]", "end": "datetime64[us]", "ahead": "bool"}
    )
    found = pd.concat(grids, ignore_index=True) if grids else empty
    return found.assign(ahead=found["start"] >= found["end_judged"])[SPAN_COLUMNS] if grids else empty


def years_left(day: pd.Series, until: pd.Series) -> pd.Series:
    """Whole years between ``day`` and ``until``, a later one: 0 in the year that ends with it, 1 in the one before; below 0 after it."""
    months = (
        (until.dt.year - day.dt.year) * 12 + until.dt.month - day.dt.month + 0.5 * np.sign(until.dt.day - day.dt.day)
    )
    found: pd.Series = np.ceil(months / 12) - 1
    return found


def anniversary(day: pd.Series, years: pd.Series) -> pd.Series:
    """``day`` so many years earlier; the day after 28 February stands in for 29 February."""
    known = day.notna() & years.notna()
    parts = pd.DataFrame({"year": day.dt.year - years, "month": day.dt.month, "day": day.dt.day})[known].astype(int)
    leap = (parts["month"] == 2) & (parts["day"] == 29)
    moved = pd.to_datetime(parts.assign(day=parts["day"].where(~leap, 28))) + pd.to_timedelta(
        leap.astype(int), unit="D"
    )
    return moved.reindex(day.index).astype("datetime64[us]")


def build_profile(periods: pd.DataFrame, targets: pd.DataFrame, calendar: pd.DataFrame | None) -> pd.DataFrame:
    """One row a span of ``spans``, with what the periods and targets say of it; those ahead change nothing of the others. And

    closed: a flow of which nothing is expected; known: complete, settled and not closed; year: years left as ``years_left``;
    year_start and year_end (the day after); open_share: its open days over those usual in its part of the year; scale: what a period of average expectation is
    multiplied by; index: the season's alone; seasons: years it rests on; part, share: of its year in it and up to its end.
    calendar: open, potential and term by indicator_id and start, as ``transforms.pacing.opendays.open_days``; without it all days are open.
    """
    rows = _placed(periods, targets, calendar)
    usual = _usual_share(rows)
    rows["open_share"] = np.where(
        rows["flow"] & (rows["potential"] > 0),
        rows["open"] / rows["potential"].where(rows["potential"] > 0) / usual,
        1.0,
    )
    rows["open_share"] = rows["open_share"].where(~rows["closed"], 0.0)
    rows = _with_season(rows)
    seasonal = rows["seasons"] > 0
    rows["scale"] = np.where(
        seasonal,
        np.where(rows["flow"], rows["index"] * rows["ground"] / rows["mean_ground"], rows["index"]),
        rows["open_share"],
    )
    weight = np.where(
        seasonal,
        np.where(rows["flow"], rows["index"] * rows["ground"], rows["index"] * rows["class_ground"]),
        rows["open"],
    )
    return _shared_out(rows, weight)


def _placed(periods: pd.DataFrame, targets: pd.DataFrame, calendar: pd.DataFrame | None) -> pd.DataFrame:
    rows = (
        spans(periods, targets)
        .merge(targets[TARGET_COLUMNS], on="indicator_id")
        .merge(periods.reindex(columns=PERIOD_COLUMNS), on=["indicator_id", "start"], how="left")
    )
    days = _days(rows)
    if calendar is not None:
        rows = rows.merge(
            calendar[["indicator_id", "start", "open", "potential", "term"]], on=["indicator_id", "start"], how="left"
        )
    for name, plain in (("open", days), ("potential", days), ("term", 0.0 * days)):
        rows[name] = rows[name].fillna(plain) if name in rows else plain
    rows["flow"] = rows["kind"] == "flow"
    rows["closed"] = rows["flow"] & (rows["open"] <= 0)
    rows["known"] = is_usable(rows) & ~rows["closed"]
    middle = rows["start"] + pd.to_timedelta(3 * (rows["period"] == "week"), unit="D")
    quarterly, yearly = rows["period"] == "quarter", rows["period"] == "year"
    rows["class"] = np.select([quarterly, yearly], [middle.dt.quarter - 1, 0], middle.dt.month - 1)
    anchor = (rows["due"] + ONE_DAY).where(rows["over"] == "year", rows["baseline_end"])
    rows["year"] = years_left(middle, anchor)
    rows["year_start"], rows["year_end"] = anniversary(anchor, rows["year"] + 1), anniversary(anchor, rows["year"])
    return rows


def _usual_share(rows: pd.DataFrame) -> pd.Series:
    """The share of its days on which a period of this part of the year is open in most years: the median, of two the greater. Where
    there is one year only, what is usual in the rest of it, if that is more. What is ahead counts only for itself, where no year had it."""
    own = (rows["open"] / rows["potential"]).where((rows["potential"] > 0) & (rows["open"] > 0))
    share = own.where(~rows["ahead"])
    parts = [rows["indicator_id"], rows["class"]]
    usual = share.groupby(parts).quantile(0.5, interpolation="higher")
    whole = share.groupby(rows["indicator_id"]).quantile(0.5, interpolation="higher")
    anywhere = whole.reindex(usual.index.get_level_values(0)).to_numpy()
    once = share.groupby(parts).count() < 2
    usual = usual.mask(once & (usual < anywhere), pd.Series(anywhere, index=usual.index)).rename("usual")
    found: pd.Series = rows[["indicator_id", "class"]].join(usual, on=["indicator_id", "class"])["usual"]
    return found.fillna(pd.concat([rows["indicator_id"].map(whole), own], axis=1).max(axis=1))


def judged_year(rows: pd.DataFrame) -> pd.Series:
    """For each row the year of its indicator's last known period; of a target of a year, the last one until it is due."""
    counts = rows["known"] & ((rows["over"] != "year") | (rows["year"] >= 0))
    found: pd.Series = rows["year"].where(counts).groupby(rows["indicator_id"]).transform("min")
    return found


def _with_season(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns index, ground, class_ground, mean_ground and seasons; index 1 and seasons 0 without a season."""
    rows = rows.assign(index=1.0, ground=rows["open"], class_ground=np.nan, mean_ground=np.nan, seasons=0)
    wanted = (rows["path"] == "seasonal") & rows["kind"].isin(["flow", "rate"]) & (rows["period"] != "year")
    for classes in (12, 4):
        mine = rows[wanted & (rows["period"].map(SEASON_CLASSES) == classes)].copy()
        if len(mine):
            found = _season_of(mine, classes)
            rows.loc[mine.index, found.columns] = found
    return rows


def _season_of(rows: pd.DataFrame, classes: int) -> pd.DataFrame:
    """The season of indicators whose years have so many classes, by row."""
    series, names = pd.factorize(rows["indicator_id"])
    rows = rows.assign(series=series, term=_terms_filled(rows))
    back = rows["year"] - judged_year(rows)
    past = rows[(back >= 1) & (back <= LOOK_BACK)]
    place = (past["series"].to_numpy(), back[past.index].to_numpy(dtype=int) - 1, past["class"].to_numpy())
    shape = (len(names), LOOK_BACK, classes)
    told = past["known"] | past["closed"]
    covered, missing = (
        _summed(shape, place, _days(past).where(which, 0.0)).sum(axis=2, keepdims=True) for which in (told, ~told)
    )
    amount = _summed(shape, place, past["value"].where(past["flow"], past["numerator"]).where(past["known"], 0.0))
    amount = np.where((covered >= 364) & (missing == 0), amount, np.nan)
    opened, in_term = (_summed(shape, place, past[name].where(past["known"], 0.0)) for name in ("open", "term"))
    factor = term_factor(
        amount.reshape(len(names), -1), opened.reshape(len(names), -1), in_term.reshape(len(names), -1)
    )
    rows["ground"] = rows["open"] + (factor[series] - 1.0) * rows["term"]
    below = rows["ground"].where(rows["flow"], rows["denominator"])[past.index].where(past["known"], 0.0)
    found = seasonal_index(amount, _summed(shape, place, below))
    some, at = found.years[series] > 0, (series, rows["class"].to_numpy())
    count = rows.groupby(["series", "year", "class"])["start"].transform("size")
    return pd.DataFrame(
        {
            "index": np.where(some, found.index[at], 1.0),
            "ground": np.where(some, rows["ground"], rows["open"]),
            "class_ground": found.ground[at] / count,
            "mean_ground": found.ground.sum(axis=1)[series] / rows["period"].map(PERIODS_A_YEAR),
            "seasons": found.years[series],
        },
        index=rows.index,
    )


def _days(rows: pd.DataFrame) -> pd.Series:
    return (rows["end"] - rows["start"]).dt.days.astype(float)


def _summed(
    shape: tuple[int, int, int], place: tuple[np.ndarray, np.ndarray, np.ndarray], figures: pd.Series
) -> FloatArray:
    total = np.zeros(shape)
    np.add.at(total, place, figures.to_numpy(dtype=float))
    return total


def _terms_filled(rows: pd.DataFrame) -> pd.Series:
    """Open days in term; a year for which no term is listed has the share of its part of the year in the years that list some."""
    ahead, year, part = rows["ahead"], [rows["indicator_id"], rows["year"]], [rows["indicator_id"], rows["class"]]
    known, all_listed = (
        terms.groupby(year).transform("sum") > 0 for terms in (rows["term"].where(~ahead, 0.0), rows["term"])
    )
    sums = [rows[name].where(known & ~ahead, 0.0).groupby(part).transform("sum") for name in ("term", "open")]
    listed = all_listed.where(ahead, known)
    share = (sums[0] / sums[1].where(sums[1] > 0)).fillna(0.0)
    return rows["term"].where(listed, rows["open"] * share)


def _shared_out(rows: pd.DataFrame, weight: np.ndarray) -> pd.DataFrame:
    """Columns part and share of the year; the periods of a year are in order."""
    group = rows.groupby(["indicator_id", "year"], dropna=False)
    at = (group.ngroup().to_numpy(), group.cumcount().to_numpy())
    table = np.zeros((at[0].max(initial=-1) + 1, at[1].max(initial=-1) + 1))
    table[at] = weight
    share = cumulative_share(table)
    return rows.assign(part=np.diff(share, axis=1, prepend=0.0)[at], share=share[at])
