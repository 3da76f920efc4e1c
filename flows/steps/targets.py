"""The indicators of the plan and their targets, as a table."""

from datetime import timedelta

import pandas as pd

from plan.model import Indicator, Plan


def target_table(plan: Plan) -> pd.DataFrame:
    """One row per indicator, with the columns that ``transforms.judgement.judge.judge`` needs."""
    frame = pd.DataFrame([_target(name, indicator) for name, indicator in plan.indicators.items()])
    days = ("baseline_start", "baseline_end", "due")
    return frame.astype(
        {
            **dict.fromkeys(days, "datetime64[us]"),
            **dict.fromkeys(("target_value", "target_low", "target_high", "limit", "baseline_value"), "float64"),
        }
    )


def _target(name: str, indicator: Indicator) -> dict[str, object]:
    target = indicator.judged_target
    baseline = target.baseline if target else None
    return {
        "indicator_id": name,
        "unit": indicator.unit,
        "kind": indicator.kind,
        "period": indicator.period,
        "over": target and target.over,
        "better": indicator.better,
        "min_completeness": indicator.min_completeness,
        "rule": target and target.rule,
        "limit": target and target.limit,
        "path": target and target.path,
        "due": target and target.due,
        "target_value": target and target.value,
        "target_low": target.band.low if target and target.band else None,
        "target_high": target.band.high if target and target.band else None,
        "baseline_value": baseline and baseline.value,
        "baseline_start": baseline and baseline.from_,
        "baseline_end": baseline and baseline.to + timedelta(days=1),
    }
