"""The chart of one indicator as SVG: readable in black and white, on light and on dark, and sharp in print."""

import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reports.chart_periods import unbroken_slices
from reports.site.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = Sequence[float | None]
INK, SERIES, PATH, AHEAD, MUTED = "#010101", "#020202", "#030303", "#040404", "#050505"
"""Stand for the page's own colours, which differ between light and dark."""
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
"""Text stays text, also where it has dollar signs, and the same figures give the same bytes."""
WIDTH, HEIGHT = 9.0, 3.8
DASHED = (0, (5, 2.5))
MARKED_UP_TO = 60
"""So many periods carry a dot each; more would run into one another."""


@dataclass(frozen=True)
class ChartOutlook:
    """What is told of the due date; None where unknown or not on the scale of one period. way: the path from now to then; fan: the
    forecast of each period to come: lower end of 95 and of 80 in 100, middle, and the upper ends."""

    due: date
    target: float | None = None
    band: tuple[float, float] | None = None
    forecast: tuple[float, float, float] | None = None
    expected_path: Sequence[tuple[date, float]] = ()
    fan: Sequence[tuple[date, Sequence[float]]] = ()


@dataclass(frozen=True)
class ChartData:
    """What is drawn. ``days``: the middle of each period; the other sequences are as long. uncertain: may still change or is incomplete.

    name: of the chart on its page, for the ids in it; cuts: days from which the figures are not comparable with those before; loose: the
    places to which no line leads.
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
    name: str = "chart"


def draw(picture: ChartData, language: Language) -> str:
    """The ``svg`` element, with title and description for screen readers. The figures stand in the table beside it."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, HEIGHT))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.09, 0.11, 0.89, 0.79))
        _series(axes, picture)
        if picture.ahead:
            _ahead(axes, picture, picture.ahead)
        _frame(axes, picture, language)
        _marks(axes, picture)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _embedded(written.getvalue(), picture)


def _known(figures: Values) -> list[float]:
    """NaN where unknown: there the line has a gap."""
    return [float("nan") if value is None else value for value in figures]


def _series(axes: "Axes", picture: ChartData) -> None:
    at = [day.toordinal() for day in picture.days]
    axes.plot(at, _known(picture.expected), color=PATH, linestyle=DASHED, linewidth=1.4)
    values = _known(picture.values)
    line = [float("nan") if n in picture.partial_ends else value for n, value in enumerate(values)]
    lonely: list[int] = []
    for piece in unbroken_slices(picture.days, picture.cuts):
        axes.plot(
            at[piece],
            line[piece],
            color=SERIES,
            linewidth=1.8,
            marker="o" if len(at) <= MARKED_UP_TO else None,
            markersize=3,
        )
        lonely += [
            n
            for n in range(*piece.indices(len(at)))
            if n in picture.partial_ends or not _known_beside(line[piece], n - piece.start)
        ]
    unsure = [n for n, it in enumerate(picture.uncertain) if it]
    for chosen, size, face in ((lonely, 3, SERIES), (unsure, 6, "none")):
        if chosen:
            points = [at[n] for n in chosen], [values[n] for n in chosen]
            axes.plot(*points, color=SERIES, linestyle="none", marker="o", markersize=size, markerfacecolor=face)
    spread = [
        (x, low, high)
        for x, low, high in zip(at, picture.low, picture.high, strict=True)
        if low is not None and high is not None and low < high
    ]
    if spread:
        days, lows, highs = zip(*spread, strict=True)
        axes.vlines(days, lows, highs, color=SERIES, linewidth=0.8)


def _known_beside(values: Sequence[float], at: int) -> bool:
    """Whether a line leads from here to a neighbour; where none does, a dot shows the value."""
    return any(0 <= n < len(values) and not isnan(values[n]) for n in (at - 1, at + 1))


def _ahead(axes: "Axes", picture: ChartData, ahead: ChartOutlook) -> None:
    due = ahead.due.toordinal()
    axes.plot(
        [day.toordinal() for day, _ in ahead.expected_path],
        [value for _, value in ahead.expected_path],
        color=PATH,
        linestyle=DASHED,
        linewidth=1.4,
    )
    if ahead.band:
        axes.axhspan(*ahead.band, facecolor="none", edgecolor=PATH, hatch=".", linewidth=0.8, linestyle="--")
    if ahead.target is not None:
        axes.plot([due], [ahead.target], color=PATH, marker="*", markersize=11, linestyle="none", clip_on=False)
    if ahead.fan:
        _fan(axes, ahead)
    if ahead.forecast:
        low, middle, high = ahead.forecast
        known = [
            (day.toordinal(), value)
            for day, value in zip(picture.days, picture.values, strict=True)
            if value is not None
        ]
        if known and not ahead.fan:
            axes.plot([known[-1][0], due], [known[-1][1], middle], color=AHEAD, linestyle=":", linewidth=1.2)
        below, above = max(middle - low, 0), max(high - middle, 0)
        axes.errorbar(
            [due],
            [middle],
            yerr=[[below], [above]],
            color=AHEAD,
            marker="D",
            markersize=4.5,
            capsize=5,
            linewidth=1.4,
            clip_on=False,
        )


