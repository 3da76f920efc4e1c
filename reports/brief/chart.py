"""The chart of the brief, as SVG for the page and PNG for the PDF; readable in black and white."""

import io
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.brief.chart_labels import draw_labels, has_star, is_uncertain, labels_of, width_of
from reports.brief.citation import target_phrase
from reports.brief.inputs import JudgedIndicator
from reports.brief.requests import shortfall
from reports.chart_periods import middle_day, partial_ends, unbroken_slices
from reports.ranking import GOOD, SHORT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, NARROW = (7.0, 2.0), (3.7, 3.0)
"""Inches: on paper and a wide window, and on a phone."""
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
UNLABELLED = ("ring", "bar", "forecast", "break")
MARKED_UP_TO = 48
"""Up to this number of periods each has a dot."""
DASHED: dict[str, Any] = {"linestyle": (0, (5, 2.5)), "linewidth": 1.2}


def svg(indicator: JudgedIndicator, size: tuple[float, float] = SIZE) -> str:
    """The ``svg`` element of ``size`` inches. Its texts are numbers, years and the labels of the lines."""
    body = _drawn(indicator, "svg", size).decode()
    body = re.sub(r"\s*<metadata>.*?</metadata>|<!--.*?-->", "", body[body.index("<svg") :], flags=re.DOTALL)
    view = f'viewBox="0 0 {size[0] * 72:g} {size[1] * 72:g}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {view} aria-hidden="true">'
    )
    return re.sub(r"<svg[^>]*>", head, body, count=1)


def png(indicator: JudgedIndicator) -> bytes:
    return _drawn(indicator, "png", SIZE)


def message(indicator: JudgedIndicator) -> str:
    """What the chart argues, as its title."""
    t, named = indicator.t, {"title": indicator.title, "value": indicator.value, "when": indicator.period_phrase}
    if not indicator.value:
        return t("brief.chart.withheld", title=indicator.title) if indicator.has_target else indicator.title
    state, short = indicator.verdict["verdict"], shortfall(indicator)
    if state in SHORT and short:
        return t(f"brief.chart.{short[0]}", **named, gap=short[1])
    if state in GOOD and short:
        return t("brief.chart.on_path", **named)
    return t("brief.chart.plain", **named)


def caption(indicator: JudgedIndicator) -> str:
    """What the chart shows, with the meaning of each mark in it."""
    t = indicator.t
    unit = {"title": indicator.title, "unit": indicator.unit, "length": t(f"length.{indicator.row['period']}")}
    return t("brief.chart.caption", **unit, legend=t("between_clauses").join(_marks(indicator).values()))


def note(indicator: JudgedIndicator) -> str:
    """The meaning of the marks that have no label in the chart; empty where there are none."""
    said = indicator.t("between_clauses").join(text for name, text in _marks(indicator).items() if name in UNLABELLED)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _marks(indicator: JudgedIndicator) -> dict[str, str]:
    """What each mark in the chart means, by its name."""
    row, periods, t = indicator.row, indicator.periods_to_chart, indicator.t
    forecast = _forecast(indicator)
    marks = {
        "line": {},
        "ring": {} if any(map(is_uncertain, periods)) else None,
        "bar": {} if any(period["value_low"] is not None for period in periods) else None,
        "path": {} if any(period["expected"] is not None for period in periods) else None,
        "star": {"target": target_phrase(indicator)} if has_star(row) else None,
        "band": {} if row["target_low"] is not None else None,
        "forecast": {"due": t.day(row["due"])} if forecast else None,
        "break": {} if indicator.breaks_to_chart else None,
    }
    return {name: t(f"brief.chart.{name}", **values) for name, values in marks.items() if values is not None}


def describe(indicator: JudgedIndicator) -> str:
    """The chart in words, for those who do not see it."""
    t, values = indicator.t, [row["value"] for row in indicator.periods_to_chart if row["value"] is not None]
    ends = {"low": t.number(min(values)), "high": t.number(max(values)), "newest": t.number(values[-1])}
    return t("brief.chart.described", caption=caption(indicator), count=t.whole(len(values)), **ends)


def _forecast(indicator: JudgedIndicator) -> tuple[float, float, float] | None:
    """Low, middle and high for the due day; None where unknown or not on the scale of a period."""
    low, middle, high = (indicator.verdict[f"forecast_{name}"] for name in ("low", "due", "high"))
    if None in (low, middle, high) or indicator.row["over"] == "year" or indicator.row["due"] is None:
        return None
    return low, middle, high


def _drawn(indicator: JudgedIndicator, kind: str, size: tuple[float, float]) -> bytes:
    undated = {"Date": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        labels = labels_of(indicator, _forecast(indicator), is_narrow=size != SIZE)
        left, below, right, above = 0.56 / size[0], 0.24 / size[1], width_of(labels) / size[0], 0.97
        axes = figure.add_axes((left, below, 1 - left - right, above - below))
        _draw_path(axes, indicator)
        _draw_values(axes, indicator)
        _draw_target(axes, indicator)
        _draw_frame(axes, indicator, most_years=8 if size == SIZE else 4)
        draw_labels(axes, labels)
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
        if row["value"] is not None and is_uncertain(row):
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
    if has_star(row):
        star: dict[str, Any] = {"marker": "*", "markersize": 9, "linestyle": "none", "clip_on": False}
        axes.plot([row["due"].toordinal()], [row["needed"]], color=BROWN, **star)
    if forecast:
        low, middle, high = forecast
        error = [[max(middle - low, 0)], [max(high - middle, 0)]]
        caps: dict[str, Any] = {"marker": "D", "markersize": 3.5, "capsize": 4, "linewidth": 1.2, "clip_on": False}
        axes.errorbar([row["due"].toordinal()], [middle], yerr=error, color=GREY, **caps)


def _draw_frame(axes: "Axes", indicator: JudgedIndicator, most_years: int) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9, color=GREY)
    axes.grid(axis="y", color=GREY, linewidth=0.3, alpha=0.4)
    bottom, top = axes.get_ylim()
    if 0 < bottom < top * 0.5:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: indicator.t.number(round(value, 10)))
    axes.locator_params(axis="y", nbins=4)
    first, last = (date.fromordinal(max(int(at), 1)) for at in axes.get_xlim())
    years = [year for year in range(first.year, last.year + 2) if first <= date(year, 1, 1) <= last]
    every = -(-len(years) // most_years) or 1
    axes.set_xticks([date(year, 1, 1).toordinal() for year in years[::every]], [str(year) for year in years[::every]])
