"""The effects of the plan's activities, estimated from the assessed periods, with their sentences."""

import pandas as pd

from flows.steps.assess import Assessment
from flows.steps.context import Context
from reports.language import english
from reports.sentences import effect_sentence
from transforms.coverage import at_whole
from transforms.effects import Activities, estimate_effects
from transforms.findings import to_json
from warehouse.schema import PUBLISHED_EFFECTS

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
    return with_sentences(estimate_effects(at_whole(assessed.periods), activities))


def with_sentences(effects: pd.DataFrame) -> pd.DataFrame:
    """The published columns: the sentence, the code and the figures in the place of the finding."""
    findings = effects["finding"]
    return effects.drop(columns="finding").assign(
        sentence=[effect_sentence(one, english()) for one in findings],
        reason_code=[one.code for one in findings],
        reason_parameters=[to_json([one]) for one in findings],
    )[PUBLISHED_EFFECTS.own_names]
