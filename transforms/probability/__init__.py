"""The probability of meeting a target, from simulated totals.

It is corrected by the record of such forecasts in the same series.
"""

from transforms.probability.forecast_distribution import ForecastDistribution, build_distribution
from transforms.probability.target import TargetProbability, TargetSpec
from transforms.probability.target_probability import estimate_probability, evaluate_target

__all__ = [
    "ForecastDistribution",
    "TargetProbability",
    "TargetSpec",
    "build_distribution",
    "estimate_probability",
    "evaluate_target",
]
