"""Forecasts and their intervals for a matrix of series.

docs/forecast.md describes the method and its record.
"""

from transforms.forecast.engine import (
    Forecast,
    PeriodForecast,
    as_of_origins,
    forecast,
    forecast_from,
    period_forecast,
    sample,
)

__all__ = ["Forecast", "PeriodForecast", "as_of_origins", "forecast", "forecast_from", "period_forecast", "sample"]
