"""The content of the brief: its parts, what of them is on the first page, and the numbers of the references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from reports.brief.citation import Citation, Reference, cite_indicator, moment, target_phrase
from reports.brief.evidence import UNQUALIFIED
from reports.brief.inputs import BriefInputs, JudgedIndicator
from reports.brief.limits import limits
from reports.brief.requests import requests
from reports.brief.summary import ranked_by_severity, summary
from reports.language import Language
from reports.site.changes import changes
from transforms.pacing.pace import AT_RISK, ON_TRACK

COLUMNS = ("indicator", "figure", "target", "verdict", "change")
"""The columns of the table, as in the keys of their headings."""
FEWEST_CHART_VALUES = 4
"""Known values below which a chart shows nothing of use."""
MOST_ROWS = 60
"""Rows of the table on all pages; the pages of kmi report have every indicator."""
UNKNOWN = "–"


@dataclass(frozen=True)
class Front:
    """How much of each part is on the first page; the rest follows on the next. ``chart``: 0 or 1."""

    rows: int = 8
    requests: int = 3
    limits: int = 3
    chart: int = 1


FRONTS = (
    *(Front(8, 4, 4), Front(8, 3, 3), Front(7, 3, 3), Front(6, 3, 3), Front(6, 3, 2), Front(6, 2, 2), Front(5, 2, 2)),
    *(Front(4, 2, 2), Front(4, 2, 1), Front(3, 1, 1), Front(2, 1, 1), Front(0, 1, 1), Front(0, 0, 0)),
    *(Front(0, 1, 1, 0), Front(0, 0, 0, 0)),
)
"""From the fullest first page to the emptiest; the first that fits is taken."""


@dataclass(frozen=True)
class TableRow:
    """One row of the table; cells in the order of ``COLUMNS``; ``verdict``: as published."""

    cells: tuple[str, ...]
    verdict: str


@dataclass(frozen=True)
class Brief:
    """The parts of the brief.

    ``judged``: when, or never; ``indicators``: those with a target, the gravest first, then the others; ``chart``: the
    indicator to draw, at most one; ``front``: how much of each part is on the first page.
    """

    t: Language
    organisation: str
    objective: str | None
    judged: str
    headline: Citation
    counts: Citation
    messages: tuple[Citation, ...]
    also: tuple[Citation, ...]
    limits: tuple[Citation, ...]
    requests: tuple[Citation, ...]
    indicators: tuple[JudgedIndicator, ...]
    chart: tuple[JudgedIndicator, ...]
    front: Front = Front()

    @property
    def title(self) -> str:
        return self.t("brief.title", organisation=self.organisation)

    @property
    def subtitle(self) -> str:
        about = self.t("brief.objective", objective=self.objective) if self.objective else ""
        return " ".join(part for part in (about, self.t("brief.judged_on", judged=self.judged)) if part)

    @cached_property
    def rows(self) -> tuple[TableRow, ...]:
        return tuple(table_row(one) for one in self.indicators if one.has_target)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Each reference once, in the order of the pages; its mark is its place in this list, counted from 1."""
        shown, ahead = self.front, map(cite_indicator, self.chart)
        first = [self.headline, self.counts, *self.messages]
        second = [*self.requests[: shown.requests], *self.limits[: shown.limits]]
        rest = [*self.also, *self.requests[shown.requests :], *self.limits[shown.limits :]]
        of = [reference for one in first for reference in one.references]
        after = [reference for one in (*second, *rest) for reference in one.references]
        return tuple(dict.fromkeys([*of, *ahead, *after]))

    @property
    def later_rows(self) -> tuple[TableRow, ...]:
        return self.rows[self.front.rows : MOST_ROWS]

    @property
    def not_shown(self) -> str:
        """How many rows no page has; empty where all are there."""
        more = len(self.rows) - MOST_ROWS
        return self.t("brief.not_shown", count=self.t.whole(more)) if more > 0 else ""

    @property
    def overleaf(self) -> str:
        """What the next page has."""
        names = {
            "brief.also": self.also,
            "brief.more_requests": self.requests[self.front.requests :],
            "brief.more_limits": self.limits[self.front.limits :],
            "brief.more_rows": self.later_rows,
        }
        parts = [_lowered(self.t(name)) for name, some in names.items() if some]
        return self.t("brief.overleaf", parts=", ".join(parts)) if parts else self.t("brief.overleaf.nothing")

    @property
    def method(self) -> list[str]:
        """How a verdict comes about, in a few paragraphs."""
        bands = {"on_track": f"{ON_TRACK * 100:.0f}", "at_risk": f"{AT_RISK * 100:.0f}"}
        about = [self.t("brief.method.verdict", **bands)]
        about += [self.t(f"brief.method.{name}") for name in ("missing", "luck", "order", "files")]
        return [*about, self.t("brief.change.about")]

    def marks(self, references: Sequence[Reference]) -> list[int]:
        """The numbers of the references."""
        return [self.references.index(reference) + 1 for reference in references]


