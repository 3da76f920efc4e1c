"""What the records of a delivery say about each other: totals among the parts, spellings of a name, files alike."""

import math
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sources.files.cells import Unreadable
from sources.files.entity_names import best_spelling, is_total, spellings
from sources.files.sum_tables import SumTable, sum_tables
from sources.files.yaml_text import yaml_text
from warehouse.errors import ShapeError

if TYPE_CHECKING:
    from sources.files.cell_records import CellRecord, FileRecords

LEAST_PARTS = 2
"""A sum has so many parts at least."""
MOST_SPANS = 0.6
"""A sum may disagree in some spans, where a part is missing or was corrected."""
LEAST_DIGITS, LEAST_DIGITS_OF_SOME = 2, 4
"""So many digits in all must agree in a sum of all others or of some, and one or two more for each tenfold of rows:
by chance that is so once in 100 or 10,000 tables."""
SAME = 1e-9
LEAST_SHARED = 3
"""Of files of different things that share so many keys more than half of the values differ; of fewer keys all."""


def require_no_totals(records: Sequence["CellRecord"], kept_apart: Set[str]) -> None:
    """Raise ``ShapeError`` for an entity that is the total of others: by its name, or in every span.

    kept_apart: names that the plan says are branches of their own, whatever their sums.
    """
    first = {record.entity: record for record in reversed(records)}
    if len(first) < 2:
        return
    named = next((name for name in first if is_total(name)), None)
    tables = [] if named else sum_tables(records)
    name, parts = named or _sum_of_others(tables, kept_apart), "all the others"
    if name is None:
        name, parts = _sum_of_those_before(tables, kept_apart), "those before it"
    if name is None:
        return
    seems = (
        "looks like a total or another figure of the branches"
        if named
        else f"is in every period the sum of {parts}, or nearly so"
    )
    do = f"leave it out: 'ignore: [{yaml_text(name)}]' for a column, 'skip: {{COLUMN: [{yaml_text(name)}]}}' for rows"
    keep = f"; if it is a branch, declare 'rename: {{{yaml_text(name)}: {'NAME' if named else yaml_text(name)}}}'"
    raise ShapeError(f"'{name}' {seems} and would be counted besides its parts", where=first[name].origin, do=do + keep)


def _sum_of_others(tables: Sequence[SumTable], kept_apart: Set[str]) -> str | None:
    """The entity whose value is the sum of all others in ``MOST_SPANS`` of the spans of its metric; None where there is
    none. In the others a part may be missing, or was corrected after the sum was made.
    """
    names = {name: at for at, name in enumerate(dict.fromkeys(name for table in tables for name in table.names))}
    found = list[NDArray[np.float64]]()
    for table in tables:
        values = table.matrix
        every = np.zeros((len(names), values.shape[1]))
        every[[names[name] for name in table.names]] = values
        found.append(every[:, np.count_nonzero(every, axis=0) > LEAST_PARTS])
    telling = _in_least_terms(np.hstack(found)) if found else np.zeros((len(names), 0))
    if not telling.size:
        return None
    total = telling.sum(axis=0)
    agree = (np.abs(2 * telling - total) <= SAME * total) & (telling != 0)
    digits = (agree * np.log10(np.maximum(telling, 1.0))).sum(axis=1)
    needed = LEAST_DIGITS + math.log10(np.count_nonzero(telling, axis=0).max())
    at = int(agree.sum(axis=1).argmax())
    enough = agree[at].sum() >= MOST_SPANS * telling.shape[1] and digits[at] >= needed
    found_name = list(names)[at]
    return found_name if enough and found_name not in kept_apart else None


