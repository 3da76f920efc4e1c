"""The picture of the year so far: its sentence, its chart and the rows of its table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from reports.language import Language
from reports.site.chart_data import ChartData, ChartOutlook
from reports.site.course_picture import Stretch, picture_of
from reports.site.picture import Picture
from reports.site.yearly import ONE_DAY, Step, Year
from reports.site.years_before import Totals, years_earlier
from warehouse.published_tables import Row

Closure = tuple[date, date, str]
ALIKE = 0.005
"""Totals that differ by less than this share are called alike."""


def year_picture(t: Language, spoken: Language, row: Row, year: Year, closures: Sequence[Closure]) -> Picture:
    """What the page shows of the year; ``spoken``: the language with dates in full, for sentences."""
    within = [(max(first, year.begins), min(last, year.ends - ONE_DAY)) for first, last, _ in closures]
    message, notes = _message(spoken, row, year), _sentences(spoken, row, year)
    chart = _chart(t, row, year, " ".join([f"{message}.", *notes, t("year.below")]))
    chart = replace(chart, closures=[(first, last) for first, last in within if first <= last])
    past = [Stretch(_until(t, step), year.begins, step.end - ONE_DAY, _notes(t, step)) for step in _past(year)]
    return picture_of(chart, t, message, [None, *past], notes=notes if year.has_target else [])


def year_rows(t: Language, row: Row, year: Year) -> list[dict[str, str]]:
    """The rows of the table, the latest first."""
    return [*_forecast_row(t, row, year), *(_step_row(t, row, step) for step in reversed(year.steps))]


def _past(year: Year) -> list[Step]:
    return [step for step in year.steps if not step.ahead]


def _until(t: Language, step: Step) -> str:
    return t("readout.until", day=t.day(step.end - ONE_DAY))


def _notes(t: Language, step: Step) -> list[str]:
    marks = {"flag.provisional": step.provisional and step.total is not None, "table.year_estimated": step.estimated}
    return [t(key) for key, shown in marks.items() if shown]


def _message(t: Language, row: Row, year: Year) -> str:
    """The total, and how it compares with the year before up to the same day, or else with the path."""
    now, before = year.newest, year.before
    figures = {"total": t.number(now.total), "unit": row["unit"]}
    span = {"first": t.day(year.begins), "last": t.day(now.end - ONE_DAY)}
    if before and now.total is not None:
        change = now.total / before - 1
        key = "message.year_more" if change > 0 else "message.year_fewer"
        key = "message.year_same" if abs(change) < ALIKE else key
        return t(key, **figures, **span, share=t.percent(abs(change)))
    if now.expected is not None:
        return t("message.year_path", **figures, **span, expected=t.number(now.expected))
    return t("message.year_alone", **figures, **span)


def _sentences(t: Language, row: Row, year: Year) -> list[str]:
    """What is expected, aimed at and forecast."""
    now, due, whole = year.newest, t.day(row["due"]), year.steps[-1]
    parts = []
    if any(step.estimated and step.end <= now.end for step in year.steps):
        parts.append(t("year.text_estimated"))
    if now.expected is not None:
        parts.append(t("year.text_expected", expected=t.number(now.expected)))
    if year.target is not None:
        parts.append(t("year.text_target", target=t.number(year.target), due=due))
    if year.forecast is not None:
        low, middle, high = (t.number(figure) for figure in year.forecast)
        parts.append(t("year.text_forecast", value=middle, low=low, high=high))
    if year.has_target and year.ends <= row["due"] and whole.end == year.ends and whole.expected is not None:
        parts.append(t("year.text_step", expected=t.number(whole.expected), due=due))
    return parts


def _chart(t: Language, row: Row, year: Year, description: str) -> ChartData:
    """Each total is drawn at the last day of its period; the year begins with 0."""
    past, ahead = _past(year), [step for step in year.steps if step.ahead]
    blank = [None] * (len(past) + 1)
    expected_path = [(step.end - ONE_DAY, step.expected) for step in (past[-1], *ahead) if step.expected is not None]
    return ChartData(
        name="year",
        title=t("year.title", title=row["title"]),
        description=description,
        days=[year.begins, *(step.end - ONE_DAY for step in past)],
        values=[0.0, *(step.total for step in past)],
        expected=[None if past[0].expected is None else 0.0, *(step.expected for step in past)],
        low=blank,
        high=blank,
        uncertain=[False, *(step.provisional and step.total is not None for step in past)],
        ahead=ChartOutlook(year.ends - ONE_DAY, year.target, year.band, year.forecast, expected_path),
        earlier=[_moved_to(year, begins, totals) for begins, totals in reversed(year.earlier)],
        unit=row["unit"],
    )


def _moved_to(year: Year, begins: date, totals: Totals) -> tuple[str, list[tuple[date, float]]]:
    """The name of a year before, and its totals at the days of this year."""
    back = begins.year - year.begins.year
    points = [(years_earlier(end, back) - ONE_DAY, total) for end, total in totals]
    name = str(begins.year) if begins.month == 1 else f"{begins.year}/{(begins.year + 1) % 100:02d}"
    return name, [(year.begins, 0.0), *points]


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
    return {
        "name": t.period(row["period"], step.start),
        "total": total,
        "interval": "",
        "expected": t.number(step.expected),
        "notes": ", ".join(_notes(t, step)),
    }
