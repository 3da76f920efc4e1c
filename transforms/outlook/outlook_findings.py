"""The trend, and the forecast with its probability, as findings; also what cannot be known."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.findings import Facts, Finding, Findings, found
from transforms.forecast.rows import FEWEST, recent_periods
from transforms.outlook.trend import FEWEST as FEWEST_FOR_TREND
from transforms.outlook.trend import FEWEST_FOR_P
from transforms.probability.forecast_distribution import ForecastDistribution, fewest_periods


@dataclass(frozen=True, slots=True)
class OutlookFacts:
    """The outlook of one indicator; NaN and NaT where unknown.

    day: the first day of comparable values, where there is a break. trend_code: why there is no trend or no interval of
    it, or "". ahead: why no probability is given, or None.
    """

    unit: str
    period: str
    due: pd.Timestamp
    day: pd.Timestamp
    trend_per_year: float
    trend_low: float
    trend_high: float
    trend_code: str
    forecast_due: float
    forecast_low: float
    forecast_high: float
    probability: float
    probability_cases: float
    probability_covered: float
    ahead: Finding | None


def outlook_findings(facts: OutlookFacts) -> Findings:
    """The finding of the trend, then that of what lies ahead; only the first where no target is still to come."""
    ahead = _ahead(facts)
    return (_trend(facts),) if ahead is None else (_trend(facts), ahead)


def _trend(facts: OutlookFacts) -> Finding:
    """A code of ``trend_code`` says why there is no trend or no interval; without one the trend is whole."""
    since: Facts = {"comparable_since": facts.day}
    slope: Facts = {"per_year": facts.trend_per_year, "unit": facts.unit}
    ends: Facts = {"low": facts.trend_low, "high": facts.trend_high}
    match facts.trend_code:
        case "no_trend_few_values" as code:
            return found(code, None, since, needs=FEWEST_FOR_TREND)
        case "no_trend_season" as code:
            return found(code, None, since, cycle="week" if facts.period == "day" else "year")
        case "trend_few_values" as code:
            return found(code, None, slope, since, most=FEWEST_FOR_P - 1)
        case "trend_alike_values" as code:
            return found(code, None, slope, since)
        case "no_trend_gap" as code:
            return found(code, None, since)
    if math.isnan(facts.trend_per_year):
        return found("no_trend_yet", None, since)
    if facts.trend_low <= 0 <= facts.trend_high:
        return found("no_clear_trend", None, slope, ends, since)
    return found("rising" if facts.trend_per_year > 0 else "falling", None, slope, ends, since)


def _ahead(facts: OutlookFacts) -> Finding | None:
    if pd.isna(facts.due):
        return None
    if facts.ahead is not None or math.isnan(facts.probability):
        return facts.ahead
    cases = int(facts.probability_cases)
    return found(
        "forecast",
        due=facts.due,
        unit=facts.unit,
        low=facts.forecast_low,
        high=facts.forecast_high,
        probability=facts.probability,
        cases=cases,
        held=round(facts.probability_covered * cases) if cases else None,
    )


def why_no_probability(code: str, distribution: ForecastDistribution, known: int) -> Finding | None:
    """The finding of a code of ``TargetProbability.reason``, of a series with ``known`` values; None of no code."""
    horizon, length = distribution.kind
    season = distribution.period_forecast.season
    quantity: Facts = {"total_of": length} if length > 1 else {"ahead": horizon} if horizon > 1 else {}
    facts: dict[str, Facts] = {
        "no_forecast_recent": {"periods": recent_periods(season)},
        "no_forecast_short": {"periods": 2 * season},
        "no_forecast_few": {"needs": FEWEST},
        "no_probability_untried": quantity,
        "no_probability_short": {**quantity, "known": int(known), "needs": fewest_periods(season) + horizon},
    }
    return found(code, None, facts.get(code, {})) if code else None
