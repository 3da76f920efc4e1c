"""The content of the brief: its parts, the order in which they are cut, and the numbers of the references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from reports.brief.citation import Citation, Reference, TableRow, cite_indicator, format_value
from reports.brief.evidence import probability_phrase, progress_label
from reports.brief.inputs import BriefInputs, JudgedIndicator, count_noun, format_day
from reports.brief.limits import limits
from reports.brief.requests import requests
from reports.brief.summary import FEWEST, by_severity, summary
from reports.words import VERDICT_LABELS
from transforms.formatting import rounded_probability

HEADER = ("Indicator", "Verdict", "Value", "Expected", "Progress", "Grade", "Chance")
SHORT = {"estimate_no_error": "estimated"}
"""Grades whose names are too long for their column."""
FEWEST_CHART_VALUES = 4
"""Known values below which a chart shows nothing of use."""
UPPER_LIMITS = (("rows", 24), ("limits", 8), ("requests", 8))
"""The most of a part that is ever on the page."""
CUT_ORDER = (
    *(("rows", 10), ("limits", 4), ("requests", 4)),
    *(("rows", 5), ("limits", 2), ("requests", 2), ("chart", 0), ("sentences", FEWEST)),
    *(("limits", 1), ("requests", 1), ("rows", 0)),
)
"""Parts in the order in which they are cut from their end, each with how much of it is left."""
PART_NAMES = {"rows": "table row", "limits": "limit", "requests": "request", "sentences": "sentence", "chart": "chart"}


@dataclass(frozen=True)
class Brief:
    """The parts of the page.

    ``chart``: the indicators to draw, at most one; ``left_out``: how much of each part was cut, by its name in
    ``CUT_ORDER``.
    """

    organisation: str
    objective: str | None
    judged: str
    sentences: tuple[Citation, ...]
    rows: tuple[TableRow, ...]
    limits: tuple[Citation, ...]
    requests: tuple[Citation, ...]
    chart: tuple[JudgedIndicator, ...]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def title(self) -> str:
        return f"{self.organisation}: where the plan stands"

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Each reference once, in the order of the page; its mark is its place in this list, counted from 1."""
        first = [reference for one in self.sentences for reference in one.references]
        rows = [row.reference for row in self.rows]
        last = [reference for one in (*self.limits, *self.requests) for reference in one.references]
        return tuple(dict.fromkeys([*first, *rows, *map(cite_indicator, self.chart), *last]))

    @property
    def omitted(self) -> str:
        """What was cut, in one sentence; empty where nothing was."""
        parts = [count_noun(cut, PART_NAMES[part]) for part, cut in self.left_out if cut]
        if not parts:
            return ""
        return f"Left out to keep to one page: {', '.join(parts)}. The report (kmi report) has all of it."


def compose(inputs: BriefInputs) -> Brief:
    """The whole brief, before anything is cut."""
    ranked = by_severity(inputs.indicators)
    return Brief(
        organisation=inputs.organisation,
        objective=inputs.objective,
        judged=f"{format_day(inputs.as_of.date())}, {inputs.as_of:%H:%M} UTC" if inputs.as_of else "never",
        sentences=tuple(summary(inputs)),
        rows=tuple(map(_table_row, ranked)),
        limits=tuple(limits(inputs)),
        requests=tuple(requests(inputs)),
        chart=tuple(_indicator_to_chart(ranked, inputs.indicators)),
    )


def fit_page(brief: Brief, fits: Callable[[Brief], bool]) -> Brief:
    """The brief, cut in the order of ``CUT_ORDER`` until it fits. Raises ``ValueError`` where it never does."""
    for part, most in UPPER_LIMITS:
        brief = _cut(brief, part, most)
    for part, least in CUT_ORDER:
        while len(getattr(brief, part)) > least:
            if fits(brief):
                return brief
            brief = _cut(brief, part, len(getattr(brief, part)) - 1)
    if not fits(brief):
        raise ValueError("the shortest brief does not fit on its page")
    return brief


def _cut(brief: Brief, part: str, keep: int) -> Brief:
    cut = dict.fromkeys((name for name, _ in CUT_ORDER), 0) | dict(brief.left_out)
    cut[part] += max(len(getattr(brief, part)) - keep, 0)
    shorter = {part: getattr(brief, part)[:keep]}
    return replace(brief, left_out=tuple(cut.items()), **shorter)


def reference_marks(brief: Brief, references: Sequence[Reference]) -> str:
    """``[1] [4]``"""
    return " ".join(f"[{brief.references.index(reference) + 1}]" for reference in references)


def _table_row(indicator: JudgedIndicator) -> TableRow:
    verdict = indicator.verdict
    period = indicator.period_phrase.removeprefix("in ")
    cells = (
        indicator.title,
        VERDICT_LABELS[verdict["verdict"]] + (" (worsening)" if verdict["worsening"] else ""),
        f"{format_value(verdict['value'])}, {period}" if indicator.value else "-",
        format_value(verdict["expected"]),
        progress_label(verdict["pace_ratio"]),
        SHORT.get(str(verdict["grade"]), str(verdict["grade"])),
        rounded_probability(verdict["probability"]) if probability_phrase(indicator) else "-",
    )
    return TableRow(cells, cite_indicator(indicator))


def _indicator_to_chart(ranked: Sequence[JudgedIndicator], all_: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """The gravest judged indicator with enough known values; where none has a target, the one with the most values."""

    def value_count(indicator: JudgedIndicator) -> int:
        return sum(row["value"] is not None for row in indicator.periods)

    judged_first = sorted(ranked, key=lambda one: one.verdict["verdict"] == "not_assessable")
    most_values_first = sorted(all_, key=value_count, reverse=True)
    enough = (one for one in (*judged_first, *most_values_first) if value_count(one) >= FEWEST_CHART_VALUES)
    return [*islice(enough, 1)]
