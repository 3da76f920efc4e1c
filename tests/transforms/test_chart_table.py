"""Control charts as tables: the periods that a chart covers, its breaks, many indicators at once."""

import numpy as np
import pandas as pd
import pytest

from transforms.matrix import numbers_to_spans, period_numbers
from transforms.outlook.chart_table import CHARTED, PERIOD_COLUMNS, build_charts
from warehouse.schema.control_charts import ASSURANCES, CHANGES, CHART_SIGNALS, NO_ASSURANCE, NO_CHART

NO_BREAKS = pd.DataFrame({"indicator_id": [], "day": [], "spliced": []}).astype(
    {"indicator_id": str, "day": "datetime64[us]"}
)


def periods(name: str, values: np.ndarray, length: str = "month") -> pd.DataFrame:
    """The newest period is the one before 2026."""
    last = int(period_numbers(pd.Series([pd.Timestamp("2025-12-31")]), length)[0])
    spans = numbers_to_spans(np.arange(last - len(values) + 1, last + 1), length)
    return spans.assign(
        indicator_id=name,
        value=values,
        standard_error=np.nan,
        completeness=1.0,
        provisional=False,
        flags=pd.Series([()] * len(values), dtype=object),
    )


def targets(**lengths: str) -> pd.DataFrame:
    frame = pd.DataFrame({"indicator_id": list(lengths), "period": list(lengths.values())})
    goal = {"target_value": 50.0, "target_low": np.nan, "target_high": np.nan, "over": "period", "path": "linear"}
    return frame.assign(better="up", min_completeness=0.9, **goal)


def breaks(name: str, day: str, *, spliced: bool = False) -> pd.DataFrame:
    return pd.DataFrame({"indicator_id": [name], "day": [pd.Timestamp(day)], "spliced": [spliced]})


def noise(count: int, seed: int = 1) -> np.ndarray:
    return 100 + np.random.default_rng(seed).normal(0, 5, count)


@pytest.mark.parametrize("length", ["week", "month", "quarter", "year"])
def test_a_chart_covers_its_newest_periods_only(length: str) -> None:
    count = CHARTED[length] + 10
    charts = build_charts(periods("a", noise(count), length), targets(a=length), NO_BREAKS)
    assert len(charts.periods) == CHARTED[length]
    assert charts.verdicts["assurance"].tolist() == ["consistently_met"]
    added = charts.added_to(periods("a", noise(count), length))
    assert len(added) == count
    assert added["chart_signal"].isna().tolist() == [True] * 10 + [False] * CHARTED[length]


def test_days_are_charted_for_a_year_with_the_week_taken_out() -> None:
    week = np.tile([5.0, 0, 0, 0, 0, -30, -40], 70)
    charts = build_charts(periods("a", noise(490) + week, "day"), targets(a="day"), NO_BREAKS)
    assert len(charts.periods) == 364
    means = charts.periods["chart_mean"].to_numpy(dtype=float)
    assert means[:7].max() - means[:7].min() == pytest.approx(45, abs=4)
    np.testing.assert_allclose(means[7:], means[:-7])


def test_values_after_a_break_that_are_too_few_have_no_chart_and_those_before_keep_theirs() -> None:
    rows = periods("a", noise(48))
    charts = build_charts(rows, targets(a="month"), breaks("a", "2025-07-01"))
    assert charts.periods["start"].max() == pd.Timestamp("2025-06-01")
    assert charts.verdicts[["chart_reason", "assurance_reason"]].to_numpy().tolist() == [["few_in_season", "no_chart"]]
    assert charts.verdicts["chart_change"].isna().all()


def test_a_splice_does_not_end_a_chart() -> None:
    rows = periods("a", noise(48))
    charts = build_charts(rows, targets(a="month"), breaks("a", "2025-07-01", spliced=True))
    assert len(charts.periods) == 48


def test_the_run_begins_after_the_last_value_on_the_other_side() -> None:
    values = noise(30)
    values[-9:] = [90, 106, 107, 106, 108, 106, 107, 106, 107]
    charts = build_charts(periods("a", values, "year"), targets(a="year"), NO_BREAKS)
    verdict = charts.verdicts.iloc[0]
    assert (verdict["chart_change"], verdict["chart_since"]) == ("improvement", pd.Timestamp("2018-01-01"))


def test_an_indicator_without_any_period_has_no_chart() -> None:
    charts = build_charts(periods("a", noise(20), "year"), targets(a="year", b="month"), NO_BREAKS)
    other = charts.verdicts.set_index("indicator_id").loc["b"]
    assert (other["chart_reason"], other["assurance_reason"]) == ("few_values", "no_chart")


def test_no_periods_and_no_usable_ones_have_no_charts() -> None:
    nothing = build_charts(periods("a", noise(20)).iloc[:0], targets(a="month"), NO_BREAKS)
    unknown = build_charts(periods("a", np.full(20, np.nan)), targets(a="month"), NO_BREAKS)
    for charts in (nothing, unknown):
        assert charts.periods.empty
        assert charts.verdicts["chart_reason"].tolist() == ["few_values"]
    assert nothing.added_to(periods("a", noise(3)))[PERIOD_COLUMNS].isna().all(axis=None)


def test_indicators_do_not_touch_each_other() -> None:
    """Together and alone they have the same charts; every code is one of those that the schema lists."""
    random = np.random.default_rng(3)
    lengths = {f"i{n}": ["month", "quarter", "year", "week"][n % 4] for n in range(20)}
    frames = [periods(name, 100 + random.normal(0, 9, 20 + 7 * n), lengths[name]) for n, name in enumerate(lengths)]
    frames[3].loc[frames[3].index % 5 == 0, "value"] = np.nan
    cut = pd.concat([breaks("i8", "2022-03-15"), breaks("i8", "2019-01-01"), breaks("i12", "2023-07-01")])
    wanted = targets(**lengths).assign(better=["up", "down", "band", "up"] * 5, target_low=90.0, target_high=110.0)
    whole = build_charts(pd.concat(frames, ignore_index=True), wanted, cut)
    for name, frame in zip(lengths, frames, strict=True):
        alone = build_charts(frame, wanted[wanted["indicator_id"] == name], cut)
        mine = whole.periods[whole.periods["indicator_id"] == name].sort_values("start")
        pd.testing.assert_frame_equal(
            mine.reset_index(drop=True), alone.periods.sort_values("start", ignore_index=True), check_dtype=False
        )
        told = whole.verdicts[whole.verdicts["indicator_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(told.astype(str), alone.verdicts.astype(str).replace("None", "nan"))
    found = (whole.periods["chart_signal"], whole.periods["chart_change"], whole.verdicts["chart_reason"])
    for codes, known in zip(found, (CHART_SIGNALS, CHANGES, NO_CHART), strict=True):
        assert set(codes.dropna()) <= set(known)
    assert set(whole.verdicts["assurance"].dropna()) <= set(ASSURANCES)
    assert set(whole.verdicts["assurance_reason"].dropna()) <= set(NO_ASSURANCE)
