"""The small chart in the overview, in few bytes, so that hundreds fit on one page."""

from collections.abc import Callable, Collection, Sequence

Values = Sequence[float | None]
WIDTH, HEIGHT, EDGE = 120.0, 30.0, 3.0


def sparkline(values: Values, expected: Values, cuts: Collection[int] = ()) -> str:
    """Polylines of the values, the path dashed beneath, and a dot on the newest value.

    Empty where fewer than two values are known. ``cuts``: positions from which the values mean something else.
    """
    known = [value for value in (*values, *expected) if value is not None]
    if sum(value is not None for value in values) < 2:
        return ""
    low, high = min(known), max(known)
    reach = high - low or 1.0
    right = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)

    def place(at: int, value: float) -> str:
        return f"{EDGE + at * right:.0f},{EDGE + (high - value) / reach * (HEIGHT - 2 * EDGE):.0f}"

    path = "".join(f'<polyline class="p" points="{part}"/>' for part in _parts(expected, place, ()))
    line = "".join(f'<polyline points="{part}"/>' for part in _parts(values, place, cuts))
    last = max(at for at, value in enumerate(values) if value is not None)
    x, y = place(last, values[last] or 0.0).split(",")
    return f'{path}{line}<circle cx="{x}" cy="{y}" r="2.5"/>'


def _parts(values: Values, place: Callable[[int, float], str], cuts: Collection[int]) -> list[str]:
    """The points of each stretch without a gap or a cut."""
    parts: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None or at in cuts:
            parts.append([])
        if value is not None:
            parts[-1].append(place(at, value))
    return [" ".join(part) for part in parts if len(part) > 1]
