"""The words of a notice: what it is about, the figure, why, since when, whose it is, what next and what was noted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.digest import BETTER, LONGEST_SUBJECT, DigestItem
from reports.language import Language, english
from reports.mail_chart import mail_chart
from reports.note_lines import note_lines
from reports.notice_figures import figure, short_reason, subject
from reports.notice_headings import notice_heading
from reports.notice_rows import PublishedRows
from reports.sentences import reason
from reports.site.file_names import SOURCES, page_name
from reports.site.lead import next_step
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
    WEEKLY,
)
from transforms.alerts.notices import RECOVERED, REMINDER, NoticeCandidate
from transforms.findings import WORST_FIRST

Row = Mapping[str, Any]
Lines = list[tuple[str, str]]
SHORT = {"behind", "at_risk"}


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
    candidate: NoticeCandidate,
    state: NoticeState,
    rows: PublishedRows,
    page: str | None = None,
    t: Language | None = None,
) -> DigestItem:
    """A notice for the digest, in English by default. ``page``: the address of the report, or of its first page."""
    t, over = t or english(), state.told_as == RECOVERED
    heading, kind = _heading(candidate, rows, t, over=over), candidate.kind
    common: dict[str, Any] = {
        "section": BETTER if _is_better(candidate, rows) else state.told_as,
        "link": notice_link(candidate, page),
        "shared": t("entry.title", name="", heading=heading) if kind in PIPELINE_KINDS else "",
        "notice_id": "" if over else state.notice_id,
        "next_step": "" if over or f"do.{kind}" not in t.texts else t(f"do.{kind}"),
    }
    since = _ended(candidate, state, t) if over else _beginning(candidate, rows, t)
    if kind in PIPELINE_KINDS:
        name = t("entry.runs") if kind == OVERDUE else candidate.subject
        lines = _run_lines(rows, t) if kind == OVERDUE else _source_lines(candidate, rows, t, over=over)
        title = t("entry.title", name=name, heading=heading)
        return DigestItem(**common, title=title, lines=_filled([*since, *lines]))
    title = t("entry.title", name=rows.indicators[candidate.subject]["title"], heading=heading)
    lines = [*since, *_indicator_lines(candidate, rows, t)]
    return indicator_item(candidate.subject, rows, t, {**common, "title": title, "lines": _filled(lines), "kind": kind})


def indicator_item(name: str, rows: PublishedRows, t: Language, given: Mapping[str, Any]) -> DigestItem:
    """An entry on an indicator: ``given`` with its figure, its reason, its chart, its next step and its newest note.

    given: fields of ``DigestItem``, and the ``kind`` of the notice.
    """
    indicator, verdict = rows.indicators[name], rows.verdicts[name]
    own = {key: value for key, value in given.items() if key != "kind"}
    notes = note_lines(rows.notes.get(name, ())[:1], t)
    with_figure = given["kind"] in {ALERT, *VERDICT_KINDS}
    row = {**verdict, "owner": indicator["owner"], "due": t.day(indicator["due"])}
    if with_figure and given["section"] != RECOVERED and verdict["verdict"] in SHORT:
        own["next_step"] = next_step(t, row)
    said = subject(indicator, verdict, t, LONGEST_SUBJECT) if with_figure and given["section"] != RECOVERED else ""
    return DigestItem(
        **own,
        subject=t("subject.still", subject=said) if said and given["section"] == REMINDER else said,
        verdict=verdict["verdict"],
        verdict_label=t(f"verdict.{verdict['verdict']}"),
        figure=figure(indicator, verdict, t) if with_figure else "",
        reason=short_reason(verdict, t, is_alert=given["kind"] == ALERT) if with_figure else reason(verdict, t),
        chart=mail_chart(indicator, verdict, rows.periods().get(name, ()), t),
        note=notes[0] if notes else None,
    )


def _filled(lines: Lines) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in lines if text)


def _heading(candidate: NoticeCandidate, rows: PublishedRows, t: Language, *, over: bool) -> str:
    """What is the matter; of an indicator in the words of its present verdict, so that a message never says two."""
    kind = candidate.kind
    if kind == ALERT and not over and rows.verdicts[candidate.subject]["verdict"] != "behind":
        return t("notice.goes_on", verdict=t(f"verdict.{rows.verdicts[candidate.subject]['verdict']}"))
    return notice_heading(kind, t, over=over)


def _is_better(candidate: NoticeCandidate, rows: PublishedRows) -> bool:
    """Whether a notice of a verdict tells of one that is better than the one before."""
    change = rows.changes.get(candidate.subject)
    return candidate.kind in VERDICT_KINDS and change is not None and is_better(change)


def is_better(change: Row) -> bool:
    """Whether a change of verdict, with the column verdict_before, is one for the better."""
    before, now = change["verdict_before"], change["verdict"]
    if before not in WORST_FIRST or now not in WORST_FIRST:
        return False
    return WORST_FIRST.index(now) > WORST_FIRST.index(before)


def _beginning(candidate: NoticeCandidate, rows: PublishedRows, t: Language) -> Lines:
    """When it began: of what is found in a period, the period; of an alert also the day on which it was raised."""
    period = _period(candidate, candidate.since, t)
    if candidate.kind == ALERT:
        raised = rows.verdicts[candidate.subject]["alert_raised_at"]
        since = t("entry.since_alert", period=period, day=t.day(raised.date())) if raised and period else period
        return [(t("line.since"), since)]
    if candidate.kind in VERDICT_KINDS:
        return [(t("line.since"), period)]
    return [(t("line.since"), t.day(candidate.since))]


def _period(candidate: NoticeCandidate, day: date | None, t: Language) -> str:
    """The period in which a day lies; of short ones the day itself."""
    if day is None or candidate.period in {"day", "week"}:
        return t.day(day)
    return t.period(candidate.period, day)


def _ended(candidate: NoticeCandidate, state: NoticeState, t: Language) -> Lines:
    """When what is over began, which may long have been past when a run first found it, and when its end was seen."""
    began = _period(candidate, state.began, t) if candidate.kind == ALERT else t.day(state.began)
    return [(t("line.began"), began), (t("line.ended"), t.day(state.ended))]


def notice_link(candidate: NoticeCandidate, page: str | None) -> str:
    """The address of the indicator's page or of the page of sources; see ``page_link``."""
    if candidate.kind in {OVERDUE, WEEKLY}:
        return ""
    return page_link(SOURCES if candidate.kind in PIPELINE_KINDS else page_name(candidate.subject), page)


