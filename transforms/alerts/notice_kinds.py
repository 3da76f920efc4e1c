"""What there is to tell: the alerts, verdicts that were asked for, and what goes wrong in the pipeline itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from transforms.alerts.notices import NoticeCandidate
from transforms.alerts.states import FIRING, INACTIVE

Row = Mapping[str, Any]

ALERT, STILL, PAST_DUE, REVIEW = "alert", "still", "past_due", "review"
SOURCE_KINDS = LATE, BROKEN, REFUSING, PAUSED, ENDING = (
    "source_late",
    "source_failed",
    "source_refused",
    "source_paused",
    "access_ends",
)
OVERDUE = "run_overdue"
PIPELINE_KINDS = (OVERDUE, *SOURCE_KINDS)
VERDICT_KINDS = ("achieved", "on_track", "at_risk", "not_assessable")
KINDS = (ALERT, *VERDICT_KINDS, STILL, PAST_DUE, REVIEW, *PIPELINE_KINDS)
GRAVEST_FIRST = (
    OVERDUE,
    ALERT,
    BROKEN,
    "at_risk",
    PAST_DUE,
    "not_assessable",
    LATE,
    REFUSING,
    ENDING,
    STILL,
    REVIEW,
    PAUSED,
    "achieved",
    "on_track",
)
ENDS_SOON = timedelta(days=14)
NEVER_CAME = timedelta(days=7)
"""So long after its first pull a source that never brought anything is late."""
EARLIER = 2
"""So many times the run of equal values must be known before it, to say that the like was never seen."""


def alert_candidates(verdicts: Iterable[Row], periods: Mapping[str, str], today: date) -> list[NoticeCandidate]:
    """The alert of each indicator with a target. verdicts: as published; periods: the length of a period by indicator."""
    return [
        NoticeCandidate(
            ALERT,
            row["indicator_id"],
            row["alert"],
            row["alert_since"],
            row["through"] or today,
            periods[row["indicator_id"]],
        )
        for row in verdicts
        if row["alert"] is not None
    ]


def verdict_candidates(
    verdicts: Iterable[Row], history: Iterable[Row], periods: Mapping[str, str], today: date
) -> list[NoticeCandidate]:
    """Verdicts other than behind, once each time that they begin. history: the changes of verdict as published."""
    began = _began(history)
    facts = []
    for row in verdicts:
        name, through = row["indicator_id"], row["through"] or today
        if row["verdict"] in VERDICT_KINDS:
            facts.append(
                NoticeCandidate(
                    row["verdict"], name, FIRING, began.get(name) or through, through, periods[name], once=True
                )
            )
    return facts


def _began(history: Iterable[Row]) -> dict[str, date]:
    """Last day of the period in which each indicator's present verdict was first given."""
    began: dict[str, date] = {}
    verdict: dict[str, str] = {}
    for row in sorted(history, key=lambda row: row["as_of"]):
        name = row["indicator_id"]
        if verdict.get(name) != row["verdict"] and row["through"] is not None:
            verdict[name], began[name] = row["verdict"], row["through"]
    return began


def goal_candidates(indicators: Iterable[Row], reviews: Mapping[str, date], today: date) -> list[NoticeCandidate]:
    """Targets whose day has passed, and reviews that are due. indicators: as published; reviews: the day by indicator."""
    facts = []
    for row in indicators:
        name, due, review = row["indicator_id"], row["due"], reviews.get(row["indicator_id"])
        if due is not None:
            passed = today > due
            facts.append(
                NoticeCandidate(
                    PAST_DUE,
                    name,
                    FIRING if passed else INACTIVE,
                    due + timedelta(days=1) if passed else None,
                    today,
                    "week",
                )
            )
            if review is not None and review <= today <= due:
                facts.append(NoticeCandidate(REVIEW, name, FIRING, review, today, "week", once=True))
    return facts


