"""The one chart, as SVG for the page and as PNG for the PDF; readable in black and white."""

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
"""The same figures give the same bytes."""
BLUE, BROWN, GREY = "#0b4a8f", "#8a4b00", "#595959"
MARKED_UP_TO = 48
"""So many periods carry a dot each."""
DASHED: dict[str, Any] = {"linestyle": (0, (5, 2.5)), "linewidth": 1.2}


def svg(one: JudgedIndicator) -> str:
    """The ``svg`` element. Its only texts are numbers and years."""
    body = _drawn(one, "svg").decode()
    body = re.sub(r"\s*<metadata>.*?</metadata>|<!--.*?-->", "", body[body.index("<svg") :], flags=re.DOTALL)
    return re.sub(
        r"<svg[^>]*>", f'<svg viewBox="0 0 {SIZE[0] * 72:g} {SIZE[1] * 72:g}" aria-hidden="true">', body, count=1
    )


def png(one: JudgedIndicator) -> bytes:
    return _drawn(one, "png")


def caption(one: JudgedIndicator) -> str:
    """What the chart shows, with the meaning of each mark in it."""
    parts = ["line: values"]
    if any(row["provisional"] or row["completeness"] < 1 for row in one.periods_to_chart):
        parts.append("ring: incomplete or provisional")
    if any(row["value_low"] is not None for row in one.periods_to_chart):
        parts.append("bar: 90 % interval")
    if any(row["expected"] is not None for row in one.periods_to_chart):
        parts.append("dashed: the path")
    if one.row["target_value"] is not None and one.row["over"] != "year":
        parts.append(f"star: the target of {target_phrase(one)}")
    if one.row["target_low"] is not None:
        parts.append("dotted: the band")
    if _forecast(one):
        parts.append(f"bar with caps: forecast for {format_day(one.row['due'])}, 80 % interval")
    if one.breaks_to_chart:
        parts.append("upright line: from there the number means something else")
    return f"{one.title}, {one.unit} per {one.row['period']}. {'; '.join(parts)[0].upper()}{'; '.join(parts)[1:]}."


def describe(one: JudgedIndicator) -> str:
    """The chart in words, for those who do not see it."""
    values = [row["value"] for row in one.periods_to_chart if row["value"] is not None]
    return f"{caption(one)} {len(values)} known values from {number(min(values))} to {number(max(values))}; the newest is {number(values[-1])}."


def _forecast(one: JudgedIndicator) -> tuple[float, float, float] | None:
    low, middle_day, high = (one.verdict[f"forecast_{name}"] for name in ("low", "due", "high"))
    return (
        None
        if None in (low, middle_day, high) or one.row["over"] == "year" or one.row["due"] is None
        else (low, middle_day, high)
    )


def _drawn(one: JudgedIndicator, kind: str) -> bytes:
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=SIZE)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.075, 0.12, 0.91, 0.84))
        _series(axes, one)
        _ahead(axes, one)
        _frame(axes)
        written = io.BytesIO()
        figure.savefig(written, format=kind, dpi=DOTS, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return written.getvalue()


def _series(axes: "Axes", one: JudgedIndicator) -> None:
    days = [middle_day(row) for row in one.periods_to_chart]
    at = [day.toordinal() for day in days]
    values, expected = (
        [float("nan") if row[name] is None else row[name] for row in one.periods_to_chart]
        for name in ("value", "expected")
    )
    axes.plot(
        [*at, *(middle_day(row).toordinal() for row in one.path)],
        [*expected, *(row["expected"] for row in one.path)],
        color=BROWN,
        **DASHED,
    )
    apart = partial_ends(one.periods_to_chart)
    line = [float("nan") if n in apart else value for n, value in enumerate(values)]
    for piece in unbroken_slices(days, [row["day"] for row in one.breaks_to_chart if not row["spliced"]]):
        axes.plot(
            at[piece],
            line[piece],
            color=BLUE,
            linewidth=1.5,
            marker="o" if len(at) <= MARKED_UP_TO else None,
            markersize=2.5,
        )
    for place, row in zip(at, one.periods_to_chart, strict=True):
        if row["value"] is not None and (row["provisional"] or row["completeness"] < 1):
            axes.plot(
                [place], [row["value"]], color=BLUE, marker="o", markersize=5, markerfacecolor="white", linestyle="none"
            )
        if row["value_low"] is not None and row["value_high"] is not None:
            axes.plot([place, place], [row["value_low"], row["value_high"]], color=BLUE, linewidth=0.8)
    for row in one.breaks_to_chart:
        axes.axvline(row["day"].toordinal(), color="black", linestyle=(0, (6, 2, 1, 2)), linewidth=0.9)


def _ahead(axes: "Axes", one: JudgedIndicator) -> None:
    row, forecast = one.row, _forecast(one)
    for name in ("target_low", "target_high"):
        if row[name] is not None:
            axes.axhline(row[name], color=BROWN, linestyle=":", linewidth=1.2)
    if row["target_value"] is not None and row["over"] != "year":
        axes.plot(
            [row["due"].toordinal()],
            [row["target_value"]],
            color=BROWN,
            marker="*",
            markersize=9,
            linestyle="none",
            clip_on=False,
        )
    if forecast:
        low, middle_day, high = forecast
        error = [[max(middle_day - low, 0)], [max(high - middle_day, 0)]]
        axes.errorbar(
            [row["due"].toordinal()],
            [middle_day],
            yerr=error,
            color=GREY,
            marker="D",
            markersize=3.5,
            capsize=4,
            linewidth=1.2,
            clip_on=False,
        )


def _frame(axes: "Axes") -> None:
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
