"""Values as people read them. Nothing large is imported, so that ``kmi status`` starts at once."""

import math
from datetime import date


def number(value: float) -> str:
    """A figure: whole from 100 on, four significant digits below.

    Digits beyond the twelfth are noise of adding up, and would round a half up in one place and down in another.
    """
    value = float(f"{value:.12g}")
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.4g}"


NEAR = 1e-9
"""Floats that differ by no more than this share are the same figure."""


def distinct_number(value: float, mark: float | None) -> str:
    """A figure with as many digits as it takes to tell it from ``mark``, which it may fall just short of."""
    if mark is None or number(value) != number(mark) or math.isclose(value, mark, rel_tol=NEAR):
        return number(value)
    exact = ((f"{value:,.{digits}f}", f"{mark:,.{digits}f}") for digits in range(1, 15))
    return next((shown for shown, other in exact if shown != other), number(value))


def day(moment: date) -> str:
    """``7 Mar 2026``."""
    return f"{moment.day} {moment:%b %Y}"


def rounded_probability(probability: float) -> str:
    """A probability in words, no more precise than it is known."""
    if probability < 0.05:
        return "below 5 %"
    return "above 95 %" if probability > 0.95 else f"about {round(probability * 20) * 5} %"


MOST_PACE = 2.0
"""Beyond twice the progress due a ratio says only that the indicator is ahead: so little was due."""


def pace_per_cent(ratio: float) -> int:
    """Progress made over progress due in whole per cent, cut off, so that it never looks better than the verdict."""
    return math.trunc(ratio * 100 + 1e-6)