def still_candidates(periods: pd.DataFrame, lengths: Mapping[str, str], still: int) -> list[NoticeCandidate]:
    """Indicators whose newest ``still`` or more complete periods hold the very same value, which no earlier ones ever did.

    periods: as published, those that are not provisional; a period without a value ends a row of equal ones.
    """
    if still == 0 or periods.empty:
        return []
    table = periods.sort_values(["indicator_id", "start"], ignore_index=True)
    value = table["value"]
    same = (value == value.groupby(table["indicator_id"]).shift()).to_numpy()
    run = np.cumsum(~same)
    runs = table.assign(run=run).groupby(["indicator_id", "run"], sort=False).agg(
        first=("start", "first"), end=("end", "last"), known=("value", "count"), length=("value", "size")
    )  # fmt: skip
    runs = runs.reset_index()
    before = runs.groupby("indicator_id")
    longest = before["known"].transform(lambda known: known.shift(fill_value=0).cummax())
    earlier = before["known"].cumsum() - runs["known"]
    runs = runs.assign(stands=(runs["known"] >= still) & (runs["known"] > longest) & (earlier >= EARLIER * still))
    newest = runs.drop_duplicates("indicator_id", keep="last")
    found = zip(newest["indicator_id"].astype(str), newest["stands"], newest["first"], newest["end"], strict=True)
    return [
        NoticeCandidate(
            STILL, name, FIRING if stands else INACTIVE, _day(first), _day(end) - timedelta(days=1), lengths[name]
        )
        for name, stands, first, end in found
        if name in lengths
    ]


def _day(moment: Any) -> date:
    return pd.Timestamp(moment).date()


def source_candidates(
    sources: Sequence[Row], began: Mapping[tuple[str, str], datetime], now: datetime, today: date
) -> list[NoticeCandidate]:
    """What is wrong with each source. sources: as published; began: when it failed, paused or had its first open refusal, by source and kind;
    of a source that is late and without any figures when it was asked first."""
    facts = []
    for row in sources:
        ends = row["access_expires_at"]
        through = row["data_through"]
        broken = row["last_error"] is not None
        found: dict[str, tuple[bool, date | None]] = {
            LATE: (not row["fresh"] and through is not None, through + timedelta(days=1))
            if through
            else _never(row, began, now),
            BROKEN: (broken, _when(began, row["source"], BROKEN)),
            REFUSING: (row["refused"] > 0, _when(began, row["source"], REFUSING)),
            PAUSED: (row["waiting"] is not None, _when(began, row["source"], PAUSED)),
            ENDING: (ends is not None and now >= ends - ENDS_SOON, ends and (ends - ENDS_SOON).date()),
        }
        for kind, (stands, since) in found.items():
            paused = through is None and row["waiting"] is not None
            why = (
                "that the source failed is told instead"
                if broken
                else "that it waits is told instead"
                if paused
                else ""
            )
            hushed = why if kind == LATE else ""
            facts.append(
                NoticeCandidate(
                    kind,
                    row["source"],
                    FIRING if stands else INACTIVE,
                    since if stands else None,
                    today,
                    "week",
                    hushed=hushed,
                )
            )
    return facts


def run_candidate(due: datetime | None, today: date, *, overdue: bool) -> NoticeCandidate:
    """Whether the runs have stopped. due: when the next one had to be finished; None where none ever finished."""
    return NoticeCandidate(OVERDUE, "runs", FIRING if overdue else INACTIVE, due and due.date(), today, "week")


def _never(row: Row, began: Mapping[tuple[str, str], datetime], now: datetime) -> tuple[bool, date | None]:
    """Whether a source without any figures was asked long enough ago, and the day on which it was asked first."""
    asked = began.get((row["source"], LATE))
    return (not row["fresh"] and asked is not None and now - asked >= NEVER_CAME), asked and asked.date()


def _when(began: Mapping[tuple[str, str], datetime], source: str, kind: str) -> date | None:
    moment = began.get((source, kind))
    return None if moment is None else moment.date()


def requested_candidates(facts: Iterable[NoticeCandidate], verdicts: Collection[str]) -> list[NoticeCandidate]:
    """Without the verdicts of which no route wants to hear."""
    return [fact for fact in facts if fact.kind not in VERDICT_KINDS or fact.kind in verdicts]
