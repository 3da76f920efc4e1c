"""The small chart of an entry in a message: a picture for mail programs, and a line of blocks for plain text."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reports.chart_periods import as_whole, partial_ends
from reports.language import Language

Row = Mapping[str, Any]
SHOWN, FEWEST = 24, 3
"""The newest periods that are shown, and the fewest with a value of which a chart says anything."""
BLOCKS, UNKNOWN = "▁▂▃▄▅▆▇█", "·"
WIDTH_PX, HEIGHT_PX, SHARPNESS = 520, 120, 2
VALUE, PATH, INK, MUTED, GROUND = "#0b5cad", "#8a4b00", "#1d2733", "#5b6673", "#ffffff"


@dataclass(frozen=True, slots=True)
class MailChart:
    """Values and what was expected of each period, oldest first; None where unknown.

    ``newest``: the newest value as text. ``path``: what the dashed line is. ``text``: what the chart shows.
    """

    values: tuple[float | None, ...]
    expected: tuple[float | None, ...]
    first: str
    last: str
    newest: str
    path: str
    text: str

    @property
    def blocks(self) -> str:
        """The values as a line of blocks, from the lowest to the highest one."""
        known = [value for value in self.values if value is not None]
        low, span = min(known), max(known) - min(known)
        top = len(BLOCKS) - 1
        line = (UNKNOWN if v is None else BLOCKS[round((v - low) / span * top) if span else 3] for v in self.values)
        return f"{''.join(line)}  {self.first} – {self.last}"


def mail_chart(indicator: Row, verdict: Row, periods: Sequence[Row], t: Language) -> MailChart | None:
    """The chart of the newest periods up to the one judged, or None where too little is known.

    periods: oldest first.
    """
    end = (verdict["through"] or date.min) + timedelta(days=1)
    shown = as_whole([period for period in periods if period["end"] <= end][-SHOWN:])
    partial = partial_ends(shown)
    values = [None if at in partial else period["value"] for at, period in enumerate(shown)]
    known = [at for at, value in enumerate(values) if value is not None]
    if len(known) < FEWEST:
        return None
    inside = slice(known[0], known[-1] + 1)
    first, last = (t.period(indicator["period"], shown[at]["start"]) for at in (known[0], known[-1]))
    ends = {"low": t.number(values[known[0]]), "high": t.number(values[known[-1]])}
    return MailChart(
        tuple(values[inside]),
        tuple(period["expected"] for period in shown[inside]),
        first,
        last,
        t.number(values[known[-1]]),
        t("label.expected"),
        t("spark", first=first, last=last, **ends),
    )


def draw_png(chart: MailChart) -> bytes:
    """The picture: values as a line with the newest one named, what was expected dashed, on a white ground.

    The ground is white in dark clients, too: a picture with a transparent ground would lose its lines there.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"text.parse_math": False, "axes.unicode_minus": False}):
        figure = Figure(figsize=(WIDTH_PX / 100, HEIGHT_PX / 100), dpi=100 * SHARPNESS, facecolor=GROUND)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.03, 0.2, 0.73, 0.72))
        at = range(len(chart.values))
        expected = [float("nan") if one is None else one for one in chart.expected]
        values = [float("nan") if one is None else one for one in chart.values]
        axes.plot(at, expected, color=PATH, linewidth=1.4, dashes=(4, 2))
        axes.plot(at, values, color=VALUE, linewidth=2, marker="o", markersize=2.5)
        axes.plot(at[-1], values[-1], color=VALUE, marker="o", markersize=6)
        axes.annotate(
            chart.newest, (at[-1], values[-1]), (9, 0), textcoords="offset points", va="center", color=INK, fontsize=13
        )
        axes.set_axis_off()
        axes.margins(x=0.02, y=0.15)
        below = ((0.0, "left", chart.first, MUTED), (1.0, "right", chart.last, MUTED))
        middle = ((0.5, "center", f"- - {chart.path}", PATH),) if any(one is not None for one in chart.expected) else ()
        for place, side, label, colour in (*below, *middle):
            axes.text(place, -0.06, label, transform=axes.transAxes, ha=side, va="top", color=colour, fontsize=11)
        written = io.BytesIO()
        figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()
