"""The published rows behind the brief, for the indicators that it covers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reports.brief.language import brief_language, joined
from reports.chart_periods import as_whole, periods_to_chart
from reports.language import Language, english
from reports.plain_text import on_one_line
from reports.sentence_parts import period_phrase
from reports.sentences import published_findings, reason
from transforms.findings import Finding
from warehouse.errors import ConfigError
from warehouse.published_tables import Grouped, PublishedTables, Row
from warehouse.schema import (
    PUBLISHED_ACTIVITIES,
    PUBLISHED_EFFECTS,
    PUBLISHED_INDICATOR_BREAKS,
    PUBLISHED_INDICATORS,
    PUBLISHED_NOTES,
    PUBLISHED_PATHS,
    PUBLISHED_PERIODS,
    PUBLISHED_SOURCES,
    PUBLISHED_VERDICTS,
)

TITLE, SENTENCE = 200, 400
"""Characters shown at most of a name and of a sentence from the data."""
NO_LETTERS = dict.fromkeys((0xFFFE, 0xFFFF))
"""Code points that are never letters and that no XML file may have."""
MOST_NAMED = 3
"""Indicators named in one sentence; the others are counted."""


@dataclass(frozen=True)
class JudgedIndicator:
    """One indicator with its published rows.

    ``row``, ``verdict``: its rows of indicators and of verdicts; ``periods``: oldest first; ``breaks``: by day;
    ``path``: what is expected of the periods to come; ``notes``: newest first; ``t``: the reader's language.
    """

    row: Row
    verdict: Row
    periods: Sequence[Row]
    breaks: Sequence[Row]
    path: Sequence[Row] = ()
    notes: Sequence[Row] = ()
    t: Language = field(default_factory=english)

    @property
    def title(self) -> str:
        return one_line(self.row["title"])

    @property
    def unit(self) -> str:
        return one_line(self.row["unit"], 30)

    @property
    def periods_to_chart(self) -> Sequence[Row]:
        return as_whole(periods_to_chart(self.row, self.periods))

    @property
    def breaks_to_chart(self) -> Sequence[Row]:
        shown = self.periods_to_chart
        return [row for row in self.breaks if shown and row["day"] > shown[0]["start"]]

    @property
    def has_target(self) -> bool:
        return self.row["due"] is not None

    @property
    def judged_period(self) -> Row | None:
        """The row of the period that the verdict is on; for a year so far, its last period."""
        through = self.verdict["through"]
        return next((row for row in reversed(self.periods) if through and row["start"] <= through < row["end"]), None)

    @property
    def period_phrase(self) -> str:
        """``in Oct 2026``, or for a yearly target the part of the year counted; empty where no period was judged."""
        through, due, judged = self.verdict["through"], self.row["due"], self.judged_period
        if through is None or judged is None:
            return ""
        if self.row["over"] != "year":
            return period_phrase(self.row["period"], judged["start"], self.t)
        whole_year = (through.month, through.day) == (due.month, due.day)
        return self.t("brief.whole_year" if whole_year else "brief.this_year", day=self.t.day(through))

    @property
    def reason(self) -> str:
        """Why the verdict is as it is, without the advice to those who keep the plan."""
        return one_line(reason(self.verdict, self.t, advice=False), SENTENCE)

    @property
    def findings(self) -> list[Finding]:
        """What the verdict is made of; the deciding finding is first. None in a warehouse of an older version."""
        return published_findings(self.verdict)

    @property
    def is_over(self) -> bool:
        """Whether what is judged ends with the due day or after it, so that no path and no chance are left."""
        return bool(self.has_target and self.verdict["through"] and self.verdict["through"] >= self.row["due"])

    @property
    def withheld_by_break(self) -> bool:
        return bool(self.verdict["reason_code"] == "break")

    @property
    def value(self) -> str:
        """Value and unit; empty where no value is known."""
        value, facts = self.verdict["value"], self.findings[0].facts if self.findings else {}
        mark = facts.get("needed", self.row["target_value"])
        mark = mark if isinstance(mark, float) else None
        return "" if value is None else f"{self.t.number(value, mark)} {self.unit}"


@dataclass(frozen=True)
class BriefInputs:
    """All that the brief is made from. Effects and sources are those of ``indicators``, which are in the plan's order.

    ``objective``: the one that the brief is limited to, or None; ``t``: the reader's language.
    """

    organisation: str
    objective: str | None
    indicators: Sequence[JudgedIndicator]
    sources: Sequence[Row]
    activities: Mapping[str, Row]
    effects: Sequence[Row]
    t: Language = field(default_factory=english)

    @property
    def as_of(self) -> datetime | None:
        """When the indicators were judged, UTC."""
        return max((indicator.verdict["as_of"] for indicator in self.indicators), default=None)

    def indicators_using(self, source: Row) -> list[JudgedIndicator]:
        """The indicators made from a source: those with a target, or all where none has one."""
        using = [one for one in self.indicators if source["source"] in (one.row["sources"] or ())]
        return [indicator for indicator in using if indicator.has_target] or using

    def sources_of(self, indicator: JudgedIndicator) -> list[Row]:
        return [row for row in self.sources if row["source"] in (indicator.row["sources"] or ())]

    def title_of(self, indicator_id: str) -> str:
        return next(one.title for one in self.indicators if one.row["indicator_id"] == indicator_id)


def load(
    organisation: str, tables: PublishedTables, objective: str | None = None, t: Language | None = None
) -> BriefInputs:
    """Read the published tables; ``t``: English where not given.

    Raises ``ConfigError`` where no indicator serves ``objective``.
    """
    t = t or brief_language()
    indicators = tables.rows(PUBLISHED_INDICATORS)
    chosen = [row for row in indicators if objective is None or row["objective"] == objective]
    if not chosen and objective is not None:
        objectives = sorted({row["objective"] for row in indicators if row["objective"]})
        names = ", ".join(f"'{name}'" for name in objectives) or "those in the plan"
        raise ConfigError(
            f"no indicator serves the objective '{objective}'", where="--objective", do=f"name one of {names}"
        )
    ids = {row["indicator_id"] for row in chosen}
    verdicts = tables.by(PUBLISHED_VERDICTS, "indicator_id")
    ordered = ((PUBLISHED_PERIODS, "start"), (PUBLISHED_INDICATOR_BREAKS, "day"), (PUBLISHED_PATHS, "start"))
    periods, breaks, paths = (tables.grouped(table, "indicator_id", order) for table, order in ordered)
    judged = [_judged(row, verdicts[row["indicator_id"]], periods, breaks, paths) for row in chosen]
    notes = tables.grouped(PUBLISHED_NOTES, "indicator_id", "noted_on", newest_first=True)
    used = {name for row in chosen for name in row["sources"] or ()}
    return BriefInputs(
        organisation=one_line(organisation),
        objective=objective and one_line(objective),
        indicators=[replace(one, t=t, notes=notes.get(one.row["indicator_id"], ())) for one in judged],
        sources=[row for row in tables.rows(PUBLISHED_SOURCES) if row["source"] in used],
        activities=tables.by(PUBLISHED_ACTIVITIES, "activity_id"),
        effects=[row for row in tables.rows(PUBLISHED_EFFECTS) if row["indicator_id"] in ids],
        t=t,
    )


def _judged(row: Row, verdict: Row, periods: Grouped, breaks: Grouped, paths: Grouped) -> JudgedIndicator:
    """One indicator with its rows; breaks after the day of the judgement are left out."""
    name = row["indicator_id"]
    past_breaks = [one for one in breaks.get(name, ()) if one["day"] <= verdict["as_of"].date()]
    return JudgedIndicator(row, verdict, periods.get(name, ()), past_breaks, paths.get(name, ()))


def one_line(text: str, longest: int = TITLE) -> str:
    """Text from the data on one line, cut at ``longest`` characters, after a whole word.

    Control characters and marks that turn the direction of writing are left out.
    """
    kept = on_one_line(text.translate(NO_LETTERS))
    if len(kept) <= longest:
        return kept
    cut = kept[: longest - 1]
    return f"{(cut.rpartition(' ')[0] or cut).rstrip()}…"


def list_titles(t: Language, indicators: Sequence[JudgedIndicator]) -> str:
    """``'A', 'B' and 'C'``, or the first ones and how many more."""
    names, more = (
        [t("brief.quoted", title=one.title) for one in indicators[:MOST_NAMED]],
        len(indicators) - MOST_NAMED,
    )
    return t("and_more", names=", ".join(names), count=t.whole(more)) if more > 0 else joined(t, names)


def subject(t: Language, indicators: Sequence[JudgedIndicator]) -> str:
    """The title of the only one, as it is; of several the titles in quotation marks."""
    return indicators[0].title if len(indicators) == 1 else list_titles(t, indicators)


def with_full_stop(text: str) -> str:
    """The text with a full stop, unless it was cut or has one."""
    return text if text.endswith((".", "…")) else f"{text}."
