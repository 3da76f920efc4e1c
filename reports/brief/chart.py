"""The chart of the brief, as SVG for the page and PNG for the PDF; readable in black and white."""

import io
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.brief.citation import target_phrase
from reports.brief.inputs import JudgedIndicator, format_day
from reports.chart_periods import middle_day, partial_ends, unbroken_slices
from transforms.formatting import number
from warehouse.published_tables import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.15, 1.75)
"""Inches."""
DOTS = 300
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kmi",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
}
"""The same values give the same bytes."""
BLUE, BROWN, GREY = "#0b4a8f", "#8a4b00", "#595959"
MARKED_UP_TO = 48
"""Up to this number of periods each has a dot."""
DASHED: dict[str, Any] = {"linestyle": (0, (5, 2.5)), "linewidth": 1.2}


def svg(indicator: JudgedIndicator) -> str:
    """The ``svg`` element. Its only texts are numbers and years."""
    body = _drawn(indicator, "svg").decode()
    body = re.sub(r"\s*<metadata>.*?</metadata>|<!--.*?-->", "", body[body.index("<svg") :], flags=re.DOTALL)
    head = f'<svg viewBox="0 0 {SIZE[0] * 72:g} {SIZE[1] * 72:g}" aria-hidden="true">'
    return re.sub(r"<svg[^>]*>", head, body, count=1)


def png(indicator: JudgedIndicator) -> bytes:
    return _drawn(indicator, "png")


def caption(indicator: JudgedIndicator) -> str:
    """What the chart shows, with the meaning of each mark in it."""
    row, periods = indicator.row, indicator.periods_to_chart
    marks = {
        "line: values": True,
        "ring: incomplete or provisional": any(map(_is_uncertain, periods)),
        "bar: 90 % interval": any(period["value_low"] is not None for period in periods),
        "dashed: the path": any(period["expected"] is not None for period in periods),
        f"star: the target of {target_phrase(indicator)}": _has_star(row),
        "dotted: the band": row["target_low"] is not None,
    }
    if _forecast(indicator):
        marks[f"bar with caps: forecast for {format_day(row['due'])}, 80 % interval"] = True
    marks["vertical line: from there the number means something else"] = bool(indicator.breaks_to_chart)
    legend = "; ".join(text for text, shown in marks.items() if shown)
    return f"{indicator.title}, {indicator.unit} per {row['period']}. {legend[0].upper()}{legend[1:]}."


def describe(indicator: JudgedIndicator) -> str:
    """The chart in words, for those who do not see it."""
    values = [row["value"] for row in indicator.periods_to_chart if row["value"] is not None]
    span = f"from {number(min(values))} to {number(max(values))}; the newest is {number(values[-1])}"
    return f"{caption(indicator)} {len(values)} known values {span}."


def _is_uncertain(period: Row) -> bool:
    return bool(period["provisional"]) or period["completeness"] < 1


def _has_star(row: Row) -> bool:
    """The target of a year is not on the scale of a period."""
    return row["target_value"] is not None and row["over"] != "year"


def _forecast(indicator: JudgedIndicator) -> tuple[float, float, float] | None:
    """Low, middle and high for the due day; None where unknown or not on the scale of a period."""
    low, middle, high = (indicator.verdict[f"forecast_{name}"] for name in ("low", "due", "high"))
    if None in (low, middle, high) or indicator.row["over"] == "year" or indicator.row["due"] is None:
        return None
    return low, middle, high


def _drawn(indicator: JudgedIndicator, kind: str) -> bytes:
    undated = {"Date": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=SIZE)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.075, 0.12, 0.91, 0.84))
        _draw_path(axes, indicator)
        _draw_values(axes, indicator)
        _draw_target(axes, indicator)
        _draw_frame(axes)
        written = io.BytesIO()
        figure.savefig(written, format=kind, dpi=DOTS, metadata=undated)
    return written.getvalue()


def _draw_path(axes: "Axes", indicator: JudgedIndicator) -> None:
    rows = [*indicator.periods_to_chart, *indicator.path]
    at = [middle_day(row).toordinal() for row in rows]
    axes.plot(at, [float("nan") if row["expected"] is None else row["expected"] for row in rows], color=BROWN, **DASHED)


def _draw_values(axes: "Axes", indicator: JudgedIndicator) -> None:
    periods = indicator.periods_to_chart
    days = [middle_day(row) for row in periods]
    at = [day.toordinal() for day in days]
    isolated = partial_ends(periods)
    line = [float("nan") if n in isolated or row["value"] is None else row["value"] for n, row in enumerate(periods)]
    dots: dict[str, Any] = {"marker": "o" if len(at) <= MARKED_UP_TO else None, "markersize": 2.5}
    for piece in unbroken_slices(days, [row["day"] for row in indicator.breaks_to_chart if not row["spliced"]]):
        axes.plot(at[piece], line[piece], color=BLUE, linewidth=1.5, **dots)
    ring: dict[str, Any] = {"marker": "o", "markersize": 5, "markerfacecolor": "white", "linestyle": "none"}
    for place, row in zip(at, periods, strict=True):
        if row["value"] is not None and _is_uncertain(row):
            axes.plot([place], [row["value"]], color=BLUE, **ring)
        if row["value_low"] is not None and row["value_high"] is not None:
            axes.plot([place, place], [row["value_low"], row["value_high"]], color=BLUE, linewidth=0.8)
    for row in indicator.breaks_to_chart:
        axes.axvline(row["day"].toordinal(), color="black", linestyle=(0, (6, 2, 1, 2)), linewidth=0.9)


def _draw_target(axes: "Axes", indicator: JudgedIndicator) -> None:
    """Band, target and forecast for the due day."""
    row, forecast = indicator.row, _forecast(indicator)
    for name in ("target_low", "target_high"):
        if row[name] is not None:
            axes.axhline(row[name], color=BROWN, linestyle=":", linewidth=1.2)
    if _has_star(row):
        star: dict[str, Any] = {"marker": "*", "markersize": 9, "linestyle": "none", "clip_on": False}
        axes.plot([row["due"].toordinal()], [row["needed"]], color=BROWN, **star)
    if forecast:
        low, middle, high = forecast
        error = [[max(middle - low, 0)], [max(high - middle, 0)]]
        caps: dict[str, Any] = {"marker": "D", "markersize": 3.5, "capsize": 4, "linewidth": 1.2, "clip_on": False}
        axes.errorbar([row["due"].toordinal()], [middle], yerr=error, color=GREY, **caps)


def _draw_frame(axes: "Axes") -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=7, color=GREY)
    axes.grid(axis="y", color=GREY, linewidth=0.3, alpha=0.4)
    bottom, top = axes.get_ylim()
    if 0 < bottom < top * 0.5:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: number(round(value, 10)))
    axes.locator_params(axis="y", nbins=4)
    first, last = (date.fromordinal(max(int(at), 1)) for at in axes.get_xlim())
    years = [year for year in range(first.year, last.year + 2) if first <= date(year, 1, 1) <= last]
    every = -(-len(years) // 12) or 1
    axes.set_xticks([date(year, 1, 1).toordinal() for year in years[::every]], [str(year) for year in years[::every]])
