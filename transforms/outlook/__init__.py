"""What lies ahead of each indicator: trend, forecast, probability, in figures and words."""
