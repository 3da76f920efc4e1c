"""What the brief stands on: the published rows of the indicators it is about."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from reports.charted import charted
from transforms.reasons import day, number, period_name
from warehouse.errors import ConfigError
from warehouse.schema import (
    PUBLISHED_EFFECTS,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_PATHS,
    PUBLISHED_PERIODS,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
    Table,
)

Row = Mapping[str, Any]
Grouped = Mapping[str, Sequence[Row]]
Read = Callable[[str], Sequence[Row]]
"""The rows of a published table by its name."""
TITLE, SENTENCE = 60, 240
"""Characters of a name and of a sentence from the data that are shown."""
NAMED = 3
"""So many indicators are named, the others counted."""
TO_DO = ": set a baseline after it, or splice the two"
"""What a reason says to those who keep the plan; management is asked for a new baseline instead."""


@dataclass(frozen=True)
class Judged:
    """One indicator: its rows of indicators and verdicts, its periods oldest first, its breaks by day, and what the path expects of the
    periods to come."""

    row: Row
    verdict: Row
    periods: Sequence[Row]
    breaks: Sequence[Row]
    path: Sequence[Row] = ()

    @property
    def title(self) -> str:
        return plain(self.row["title"])

    @property
    def unit(self) -> str:
        return plain(self.row["unit"], 30)

    @property
    def charted(self) -> Sequence[Row]:
        return charted(self.row, self.periods)

    @property
    def charted_breaks(self) -> Sequence[Row]:
        return [one for one in self.breaks if self.charted and one["day"] > self.charted[0]["start"]]

    @property
    def has_target(self) -> bool:
        return self.row["due"] is not None

    @property
    def judged_period(self) -> Row | None:
        """The row of the period that the verdict speaks of; of a year so far, its last period."""
        through = self.verdict["through"]
        return next((row for row in reversed(self.periods) if through and row["start"] <= through < row["end"]), None)

    @property
    def when(self) -> str:
        """``in Oct 2026``, or of a target of a year the part of it that is counted; empty where no period was judged."""
        through, due, judged = self.verdict["through"], self.row["due"], self.judged_period
        if through is None or judged is None:
            return ""
        if self.row["over"] != "year":
            return f"in {period_name(self.row['period'], pd.Timestamp(judged['start']))}"
        whole = (through.month, through.day) == (due.month, due.day)
        return f"in the year {'' if whole else 'so far, up '}to {said(through)}"

    @property
    def reason(self) -> str:
        """Why the verdict is so, without what is to be done about it."""
        return plain(self.verdict["reason"].replace(TO_DO, ""), SENTENCE)

    @property
    def barred(self) -> bool:
        """Whether a break keeps the verdict from being given."""
        return self.verdict["verdict"] == "not_assessable" and TO_DO in str(self.verdict["reason"])

    @property
    def value(self) -> str:
        """Value and unit; empty where none is known."""
        value = self.verdict["value"]
        return "" if value is None else f"{number(value)} {self.unit}"


@dataclass(frozen=True)
class Known:
    """``objective``: the one that the brief is limited to, or none. Indicators in the plan's order; effects and sources of these only."""

    organisation: str
    objective: str | None
    indicators: Sequence[Judged]
    sources: Sequence[Row]
    activities: Mapping[str, Row]
    effects: Sequence[Row]

    @property
    def as_of(self) -> datetime | None:
        """When it was judged, UTC."""
        return max((one.verdict["as_of"] for one in self.indicators), default=None)

    def using(self, source: Row) -> list[Judged]:
        """The indicators that are made from it; those with a target where there are such."""
        using = [one for one in self.indicators if source["source"] in (one.row["sources"] or ())]
        return [one for one in using if one.has_target] or using

    def of(self, one: Judged) -> list[Row]:
        """The sources that it is made from."""
        return [row for row in self.sources if row["source"] in (one.row["sources"] or ())]

    def titled(self, indicator_id: str) -> str:
        return next(one.title for one in self.indicators if one.row["indicator_id"] == indicator_id)


def load(organisation: str, read: Read, objective: str | None = None) -> Known:
    """Raises ``ConfigError`` where no indicator serves ``objective``."""
    indicators = _rows(read, PUBLISHED_INDICATORS)
    chosen = [row for row in indicators if objective is None or row["objective"] == objective]
    if not chosen and objective is not None:
        known = ", ".join(f"'{one}'" for one in sorted({row["objective"] for row in indicators if row["objective"]}))
        raise ConfigError(
            f"no indicator serves the objective '{objective}'",
            where="--objective",
            do=f"name one of {known or 'those that the plan gives'}",
        )
    ids = {row["indicator_id"] for row in chosen}
    verdicts = {row["indicator_id"]: row for row in _rows(read, PUBLISHED_VERDICTS)}
    ordered = ((PUBLISHED_PERIODS, "start"), (PUBLISHED_INDICATOR_BREAKS, "day"), (PUBLISHED_PATHS, "start"))
    periods, breaks, paths = (_grouped(_rows(read, table), order) for table, order in ordered)
    used = {name for row in chosen for name in row["sources"] or ()}
    return Known(
        organisation=plain(organisation),
        objective=objective and plain(objective),
        indicators=[_judged(row, verdicts[row["indicator_id"]], periods, breaks, paths) for row in chosen],
        sources=[row for row in _rows(read, PUBLISHED_SOURCES) if row["source"] in used],
        activities={row["activity_id"]: row for row in read("activities")},
        effects=[row for row in _rows(read, PUBLISHED_EFFECTS) if row["indicator_id"] in ids],
    )


def _judged(row: Row, verdict: Row, periods: Grouped, breaks: Grouped, paths: Grouped) -> Judged:
    """A break that lies ahead of the judgement is not told yet."""
    name = row["indicator_id"]
    known = [one for one in breaks.get(name, ()) if one["day"] <= verdict["as_of"].date()]
    return Judged(row, verdict, periods.get(name, ()), known, paths.get(name, ()))


def _rows(read: Read, table: Table) -> list[dict[str, Any]]:
    """With every column of the table; what an older file lacks is unknown."""
    return [{name: row.get(name) for name in table.names} for row in read(table.name)]


def _grouped(rows: Sequence[Row], order: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row[order]):
        groups.setdefault(row["indicator_id"], []).append(row)
    return groups


def plain(text: str, longest: int = TITLE) -> str:
    """Text from the data on one line: without control characters and marks that turn the direction of what follows, and shortened, a
    sentence after a whole word."""
    kept = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in text
        if unicodedata.category(c) not in {"Cf", "Cs"}
    )
    kept = " ".join(kept.split())
    if len(kept) <= longest:
        return kept
    cut = kept[: longest - 1]
    return f"{(cut.rpartition(' ')[0] or cut if longest >= SENTENCE else cut).rstrip()}…"


def said(moment: date) -> str:
    """``31 Oct 2026``"""
    return day(pd.Timestamp(moment))


def counted(count: int, noun: str) -> str:
    """``1 indicator``, ``2 indicators``"""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def titles(those: Sequence[Judged]) -> str:
    """``'A', 'B' and 'C'``, or the first and how many more."""
    names, more = [f"'{one.title}'" for one in those[:NAMED]], len(those) - NAMED
    return f"{', '.join(names)} and {more} more" if more > 0 else listed(names)


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``"""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def ended(text: str) -> str:
    """With a full stop, unless it was cut or has one."""
    return text if text.endswith((".", "…")) else f"{text}."
