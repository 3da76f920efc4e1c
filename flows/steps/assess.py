"""Every indicator is judged on what the warehouse holds now."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from flows.steps.context import Context
from flows.steps.outlook import add_outlook
from flows.steps.sample_weeks import undeclared_method_changes
from flows.steps.series import IndicatorSeries, build_indicator_series
from flows.steps.settling_times import SettlingTimes, learn_settling_times
from flows.steps.targets import target_table
from plan.calendar import Calendar
from plan.calendar_tables import closed_days, term_days
from transforms.breaks import comparable, last_unspliced_breaks, reasons_to_withhold, withhold
from transforms.pacing.expected_profile import spans
from transforms.pacing.opendays import open_days
from transforms.sampling.estimate import with_interval
from transforms.sampling.verdicts import hedged
from transforms.shut import Shut, shut_since
from transforms.verdicts import judge


@dataclass(frozen=True)
class Assessment:
    """``periods`` with the column expected; ``verdicts`` in the published columns; ``targets`` with the baselines that the periods
    yield; ``breaks`` of each indicator with what became of them; ``estimates``: the strata of those counted in sample weeks;
    ``forecasts``: the periods to come, up to each due date; ``paths``: what is expected of them."""

    periods: pd.DataFrame
    verdicts: pd.DataFrame
    targets: pd.DataFrame
    breaks: pd.DataFrame
    settled: SettlingTimes
    estimates: pd.DataFrame
    forecasts: pd.DataFrame
    paths: pd.DataFrame


def assess(context: Context) -> Assessment:
    """Judge, hold back what cannot be known, and look ahead."""
    settled = learn_settling_times(context)
    made, targets, clock = (
        build_indicator_series(context, settled.after),
        target_table(context.loaded.plan),
        context.clock(),
    )
    calendar = _open_days(context.loaded.plan.calendar, context.today, made, targets)
    table = comparable(made.periods, targets, made.breaks)
    judged = judge(table, targets, clock, calendar)
    changes = undeclared_method_changes(made.estimates, made.breaks)
    hedge = hedged(
        judged.verdicts, table, targets, changes, lambda rows, goals: judge(rows, goals, clock, calendar).verdicts
    )
    why = reasons_to_withhold(judged.verdicts, judged.targets, made.breaks)
    known = shut_since(withhold(hedge, why), made.periods, _closures(context.loaded.plan.calendar))
    led = ~made.periods["indicator_id"].isin(list(why))
    expected = made.periods.assign(expected=judged.expected.where(led), base=judged.base.where(led))
    apart = last_unspliced_breaks(made.breaks)
    verdicts, forecasts = add_outlook(context, known, expected, judged.targets, apart)
    paths = judged.path[~judged.path["indicator_id"].isin(list(why))]
    return Assessment(
        with_interval(expected.drop(columns="base")),
        verdicts,
        judged.targets,
        made.breaks,
        settled,
        made.estimates,
        forecasts,
        paths,
    )


def _closures(calendar: Calendar) -> list[Shut]:
    return [
        Shut(pd.Timestamp(closure.from_), pd.Timestamp(closure.to or "NaT"), closure.reason)
        for closure in calendar.closed
        if not closure.entities
    ]


def _open_days(calendar: Calendar, today: date, made: IndicatorSeries, targets: pd.DataFrame) -> pd.DataFrame:
    """The open days of every period of a flow with a target, ahead to the end of its year."""
    wanted = spans(made.periods, targets[(targets["kind"] == "flow") & targets["due"].notna()])
    until = today if wanted.empty else max(today, wanted["end"].max().date())
    return open_days(wanted, made.members, closed_days(calendar, until), term_days(calendar))
