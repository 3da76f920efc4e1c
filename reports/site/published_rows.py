"""The published tables as the pages need them: by indicator and in order; columns that an older file lacks are None."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from plan.model import Plan
from warehouse.schema import (
    PUBLISHED_ACTIVITIES,
    PUBLISHED_CHECKS,
    PUBLISHED_EFFECTS,
    PUBLISHED_FORECASTS,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_PATHS,
    PUBLISHED_PERIOD_PULLS,
    PUBLISHED_PERIODS,
    PUBLISHED_PULLS,
    PUBLISHED_SETTLING,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
    Table,
)

Row = Mapping[str, Any]
ReadTable = Callable[[str], Sequence[Row]]
"""Reads the rows of a published table, by its name."""
Grouped = Mapping[str, Sequence[Row]]


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

    Periods, forecasts, paths and activities are oldest first, history newest first. ``pull_ids``: the ids of the pulls
    behind each period, by indicator_id and first day.
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

    @property
    def titles(self) -> dict[str, str]:
        return {row["indicator_id"]: row["title"] for row in self.indicators}

    @property
    def as_of(self) -> datetime | None:
        return max((row["as_of"] for row in self.verdicts.values()), default=None)


def load(plan: PlanDetails, read: ReadTable) -> Published:
    def rows(table: Table) -> list[dict[str, Any]]:
        return [{name: row.get(name) for name in table.names} for row in read(table.name)]

    effects = rows(PUBLISHED_EFFECTS)
    return Published(
        plan=plan,
        indicators=rows(PUBLISHED_INDICATORS),
        verdicts={row["indicator_id"]: row for row in rows(PUBLISHED_VERDICTS)},
        periods=_grouped(rows(PUBLISHED_PERIODS), "indicator_id", "start"),
        forecasts=_grouped(rows(PUBLISHED_FORECASTS), "indicator_id", "start"),
        paths=_grouped(rows(PUBLISHED_PATHS), "indicator_id", "start"),
        history=_grouped(rows(PUBLISHED_HISTORY), "indicator_id", "as_of", newest_first=True),
        breaks=_grouped(rows(PUBLISHED_INDICATOR_BREAKS), "indicator_id", "day"),
        sources=rows(PUBLISHED_SOURCES),
        settling=_grouped(rows(PUBLISHED_SETTLING), "source", "age"),
        activities={row["activity_id"]: row for row in sorted(rows(PUBLISHED_ACTIVITIES), key=lambda row: row["date"])},
        effects=_grouped(effects, "indicator_id", "activity_id"),
        effects_by_activity=_grouped(effects, "activity_id", "indicator_id"),
        pulls={row["pull_id"]: row for row in rows(PUBLISHED_PULLS)},
        pull_ids=_pull_ids(read(PUBLISHED_PERIOD_PULLS.name)),
        checks=_grouped(rows(PUBLISHED_CHECKS), "source"),
    )


def _pull_ids(rows: Sequence[Row]) -> dict[str, dict[date, list[str]]]:
    """Ids by indicator_id and first day of the period."""
    found: dict[str, dict[date, list[str]]] = {}
    for row in rows:
        found.setdefault(row["indicator_id"], {}).setdefault(row["start"], []).append(row["pull_id"])
    return found


def _grouped(rows: Sequence[Row], by: str, order: str = "", *, newest_first: bool = False) -> dict[str, list[Row]]:
    """Rows by the column ``by``, sorted by the column ``order`` if one is given."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row[order], reverse=newest_first) if order else rows:
        groups.setdefault(row[by], []).append(row)
    return groups


def plan_details_of(plan: Plan) -> PlanDetails:
    """What the pages need from the plan."""
    return PlanDetails(
        plan.organisation.name,
        {
            name: [_measure(m.source, m.metric, m.entities) for m in indicator.measures]
            for name, indicator in plan.indicators.items()
        },
        frozenset(
            name for name, indicator in plan.indicators.items() if indicator.target and indicator.target.over == "year"
        ),
        tuple((c.from_, c.to, c.reason) for c in plan.calendar.closed if not c.entities),
    )


def _measure(source: str, metric: str, entities: Sequence[str]) -> str:
    return f"{source}: {metric}" + (f" ({', '.join(entities)})" if entities else "")
