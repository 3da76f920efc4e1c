"""Whether a list goes on to today or ended before: an old download knows nothing of the days after it."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from warehouse.schema import DAY, Window

LEAST_SILENCE = timedelta(days=90)
LONGER_THAN_ANY = 3
"""A silence at the end means that the list may have ended when it is so many times as long as any in the list."""


def long_silence(spans: Iterable[Window], today: date) -> date | None:
    """The last day of the newest item, where the silence since is longer than the list explains; else None.

    spans: the day, month or year of each item. A list of years is silent for a year between two of them.
    """
    known = sorted({span for span in spans if span.end <= today}, key=lambda span: span.end)
    if not known:
        return None
    silences = (after.end - before.end for before, after in pairwise(known))
    usual = max([*silences, *(span.end - span.start for span in known)])
    newest = known[-1].end
    return newest - DAY if today - newest > max(LEAST_SILENCE, LONGER_THAN_ANY * usual) else None
