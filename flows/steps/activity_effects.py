"""The effects of the plan's activities, estimated from the assessed periods."""

import pandas as pd

from flows.steps.assess import Assessment
from flows.steps.context import Context
from transforms.coverage import at_whole
from transforms.effects import Activities, estimate_effects

ACTIVITY = ["activity_id", "date", "title", "indicator_id", "controls"]
INDICATOR = ["indicator_id", "indicator", "unit", "period", "min_completeness"]


def activity_effects(context: Context, assessed: Assessment) -> pd.DataFrame:
    """The published columns, one row per activity and indicator that it was meant to move."""
    plan = context.loaded.plan
    targeted = [
        (name, pd.Timestamp(a.date), a.title, indicator, a.controls)
        for name, a in plan.activities.items()
        for indicator in dict.fromkeys(a.indicators)
    ]
    indicators = [(name, i.title, i.unit, i.period, i.min_completeness) for name, i in plan.indicators.items()]
    activities = Activities(
        pd.DataFrame(targeted, columns=ACTIVITY), pd.DataFrame(indicators, columns=INDICATOR), assessed.breaks
    )
    return estimate_effects(at_whole(assessed.periods), activities)
