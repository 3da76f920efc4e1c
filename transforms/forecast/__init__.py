"""What comes next, and how sure that is: one engine over a matrix of series. docs/forecast.md tells how it works and how well."""

from transforms.forecast.engine import Forecast, forecast, forecast_from, sample, sample_totals

__all__ = ["Forecast", "forecast", "forecast_from", "sample", "sample_totals"]
