"""Whether a delivery of files is whole and whether each request stands in it once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sources.access_log.visits import IntArray

LEAST_HOLE_S, BEYOND_ANY_NIGHT_S = 3 * 3600, 20 * 3600
LONGER_THAN_ANY = 3
"""A silence between two files is a hole when it is so many times as long as the site is ever silent."""
LEAST_REQUESTS = 100
"""With fewer requests the silences of a site are not known."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file, how it was read, and the range of its requests among all: ``[first, end)``."""

    name: str
    form: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A silence between two files, in seconds since 1970 UTC, that is longer than the site is ever silent."""

    before: str
    after: str
    start: int
    end: int


def repeated_requests(at: IntArray, hashes: IntArray, files: Sequence[FileRead]) -> NDArray[np.bool_]:
    """Which requests stand in a file that was read before: a line that two files hold is one request.

    A line that one file holds several times is several requests. Only files that overlap in time are compared.
    """
    repeated = np.zeros(at.size, dtype=np.bool_)
    rows = np.concatenate([np.arange(file.first, file.end) for file in _overlapping(at, files)] or [np.arange(0)])
    if not rows.size:
        return repeated
    starts = np.array([file.first for file in files])
    line, file = hashes[rows], np.searchsorted(starts, rows, side="right")
    order = np.lexsort((rows, file, line))
    new_group = np.append(True, (np.diff(line[order]) != 0) | (np.diff(file[order]) != 0))
    group_start = np.maximum.accumulate(np.where(new_group, np.arange(rows.size), 0))
    nth = np.empty(rows.size, dtype=np.int64)
    nth[order] = np.arange(rows.size) - group_start
    order = np.lexsort((file, nth, line))
    repeated[rows[order[1:]]] = (np.diff(line[order]) == 0) & (np.diff(nth[order]) == 0)
    return repeated


def _overlapping(at: IntArray, files: Sequence[FileRead]) -> list[FileRead]:
    """The files whose times lie within those of another, in their order."""
    spans = sorted(
        (int(at[f.first : f.end].min()), int(at[f.first : f.end].max()), f.first) for f in files if f.end > f.first
    )
    found, latest, last = set[int](), -1, -1
    for start, end, first in spans:
        if start <= latest:
            found |= {first, last}
        if end >= latest:
            latest, last = end, first
    return [file for file in files if file.first in found]


def holes(at: IntArray, files: Sequence[FileRead]) -> list[Hole]:
    """The silences between files that a missing or a cut file explains better than the site does.

    They are compared with the silences within files and with those between the other files, which rotation at midnight
    lets fall into the night. Between two files alone only a silence beyond any night is a hole.
    """
    between = _silences(at, files)
    if at.size < LEAST_REQUESTS or not between:
        return []
    lengths = sorted(hole.end - hole.start for hole in between)
    usual = lengths[(len(lengths) - 1) // 2] if len(lengths) > 1 else 0
    quiet = max(usual, *(_longest_silence(at[file.first : file.end]) for file in files))
    least = max(LEAST_HOLE_S if len(lengths) > 1 else BEYOND_ANY_NIGHT_S, LONGER_THAN_ANY * quiet)
    return [hole for hole in between if hole.end - hole.start >= least]


def _silences(at: IntArray, files: Sequence[FileRead]) -> list[Hole]:
    """The time from the end of each file to the beginning of the next; none (0 or less) where they overlap."""
    spans = sorted(
        (int(at[f.first : f.end].min()), int(at[f.first : f.end].max()), f.name) for f in files if f.end > f.first
    )
    found, latest, name = list[Hole](), 0, ""
    for start, end, after in spans:
        if name:
            found.append(Hole(name, after, latest, start))
        if end >= latest:
            latest, name = end, after
    return found


def _longest_silence(at: IntArray) -> int:
    return int(np.diff(np.sort(at)).max()) if at.size > 1 else 0