def page_link(name: str, page: str | None) -> str:
    """The address of a page in the folder of the report's first page.

    Empty where no address is given, or where it cannot be that of a folder of pages.
    """
    if page is None or "?" in page or "#" in page:
        return ""
    folder = page.rsplit("/", 1)[0] if page.endswith((".html", ".htm")) else page.rstrip("/")
    return f"{folder}/{name}"


def _indicator_lines(candidate: NoticeCandidate, rows: PublishedRows, t: Language) -> Lines:
    indicator, kind = rows.indicators[candidate.subject], candidate.kind
    owner = (t("label.owner"), indicator["owner"] or "")
    if kind in {PAST_DUE, REVIEW}:
        return [(t("label.target"), target(indicator, t)), owner]
    if kind == STILL:
        return [(t("line.last_period"), t.day(candidate.through)), owner]
    return [(t("line.changed"), change_text(rows.changes.get(candidate.subject), t)), owner]


def change_text(change: Row | None, t: Language) -> str:
    """From which verdict to which, and why; the cause alone where the verdict is the same; empty for the first."""
    if change is None:
        return ""
    cause, before, now = t(f"cause.{change['cause']}"), change["verdict_before"], change["verdict"]
    if before is None:
        return ""
    if before == now:
        return cause
    return t("entry.change", before=t(f"verdict.{before}"), verdict=t(f"verdict.{now}"), cause=cause)


def target(indicator: Row, t: Language) -> str:
    """What is to be reached, and by when."""
    low, high = indicator["target_low"], indicator["target_high"]
    is_band = indicator["target_value"] is None and low is not None
    value = t("band", low=t.number(low), high=t.number(high)) if is_band else t.number(indicator["target_value"])
    key = "target.year" if indicator.get("over") == "year" else "target.period"
    return t(key, value=value, unit=indicator["unit"], due=t.day(indicator["due"]))


def _run_lines(rows: PublishedRows, t: Language) -> Lines:
    finish = rows.last_finish
    return [(t("line.last_run"), t("entry.finished", moment=t.instant(finish)) if finish else "")]


def _source_lines(candidate: NoticeCandidate, rows: PublishedRows, t: Language, *, over: bool) -> Lines:
    source = rows.sources[candidate.subject]
    through = (t("label.reach"), t.day(source["data_through"]))
    if over:
        return [through]
    expires = source["access_expires_at"]
    why = {
        LATE: (t("label.why"), "" if source["data_through"] else t("entry.nothing")),
        BROKEN: (t("label.why"), source["last_error"] or ""),
        PAUSED: (t("label.why"), source["waiting"] or ""),
        REFUSING: (t("label.refused"), t.whole(source["refused"])),
        ENDING: (t("line.access_ends"), t.day(expires.date() if isinstance(expires, datetime) else expires)),
    }
    return [through, why.get(candidate.kind, ("", ""))]
