"""The published tables as the pages need them: by indicator and in order; columns that an older file lacks are None."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from plan.model import Plan
from warehouse.published_tables import Grouped, PublishedTables, Row, grouped
from warehouse.schema import (
    PUBLISHED_ACTIVITIES,
    PUBLISHED_CHECKS,
    PUBLISHED_EFFECTS,
    PUBLISHED_FORECASTS,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_NOTES,
    PUBLISHED_PATHS,
    PUBLISHED_PERIOD_PULLS,
    PUBLISHED_PERIODS,
    PUBLISHED_PULLS,
    PUBLISHED_SETTLING,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
)


@dataclass(frozen=True)
class PlanDetails:
    """What the pages take from the plan, because it is not published.

    ``measures``: what an indicator is made from, in words; ``yearly``: indicators with a target for a year;
    ``closures``: first day, last day (None: for good) and reason of closures of the whole house.
    """

    organisation: str
    measures: Mapping[str, Sequence[str]] = field(default_factory=dict)
    yearly: frozenset[str] = frozenset()
    closures: tuple[tuple[date, date | None, str], ...] = ()


@dataclass(frozen=True)
class Published:
    """Published rows by table; grouped ones by indicator_id (settling and checks by source).

    Periods, forecasts, paths and activities are oldest first, history and notes newest first. ``pull_ids``: the ids of
    the pulls behind each period, by indicator_id and first day.
    """

    plan: PlanDetails
    indicators: Sequence[Row]
    verdicts: Mapping[str, Row]
    periods: Grouped
    forecasts: Grouped
    paths: Grouped
    history: Grouped
    breaks: Grouped
    sources: Sequence[Row]
    settling: Grouped
    activities: Mapping[str, Row]
    effects: Grouped
    effects_by_activity: Grouped
    pulls: Mapping[str, Row]
    pull_ids: Mapping[str, Mapping[date, Sequence[str]]]
    checks: Grouped
    notes: Grouped

    @property
    def titles(self) -> dict[str, str]:
        return {row["indicator_id"]: row["title"] for row in self.indicators}

    @property
    def as_of(self) -> datetime | None:
        return max((row["as_of"] for row in self.verdicts.values()), default=None)


def load(plan: PlanDetails, tables: PublishedTables) -> Published:
    effects = tables.rows(PUBLISHED_EFFECTS)
    return Published(
        plan=plan,
        indicators=tables.rows(PUBLISHED_INDICATORS),
        verdicts=tables.by(PUBLISHED_VERDICTS, "indicator_id"),
        periods=tables.grouped(PUBLISHED_PERIODS, "indicator_id", "start"),
        forecasts=tables.grouped(PUBLISHED_FORECASTS, "indicator_id", "start"),
        paths=tables.grouped(PUBLISHED_PATHS, "indicator_id", "start"),
        history=tables.grouped(PUBLISHED_HISTORY, "indicator_id", "as_of", newest_first=True),
        breaks=tables.grouped(PUBLISHED_INDICATOR_BREAKS, "indicator_id", "day"),
        sources=tables.rows(PUBLISHED_SOURCES),
        settling=tables.grouped(PUBLISHED_SETTLING, "source", "age"),
        activities={
            row["activity_id"]: row for row in sorted(tables.rows(PUBLISHED_ACTIVITIES), key=lambda row: row["date"])
        },
        effects=grouped(effects, "indicator_id", "activity_id"),
        effects_by_activity=grouped(effects, "activity_id", "indicator_id"),
        pulls=tables.by(PUBLISHED_PULLS, "pull_id"),
        pull_ids=_pull_ids(tables.rows(PUBLISHED_PERIOD_PULLS)),
        checks=tables.grouped(PUBLISHED_CHECKS, "source"),
        notes=tables.grouped(PUBLISHED_NOTES, "indicator_id", "noted_on", newest_first=True),
    )


def _pull_ids(rows: Sequence[Row]) -> dict[str, dict[date, list[str]]]:
    """Ids by indicator_id and first day of the period."""
    found: dict[str, dict[date, list[str]]] = {}
    for row in rows:
        found.setdefault(row["indicator_id"], {}).setdefault(row["start"], []).append(row["pull_id"])
    return found


def plan_details_of(plan: Plan) -> PlanDetails:
    """What the pages need from the plan."""
    return PlanDetails(
        plan.organisation.name,
        {
            name: [_measure(m.source, m.metric, m.entities) for m in indicator.measures]
            for name, indicator in plan.indicators.items()
        },
        frozenset(
            name
            for name, indicator in plan.indicators.items()
            if indicator.judged_target and indicator.judged_target.over == "year"
        ),
        tuple((c.from_, c.to, c.reason) for c in plan.calendar.closed if not c.entities),
    )


def _measure(source: str, metric: str, entities: Sequence[str]) -> str:
    return f"{source}: {metric}" + (f" ({', '.join(entities)})" if entities else "")
