"""What the chart of an indicator shows, and how it follows from the published rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reports.chart_periods import as_whole, middle_day, partial_ends
from reports.language import Language
from reports.site.published_rows import Published
from warehouse.published_tables import Row

LONG_CLOSURE = {"day": 1, "week": 7}
FOUR_WEEKS = 28
"""Days that a closure lasts at least to be shown, by the length of a period."""
FAN = ("low_95", "low_80", "mean", "high_80", "high_95")
Values = Sequence[float | None]


@dataclass(frozen=True)
class ChartOutlook:
    """What lies ahead of the newest period; None where unknown or not on the scale of one period.

    ``forecast``: low, middle and high for the due day; ``expected_path``: from the newest period to the due day;
    ``fan``: the forecast of each period to come, in the order of ``FAN``.
    """

    due: date
    target: float | None = None
    band: tuple[float, float] | None = None
    forecast: tuple[float, float, float] | None = None
    expected_path: Sequence[tuple[date, float]] = ()
    fan: Sequence[tuple[date, Sequence[float]]] = ()


@dataclass(frozen=True)
class ChartLimits:
    """The control chart, one item a period, None outside it; ``changes``: what a signal means, or "none"."""

    mean: Values
    low: Values
    high: Values
    changes: Sequence[str | None]


@dataclass(frozen=True)
class ChartData:
    """What is drawn. ``days`` are the middles of the periods; ``values`` to ``uncertain`` have one item a period.

    ``uncertain``: may still change, or is incomplete; ``cuts``: days from which the values are not comparable with
    those before; ``partial_ends``: positions to which no line is drawn; ``earlier``: name and points of years before,
    moved to these days; ``name``: of the chart, for the ids in it.
    """

    title: str
    description: str
    days: Sequence[date]
    values: Values
    expected: Values
    low: Values
    high: Values
    uncertain: Sequence[bool]
    ahead: ChartOutlook | None = None
    breaks: Sequence[tuple[date, str]] = ()
    activities: Sequence[tuple[date, str]] = ()
    closures: Sequence[tuple[date, date]] = ()
    cuts: Sequence[date] = ()
    partial_ends: Collection[int] = ()
    limits: ChartLimits | None = None
    earlier: Sequence[tuple[str, Sequence[tuple[date, float]]]] = ()
    unit: str = ""
    name: str = "chart"


@dataclass(frozen=True)
class Events:
    """What falls into the span of the chart, oldest first.

    Breaks go by letter, activities by number, closures by first day, last day and reason. Closures to come are
    included; those too short to be seen are not.
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
    spans = [(max(start, first), min(last or until, until), reason) for start, last, reason in published.plan.closures]
    shortest = LONG_CLOSURE.get(row["period"], FOUR_WEEKS)
    return Events(
        [(letter_of(at), one) for at, one in enumerate(breaks)],
        [(str(at), one) for at, one in enumerate(activities, 1)],
        [span for span in spans if (span[1] - span[0]).days + 1 >= shortest],
    )


def letter_of(at: int) -> str:
    """A, B, … Z, AA, AB, …"""
    return (letter_of(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def chart_data(published: Published, t: Language, row: Row, events: Events, periods: Sequence[Row]) -> ChartData:
    """The chart of ``periods`` with the ``events`` that fall into them."""
    periods = as_whole(periods)
    yearly = row["indicator_id"] in published.plan.yearly
    ahead = _outlook(published, row, periods) if row["due"] else None
    if ahead and not yearly:  # the target of a year is not on the scale of a period
        forecast = forecast_of(published.verdicts[row["indicator_id"]])
        ahead = replace(ahead, target=row["needed"], band=band_of(row), forecast=forecast)
    return ChartData(
        title=t("chart.title", title=row["title"]),
        description=_description(t, row, periods),
        days=[middle_day(period) for period in periods],
        values=[period["value"] for period in periods],
        expected=[period["expected"] for period in periods],
        low=[period["value_low"] for period in periods],
        high=[period["value_high"] for period in periods],
        uncertain=[period["provisional"] or period["completeness"] < 1 for period in periods],
        ahead=ahead,
        breaks=[(one["day"], letter) for letter, one in events.breaks],
        activities=[(one["date"], number) for number, one in events.activities],
        closures=[(first, last) for first, last, _ in events.closures],
        partial_ends=partial_ends(periods),
        cuts=[one["day"] for _, one in events.breaks if not one["spliced"]],
        limits=_limits(periods),
        unit=row["unit"],
        name="course",
    )


def _limits(periods: Sequence[Row]) -> ChartLimits | None:
    """None where none of the periods has a control chart."""
    mean, low, high, changes = (
        [period[name] for period in periods] for name in ("chart_mean", "chart_low", "chart_high", "chart_change")
    )
    return ChartLimits(mean, low, high, changes) if any(value is not None for value in mean) else None


def _description(t: Language, row: Row, periods: Sequence[Row]) -> str:
    known = [period for period in periods if period["value"] is not None]
    least, most = (extreme(known, key=lambda period: period["value"]) for extreme in (min, max))
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


def _outlook(published: Published, row: Row, periods: Sequence[Row]) -> ChartOutlook:
    """The fan, and what the path expects from the newest past period on."""
    forecasts, path = (rows.get(row["indicator_id"], ()) for rows in (published.forecasts, published.paths))
    newest = [period for period in periods if period["expected"] is not None][-1:]
    return ChartOutlook(
        row["due"],
        expected_path=[(middle_day(one), one["expected"]) for one in (*newest, *path)] if path else [],
        fan=[(middle_day(one), tuple(one[name] for name in FAN)) for one in forecasts],
    )


def band_of(row: Row) -> tuple[float, float] | None:
    return None if row["target_low"] is None or row["target_high"] is None else (row["target_low"], row["target_high"])


def forecast_of(verdict: Row) -> tuple[float, float, float] | None:
    """The checked forecast for the due day: low, middle, high."""
    low, due, high = (verdict[name] for name in ("forecast_low", "forecast_due", "forecast_high"))
    return None if low is None or due is None or high is None else (low, due, high)
