"""What is added to the verdicts: trend, forecast, probability, and the state of each alert."""

import numpy as np
import pandas as pd

from flows.steps.context import Context
from sources.contract import Metric
from transforms.alerts.evaluate import evaluate_alerts
from transforms.outlook.hedges import hedged_reasons
from transforms.outlook.outlook_table import build_outlook
from warehouse.pulls import last_pulls
from warehouse.schema import PUBLISHED_VERDICTS


def add_outlook(
    context: Context, verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, apart: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``verdicts`` in the published columns, and the forecasts of the periods to come (``transforms.outlook.outlook_table.FAN_COLUMNS``).

    periods: with expected, base and standard_error; apart: as ``transforms.breaks.last_unspliced_breaks``.
    """
    settings = context.loaded.plan.alerts
    goals = targets.assign(least=targets["indicator_id"].map(_least(context)))
    ahead, forecasts = build_outlook(periods, goals, apart)
    states = evaluate_alerts(periods, goals, apart, settings, _failed(context))
    whole = verdicts.merge(ahead, on="indicator_id", how="left").merge(states, on="indicator_id", how="left")
    whole["reason"] = hedged_reasons(whole, periods, targets, context.today, settings.false_discovery_rate)
    return whole[PUBLISHED_VERDICTS.names], forecasts


def _least(context: Context) -> dict[str, float]:
    """What a period of each indicator cannot fall below: 0 where no figure that it is made of can; the steps of a counter can, unless
    its provider never takes back what it counted."""
    metrics = {
        (name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()
    }

    def counts(metric: Metric, *, steps: bool) -> bool:
        return (
            metric.minimum is not None
            and metric.minimum >= 0
            and not (steps and metric.kind == "reading" and metric.falls == "correction")
        )

    return {
        name: 0.0
        if all(counts(metrics[m.source, m.metric], steps=i.days_to_period == "sum") for m in i.measures)
        else np.nan
        for name, i in context.loaded.plan.indicators.items()
    }


def _failed(context: Context) -> set[str]:
    """The indicators of which a source failed in its newest pull."""
    pulls = last_pulls(context.tables)
    newest = {
        name: max((pull["recorded_at"], status) for (source, status), pull in pulls.items() if source == name)
        for name, _ in pulls
    }
    broken = {name for name, (_, status) in newest.items() if status == "failed"}
    return {
        name
        for name, indicator in context.loaded.plan.indicators.items()
        if broken & {measure.source for measure in indicator.measures}
    }
