"""The sources of which only some weeks are counted, so that most days rightly have no data."""

from collections import defaultdict
from typing import NamedTuple

from plan.model import Indicator, Plan

DAYS = {"quarter": 92, "year": 366}


class SampledSource(NamedTuple):
    """first_weekday: of a counted week, Monday is 0. longest_period: of its indicators, in days."""

    first_weekday: int
    longest_period: int


def sampled_sources(plan: Plan) -> dict[str, SampledSource]:
    """The sources of which every indicator is counted in sample weeks."""
    using: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in plan.indicators.values():
        for measure in indicator.measures:
            using[measure.source].append(indicator)
    found = {}
    for source, indicators in using.items():
        samples = [indicator.sample for indicator in indicators if indicator.sample is not None]
        if len(samples) == len(indicators):
            first = 6 if any(sample.week_starts == "sunday" for sample in samples) else 0
            found[source] = SampledSource(first, max(DAYS.get(indicator.period, 0) for indicator in indicators))
    return found
