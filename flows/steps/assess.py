"""Judge every indicator on what the warehouse holds now."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from flows.steps.block_reduction import observed_blocks
from flows.steps.context import Context
from flows.steps.outlook import add_outlook
from flows.steps.sampled_series import undeclared_method_changes
from flows.steps.series import IndicatorSeries, build_indicator_series
from flows.steps.settling_times import SettlingTimes, learn_settling_times
from flows.steps.targets import target_table
from plan.calendar import Calendar
from plan.calendar_tables import closed_days, term_days
from transforms.breaks import breaks_in_the_way, comparable, last_unspliced_breaks
from transforms.coverage import as_counted, at_whole, with_all_errors
from transforms.judgement.closures import Closure, closed_since
from transforms.judgement.judge import Judged, judge
from transforms.judgement.missing_bounds import missing_bounds
from transforms.judgement.precedence import decide
from transforms.judgement.sample_bounds import Judge, sample_bounds
from transforms.outlook.chart_table import build_charts
from transforms.pacing.opendays import open_days
from transforms.pacing.target_years import spans
from transforms.sampling.estimate import with_interval
from transforms.year_ago import with_year_ago


@dataclass(frozen=True)
class Assessment:
    """All results of one evaluation, as tables.

    periods: with the column expected; verdicts: in the published columns; targets: with baselines computed from the
    periods; breaks: of each indicator, with how they were joined; estimates: the strata of indicators counted in
    sample weeks; forecasts: the periods to come, up to each due date; paths: the expected value of these periods;
    known: as ``ObservedBlocks.known_series``; cells: as ``IndicatorSeries.cells``.
    """

    periods: pd.DataFrame
    verdicts: pd.DataFrame
    targets: pd.DataFrame
    breaks: pd.DataFrame
    settled: SettlingTimes
    estimates: pd.DataFrame
    forecasts: pd.DataFrame
    paths: pd.DataFrame
    known: pd.DataFrame
    cells: pd.DataFrame


def assess(context: Context) -> Assessment:
    """Judge the indicators, withhold verdicts across breaks, add outlook and alert states."""
    plan, clock = context.loaded.plan, context.clock()
    observed = observed_blocks(context)
    known = observed.known_series()
    settled = learn_settling_times(context, known)
    series, targets = build_indicator_series(context, observed, known, settled.after), target_table(plan)
    calendar = _open_days(plan.calendar, context.today, series, targets)
    whole = at_whole(series.periods)
    table = comparable(whole, targets, series.breaks)
    judged = judge(table, targets, clock, calendar)

    def judge_again(rows: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
        return judge(rows, goals, clock, calendar).verdicts

    verdicts, withheld = _decide(series, judged, table, targets, judge_again, plan.calendar)
    has_path = ~series.periods["indicator_id"].isin(withheld)
    whole = whole.assign(expected=judged.expected.where(has_path), base=judged.base.where(has_path), scale=judged.scale)
    unspliced = last_unspliced_breaks(series.breaks)
    charts = build_charts(whole, judged.targets, series.breaks)
    verdicts = verdicts.merge(charts.verdicts, on="indicator_id", how="left")
    verdicts, forecasts = add_outlook(context, verdicts, with_all_errors(whole), judged, unspliced)
    return Assessment(
        periods=with_year_ago(
            charts.added_to(with_interval(as_counted(whole).drop(columns=["base", "scale"]))),
            judged.targets.set_index("indicator_id")["period"],
            series.breaks,
        ),
        verdicts=verdicts,
        targets=judged.targets,
        breaks=series.breaks,
        settled=settled,
        estimates=series.estimates,
        forecasts=forecasts,
        paths=judged.path[~judged.path["indicator_id"].isin(withheld)],
        known=known,
        cells=series.cells,
    )


def _decide(
    series: IndicatorSeries,
    judged: Judged,
    table: pd.DataFrame,
    targets: pd.DataFrame,
    again: Judge,
    calendar: Calendar,
) -> tuple[pd.DataFrame, set[str]]:
    """The verdicts by all that was found, and the indicators without a path: a break has cut off the baseline, or the
    target lies on its wrong side.
    """
    changes = undeclared_method_changes(series.estimates, series.breaks)
    sample = sample_bounds(judged.verdicts, table, targets, changes, again)
    missing = missing_bounds(judged.verdicts, table, targets, again)
    breaks = breaks_in_the_way(judged.verdicts, judged.targets, series.breaks)
    closed = closed_since(judged.verdicts, series.periods, targets, _closures(calendar))
    sure = ~judged.verdicts["indicator_id"].isin(sample.unsure_worsening | missing.unsure_worsening)
    verdicts = judged.verdicts.assign(worsening=judged.verdicts["worsening"] & sure)
    backwards = judged.verdicts["findings"].map(lambda some: some[0].code == "target_met_by_baseline").astype(bool)
    withheld = {*breaks, *judged.verdicts.loc[backwards, "indicator_id"]}
    return decide(verdicts, sample.findings, missing.findings, breaks, closed), withheld


def _closures(calendar: Calendar) -> list[Closure]:
    """The closures of the whole library, not those of single entities."""
    return [
        Closure(pd.Timestamp(closure.from_), pd.Timestamp(closure.to or "NaT"), closure.reason)
        for closure in calendar.closed
        if not closure.entities
    ]


def _open_days(calendar: Calendar, today: date, series: IndicatorSeries, targets: pd.DataFrame) -> pd.DataFrame:
    """The open days of every period of a flow with a target, periods to come included."""
    wanted = spans(series.periods, targets[(targets["kind"] == "flow") & targets["due"].notna()])
    until = today if wanted.empty else max(today, wanted["end"].max().date())
    return open_days(wanted, series.members, closed_days(calendar, until), term_days(calendar))
