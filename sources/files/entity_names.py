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
AVERAGES = frozenset(
    ("average", "averages", "avg", "mean", "median", "durchschnitt", "mittelwert", "moyenne", "promedio")
)
_SUM_WORDS = frozenset(
    ("total", "totals", "subtotal", "subtotals", "gesamt", "insgesamt", "gesamtsumme", "zwischensumme")
)
"""Words at the beginning or the end of such a name."""


def folded(name: str) -> str:
    """The name without what people vary: case, blanks, dashes, apostrophes, the stop of St., marks of footnotes."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", name).translate(_SAME))
    return " ".join(re.sub(r"(?<=\w)\.(?=\s)", "", plain).split()).casefold()


def is_total(name: str) -> bool:
    """Whether a name says that its values are a sum or an average of others: Total, City total, Total (all)."""
    plain = folded(name).strip(" :.Σ∑=-")
    words = re.findall(r"\w+", plain) or [""]
    return plain in TOTALS | AVERAGES or not _SUM_WORDS.isdisjoint((words[0], words[-1])) or name.strip() in {"Σ", "∑"}


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
