"""The funnel of one comparison as SVG: a dot a member, and the limits that narrow as more is counted."""

from collections.abc import Callable, Sequence
from math import log10

from warehouse.published_tables import Row

WIDTH, HEIGHT, EDGE = 640.0, 260.0, 12.0
LIMITS = (("low_998", "o"), ("low_95", "i"), ("high_95", "i"), ("high_998", "o"))
"""The columns of the limits; the inner ones are dashed and the outer ones drawn through."""
Place = Callable[[float, float], str]


def funnel_chart(rows: Sequence[Row], own: str = "") -> str:
    """The elements inside the ``svg``; empty without limits. The dot of ``own`` is filled and larger.

    The exposure is on a logarithmic scale: a few large members would press all others to one side.
    """
    compared = sorted((row for row in rows if row["position"] is not None), key=lambda row: row["exposure"])
    if not compared:
        return ""
    place = _scale(compared)
    lines = "".join(f'<polyline class="{kind}" points="{_line(compared, name, place)}"/>' for name, kind in LIMITS)
    dots = "".join(_dot(row, place, row["member_id"] == own) for row in compared)
    return f'<polyline points="{_line(compared, "centre", place)}"/>{lines}{dots}'


def _line(rows: Sequence[Row], column: str, place: Place) -> str:
    """The points of a line through the members, drawn on to both sides of the chart."""
    points = [place(row["exposure"], row[column]) for row in rows]
    first, last = (point.split(",")[1] for point in (points[0], points[-1]))
    return " ".join([f"0,{first}", *points, f"{WIDTH:.0f},{last}"])


def _dot(row: Row, place: Place, is_own: bool) -> str:
    x, y = place(row["exposure"], row["rate"]).split(",")
    shape, radius = ('class="own" ', 7) if is_own else ("", 4)
    return f'<circle {shape}cx="{x}" cy="{y}" r="{radius}"/>'


def _scale(rows: Sequence[Row]) -> Place:
    exposures = [log10(row["exposure"]) for row in rows]
    heights = [row[name] for row in rows for name in ("rate", "low_998", "high_998")]
    left, right, low, high = min(exposures), max(exposures), min(heights), max(heights)

    def place(exposure: float, rate: float) -> str:
        share = (log10(exposure) - left) / (right - left) if right > left else 0.5
        y = EDGE + (high - rate) / ((high - low) or 1.0) * (HEIGHT - 2 * EDGE)
        return f"{EDGE + share * (WIDTH - 2 * EDGE):.1f},{y:.1f}"

    return place
