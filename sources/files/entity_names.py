"""One name for each entity: spellings that differ in case, blanks, dashes or footnote marks are folded and noted."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

_MARKS = re.compile(r"(?:[\s*†‡§¹²³⁴⁵⁶⁷⁸⁹⁰]|\[[0-9a-z]\])+$")
_SAME = str.maketrans(
    {"‐": "-", "‑": "-", "–": "-", "—": "-", "’": "'", "`": "'", "\u200b": "", "\ufeff": "", "\u00ad": ""}
)
TOTALS = frozenset(
    (
        "total", "totals", "grand total", "overall", "subtotal", "sum", "all", "ytd", "all branches", "all libraries",
        "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt", "summe", "zusammen", "alle", "somme", "ensemble",
        "total général", "total general", "totale", "totali", "somma", "suma", "totaal", "totalt", "yhteensä", "razem",
        "összesen", "celkem", "summa", "i alt", "totais", "toplam", "ukupno", "итого", "всего", "σύνολο",
        "alle standorte", "alle filialen", "alle bibliotheken", "toutes", "tous", "todas", "tutte",
        "合計", "総計", "总计", "합계", "총계",
    )
)  # fmt: skip
"""Names, in lower case, of rows and columns that hold a sum and no entity."""
AVERAGES = frozenset(
    ("average", "averages", "avg", "mean", "median", "durchschnitt", "mittelwert", "moyenne", "promedio")
)
BESIDE = frozenset(
    (
        "target", "targets", "budget", "budgeted", "planned", "goal", "forecast", "ziel", "zielwert", "soll",
        "sollwert", "planwert", "cible", "objectif", "objetivo", "obiettivo", "last year", "previous year",
        "prior year", "vorjahr", "vorjahreswert", "année précédente", "annee precedente", "año anterior",
        "anno precedente", "cumulative", "cumulated", "running total", "year to date", "kumuliert", "kumulativ",
        "cumul", "cumulé", "acumulado", "change", "difference", "variance", "veränderung", "differenz",
        "abweichung", "écart", "variation", "diferencia", "maximum", "max", "minimum", "min", "peak", "open days",
        "opening days", "days open", "öffnungstage", "open hours", "opening hours", "öffnungsstunden",
        "jours d'ouverture",
    )
)  # fmt: skip
"""Names of what stands beside the entities of a table: goals, comparisons, extremes, days of opening."""
_SHARE = re.compile(
    r"^(?:of which|thereof|davon|darunter|dont|di cui|de los cuales|including|incl)\b"
    r"|^(?:%|percent\b|per cent\b|prozent\b)|%$"
)
"""How the names of a part or a share of another row begin or end."""
_SUM_WORDS = frozenset(
    ("total", "totals", "subtotal", "subtotals", "gesamt", "insgesamt", "gesamtsumme", "zwischensumme")
)
"""Words at the beginning or the end of such a name."""


def folded(name: str) -> str:
    """The name without what people vary: case, blanks, dashes, apostrophes, the stop of St., marks of footnotes."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", name).translate(_SAME))
    return " ".join(re.sub(r"(?<=\w)\.(?=\s)", "", plain).split()).casefold()


def is_total(name: str) -> bool:
    """Whether a name says that its values are made of others, or a goal for them: Total, City total, Last year, Max."""
    plain = folded(name).strip(" :.Σ∑=-")
    words = re.findall(r"\w+", plain) or [""]
    listed = plain in TOTALS | AVERAGES | BESIDE or not _SUM_WORDS.isdisjoint((words[0], words[-1]))
    return listed or name.strip() in {"Σ", "∑"} or _SHARE.search(plain) is not None


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
