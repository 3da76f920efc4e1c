"""The published tables that relate the others for BI tools, from the plan and from what was observed."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from flows.steps.assess import Assessment
from flows.steps.context import Context
from plan.model import Plan
from plan.parts import Measure
from plan.percent_unit import is_percent
from sources.contract import Metric
from transforms.periods import MEMBER_KEY
from warehouse.schema import (
    PUBLISHED_ENTITIES,
    PUBLISHED_ENTITY_PERIODS,
    PUBLISHED_MEASURES,
    PUBLISHED_METRICS,
    PUBLISHED_OBJECTIVES,
)

PARTS = ("of", "numerator", "denominator")
WHOLE_SOURCE = ""


def measures(plan: Plan, known: pd.DataFrame) -> pd.DataFrame:
    """``PUBLISHED_MEASURES``. known: as ``ObservedBlocks.known_series``."""
    found: dict[tuple[str, str], list[str]] = {}
    for source, metric, entity in known[["source", "metric", "entity"]].itertuples(index=False, name=None):
        found.setdefault((source, metric), []).append(entity)
    rows = {
        (name, part, measure.source, measure.metric, entity)
        for name, part, measure in _all_measures(plan)
        for entity in measure.entities or found.get((measure.source, measure.metric), ())
    }
    return pd.DataFrame(sorted(rows), columns=PUBLISHED_MEASURES.names)


def _all_measures(plan: Plan) -> Iterator[tuple[str, str, Measure]]:
    for name, indicator in plan.indicators.items():
        for part in PARTS:
            yield from ((name, part, measure) for measure in getattr(indicator, part))


def metrics(context: Context) -> pd.DataFrame:
    """``PUBLISHED_METRICS`` of the sources of the plan."""
    rows = []
    for name, source in sorted(context.loaded.sources.items()):
        for metric in source.metrics():
            over_days, over_entities = _adds_up(metric)
            adds = (over_days and over_entities, over_days, over_entities)
            rows.append((name, metric.name, metric.unit, metric.kind, *adds, metric.description))
    return pd.DataFrame(rows, columns=PUBLISHED_METRICS.names)


def _adds_up(metric: Metric) -> tuple[bool, bool]:
    """Whether the values of a metric add up over days, and over entities."""
    percent = is_percent(metric.unit)
    distinct = metric.kind == "distinct"
    return metric.kind == "flow" and not percent, metric.additive_over_entities and not percent and not distinct


def objectives(plan: Plan) -> pd.DataFrame:
    """``PUBLISHED_OBJECTIVES``: those of the plan, and those that only an indicator names."""
    serving = [one for one in plan.indicators.values() if one.objective]
    words = {**plan.objectives, **{one.objective: one.objective for one in serving if one.objective}}
    rows = []
    for name in words:
        mine = [one for one in serving if one.objective == name]
        judged = sum(one.judged_target is not None for one in mine)
        rows.append((name, plan.objectives.get(name, name), len(mine), judged))
    columns = PUBLISHED_OBJECTIVES.names
    return pd.DataFrame(rows, columns=columns).astype({"indicator_count": "int64", "judged_count": "int64"})


def entities(context: Context, known: pd.DataFrame) -> pd.DataFrame:
    """``PUBLISHED_ENTITIES``: those that were observed or that the plan names, and the whole source."""
    named = [(m.source, entity) for _, _, m in _all_measures(context.loaded.plan) for entity in m.entities]
    declared = pd.DataFrame(named, columns=["source", "entity"])
    observed = known[["source", "entity", "first", "until"]].astype(
        {"first": "datetime64[us]", "until": "datetime64[us]"}
    )
    days = observed.groupby("entity").agg(first_day=("first", "min"), last_day=("until", "max"))
    pairs = pd.concat([observed[["source", "entity"]], declared]).drop_duplicates().sort_values(["entity", "source"])
    sources = pairs.groupby("entity")["source"].agg(list)
    names = sorted({*sources.index, WHOLE_SOURCE})
    items = {name for name, source in context.loaded.sources.items() if source.keyed_by_entity}
    frame = pd.DataFrame({"entity": names})
    held = [sources.get(name, []) for name in names]
    closed = _closed_for_good(context.loaded.plan)
    frame["sources"] = pd.Series(held, dtype=object)
    frame["is_item"] = [
        name != WHOLE_SOURCE and bool(of) and set(of) <= items for name, of in zip(names, held, strict=True)
    ]
    seen = days.reindex(names)  # without a single observation, a lookup by map() would give numbers, not days
    frame["first_day"] = seen["first_day"].to_numpy()
    frame["last_day"] = seen["last_day"].to_numpy() - pd.Timedelta(days=1)
    frame["closed_from"] = pd.to_datetime(frame["entity"].map(closed)).astype("datetime64[us]")
    return frame[PUBLISHED_ENTITIES.own_names]


def _closed_for_good(plan: Plan) -> dict[str, pd.Timestamp]:
    """The first day of the closure without an end of each entity."""
    closed: dict[str, pd.Timestamp] = {}
    for closure in plan.calendar.closed:
        for entity in closure.entities if closure.to is None else ():
            day = pd.Timestamp(closure.from_)
            closed[entity] = min(closed.get(entity, day), day)
    return closed


def first_and_last_day(context: Context, assessed: Assessment) -> tuple[date, date]:
    """What the calendar has to reach: the observations, the baselines and the due dates, and today."""
    until = pd.to_datetime(assessed.known["until"]) - pd.Timedelta(days=1)
    days = [pd.Timestamp(context.today), *assessed.known["first"], *until]
    days += [day for name in ("baseline_start", "due") for day in assessed.targets[name].dropna()]
    return min(map(pd.Timestamp, days)).date(), max(map(pd.Timestamp, days)).date()


def entity_periods(context: Context, assessed: Assessment) -> pd.DataFrame:
    """``PUBLISHED_ENTITY_PERIODS``: the cells of the indicators, beside what is known of their periods."""
    plan, cells = context.loaded.plan, assessed.cells
    if cells.empty:
        return pd.DataFrame(columns=PUBLISHED_ENTITY_PERIODS.own_names)
    cells = cells[cells["indicator_id"].isin(list(plan.indicators))]
    alone = cells[MEMBER_KEY].drop_duplicates().groupby("indicator_id").size() == 1
    periods = assessed.periods[["indicator_id", "start", "provisional", "expected", "flags"]]
    out = cells.merge(periods, on=["indicator_id", "start"], how="left", validate="many_to_one")
    spliced = out["flags"].map(lambda flags: "spliced" in flags).astype(bool)
    adding = _adding_measures(context)
    out = out.assign(
        completeness=np.where(out["open_days"] > 0, out["covered"] / out["open_days"].where(out["open_days"] > 0), 1.0),
        expected=out["expected"].where(out["indicator_id"].map(alone) & ~spliced),
        additive=[key in adding for key in out[MEMBER_KEY[:4]].itertuples(index=False, name=None)],
        as_of=out["retrieved_at"],
    )
    columns = PUBLISHED_ENTITY_PERIODS
    return out[columns.own_names].sort_values(list(columns.key), ignore_index=True)


def _adding_measures(context: Context) -> set[tuple[str, str, str, str]]:
    """Indicator, part, source and metric of the measures whose values add up over periods and entities."""
    plan = context.loaded.plan
    known = {(name, metric.name): metric for name, one in context.loaded.sources.items() for metric in one.metrics()}
    found = set()
    for name, part, measure in _all_measures(plan):
        indicator, metric = plan.indicators[name], known[measure.source, measure.metric]
        steps = metric.kind in {"flow", "reading"} and indicator.days_to_period == "sum" and not is_percent(metric.unit)
        if steps and metric.additive_over_entities:
            found.add((name, part, measure.source, measure.metric))
    return found
