"""What may be reported, by kind.

Alerts, requested verdicts, goals, unchanged values and faults of sources.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from transforms.alerts.notices import NoticeCandidate
from transforms.alerts.state_names import FIRING, INACTIVE

Row = Mapping[str, Any]

ALERT, STILL, PAST_DUE, REVIEW = "alert", "still", "past_due", "review"
SOURCE_KINDS = LATE, BROKEN, REFUSING, PAUSED, ENDING = (
    "source_late",
    "source_failed",
    "source_refused",
    "source_paused",
    "access_ends",
)
OVERDUE, WEEKLY = "run_overdue", "weekly"
PIPELINE_KINDS = (OVERDUE, *SOURCE_KINDS)
VERDICT_KINDS = ("achieved", "on_track", "at_risk", "not_assessable")
KINDS = (ALERT, *VERDICT_KINDS, STILL, PAST_DUE, REVIEW, *PIPELINE_KINDS)
"""The kinds of facts. ``WEEKLY`` is none: it is the message of the week itself."""
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
    WEEKLY,
)
ENDS_SOON = timedelta(days=14)
NEVER_CAME = timedelta(days=7)
"""A source that never delivered anything is late this long after its first pull."""
EARLIER = 2
"""A run of equal values is unusual only where this many times its length is known before it."""


def alert_candidates(verdicts: Iterable[Row], periods: Mapping[str, str], today: date) -> list[NoticeCandidate]:
    """The alert of each indicator with a target.

    verdicts: as published. periods: the length of a period by indicator.
    """
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
    """Verdicts other than behind, once at each beginning.

    history: the changes of verdict as published.
    """
    began, candidates = _began(history), []
    for row in verdicts:
        kind, name, through = row["verdict"], row["indicator_id"], row["through"] or today
        if kind in VERDICT_KINDS:
            since = began.get(name) or through
            candidates.append(NoticeCandidate(kind, name, FIRING, since, through, periods[name], once=True))
    return candidates


def _began(history: Iterable[Row]) -> dict[str, date]:
    """The last day of the period in which each indicator first had its present verdict."""
    began: dict[str, date] = {}
    verdict: dict[str, str] = {}
    for row in sorted(history, key=lambda row: row["as_of"]):
        name = row["indicator_id"]
        if verdict.get(name) != row["verdict"] and row["through"] is not None:
            verdict[name], began[name] = row["verdict"], row["through"]
    return began


def goal_candidates(indicators: Iterable[Row], reviews: Mapping[str, date], today: date) -> list[NoticeCandidate]:
    """Targets whose day has passed, and reviews that are due.

    indicators: as published. reviews: the day by indicator.
    """
    candidates = []
    for row in indicators:
        name, due, review = row["indicator_id"], row["due"], reviews.get(row["indicator_id"])
        if due is None:
            continue
        state, since = (FIRING, due + timedelta(days=1)) if today > due else (INACTIVE, None)
        candidates.append(NoticeCandidate(PAST_DUE, name, state, since, today, "week"))
        if review is not None and review <= today <= due:
            candidates.append(NoticeCandidate(REVIEW, name, FIRING, review, today, "week", once=True))
    return candidates


def _day(moment: date) -> date:
    """The day of a day or an instant."""
    return moment.date() if isinstance(moment, datetime) else moment


def source_candidates(
    sources: Sequence[Row], began: Mapping[tuple[str, str], datetime], now: datetime, today: date
) -> list[NoticeCandidate]:
    """The faults of each source.

    sources: as published. began: by source and kind, when it failed, was paused or had its first open refusal; of a
    late source without any values, its first pull.
    """
    candidates = []
    for row in sources:
        for kind, (active, since) in _faults(row, began, now).items():
            state = FIRING if active else INACTIVE
            covered = _covered(row) if kind == LATE else ""
            one = NoticeCandidate(kind, row["source"], state, since if active else None, today, "week")
            candidates.append(replace(one, suppressed_by=covered))
    return candidates


def _faults(row: Row, began: Mapping[tuple[str, str], datetime], now: datetime) -> dict[str, tuple[bool, date | None]]:
    """By kind, whether a source has the fault, and since when."""
    source, through, expires = row["source"], row["data_through"], row["access_expires_at"]
    late = (not row["fresh"], through + timedelta(days=1)) if through else _never(row, began, now)
    return {
        LATE: late,
        BROKEN: (row["last_error"] is not None, _when(began, source, BROKEN)),
        REFUSING: (row["refused"] > 0, _when(began, source, REFUSING)),
        PAUSED: (row["waiting"] is not None, _when(began, source, PAUSED)),
        ENDING: (expires is not None and now >= expires - ENDS_SOON, expires and (expires - ENDS_SOON).date()),
    }


def _covered(row: Row) -> str:
    """Why a late source is not reported as late."""
    if row["last_error"] is not None:
        return "the failure of the source is reported instead"
    paused = row["data_through"] is None and row["waiting"] is not None
    return "the pause of the source is reported instead" if paused else ""


def run_candidate(due: datetime | None, today: date, *, overdue: bool) -> NoticeCandidate:
    """Whether the runs have stopped. due: when the next one had to be finished; None where none ever finished."""
    return NoticeCandidate(OVERDUE, "runs", FIRING if overdue else INACTIVE, due and due.date(), today, "week")


def weekly_candidate(since: date) -> NoticeCandidate:
    """The message of the week that is due since a day; sent once."""
    return NoticeCandidate(WEEKLY, "week", FIRING, since, since, "week", once=True)


def _never(row: Row, began: Mapping[tuple[str, str], datetime], now: datetime) -> tuple[bool, date | None]:
    """Whether a source without any values was first pulled long enough ago, and on which day."""
    first = began.get((row["source"], LATE))
    return (not row["fresh"] and first is not None and now - first >= NEVER_CAME), first and first.date()


def _when(began: Mapping[tuple[str, str], datetime], source: str, kind: str) -> date | None:
    moment = began.get((source, kind))
    return None if moment is None else moment.date()


def requested_candidates(candidates: Iterable[NoticeCandidate], verdicts: Collection[str]) -> list[NoticeCandidate]:
    """The candidates without verdicts that no route requests."""
    return [one for one in candidates if one.kind not in VERDICT_KINDS or one.kind in verdicts]
