"""What comes next, and how sure that is: one engine over a matrix of series. docs/forecast.md tells how it works and how well."""

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
