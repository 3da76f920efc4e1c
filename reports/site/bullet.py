"""A bullet graph: the progress made, against the progress due by now and the thresholds of the verdict."""

from itertools import pairwise

from transforms.pacing.pace import AT_RISK, ON_TRACK

THRESHOLDS = "thresholds"
WIDTH, EDGE = 140.0, 4.0
LEAST, MOST = -0.4, 1.6
"""The paces that are drawn; what lies beyond is drawn at the edge."""


def thresholds() -> str:
    """What is behind the bar of the rule of pace: the stretches of behind, at risk and on track."""
    ends = [_place(share) for share in (LEAST, AT_RISK, ON_TRACK, MOST)]
    return "".join(
        f'<path class="{name}" d="M{first:.0f} 9H{last:.0f}"/>'
        for name, (first, last) in zip("lmh", pairwise(ends), strict=True)
    )


def bullet(pace: float, *, has_thresholds: bool) -> str:
    """A bar from the baseline to the progress made, and a stroke at the progress due.

    pace: progress made over progress due. has_thresholds: whether the verdict takes those of the rule of pace; the page
    has them once, as ``THRESHOLDS``.
    """
    zero, due = _place(0), _place(1)
    ground = (
        f'<use href="#{THRESHOLDS}"/>' if has_thresholds else f'<path class="m" d="M{EDGE:.0f} 9H{WIDTH - EDGE:.0f}"/>'
    )
    kind = "a" if pace < 0 else "v"
    return f'{ground}<path class="{kind}" d="M{zero:.0f} 9H{_place(pace):.0f}"/><path class="e" d="M{due:.0f} 2V16"/>'


def band_bullet(low: float, high: float, value: float) -> str:
    """The band as a bar, and the value as a stroke."""
    reach = max(high - low, abs(value - low), abs(value - high)) or 1.0
    first, last = min(low, value) - reach * 0.1, max(high, value) + reach * 0.1

    def place(number: float) -> float:
        return EDGE + (number - first) / (last - first) * (WIDTH - 2 * EDGE)

    return f'<path class="h" d="M{place(low):.0f} 9H{place(high):.0f}"/><path class="d" d="M{place(value):.0f} 3V15"/>'


def _place(pace: float) -> float:
    return EDGE + (min(max(pace, LEAST), MOST) - LEAST) / (MOST - LEAST) * (WIDTH - 2 * EDGE)
