"""The pages of activities, sources and history, and their rows on an indicator's page."""

from typing import Any

from reports.language import Language
from reports.languages import spoken
from reports.sentences import effect, in_readers_language, reason
from reports.site.caveats import shorten_days
from reports.site.file_names import page_name
from reports.site.provenance import checks_of_source, pulls_of_source
from reports.site.published_rows import Published
from reports.words import missing_days
from warehouse.published_tables import Row

SHOWN_CHANGES = 1000
"""The newest changes shown of all indicators; each indicator's page has all of its own."""


def change_row(published: Published, t: Language, row: Row) -> dict[str, Any]:
    """A change of verdict or goal. The title is today's while the indicator is in the plan, else that of then."""
    name = row["indicator_id"]
    known = published.titles.get(name)
    return {
        "as_of": t.instant(row["as_of"]),
        "page": page_name(name) if known else "",
        "title": known or row["title"] or name,
        "verdict": row["verdict"],
        "worsening": row["worsening"],
        "cause": t(f"cause.{row['cause']}"),
        "changed": row["plan_change"] or "",
        "reason": reason(row, spoken(t)),
        "translated": in_readers_language(row),
    }


def history_page(published: Published, t: Language) -> dict[str, Any]:
    changes = sorted(
        (row for rows in published.history.values() for row in rows), key=lambda row: row["as_of"], reverse=True
    )
    more = len(changes) - SHOWN_CHANGES
    return {
        "changes": [change_row(published, t, row) for row in changes[:SHOWN_CHANGES]],
        "more": t.whole(more) if more > 0 else "",
    }


def effect_row(published: Published, t: Language, row: Row) -> dict[str, Any]:
    """What followed an activity in one indicator."""
    activity = published.activities.get(row["activity_id"], {})
    low, high = row["low"], row["high"]
    return {
        "page": page_name(row["indicator_id"]) if row["indicator_id"] in published.titles else "",
        "title": published.titles.get(row["indicator_id"], row["indicator_id"]),
        "activity": activity.get("title", row["activity_id"]),
        "date": t.day(activity.get("date")),
        "verdict": t(f"effect.{row['verdict']}"),
        "interval": "" if low is None or high is None else t("interval", low=t.number(low), high=t.number(high)),
        "sentence": effect(row, t),
        "translated": in_readers_language(row),
    }


def activities_page(published: Published, t: Language) -> dict[str, Any]:
    def one(row: Row) -> dict[str, Any]:
        return {
            "date": t.day(row["date"]),
            "title": row["title"],
            "channel": row["channel"] or "",
            "effects": [
                effect_row(published, t, effect) for effect in published.effects_by_activity.get(row["activity_id"], ())
            ],
        }

    return {"activities": [one(row) for row in reversed(list(published.activities.values()))]}


def source_row(published: Published, t: Language, row: Row) -> dict[str, Any]:
    """A source: how far its data reach, when it was last read, and what is wrong with it."""
    missing = missing_days(row)
    return {
        "source": row["source"],
        "type": row["type"],
        "pulled": t.instant(row["last_success_at"]) or t("never"),
        "through": t.day(row["data_through"]) or t("not_known"),
        "fresh": bool(row["fresh"]),
        "rows": t.whole(row["rows"]),
        "refused": t.whole(row["refused"]),
        "any_refused": bool(row["refused"]),
        "error": row["last_error"] or "",
        "waiting": row["waiting"] or "",
        "expires": t.day(row["access_expires_at"].date()) if row["access_expires_at"] else "",
        "settling": row["settling"] or "",
        "missing": shorten_days(t, missing) if missing else "",
        "ages": [_age(t, age) for age in published.settling.get(row["source"], ())],
    }


def _age(t: Language, row: Row) -> dict[str, str]:
    return {
        "metric": row["metric"],
        "age": t.whole(row["age"]),
        "read_again": t.whole(row["read_again"]),
        "changed": t.whole(row["changed"]),
        "still": t.percent(row["share_still_changing"]),
    }


def sources_page(published: Published, t: Language) -> dict[str, Any]:
    breaks = [
        (t.day(row["day"]), published.titles.get(name, name), page_name(name), row["reason"], bool(row["spliced"]))
        for name, rows in published.breaks.items()
        for row in rows
    ]
    sources = [
        source_row(published, t, row)
        | {
            "checks": checks_of_source(published, t, row["source"]),
            "pulls": pulls_of_source(published, t, row["source"]),
        }
        for row in published.sources
    ]
    return {"sources": sources, "breaks": breaks}
