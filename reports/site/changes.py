"""How the judged period compares with the one before and with that of a year before, where like can be compared."""

from collections.abc import Sequence
from datetime import date, timedelta

from reports.chart_periods import as_whole
from reports.language import Language
from warehouse.published_tables import Row

WHOLE = 0.999
WEEKS_OF_A_YEAR = timedelta(days=364)
PER_CENT = "%"


def changes(
    t: Language, row: Row, through: date | None, periods: Sequence[Row], cuts: Sequence[date]
) -> dict[str, str]:
    """``change_last`` and ``change_year`` as texts; empty where a period is unknown or in part, or its meaning changed.

    periods: of the indicator, oldest first. cuts: the days from which its values mean something else.
    """
    by_start = {period["start"]: period for period in as_whole(periods)}
    done = [start for start, period in by_start.items() if through is not None and _last(period) <= through]
    if not done:
        return {"change_last": "", "change_year": ""}
    newest = by_start[max(done)]
    before = next((one for one in by_start.values() if one["end"] == newest["start"]), None)
    return {
        "change_last": _change(t, row["unit"], before, newest, cuts),
        "change_year": _change(t, row["unit"], by_start.get(_a_year_before(row, newest["start"])), newest, cuts),
    }


def _last(period: Row) -> date:
    last: date = period["end"] - timedelta(days=1)
    return last


def _a_year_before(row: Row, start: date) -> date:
    """The same month or quarter of the year before, or the week or day 52 weeks before."""
    return start - WEEKS_OF_A_YEAR if row["period"] in {"day", "week"} else start.replace(year=start.year - 1, day=1)


def _change(t: Language, unit: str, before: Row | None, now: Row, cuts: Sequence[date]) -> str:
    if before is None or any(one["value"] is None or one["completeness"] < WHOLE for one in (before, now)):
        return ""
    if any(before["start"] < cut < now["end"] for cut in cuts):
        return ""
    old, new = before["value"], now["value"]
    if unit == PER_CENT:
        return t("change.points", value=_signed(t, round(new - old, 1)))
    return t("percent", value=_signed(t, round((new / old - 1) * 100))) if old > 0 else ""


def _signed(t: Language, value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{t.number(abs(value)) or '0'}"
