"""What the brief stands on: the published rows of the indicators it is about."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from reports.chart_periods import periods_to_chart
from transforms.formatting import day, number
from transforms.reasons import period_name
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
ReadTable = Callable[[str], Sequence[Row]]
"""The rows of a published table by its name."""
TITLE, SENTENCE = 60, 240
"""Characters of a name and of a sentence from the data that are shown."""
MOST_NAMED = 3
"""So many indicators are named, the others counted."""
BREAK_ADVICE = ": set a baseline after it, or splice the two"
"""What a reason says to those who keep the plan; management is asked for a new baseline instead."""


@dataclass(frozen=True)
class JudgedIndicator:
    """One indicator: its rows of indicators and verdicts, its periods oldest first, its breaks by day, and what the path expects of the
    periods to come."""

    row: Row
    verdict: Row
    periods: Sequence[Row]
    breaks: Sequence[Row]
    path: Sequence[Row] = ()

    @property
    def title(self) -> str:
        return one_line(self.row["title"])

    @property
    def unit(self) -> str:
        return one_line(self.row["unit"], 30)

    @property
    def periods_to_chart(self) -> Sequence[Row]:
        return periods_to_chart(self.row, self.periods)

    @property
    def breaks_to_chart(self) -> Sequence[Row]:
        return [one for one in self.breaks if self.periods_to_chart and one["day"] > self.periods_to_chart[0]["start"]]

    @property
    def has_target(self) -> bool:
        return self.row["due"] is not None

    @property
    def judged_period(self) -> Row | None:
        """The row of the period that the verdict speaks of; of a year so far, its last period."""
        through = self.verdict["through"]
        return next((row for row in reversed(self.periods) if through and row["start"] <= through < row["end"]), None)

    @property
    def period_phrase(self) -> str:
        """``in Oct 2026``, or of a target of a year the part of it that is counted; empty where no period was judged."""
        through, due, judged = self.verdict["through"], self.row["due"], self.judged_period
        if through is None or judged is None:
            return ""
        if self.row["over"] != "year":
            return f"in {period_name(self.row['period'], pd.Timestamp(judged['start']))}"
        whole = (through.month, through.day) == (due.month, due.day)
        return f"in the year {'' if whole else 'so far, up '}to {format_day(through)}"

    @property
    def reason(self) -> str:
        """Why the verdict is so, without what is to be done about it."""
        return one_line(self.verdict["reason"].replace(BREAK_ADVICE, ""), SENTENCE)

    @property
    def withheld_by_break(self) -> bool:
        """Whether a break keeps the verdict from being given."""
        return self.verdict["verdict"] == "not_assessable" and BREAK_ADVICE in str(self.verdict["reason"])

    @property
    def value(self) -> str:
        """Value and unit; empty where none is known."""
        value = self.verdict["value"]
        return "" if value is None else f"{number(value)} {self.unit}"


@dataclass(frozen=True)
class BriefInputs:
    """``objective``: the one that the brief is limited to, or none. Indicators in the plan's order; effects and sources of these only."""

    organisation: str
    objective: str | None
    indicators: Sequence[JudgedIndicator]
    sources: Sequence[Row]
    activities: Mapping[str, Row]
    effects: Sequence[Row]

    @property
    def as_of(self) -> datetime | None:
        """When it was judged, UTC."""
        return max((one.verdict["as_of"] for one in self.indicators), default=None)

    def indicators_using(self, source: Row) -> list[JudgedIndicator]:
        """The indicators that are made from it; those with a target where there are such."""
        indicators_using = [one for one in self.indicators if source["source"] in (one.row["sources"] or ())]
        return [one for one in indicators_using if one.has_target] or indicators_using

    def sources_of(self, one: JudgedIndicator) -> list[Row]:
        """The sources that it is made from."""
        return [row for row in self.sources if row["source"] in (one.row["sources"] or ())]

    def title_of(self, indicator_id: str) -> str:
        return next(one.title for one in self.indicators if one.row["indicator_id"] == indicator_id)


def load(organisation: str, read: ReadTable, objective: str | None = None) -> BriefInputs:
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
    return BriefInputs(
        organisation=one_line(organisation),
        objective=objective and one_line(objective),
        indicators=[_judged(row, verdicts[row["indicator_id"]], periods, breaks, paths) for row in chosen],
        sources=[row for row in _rows(read, PUBLISHED_SOURCES) if row["source"] in used],
        activities={row["activity_id"]: row for row in read("activities")},
        effects=[row for row in _rows(read, PUBLISHED_EFFECTS) if row["indicator_id"] in ids],
    )


def _judged(row: Row, verdict: Row, periods: Grouped, breaks: Grouped, paths: Grouped) -> JudgedIndicator:
    """A break that lies ahead of the judgement is not told yet."""
    name = row["indicator_id"]
    known = [one for one in breaks.get(name, ()) if one["day"] <= verdict["as_of"].date()]
    return JudgedIndicator(row, verdict, periods.get(name, ()), known, paths.get(name, ()))


def _rows(read: ReadTable, table: Table) -> list[dict[str, Any]]:
    """With every column of the table; what an older file lacks is unknown."""
    return [{name: row.get(name) for name in table.names} for row in read(table.name)]


def _grouped(rows: Sequence[Row], order: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row[order]):
        groups.setdefault(row["indicator_id"], []).append(row)
    return groups


def one_line(text: str, longest: int = TITLE) -> str:
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


def format_day(moment: date) -> str:
    """``31 Oct 2026``"""
    return day(pd.Timestamp(moment))


def count_noun(count: int, noun: str) -> str:
    """``1 indicator``, ``2 indicators``"""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def list_titles(those: Sequence[JudgedIndicator]) -> str:
    """``'A', 'B' and 'C'``, or the first and how many more."""
    names, more = [f"'{one.title}'" for one in those[:MOST_NAMED]], len(those) - MOST_NAMED
    return f"{', '.join(names)} and {more} more" if more > 0 else join_names(names)


def join_names(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``"""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def with_full_stop(text: str) -> str:
    """With a full stop, unless it was cut or has one."""
    return text if text.endswith((".", "…")) else f"{text}."
