"""The year that a verdict is on: its running total against the path, the target and the forecast of the year."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import isnan
from typing import Any

import pandas as pd

from reports.chart_periods import as_whole, is_estimated
from reports.language import Language
from reports.site.chart import draw
from reports.site.chart_data import ChartData, ChartOutlook, band_of, forecast_of
from reports.site.legend import legend
from reports.site.published_rows import Published
from transforms.pacing.target_years import anniversary, years_left
from warehouse.published_tables import Row

ONE_DAY = timedelta(days=1)
Closure = tuple[date, date, str]


@dataclass(frozen=True)
class Step:
    """The totals at the end of one period of the year; None where unknown.

    ``total``: counted since the year began; ``expected``: by the path; ``provisional``: may still change;
    ``estimated``: a part of the period is missing, and the total has an estimate of its whole;
    ``ahead``: the period is still to come.
    """

    start: date
    end: date
    total: float | None
    expected: float | None
    provisional: bool
    estimated: bool
    ahead: bool


@dataclass(frozen=True)
class Year:
    """The year ``[begins, ends)`` in steps.

    Target, band and forecast (low, middle, high) belong to the year that ends on the due day; None for earlier years.
    """

    begins: date
    ends: date
    steps: Sequence[Step]
    target: float | None
    band: tuple[float, float] | None
    forecast: tuple[float, float, float] | None

    @property
    def newest(self) -> Step:
        """The newest settled step with a total, or the newest provisional one where none is settled."""
        known = [step for step in self.steps if step.total is not None]
        return next((step for step in reversed(known) if not step.provisional), known[-1])


def year_page(published: Published, t: Language, row: Row, closures: Sequence[Closure]) -> dict[str, Any] | None:
    """What the page shows of the year; None where it has no total, as for a rate."""
    year = year_of(published, row)
    if year is None:
        return None
    sentence = _sentence(t, row, year)
    within = [(max(first, year.begins), min(last, year.ends - ONE_DAY)) for first, last, _ in closures]
    chart = _chart(t, row, year, sentence)
    chart = replace(chart, closures=[(first, last) for first, last in within if first <= last])
    return {
        "total": t.number(year.newest.total),
        "sentence": sentence,
        "chart": draw(chart, t),
        "legend": legend(chart),
        "rows": [*_forecast_row(t, row, year), *(_step_row(t, row, step) for step in reversed(year.steps))],
    }


def year_of(published: Published, row: Row) -> Year | None:
    """The year of the last judged period; None where there is none, or where a break in it keeps its values apart."""
    name = row["indicator_id"]
    verdict = published.verdicts[name]
    if name not in published.plan.yearly or row["kind"] != "flow" or row["due"] is None or verdict["through"] is None:
        return None
    begins, ends = _span(row["due"] + ONE_DAY, verdict["through"])
    if any(begins < one["day"] < ends and not one["spliced"] for one in published.breaks.get(name, ())):
        return None
    periods = [period for period in published.periods.get(name, ()) if begins <= period["start"] < ends]
    known = periods[-1]["end"] if periods else begins
    ahead = [one for one in published.paths.get(name, ()) if known <= one["start"] < ends]
    steps = list(_steps(periods, ahead, verdict))
    if not any(step.total is not None for step in steps):
        return None
    if ends <= row["due"]:
        return Year(begins, ends, steps, None, None, None)
    return Year(begins, ends, steps, row["target_value"], band_of(row), forecast_of(verdict))


def _span(until: date, day: date) -> tuple[date, date]:
    """First day and end of the year that holds ``day``; years end before ``until`` and its anniversaries."""
    due, within = (pd.Series([pd.Timestamp(one)]) for one in (until, day))
    begins, ends = (anniversary(due, years_left(within, due) + back).iloc[0].date() for back in (1, 0))
    return begins, ends


def _steps(periods: Sequence[Row], ahead: Sequence[Row], verdict: Row) -> Iterator[Step]:
    """Running totals, each up to the first unknown value. After the judged periods only complete ones are added."""
    total, expected = 0.0, 0.0
    through = verdict["through"] if verdict["value"] is not None else date.min
    for period in as_whole(periods):
        closed = "closed" in (period["flags"] or ())
        counted = period["end"] - ONE_DAY <= through or period["completeness"] >= 1
        value = 0.0 if closed and period["value"] is None else period["value"]
        total = _sum(total, value if counted else None)
        expected = _sum(expected, period["expected"])
        provisional, estimated = bool(period["provisional"]), is_estimated(period)
        yield Step(
            period["start"], period["end"], _or_none(total), _or_none(expected), provisional, estimated, ahead=False
        )
    for one in ahead:
        expected = _sum(expected, one["expected"])
        yield Step(one["start"], one["end"], None, _or_none(expected), provisional=False, estimated=False, ahead=True)


def _sum(total: float, more: float | None) -> float:
    return total + (float("nan") if more is None else more)


def _or_none(total: float) -> float | None:
    return None if isnan(total) else total


def _sentence(t: Language, row: Row, year: Year) -> str:
    """What follows the total and its unit: the span, and what is expected, aimed at and forecast."""
    now, due, whole = year.newest, t.day(row["due"]), year.steps[-1]
    parts = [t("year.text", first=t.day(year.begins), last=t.day(now.end - ONE_DAY))]
    if any(step.estimated and step.end <= now.end for step in year.steps):
        parts.append(t("year.text_estimated"))
    if now.expected is not None:
        parts.append(t("year.text_expected", expected=t.number(now.expected)))
    if year.target is not None:
        parts.append(t("year.text_target", target=t.number(year.target), due=due))
    if year.forecast is not None:
        low, middle, high = (t.number(figure) for figure in year.forecast)
        parts.append(t("year.text_forecast", value=middle, low=low, high=high))
    if year.ends <= row["due"] and whole.end == year.ends and whole.expected is not None:
        parts.append(t("year.text_step", expected=t.number(whole.expected), due=due))
    return " ".join(parts)


def _chart(t: Language, row: Row, year: Year, sentence: str) -> ChartData:
    """Each total is drawn at the last day of its period; the year begins with 0."""
    past, ahead = [step for step in year.steps if not step.ahead], [step for step in year.steps if step.ahead]
    blank = [None] * (len(past) + 1)
    expected_path = [(step.end - ONE_DAY, step.expected) for step in (past[-1], *ahead) if step.expected is not None]
    return ChartData(
        name="year",
        title=t("year.title", title=row["title"]),
        description=f"{t.number(year.newest.total)} {row['unit']} {sentence} {t('year.below')}",
        days=[year.begins, *(step.end - ONE_DAY for step in past)],
        values=[0.0, *(step.total for step in past)],
        expected=[None if past[0].expected is None else 0.0, *(step.expected for step in past)],
        low=blank,
        high=blank,
        uncertain=[False, *(step.provisional and step.total is not None for step in past)],
        ahead=ChartOutlook(year.ends - ONE_DAY, year.target, year.band, year.forecast, expected_path),
    )


def _forecast_row(t: Language, row: Row, year: Year) -> Iterator[dict[str, str]]:
    """The forecast and the target as a row of the table; none where there is no forecast."""
    if year.forecast is not None:
        low, middle, high = (t.number(figure) for figure in year.forecast)
        interval = t("interval", low=low, high=high)
        yield {
            "name": t.day(row["due"]),
            "total": middle,
            "interval": interval,
            "expected": t.number(year.target),
            "notes": t("table.year_forecast"),
        }


def _step_row(t: Language, row: Row, step: Step) -> dict[str, str]:
    total = "" if step.ahead else t.number(step.total) or t("not_known")
    marks = {"flag.provisional": step.provisional and step.total is not None, "table.year_estimated": step.estimated}
    notes = ", ".join(t(key) for key, shown in marks.items() if shown)
    return {
        "name": t.period(row["period"], step.start),
        "total": total,
        "interval": "",
        "expected": t.number(step.expected),
        "notes": notes,
    }
