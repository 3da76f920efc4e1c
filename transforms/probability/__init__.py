"""The probability of meeting a target, from simulated totals, corrected by what such forecasts were worth in the same series."""

from transforms.probability.target import Aim, Chance
from transforms.probability.target_probability import against, chance
from transforms.probability.forecast_distribution import Prospect, foresee

__all__ = ["Aim", "Chance", "Prospect", "against", "chance", "foresee"]
