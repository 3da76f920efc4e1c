"""The probability of meeting a target, from simulated totals, corrected by what such forecasts were worth in the same series."""

from transforms.probability.aim import Aim, Chance
from transforms.probability.answer import against, chance
from transforms.probability.prospect import Prospect, foresee

__all__ = ["Aim", "Chance", "Prospect", "against", "chance", "foresee"]
