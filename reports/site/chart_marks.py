"""The marks of a chart: values, path, target, forecast, breaks, activities and closures."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from reports.chart_periods import unbroken_slices
from reports.site.chart_data import ChartData, ChartLimits, ChartOutlook, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SERIES, PATH, AHEAD, MUTED = "#010101", "#020202", "#030303", "#040404", "#050505"
"""Stand-ins for the page's own colours, which differ between light and dark."""
DASHED = (0, (5, 2.5))
DOTTED = (0, (1, 2))
SIGNALS = (({"improvement"}, "P", INK), ({"concern"}, "X", INK), ({"higher", "lower"}, "s", "none"))
"""Of each meaning of a signal the marker and its face."""
MARKED_UP_TO = 60
"""Up to this number of periods each has a dot; more dots would run into one another."""


def draw_values(axes: "Axes", chart: ChartData) -> None:
    """The path, the values with their dots and rings, and the intervals of estimates."""
    at = [day.toordinal() for day in chart.days]
    axes.plot(at, _with_gaps(chart.expected), color=PATH, linestyle=DASHED, linewidth=1.4)
    values = _with_gaps(chart.values)
    line = [float("nan") if n in chart.partial_ends else value for n, value in enumerate(values)]
    dot = "o" if len(at) <= MARKED_UP_TO else None
    lonely: list[int] = []
    for piece in unbroken_slices(chart.days, chart.cuts):
        axes.plot(at[piece], line[piece], color=SERIES, linewidth=1.8, marker=dot, markersize=3)
        lonely += [
            n
            for n in range(*piece.indices(len(at)))
            if n in chart.partial_ends or not _has_neighbour(line[piece], n - piece.start)
        ]
    uncertain = [n for n, flag in enumerate(chart.uncertain) if flag]
    for chosen, size, face in ((lonely, 3, SERIES), (uncertain, 6, "none")):
        if chosen:
            points = [at[n] for n in chosen], [values[n] for n in chosen]
            axes.plot(*points, color=SERIES, linestyle="none", marker="o", markersize=size, markerfacecolor=face)
    intervals = [
        (x, low, high)
        for x, low, high in zip(at, chart.low, chart.high, strict=True)
        if low is not None and high is not None and low < high
    ]
    if intervals:
        days, lows, highs = zip(*intervals, strict=True)
        axes.vlines(days, lows, highs, color=SERIES, linewidth=0.8)


def draw_limits(axes: "Axes", chart: ChartData, limits: ChartLimits) -> None:
    """The mean and the limits of each control chart."""
    at = [day.toordinal() for day in chart.days]
    lines: list[tuple[Values, Any]] = [(limits.mean, "-"), (limits.low, DOTTED), (limits.high, DOTTED)]
    for piece in unbroken_slices(chart.days, chart.cuts):
        for values, style in lines:
            axes.plot(at[piece], _with_gaps(values)[piece], color=INK, linestyle=style, linewidth=0.7)


def draw_signals(axes: "Axes", chart: ChartData, limits: ChartLimits) -> None:
    """A mark on each value that is more than luck explains, by what it means."""
    at, values = [day.toordinal() for day in chart.days], _with_gaps(chart.values)
    for changes, marker, face in SIGNALS:
        chosen = [n for n, change in enumerate(limits.changes) if change in changes]
        if chosen:
            mark: dict[str, Any] = {"marker": marker, "markersize": 6.5, "markerfacecolor": face, "linestyle": "none"}
            axes.plot([at[n] for n in chosen], [values[n] for n in chosen], color=INK, markeredgewidth=0.9, **mark)


def _with_gaps(values: Values) -> list[float]:
    """NaN where unknown: there the line has a gap."""
    return [float("nan") if value is None else value for value in values]


def _has_neighbour(values: Sequence[float], at: int) -> bool:
    """Whether a line joins this value to a neighbour; where none does, a dot shows it."""
    return any(0 <= n < len(values) and not isnan(values[n]) for n in (at - 1, at + 1))


def draw_outlook(axes: "Axes", chart: ChartData, ahead: ChartOutlook) -> None:
    """The path to the due day, the target or the band, and the forecast."""
    due = ahead.due.toordinal()
    days, expected = [day.toordinal() for day, _ in ahead.expected_path], [value for _, value in ahead.expected_path]
    axes.plot(days, expected, color=PATH, linestyle=DASHED, linewidth=1.4)
    if ahead.band:
        axes.axhspan(*ahead.band, facecolor="none", edgecolor=PATH, hatch=".", linewidth=0.8, linestyle="--")
    if ahead.target is not None:
        axes.plot([due], [ahead.target], color=PATH, marker="*", markersize=11, linestyle="none", clip_on=False)
    if ahead.fan:
        _draw_fan(axes, ahead)
    if ahead.forecast:
        _draw_forecast(axes, chart, ahead.forecast, due, joined=not ahead.fan)


def _draw_forecast(
    axes: "Axes", chart: ChartData, forecast: tuple[float, float, float], due: int, *, joined: bool
) -> None:
    """A bar at the due day; where ``joined``, a line leads to it from the newest value."""
    low, middle, high = forecast
    known = [(day, value) for day, value in zip(chart.days, chart.values, strict=True) if value is not None]
    if known and joined:
        day, value = known[-1]
        axes.plot([day.toordinal(), due], [value, middle], color=AHEAD, linestyle=":", linewidth=1.2)
    error = [[max(middle - low, 0)], [max(high - middle, 0)]]
    bar: dict[str, Any] = {"marker": "D", "markersize": 4.5, "capsize": 5, "linewidth": 1.4, "clip_on": False}
    axes.errorbar([due], [middle], yerr=error, color=AHEAD, **bar)


def _draw_fan(axes: "Axes", ahead: ChartOutlook) -> None:
    """Two bands, the wider one paler, each with an edge, so that they differ without colour too."""
    days = [day.toordinal() for day, _ in ahead.fan]
    low_95, low_80, mean, high_80, high_95 = zip(*(values for _, values in ahead.fan), strict=True)
    for low, high, edge in ((low_95, high_95, ":"), (low_80, high_80, "-")):
        axes.fill_between(days, low, high, color=AHEAD, alpha=0.12, linewidth=0)
        for end in (low, high):
            axes.plot(days, end, color=AHEAD, linestyle=edge, linewidth=0.6)
    axes.plot(days, mean, color=AHEAD, linestyle="-.", linewidth=1.2)


def draw_events(axes: "Axes", chart: ChartData) -> None:
    """Closures hatched, breaks as lines with a letter, activities as triangles with a number."""
    top = axes.get_xaxis_transform()
    label: dict[str, Any] = {"transform": top, "color": INK, "ha": "center", "va": "bottom"}
    for first, last in chart.closures:
        hatched: dict[str, Any] = {"facecolor": "none", "edgecolor": MUTED, "hatch": "///", "linewidth": 0}
        axes.axvspan(first.toordinal(), last.toordinal() + 1, **hatched)
    for day, letter in chart.breaks:
        axes.axvline(day.toordinal(), color=INK, linestyle=(0, (6, 2, 1, 2)), linewidth=1)
        axes.text(day.toordinal(), 1.02, letter, fontsize=10, fontweight="bold", **label)
    days = [day.toordinal() for day, _ in chart.activities]
    if days:
        triangle: dict[str, Any] = {"marker": "^", "markersize": 6, "markerfacecolor": "none", "linestyle": "none"}
        axes.plot(days, [0.02] * len(days), transform=top, color=INK, **triangle)
    for day, number in chart.activities:
        axes.text(day.toordinal(), 0.05, number, fontsize=9, **label)
