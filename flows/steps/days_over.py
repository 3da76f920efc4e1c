"""The days of a pull that are over by this machine's clock and by the provider's."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from sources.contract import ParseResult, Source
from warehouse.errors import RefusedError
from warehouse.pulls import Pull
from warehouse.schema import Window


def keep_days_over(source: Source, pull: Pull, parsed: ParseResult, ahead: timedelta) -> tuple[Pull, ParseResult]:
    """The pull and what it read, without the days that are not over by the provider's clock.

    ahead: how far this machine's clock is ahead of it. Raises ``RefusedError`` where no day of the window is over.
    """
    today = (pull.started_at - ahead).astimezone(source.place.zone).date()
    if not ahead or today >= pull.window.end:
        return pull, parsed
    over = Window(date.min, today)
    window = pull.window.overlap(over)
    hours = f"{ahead / timedelta(hours=1):,.0f} hours"
    if window is None:
        raise RefusedError(
            f"by the provider's clock no day of {pull.window} is over: this machine's clock is {hours} ahead of it",
            where=source.name,
            do="set the clock, then run again",
        )
    rows = parsed.observations
    kept = rows[(rows["start"] < pd.Timestamp(today)) & (rows["end"] <= pd.Timestamp(today))]
    covered = tuple(part for days in parsed.covered if (part := days.overlap(over)))
    replaces = parsed.replaces.overlap(over) if parsed.replaces else None
    note = f"this machine's clock is {hours} ahead of the provider's: days from {today} on are not taken as over"
    cut = replace(
        parsed,
        observations=kept.reset_index(drop=True),
        covered=covered,
        replaces=replaces,
        notes=(*parsed.notes, note),
    )
    return replace(pull, window=window), cut
