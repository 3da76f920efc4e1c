"""The outlook of each indicator: trend, forecast and probability, in numbers and words."""
