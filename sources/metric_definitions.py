"""How sources declare what they count: metrics by name, and of people also by week and by month."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from sources.contract import Metric, MetricKind
from warehouse.errors import ConfigError


def require_known_metrics(named: Iterable[str], known: Collection[str], own: Collection[str], source: str) -> None:
    """Raises ``ConfigError`` for a metric that neither kmi nor the plan's ``own_metrics`` describes."""
    unknown = next((metric for metric in named if metric not in known and metric not in own), None)
    if unknown is not None:
        do = f"put it under own_metrics with its unit and kind, or take one of {', '.join(known)}"
        raise ConfigError(f"kmi does not know the metric '{unknown}'", where=f"source '{source}'", do=do)


def with_weeks_and_months(day: Metric) -> list[Metric]:
    """A count of people by day, and the same over whole weeks and months, which are asked for as such: days do not add up."""
    spans = ("week", "month")
    longer = (
        replace(day, name=f"{day.name}_{span}", description=f"{day.description}; over a whole {span}", absent="missing")
        for span in spans
    )
    return [day, *longer]


def page_metrics(
    name: str, known: tuple[str, MetricKind, str], *, adds_over_pages: bool, by_page: bool
) -> list[Metric]:
    """A number of a web analytics service; ``known`` is its unit, kind and meaning.

    A day is collected where the site counted anything at all, so a page without a row was not seen on it. Of single pages
    people are counted by day only.
    """
    unit, kind, meaning = known
    flow = kind == "flow"
    day = Metric(
        name,
        unit,
        kind,
        meaning,
        additive_over_entities=flow and (adds_over_pages or not by_page),
        absent="zero" if flow and by_page else "missing",
    )
    return [day] if by_page or kind != "distinct" else with_weeks_and_months(day)
