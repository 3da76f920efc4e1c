"""Values as people read them. No import is needed, so that ``kmi status`` starts at once."""

from datetime import date


def number(value: float) -> str:
    """A figure: whole from 100 on, four significant digits below."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.4g}"


def day(moment: date) -> str:
    """``7 Mar 2026``."""
    return f"{moment.day} {moment:%b %Y}"


def rounded_probability(probability: float) -> str:
    """A probability in words, no more precise than it is known."""
    if probability < 0.05:
        return "below 5 %"
    return "above 95 %" if probability > 0.95 else f"about {round(probability * 20) * 5} %"
