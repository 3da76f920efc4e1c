"""One fact in words: what, since when, by how much, how sure, what changed, whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from reports.digest import ID, DigestItem
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
from transforms.reasons import day, number

Row = Mapping[str, Any]
ROUNDED_FROM = 100
"""From here on figures are shown whole, and so is what lies between two of them."""

HEADINGS = {
    ALERT: "behind its path",
    "achieved": "its target is met",
    "on_track": "is on track",
    "at_risk": "is at risk",
    "not_assessable": "cannot be assessed",
    STILL: "has not moved",
    PAST_DUE: "its target day has passed",
    REVIEW: "its review is due",
    LATE: "source is late",
    BROKEN: "source failed",
    REFUSING: "source has figures that were refused",
    PAUSED: "source waits for its provider's limit",
    ENDING: "source loses its access soon",
    OVERDUE: "none has finished in time",
}
RECOVERED_HEADINGS = {
    ALERT: "no longer behind its path",
    STILL: "moves again",
    PAST_DUE: "its target day lies ahead again",
    LATE: "source is up to date again",
    BROKEN: "source answers again",
    REFUSING: "source has no refused figures any more",
    PAUSED: "source has caught up",
    ENDING: "source has its access renewed",
    OVERDUE: "they finish again",
}
CAUSES = {
    "new_data": "newer figures",
    "restated": "a change of figures that were known",
    "plan_changed": "a change of the plan",
    "method_changed": "a change of how kmi judges",
}
ACTIONS = {
    STILL: "look whether the counter or the feed still works",
    PAST_DUE: "set the next target, or take the indicator out of the plan",
    REVIEW: "look whether the target will be met, and what to do",
    LATE: "see whether the provider has newer figures, and whether the runs are on time",
    REFUSING: "see 'kmi refused'",
    PAUSED: "nothing: the next runs go on with it",
    ENDING: "renew the key or token and put it where the plan says",
    OVERDUE: "run 'kmi run' by hand and look at the log of cron or Prefect; what was missed is collected by the next run",
}


@dataclass(frozen=True)
class PublishedRows:
    """What was published, by indicator or source; ``changes``: the newest change of each verdict, with verdict_before.

    ``last_finish``: when a run finished last (UTC), where that is the matter."""

    indicators: Mapping[str, Row]
    verdicts: Mapping[str, Row]
    changes: Mapping[str, Row]
    sources: Mapping[str, Row]
    last_finish: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoticeState:
    """How a fact is told. began, ended: of one that is over, its first day as it was told, and the day on which its end was seen."""

    told_as: str
    notice_id: str
    began: date | None = None
    ended: date | None = None


def digest_item(fact: NoticeCandidate, told: NoticeState, known: PublishedRows, page: str | None = None) -> DigestItem:
    """A fact for the digest. page: the address of the report, or of its first page."""
    over = told.told_as == RECOVERED
    heading = (RECOVERED_HEADINGS if over else HEADINGS).get(fact.kind, HEADINGS[fact.kind])
    if fact.kind == OVERDUE:
        last = known.last_finish
        title, lines = fact.subject, [("Last run", f"finished on {last:%Y-%m-%d %H:%M} UTC" if last else "")]
    elif fact.kind in PIPELINE_KINDS:
        title, lines = fact.subject, _source(fact, known.sources[fact.subject], over=over)
    else:
        title, lines = known.indicators[fact.subject]["title"], _indicator(fact, known, over=over)
    shown = (
        [("Since", _day(told.began)), ("Seen to be over on", _day(told.ended))]
        if over
        else [("Since", _day(fact.since))]
    )
    ends = [] if over else [("What to do", ACTIONS.get(fact.kind, "")), (ID, told.notice_id)]
    said = tuple((name, text) for name, text in (*shown, *lines, *ends) if text)
    return DigestItem(
        told.told_as,
        f"{title}: {heading}",
        said,
        _link(fact, page),
        f": {heading}" if fact.kind in PIPELINE_KINDS else "",
    )


def _link(fact: NoticeCandidate, page: str | None) -> str:
    """The page of the indicator, or of the sources, beside the report's first page; nothing where the address is no folder of pages."""
    if fact.kind == OVERDUE or page is None or "?" in page or "#" in page:
        return ""
    folder = page.rsplit("/", 1)[0] if page.endswith((".html", ".htm")) else page.rstrip("/")
    return f"{folder}/{SOURCES if fact.kind in PIPELINE_KINDS else page_name(fact.subject)}"