def compose(inputs: BriefInputs) -> Brief:
    """The whole brief."""
    t, ranked, told = inputs.t, ranked_by_severity(inputs.indicators), summary(inputs)
    day = moment(t, inputs.as_of).rpartition(", ") if inputs.as_of else None
    return Brief(
        t=t,
        organisation=inputs.organisation,
        objective=inputs.objective,
        judged=t("brief.judged", day=day[0], time=day[2]) if day else t("brief.cite.never"),
        headline=told.headline,
        counts=told.counts,
        messages=told.messages,
        also=told.also,
        limits=tuple(limits(inputs)),
        requests=tuple(requests(inputs)),
        indicators=(*ranked, *(one for one in inputs.indicators if not one.has_target)),
        chart=tuple(_indicator_to_chart(ranked, inputs.indicators)),
    )


def fit_page(brief: Brief, fits: Callable[[Brief], bool]) -> Brief:
    """The brief with the fullest first page that fits on one sheet; with the emptiest where none does."""
    for front in FRONTS:
        chart = brief.chart[: front.chart]
        tried = replace(brief, front=front, chart=chart)
        if fits(tried):
            return tried
    return tried


def table_row(indicator: JudgedIndicator) -> TableRow:
    verdict, t = indicator.verdict, indicator.t
    cuts = [row["day"] for row in indicator.breaks if not row["spliced"]]
    change = changes(t, indicator.row, verdict["through"], indicator.periods, cuts)["change_year"]
    if indicator.row["over"] == "year" and indicator.row["period"] != "year":
        change = ""  # it would be that of the last period, and the figure is of the year so far
    named = t(f"verdict.{verdict['verdict']}")
    if verdict["worsening"]:
        named = f"{named}, {t('worsening')}"
    cells = (indicator.title, _figure(indicator), target_phrase(indicator), named, change or UNKNOWN)
    return TableRow(cells, verdict["verdict"])


def _figure(indicator: JudgedIndicator) -> str:
    """Value, period, and the grade where it takes something from the value."""
    if not indicator.value:
        return UNKNOWN
    grade, t = indicator.verdict["grade"], indicator.t
    figure = f"{indicator.value} {indicator.period_phrase}"
    return figure if grade in UNQUALIFIED else f"{figure} ({t(f'flag.{grade}')})"


def _indicator_to_chart(ranked: Sequence[JudgedIndicator], all_: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """The gravest judged indicator with enough known values; where none has a target, the one with the most values."""
    judged_first = sorted(ranked, key=lambda one: one.verdict["verdict"] == "not_assessable")
    most_values_first = sorted(all_, key=value_count, reverse=True)
    enough = (one for one in (*judged_first, *most_values_first) if value_count(one) >= FEWEST_CHART_VALUES)
    return [*islice(enough, 1)]


def value_count(indicator: JudgedIndicator) -> int:
    return sum(row["value"] is not None for row in indicator.periods)


def _lowered(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"
