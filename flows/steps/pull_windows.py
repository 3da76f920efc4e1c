"""Which days of a source the next run pulls."""

from collections.abc import Sequence
from datetime import date, timedelta

from flows.steps.context import Context
from warehouse.errors import ConfigError
from warehouse.pull_history import PullRecord, committed_windows, pull_history, unfinished_windows, was_read_since
from warehouse.schema import Window

EARLIEST = date(1900, 1, 1)
FIRST_READ = timedelta(days=365)
"""How far back a source without ``since`` is first read, if it limits the days of one pull."""
ASK_AGAIN = timedelta(days=731)
"""How long days that had no answer are requested again."""


def windows_to_pull(context: Context, name: str, requested: Window | None) -> list[Window]:
    """The windows to pull in order, each of at most ``max_days``, from ``since`` to yesterday.

    A requested window is pulled as it is, whatever was pulled before. Otherwise the first window begins where the
    pulls without a gap since the first day end, less the days that the provider still revises; for a source that
    always delivers everything it begins at the first day. Then follow the windows that an earlier pull left at the
    provider's limit, and those of the last two years that had no answer. Days are those of the source's time zone.
    Raises ``ConfigError`` for a requested window in the future.
    """
    source, settings = context.loaded.sources[name], context.loaded.plan.sources[name]
    today = context.clock().astimezone(source.place.zone).date()
    yesterday = today - timedelta(days=1)
    default = today - FIRST_READ if source.max_days and not requested else EARLIEST
    earliest = min(settings.since or default, yesterday)
    if requested:
        if requested.start >= today:
            raise ConfigError(
                f"this window lies in the future: {requested}", where=name, do=f"ask for days up to {yesterday}"
            )
        window = requested.overlap(Window(earliest, today))
        due = [window] if window else []
    else:
        pulls = pull_history(context.tables, name)
        newest = Window(min(_first_due_day(context, name, earliest, pulls), yesterday), today)
        waiting = unfinished_windows(pulls, max(today - ASK_AGAIN, earliest))
        due = [newest, *(left for window in waiting for left in window.without(newest))]
    return [part for window in due for part in (window.split(source.max_days) if source.max_days else [window])]


def _first_due_day(context: Context, name: str, earliest: date, pulls: Sequence[PullRecord]) -> date:
    """The first day to pull without a request; once a month it reaches back ``deep_days``."""
    source, settings = context.loaded.sources[name], context.loaded.plan.sources[name]
    committed = () if source.delivers_everything else committed_windows(pulls)
    until = next((window.end for window in committed if window.start <= earliest < window.end), None)
    if until is None:
        return earliest
    first = until - timedelta(days=settings.restated_days)
    if settings.deep_days:
        now = context.clock().astimezone(source.place.zone)
        deep = now.date() - timedelta(days=settings.deep_days)
        month_start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if not was_read_since(pulls, max(deep, earliest), month_start):
            first = min(first, deep)
    return max(first, earliest)
