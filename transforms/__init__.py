"""Pure functions over frames: series, periods, paths, verdicts, alerts and forecasts."""
