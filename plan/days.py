"""Closed days: nothing is expected on them, so they are neither missing nor zero."""

from datetime import date

import pandas as pd

from plan.calendar import Calendar


def closed_days(calendar: Calendar, until: date) -> pd.DataFrame:
    """Columns entity ("" for all) and day (datetime64[us]); one row a closed day before ``until``, each once."""
    parts = [
        pd.DataFrame({"entity": entity, "day": pd.date_range(closure.from_, min(closure.to or until, until), freq="D")})
        for closure in calendar.closed
        for entity in (closure.entities or ("",))
    ]
    frame = pd.concat([pd.DataFrame({"entity": [], "day": []}), *parts], ignore_index=True)
    return frame.astype({"entity": "str", "day": "datetime64[us]"}).drop_duplicates(ignore_index=True)
