"""The message of the week: what changed, what is still short, what was achieved, what is due next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reports.digest import CHANGED, DUE, LONGEST_SUBJECT, MET, SHORT, TROUBLE, DigestItem
from reports.language import Language
from reports.notice_rows import PublishedRows
from reports.notice_words import change_text, indicator_item, page_link, target
from reports.plain_text import one_line
from reports.site.file_names import SOURCES, page_name
from reports.words import VERDICT_ORDER

Row = Mapping[str, Any]
AHEAD = timedelta(days=28)
"""How far ahead a day is named."""
GOOD, BELOW, NOT_JUDGED = {"on_track", "achieved"}, {"behind", "at_risk"}, "not_assessable"


@dataclass(frozen=True)
class Week:
    """``since``: when the message before was sent, aware UTC. ``names``: the indicators that the reader follows.

    ``reported``: those that this message has already. ``reviews``: days of target reviews by indicator;
    ``next_review``: that of the whole plan. ``sources``: whether the reader is also told of sources.
    """

    since: datetime
    today: date
    names: Collection[str]
    reported: Collection[str]
    reviews: Mapping[str, date]
    next_review: date | None
    sources: bool


def weekly_heading(week: Week, rows: PublishedRows, t: Language, *, is_quiet: bool) -> tuple[str, str]:
    """The subject and the heading. ``is_quiet``: there is no entry."""
    judged = [row for row in _with_target(week, rows) if row["verdict"] != NOT_JUDGED]
    counts = {"good": t.whole(sum(row["verdict"] in GOOD for row in judged)), "judged": t.whole(len(judged))}
    heading = t("week.heading", day=t.day(week.today), **counts)
    if is_quiet:
        heading += t("between_clauses") + t("week.quiet")
    worst = next((row for row in judged if row["verdict"] in BELOW), None)
    if worst is None:
        return t("week.subject", **counts), heading
    named = {**counts, "verdict": t(f"verdict.{worst['verdict']}")}
    room = LONGEST_SUBJECT - len(t("week.subject_worst", name="", **named))
    name = one_line(rows.indicators[worst["indicator_id"]]["title"], max(room, 20))
    return t("week.subject_worst", name=name, **named), heading


def weekly_items(week: Week, rows: PublishedRows, page: str | None, t: Language) -> list[DigestItem]:
    """Each indicator once: in what changed, else in what is short; what is due next, and sources in trouble."""
    items = []
    for verdict in _with_target(week, rows):
        name = verdict["indicator_id"]
        change = rows.changes.get(name)
        changed = change is not None and _is_new(change, week)
        section = CHANGED if changed else SHORT if verdict["verdict"] in BELOW else ""
        if changed and verdict["verdict"] == "achieved":
            section = MET
        if section and name not in week.reported:
            items.append(_entry(name, section, rows, page, t))
    return [*items, *_due(week, rows, page, t), *(_trouble(rows, page, t) if week.sources else ())]


def _with_target(week: Week, rows: PublishedRows) -> list[Row]:
    """The verdicts on the reader's indicators with a target, the worst first."""
    found = [rows.verdicts[name] for name in week.names if rows.indicators[name]["due"] is not None]
    return sorted(found, key=lambda row: (VERDICT_ORDER.index(row["verdict"]), row["pace_ratio"] or 0.0))


def _is_new(change: Row, week: Week) -> bool:
    """Whether the verdict changed since the message before; the first verdict ever is no change."""
    before = change["verdict_before"]
    return before not in {None, change["verdict"]} and change["as_of"] > week.since


def _entry(name: str, section: str, rows: PublishedRows, page: str | None, t: Language) -> DigestItem:
    indicator, verdict = rows.indicators[name], rows.verdicts[name]
    changed = change_text(rows.changes.get(name), t) if section != SHORT else ""
    lines = [(t("line.changed"), changed), (t("label.owner"), indicator["owner"] or "")]
    heading = t("entry.title", name=indicator["title"], heading=t(f"verdict.{verdict['verdict']}"))
    given = {
        "section": section,
        "title": heading,
        "lines": tuple(line for line in lines if line[1]),
        "link": page_link(page_name(name), page),
        "kind": "at_risk",
    }
    return indicator_item(name, rows, t, given)


def _due(week: Week, rows: PublishedRows, page: str | None, t: Language) -> list[DigestItem]:
    """The reviews and due days of the next weeks, the nearest first."""
    until = week.today + AHEAD
    days = [(name, "week.due", rows.indicators[name]["due"]) for name in week.names]
    days += [(name, "week.review", day) for name, day in week.reviews.items() if name in week.names]
    near = sorted((day, name, key) for name, key, day in days if day is not None and week.today <= day <= until)
    items = [
        DigestItem(
            DUE,
            t("entry.title", name=rows.indicators[name]["title"], heading=t(key, day=t.day(day))),
            tuple(
                (label, text)
                for label, text in (
                    (t("label.target"), target(rows.indicators[name], t)),
                    (t("label.owner"), rows.indicators[name]["owner"] or ""),
                )
                if text
            ),
            page_link(page_name(name), page),
        )
        for day, name, key in near
    ]
    plan = week.next_review
    if plan is not None and plan <= until:
        title = t("entry.title", name=t("week.reviews"), heading=t("week.review", day=t.day(plan)))
        items.append(DigestItem(DUE, title))
    return items


def _trouble(rows: PublishedRows, page: str | None, t: Language) -> list[DigestItem]:
    """The sources that failed or are late."""
    items = []
    for name, row in rows.sources.items():
        if row.get("ready") is False:
            continue
        kind = "source_failed" if row["last_error"] else "" if row["fresh"] else "source_late"
        if kind:
            heading = t(f"notice.{kind}")
            lines = ((t("label.reach"), t.day(row["data_through"])), (t("label.why"), row["last_error"] or ""))
            title, shared = (t("entry.title", name=part, heading=heading) for part in (name, ""))
            items.append(DigestItem(TROUBLE, title, tuple(x for x in lines if x[1]), page_link(SOURCES, page), shared))
    return items
