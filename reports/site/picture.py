"""A picture of an indicator: its message, the drawing at two sizes, its values for keyboard and mouse, and its data."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import wrap

from markupsafe import Markup, escape

from transforms.spreadsheet_text import as_text

STYLE = Path(__file__).parent / "templates" / "chart.css"
LIGHT = {
    "var(--ground)": "#fff",
    "var(--ink)": "#1b1b1b",
    "var(--muted)": "#595959",
    "var(--line)": "#b8b8b8",
    "var(--series)": "#0b4a8f",
    "var(--path)": "#8a4b00",
    "var(--ahead)": "#6a2c91",
    "var(--good)": "#17603a",
    "var(--bad)": "#a3171f",
    "currentColor": "#1b1b1b",
}
"""The colours of a picture outside its page."""
NAMESPACE = "http://www.w3.org/2000/svg"
VIEW = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
TITLE_SIZE, SOURCE_SIZE = 18, 13
"""Pixels, of the texts around a picture outside its page."""
Cell = str | float | int | None


@dataclass(frozen=True)
class Readout:
    """One value of a picture: where it is, as shares of the frame from the left and the top, and what it says."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Picture:
    """``wide`` and ``narrow``: the ``svg`` elements. ``legend``: marks with the key of their text, where not labelled.

    ``columns`` and ``rows``: its data. ``first``: the readout with which one begins.
    """

    name: str
    message: str
    wide: str
    narrow: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    legend: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    readouts: Sequence[Readout] = ()
    first: int = 0

    @property
    def points(self) -> Markup:
        """The readouts as the value of an attribute, for the script of the page."""
        return escape(
            json.dumps(
                [[round(one.x, 4), round(one.y, 4), one.text] for one in self.readouts],
                ensure_ascii=False,
                separators=(",", ":"),
            )
        )

    def csv(self) -> bytes:
        """The data as a table; texts that a spreadsheet would compute stay text."""
        written = io.StringIO()
        table = csv.writer(written, lineterminator="\r\n")
        table.writerow(self.columns)
        for row in self.rows:
            table.writerow([as_text(cell) if isinstance(cell, str) else cell for cell in row])
        return ("\ufeff" + written.getvalue()).encode()

    def svg(self, source: str) -> bytes:
        """The wide drawing as a file of its own, in light colours on white, with its message above.

        source: what stands beneath, the name of the indicator and where its figures come from.
        """
        head, body = self.wide.split(">", 1)
        width, height = map(float, VIEW.findall(head)[0])
        lines = wrap(self.message, int(width / (TITLE_SIZE * 0.6)))
        above = (len(lines) + 0.6) * TITLE_SIZE * 1.25
        view = f'viewBox="0 {-above:g} {width:g} {height + above + 2 * SOURCE_SIZE:g}"'
        head = VIEW.sub(view, head).replace("<svg ", f'<svg xmlns="{NAMESPACE}" font-family="sans-serif" ', 1)
        title = "".join(
            f'<text class="ti" x="4" y="{(at + 1) * TITLE_SIZE * 1.25 - above:g}">{escape(line)}</text>'
            for at, line in enumerate(lines)
        )
        ground = f'<rect y="{-above:g}" width="100%" height="100%" fill="#fff"/>'
        below = f'<text class="so" x="4" y="{height + SOURCE_SIZE:g}">{escape(source)}</text>'
        return f"{head}><style>{_style()}</style>{ground}{title}{body.removesuffix('</svg>')}{below}</svg>".encode()


@cache
def _style() -> str:
    text = " ".join(STYLE.read_text(encoding="utf-8").split())
    for name, colour in LIGHT.items():
        text = text.replace(name, colour)
    return text
