"""Trend, forecast and probability in sentences that claim no more than the numbers."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.formatting import day, number, rounded_probability


@dataclass(frozen=True, slots=True)
class OutlookFacts:
    """The outlook of one indicator; NaN and NaT where unknown.

    day: the first day of comparable values, where there is a break.
    """

    unit: str
    due: pd.Timestamp
    day: pd.Timestamp
    trend_per_year: float
    trend_low: float
    trend_high: float
    trend_note: str
    forecast_due: float
    forecast_low: float
    forecast_high: float
    probability: float
    probability_cases: float
    probability_covered: float
    ahead_note: str


def outlook_sentence(facts: OutlookFacts) -> str:
    """The sentences of the outlook; they also state what cannot be said."""
    parts = [_trend(facts), _ahead(facts)]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def _trend(facts: OutlookFacts) -> str:
    since = "" if pd.isna(facts.day) else f"since {day(facts.day)}, from which on its values are comparable, "
    if math.isnan(facts.trend_per_year):
        return f"{since}{facts.trend_note or 'no trend: no complete and settled period yet'}"
    if math.isnan(facts.trend_low):
        slope = f"{_signed(facts.trend_per_year)} {facts.unit} a year"
        return f"{since}the trend is {slope}; its uncertainty is unknown: {facts.trend_note}"
    ends = f"{_signed(facts.trend_low)} to {_signed(facts.trend_high)} {facts.unit} a year"
    if facts.trend_low <= 0 <= facts.trend_high:
        return f"{since}no clear trend: {ends} (90 % interval)"
    way = "rising" if facts.trend_per_year > 0 else "falling"
    return f"{since}{way} by about {number(abs(facts.trend_per_year))} {facts.unit} a year (90 % interval {ends})"


def _ahead(facts: OutlookFacts) -> str:
    if pd.isna(facts.due):
        return ""
    if math.isnan(facts.forecast_due) and not facts.ahead_note:
        return ""
    if math.isnan(facts.probability):
        return f"no probability of meeting the target is given: {facts.ahead_note}" if facts.ahead_note else ""
    span = f"{number(facts.forecast_low)} to {number(facts.forecast_high)} {facts.unit} (80 % interval)"
    probability = f"the probability of meeting the target is {rounded_probability(facts.probability)}"
    return f"forecast for {day(facts.due)}: {span}; {probability}{_record(facts)}"


def _record(facts: OutlookFacts) -> str:
    cases = int(facts.probability_cases)
    if cases == 0:
        return "; no past forecast of this length can be checked yet"
    held = round(facts.probability_covered * cases)
    return f"; of {cases} past forecasts of this length {held} held within their 80 % interval"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{number(abs(value))}"
