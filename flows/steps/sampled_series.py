"""The periods of the indicators that are counted in sample weeks."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from flows.steps.block_reduction import ObservedBlocks
from flows.steps.context import Context
from flows.steps.reduction import reduce_weeks
from plan.calendar_tables import term_days, weekly_hours
from plan.sample import Sample
from transforms.periods import PeriodInputs, period_grid
from transforms.sampling.estimate import PERIOD, method_changes
from transforms.sampling.sample_weeks import (
    SampledPeriods,
    SamplePlans,
    no_sampled_periods,
    sampled_periods,
    week_grid,
    week_grid_label,
)


@dataclass(frozen=True)
class IndicatorInputs:
    """What was read for all indicators.

    known: source, metric, entity, first and until of all observations. samples: the sample settings by series.
    """

    observed: ObservedBlocks
    known: pd.DataFrame
    metrics: pd.DataFrame
    parts: pd.DataFrame
    rules: PeriodInputs
    samples: dict[str, Sample]


def sample_periods(context: Context, gathered: IndicatorInputs) -> SampledPeriods:
    """The periods of the series that have a sample; no row where none has."""
    if not gathered.samples:
        return no_sampled_periods()
    first, last = observed_span(gathered.known, context.today)
    parts = gathered.parts[gathered.parts["indicator_id"].isin(list(gathered.samples))]
    starts = parts["indicator_id"].map({name: sample.week_starts for name, sample in gathered.samples.items()})
    names = pd.DataFrame({"period": parts["period"], "starts": starts}).drop_duplicates()
    grids = [
        week_grid(period, start, period_grid(period, first, last))
        for period, start in names.itertuples(index=False, name=None)
    ]
    labelled = parts.assign(period=[week_grid_label(*pair) for pair in zip(parts["period"], starts, strict=True)])
    hours = weekly_hours(context.loaded.plan.calendar.opening_hours)
    entities = sorted({*gathered.known["entity"], *parts["entity"].dropna()})
    shut = {entity: _closed_weekdays(hours, entity) for entity in entities}
    closed = _with_closures(gathered.rules.closed, shut, first, last)
    rules = replace(
        gathered.rules,
        closed=closed,
        members=gathered.rules.members[gathered.rules.members["indicator_id"].isin(list(gathered.samples))],
    )
    plans = SamplePlans(
        _samples(gathered.samples),
        _strata(context, gathered.samples),
        {entity: 7 - len(weekdays) for entity, weekdays in shut.items()},
    )
    return sampled_periods(
        reduce_weeks(gathered.observed.whole, gathered.metrics, labelled, closed, pd.concat(grids, ignore_index=True)),
        rules,
        plans,
    )


def combine_periods(counted: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """The periods of both kinds in one table; df is null and note empty for counted ones.

    An estimate from sample weeks is one of the whole period.
    """
    drawn = drawn.assign(whole=drawn["value"], whole_error=0.0, missing=_nothing(drawn))
    frames = [frame for frame in (counted.assign(df=np.nan, note=_nothing(counted)), drawn) if not frame.empty]
    return pd.concat(frames).sort_values(PERIOD, ignore_index=True) if frames else counted.assign(df=[], note=[])


def _nothing(rows: pd.DataFrame) -> pd.Series:
    """An empty tuple for each row."""
    return pd.Series([()] * len(rows), rows.index, object)


def undeclared_method_changes(estimates: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """The changes between counting and sampling without a recorded or declared break."""
    changes = method_changes(estimates)
    both = changes.merge(breaks[["indicator_id", "day"]], on=["indicator_id", "day"], how="left", indicator="side")
    return both.loc[both["side"] == "left_only", changes.columns]


def observed_span(known: pd.DataFrame, today: date) -> tuple[date, date]:
    """The first day that any observation knows of and the last one, or today. known: first, until."""
    if known.empty:
        return today, today
    return known["first"].min().date(), max(known["until"].max().date(), today)


def _closed_weekdays(hours: pd.DataFrame, entity: str) -> list[int]:
    """Weekdays on which the entity never opens; none if its hours are unknown or all zero."""
    own = hours[hours["entity"] == entity]
    rows = own if not own.empty else hours[hours["entity"] == ""]
    weekdays = rows.loc[rows["hours"] == 0, "weekday"].tolist()
    return weekdays if len(weekdays) < 7 else []


def _with_closures(closed: pd.DataFrame, shut: dict[str, list[int]], first: date, last: date) -> pd.DataFrame:
    """``closed`` with the weekdays on which an entity never opens, without duplicates."""
    days = pd.Series(
        pd.date_range(pd.Timestamp(first.year, 1, 1), pd.Timestamp(last.year, 12, 31), freq="D", unit="us")
    )
    parts = [
        pd.DataFrame({"entity": entity, "day": days[days.dt.day_of_week.isin(weekdays)]})
        for entity, weekdays in shut.items()
        if weekdays
    ]
    everyone = closed.loc[closed["entity"] == "", "day"]
    both = pd.concat([closed, *(part[~part["day"].isin(everyone)] for part in parts)], ignore_index=True)
    return both[(both["entity"] == "") | ~both["day"].isin(everyone)].drop_duplicates(ignore_index=True)


def _samples(samples: dict[str, Sample]) -> pd.DataFrame:
    rows = [(name, sample.week_starts, sample.open_weeks) for name, sample in samples.items()]
    return pd.DataFrame(rows, columns=["indicator_id", "week_starts", "open_weeks"]).astype({"open_weeks": "float64"})


def _strata(context: Context, samples: dict[str, Sample]) -> pd.DataFrame:
    """The plan's own strata, or the terms of the calendar against the rest."""
    terms = term_days(context.loaded.plan.calendar)
    rows: list[tuple[str, str, object, object]] = []
    for name, sample in samples.items():
        own = {} if sample.open_weeks is not None else sample.strata
        rows += [(name, stratum, span.from_, span.to) for stratum, spans in (own or {}).items() for span in spans]
        if own is None:
            rows += [
                (name, "term", start, end - pd.Timedelta(days=1))
                for start, end in terms.itertuples(index=False, name=None)
            ]
    return pd.DataFrame(rows, columns=["indicator_id", "stratum", "first", "last"]).astype(
        {"first": "datetime64[us]", "last": "datetime64[us]"}
    )
