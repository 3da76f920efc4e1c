"""Baselines and expected values.

What each period should reach on the path from baseline to target.
"""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.pacing import paths
from transforms.pacing.target_years import first_open_when_due
from transforms.periods import period_grid

TARGET_FIGURES = ("target_value", "target_low", "target_high")
ONE_DAY = pd.Timedelta(days=1)


def with_baselines(rows: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """``targets`` with baseline_known, baseline_of, and every baseline_value that can be computed.

    A baseline is computed only where every period of it is known or closed. For a period it is the sum of the values
    over the sum of their scales: their mean, where nothing unusual was closed and the path has no season. For a year it
    is the total over the number of years; for a rate of a year, numerators over denominators. rows: as
    ``expected_profile.build_profile``.
    """
    bounds = ["baseline_start", "baseline_end"]
    inside = rows.drop(columns=bounds).merge(targets[["indicator_id", *bounds]], on="indicator_id")
    inside = inside[(inside["start"] >= inside["baseline_start"]) & (inside["end"] <= inside["baseline_end"])]
    known = inside[inside["known"]].groupby("indicator_id")[["value", "scale", "numerator", "denominator"]].sum()
    known = known.reindex(targets["indicator_id"]).reset_index(drop=True).set_axis(targets.index)
    count, closed = (
        targets["indicator_id"].map(inside[inside[which]].groupby("indicator_id").size()).fillna(0).astype(int)
        for which in ("known", "closed")
    )
    whole = [
        _whole_periods(*span)
        for span in zip(targets["period"], targets["baseline_start"], targets["baseline_end"], strict=True)
    ]
    years = ((targets["baseline_end"] - targets["baseline_start"]).dt.days / 365.25).round()
    yearly, rate = targets["over"] == "year", targets["kind"] == "rate"
    value = known["value"] / known["scale"].where(known["scale"] > 0)
    value = value.where(~yearly, known["value"] / years.where(years > 0))
    value = value.where(~(yearly & rate), known["numerator"] / known["denominator"].where(known["denominator"] > 0))
    out = targets.assign(baseline_known=count, baseline_of=np.array(whole, dtype=int) - closed)
    found = value.where((out["baseline_known"] == out["baseline_of"]) & (count > 0))
    return out.assign(baseline_value=out["baseline_value"].astype(float).fillna(found))


def _whole_periods(period: str, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """The number of whole periods in ``[start, end)``."""
    if pd.isna(start):
        return 0
    spans = period_grid(period, start.date(), end.date())
    return int(((spans["start"] >= start) & (spans["end"] <= end)).sum())


def with_goals(rows: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with better, the target's figures, baseline_value, goal, expected and base.

    goal: the path at the end of the period, or of its year, as the value of an average period or of the year. expected:
    the part of the goal that is due in the period, from the baseline on; for a target for a year, until it is due.
    base: the same part of the baseline value.
    """
    rows = rows.merge(targets[["indicator_id", "better", *TARGET_FIGURES, "baseline_value"]], on="indicator_id")
    yearly = rows["over"] == "year"
    at = rows["year_end"].where(yearly, rows["end"])
    share = paths.elapsed_share(_days(at), _days(rows["baseline_end"]), _days(rows["due"]) + 1)
    baseline, target = rows["baseline_value"].to_numpy(dtype=float), rows["target_value"].to_numpy(dtype=float)
    straight, growing = paths.linear(baseline, target, share), paths.geometric(baseline, target, share)
    rows["goal"] = np.where(rows["path"] == "geometric", growing, straight)
    part = rows["scale"].where(~yearly, rows["index"].where(rows["kind"] == "rate", rows["part"]))
    on_path = rows["year_start"].where(yearly, rows["start"]) >= rows["baseline_end"]
    on_path &= ~yearly | (rows["year"] >= 0)
    on_path &= yearly | (rows["path"] != "seasonal") | (rows["seasons"] > 0)
    expected, base = ((rows[name] * part).where(on_path) for name in ("goal", "baseline_value"))
    return rows.assign(expected=expected, base=base)


def with_season_due(targets: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """``targets`` with season_due, open_due and needed, the value that meets the target in the period of the due day.

    season_due: the factor from an average period to that one, 1 but on the seasonal path, NaN where its season is not
    known. A due day beyond the periods
    to come takes the factor of the same part of the newest year. open_due: what announced closures leave of that
    period. Where they leave nothing the next period that is open decides, and while none is there both are those of a
    whole one. needed has both. rows: as ``transforms.pacing.expected_profile.build_profile``.
    """
    mine = rows[(rows["over"] != "year") & (rows["open_share"] > 0)].sort_values("start")
    week = mine["period"] == "week"
    middle = mine["due"] + pd.to_timedelta(
        (3 - mine["due"].dt.day_of_week).where(week, 0), unit="D"
    )  # a week is its Thursday's
    part = (middle.dt.month - 1).where(mine["period"] != "quarter", (middle.dt.month - 1) // 3)
    same = mine[(mine["seasons"] > 0) & (mine["class"] == part) & (mine["start"] <= mine["due"])]
    factor = (same["scale"] / same["open_share"]).groupby(same["indicator_id"]).last()
    holds = first_open_when_due(mine)
    left, own = holds["open_share"], (holds["scale"] / holds["open_share"]).where(holds["seasons"] > 0)
    factor = own.combine_first(factor)
    season, opened = (targets["indicator_id"].map(some) for some in (factor, left))
    open_season = (targets["path"] == "seasonal") & (targets["over"] != "year") & (targets["better"] != "band")
    season, opened = season.mask(season.isna() & ~open_season, 1.0), opened.fillna(1.0)
    return targets.assign(season_due=season, open_due=opened, needed=targets["target_value"] * season * opened)


def _days(column: pd.Series) -> FloatArray:
    """Days since 1970 as numbers; NaN where the day is missing."""
    numbers = (pd.to_datetime(column) - pd.Timestamp("1970-01-01")) / ONE_DAY
    return np.asarray(numbers, dtype=np.float64)
