"""The year that the verdict is on, added up: against the path, the target and the forecast of the year's total, where a year has one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import isnan
from typing import Any

import pandas as pd

from reports.site.chart import ChartData, ChartOutlook, draw
from reports.site.chart_data import band_of, forecast_of
from reports.site.language import Language
from reports.site.legend import legend
from reports.site.published_rows import Published, Row
from transforms.pacing.target_years import anniversary, years_left

ONE_DAY = timedelta(days=1)
Closure = tuple[date, date, str]


@dataclass(frozen=True)
class Step:
    """The end of a period of the year. total: what was counted by then; expected: what the path expects by then; None where unknown.

    unsure: may still change; ahead: still to come.
    """

    start: date
    end: date
    total: float | None
    expected: float | None
    unsure: bool
    ahead: bool


@dataclass(frozen=True)
class Year:
    """``[begins, ends)``; target, band and forecast (low, middle, high) are of the year that ends with the due day, None of one before it."""

    begins: date
    ends: date
    steps: Sequence[Step]
    target: float | None
    band: tuple[float, float] | None
    forecast: tuple[float, float, float] | None

    @property
    def newest(self) -> Step:
        """The newest step that is known, and settled if one is."""
        known = [step for step in self.steps if step.total is not None]
        return next((step for step in reversed(known) if not step.unsure), known[-1])


def year_page(published: Published, t: Language, row: Row, closures: Sequence[Closure]) -> dict[str, Any] | None:
    """What the page shows of the year; None where no total of a year can be shown: a rate does not add up."""
    year = year_of(published, row)
    if year is None:
        return None
    told = _told(t, row, year)
    picture = _picture(t, row, year, told)
    shut = [(max(first, year.begins), min(last, year.ends - ONE_DAY)) for first, last, _ in closures]
    picture = replace(picture, closures=[(first, last) for first, last in shut if first <= last])
    return {
        "total": t.number(year.newest.total),
        "told": told,
        "chart": draw(picture, t),
        "legend": legend(picture),
        "rows": [*_goal(t, row, year), *(_line(t, row, step) for step in reversed(year.steps))],
    }


def year_of(published: Published, row: Row) -> Year | None:
    """The year of the last judged period. None where that is not known, or figures before and after a break in it do not add up."""
    name = row["indicator_id"]
    verdict = published.verdicts[name]
    if (
        name not in published.plan_details.yearly
        or row["kind"] != "flow"
        or row["due"] is None
        or verdict["through"] is None
    ):
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
    """The year that holds ``day``, of those that end before ``until`` and its anniversaries."""
    due, within = (pd.Series([pd.Timestamp(one)]) for one in (until, day))
    begins, ends = (anniversary(due, years_left(within, due) + back).iloc[0].date() for back in (1, 0))
    return begins, ends


def _steps(periods: Sequence[Row], ahead: Sequence[Row], verdict: Row) -> Iterator[Step]:
    """Running totals, each up to the first figure that is not known. Past the judged periods only whole ones are added."""
    total, expected = 0.0, 0.0
    through = verdict["through"] if verdict["value"] is not None else date.min
    for period in periods:
        closed = "closed" in (period["flags"] or ())
        counted = period["end"] - ONE_DAY <= through or period["completeness"] >= 1
        value = 0.0 if closed and period["value"] is None else period["value"]
        total = _sum(total, value if counted else None)
        expected = _sum(expected, period["expected"])
        yield Step(
            period["start"], period["end"], _known(total), _known(expected), bool(period["provisional"]), ahead=False
        )
    for one in ahead:
        expected = _sum(expected, one["expected"])
        yield Step(one["start"], one["end"], None, _known(expected), unsure=False, ahead=True)


def _sum(total: float, more: float | None) -> float:
    return total + (float("nan") if more is None else more)


def _known(total: float) -> float | None:
    return None if isnan(total) else total


def _told(t: Language, row: Row, year: Year) -> str:
    """Where the year stands, in words that follow on its total and the unit."""
    now, due, whole = year.newest, t.day(row["due"]), year.steps[-1]
    parts = [t("year.text", first=t.day(year.begins), last=t.day(now.end - ONE_DAY))]
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


def _picture(t: Language, row: Row, year: Year, told: str) -> ChartData:
    """Each total stands at the last day of its period; the year begins with 0."""
    past, ahead = [step for step in year.steps if not step.ahead], [step for step in year.steps if step.ahead]
    led = past[0].expected is not None
    blank = [None] * (len(past) + 1)
    expected_path = [(step.end - ONE_DAY, step.expected) for step in (past[-1], *ahead) if step.expected is not None]
    return ChartData(
        name="year",
        title=t("year.title", title=row["title"]),
        description=f"{t.number(year.newest.total)} {row['unit']} {told} {t('year.below')}",
        days=[year.begins, *(step.end - ONE_DAY for step in past)],
        values=[0.0, *(step.total for step in past)],
        expected=[0.0 if led else None, *(step.expected for step in past)],
        low=blank,
        high=blank,
        uncertain=[False, *(step.unsure and step.total is not None for step in past)],
        ahead=ChartOutlook(year.ends - ONE_DAY, year.target, year.band, year.forecast, expected_path),
    )


def _goal(t: Language, row: Row, year: Year) -> Iterator[dict[str, str]]:
    """The forecast beside the target, as a row of the table."""
    if year.forecast is not None:
        low, middle, high = (t.number(figure) for figure in year.forecast)
        interval = t("interval", low=low, high=high)
        yield {
            "name": t.day(row["due"]),
            "total": middle,
            "interval": interval,
            "expected": t.number(year.target),
            "know": t("table.year_forecast"),
        }


def _line(t: Language, row: Row, step: Step) -> dict[str, str]:
    total = "" if step.ahead else t.number(step.total) or t("not_known")
    know = t("flag.provisional") if step.unsure and step.total is not None else ""
    return {
        "name": t.period(row["period"], step.start),
        "total": total,
        "interval": "",
        "expected": t.number(step.expected),
        "know": know,
    }
