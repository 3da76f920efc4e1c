"""Days that were never collected, between the first and the last that were."""

import pandas as pd


def gaps(coverage: pd.DataFrame) -> pd.DataFrame:
    """Columns source, start, end (half-open), in order. ``coverage``: the same columns, windows of one source apart from each other."""
    ordered = coverage.sort_values(["source", "start"])
    after = ordered.groupby("source")["start"].shift(-1)
    found = ordered.assign(start=ordered["end"], end=after)[after.notna()]
    return found[["source", "start", "end"]].reset_index(drop=True)
