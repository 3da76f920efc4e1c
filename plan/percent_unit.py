"""Which units mean per cent, so that 100 is all of it."""

PERCENT_WORDS = frozenset({"%", "per cent", "percent", "percentage", "pct"})
_LIKE_THEM = PERCENT_WORDS | {"prozent", "percents", "pct.", "v. h.", "v.h."}
_BEFORE = ("share in ", "rate in ", "value in ", "in ")


def is_percent(unit: str) -> bool:
    """Whether a figure of this unit counts from 0 to 100: ``per cent``, ``% of members``, ``Share (%)``.

    Percentage points and changes in per cent are differences, so they do not.
    """
    text = " ".join(unit.casefold().replace("(", "in ").replace(")", "").replace("[", "in ").replace("]", "").split())
    for word in _BEFORE:
        text = text.removeprefix(word)
    return text.partition(" of ")[0] in _LIKE_THEM