def _indicator(fact: NoticeCandidate, known: PublishedRows, *, over: bool) -> list[tuple[str, str]]:
    indicator, verdict = known.indicators[fact.subject], known.verdicts[fact.subject]
    owner = ("Owner", indicator["owner"] or "")
    if fact.kind in {PAST_DUE, REVIEW}:
        return [("Target", _goal(indicator)), ("Verdict", verdict["reason"]), owner]
    if fact.kind == STILL:
        return [("Last period", _day(fact.through)), ("Verdict", verdict["reason"]), owner]
    sure = [("How sure", _sure(verdict, fact.kind))] if not over or fact.kind in VERDICT_KINDS else []
    return [
        ("Figures to", _day(verdict["through"])),
        ("Against its path", _against(indicator, verdict)),
        ("Verdict", verdict["reason"]),
        *sure,
        ("Outlook", verdict["outlook"] or ""),
        ("What changed", _changed(known.changes.get(fact.subject))),
        owner,
    ]


def _against(indicator: Row, verdict: Row) -> str:
    value, expected, unit = verdict["value"], verdict["expected"], indicator["unit"]
    if value is None or expected is None:
        low, high = indicator["target_low"], indicator["target_high"]
        return (
            ""
            if value is None or low is None
            else f"{number(value)} {unit}; the band is {number(low)} to {number(high)}"
        )
    apart = value - expected
    size = (
        float(round(abs(apart))) if max(abs(value), abs(expected)) >= ROUNDED_FROM else abs(apart)
    )  # as whole as the figures it is between
    share = f" ({abs(apart / expected) * 100:.0f} %)" if expected else ""
    how = f"{number(size)}{share} {'more' if apart > 0 else 'less'} than expected" if size else "as expected"
    return f"{number(value)} {unit}, {number(expected)} expected: {how}"


def _sure(verdict: Row, kind: str) -> str:
    chance = verdict["luck_p_value"]
    if chance is None:
        return "how often luck alone would do it cannot be said" if kind == ALERT else ""
    often = (
        "less than 0.1 %" if chance < 0.001 else f"{chance * 100:.1f} %" if chance < 0.1 else f"{chance * 100:.0f} %"
    )
    return f"an indicator on its path falls as short by luck in {often} of cases"


def _changed(change: Row | None) -> str:
    if change is None:
        return ""
    words = CAUSES[change["cause"]]
    cause = f"{words}: {change['plan_change']}" if change["plan_change"] else words
    before, now = change["verdict_before"], change["verdict"]
    return (
        f"the verdict, from {VERDICT_LABELS[before]} to {VERDICT_LABELS[now]}, by {cause}"
        if before not in {None, now}
        else cause
    )


def _goal(indicator: Row) -> str:
    low, high = indicator["target_low"], indicator["target_high"]
    value = (
        f"{number(low)} to {number(high)}"
        if indicator["target_value"] is None and low is not None
        else number(indicator["target_value"])
    )
    return f"{value} {indicator['unit']} by {_day(indicator['due'])}"


def _source(fact: NoticeCandidate, source: Row, *, over: bool) -> list[tuple[str, str]]:
    through = ("Data reach to", _day(source["data_through"]))
    if over:
        return [through]
    why = {
        LATE: ("Why", "" if source["data_through"] else "it has brought no figures since it was asked first"),
        BROKEN: ("Why", source["last_error"] or ""),
        PAUSED: ("Why", source["waiting"] or ""),
        REFUSING: ("Refused", f"{source['refused']:,}"),
        ENDING: ("Ends on", _day(source["access_expires_at"])),
    }
    return [through, why.get(fact.kind, ("", ""))]


def _day(moment: date | None) -> str:
    return "" if moment is None else day(pd.Timestamp(moment))
