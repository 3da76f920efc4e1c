"""Definitions of metrics that sources share: counts of people by day, week and month, and numbers of web pages."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from sources.contract import Metric, MetricKind
from warehouse.errors import ConfigError


def require_known_metrics(named: Iterable[str], known: Collection[str], own: Collection[str], source: str) -> None:
    """Raise ``ConfigError`` for a metric that neither kmi nor the plan's ``own_metrics`` describes."""
    unknown = next((metric for metric in named if metric not in known and metric not in own), None)
    if unknown is not None:
        do = f"put it under own_metrics with its unit and kind, or take one of {', '.join(known)}"
        raise ConfigError(f"kmi does not know the metric '{unknown}'", where=f"source '{source}'", do=do)


def with_weeks_and_months(day: Metric) -> list[Metric]:
    """A count of people by day, week and month. Each span is requested by itself: people do not add up over days."""
    spans = ("week", "month")
    longer = (
        replace(day, name=f"{day.name}_{span}", description=f"{day.description}; over a whole {span}", absent="missing")
        for span in spans
    )
    return [day, *longer]


def page_metrics(
    name: str, definition: tuple[str, MetricKind, str], *, adds_over_pages: bool, by_page: bool
) -> list[Metric]:
    """The metrics of one number of a web analytics service; ``definition`` is its unit, kind and meaning.

    A day is collected where the site counted anything at all, so a page without a row had no views on it. People on
    single pages are counted by day only.
    """
    unit, kind, meaning = definition
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
