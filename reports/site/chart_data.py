"""From the published rows of an indicator to what its chart draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from reports.chart_periods import middle_day, partial_ends
from reports.site.chart import ChartData, ChartOutlook
from reports.site.language import Language
from reports.site.published_rows import Published, Row

LONG_CLOSURE = {"day": 1, "week": 7}
FOUR_WEEKS = 28
FAN = ("low_95", "low_80", "mean", "high_80", "high_95")


@dataclass(frozen=True)
class Events:
    """What falls into the chart's span, oldest first; closures, also those to come, unless they are too short to be seen.

    Breaks go by letter and activities by number, closures by first and last day.
    """

    breaks: Sequence[tuple[str, Row]]
    activities: Sequence[tuple[str, Row]]
    closures: Sequence[tuple[date, date, str]]


def chart_events(published: Published, row: Row, periods: Sequence[Row]) -> Events:
    if not periods:
        return Events((), (), ())
    first, end = periods[0]["start"], periods[-1]["end"]
    breaks = [one for one in published.breaks.get(row["indicator_id"], ()) if first < one["day"] < end]
    activities = [
        one
        for one in published.activities.values()
        if row["indicator_id"] in (one["indicators"] or ()) and first <= one["date"] < end
    ]
    until = max(end, row["due"]) if row["due"] else end
    spans = [
        (max(start, first), min(last or until, until), reason)
        for start, last, reason in published.plan_details.closures
    ]
    return Events(
        [(letter_of(at), one) for at, one in enumerate(breaks)],
        [(str(at), one) for at, one in enumerate(activities, 1)],
        [span for span in spans if (span[1] - span[0]).days + 1 >= LONG_CLOSURE.get(row["period"], FOUR_WEEKS)],
    )


def letter_of(at: int) -> str:
    """A, B, … Z, AA, AB, …"""
    return (letter_of(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def chart_data(published: Published, t: Language, row: Row, seen: Events, periods: Sequence[Row]) -> ChartData:
    """``periods``: those that are shown; ``seen``: what falls into them."""
    verdict, yearly = published.verdicts[row["indicator_id"]], row["indicator_id"] in published.plan_details.yearly
    ahead = _ahead(published, row, periods) if row["due"] else None
    if ahead and not yearly:  # else they are of a year, and not on the scale of a period
        ahead = replace(ahead, target=row["target_value"], band=band_of(row), forecast=forecast_of(verdict))
    return ChartData(
        title=t("chart.title", title=row["title"]),
        description=_described(t, row, periods),
        days=[middle_day(period) for period in periods],
        values=[row["value"] for row in periods],
        expected=[row["expected"] for row in periods],
        low=[row["value_low"] for row in periods],
        high=[row["value_high"] for row in periods],
        uncertain=[row["provisional"] or row["completeness"] < 1 for row in periods],
        ahead=ahead,
        breaks=[(one["day"], letter) for letter, one in seen.breaks],
        activities=[(one["date"], number) for number, one in seen.activities],
        closures=[(first, last) for first, last, _ in seen.closures],
        partial_ends=partial_ends(periods),
        cuts=[one["day"] for _, one in seen.breaks if not one["spliced"]],
    )


def _described(t: Language, row: Row, periods: Sequence[Row]) -> str:
    known = [period for period in periods if period["value"] is not None]
    least, most = (chosen(known, key=lambda period: period["value"]) for chosen in (min, max))
    return t(
        "chart.text",
        unit=row["unit"],
        first=t.period(row["period"], known[0]["start"]),
        last=t.period(row["period"], known[-1]["start"]),
        newest=t.number(known[-1]["value"]),
        least=t.number(least["value"]),
        least_at=t.period(row["period"], least["start"]),
        most=t.number(most["value"]),
        most_at=t.period(row["period"], most["start"]),
    )


def _ahead(published: Published, row: Row, periods: Sequence[Row]) -> ChartOutlook:
    """The fan, and what the path expects of the periods to come, from the newest one on that has been."""
    forecasts, path = (rows.get(row["indicator_id"], ()) for rows in (published.forecasts, published.paths))
    newest = [period for period in periods if period["expected"] is not None][-1:]
    expected_path = [(middle_day(one), one["expected"]) for one in (*newest, *path)] if path else []
    return ChartOutlook(
        row["due"],
        expected_path=expected_path,
        fan=[(middle_day(one), tuple(one[name] for name in FAN)) for one in forecasts],
    )


def band_of(row: Row) -> tuple[float, float] | None:
    return None if row["target_low"] is None or row["target_high"] is None else (row["target_low"], row["target_high"])


def forecast_of(verdict: Row) -> tuple[float, float, float] | None:
    """The checked forecast for the due day: low, middle, high."""
    low, due, high = (verdict[name] for name in ("forecast_low", "forecast_due", "forecast_high"))
    return None if low is None or due is None or high is None else (low, due, high)
