"""Days from which a number has a new meaning; earlier values are spliced or left apart."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.findings import Findings, found
from transforms.matrix import is_usable

INDICATOR_BREAK = ["indicator_id", "day", "reason", "origin", "factor", "factor_error", "overlap_periods", "spliced"]
OLD_SERIES_MARK = "~"
"""Separates the indicator's name from the number of its break, in the name of the series of its old measures."""


def collect_breaks(declared: pd.DataFrame, recorded: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Columns ``INDICATOR_BREAK`` and old, one row for each indicator and day; none is spliced.

    declared: indicator_id, day, reason, factor, factor_error, old (the series of the old measures; "" for none).
    recorded: the ledger of breaks. members: indicator_id, source, metric, entity (null for all). A declared break
    replaces one that a source recorded for the same day. A metric that a source retired only ends and causes no break.
    """
    met = recorded[recorded["kind"] != "retired"].merge(members, on=["source", "metric"], suffixes=("", "_wanted"))
    concerned = (met["entity"] == "") | met["entity_wanted"].isna() | (met["entity"] == met["entity_wanted"])
    met = met[concerned].assign(origin="recorded", factor=np.nan, factor_error=np.nan, old="")
    columns = [*INDICATOR_BREAK[:3], "origin", "factor", "factor_error", "old"]
    frames = [frame[columns] for frame in (declared.assign(origin="declared"), met) if not frame.empty]
    both = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    both = both.astype({"day": "datetime64[us]", "factor": "float64", "factor_error": "float64"})
    one = both.drop_duplicates(["indicator_id", "day"]).sort_values(["indicator_id", "day"], ignore_index=True)
    return one.assign(overlap_periods=0, spliced=False)


@dataclass(frozen=True)
class SpliceResult:
    """``periods`` without the series of old measures; ``breaks`` with the result for each."""

    periods: pd.DataFrame
    breaks: pd.DataFrame


def splice(periods: pd.DataFrame, breaks: pd.DataFrame) -> SpliceResult:
    """Convert the values before each break to the new meaning.

    The conversion is by a factor, or by an overlap of old and new measures. periods: as ``transforms.periods.periods``,
    with the old measures as series named ``breaks.old``. Spliced values have the flag ``spliced`` and a standard error
    that combines the errors of value and factor in squares; it is null where the factor's error is unknown. A period
    that contains the break belongs to neither side and loses its value.
    """
    series = {str(name): rows for name, rows in periods.groupby("indicator_id", sort=False)}
    done = []
    for row in breaks.sort_values("day", ascending=False).to_dict("records"):
        new = series.get(row["indicator_id"], periods.iloc[:0])
        old = series.get(row["old"], periods.iloc[:0]) if row["old"] else new
        if row["old"]:
            row["factor"], row["factor_error"], row["overlap_periods"] = _overlap(old, new, row["day"])
        row["spliced"] = not np.isnan(row["factor"])
        if row["spliced"]:
            series[row["indicator_id"]] = _joined(old, new, row)
        done.append(row)
    kept = [rows for name, rows in series.items() if name not in set(breaks["old"])]
    whole = pd.concat(kept).sort_values(["indicator_id", "start"], ignore_index=True) if kept else periods
    ordered = pd.DataFrame(done, columns=INDICATOR_BREAK).sort_values(["indicator_id", "day"], ignore_index=True)
    numbers = ordered.astype({"factor": "float64", "factor_error": "float64", "overlap_periods": "int64"})
    return SpliceResult(whole, numbers.astype({"day": "datetime64[us]", "spliced": bool}))


def splice_factor(old: FloatArray, new: FloatArray) -> tuple[float, float]:
    """The ratio of the totals of paired values and its standard error; NaN where unknown.

    Ratio estimator and its variance: Cochran, Sampling Techniques, 3rd edition, section 6.4, without a finite
    population.
    """
    if len(old) == 0 or old.sum() <= 0 or new.sum() <= 0:
        return float("nan"), float("nan")
    factor = float(new.sum() / old.sum())
    if len(old) == 1:
        return factor, float("nan")
    residual = new - factor * old
    return factor, float(np.sqrt((residual**2).sum() / (len(old) * (len(old) - 1))) / old.mean())


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    """The periods that are complete and settled."""
    return rows[rows["value"].notna() & (rows["completeness"] >= 1) & ~rows["provisional"].astype(bool)]


def _overlap(old: pd.DataFrame, new: pd.DataFrame, day: pd.Timestamp) -> tuple[float, float, int]:
    """The factor, its error, and the number of periods from ``day`` on with both values complete."""
    both = _known(old).merge(_known(new[new["start"] >= day]), on=["start", "end"], suffixes=("_old", ""))
    return *splice_factor(both["value_old"].to_numpy(dtype=float), both["value"].to_numpy(dtype=float)), len(both)


def _joined(old: pd.DataFrame, new: pd.DataFrame, row: dict[Hashable, Any]) -> pd.DataFrame:
    """``new`` from the break on, ``old`` times the factor before it."""
    before, since = old[old["end"] <= row["day"]], new[new["end"] > row["day"]].copy()
    figures = [name for name in ("value", "whole", "whole_error") if name in old]
    since.loc[since["start"] < row["day"], figures] = np.nan
    errors = np.hypot(row["factor"] * before["standard_error"].fillna(0.0), before["value"] * row["factor_error"])
    flags = [tuple(sorted({*flags, "spliced"})) for flags in before["flags"]]
    scaled = before.assign(
        indicator_id=row["indicator_id"],
        **{name: before[name] * row["factor"] for name in figures},
        standard_error=errors,
        flags=pd.Series(flags, index=before.index, dtype=object),
    )
    if "numerator" in scaled:  # of the rate of a year
        scaled["numerator"] *= row["factor"]
    joined: pd.DataFrame = pd.concat([scaled, since])
    return joined


def last_unspliced_breaks(breaks: pd.DataFrame) -> pd.DataFrame:
    """indicator_id, day, reason: the newest break of each indicator that is not spliced."""
    unspliced = breaks.loc[~breaks["spliced"], ["indicator_id", "day", "reason"]].sort_values("day")
    last: pd.DataFrame = unspliced.drop_duplicates("indicator_id", keep="last")
    return last


def comparable(periods: pd.DataFrame, targets: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """``periods`` without the values on the other side of the newest unspliced break.

    Those before it are kept until a usable period has begun since: until then only the older values exist, and they are
    comparable with each other. Of a target that was due before the break those after it are left out. targets:
    indicator_id, min_completeness, due.
    """
    rows = periods[["indicator_id", "start", "value", "completeness", "provisional"]]
    for frame in (last_unspliced_breaks(breaks), targets[["indicator_id", "min_completeness", "due"]]):
        rows = rows.merge(frame, on="indicator_id", how="left")
    rows = rows.set_axis(periods.index)
    begun = (is_usable(rows) & (rows["start"] >= rows["day"])).groupby(rows["indicator_id"]).transform("any")
    before = rows["start"] < rows["day"]
    other = before.where(rows["day"] <= rows["due"], ~before).where(rows["due"].notna(), before)
    return periods.assign(value=periods["value"].where(~(begun & other)))


def breaks_in_the_way(verdicts: pd.DataFrame, targets: pd.DataFrame, breaks: pd.DataFrame) -> dict[str, Findings]:
    """By indicator, the newest unspliced break that keeps its verdict back.

    The break lies between the start of the baseline and the end of the judged period. targets: indicator_id,
    baseline_start, year_start (the first day of a year's total, NaT for other targets).
    """
    starts = targets.reindex(columns=["indicator_id", "baseline_start", "year_start"])
    spans = verdicts[["indicator_id", "through"]].merge(starts, on="indicator_id", how="left")
    spans = spans.assign(since=spans[["baseline_start", "year_start"]].min(axis=1))
    spans = spans.merge(breaks[~breaks["spliced"]], on="indicator_id")
    between = spans[(spans["since"] < spans["day"]) & (spans["day"] <= spans["through"])]
    newest = between.sort_values("day").drop_duplicates("indicator_id", keep="last")
    return {
        str(row["indicator_id"]): (found("break", "not_assessable", day=row["day"], why=row["reason"]),)
        for row in newest.to_dict("records")
    }
