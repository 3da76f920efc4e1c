"""The facts that someone may be notified of now, from the published tables."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

import pandas as pd

from flows.steps.context import Context
from reports.notice_rows import PublishedRows
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
    verdict_candidates,
)
from transforms.alerts.notices import NoticeCandidate
from transforms.alerts.still_values import still_candidates
from warehouse.published_tables import PublishedTables, Row
from warehouse.pull_history import PullRecord, pull_history
from warehouse.refusals import open_refusals
from warehouse.schema import (
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATORS,
    PUBLISHED_NOTES,
    PUBLISHED_PERIODS,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
)


def notice_candidates(context: Context, tables: PublishedTables) -> tuple[list[NoticeCandidate], PublishedRows]:
    """Every fact that someone may be notified of, and the published rows that describe it."""
    indicators, verdicts, sources, changes = map(
        tables.rows, (PUBLISHED_INDICATORS, PUBLISHED_VERDICTS, PUBLISHED_SOURCES, PUBLISHED_HISTORY)
    )
    plan, today = context.loaded.plan, context.today
    periods = {row["indicator_id"]: row["period"] for row in indicators}
    reviews = {name: i.target.review for name, i in plan.indicators.items() if i.target and i.target.review}
    requested = {verdict for route in plan.alerts.routes for verdict in route.verdicts}
    facts = [
        *alert_candidates(verdicts, periods, today),
        *requested_candidates(verdict_candidates(verdicts, changes, periods, today), requested),
        *(still_candidates(_settled_periods(tables), periods, plan.alerts.still) if plan.alerts.still else []),
        *goal_candidates(indicators, reviews, today),
        *source_candidates(sources, _trouble_began(context, sources), context.clock(), today),
        run_candidate(None, today, overdue=False),
    ]
    return facts, PublishedRows(
        _by(indicators, "indicator_id"),
        _by(verdicts, "indicator_id"),
        _newest_changes(changes),
        _by(sources, "source"),
        notes=tables.grouped(PUBLISHED_NOTES, "indicator_id", "noted_on", newest_first=True),
        periods=cache(lambda: tables.grouped(PUBLISHED_PERIODS, "indicator_id", "start")),
    )


def _newest_changes(changes: list[Row]) -> dict[str, Row]:
    """The newest change of verdict by indicator, with the verdict before it."""
    found: dict[str, Row] = {}
    for row in sorted(changes, key=lambda row: row["as_of"]):
        before = found.get(row["indicator_id"])
        found[row["indicator_id"]] = {**row, "verdict_before": before and before["verdict"]}
    return found


def _by(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _settled_periods(tables: PublishedTables) -> pd.DataFrame:
    columns = ["indicator_id", "start", "end", "value"]
    rows = [[row[name] for name in columns] for row in tables.rows(PUBLISHED_PERIODS) if not row["provisional"]]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("start", "end"), "datetime64[us]"))


def _trouble_began(context: Context, sources: list[Row]) -> Mapping[tuple[str, str], datetime]:
    """When the trouble of a source began, by source and kind.

    Reads the ledger of pulls only for sources in trouble.
    """
    found: dict[tuple[str, str], datetime] = {}
    for row in sources:
        name = row["source"]
        never = row["data_through"] is None
        if row["last_error"] is not None or row["waiting"] is not None or never:
            pulls = pull_history(context.tables, name)
            if never and pulls:
                found[name, LATE] = pulls[0].recorded_at
            for kind, status in ((BROKEN, "failed"), (PAUSED, "paused")):
                first = _first_of_streak(pulls, status)
                if first is not None:
                    found[name, kind] = first
        if row["refused"]:
            found[name, REFUSING] = open_refusals(context.tables, name)["recorded_at"].min().to_pydatetime()
    return found


def _first_of_streak(pulls: list[PullRecord], status: str) -> datetime | None:
    """When the newest unbroken streak of days with a pull of this status began.

    Days count, not pulls: a run that pauses first commits what it can.
    """
    days: dict[date, set[str]] = {}
    for pull in pulls:
        days.setdefault(pull.recorded_at.date(), set()).add(pull.status)
    began: date | None = None
    for day, statuses in sorted(days.items()):
        began = (began or day) if status in statuses else None
    recorded = (pull.recorded_at for pull in pulls if pull.status == status)
    return next((instant for instant in recorded if instant.date() == began), None)
