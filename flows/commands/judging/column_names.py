"""Which column of a table is which: by its name, whatever the capitals, or by a name that is common for it."""

import re
from difflib import get_close_matches

from sources.files.sheets import Sheet
from warehouse.errors import ShapeError

NUMBERS = ("base_year", "base_value", "current_year", "current_value", "target_year", "target")
NEEDED = (*NUMBERS, "direction")
OPTIONAL = ("limit", "standard_error", "unit")
"""``limit``: a natural limit in the wanted direction; ``standard_error``: of the change since the base."""
NEEDS = f"a table to judge has series, {', '.join(NEEDED)}"

ALIASES = {
    "base_year": "baseline year, base yr, start year, reference year, Basisjahr",
    "base_value": "baseline, baseline value, base, start value, initial value, reference value, Basiswert",
    "current_year": "current yr, latest year, actual year, year of value, aktuelles Jahr",
    "current_value": "current, latest, latest value, actual, actual value, observed, observed value, Istwert",
    "target_year": "target yr, goal year, due year, Zieljahr",
    "target": "target value, goal, goal value, Ziel, Zielwert",
    "direction": "wanted direction, desired direction, target direction, better, Richtung",
    "limit": "limits, natural limit, limit value",
    "standard_error": "se, std error, std err, stderr, standard error of change, Standardfehler",
    "unit": "units, unit of measure, uom, Einheit",
}
"""Names that are common for a column; capitals, blanks and signs between the words do not count."""
LAST_RESORT = {"current_year": "year, Jahr", "current_value": "value, Wert"}
"""Names that are taken only where nothing better is there."""
NEAR = 0.8


def find_columns(sheet: Sheet) -> tuple[dict[str, int], list[str]]:
    """The place of each column that is used, and what the user should know about it.

    Raises ``ShapeError`` for a column that is missing, and for two that may both be meant.
    """
    plain = [_plain(name) for name in sheet.header]
    found = {name: at for name in (*NEEDED, *OPTIONAL) if (at := _place(sheet, plain, name)) is not None}
    missing = [name for name in NEEDED if name not in found]
    free = [at for at in range(len(plain)) if at not in found.values() and plain[at]]
    if missing:
        similar = [f"'{sheet.header[at]}'" for at in free if _near(sheet.header[at], missing)]
        hint = f" ({' and '.join(similar)} is similar)" if similar else ""
        verb = "columns {} are" if len(missing) > 1 else "column {} is"
        raise ShapeError(f"the {verb.format(', '.join(missing))} missing{hint}", where=sheet.where, do=NEEDS)
    taken = [f"'{sheet.header[at]}' as {name}" for name, at in found.items() if sheet.header[at] != name]
    notes = [f"{sheet.where}: read {', '.join(taken)}"] if taken else []
    unused = [name for name in OPTIONAL if name not in found]
    notes += [
        f"{sheet.where}: the column '{sheet.header[at]}' is not used; did you mean '{near}'?"
        for at in free
        if (near := _near(sheet.header[at], unused))
    ]
    notes += [
        f"{sheet.where}: the column '{sheet.header[at]}' is not used, since there is '{sheet.header[found[name]]}'"
        for name in found
        for at in free
        if plain[at] in _names(name)
    ]
    return found, notes


def _place(sheet: Sheet, plain: list[str], name: str) -> int | None:
    for names in ({_plain(name)}, _names(name), _plain_names(LAST_RESORT.get(name, ""))):
        places = [at for at, one in enumerate(plain) if one in names]
        if len(places) > 1:
            both = " and ".join(f"'{sheet.header[at]}'" for at in places)
            do = f"name the right one '{name}' and the others differently"
            raise ShapeError(f"the column {name} is there twice, as {both}", where=sheet.where, do=do)
        if places:
            return places[0]
    return None


def _names(name: str) -> set[str]:
    return _plain_names(ALIASES[name])


def _plain_names(listed: str) -> set[str]:
    return {_plain(one) for one in listed.split(",") if one}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _near(name: str, wanted: list[str]) -> str:
    """The one of the wanted columns whose name is nearly this, or is part of it; "" where none is."""
    known = {_plain(one): column for column in wanted for one in (column, *ALIASES[column].split(","))}
    (best,) = get_close_matches(_plain(name), known, n=1, cutoff=NEAR) or ("",)
    words = set(re.split(r"[\W_]+", name.casefold()))
    parts = [column for column in wanted if words.issuperset(column.split("_"))]
    return known.get(best, parts[0] if parts else "")
