"""Items that lie ahead wait; those whose day has come are counted, whether or not they are delivered again."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from flows.steps.context import Context
from sources.contract import OBSERVATION_COLUMNS, ParseResult, Source
from warehouse.pulls import Pull
from warehouse.waiting import end_waiting, is_ahead, keep_waiting, same_items, waiting_items


@dataclass(frozen=True)
class ItemsAhead:
    """``parsed`` without the items that lie ahead, and with those whose day has come.

    ``ahead``: the delivered items that wait; ``ended``: the waiting ones that were counted, moved or taken back.
    """

    parsed: ParseResult
    ahead: pd.DataFrame
    ended: pd.DataFrame

    @property
    def entities(self) -> frozenset[str]:
        return frozenset(self.ahead["entity"])

    def record(self, context: Context, pull: Pull, now: datetime) -> None:
        """Write what waits. To be called before the pull is committed; ``finish`` comes after it."""
        keep_waiting(context.tables, self.ahead, pull.source, pull.pull_id, now)

    def finish(self, context: Context, now: datetime) -> None:
        end_waiting(context.tables, self.ended, now)


def set_aside(context: Context, source: Source, parsed: ParseResult) -> ItemsAhead:
    """Separate the items of a pull by whether their day has come; a source of other figures is left as it is."""
    found = parsed.observations
    if not source.keyed_by_entity:
        return ItemsAhead(parsed, found.iloc[:0], found.iloc[:0])
    today = context.clock().astimezone(source.place.zone).date()
    ahead = is_ahead(found, today)
    waiting = waiting_items(context.tables, source.name)
    came = ~is_ahead(waiting, today)
    delivered = waiting["entity"].isin(found["entity"])
    due = waiting[came & ~delivered & ~_is_taken_back(waiting, parsed)]
    counted = due[["metric", "entity", "start", "end", "value", "origin"]].assign(
        flags=pd.Series([()] * len(due), index=due.index, dtype=object)
    )
    ended = waiting[came | _is_taken_back(waiting, parsed) | (delivered & ~same_items(waiting, found[ahead]))]
    now_known = (
        pd.concat([found[~ahead], counted[OBSERVATION_COLUMNS]], ignore_index=True) if len(due) else found[~ahead]
    )
    notes = _sentences(int(ahead.sum()), len(due))
    whole = replace(parsed, observations=now_known.reset_index(drop=True), notes=(*parsed.notes, *notes))
    return ItemsAhead(whole, found[ahead].reset_index(drop=True), ended)


def _is_taken_back(waiting: pd.DataFrame, parsed: ParseResult) -> pd.Series:
    """Whether the pull holds everything of the item's days, and not the item."""
    if parsed.replaces is None:
        return pd.Series(data=False, index=waiting.index)
    first, end = pd.Timestamp(parsed.replaces.start), pd.Timestamp(parsed.replaces.end)
    inside = waiting["start"].ge(first) & waiting["start"].lt(end)
    return inside & ~waiting["entity"].isin(parsed.observations["entity"])


def _sentences(ahead: int, due: int) -> tuple[str, ...]:
    found = []
    if ahead:
        found.append(f"{ahead} item{'s' * (ahead != 1)} of a day to come: counted when the day comes")
    if due:
        found.append(f"{due} item{'s' * (due != 1)} announced earlier, whose day has come")
    return tuple(found)
