"""A total from counted weeks.

Stratified estimation with its error, without a calendar (see ``sample_weeks``).

Textbook survey sampling (Cochran, Sampling Techniques, 3rd ed., chapters 5 and 6; Lohr, Sampling: Design and Analysis,
2nd ed., sections 3.2 and 4.1). For each stratum, with sizes m in whole weeks (3 open days of 6 are 0.5), N their sum
over all weeks, n weeks counted and r = sum(y) / sum(m) of these:

    total     N r, which is N times the mean week where every counted week is whole
    variance  N^2 (1 - f) s^2 / (n mean(m)^2),  s^2 = sum (y - r m)^2 / (n - 1),  f = sum(m) / N
    interval  total +- t(0.95; df) se, df by Satterthwaite: (sum v)^2 / sum(v^2 / (n - 1))

The interval holds for weeks drawn at random within their stratum; no formula knows how the weeks were chosen.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

PERIOD = ["indicator_id", "start"]
MEMBER = [*PERIOD, "source", "metric", "entity"]
ROW = [*MEMBER, "stratum"]
STRATUM = ["counted_weeks", "open_weeks", "factor", "counted", "estimate", "standard_error", "census"]
TOTAL = ["value", "standard_error", "df", "low", "high", "known", "estimated", "no_error"]
LEVEL = 0.90
"""The share of the intervals that contain the true total, in the long run."""


@dataclass(frozen=True)
class Estimates:
    """The estimates by stratum and in total.

    strata: one row for each member and stratum of a period (``ROW``): counted_weeks (n), open_weeks (N), factor (N over
    the size of the counted weeks), counted (their sum), estimate, standard_error (of this row alone), census (every
    week was counted). totals: one row for each indicator and period: value, standard_error, df, low, high (the 90 %
    interval), known (the share of the open weeks whose stratum was counted), estimated (not a count), no_error
    (estimated, without a computable error).

    estimate and value are NaN where a stratum has no counted week; standard_error, low and high also where one has a
    single counted week. A count has the standard error 0 and itself as both ends.
    """

    strata: pd.DataFrame
    totals: pd.DataFrame


def estimate(weeks: pd.DataFrame, frame: pd.DataFrame) -> Estimates:
    """Gross up counted weeks to whole periods.

    weeks: ``MEMBER``, week, value (the count in that week's part of the period); one row for each counted week. frame:
    ``ROW``, week, size (in whole weeks, above 0), main (whether the week may represent others; the lesser part of a
    week across the border of the period may not), declared (the open weeks of the stratum where the plan gives them,
    else NaN); one row for each open week of a member, counted or not. A week of ``weeks`` that is not in ``frame`` is
    left out.

    A lesser part is used only where its whole stratum was counted. Members counted in the same week have correlated
    errors: they are added before they are squared. Raises ``ValueError`` where a week occurs twice in either table.
    """
    for name, table in (("weeks", weeks), ("frame", frame)):
        if table.duplicated([*MEMBER, "week"]).any():
            raise ValueError(f"a week occurs twice in '{name}'")
    units = (
        frame[[*ROW, "week", "size", "main", "declared"]]
        .merge(weeks[[*MEMBER, "week", "value"]], on=[*MEMBER, "week"], how="left")
        .astype({"value": "float64"})
    )
    units["census"] = units["value"].notna().groupby([units[name] for name in ROW]).transform("all")
    used = units[units["value"].notna() & (units["main"] | units["census"])]
    strata = _strata(units, used)
    return Estimates(strata[[*ROW, *STRATUM]], _totals(strata, _errors(strata, used)))


def _strata(units: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """One row for each member and stratum.

    Also with share (f), one (a single week that must represent others) and weeks (the counted ones).
    """
    out = units.groupby(ROW).agg(open_weeks=("size", "sum"), declared=("declared", "first"), census=("census", "first"))
    by = used.sort_values("week").groupby(ROW)
    counts = by.agg(
        counted_weeks=("week", "size"), size=("size", "sum"), counted=("value", "sum"), weeks=("week", tuple)
    )
    out = out.join(counts).reset_index()
    out["counted_weeks"] = out["counted_weeks"].fillna(0).astype(int)
    stated = out["declared"].fillna(out["open_weeks"]).where(~out["census"], out["open_weeks"])
    out["open_weeks"] = np.fmax(stated, out["size"])
    out["factor"] = out["open_weeks"] / out["size"]
    out["factor"] = out["factor"].where(~out["census"], 1.0)
    out["share"] = (1 / out["factor"]).where(~out["census"], 1.0)
    out["estimate"] = out["counted"] * out["factor"]
    out["one"] = (out["counted_weeks"] == 1) & ~out["census"]
    squares = _deviations(out, used).assign(square=lambda rows: rows["deviation"] ** 2)
    variance = squares.groupby(ROW)["square"].sum(min_count=1).rename("variance").reset_index()
    out = out.merge(variance, on=ROW, how="left")
    return out.assign(standard_error=np.sqrt(out["variance"]).where(~out["one"]))


def _deviations(strata: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """``used`` with weeks and deviation: the part of each week in the error of its stratum.

    Squared and summed, the deviations are the variance.
    """
    rows = used[[*ROW, "week", "size", "value"]].merge(
        strata[[*ROW, "counted_weeks", "factor", "share", "weeks"]].assign(rate=_rate(strata)), on=ROW
    )
    n = rows["counted_weeks"]
    spread = np.sqrt((1 - rows["share"]) * n / (n - 1).where(n > 1, 1))
    rows["deviation"] = spread * rows["factor"] * (rows["value"] - rows["rate"] * rows["size"])
    return rows


def _rate(strata: pd.DataFrame) -> pd.Series:
    """The count of a whole week."""
    return strata["counted"] / strata["size"]


def _errors(strata: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """By indicator and period, the variance of the total and its degrees of freedom."""
    rows = _deviations(strata, used)
    together = rows.groupby([*PERIOD, "stratum", "week"])["deviation"].sum() ** 2
    variance = together.groupby(PERIOD).sum().rename("variance")
    alike = rows.groupby([*PERIOD, "stratum", "weeks", "week"])["deviation"].sum() ** 2
    parts = alike.groupby([*PERIOD, "stratum", "weeks"]).agg(["sum", "size"]).reset_index()
    parts["lost"] = parts["sum"] ** 2 / (parts["size"] - 1).where(parts["size"] > 1)
    sums = parts.groupby(PERIOD).agg(whole=("sum", "sum"), lost=("lost", "sum"))
    df = (sums["whole"] ** 2 / sums["lost"].where(sums["lost"] > 0)).rename("df")
    return pd.concat([variance, df], axis=1).reset_index()


def _totals(strata: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    estimable = strata["counted_weeks"] > 0
    rows = strata.assign(
        estimable=estimable, estimable_weeks=strata["open_weeks"].where(estimable, 0.0), drawn=~strata["census"]
    )
    out = rows.groupby(PERIOD, as_index=False).agg(
        value=("estimate", "sum"),
        estimable=("estimable", "all"),
        weeks=("open_weeks", "sum"),
        estimable_weeks=("estimable_weeks", "sum"),
        drawn=("drawn", "any"),
        one=("one", "any"),
    )
    out = out.merge(errors, on=PERIOD, how="left")
    out["known"] = out["estimable_weeks"] / out["weeks"]
    out["value"] = out["value"].where(out["estimable"])
    out["estimated"], out["no_error"] = out["estimable"] & out["drawn"], out["estimable"] & out["one"]
    out["standard_error"] = np.sqrt(out["variance"]).where(out["estimable"] & ~out["one"])
    out["low"], out["high"] = interval(out["value"], out["standard_error"], out["df"])
    return out[[*PERIOD, *TOTAL]]


def with_interval(periods: pd.DataFrame) -> pd.DataFrame:
    """``periods`` with value_low and value_high, the ends of the 90 % interval.

    periods: with value, standard_error, df.
    """
    low, high = interval(*(periods[name].astype("float64") for name in ("value", "standard_error", "df")))
    return periods.assign(value_low=low, value_high=high)


def interval(value: pd.Series, standard_error: pd.Series, df: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The ends of the 90 % interval; NaN where there is no error.

    Without df they are those of the normal distribution. A count is never below 0.
    """
    quantile = np.where(df.notna(), stdtrit(df.fillna(1.0), 0.5 + LEVEL / 2), ndtri(0.5 + LEVEL / 2))
    reach = (standard_error * quantile).where(standard_error != 0, standard_error)
    return (value - reach).clip(lower=0.0), value + reach


IN_FULL = 0.9
"""A period with this share of its open weeks counts as complete: a counter that failed for a month is not a change of
method."""


def method_changes(strata: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, day, reason: the first day of each period with a change of method.

    The period was counted in full after one that was not, or the reverse. strata: of ``Estimates``. A counted period
    and an estimate next to it differ by more than what happened in the library.
    """
    rows = strata[strata["counted_weeks"] > 0]
    if rows.empty:
        return pd.DataFrame({"indicator_id": [], "day": [], "reason": []}).astype(
            {"indicator_id": "str", "day": "datetime64[us]", "reason": "str"}
        )
    sums = (
        rows.assign(held=rows["open_weeks"] / rows["factor"])
        .groupby(PERIOD, as_index=False)[["held", "open_weeks"]]
        .sum()
    )
    sums["full"] = sums["held"] >= IN_FULL * sums["open_weeks"]
    before = sums.groupby("indicator_id").shift()
    changed = sums["full"] != before["full"].where(before["full"].notna(), sums["full"])
    reasons = [
        f"counted in {held:.0f} of {of:.0f} open weeks before, in {held_now:.0f} of {of_now:.0f} since"
        for held, of, held_now, of_now in zip(
            before["held"], before["open_weeks"], sums["held"], sums["open_weeks"], strict=True
        )
    ]
    out = sums.assign(day=sums["start"], reason=reasons)[changed.astype(bool)]
    return out[["indicator_id", "day", "reason"]].reset_index(drop=True)