def _in_least_terms(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The columns that differ in more than their size, each divided by the greatest common divisor of its numbers.

    900 = 600 + 300 tells no more than 3 = 2 + 1, however often it comes.
    """
    shares = np.round(table / np.maximum(table.sum(axis=0), 1e-300), 9)
    different = table[:, np.unique(shares, axis=1, return_index=True)[1]]
    whole = (different == np.round(different)).all(axis=0) & (different < 2**53).all(axis=0)
    common = np.gcd.reduce(np.where(whole, different, 1.0).astype(np.int64), axis=0)
    least: NDArray[np.float64] = different / np.maximum(common, 1)
    return least


def _sum_of_those_before(tables: Sequence[SumTable], kept_apart: Set[str]) -> str | None:
    """The first entity that is in ``MOST_SPANS`` of the spans the sum of two or more that stand right before it, as the
    subtotal of a region does; None where there is none.

    A sum may come by chance: small counts must agree in many spans, large ones in one or two.
    """
    for one in tables:
        table, names = one.matrix, one.names
        blank = np.zeros(table.shape[1])
        above, parts = (np.vstack([blank, np.cumsum(each, axis=0)]) for each in (table, (table != 0).astype(float)))
        needed = LEAST_DIGITS_OF_SOME + 2 * math.log10(max(len(names), 1))
        for name, at in names.items():
            if name in kept_apart:
                continue
            digits = np.log10(np.maximum(table[at], 1.0))
            starts = slice(0, max(at - LEAST_PARTS + 1, 0))
            sums, several = above[at] - above[starts], parts[at] - parts[starts] >= LEAST_PARTS
            agree = (np.abs(sums - table[at]) <= SAME * np.abs(table[at])) & (digits > 0) & several
            told = agree @ digits if _varies(table[at - 1], table[at]) else (agree * digits).max(axis=1, initial=0.0)
            enough = (told >= needed) & (agree.sum(axis=1) >= MOST_SPANS * np.count_nonzero(digits))
            if enough.any():
                return name
    return None


def _varies(part: NDArray[np.float64], whole: NDArray[np.float64]) -> bool:
    """Whether the share of a part in a sum varies from span to span; one that does not tells the same in each."""
    known = (whole != 0) & (part != 0)
    return bool(np.ptp(part[known] / whole[known]) > SAME) if known.any() else False


def require_no_copies(files: Sequence["FileRecords"], kept_apart: Set[str]) -> None:
    """Raise ``ShapeError`` for a file of one branch that holds what the file of another branch holds.

    kept_apart: names that the plan says are branches of their own.
    """
    known: list[tuple[str, dict[tuple[str, object], float], str]] = []
    for file in files:
        for name in dict.fromkeys(record.entity for record in file.records):
            values: dict[tuple[str, object], float] = {
                (record.metric, record.span): record.value
                for record in file.records
                if record.entity == name and record.value is not None
            }
            for other, theirs, origin in known:
                shared = values.keys() & theirs.keys()
                alike = len(shared) >= LEAST_SHARED and all(values[key] == theirs[key] for key in shared)
                if alike and any(values[key] for key in shared) and other != name and name not in kept_apart:
                    what = f"'{name}' has the same values as '{other}' and would be counted besides it"
                    own = yaml_text(name)
                    do = f"remove the copy; if both are branches, declare 'rename: {{{own}: {own}}}'"
                    raise ShapeError(what, where=origin, do=do)
            known.append((name, values, file.records[0].origin))


def with_one_spelling(files: Sequence["FileRecords"], unfolded: Set[str]) -> dict[str, int]:
    """Give each entity one spelling, in place; notes of what was folded, with the number of records.

    unfolded: names that are left alone. Spellings that have values of the same span may be two things: the records of
    all but the best one are refused.
    """
    notes: dict[str, int] = {}
    names = (record.entity for file in files for record in file.records if record.entity not in unfolded)
    for group in spellings(names):
        best = best_spelling(group)
        for name in sorted(group.keys() - {best}):
            same = _keys(files, name) & _keys(files, best)
            notes |= _fold(files, name, best, is_ambiguous=bool(same), count=group[name])
    return notes


def _keys(files: Sequence["FileRecords"], entity: str) -> set[object]:
    found = (record for file in files for record in file.records if record.entity == entity and not record.is_blank)
    return {(record.metric, record.span) for record in found}


def _fold(files: Sequence["FileRecords"], name: str, best: str, *, is_ambiguous: bool, count: int) -> dict[str, int]:
    reason = f"'{name}' may be '{best}' or another: both have values of the same days"
    own, other = yaml_text(name), yaml_text(best)
    action = f"declare 'rename: {{{own}: {other}}}' if they are one, or 'rename: {{{own}: {own}}}' if they are two"
    for file in files:
        file.gaps = {(best if entity == name and not is_ambiguous else entity, day) for entity, day in file.gaps}
        for at, record in enumerate(file.records):
            if record.entity == name and not is_ambiguous:
                file.records[at] = replace(record, entity=best)
            elif record.entity == name and not record.is_blank:
                fault = record.fault or Unreadable(record.text, reason, action)
                file.records[at] = replace(record, value=None, fault=fault)
    return {} if is_ambiguous else {f"values of '{name}' counted as '{best}'": count}


def is_another_thing(own: dict[object, "CellRecord"], earlier: dict[object, "CellRecord"]) -> bool:
    """Whether a file seems to hold other things than the earlier ones under the same keys, not a newer delivery."""
    shared = [key for key in own.keys() & earlier.keys() if not own[key].is_blank and not earlier[key].is_blank]
    differing = sum(own[key].value != earlier[key].value for key in shared)
    return differing == len(shared) > 0 or (len(shared) >= LEAST_SHARED and 2 * differing > len(shared))
