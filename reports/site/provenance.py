"""Where the values came from: the pulls behind an indicator, those of a source, and the checks of the newest rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from reports.language import Language
from reports.site.published_rows import Published
from warehouse.check_rules import EARLIEST
from warehouse.published_tables import Row

SHOWN_PULLS = 30
"""The newest pulls shown of one indicator; all are in period_pulls.parquet and pulls.parquet."""
SHOWN_OF_SOURCE = 15


def pulls_of_indicator(published: Published, t: Language, name: str) -> dict[str, Any]:
    """The pulls behind the values of an indicator.

    ``rows``: the newest pulls, each with the number of periods it contributed to; ``more``: how many older ones;
    ``of_period``: by first day of a period, when its newest pull was recorded, the link to it, and how many others.
    """
    known = {
        start: [published.pulls[one] for one in ids if one in published.pulls]
        for start, ids in published.pull_ids.get(name, {}).items()
    }
    by_period = {start: _newest_first(pulls) for start, pulls in known.items()}
    contributions = Counter(pull["pull_id"] for pulls in by_period.values() for pull in pulls)
    newest = _newest_first(published.pulls[one] for one in contributions)
    shown = {pull["pull_id"] for pull in newest[:SHOWN_PULLS]}
    return {
        "rows": [
            _pull(t, pull) | {"periods": t.whole(contributions[pull["pull_id"]])} for pull in newest[:SHOWN_PULLS]
        ],
        "more": t.whole(len(newest) - SHOWN_PULLS) if len(newest) > SHOWN_PULLS else "",
        "of_period": {start: _of_period(t, pulls, shown) for start, pulls in by_period.items() if pulls},
    }


def _newest_first(pulls: Iterable[Row]) -> list[Row]:
    return sorted(pulls, key=lambda pull: (pull["recorded_at"], pull["pull_id"]), reverse=True)


def _of_period(t: Language, pulls: Sequence[Row], shown: set[str]) -> dict[str, str]:
    newest, more = pulls[0], len(pulls) - 1
    return {
        "day": t.day(newest["recorded_at"].date()),
        "link": f"pull-{newest['pull_id']}" if newest["pull_id"] in shown else "",
        "more": t("pulls.and_more", count=t.whole(more)) if more else "",
    }


def pulls_of_source(published: Published, t: Language, source: str) -> list[dict[str, Any]]:
    """The newest pulls of a source, also those that failed or paused."""
    own = (pull for pull in published.pulls.values() if pull["source"] == source)
    return [_pull(t, pull) for pull in _newest_first(own)[:SHOWN_OF_SOURCE]]


def _pull(t: Language, pull: Row) -> dict[str, Any]:
    return {
        "id": pull["pull_id"],
        "source": pull["source"],
        "status": t(f"status.{pull['status']}"),
        "recorded": t.instant(pull["recorded_at"]),
        "requested": _requested(t, pull["window_start"], pull["window_end"]),
        "error": pull["error"] or "",
        **{name: t.whole(pull[name]) for name in ("rows", "added", "altered", "dropped", "refused")},
    }


def _requested(t: Language, first: date, end: date) -> str:
    """The days requested; a source that delivers everything is read from the earliest accepted day on."""
    return t("pulls.everything", day=t.day(end - timedelta(days=1))) if first <= EARLIEST else t.span(first, end)


def checks_of_source(published: Published, t: Language, source: str) -> dict[str, Any] | None:
    """The checks of the newest rows of a source, or None where they are not known."""
    rows = published.checks.get(source, ())
    if not rows:
        return None
    passed = sum(row["failed"] == 0 for row in rows)
    return {
        "result": t(
            "checks.result",
            passed=t.whole(passed),
            count=t.whole(len(rows)),
            rows=t.whole(rows[0]["rows"]),
            at=t.instant(rows[0]["recorded_at"]),
        ),
        "pull": rows[0]["pull_id"],
        "rows": [
            {
                "expectation": row["expectation"],
                "type": row["expectation_type"] or t("checks.own"),
                "rows": t.whole(row["rows"]),
                "failed": t.whole(row["failed"]),
                "bad": row["failed"] > 0,
            }
            for row in rows
        ],
    }
