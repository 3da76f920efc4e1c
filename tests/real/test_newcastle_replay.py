"""Newcastle's visits month by month as they were published, in one warehouse.

Each change of a verdict has its cause.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.changing_library import replace_file
from tests.forked_runs import context_of
from warehouse.frames import to_pandas
from warehouse.schema import VERDICT_LEDGER

PLAN = """\
organisation: {name: Newcastle Libraries, time_zone: Europe/London}
sources:
  visits: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library}, date_formats: ["%Y-%m"],
    period: month}
indicators:
  all_visits:
    title: Visits
    unit: visits
    kind: flow
    min_completeness: 0.6
    of: [{source: visits, metric: visits}]
    target: {baseline: {from: 2015-01-01, to: 2015-12-31}, path: seasonal, value: 110000, due: 2019-12-31}
  visits_of_2018:
    title: Visits of 2018
    unit: visits
    kind: flow
    min_completeness: 0.6
    of: [{source: visits, metric: visits}]
    target: {baseline: {from: 2015-01-01, to: 2015-12-31, value: 1300000}, over: year, value: 1250000,
      due: 2018-12-31}
    better: down
  city:
    title: City Library
    unit: visits
    kind: flow
    of: [{source: visits, metric: visits, entities: [City]}]
    target: {baseline: {from: 2015-01-01, to: 2015-12-31, value: 60000}, value: 66000, due: 2020-03-31}
  quarters:
    title: Visits to Gosforth and Kenton by quarter
    unit: visits
    kind: flow
    period: quarter
    min_completeness: 0.5
    of: [{source: visits, metric: visits, entities: [Gosforth, Kenton]}]
    target: {baseline: {from: 2014-01-01, to: 2015-12-31}, path: geometric, value: 60000, due: 2023-12-31}
  band:
    title: Jesmond
    unit: visits
    kind: flow
    better: band
    of: [{source: visits, metric: visits, entities: [Jesmond]}]
    target: {band: {low: 1000, high: 3000}, due: 2024-03-31}
"""
RUNS = pd.date_range("2017-01-01", "2018-07-01", freq="MS") + pd.Timedelta(days=9)
GOES_BACK = {"restated", "plan_changed", "settling_learned"}


@pytest.fixture(scope="module")
def ledger(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What was recorded of the verdicts, run by run, on the tenth of each month with the newest file of that day."""
    files = sorted((shared_data("newcastle-libraries") / "visitor-figures-versions").glob("*.csv"))
    folder = tmp_path_factory.mktemp("replay")
    replace_file(folder / "plan.yaml", PLAN)
    for day in RUNS:
        published = [file for file in files if file.name[:10] <= f"{day:%Y-%m-%d}"]
        replace_file(folder / "visits.csv", published[-1].read_text(encoding="utf-8-sig"))
        now = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        context = context_of(folder / "plan.yaml", folder / "warehouse", now)
        assert not refresh(context, RefreshRequest()).failed
    return to_pandas(context.tables.read(VERDICT_LEDGER)).sort_values(["indicator_id", "as_of"], ignore_index=True)


def with_before(ledger: pd.DataFrame) -> pd.DataFrame:
    """The rows that followed another one, with what that one said."""
    before = ledger.groupby("indicator_id")[["verdict", "through", "as_of"]].shift().add_suffix("_before")
    both = ledger.join(before)
    return both[both["as_of_before"].notna()]


@pytest.mark.slow
def test_each_changed_verdict_judges_a_later_period_or_has_another_cause(ledger: pd.DataFrame) -> None:
    rows = with_before(ledger)
    changed = rows[rows["verdict"] != rows["verdict_before"]]
    assert len(changed) > 0
    later = (changed["through"] > changed["through_before"]) | changed["through_before"].isna()
    assert set(changed.loc[later, "cause"]) <= {"new_data", *GOES_BACK}
    assert set(changed.loc[~later, "cause"]) <= GOES_BACK


@pytest.mark.slow
def test_the_period_judged_goes_back_for_a_cause_only(ledger: pd.DataFrame) -> None:
    rows = with_before(ledger)
    gone = rows["through"].isna() & rows["through_before"].notna()
    back = rows[(rows["through"] < rows["through_before"]) | gone]
    assert set(back["cause"]) <= GOES_BACK


@pytest.mark.slow
def test_no_verdict_of_one_period_goes_and_comes_back(ledger: pd.DataFrame) -> None:
    """Of one period a verdict changes only where its figures were restated, and then it does not return."""
    of_one_period = ledger[ledger["through"].notna()].groupby(["indicator_id", "through"])["verdict"]
    said = of_one_period.agg(
        lambda verdicts: [one for one, last in zip(verdicts, [None, *verdicts], strict=False) if one != last]
    )
    assert not [at for at, verdicts in said.items() if len(verdicts) > len(set(verdicts))]
