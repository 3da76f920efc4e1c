"""How the judged period compares with the one before and with that of a year before, where like can be compared."""

from collections.abc import Sequence
from datetime import date, timedelta

from plan.percent_unit import is_percent
from reports.language import Language
from warehouse.published_tables import Row


def changes(
    t: Language, row: Row, through: date | None, periods: Sequence[Row], cuts: Sequence[date]
) -> dict[str, str]:
    """``change_last`` and ``change_year`` as texts; empty where a period is unknown or in part, or its meaning changed.

    periods: of the indicator, oldest first. cuts: the days from which its values mean something else.
    """
    done = [period for period in periods if through is not None and period["end"] - timedelta(days=1) <= through]
    if not done:
        return {"change_last": "", "change_year": ""}
    newest, before = done[-1], done[-2] if len(done) > 1 else None
    year = "year_ago_change" if is_percent(row["unit"]) else "year_ago_change_pct"
    return {
        "change_last": _text(t, row, _since_before(row, before, newest, cuts)),
        "change_year": _text(t, row, newest[year]),
    }


def _since_before(row: Row, before: Row | None, now: Row, cuts: Sequence[date]) -> float | None:
    """In points for a figure in per cent, in per cent for any other. None where like cannot be compared with like."""
    if before is None or before["end"] != now["start"]:
        return None
    if any(one["value"] is None or one["completeness"] < 1 for one in (before, now)):
        return None
    if any(before["start"] < cut < now["end"] for cut in cuts):
        return None
    difference: float = now["value"] - before["value"]
    if is_percent(row["unit"]):
        return difference
    return 100 * difference / before["value"] if before["value"] > 0 else None


def _text(t: Language, row: Row, change: float | None) -> str:
    if change is None:
        return ""
    if is_percent(row["unit"]):
        return t("change.points", value=_signed(t, round(change, 1)))
    return t("percent", value=_signed(t, round(change)))


def _signed(t: Language, value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{t.number(abs(value)) or '0'}"