def _fan(axes: "Axes", ahead: ChartOutlook) -> None:
    """Two bands, the wider one paler, each with an edge, so that they are told apart without colour too."""
    days = [day.toordinal() for day, _ in ahead.fan]
    low_95, low_80, mean, high_80, high_95 = zip(*(figures for _, figures in ahead.fan), strict=True)
    for low, high, edge in ((low_95, high_95, ":"), (low_80, high_80, "-")):
        axes.fill_between(days, low, high, color=AHEAD, alpha=0.12, linewidth=0)
        for end in (low, high):
            axes.plot(days, end, color=AHEAD, linestyle=edge, linewidth=0.6)
    axes.plot(days, mean, color=AHEAD, linestyle="-.", linewidth=1.2)


def _marks(axes: "Axes", picture: ChartData) -> None:
    top = axes.get_xaxis_transform()
    for first, last in picture.closures:
        axes.axvspan(
            first.toordinal(), last.toordinal() + 1, facecolor="none", edgecolor=MUTED, hatch="///", linewidth=0
        )
    for day, name in picture.breaks:
        axes.axvline(day.toordinal(), color=INK, linestyle=(0, (6, 2, 1, 2)), linewidth=1)
        axes.text(
            day.toordinal(),
            1.02,
            name,
            transform=top,
            color=INK,
            ha="center",
            va="bottom",
            fontsize=10,
            fontweight="bold",
        )
    days = [day.toordinal() for day, _ in picture.activities]
    if days:
        axes.plot(
            days,
            [0.02] * len(days),
            transform=top,
            color=INK,
            marker="^",
            markersize=6,
            markerfacecolor="none",
            linestyle="none",
        )
    for day, name in picture.activities:
        axes.text(day.toordinal(), 0.05, name, transform=top, color=INK, ha="center", va="bottom", fontsize=9)


def _frame(axes: "Axes", picture: ChartData, language: Language) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
    axes.tick_params(colors=INK, labelsize=9)
    axes.grid(axis="y", color=MUTED, linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    if (
        all(low is None or low >= 0 for low in (*picture.values, *picture.expected))
        and axes.get_ylim()[0] < axes.get_ylim()[1] * 0.5
    ):
        axes.set_ylim(bottom=0)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top if top > bottom else bottom + 1)
    axes.yaxis.set_major_formatter(lambda value, _: language.number(round(value, 10)))
    last = picture.ahead.due if picture.ahead else picture.days[-1]
    first, end = picture.days[0].toordinal(), max(last, picture.days[-1]).toordinal()
    margin = max((end - first) * 0.02, 5)
    axes.set_xlim(first - margin, end + margin)
    ticks = ticks_between(date.fromordinal(int(first - margin)), date.fromordinal(int(end + margin)))
    by_year = all(tick.month == 1 for tick in ticks)
    axes.set_xticks(
        [tick.toordinal() for tick in ticks],
        [str(tick.year) if by_year else language.period("month", tick) for tick in ticks],
    )


def ticks_between(first: date, last: date) -> list[date]:
    """First days of years, or where there are fewer than three, of quarters or months; at most 12."""
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [day for day in months if first <= day <= last]
    for every in (1, 3, 12):
        ticks = [day for day in inside if (day.month - 1) % every == 0]
        if len(ticks) <= 12:
            return ticks or inside[:1]
    step = -(-len(ticks) // 12)
    return ticks[::step]


def _embedded(svg: str, picture: ChartData) -> str:
    """Without what only a file of its own needs, in the page's colours and type; no id is that of another chart."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style type=\"text/css\">.*?</style>", "", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    for stand_in, colour in COLOURS.items():
        body = body.replace(stand_in, colour)
    body = re.sub(r"\s*\n\s*", " ", body)
    name = picture.name
    body = re.sub(r'(?<= id=")|(?<=url\(#)|(?<=href="#)', f"{name}-", body)
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-text" class="chart" viewBox="0 0 {WIDTH * 72:g} {HEIGHT * 72:g}">'
    told = f'<title id="{name}-title">{escape(picture.title)}</title><desc id="{name}-text">{escape(picture.description)}</desc>'
    return re.sub(r"<svg[^>]*>", lambda _: head + told, body, count=1)
