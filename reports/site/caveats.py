"""What a reader has to know before using the values of an indicator."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from reports.language import Language
from reports.site.published_rows import Published
from reports.words import missing_days
from warehouse.published_tables import Row

SHOWN_GAPS = 12
Caveat = tuple[str, str]
"""A sentence in the page's language, and a text from the data (English), or empty."""


def caveats(published: Published, t: Language, row: Row) -> list[Caveat]:
    return [
        *_values(t, row, published.periods.get(row["indicator_id"], ())),
        *_breaks(published, t, row),
        *_sources(published, t, row),
        *_limits(published, t, row),
    ]


def _values(t: Language, row: Row, periods: Any) -> Iterator[Caveat]:
    unknown = sum(period["value"] is None for period in periods)
    if unknown:
        yield t("caveat.unknown", count=t.whole(unknown), periods=t.whole(len(periods))), ""
    flags = Counter(flag for period in periods for flag in period["flags"] or ())
    flags["provisional"] = sum(bool(period["provisional"]) for period in periods)
    for flag, count in sorted(flags.items()):
        if count:
            is_level = flag == "incomplete" and row["kind"] != "flow"
            meaning = t("means.incomplete_level" if is_level else f"means.{flag}")
            counts = {"count": t.whole(count), "periods": t.whole(len(periods))}
            yield t("caveat.flag", flag=t(f"flag.{flag}"), means=meaning, **counts), ""


def _breaks(published: Published, t: Language, row: Row) -> Iterator[Caveat]:
    for one in published.breaks.get(row["indicator_id"], ()):
        yield t("caveat.spliced" if one["spliced"] else "caveat.break", day=t.day(one["day"])), one["reason"]


def _sources(published: Published, t: Language, row: Row) -> Iterator[Caveat]:
    for source in published.sources:
        if source["source"] not in (row["sources"] or ()):
            continue
        name = source["source"]
        if not source["fresh"]:
            yield t("caveat.late", source=name, day=t.day(source["data_through"]) or t("never")), ""
        if source["last_error"]:
            yield t("caveat.failed", source=name), source["last_error"]
        if source["refused"]:
            yield t("caveat.refused", source=name, count=t.whole(source["refused"])), ""
        if missing := missing_days(source):
            yield t("caveat.missing", source=name, days=shorten_days(t, missing)), ""


def _limits(published: Published, t: Language, row: Row) -> Iterator[Caveat]:
    if row["due"]:
        yield t("caveat.year" if row["indicator_id"] in published.plan.yearly else "caveat.one_period"), ""
    if published.verdicts[row["indicator_id"]]["forecast_due"] is not None:
        yield t("caveat.forecast"), ""
    if row["period"] != "year" and row["path"] in {"linear", "geometric"} and row["target_low"] is None:
        yield t("caveat.season"), ""


def shorten_days(t: Language, days: list[str]) -> str:
    """The newest days; the rest are counted."""
    more = len(days) - SHOWN_GAPS
    newest = ", ".join(days[-SHOWN_GAPS:])
    return t("and_earlier", days=newest, count=t.whole(more)) if more > 0 else newest
