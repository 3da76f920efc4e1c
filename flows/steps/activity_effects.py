"""What followed the activities of the plan, from the periods as they were assessed."""

import pandas as pd

from flows.steps.assess import Assessment
from flows.steps.context import Context
from transforms.effects import Activities, effects

ACTIVITY = ["activity_id", "date", "title", "indicator_id", "controls"]
INDICATOR = ["indicator_id", "indicator", "unit", "period", "min_completeness"]


def activity_effects(context: Context, assessed: Assessment) -> pd.DataFrame:
    """The published columns: one row an activity and indicator that it was meant to move."""
    plan = context.loaded.plan
    meant = [
        (name, pd.Timestamp(a.date), a.title, indicator, a.controls)
        for name, a in plan.activities.items()
        for indicator in dict.fromkeys(a.indicators)
    ]
    known = [(name, i.title, i.unit, i.period, i.min_completeness) for name, i in plan.indicators.items()]
    given = Activities(pd.DataFrame(meant, columns=ACTIVITY), pd.DataFrame(known, columns=INDICATOR), assessed.breaks)
    return effects(assessed.periods, given)
