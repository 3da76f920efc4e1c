"""The chart of one indicator as SVG: readable in black and white, on light and on dark, and sharp in print."""

import io
import re
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reports.language import Language
from reports.site.chart_data import ChartData
from reports.site.chart_marks import (
    AHEAD,
    INK,
    MUTED,
    PATH,
    SERIES,
    draw_events,
    draw_limits,
    draw_outlook,
    draw_signals,
    draw_values,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    INK: "currentColor",
    SERIES: "var(--series)",
    PATH: "var(--path)",
    AHEAD: "var(--ahead)",
    MUTED: "var(--muted)",
}
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "svg.hashsalt": "kmi",
    "hatch.linewidth": 0.6,
    "axes.unicode_minus": False,
}
"""Text stays text, even with dollar signs, and the same data give the same bytes."""
WIDTH, HEIGHT = 9.0, 3.8


def draw(chart: ChartData, language: Language) -> str:
    """The ``svg`` element, with a title and a description for screen readers. The table beside it has the values."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, HEIGHT))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.09, 0.11, 0.89, 0.79))
        if chart.limits:
            draw_limits(axes, chart, chart.limits)
        draw_values(axes, chart)
        if chart.limits:
            draw_signals(axes, chart, chart.limits)
        if chart.ahead:
            draw_outlook(axes, chart, chart.ahead)
        _set_scales(axes, chart, language)
        draw_events(axes, chart)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _embedded(written.getvalue(), chart)


def _set_scales(axes: "Axes", chart: ChartData, language: Language) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
    axes.tick_params(colors=INK, labelsize=9)
    axes.grid(axis="y", color=MUTED, linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    bottom, top = axes.get_ylim()
    if bottom < top * 0.5 and all(value is None or value >= 0 for value in (*chart.values, *chart.expected)):
        axes.set_ylim(bottom=0)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top if top > bottom else bottom + 1)
    axes.yaxis.set_major_formatter(lambda value, _: language.number(round(value, 10)))
    last = chart.ahead.due if chart.ahead else chart.days[-1]
    first, end = chart.days[0].toordinal(), max(last, chart.days[-1]).toordinal()
    margin = max((end - first) * 0.02, 5)
    axes.set_xlim(first - margin, end + margin)
    ticks = ticks_between(date.fromordinal(int(first - margin)), date.fromordinal(int(end + margin)))
    by_year = all(tick.month == 1 for tick in ticks)
    labels = [str(tick.year) if by_year else language.period("month", tick) for tick in ticks]
    axes.set_xticks([tick.toordinal() for tick in ticks], labels)


def ticks_between(first: date, last: date) -> list[date]:
    """First days of months, of quarters or of years: the finest of which there are at most 12."""
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [day for day in months if first <= day <= last]
    for every in (1, 3, 12):
        ticks = [day for day in inside if (day.month - 1) % every == 0]
        if len(ticks) <= 12:
            return ticks or inside[:1]
    step = -(-len(ticks) // 12)
    return ticks[::step]


def _embedded(svg: str, chart: ChartData) -> str:
    """The SVG as a part of a page: in its colours and type, with ids that no other chart of the page has."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style type=\"text/css\">.*?</style>", "", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    for stand_in, colour in COLOURS.items():
        body = body.replace(stand_in, colour)
    body = re.sub(r"\s*\n\s*", " ", body)
    name = chart.name
    body = re.sub(r'(?<= id=")|(?<=url\(#)|(?<=href="#)', f"{name}-", body)
    view = f'viewBox="0 0 {WIDTH * 72:g} {HEIGHT * 72:g}"'
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-text" class="chart" {view}>'
    title = f'<title id="{name}-title">{escape(chart.title)}</title>'
    description = f'<desc id="{name}-text">{escape(chart.description)}</desc>'
    return re.sub(r"<svg[^>]*>", lambda _: head + title + description, body, count=1)
