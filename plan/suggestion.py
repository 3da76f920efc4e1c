"""What to write instead of an unknown word."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known word, or else the list of them."""
    names = list(known)
    near = get_close_matches(word, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(names) or 'none'}"
