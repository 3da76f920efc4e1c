"""The axes of a chart over time: what they span, their ticks, and what is labelled at its right end."""

from datetime import date, timedelta
from itertools import pairwise

from reports.language import Language
from reports.site.chart_data import ChartData
from reports.site.plot import Domain, Plot, value_ticks


def end_labels(chart: ChartData, t: Language, *, short: bool) -> list[tuple[str, float, str]]:
    """Class, value and text of what is labelled at the right end; ``short``: without the figures."""

    def text(key: str, value: float) -> str:
        word = t(key)
        return word if short else t("mark.with_value", mark=word, value=t.number(value))

    ahead = chart.ahead
    found = [("ly", points[-1][1], name) for name, points in chart.earlier]
    expected = [value for value in chart.expected if value is not None]
    if ahead and ahead.expected_path:
        expected.append(ahead.expected_path[-1][1])
    if expected:
        found.append(("le", expected[-1], text("mark.path", expected[-1])))
    if ahead is None:
        return found
    if ahead.target is not None:
        found.append(("le", ahead.target, text("mark.target", ahead.target)))
    if ahead.band:
        found += [("le", end, text("mark.band", end)) for end in ahead.band]
    if ahead.forecast:
        found.append(("la", ahead.forecast[1], text("mark.forecast", ahead.forecast[1])))
    if ahead.fan:
        fan = ahead.fan[-1][1]
        found += [("la", fan[4], t("percent", value=95)), ("la", fan[3], t("percent", value=80))]
    return found


def last_day(chart: ChartData) -> float:
    """The last day that is drawn."""
    last = chart.days[-1].toordinal()
    return float(max(last, chart.ahead.due.toordinal()) if chart.ahead else last)


def domain_of(chart: ChartData) -> Domain:
    ahead, limits = chart.ahead, chart.limits
    shown: list[float | None] = [*chart.values, *chart.expected, *chart.low, *chart.high]
    shown += [value for _, points in chart.earlier for _, value in points]
    if limits:
        shown += [*limits.mean, *limits.low, *limits.high]
    if ahead:
        shown += [ahead.target, *(ahead.band or ()), *(ahead.forecast or ())]
        shown += [value for _, value in ahead.expected_path] + [value for _, fan in ahead.fan for value in fan]
    known = [value for value in shown if value is not None]
    ticks = value_ticks(min(known), max(known))
    first, last = chart.days[0].toordinal(), last_day(chart)
    margin = max((last - first) * 0.015, 3.0)
    return Domain(first - margin, last + margin / 2, ticks[0], ticks[-1], ticks)


def time_ticks(plot: Plot, t: Language) -> list[tuple[float, str]]:
    """As many as have room side by side."""
    first, last = date.fromordinal(int(plot.domain.left)), date.fromordinal(int(plot.domain.right))
    for most in range(12, 0, -1):
        ticks = ticks_between(first, last, most)
        by_year = all((tick.month, tick.day) == (1, 1) for tick in ticks)
        labels = [str(tick.year) if by_year else _tick_label(tick, t) for tick in ticks]
        apart = min(
            (plot.x(b.toordinal()) - plot.x(a.toordinal()) for a, b in pairwise(ticks)), default=plot.size.width
        )
        if max(map(plot.size.text_width, labels)) <= apart:
            break
    return [(tick.toordinal(), label) for tick, label in zip(ticks, labels, strict=True)]


def _tick_label(tick: date, t: Language) -> str:
    return t.period("month", tick) if tick.day == 1 else t.day(tick)


def ticks_between(first: date, last: date, most: int = 12) -> list[date]:
    """First days of months, of quarters, of half-years or of years: the finest of which there are at most ``most``.

    Days, where no month begins between first and last.
    """
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [day for day in months if first <= day <= last]
    if not inside:
        days = (last - first).days + 1
        return [first + timedelta(days=at) for at in range(0, days, -(-days // most))]
    for every in (1, 3, 6, 12):
        ticks = [day for day in inside if (day.month - 1) % every == 0]
        if len(ticks) <= most:
            return ticks or inside[:1]
    return ticks[:: -(-len(ticks) // most)]
