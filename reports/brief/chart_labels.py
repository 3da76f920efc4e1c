"""The labels of the chart of the brief, at the right of the lines that they name, so that no legend is needed."""

from typing import TYPE_CHECKING

from reports.brief.inputs import JudgedIndicator
from warehouse.published_tables import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, BROWN, GREY = "#0b4a8f", "#8a4b00", "#4a4a4a"
SIZE = 9
"""Points."""
LETTER = 0.075
"""Inches of a letter of that size, in the widest font that a page may have."""
LINE = 1.25
"""Height of a line of text over its size."""

Label = tuple[float, str, str]
"""Where on the scale, the text, and its colour."""


def labels_of(
    indicator: JudgedIndicator, forecast: tuple[float, float, float] | None, *, is_narrow: bool
) -> list[Label]:
    """The labels, the lowest first; in a narrow chart each has two lines."""
    labels = sorted(_labels(indicator, forecast), key=lambda one: one[0])
    if not is_narrow:
        return labels
    return [(at, text.replace(": ", ":\n", 1), colour) for at, text, colour in labels]


def width_of(labels: list[Label]) -> float:
    """Inches that the longest line needs at the right of the chart."""
    return max((len(line) for _, text, _ in labels for line in text.split("\n")), default=0) * LETTER + 0.2


def draw_labels(axes: "Axes", labels: list[Label]) -> None:
    """Write the labels at the right edge, moved apart where they would lie on one another."""
    figure = axes.get_figure(root=True)
    tall = axes.get_position().height * (figure.get_size_inches()[1] if figure else 1.0) * 72
    bottom, top = axes.get_ylim()
    rows = [SIZE * LINE * (text.count("\n") + 1) / tall for _, text, _ in labels]
    wished = [min(max((at - bottom) / (top - bottom), 0.0), 1.0) if top > bottom else 0.5 for at, _, _ in labels]
    for place, (_, text, colour) in zip(spread(wished, rows), labels, strict=True):
        axes.text(
            1.03, place, text, transform=axes.transAxes, color=colour, fontsize=SIZE, va="center", linespacing=1.1
        )


def spread(wished: list[float], tall: list[float]) -> list[float]:
    """Places between 0 and 1, the lowest first, as near to those wished for as fits without overlap."""
    placed: list[float] = []
    for at, (place, height) in enumerate(zip(wished, tall, strict=True)):
        lowest = placed[-1] + (tall[at - 1] + height) / 2 if placed else height / 2
        placed.append(max(place, lowest))
    highest = 1.0
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], highest - tall[at] / 2)
        highest = placed[at] - tall[at] / 2
    return placed


def is_uncertain(period: Row) -> bool:
    return bool(period["provisional"]) or period["completeness"] < 1


def has_star(row: Row) -> bool:
    """The target of a year is not on the scale of a period."""
    return row["target_value"] is not None and row["over"] != "year"


def _labels(indicator: JudgedIndicator, forecast: tuple[float, float, float] | None) -> list[Label]:
    t, row = indicator.t, indicator.row
    periods = indicator.periods_to_chart
    known = [period["value"] for period in periods if period["value"] is not None]
    sure = [period["value"] for period in periods if period["value"] is not None and not is_uncertain(period)]
    path = [period["expected"] for period in (*periods, *indicator.path) if period["expected"] is not None]
    found: list[Label] = []
    if known:
        newest = (sure or known)[-1]
        found.append((newest, t("brief.chart.label.value", value=t.number(newest)), BLUE))
    if has_star(row):
        key = "brief.chart.label.path_target" if path else "brief.chart.label.target"
        found.append((row["needed"], t(key, value=t.number(row["target_value"])), BROWN))
    elif path:
        found.append((path[-1], t("brief.chart.label.path", value=t.number(path[-1])), BROWN))
    ends = [row[end] for end in ("target_low", "target_high") if row[end] is not None]
    found += [(end, t("brief.chart.label.band", value=t.number(end)), BROWN) for end in ends]
    if forecast:
        low, high = (t.number(end) for end in (forecast[0], forecast[2]))
        found.append((forecast[1], t("brief.chart.label.forecast", low=low, high=high), GREY))
    return found
