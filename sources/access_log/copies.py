"""Whether a delivery of files is whole: what overlaps, and where one is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sources.access_log.local_time import IntArray

LEAST_HOLE_S, BEYOND_ANY_NIGHT_S = 3 * 3600, 20 * 3600
LONGER_THAN_ANY = 3
"""A silence between two files is a hole when it is so many times as long as the site is ever silent."""
LEAST_REQUESTS = 100
"""With fewer requests the silences of a site are not known."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that counts, its number among all, and how it was read."""

    name: str
    form: str
    number: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The requests by file and quarter of an hour: columns of one length, ordered by both.

    file, quarter: the number of the file and that of the quarter since 1970 UTC. day: ``date.toordinal`` of the local
    day. requests, first, last: how many, and their first and last second since 1970 UTC. once, once_first, once_last:
    the same without the lines that an earlier file has too; all 0 where there are none. least_second, greatest_second,
    least_minute, greatest_minute: of the latter, within the minute and the hour.
    """

    columns: "Mapping[str, IntArray]"

    def __getitem__(self, name: str) -> "IntArray":
        return self.columns[name]

    @property
    def counted(self) -> "Summary":
        """Only where a request counts."""
        return self.where(self["once"] > 0)

    def where(self, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Summary":
        return Summary({name: column[chosen] for name, column in self.columns.items()})

    def spread(self, least: str, greatest: str) -> int:
        """How far two columns reach."""
        return int(self[greatest].max() - self[least].min())


@dataclass(frozen=True, slots=True)
class Hole:
    """A silence between two files, in seconds since 1970 UTC, that is longer than the site is ever silent."""

    before: str
    after: str
    start: int
    end: int


def overlapping(spans: Sequence[tuple[int, int, int]]) -> set[int]:
    """The files whose times lie within those of another. ``spans``: first and last second, and number, of each."""
    found, latest, last = set[int](), -1, -1
    for start, end, file in sorted(spans):
        if start <= latest:
            found |= {file, last}
        if end >= latest:
            latest, last = end, file
    return found


def holes(summary: Summary, files: Sequence[FileRead]) -> list[Hole]:
    """The silences between files that a missing or a cut file explains better than the site does.

    They are compared with the silences within files and with those between the other files, which rotation at midnight
    lets fall into the night. Between two files alone only a silence beyond any night is a hole.
    """
    between = _silences(summary, files)
    if summary["requests"].sum() < LEAST_REQUESTS or not between:
        return []
    lengths = sorted(hole.end - hole.start for hole in between)
    usual = lengths[(len(lengths) - 1) // 2] if len(lengths) > 1 else 0
    quiet = max(usual, _longest_silence(summary))
    least = max(LEAST_HOLE_S if len(lengths) > 1 else BEYOND_ANY_NIGHT_S, LONGER_THAN_ANY * quiet)
    return [hole for hole in between if hole.end - hole.start >= least]


def _silences(summary: Summary, files: Sequence[FileRead]) -> list[Hole]:
    """The time from the end of each file to the beginning of the next; none (0 or less) where they overlap."""
    names = {file.number: file.name for file in files}
    numbers, starts = np.unique(summary["file"], return_index=True)
    firsts = np.minimum.reduceat(summary["first"], starts) if starts.size else starts
    lasts = np.maximum.reduceat(summary["last"], starts) if starts.size else starts
    spans = sorted(zip(firsts.tolist(), lasts.tolist(), (names[number] for number in numbers.tolist()), strict=True))
    found, latest, name = list[Hole](), 0, ""
    for start, end, after in spans:
        if name:
            found.append(Hole(name, after, latest, start))
        if end >= latest:
            latest, name = end, after
    return found


def _longest_silence(summary: Summary) -> int:
    """The longest silence within a file, of those from one quarter of an hour to another.

    A shorter one never decides what a hole is: three of them are shorter than ``LEAST_HOLE_S``.
    """
    same_file = np.diff(summary["file"]) == 0
    silences = (summary["first"][1:] - summary["last"][:-1])[same_file]
    return int(silences.max()) if silences.size else 0
