"""What comes next, and how sure that is: one engine over a matrix of series. docs/forecast.md tells how it works and how well."""

from transforms.forecast.engine import Forecast, Future, as_of, forecast, forecast_from, future, sample

__all__ = ["Forecast", "Future", "as_of", "forecast", "forecast_from", "future", "sample"]
