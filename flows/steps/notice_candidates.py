"""What there is to tell now, read from what was published."""

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from flows.steps.context import Context
from reports.notice_words import PublishedRows
from transforms.alerts.notice_kinds import (
    BROKEN,
    LATE,
    PAUSED,
    REFUSING,
    alert_candidates,
    goal_candidates,
    requested_candidates,
    run_candidate,
    source_candidates,
    still_candidates,
    verdict_candidates,
)
from transforms.alerts.notices import NoticeCandidate
from warehouse.pulls import PullRecord, pull_history
from warehouse.refusals import open_refusals
from warehouse.root import parquet_rows

Row = dict[str, Any]


def notice_candidates(context: Context) -> tuple[list[NoticeCandidate], PublishedRows]:
    """Every fact of which someone may be told, and the published rows that say more of each."""
    indicators, verdicts, sources, changes = (
        _published(context, name) for name in ("indicators", "verdicts", "sources", "verdict_history")
    )
    plan, today = context.loaded.plan, context.today
    lengths = {row["indicator_id"]: row["period"] for row in indicators}
    reviews = {name: i.target.review for name, i in plan.indicators.items() if i.target and i.target.review}
    verdicts_asked = {verdict for route in plan.alerts.routes for verdict in route.verdicts}
    facts = [
        *alert_candidates(verdicts, lengths, today),
        *requested_candidates(verdict_candidates(verdicts, changes, lengths, today), verdicts_asked),
        *(still_candidates(_settled(context), lengths, plan.alerts.still) if plan.alerts.still else []),
        *goal_candidates(indicators, reviews, today),
        *source_candidates(sources, _began(context, sources), context.clock(), today),
        run_candidate(None, today, overdue=False),
    ]
    return facts, PublishedRows(
        _by(indicators, "indicator_id"), _by(verdicts, "indicator_id"), _newest(changes), _by(sources, "source")
    )


def _newest(changes: list[Row]) -> dict[str, Row]:
    """The newest change by indicator, with the verdict before it."""
    found: dict[str, Row] = {}
    for row in sorted(changes, key=lambda row: row["as_of"]):
        before = found.get(row["indicator_id"])
        found[row["indicator_id"]] = row | {"verdict_before": before and before["verdict"]}
    return found


def _published(context: Context, name: str) -> list[Row]:
    rows: list[Row] = parquet_rows(context.root.read(f"published/{name}.parquet"))
    return rows


def _by(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _settled(context: Context) -> pd.DataFrame:
    """The periods that change no more; read in this thread, as ``warehouse.root.parquet_rows`` does and says why."""
    file = pq.ParquetFile(io.BytesIO(context.root.read("published/periods.parquet")), pre_buffer=False)
    table = file.read(columns=["indicator_id", "start", "end", "value", "provisional"], use_threads=False)
    periods: pd.DataFrame = table.to_pandas(date_as_object=False, use_threads=False)
    return periods[~periods["provisional"].astype(bool)]


def _began(context: Context, sources: list[Row]) -> Mapping[tuple[str, str], datetime]:
    """When what is wrong with a source began, by source and kind; the ledger of pulls is read only for sources that are in trouble."""
    found: dict[tuple[str, str], datetime] = {}
    for row in sources:
        name = row["source"]
        never = row["data_through"] is None
        if row["last_error"] is not None or row["waiting"] is not None or never:
            pulls = pull_history(context.tables, name)
            if never and pulls:
                found[name, LATE] = pulls[0].recorded_at
            for kind, status in ((BROKEN, "failed"), (PAUSED, "paused")):
                first = _first(pulls, status)
                if first is not None:
                    found[name, kind] = first
        if row["refused"]:
            found[name, REFUSING] = open_refusals(context.tables, name)["recorded_at"].min().to_pydatetime()
    return found


def _first(pulls: list[PullRecord], status: str) -> datetime | None:
    """The first pull with a status of the newest unbroken row of runs that had one: a run that pauses commits first what it may."""
    days: dict[date, set[str]] = {}
    for pull in pulls:
        days.setdefault(pull.recorded_at.date(), set()).add(pull.status)
    began: date | None = None
    for on, seen in sorted(days.items()):
        began = (began or on) if status in seen else None
    return next(
        (pull.recorded_at for pull in pulls if pull.status == status and pull.recorded_at.date() == began), None
    )
