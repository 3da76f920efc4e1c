"""What is judged of each indicator: its last period, or its year so far, and what was expected by then."""

import pandas as pd

from transforms.pacing.reached import NOW_COLUMNS, reached
from transforms.pacing.seasonal import projected_total
from transforms.pacing.target_years import ONE_DAY, anniversary, judged_year

SPAN_COLUMNS = [
    "indicator_id",
    "start",
    "end",
    "flags",
    "missing",
    "value",
    "coverage",
    "base",
    "expected",
    "needed",
    "open_share",
    "scale",
    "seasons",
    "share",
    "gap",
    "steps_left",
    "held",
    "due_known",
    *NOW_COLUMNS,
]


def judged_spans(rows: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Columns ``SPAN_COLUMNS``, one row an indicator with a known period.

    rows: as ``transforms.pacing.goals.with_goals``. periods: with flags, and missing where a part of a period may be
    missing (``transforms.coverage``).

    Of a period: start, end and value of the last known one, but none after the one that decides whether the target was
    met when it was due. Of a year: its first day, the end of its last known period
    and the sum, or numerators over denominators, of what lies between; gap is the first period in it that is not known,
    and then there is no value. base, expected and needed: what the baseline, the path and the target make of the same
    span. coverage: the part of the value that was counted, as a share; the rest stands for the missing cells. share: of
    the year that lies behind; steps_left: whole years after this one until the target is due. held, due_known and
    now_*: as ``transforms.pacing.reached``.
    """
    levels = reached(rows)
    decided = levels.set_index("indicator_id")["due_start"].where(levels["due_known"].to_numpy())
    decided = decided.reindex(rows["indicator_id"]).set_axis(rows.index).astype("datetime64[us]")
    counts = rows["known"] & ((rows["over"] != "year") | (rows["year"] >= 0)) & ~(rows["start"] > decided)
    flags = periods.reindex(columns=["indicator_id", "start", "flags", "missing"])
    last = (
        rows[counts]
        .sort_values("start")
        .drop_duplicates("indicator_id", keep="last")
        .merge(flags, on=["indicator_id", "start"])
    )
    last["base"], last["needed"] = last["baseline_value"] * last["scale"], last["target_value"] * last["scale"]
    last["coverage"] = _coverage(last["counted"], last["value"])
    last = last.assign(
        gap=pd.Series(pd.NaT, index=last.index, dtype="datetime64[us]"),
        steps_left=last["year"].where(last["over"] == "year", 0.0),
    )
    yearly = last["over"] == "year"
    if yearly.any():
        last = pd.concat([last[~yearly], _year_so_far(rows, last[yearly], flags)], ignore_index=True)
    return last.merge(levels, on="indicator_id", how="left")[SPAN_COLUMNS]


def _year_so_far(rows: pd.DataFrame, last: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    through = rows["indicator_id"].map(last.set_index("indicator_id")["start"])
    inside = rows[(rows["year"] == judged_year(rows)) & (rows["start"] <= through)]
    sums = inside[inside["known"]].groupby("indicator_id")[["value", "counted", "numerator", "denominator"]].sum()
    gaps = inside[~inside["known"] & ~inside["closed"]].groupby("indicator_id")["start"].min()
    held = inside[inside["known"]].merge(flags, on=["indicator_id", "start"]).groupby("indicator_id")
    last = last.join(sums.add_prefix("sum_"), on="indicator_id")
    last["gap"] = gaps.reindex(last["indicator_id"]).to_numpy()
    rate = last["kind"] == "rate"
    total = last["sum_value"].where(
        ~rate, last["sum_numerator"] / last["sum_denominator"].where(last["sum_denominator"] != 0)
    )
    # a rate is due whole at any time of the year, but for its season: the usual course of the year's quotient
    falls = last["share"].where(~rate, _usual_quotient(inside).reindex(last["indicator_id"]).to_numpy())
    falls = falls.where((last["path"] != "seasonal") | (last["seasons"] > 0) | (last["share"] >= 1))
    led = last["year_start"] >= last["baseline_end"]
    return last.assign(
        value=total.where(last["gap"].isna()),
        start=last["year_start"],
        base=last["baseline_value"] * falls,
        expected=(last["goal"] * falls).where(led),
        needed=last["target_value"],
        coverage=_coverage(last["sum_counted"], last["sum_value"]).where(~rate, 1.0),
        **{name: last["indicator_id"].map(held[name].agg(_united)) for name in ("flags", "missing")},
    )


def _coverage(counted: pd.Series, whole: pd.Series) -> pd.Series:
    return (counted / whole.where(whole != 0)).fillna(1.0)


def _united(several: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({text for texts in several if isinstance(texts, tuple) for text in texts}))


def _usual_quotient(inside: pd.DataFrame) -> pd.Series:
    """What the season makes of a rate from the year's first period to the last known one.

    1 without a season.
    """
    ground = inside["class_ground"].where(inside["seasons"] > 0, 1.0)
    sums = inside.assign(above=inside["index"] * ground, below=ground).groupby("indicator_id")[["above", "below"]].sum()
    found: pd.Series = sums["above"] / sums["below"]
    return found


def with_year(targets: pd.DataFrame, rows: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """``targets`` with year_start, year_end (the day after), done and projected of the year that ends with the due day.

    done: what is counted of it so far, 0 before it begins, NaN with a gap. projected: of a flow, the total that this
    leads to. All are empty for a target of a period. rows: as ``transforms.pacing.expected_profile.build_profile``;
    spans: as ``judged_spans``.
    """
    yearly = (targets["over"] == "year") & targets["due"].notna()
    end = (targets["due"] + ONE_DAY).where(yearly)
    now = (
        targets[["indicator_id"]]
        .merge(spans[["indicator_id", "value", "share", "steps_left"]], on="indicator_id", how="left")
        .set_axis(targets.index)
    )
    begun, waiting = yearly & (now["steps_left"] == 0), yearly & (now["steps_left"] > 0)
    done = now["value"].where(begun).mask(waiting, 0.0)
    totals = (
        rows[rows["known"] | rows["closed"]]
        .groupby(["indicator_id", "year"])
        .agg(total=("value", "sum"), periods=("start", "size"))
    )
    whole = rows.groupby(["indicator_id", "year"]).size()
    totals = totals[totals["periods"] == whole.reindex(totals.index)].reset_index()
    before = (
        targets["indicator_id"]
        .map(totals[totals["year"] == 1].set_index("indicator_id")["total"])
        .fillna(targets["baseline_value"])
    )
    flow = begun & (targets["kind"] == "flow")
    total = projected_total(
        done.to_numpy(dtype=float), now["share"].to_numpy(dtype=float), before.to_numpy(dtype=float)
    )
    return targets.assign(
        year_start=anniversary(end, yearly.astype(int)),
        year_end=end,
        done=done,
        projected=pd.Series(total, index=targets.index).where(flow),
    )
