"""The parts of which sentences are made: a figure with its span, a goal, what is missing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from reports.language import Language
from transforms.formatting import MOST_PACE, pace_per_cent

Facts = Mapping[str, Any]
Text = tuple[str, Mapping[str, object]]
"""Which of the ways to say it, empty for the only one, and what is filled in."""
MOST_NAMED = 3
"""So many missing cells are named; the others are counted."""


def to_date(day: date | str) -> date:
    """A day of a finding, or the text that a published table has of it."""
    return day if isinstance(day, date) else date.fromisoformat(day)


def figure(facts: Facts, t: Language) -> str:
    """``1,234 visits in Oct 2026``, or of a year ``from Jan to Oct 2026``: what is judged, as far as it is known."""
    length, (start, through) = facts["period"], (to_date(facts[name]) for name in ("start", "through"))
    first, last = t.period(length, start), t.period(length, through)
    partial = facts.get("partial", False)
    if facts["over"] != "year" or first == last:
        span = t("figure.partial", first=first) if partial else period_phrase(length, start, t)
    else:
        if length in {"month", "quarter"} and start.year == through.year:
            first = t.period(f"{length}_alone", start)
        span = t("figure.partial_several" if partial else "figure.several", first=first, last=last)
    mark = facts.get("needed", facts.get("target"))
    return t("figure", value=t.number(facts["value"], mark), unit=facts["unit"], span=span)


def period_phrase(length: str, start: date, t: Language) -> str:
    """``in Oct 2026``, ``on 7 Mar 2026``"""
    return t(f"figure.{length}", first=t.period(length, start))


def goal(facts: Facts, t: Language) -> str:
    due = t.day(to_date(facts["due"]))
    return t("target_by.year" if facts["over"] == "year" else "target_by", target=t.number(facts["target"]), due=due)


def here(facts: Facts, t: Language) -> str:
    """What the target makes of this period; empty where it is the target itself."""
    if "needed" not in facts:
        return ""
    needed, this = t.number(facts["needed"]), t("this.year" if facts["over"] == "year" else f"this.{facts['period']}")
    return t("here.part" if facts.get("partial") else "here", needed=needed, this=this, setting=setting(facts, t))


def setting(facts: Facts, t: Language) -> str:
    """What sets this period apart from the plain path; empty where nothing does."""
    if "open_share" in facts:
        return t("setting.open_days", share=t.percent(facts["open_share"]))
    if "season_years" not in facts:
        return ""
    count = facts["season_years"]
    years = t("complete_years.one") if count == 1 else t("complete_years.more", count=t.whole(count))
    if "season_share" not in facts:
        return t("setting.season_of_year", years=years)
    average = t(f"average.{facts['period']}")
    return t("setting.season", share=t.percent(facts["season_share"]), average=average, years=years)


def progress(ratio: float, t: Language) -> str:
    """``0.78 of the progress due``, cut off, so that it never looks better than the verdict; in words outside 0 to
    ``MOST_PACE``. A spoken language says 78 %."""
    shown = pace_per_cent(ratio)
    if ratio < 0 and shown < 0:
        return t("progress.away")
    if ratio > MOST_PACE:
        return t("progress.beyond")
    shown = max(shown, 0)
    return t("progress", ratio=t.decimals(shown / 100), share=t("percent", value=shown))


def missing_cells(facts: Facts, t: Language) -> str:
    """The first missing cells by name: ``Hill, Jul 2025; Mill, Jul 2025 and 3 more``.

    cells: texts "first day entity", as ``transforms.coverage`` gives them.
    """
    cells = facts["cells"]
    names = t("between_clauses").join(_cell(facts["cell"], t, *cell.split(" ", 1)) for cell in cells[:MOST_NAMED])
    more = len(cells) - MOST_NAMED
    return t("and_more", names=names, count=t.whole(more)) if more > 0 else names


def _cell(length: str, t: Language, day: str, entity: str = "") -> str:
    when = t.period(length, to_date(day))
    return t("cell", entity=entity, period=when) if entity else when


def closure(facts: Facts, t: Language) -> str:
    """``closed from 3 Mar 2026 to 9 Mar 2026 (Repairs)``; for good where it has no last day."""
    if "first" not in facts:
        return t("closure.calendar")
    until = t("closure.until", last=t.day(to_date(facts["last"]))) if "last" in facts else ""
    why = t("closure.why", why=facts["why"]) if "why" in facts else ""
    return t("closure", first=t.day(to_date(facts["first"])), until=until, why=why)
