"""Whether a verdict depends on what is missing from its figures."""

import numpy as np
import pandas as pd

from transforms.coverage import NINETY, at_least_counted, missing_cell_length
from transforms.findings import WORST_FIRST, Facts, Findings, found
from transforms.judgement.sample_bounds import Bounds, Judge
from transforms.pacing.target_years import ONE_DAY, anniversary, years_left

A_YEAR = pd.Timedelta(days=366)


def missing_bounds(verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, judge: Judge) -> Bounds:
    """Where another plausible value of the missing cells changes a verdict, or what is called worsening.

    Each is judged again with the figure at either end of its 90 % interval, and its baseline at the opposite end.

    periods: as judged, of ``transforms.coverage.at_whole``. targets: as given to ``judge``.
    """
    rows = _partly_known(verdicts, periods, targets)
    if rows.empty:
        return Bounds({}, set())
    names = rows["indicator_id"].unique()
    mine = targets[targets["indicator_id"].isin(names)].reset_index(drop=True)
    may_be: dict[str, set[str]] = {str(name): set() for name in names}
    unsure = set[str]()
    for sign in (-1.0, 0.0, 1.0):
        table = _moved(periods, rows, sign)
        again = judge(table[table["indicator_id"].isin(names)].reset_index(drop=True), mine)
        for name, verdict, worse in again[["indicator_id", "verdict", "worsening"]].itertuples(index=False):
            may_be[name].add(verdict)
            if not worse:
                unsure.add(name)
    lengths = mine[["indicator_id", "period", "kind"]].itertuples(index=False, name=None)
    cell = {name: missing_cell_length(period, kind) for name, period, kind in lengths}
    decides = dict[str, Findings]()
    for name, possible in may_be.items():
        named = [verdict for verdict in ("not_assessable", *WORST_FIRST) if verdict in possible]
        if len(named) > 1:
            missing = rows.loc[rows["indicator_id"] == name, "missing"]
            facts: Facts = {"worst": named[0], "best": named[-1], "cells": tuple(sorted(set(missing.explode())))}
            decides[name] = (found("depends_on_missing", "not_assessable", facts, cell=cell[name]),)
    return Bounds(decides, unsure)


def _partly_known(verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """The partly known periods behind each verdict, with their place, side: +1 for what is judged, -1 for the baseline,
    and sum: a number for those that are added up.

    Of the past years of a season the same part of the year has the side -1, as it raises what is expected now, and the
    rest of the year +1.
    """
    columns = ["indicator_id", "period", "over", "due", "path", "baseline_start", "baseline_end", "baseline_value"]
    held = verdicts["findings"].map(lambda some: any(one.code == "level_held" for one in some)).astype(bool)
    spans = verdicts.assign(held=held)[["indicator_id", "verdict", "through", "held"]]
    spans = spans.merge(targets[columns], on="indicator_id")
    spans = spans[(spans["verdict"] != "not_assessable") & spans["through"].notna()].reset_index(drop=True)
    due = (spans["due"] + ONE_DAY).where(spans["over"] == "year")
    year_start = anniversary(due, years_left(spans["through"], due) + 1)
    rows = periods.reset_index(names="place").merge(spans.assign(year_start=year_start), on="indicator_id")
    until = rows["through"] + ONE_DAY
    since = rows["year_start"].where(~rows["held"], until - A_YEAR)
    judged = (rows["end"] == until) | ((rows["start"] >= since) & (rows["end"] <= until))
    open_baseline = rows["baseline_value"].isna() & (rows["start"] >= rows["baseline_start"])
    base = open_baseline & (rows["end"] <= rows["baseline_end"]) & ~judged
    past = (rows["path"] == "seasonal") & (rows["end"] <= until) & ~judged & ~base
    parts = rows["start"].dt.month
    now = set(zip(rows.loc[judged, "indicator_id"], parts[judged], strict=True))
    same = past & pd.Series([pair in now for pair in zip(rows["indicator_id"], parts, strict=True)], rows.index)
    rows = rows.assign(side=np.select([judged, base | same, past], [1.0, -1.0, 1.0], 0.0))
    alone = (judged & (rows["over"] == "period")) | past  # the errors of a season share their cause: they do not cancel
    rows["sum"] = rows["start"].where(alone, rows["baseline_start"])
    found: pd.DataFrame = rows[(rows["whole_error"] > 0) & (rows["side"] != 0)]
    return found


def _moved(periods: pd.DataFrame, rows: pd.DataFrame, sign: float) -> pd.DataFrame:
    """``periods`` with the sums behind each verdict at the ends of their 90 % intervals."""
    square = rows["whole_error"] ** 2
    whole = np.sqrt(square.groupby([rows["indicator_id"], rows["side"], rows["sum"]], dropna=False).transform("sum"))
    shift = (NINETY * sign * rows["side"] * square / whole).set_axis(rows["place"])
    value = periods["value"].astype(float)
    moved = at_least_counted(value.add(shift, fill_value=0.0).reindex(value.index), periods)
    if "numerator" not in periods:
        return periods.assign(value=moved)
    # of the rate of a year numerators are added up
    return periods.assign(value=moved, numerator=periods["numerator"] * (moved / value.where(value != 0)).fillna(1.0))
