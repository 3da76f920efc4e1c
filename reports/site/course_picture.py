"""The pictures that are drawn over time, the course and the year so far, from their data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reports.language import Language
from reports.site.chart_data import ChartData
from reports.site.course_axes import domain_of
from reports.site.course_chart import NARROW, WIDE, draw_course
from reports.site.legend import legend
from reports.site.picture import Cell, Picture, Readout
from reports.site.plot import Domain, Size

HALF = Size("wide", 600, 330, 14)
COLUMNS = ("first_day", "last_day", "value", "low", "high", "expected", "may_change", "kind")
LIKELY, WIDER = "forecast_80", "forecast_95"


@dataclass(frozen=True)
class Stretch:
    """What a value of the chart is of: its name, its first and last day, and what is noted beside it."""

    name: str
    first: date
    last: date
    notes: Sequence[str] = ()


def picture_of(
    chart: ChartData,
    t: Language,
    message: str,
    past: Sequence[Stretch | None],
    ahead: Sequence[Stretch] = (),
    notes: Sequence[str] = (),
) -> Picture:
    """past: of each value of the chart, None of one that is only drawn. ahead: of each period of the fan."""
    return Picture(
        name=chart.name,
        message=message,
        wide=draw_course(chart, t, WIDE if chart.name == "course" else HALF),
        narrow=draw_course(chart, t, NARROW),
        legend=legend(chart),
        columns=COLUMNS,
        rows=[*_past_rows(chart, past), *_ahead_rows(chart, ahead)],
        readouts=[*_past(chart, t, past), *_ahead(chart, t, ahead)],
        first=_newest(chart, past),
        notes=notes,
    )


def _newest(chart: ChartData, past: Sequence[Stretch | None]) -> int:
    """Which readout is of the newest value."""
    return max(sum(of is not None and one is not None for of, one in zip(past, chart.values, strict=True)) - 1, 0)


def readout(domain: Domain, x: float, y: float, text: str) -> Readout:
    """A readout at a place in the units of the data."""
    across, up = domain.right - domain.left or 1.0, domain.top - domain.bottom or 1.0
    return Readout((x - domain.left) / across, (domain.top - y) / up, text)


def _past(chart: ChartData, t: Language, past: Sequence[Stretch | None]) -> Iterator[Readout]:
    domain, changes = domain_of(chart), chart.limits.changes if chart.limits else [None] * len(chart.days)
    for at, (of, day, value) in enumerate(zip(past, chart.days, chart.values, strict=True)):
        if of is None or value is None:
            continue
        said = [t("readout", period=of.name, value=t.number(value), unit=chart.unit)]
        low, high, expected = chart.low[at], chart.high[at], chart.expected[at]
        if low is not None and high is not None:
            said.append(t("readout.interval", low=t.number(low), high=t.number(high)))
        if expected is not None:
            said.append(t("readout.expected", value=t.number(expected)))
        said += [*of.notes, *([t(f"beyond.{changes[at]}")] if changes[at] not in {None, "none"} else [])]
        yield readout(domain, day.toordinal(), value, t("between_clauses").join(said))


def _ahead(chart: ChartData, t: Language, ahead: Sequence[Stretch]) -> Iterator[Readout]:
    outlook = chart.ahead
    if outlook is None:
        return
    domain = domain_of(chart)
    for of, (day, (_, low, mean, high, _)) in zip(ahead, outlook.fan, strict=True):
        ends = {"low": t.number(low), "high": t.number(high)}
        said = t("readout.forecast", period=of.name, value=t.number(mean), unit=chart.unit, **ends)
        yield readout(domain, day.toordinal(), mean, said)
    if outlook.forecast:
        low, mean, high = outlook.forecast
        ends = {"low": t.number(low), "high": t.number(high)}
        said = t("readout.forecast", period=t.day(outlook.due), value=t.number(mean), unit=chart.unit, **ends)
        if outlook.target is not None:
            said += t("between_clauses") + t("readout.target", value=t.number(outlook.target))
        yield readout(domain, outlook.due.toordinal(), mean, said)


def _past_rows(chart: ChartData, past: Sequence[Stretch | None]) -> Iterator[Sequence[Cell]]:
    figures = zip(chart.values, chart.low, chart.high, chart.expected, chart.uncertain, strict=True)
    for of, (value, low, high, expected, uncertain) in zip(past, figures, strict=True):
        if of is not None:
            yield of.first.isoformat(), of.last.isoformat(), value, low, high, expected, _yes(uncertain), "value"


def _ahead_rows(chart: ChartData, ahead: Sequence[Stretch]) -> Iterator[Sequence[Cell]]:
    """The forecasts, each with its interval of 80 and of 95 per cent, then the one for the due day and the target."""
    outlook = chart.ahead
    if outlook is None:
        return
    for of, (_, (low_95, low, mean, high, high_95)) in zip(ahead, outlook.fan, strict=True):
        days = of.first.isoformat(), of.last.isoformat()
        yield *days, mean, low, high, None, "", LIKELY
        yield *days, mean, low_95, high_95, None, "", WIDER
    due = outlook.due.isoformat()
    if outlook.forecast:
        low, mean, high = outlook.forecast
        yield due, due, mean, low, high, None, "", "forecast_due"
    if outlook.target is not None:
        yield due, due, outlook.target, None, None, None, "", "target"
    if outlook.band:
        yield due, due, None, *outlook.band, None, "", "band"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
