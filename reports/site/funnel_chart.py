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
    lines = "".join(
        f'<polyline class="{kind}" points="{" ".join(place(row["exposure"], row[name]) for row in compared)}"/>'
        for name, kind in LIMITS
    )
    ends = [place(row["exposure"], row["centre"]) for row in (compared[0], compared[-1])]
    dots = "".join(_dot(row, place, row["member_id"] == own) for row in compared)
    return f'<polyline points="{" ".join(ends)}"/>{lines}{dots}'


def _dot(row: Row, place: Place, is_own: bool) -> str:
    x, y = place(row["exposure"], row["rate"]).split(",")
    shape, radius = ('class="own" ', 7) if is_own else ("", 4)
    return f'<circle {shape}cx="{x}" cy="{y}" r="{radius}"/>'


def _scale(rows: Sequence[Row]) -> Place:
    exposures = [log10(row["exposure"]) for row in rows]
    heights = [row[name] for row in rows for name in ("rate", "low_998", "high_998")]
    left, right, low, high = min(exposures), max(exposures), min(heights), max(heights)

    def place(exposure: float, rate: float) -> str:
        x = EDGE + (log10(exposure) - left) / ((right - left) or 1.0) * (WIDTH - 2 * EDGE)
        y = EDGE + (high - rate) / ((high - low) or 1.0) * (HEIGHT - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    return place
