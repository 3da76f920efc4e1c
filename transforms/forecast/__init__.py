"""What comes next, and how sure that is: one engine over a matrix of series."""

from transforms.forecast.engine import Forecast, forecast, sample

__all__ = ["Forecast", "forecast", "sample"]
