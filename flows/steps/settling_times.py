"""Learn from the ledgers how long the values of each source still change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from flows.steps.context import Context
from flows.steps.settling_tables import (
    CHANGE_COLUMNS,
    EVERYTHING,
    OLDER,
    PULL_DAYS,
    READ_WINDOWS,
    SINCE,
    LedgerTables,
    first_days_read,
    learned,
    nothing_learned,
)
from transforms.settling import LEAST_READ_AGAIN, MARGIN_DAYS, restatement_curve, settled_ages
from warehouse.schema import CHANGES, DAY, PUBLISHED_SETTLING, PULLS
from warehouse.table_scan import TableScan, scan_table
from warehouse.tables import matching


@dataclass(frozen=True)
class SettlingTimes:
    """``ages``: the published table, by age. ``sources``: one row per source.

    The columns of ``sources`` are source, settled_after_days, proposed_restated_days (both null if unknown) and
    settling, a sentence about what is known.
    """

    ages: pd.DataFrame
    sources: pd.DataFrame

    @property
    def after(self) -> dict[str, int]:
        """By source, the age in days from which its values hardly change, if known."""
        known = self.sources.dropna(subset="settled_after_days")
        return dict(zip(known["source"], known["settled_after_days"].astype(int), strict=True))


def learn_settling_times(context: Context, known: pd.DataFrame) -> SettlingTimes:
    """Learn from the committed pulls. Only values that were read again on a later day count.

    known: source, metric, entity, first and until of all observations.
    """
    pulls, windows = _pulls(context)
    ages, groups = nothing_learned()
    if _read_on_two_days(pulls):
        since = first_days_read(pulls, windows)
        bounds = pa.Table.from_pylist([{"source": name, "first": day} for name, day in since.items()], SINCE)
        tables = LedgerTables(_changes(context, since), pulls, windows, bounds, _older(known, since))
        ages, groups = learned(tables, context.engine)
    curves = restatement_curve(groups)
    metrics = settled_ages(curves)
    rows = [_source(context, name, metrics[metrics["source"] == name]) for name in context.loaded.sources]
    sources = pd.DataFrame(rows).astype({"settled_after_days": "Int64", "proposed_restated_days": "Int64"})
    return SettlingTimes(_published_ages(ages, curves), sources)


def _published_ages(ages: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    key, counts = ["source", "metric", "age"], ["read_again", "changed", "followed"]
    table = ages.merge(curves.rename(columns={"share": "share_still_changing"}), on=key, how="outer")
    table = table.fillna(dict.fromkeys(counts, 0))
    table = table[(table["read_again"] > 0) | (table["followed"] > 0)].sort_values(key, ignore_index=True)
    return table.astype(dict.fromkeys([*counts, "age"], "int64"))[PUBLISHED_SETTLING.names]


def _pulls(context: Context) -> tuple[pa.Table, pa.Table]:
    """The committed pulls in order, dated in their source's time zone, and the windows they read."""
    names = ["source", "pull_id", "covered", "settings_hash", "started_at", "recorded_at"]
    rows = context.tables.read(PULLS, matching(status="committed"), names).sort_by("recorded_at").to_pylist()
    pulls, windows = [], []
    for turn, row in enumerate(rows):
        source = context.loaded.sources.get(row["source"])
        if source is None:
            continue
        day = row["started_at"].astimezone(source.place.zone).date()
        pulls.append(
            {
                "source": row["source"],
                "pull_id": row["pull_id"],
                "turn": turn,
                "day": day,
                "settings": row["settings_hash"],
                "items": source.keyed_by_entity,
            }
        )
        spans = [tuple(map(date.fromisoformat, text.split(".."))) for text in row["covered"]]
        if source.keyed_by_entity and any(until >= day - DAY for _, until in spans):
            spans = [(EVERYTHING, day)]  # such a pull also brings what changed on earlier days
        windows += [{"pull_id": row["pull_id"], "first": first, "until": until} for first, until in spans]
    return pa.Table.from_pylist(pulls, PULL_DAYS), pa.Table.from_pylist(windows, READ_WINDOWS)


def _older(known: pd.DataFrame, since: Mapping[str, date]) -> pa.Table:
    """The series with values before the first day that is read of the changes."""
    bound = pd.to_datetime(known["source"].map(since))
    return pa.Table.from_pandas(known.loc[known["first"] < bound, OLDER.names], OLDER, preserve_index=False)


def _changes(context: Context, since: Mapping[str, date]) -> TableScan:
    """The files that may hold changes of the days that are looked at."""
    scan = scan_table(context.tables, CHANGES, CHANGE_COLUMNS)
    first = min(since.values(), default=date.max)
    return scan.of([one for one in scan.data if one.until is None or one.until > first])


def _read_on_two_days(pulls: pa.Table) -> bool:
    days = set(zip(pulls["source"].to_pylist(), pulls["day"].to_pylist(), strict=True))
    return len(days) > len({source for source, _ in days})


def _source(context: Context, name: str, metrics: pd.DataFrame) -> dict[str, Any]:
    """The row of a source, which is settled when its last metric is."""
    judged = metrics[metrics["oldest"].notna()]
    moving = judged[judged["changing"]].sort_values("oldest")
    known = not judged.empty and judged["after"].notna().all()
    after = int(judged["after"].max()) if known else None
    proposed = after + MARGIN_DAYS if after is not None and _is_read_by_days(context, name) else None
    if after is not None:
        settling = f"settles after {_days(after)}{_advice(context, name, proposed)}"
    elif not moving.empty:
        metric, oldest = moving[["metric", "oldest"]].iloc[-1]
        days = _days(int(oldest))
        settling = f"'{metric}' still changes after {days}, and is not read again late enough to say for how long"
    elif not judged.empty:
        youngest = _days(int(judged["youngest"].max()))
        settling = f"nothing changes after {youngest}; of younger values too few were read again to say more"
    else:
        settling = _unknown(context, name, int(metrics["followed"].max()) if len(metrics) else 0)
    return {"source": name, "settled_after_days": after, "proposed_restated_days": proposed, "settling": settling}


def _is_read_by_days(context: Context, name: str) -> bool:
    """Whether ``restated_days`` decides what a run reads again."""
    source = context.loaded.sources[name]
    return not source.delivers_everything and not source.keyed_by_entity


def _advice(context: Context, name: str, proposed: int | None) -> str:
    source, restated = context.loaded.sources[name], context.loaded.plan.sources[name].restated_days
    if proposed is None:
        return (
            "; each run reads everything"
            if source.delivers_everything
            else "; each run brings what changed, whenever its day was"
        )
    if restated == proposed:
        return f"; restated_days is {restated}: enough"
    return f"; restated_days is {restated}: " + (f"write {proposed}" if restated < proposed else f"{proposed} would do")


def _unknown(context: Context, name: str, followed_most: int) -> str:
    if followed_most:
        return (
            f"not known yet: {followed_most} values of one metric were read again later, {LEAST_READ_AGAIN} are needed"
        )
    restated = context.loaded.plan.sources[name].restated_days
    return (
        "never read again: restated_days is 0"
        if _is_read_by_days(context, name) and not restated
        else "nothing was read again yet"
    )


def _days(number: int) -> str:
    return f"{number} day{'s' * (number != 1)}"
