"""The frame of a picture: scales, axes, and the few shapes of which every chart is made, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

Point = tuple[float, float]
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
DIGIT = 0.6
"""How wide a character is, as a share of the size of its type; fonts differ, so rather too wide than too narrow."""
TICK = 5.0
LEAST = 1e-12
"""Values that differ by a smaller share are one."""


@dataclass(frozen=True)
class Size:
    """How large a picture is drawn, in pixels, and its type; ``is_narrow``: for a phone."""

    name: str
    width: float
    height: float
    type_size: float
    is_narrow: bool = False

    def text_width(self, text: str) -> float:
        return len(text) * self.type_size * DIGIT


@dataclass(frozen=True)
class Domain:
    """What the frame shows of both axes, in the units of the data; ``ticks`` of the upright axis."""

    left: float
    right: float
    bottom: float
    top: float
    ticks: Sequence[float]


@dataclass
class Plot:
    """A frame with what is drawn in it. ``margins``: left, top, right, bottom in pixels; ``name`` begins each id."""

    size: Size
    domain: Domain
    margins: tuple[float, float, float, float]
    name: str
    parts: list[str] = field(default_factory=list)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the frame."""
        left, top, right, bottom = self.margins
        return left, top, self.size.width - left - right, self.size.height - top - bottom

    def x(self, at: float) -> float:
        left, _, width, _ = self.frame
        reach = self.domain.right - self.domain.left or 1.0
        return left + (at - self.domain.left) / reach * width

    def y(self, value: float) -> float:
        _, top, _, height = self.frame
        reach = self.domain.top - self.domain.bottom or 1.0
        return top + (self.domain.top - value) / reach * height

    def at(self, point: Point) -> Point:
        return self.x(point[0]), self.y(point[1])

    def line(self, kind: str, points: Sequence[Point]) -> None:
        """A line through points of the data; nothing of fewer than two."""
        if len(points) > 1:
            self.parts.append(f'<path class="{kind}" d="M{"L".join(_pair(*self.at(point)) for point in points)}"/>')

    def area(self, kind: str, low: Sequence[Point], high: Sequence[Point]) -> None:
        points = [*low, *reversed(high)]
        self.parts.append(f'<path class="{kind}" d="M{"L".join(_pair(*self.at(point)) for point in points)}Z"/>')

    def dot(self, kind: str, point: Point, radius: float = 3) -> None:
        x, y = self.at(point)
        self.parts.append(f'<circle class="{kind}" cx="{_short(x)}" cy="{_short(y)}" r="{radius:g}"/>')

    def shape(self, kind: str, path: str, x: float, y: float) -> None:
        """A shape drawn around a place in pixels."""
        self.parts.append(f'<path class="{kind}" transform="translate({_short(x)} {_short(y)})" d="{path}"/>')

    def bar(self, kind: str, low: Point, high: Point) -> None:
        """A rectangle between two corners, in the units of the data."""
        (left, bottom), (right, top) = self.at(low), self.at(high)
        box = f'x="{_short(left)}" y="{_short(top)}" width="{_short(right - left)}" height="{_short(bottom - top)}"'
        self.parts.append(f'<rect class="{kind}" {box}/>')

    def upright(self, kind: str, at: float) -> None:
        """A line from the top to the bottom of the frame."""
        _, top, _, height = self.frame
        self.parts.append(f'<path class="{kind}" d="M{_short(self.x(at))} {_short(top)}v{_short(height)}"/>')

    def text(self, kind: str, text: str, x: float, y: float) -> None:
        self.parts.append(f'<text class="{kind}" x="{_short(x)}" y="{_short(y)}">{escape(text)}</text>')

    def value_axis(self, labels: Sequence[str], unit: str = "") -> None:
        """Lines across the frame with their values, and the unit above them."""
        left, top, width, _ = self.frame
        for value, label in zip(self.domain.ticks, labels, strict=True):
            y = self.y(value)
            self.parts.append(f'<path class="g" d="M{_short(left)} {_short(y)}h{_short(width)}"/>')
            self.text("e", label, left - 6, y + self.size.type_size * 0.35)
        if unit:
            self.text("u", unit, 2, min(top - self.size.type_size, self.size.type_size))

    def time_axis(self, ticks: Sequence[tuple[float, str]], *, between: bool = False) -> None:
        """The line at the bottom with a mark and a text for each tick; ``between``: no marks."""
        left, top, width, height = self.frame
        bottom = top + height
        marks = "" if between else "".join(f"M{_short(self.x(at))} {_short(bottom)}v{TICK:g}" for at, _ in ticks)
        self.parts.append(f'<path class="b" d="M{_short(left)} {_short(bottom)}h{_short(width)}{marks}"/>')
        for at, label in ticks:
            self.text("m", label, self.x(at), bottom + TICK + self.size.type_size)

    def end_labels(self, labels: Sequence[tuple[str, float, str]], at: float) -> None:
        """Texts beside the ends of lines, moved apart where they would overlap.

        labels: class, value and text of each. at: where they stand, in the units of the data.
        """
        x, gap = self.x(at) + 9, self.size.type_size * 1.12
        placed = sorted((self.y(value), kind, text) for kind, value, text in labels)
        heights = spread([y for y, _, _ in placed], gap, self.size.type_size, self.size.height - self.margins[3])
        for (_, kind, text), y in zip(placed, heights, strict=True):
            self.text(f"l {kind}", text, x, y + self.size.type_size * 0.35)

    def svg(self, title: str, description: str) -> str:
        """The ``svg`` element, with a title and a description for screen readers."""
        name, frame = f"{self.name}-{self.size.name}", " ".join(map(_short, self.frame))
        view = f'viewBox="0 0 {self.size.width:g} {self.size.height:g}" data-frame="{frame}"'
        head = f'<svg role="img" aria-labelledby="{name}-title {name}-text" class="chart {self.size.name}" {view}>'
        title, description = (
            f'<title id="{name}-title">{escape(title)}</title>',
            f'<desc id="{name}-text">{escape(description)}</desc>',
        )
        return f"{head}{title}{description}{''.join(self.parts)}</svg>"


def spread(places: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Sorted places moved apart to at least ``gap``, as little as possible, within top and bottom if they fit."""
    blocks: list[tuple[float, int]] = []
    for at, place in enumerate(places):  # by isotonic regression of what is left without the gaps
        mean, count = place - at * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, some = blocks.pop()
            mean, count = (before * some + mean * count) / (some + count), some + count
        blocks.append((mean, count))
    bare = [mean for mean, count in blocks for _ in range(count)]
    moved = [one + at * gap for at, one in enumerate(bare)]
    down = max(top - moved[0], 0.0) if moved else 0.0
    moved = [one + down for one in moved]
    up = max(moved[-1] - bottom, 0.0) if moved else 0.0
    return [one - up for one in moved]


def value_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values that enclose low and high: at most ``most`` steps, from 0 where low is not far above it."""
    if 0 <= low < high * 0.5:
        low = 0.0
    if high - low <= max(abs(low), abs(high), LEAST) * LEAST:
        high = max(high, low + (abs(low) * 0.1 or 1.0))
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in STEPS if one * power >= rough * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [float(f"{step * n:.12g}") for n in range(first, last + 1)]


def _pair(x: float, y: float) -> str:
    return f"{_short(x)} {_short(y)}"


def _short(pixels: float) -> str:
    return f"{pixels:.1f}".removesuffix(".0")
