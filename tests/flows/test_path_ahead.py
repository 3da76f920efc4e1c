"""From a plan to the published months to come, with the calendar ahead and without what a break withholds."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from tests.plan_texts import plan_text, write_plan

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
INDICATOR = """\
{name}: {{title: {name}, unit: visits, kind: flow, {better}target: {{{target}}},
  of: [{{source: gates, metric: visits, entities: [{branch}]}}]}}
"""
BASELINE = "baseline: {from: 2022-01-01, to: 2022-12-31, value: 1000}, "
TARGETS = {
    "month": f"{BASELINE}value: 2000, due: 2026-12-31",
    "seasonal": f"{BASELINE}value: 2000, due: 2026-12-31, path: seasonal",
    "year": "baseline: {from: 2022-01-01, to: 2022-12-31, value: 12000}, value: 20000, over: year, due: 2026-12-31",
    "band": "band: {low: 900, high: 1100}, due: 2026-12-31",
    "few": "baseline: {from: 2022-01-01, to: 2022-12-31, value: 1}, value: 3, due: 2026-12-31",
    "parted": f"{BASELINE}value: 2000, due: 2026-12-31",
}
MORE = """\
calendar: {closed: [{from: 2026-08-01, to: 2026-08-31, reason: Repairs}]}
breaks: [{day: 2023-06-01, reason: new gates, indicators: [parted]}]
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six years of visits to one library up to February 2026, which is over and not yet settled."""
    folder = tmp_path_factory.mktemp("ahead")
    months = pd.period_range("2020-01", "2026-02", freq="M")
    visits = (
        1000
        + 200 * np.sin(2 * np.pi * np.arange(len(months)) / 12)
        + np.random.default_rng(4).normal(0, 40, len(months))
    )
    few = np.random.default_rng(5).poisson(1.5, len(months))
    table = pd.DataFrame(
        [visits.round(), few], index=pd.Index(["Hill", "Vale"], name="Library"), columns=months.astype(str)
    ).astype(int)
    table.to_csv(folder / "visits.csv")
    indicators = "".join(
        INDICATOR.format(
            name=name,
            branch="Vale" if name == "few" else "Hill",
            target=target,
            better="better: band, " * (name == "band"),
        )
        for name, target in TARGETS.items()
    )
    refresh(
        context_of(write_plan(folder, plan_text(indicators=indicators, more=MORE)), folder / "warehouse", NOW),
        RefreshRequest(),
    )
    return folder / "warehouse/published"


def expected(published: Path, table: str, name: str) -> dict[date, float | None]:
    rows = duckdb.execute(
        f"SELECT start, expected FROM '{published}/{table}.parquet' WHERE indicator_id = '{name}' ORDER BY start"
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize("name", ["month", "seasonal", "year"])
def test_the_path_goes_on_where_the_periods_end_and_ends_with_the_due_day(published: Path, name: str) -> None:
    been, ahead = expected(published, "periods", name), expected(published, "paths", name)
    assert (max(been), min(ahead), max(ahead)) == (date(2026, 3, 1), date(2026, 4, 1), date(2026, 12, 1))


@pytest.mark.parametrize("name", ["month", "seasonal", "year"])
def test_of_a_month_that_the_calendar_closes_nothing_is_expected_and_of_all_others_something(
    published: Path, name: str
) -> None:
    ahead = expected(published, "paths", name)
    assert [start.month for start, value in ahead.items() if value == 0] == [8]
    assert all(value is not None and value >= 0 for value in ahead.values())


def test_the_straight_path_ends_at_the_target_and_a_seasonal_one_in_the_season(published: Path) -> None:
    straight, seasonal = (expected(published, "paths", name) for name in ("month", "seasonal"))
    december = date(2026, 12, 1)
    assert straight[december] == pytest.approx(2000)
    assert seasonal[december] == pytest.approx(2000 * 0.9, rel=0.05)


def test_the_months_of_the_year_add_up_to_its_target(published: Path) -> None:
    year = expected(published, "periods", "year") | expected(published, "paths", "year")
    assert sum(value or 0 for start, value in year.items() if start.year == 2026) == pytest.approx(20000)


@pytest.mark.parametrize("name", ["band", "parted"])
def test_a_band_has_no_path_and_one_that_a_break_cuts_is_not_told(published: Path, name: str) -> None:
    assert expected(published, "paths", name) == {}
    assert duckdb.execute(
        f"SELECT count(*) FROM '{published}/forecasts.parquet' WHERE indicator_id = '{name}'"
    ).fetchall() == [(11,)]


def test_of_what_is_counted_no_forecast_reaches_below_nothing(published: Path) -> None:
    lows = duckdb.execute(
        f"SELECT min(low_95), min(low_80), max(high_80) FROM '{published}/forecasts.parquet' WHERE indicator_id = 'few'"
    ).fetchall()
    assert lows[0][:2] == (0, 0)
    assert lows[0][2] > 1
    ((low,),) = duckdb.execute(
        f"SELECT forecast_low FROM '{published}/verdicts.parquet' WHERE indicator_id = 'few'"
    ).fetchall()
    assert low >= 0
