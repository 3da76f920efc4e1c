"""Pure functions, frame to frame: series, increments, paths and verdicts."""
