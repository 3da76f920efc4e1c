"""The probability of meeting a target, from simulated totals, corrected by what such forecasts were worth in the same series."""

from transforms.probability.forecast_distribution import Prospect, foresee
from transforms.probability.target import Aim, Chance
from transforms.probability.target_probability import against, chance

__all__ = ["Aim", "Chance", "Prospect", "against", "chance", "foresee"]
