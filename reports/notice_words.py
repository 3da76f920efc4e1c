"""The words of a notice: what it is about, since when, by how much, how sure, what changed, and whose it is."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.digest import BETTER, ID, DigestItem
from reports.notice_headings import HEADINGS, RECOVERED_HEADINGS
from reports.site.file_names import SOURCES, page_name
from reports.words import VERDICT_LABELS
from transforms.alerts.notice_kinds import (
    ALERT,
    BROKEN,
    ENDING,
    LATE,
    OVERDUE,
    PAST_DUE,
    PAUSED,
    PIPELINE_KINDS,
    REFUSING,
    REVIEW,
    STILL,
    VERDICT_KINDS,
)
from transforms.alerts.notices import RECOVERED, NoticeCandidate
from transforms.findings import WORST_FIRST
from transforms.formatting import day, number
from transforms.judgement.hedges import HALF

Row = Mapping[str, Any]
ROUNDED_FROM = 100
"""From this value on, values and the difference between them are rounded to whole numbers."""

CAUSES = {
    "new_data": "newer data",
    "restated": "revised data",
    "plan_changed": "a change of the plan",
    "method_changed": "a change of kmi's method",
    "settling_learned": "figures that settle later than was known",
}
ACTIONS = {
    STILL: "check that the counter or the feed still works",
    PAST_DUE: "set the next target, or take the indicator out of the plan",
    REVIEW: "check whether the target will be met, and decide what to do",
    LATE: "check whether the provider has newer data, and whether the runs are on time",
    REFUSING: "see 'kmi refused'",
    PAUSED: "nothing: the next runs continue with it",
    ENDING: "renew the key or token and put it where the plan says",
    OVERDUE: "run 'kmi run' by hand and look at the log of cron or Prefect; the next run collects what was missed",
}


@dataclass(frozen=True)
class PublishedRows:
    """Published rows by indicator or source.

    ``changes``: the newest change of each verdict, with the column verdict_before.
    ``last_finish``: when a run finished last (UTC), of a notice on the runs themselves.
    """

    indicators: Mapping[str, Row]
    verdicts: Mapping[str, Row]
    changes: Mapping[str, Row]
    sources: Mapping[str, Row]
    last_finish: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoticeState:
    """How a notice is sent: ``told_as`` is problem, reminder or recovered.

    ``began``, ``ended``: for a recovered one, its first day as notified, and the day on which its end was seen.
    """

    told_as: str
    notice_id: str
    began: date | None = None
    ended: date | None = None


def digest_item(
    candidate: NoticeCandidate, state: NoticeState, rows: PublishedRows, page: str | None = None
) -> DigestItem:
    """A notice for the digest. ``page``: the address of the report, or of its first page."""
    over = state.told_as == RECOVERED
    heading = _heading(candidate, rows, over=over)
    if candidate.kind == OVERDUE:
        finish = rows.last_finish
        title, lines = candidate.subject, [("Last run", f"finished on {finish:%Y-%m-%d %H:%M} UTC" if finish else "")]
    elif candidate.kind in PIPELINE_KINDS:
        title, lines = candidate.subject, _source_lines(candidate, rows.sources[candidate.subject], over=over)
    else:
        title, lines = rows.indicators[candidate.subject]["title"], _indicator_lines(candidate, rows, over=over)
    if over:
        first = [_began(candidate, state), ("Seen to be over on", _day(state.ended))]
        last: list[tuple[str, str]] = []
    else:
        first = _beginning(candidate, rows)
        last = [("What to do", ACTIONS.get(candidate.kind, "")), (ID, state.notice_id)]
    return DigestItem(
        section=BETTER if _is_better(candidate, rows) else state.told_as,
        title=f"{title}: {heading}",
        lines=tuple((name, text) for name, text in (*first, *lines, *last) if text),
        link=notice_link(candidate, page),
        shared=f": {heading}" if candidate.kind in PIPELINE_KINDS else "",
    )


def _heading(candidate: NoticeCandidate, rows: PublishedRows, *, over: bool) -> str:
    """What is the matter; of an indicator in the words of its present verdict, so that a message never says two."""
    kind = candidate.kind
    if over and kind in RECOVERED_HEADINGS:
        return RECOVERED_HEADINGS[kind]
    if kind == ALERT and rows.verdicts[candidate.subject]["verdict"] != "behind":
        return f"{VERDICT_LABELS[rows.verdicts[candidate.subject]['verdict']]} now, and its alert goes on"
    return HEADINGS[kind]


def _is_better(candidate: NoticeCandidate, rows: PublishedRows) -> bool:
    """Whether a notice of a verdict tells of one that is better than the one before."""
    change = rows.changes.get(candidate.subject)
    if candidate.kind not in VERDICT_KINDS or change is None or change["verdict_before"] not in WORST_FIRST:
        return False
    now = change["verdict"]
    return now in WORST_FIRST and WORST_FIRST.index(now) > WORST_FIRST.index(change["verdict_before"])


def _beginning(candidate: NoticeCandidate, rows: PublishedRows) -> list[tuple[str, str]]:
    """When it began: of what is found in a period, the period and the day on which a run first found it."""
    if candidate.kind == ALERT:
        raised = rows.verdicts[candidate.subject]["alert_raised_at"]
        period = f"the {candidate.period} from {day(candidate.since)}" if candidate.since else ""
        return [("Raised on", _day(raised and raised.date())), ("First for", period)]
    if candidate.kind in VERDICT_KINDS:
        return [("First for", f"the {candidate.period} to {day(candidate.since)}" if candidate.since else "")]
    return [("Since", _day(candidate.since))]


def _began(candidate: NoticeCandidate, state: NoticeState) -> tuple[str, str]:
    """When what is over began: an alert with a period, which may long have been past when a run first found it."""
    if candidate.kind == ALERT and state.began is not None:
        return "First for", f"the {candidate.period} from {day(state.began)}"
    return "Began", _day(state.began)


def notice_link(candidate: NoticeCandidate, page: str | None) -> str:
    """The address of the indicator's page or of the page of sources, in the folder of the report's first page.

    Empty where no address is given, or where it cannot be that of a folder of pages.
    """
    if candidate.kind == OVERDUE or page is None or "?" in page or "#" in page:
        return ""
    folder = page.rsplit("/", 1)[0] if page.endswith((".html", ".htm")) else page.rstrip("/")
    return f"{folder}/{SOURCES if candidate.kind in PIPELINE_KINDS else page_name(candidate.subject)}"


def _indicator_lines(candidate: NoticeCandidate, rows: PublishedRows, *, over: bool) -> list[tuple[str, str]]:
    indicator, verdict = rows.indicators[candidate.subject], rows.verdicts[candidate.subject]
    owner = ("Owner", indicator["owner"] or "")
    if candidate.kind in {PAST_DUE, REVIEW}:
        return [("Target", _target(indicator)), ("Verdict", verdict["reason"]), owner]
    if candidate.kind == STILL:
        return [("Last period", _day(candidate.through)), ("Verdict", verdict["reason"]), owner]
    sure = [("How sure", _luck(verdict, candidate.kind))] if not over or candidate.kind in VERDICT_KINDS else []
    return [
        ("Judged through", _day(verdict["through"])),
        ("Against its path", _comparison(indicator, verdict)),
        ("Verdict", verdict["reason"]),
        *sure,
        ("Outlook", verdict["outlook"] or ""),
        ("What changed", _change(rows.changes.get(candidate.subject))),
        owner,
    ]


def _comparison(indicator: Row, verdict: Row) -> str:
    """The value against what the path expects of it, or against the band; empty where either is unknown."""
    value, expected, unit = verdict["value"], verdict["expected"], indicator["unit"]
    if value is None or expected is None:
        facts = json.loads(verdict["reason_parameters"] or "{}")  # the band as it falls on what is judged
        if value is None or "high" not in facts:
            return ""
        return f"{number(value)} {unit}; the band is {number(facts['low'])} to {number(facts['high'])}"
    difference = 0.0 if math.isclose(value, expected, rel_tol=1e-9) else value - expected
    size = abs(difference)
    if max(abs(value), abs(expected)) >= ROUNDED_FROM:
        size = float(round(size))
    share = f" ({abs(difference / expected) * 100:.0f} %)" if expected else ""
    how = f"{number(size)}{share} {'more' if difference > 0 else 'less'} than expected" if size else "as expected"
    return f"{number(value)} {unit}, {number(expected)} expected: {how}"


def _luck(verdict: Row, kind: str) -> str:
    """How often luck alone brings as large a shortfall."""
    p = verdict["luck_p_value"]
    if p is not None and p > HALF:
        return ""
    if p is None:
        return "how often luck alone would do this is not known" if kind == ALERT else ""
    often = "less than 0.1 %" if p < 0.001 else f"{p * 100:.1f} %" if p < 0.1 else f"{p * 100:.0f} %"
    return f"an indicator on its path falls this far short by luck in {often} of cases"


def _change(change: Row | None) -> str:
    if change is None:
        return ""
    cause = CAUSES[change["cause"]]
    if change["plan_change"]:
        cause = f"{cause}: {change['plan_change']}"
    before, now = change["verdict_before"], change["verdict"]
    if before in {None, now}:
        return cause
    return f"the verdict, from {VERDICT_LABELS[before]} to {VERDICT_LABELS[now]}, by {cause}"


def _target(indicator: Row) -> str:
    low, high = indicator["target_low"], indicator["target_high"]
    is_band = indicator["target_value"] is None and low is not None
    value = f"{number(low)} to {number(high)}" if is_band else number(indicator["target_value"])
    return f"{value} {indicator['unit']} by {_day(indicator['due'])}"


def _source_lines(candidate: NoticeCandidate, source: Row, *, over: bool) -> list[tuple[str, str]]:
    through = ("Data through", _day(source["data_through"]))
    if over:
        return [through]
    why = {
        LATE: ("Why", "" if source["data_through"] else "it has delivered nothing since its first pull"),
        BROKEN: ("Why", source["last_error"] or ""),
        PAUSED: ("Why", source["waiting"] or ""),
        REFUSING: ("Refused", f"{source['refused']:,}"),
        ENDING: ("Ends on", _day(source["access_expires_at"])),
    }
    return [through, why.get(candidate.kind, ("", ""))]


def _day(moment: date | None) -> str:
    return "" if moment is None else day(moment)
