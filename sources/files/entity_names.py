"""One name for each entity: spellings that differ in case, blanks, dashes or footnote marks are folded and noted."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

_MARKS = re.compile(r"[\s*†‡§¹²³⁴⁵⁶⁷⁸⁹⁰]+$")
_SAME = str.maketrans(
    {"‐": "-", "‑": "-", "–": "-", "—": "-", "’": "'", "`": "'", "\u200b": "", "\ufeff": "", "\u00ad": ""}
)
TOTALS = frozenset(
    (
        "total", "totals", "grand total", "overall", "subtotal", "sum", "all", "ytd", "all branches", "all libraries",
        "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt", "summe", "zusammen", "alle", "somme", "ensemble",
        "total général", "total general", "totale", "totali", "somma", "suma", "totaal", "totalt", "yhteensä", "razem",
        "összesen", "celkem",
    )
)  # fmt: skip
"""Names, in lower case, of rows and columns that hold a sum and no entity."""


def folded(name: str) -> str:
    """The name without what people vary: case, blanks, dashes, apostrophes, and marks of footnotes at its end."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", name).translate(_SAME))
    return " ".join(plain.split()).casefold()


def is_total(name: str) -> bool:
    """Whether a name says that its values are a sum."""
    return folded(name).strip(" :.Σ∑=-") in TOTALS or name.strip() in {"Σ", "∑"}


def spellings(names: Iterable[str]) -> list[Counter[str]]:
    """The names that are spelt in more than one way, each with how often each spelling occurs."""
    counts = Counter(names)
    by_fold: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        by_fold[folded(name)].append(name)
    groups = [names for fold, names in by_fold.items() if fold and len(names) > 1]
    return [Counter({name: counts[name] for name in group}) for group in groups]


def best_spelling(group: Counter[str]) -> str:
    """The spelling to keep: without a mark, not all in capitals or small letters, the most frequent, the first."""
    return min(
        group, key=lambda name: (bool(_MARKS.search(name)), name in (name.upper(), name.lower()), -group[name], name)
    )
