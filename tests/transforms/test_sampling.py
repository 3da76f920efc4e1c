"""Totals from counted weeks: worked examples by hand, a textbook's figures, laws by Hypothesis, intervals over real
weeks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from transforms.sampling.estimate import Estimates, estimate, method_changes, with_interval

KEY = {"indicator_id": "visits", "start": pd.Timestamp("2025-01-01"), "source": "door", "metric": "visits"}
Counts = dict[str, list[float]]


def frame(sizes: dict[str, int], entity: str = "", *, declared: float = np.nan) -> pd.DataFrame:
    """So many whole open weeks of each stratum; week i of a stratum is ``stratum i``."""
    rows = [
        {**KEY, "entity": entity, "stratum": name, "week": f"{name} {i}", "size": 1.0, "main": True}
        for name, n in sizes.items()
        for i in range(n)
    ]
    return pd.DataFrame(rows).assign(declared=declared)


def counted(counts: Counts, entity: str = "") -> pd.DataFrame:
    """The first weeks of each stratum."""
    rows = [
        {**KEY, "entity": entity, "week": f"{name} {i}", "value": value}
        for name, values in counts.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=[*KEY, "entity", "week", "value"])


def total(weeks: pd.DataFrame, of: pd.DataFrame) -> dict[str, float]:
    (row,) = estimate(weeks, of).totals.to_dict("records")
    return {str(name): value for name, value in row.items()}


def strata(estimates: Estimates) -> dict[str, dict[str, float]]:
    rows = estimates.strata.set_index("stratum").to_dict("index")
    return {str(name): {str(key): value for key, value in row.items()} for name, row in rows.items()}


def test_two_strata_by_hand() -> None:
    weeks, of = counted({"term": [1000, 1100, 1200], "holiday": [400, 500]}), frame({"term": 40, "holiday": 10})
    found = total(weeks, of)
    assert found["value"] == pytest.approx(40 * 1100 + 10 * 450)
    term, holiday = 40**2 * (1 - 3 / 40) * 10000 / 3, 10**2 * (1 - 2 / 10) * 5000 / 2
    assert found["standard_error"] == pytest.approx(np.sqrt(term + holiday))
    df = (term + holiday) ** 2 / (term**2 / 2 + holiday**2 / 1)
    assert found["df"] == pytest.approx(df)
    assert found["high"] - found["value"] == pytest.approx(student.ppf(0.95, df) * np.sqrt(term + holiday))
    assert (found["estimated"], found["no_error"], found["known"]) == (True, False, 1.0)


def test_the_factor_and_what_it_comes_from_are_kept_for_each_stratum() -> None:
    result = strata(
        estimate(counted({"term": [1000, 1100, 1200], "holiday": [400, 500]}), frame({"term": 40, "holiday": 10}))
    )
    assert result["term"]["factor"] == pytest.approx(40 / 3)
    assert (result["term"]["counted_weeks"], result["term"]["open_weeks"], result["term"]["counted"]) == (3, 40, 3300)
    assert result["holiday"]["estimate"] == pytest.approx(4500)
    assert result["holiday"]["standard_error"] == pytest.approx(np.sqrt(10**2 * 0.8 * 5000 / 2))


def test_the_figures_of_a_textbook() -> None:
    """Lohr, Sampling: Design and Analysis, 2nd ed., example 3.2 (farm acreage in four regions): N, n, mean and variance
    of each."""
    regions = {
        "northeast": (220, 21, 97_629.8, 7_647_472_708),
        "north central": (1054, 103, 300_504.2, 29_618_183_543),
        "south": (1382, 135, 211_315.0, 53_587_487_856),
        "west": (422, 41, 662_295.5, 396_185_950_266),
    }
    samples: Counts = {}
    for name, (_, n, mean, variance) in regions.items():
        shape = np.arange(n, dtype=float)
        samples[name] = list(mean + (shape - shape.mean()) / shape.std(ddof=1) * np.sqrt(variance))
    found = total(counted(samples), frame({name: size for name, (size, _, _, _) in regions.items()}))
    assert found["value"] == pytest.approx(909_736_035, rel=1e-6)
    assert found["standard_error"] == pytest.approx(50_417_248, rel=1e-6)


def test_one_week_is_an_estimate_without_an_interval() -> None:
    found = total(counted({"all": [1000]}), frame({"all": 50}))
    assert (found["value"], found["estimated"], found["no_error"]) == (50_000, True, True)
    assert np.isnan([found["standard_error"], found["df"], found["low"], found["high"]]).all()


def test_one_stratum_with_a_single_week_leaves_the_total_without_an_interval() -> None:
    found = total(counted({"term": [1000, 1100], "holiday": [400]}), frame({"term": 40, "holiday": 10}))
    assert found["value"] == pytest.approx(46_000)
    assert np.isnan(found["standard_error"])
    assert found["no_error"]


def test_a_stratum_without_a_counted_week_is_never_given_a_number() -> None:
    found = total(counted({"term": [1000, 1100]}), frame({"term": 40, "holiday": 10}))
    assert np.isnan([found["value"], found["standard_error"], found["low"]]).all()
    assert (found["estimated"], found["no_error"], found["known"]) == (False, False, 0.8)


def test_no_week_at_all_is_no_number() -> None:
    assert np.isnan(total(counted({}), frame({"all": 50}))["value"])


def test_all_weeks_counted_is_a_count() -> None:
    found = total(counted({"term": [5, 7, 9], "holiday": [1]}), frame({"term": 3, "holiday": 1}))
    assert (found["value"], found["standard_error"], found["low"], found["high"]) == (22, 0, 22, 22)
    assert not found["estimated"]
    assert not found["no_error"]


def test_a_stratum_counted_in_full_adds_no_error() -> None:
    found = total(counted({"term": [1000, 1200], "holiday": [400, 900]}), frame({"term": 40, "holiday": 2}))
    assert found["value"] == pytest.approx(44_000 + 1300)
    assert found["standard_error"] == pytest.approx(np.sqrt(40**2 * (1 - 2 / 40) * 20_000 / 2))
    assert found["df"] == pytest.approx(1)


def test_a_declared_factor_takes_the_place_of_the_calendar() -> None:
    assert total(counted({"all": [1000]}), frame({"all": 52}, declared=50))["value"] == 50_000
    assert total(counted({"all": [1000] * 52}), frame({"all": 52}, declared=50))["value"] == 52_000, (
        "what was counted in full is not scaled down"
    )


def test_a_partly_closed_week_counts_for_its_open_days() -> None:
    """Two whole weeks, one of half the days with half the visits; 10 whole weeks and two halves are open."""
    of = frame({"all": 12})
    of.loc[[2, 11], "size"] = 0.5
    found = total(counted({"all": [1000, 1000, 500]}), of)
    assert found["value"] == pytest.approx(11_000)
    assert found["standard_error"] == pytest.approx(0, abs=1e-9)
    uneven = total(counted({"all": [1000, 1200, 500]}), of)
    rate, m = 2700 / 2.5, np.array([1, 1, 0.5])
    spread = ((np.array([1000, 1200, 500]) - rate * m) ** 2).sum() / 2
    assert uneven["standard_error"] == pytest.approx(np.sqrt(11**2 * (1 - 2.5 / 11) * spread / (3 * (2.5 / 3) ** 2)))


def test_the_lesser_part_of_a_week_stands_for_no_other() -> None:
    of = frame({"all": 10})
    of.loc[0, ["size", "main"]] = [1 / 7, False]
    assert np.isnan(total(counted({"all": [100]}), of)["value"])
    assert total(counted({"all": [100.0] * 10}), of)["value"] == 1000, "in a count in full it has its place"


def test_branches_counted_in_the_same_weeks_share_their_luck() -> None:
    values = {"all": [1000.0, 1100, 1500]}
    two = total(
        pd.concat([counted(values, "A"), counted(values, "B")]),
        pd.concat([frame({"all": 50}, "A"), frame({"all": 50}, "B")]),
    )
    one = total(counted(values), frame({"all": 50}))
    assert two["value"] == pytest.approx(2 * one["value"])
    assert two["standard_error"] == pytest.approx(2 * one["standard_error"]), "not only by the root of two"
    assert two["df"] == pytest.approx(2)


def test_branches_counted_in_other_weeks_are_independent() -> None:
    other = counted({"all": [1000.0, 1100, 1500]}, "B")
    other["week"] = [f"all {i}" for i in (10, 11, 12)]
    of = pd.concat([frame({"all": 50}, "A"), frame({"all": 50}, "B")])
    two = total(pd.concat([counted({"all": [1000.0, 1100, 1500]}, "A"), other]), of)
    one = total(counted({"all": [1000.0, 1100, 1500]}), frame({"all": 50}))
    assert two["standard_error"] == pytest.approx(np.sqrt(2) * one["standard_error"])
    assert two["df"] == pytest.approx(4)


def test_a_branch_that_was_not_counted_leaves_the_library_without_a_total() -> None:
    found = total(counted({"all": [1000, 1100]}, "A"), pd.concat([frame({"all": 50}, "A"), frame({"all": 50}, "B")]))
    assert np.isnan(found["value"])
    assert found["known"] == 0.5


def test_a_week_that_stands_twice_is_refused() -> None:
    twice = pd.concat([counted({"all": [1.0]}), counted({"all": [2.0]})])
    with pytest.raises(ValueError, match="a week occurs twice in 'weeks'"):
        estimate(twice, frame({"all": 5}))


def test_an_error_without_degrees_of_freedom_has_the_normal_interval() -> None:
    rows = pd.DataFrame({"value": [100.0, 100.0, 5.0], "standard_error": [10.0, np.nan, 10.0], "df": np.nan})
    ends = with_interval(rows)
    assert ends["value_high"].tolist()[0] == pytest.approx(116.4485, abs=1e-4)
    assert np.isnan(ends["value_low"].tolist()[1])
    assert ends["value_low"].tolist()[2] == 0, "a count is never below nothing"


def yearly(full: list[bool], start: int = 2020) -> pd.DataFrame:
    tables = []
    for year, whole in enumerate(full, start):
        of = frame({"all": 50})
        tables.append(
            estimate(
                counted({"all": [100.0] * (50 if whole else 4)}).assign(start=pd.Timestamp(year, 1, 1)),
                of.assign(start=pd.Timestamp(year, 1, 1)),
            ).strata
        )
    return pd.concat(tables)


def test_a_change_between_counting_and_sampling_is_reported_with_its_day() -> None:
    found = method_changes(yearly([True, True, False, False, True]))
    assert list(found["day"].dt.year) == [2022, 2024]
    assert found["reason"].tolist()[0] == "counted in 50 of 50 open weeks before, in 4 of 50 since"


def test_sampling_every_year_is_no_change_of_method() -> None:
    assert method_changes(yearly([False, False])).empty
    assert method_changes(yearly([True])).empty


FEW = settings(max_examples=12)
AMOUNTS = st.floats(min_value=0, max_value=1e5, allow_nan=False)
SAMPLES = st.dictionaries(
    st.sampled_from(["term", "holiday", "exam"]), st.lists(AMOUNTS, min_size=2, max_size=8), min_size=1
)


@FEW
@given(SAMPLES)
def test_a_census_gives_the_exact_total_and_no_error(values: Counts) -> None:
    found = total(counted(values), frame({name: len(weeks) for name, weeks in values.items()}))
    assert found["value"] == pytest.approx(sum(map(sum, values.values())))
    assert found["standard_error"] == 0


@FEW
@given(SAMPLES, st.floats(min_value=0.01, max_value=100))
def test_scaling_the_counts_scales_estimate_and_error(values: Counts, by: float) -> None:
    of = frame({name: len(weeks) + 5 for name, weeks in values.items()})
    plain, scaled = (
        total(counted(values), of),
        total(counted({name: [by * week for week in weeks] for name, weeks in values.items()}), of),
    )
    assert scaled["value"] == pytest.approx(by * plain["value"])
    assert scaled["standard_error"] == pytest.approx(by * plain["standard_error"], abs=1e-6)


@FEW
@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_weeks_and_rows_does_not_matter(values: Counts, chance: object) -> None:
    of = frame({name: len(weeks) + 5 for name, weeks in values.items()})
    weeks = counted(values)
    seed = chance.randrange(1000)  # type: ignore[attr-defined]
    one, two = total(weeks, of), total(weeks.sample(frac=1, random_state=seed), of.sample(frac=1, random_state=seed))
    assert two["value"] == pytest.approx(one["value"])
    assert two["standard_error"] == pytest.approx(one["standard_error"], abs=1e-6)


@FEW
@given(st.lists(AMOUNTS, min_size=3, max_size=9), st.integers(min_value=1, max_value=40))
def test_more_uncounted_weeks_mean_more_error(values: list[float], more: int) -> None:
    few, many = (total(counted({"all": values}), frame({"all": len(values) + rest})) for rest in (more, more + 10))
    assert many["standard_error"] >= few["standard_error"]


@FEW
@given(SAMPLES)
def test_degrees_of_freedom_lie_between_the_least_and_the_sum(values: Counts) -> None:
    found = total(counted(values), frame({name: len(weeks) + 5 for name, weeks in values.items()}))
    each = [len(weeks) - 1 for weeks in values.values()]
    if found["standard_error"] > 1e-6:
        assert min(each) - 1e-6 <= found["df"] <= sum(each) + 1e-6


def test_nine_intervals_of_ten_hold_the_true_total_of_a_real_year(shared_data: Callable[[str], Path]) -> None:
    """Weeks of pedestrians past a counter in 2019, drawn by lot 500 times; ``benchmarks/sample_weeks.py`` measures
    more."""
    days = pd.read_csv(shared_data("prophet-examples") / "example_pedestrians_covid.csv", parse_dates=["ds"])
    weeks = days[days["ds"].between("2018-12-31", "2019-12-29")].assign(
        week=lambda rows: rows["ds"].dt.to_period("W-SUN").dt.start_time
    )
    sums = weeks.groupby("week")["y"].sum().reset_index(name="value")
    assert len(sums) == 52
    runs = pd.DataFrame({"indicator_id": [f"{run:03d}" for run in range(500)]})
    one = sums.assign(
        start=pd.Timestamp("2019-01-01"),
        source="s",
        metric="m",
        entity="",
        stratum="all",
        size=1.0,
        main=True,
        declared=np.nan,
    )
    of = one.merge(runs, how="cross")
    order = pd.Series(np.random.default_rng(7).random(len(of))).groupby(of["indicator_id"]).rank()
    totals = estimate(of[order <= 8], of).totals
    truth = sums["value"].sum()
    held = ((totals["low"] <= truth) & (truth <= totals["high"])).mean()
    assert 0.86 <= held <= 0.94
    assert abs(totals["value"].mean() / truth - 1) < 0.01, "unbiased"
