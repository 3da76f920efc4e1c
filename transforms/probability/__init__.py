"""The probability of meeting a target, from simulated totals, corrected by what such forecasts were worth in the same series."""

from transforms.probability.aim import Aim, Chance
from transforms.probability.answer import chance

__all__ = ["Aim", "Chance", "chance"]
