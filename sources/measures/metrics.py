"""The metrics that the measures of a plan make."""

from sources.contract import Metric
from sources.measures.occupancy import occupancy_of
from sources.measures.settings import MeasureTableSettings


def declared_metrics(settings: MeasureTableSettings) -> tuple[Metric, ...]:
    """The metrics that the plan describes."""
    metrics = list[Metric]()
    for name, spec in settings.measures.items():
        if spec.kind == "occupancy":
            metrics += occupancy_of(name, spec)
        else:
            metrics.append(Metric(name, spec.unit, spec.kind, spec.description or name, minimum=spec.minimum))
    return tuple(metrics)
