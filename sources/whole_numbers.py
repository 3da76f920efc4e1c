"""Whole numbers that a provider writes as text: totals, page numbers, codes."""

MAX_DIGITS = 18
"""Larger ones count nothing; Python refuses to write those of more than 4,300 digits."""


def read_count(text: object) -> int | None:
    """The number in a text or value of digits only; None for anything else."""
    if isinstance(text, bool) or not isinstance(text, int | str):
        return None
    if isinstance(text, int):
        return text if 0 <= text < 10**MAX_DIGITS else None
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None
