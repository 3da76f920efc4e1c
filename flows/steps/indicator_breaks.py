"""The breaks of each indicator, declared in the plan or recorded by a source."""

from collections.abc import Iterator

import pandas as pd

from flows.steps.context import Context
from plan.model import Plan
from plan.parts import Measure
from transforms.breaks import OLD_SERIES_MARK, collect_breaks
from warehouse.frames import to_pandas
from warehouse.schema import BREAKS

DECLARED = ["indicator_id", "day", "reason", "factor", "factor_error", "old"]


def indicator_breaks(context: Context, members: pd.DataFrame) -> pd.DataFrame:
    """The breaks up to today, in the columns of ``transforms.breaks.collect_breaks``.

    members: the measures of each series, those of old measures included.
    """
    declared = pd.DataFrame(_declared(context.loaded.plan), columns=DECLARED)
    is_old = members["indicator_id"].str.contains(OLD_SERIES_MARK)
    own = members.loc[~is_old, ["indicator_id", "source", "metric", "entity"]]
    found = collect_breaks(declared, to_pandas(context.tables.read(BREAKS)), own)
    return found[found["day"] <= pd.Timestamp(context.today)].reset_index(drop=True)


def old_measures(plan: Plan) -> Iterator[tuple[str, str, Measure]]:
    """For each old measure of a splice: the name of its series, its indicator, and the measure."""
    for number, found in enumerate(plan.breaks):
        for measure in found.splice.overlap if found.splice else ():
            yield f"{found.indicators[0]}{OLD_SERIES_MARK}{number}", found.indicators[0], measure


def _declared(plan: Plan) -> Iterator[tuple[object, ...]]:
    for number, found in enumerate(plan.breaks):
        splice = found.splice
        factor, error = (splice.factor, splice.standard_error) if splice else (None, None)
        for name in found.indicators or plan.indicators:
            old = f"{name}{OLD_SERIES_MARK}{number}" if splice and splice.overlap else ""
            yield name, pd.Timestamp(found.day), found.reason, factor, error, old
