"""Add trend, forecast, probability and the state of each alert to the verdicts."""

import operator
from typing import Any

import numpy as np
import pandas as pd

from flows.steps.context import Context
from reports.language import english
from reports.sentences import outlook_sentences, sentence
from sources.contract import Metric
from transforms.alerts.evaluate import evaluate_alerts
from transforms.alerts.state_names import INACTIVE
from transforms.findings import from_json, to_json
from transforms.judgement.hedges import age_and_luck
from transforms.judgement.judge import Judged
from transforms.judgement.precedence import in_order
from transforms.outlook.outlook_table import build_outlook
from warehouse.pulls import last_pulls
from warehouse.schema import PUBLISHED_VERDICTS


def add_outlook(
    context: Context, verdicts: pd.DataFrame, periods: pd.DataFrame, judged: Judged, unspliced: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``verdicts`` in the published columns (but alert_raised_at), and the forecasts of the periods to come.

    periods: with expected, base, scale and standard_error; unspliced: from ``transforms.breaks.last_unspliced_breaks``;
    forecasts: with ``transforms.outlook.outlook_table.FAN_COLUMNS``.
    """
    settings, targets = context.loaded.plan.alerts, judged.targets
    goals = targets.assign(least=targets["indicator_id"].map(_lower_bounds(context)))
    outlook, forecasts = build_outlook(periods, goals, unspliced, judged.opened)
    through = goals["indicator_id"].map(verdicts.set_index("indicator_id")["through"])
    goals["until"] = through.where(through >= goals["due"])
    states = evaluate_alerts(periods, goals, unspliced, settings, _indicators_with_failed_source(context))
    table = verdicts.merge(outlook, on="indicator_id", how="left").merge(states, on="indicator_id", how="left")
    ended = goals.loc[goals["until"].notna(), "indicator_id"]
    met = (table["verdict"] == "achieved") & table["indicator_id"].isin(ended)
    table["alert"], table["alert_since"] = table["alert"].mask(met, INACTIVE), table["alert_since"].mask(met)
    beside = age_and_luck(table, periods, targets, context.today, settings.false_discovery_rate)
    findings = [in_order(both) for both in map(operator.add, table["findings"], beside)]
    table["reason_code"] = [some[0].code for some in findings]
    table["reason_parameters"] = [to_json(some) for some in findings]
    told = zip(table["reason_code"], table["reason_parameters"], strict=True)
    table["reason"] = [sentence(from_json(code, parameters), english()) for code, parameters in told]
    table["outlook"] = [outlook_sentences(some, english()) for some in table["outlook_findings"]]
    table["outlook_code"] = [some[0].code for some in table["outlook_findings"]]
    table["outlook_parameters"] = [to_json(some) for some in table["outlook_findings"]]
    return table[[name for name in PUBLISHED_VERDICTS.names if name in table]], forecasts


def _lower_bounds(context: Context) -> dict[str, float]:
    """By indicator, 0 if no period can fall below it, otherwise NaN."""
    metrics = {
        (name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()
    }
    bounds = {}
    for name, indicator in context.loaded.plan.indicators.items():
        sums = indicator.days_to_period == "sum"
        never_negative = all(_never_negative(metrics[m.source, m.metric], sums=sums) for m in indicator.measures)
        bounds[name] = 0.0 if never_negative else np.nan
    return bounds


def _never_negative(metric: Metric, *, sums: bool) -> bool:
    """Whether a period's value cannot be negative.

    The sum of a counter's steps can, if its provider corrects it downwards.
    """
    corrected = sums and metric.kind == "reading" and metric.falls == "correction"
    return metric.minimum is not None and metric.minimum >= 0 and not corrected


def _indicators_with_failed_source(context: Context) -> set[str]:
    """The indicators with a source whose newest pull failed."""
    newest: dict[str, tuple[Any, str]] = {}
    for (source, status), pull in last_pulls(context.tables).items():
        newest[source] = max(newest.get(source, (pull["recorded_at"], status)), (pull["recorded_at"], status))
    failed = {source for source, (_, status) in newest.items() if status == "failed"}
    return {
        name
        for name, indicator in context.loaded.plan.indicators.items()
        if failed & {measure.source for measure in indicator.measures}
    }
