"""The brief as plain texts, lists and numbers, with which the page and the sheet are filled."""

from collections.abc import Sequence
from typing import Any

from reports.brief.chart import NARROW, describe, message, note, svg
from reports.brief.citation import Citation, cite_indicator
from reports.brief.compose import COLUMNS, Brief, TableRow

HEADINGS = ("messages", "table", "requests", "limits", "notes", "more_rows", "method", "references")


def content(brief: Brief) -> dict[str, Any]:
    """Every text of the brief by its place; a sentence has ``lead``, ``rest`` and ``marks``, the numbers of its
    references.
    """
    t, front = brief.t, brief.front
    later = {
        "also": brief.also,
        "more_requests": brief.requests[front.requests :],
        "more_limits": brief.limits[front.limits :],
    }
    return {
        "lang": t.code,
        "title": brief.title,
        "author": brief.organisation,
        "subject": t("brief.subject", judged=brief.judged),
        "subtitle": brief.subtitle,
        "overleaf": brief.overleaf,
        "headline": _sentence(brief, brief.headline),
        "counts": _sentence(brief, brief.counts),
        "messages": _sentences(brief, brief.messages),
        "headings": {name: t(f"brief.{name}") for name in HEADINGS},
        "nothing": {name: _nothing(brief, name) for name in ("requests", "limits")},
        "columns": [t(f"brief.column.{name}") for name in COLUMNS],
        "charts": [_chart(brief, at) for at in range(len(brief.chart))],
        "rows": _rows(brief.rows[: front.rows]),
        "requests": _sentences(brief, brief.requests[: front.requests]),
        "limits": _sentences(brief, brief.limits[: front.limits]),
        "later": [
            {"heading": t(f"brief.{name}"), "items": _sentences(brief, some)} for name, some in later.items() if some
        ],
        "later_rows": _rows(brief.later_rows),
        "not_shown": brief.not_shown,
        "method": brief.method,
        "references": [one.text for one in brief.references],
    }


def _nothing(brief: Brief, part: str) -> str:
    """What stands on the first page where it has none of a part: that there are none, or where they are."""
    if getattr(brief, part):
        return brief.t("brief.see", heading=brief.t(f"brief.more_{part}"))
    return brief.t(f"brief.no_{part}")


def _sentence(brief: Brief, one: Citation) -> dict[str, Any]:
    return {"lead": one.lead, "rest": one.rest, "marks": brief.marks(one.references)}


def _sentences(brief: Brief, some: Sequence[Citation]) -> list[dict[str, Any]]:
    return [_sentence(brief, one) for one in some]


def _rows(rows: Sequence[TableRow]) -> list[dict[str, Any]]:
    return [{"cells": [*row.cells], "verdict": row.verdict} for row in rows]


def _chart(brief: Brief, at: int) -> dict[str, Any]:
    shown, t = brief.chart[at], brief.t
    return {
        "svg": svg(shown),
        "narrow": svg(shown, NARROW),
        "alt": describe(shown),
        "message": message(shown),
        "unit": t("brief.chart.unit", unit=shown.unit, length=t(f"length.{shown.row['period']}")),
        "note": note(shown),
        "marks": brief.marks([cite_indicator(shown)]),
    }
