"""The page as a whole: what stands on it, in which order it is cut, and the numbers of the references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reports.brief.citation import Citation, Reference, TableRow, cite_indicator, format_value
from reports.brief.evidence import probability_phrase, progress_label
from reports.brief.inputs import BriefInputs, JudgedIndicator, count_noun, format_day
from reports.brief.limits import limits
from reports.brief.requests import asks
from reports.brief.summary import FEWEST, by_severity, summary
from reports.words import VERDICT_LABELS
from transforms.formatting import rounded_probability

HEADER = ("Indicator", "Verdict", "Value", "Expected", "Progress", "Grade", "Chance")
SHORT = {"estimate_no_error": "estimated"}
"""Grades whose names are too long for their column."""
FEWEST_CHART_VALUES = 4
"""Known values that a chart needs to tell anything."""
UPPER_LIMITS = (("rows", 24), ("limits", 8), ("asks", 8))
"""More of a part is never on the page."""
CUT_ORDER = (
    *(("rows", 10), ("limits", 4), ("asks", 4)),
    *(("rows", 5), ("limits", 2), ("asks", 2), ("chart", 0), ("sentences", FEWEST)),
    *(("limits", 1), ("asks", 1), ("rows", 0)),
)
"""What is cut, in this order: each part from its end, until so much of it is left."""
PART_NAMES = {"rows": "table row", "limits": "limit", "asks": "request", "sentences": "sentence", "chart": "chart"}


@dataclass(frozen=True)
class Brief:
    """chart: the indicators to draw, at most one. left_out: how much of each part was cut, by its name in ``CUT_ORDER``."""

    organisation: str
    objective: str | None
    judged: str
    sentences: tuple[Citation, ...]
    rows: tuple[TableRow, ...]
    limits: tuple[Citation, ...]
    asks: tuple[Citation, ...]
    chart: tuple[JudgedIndicator, ...]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def title(self) -> str:
        return f"{self.organisation}: where the plan stands"

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Each once, in the order of the page; a mark is the place in this list, counted from 1."""
        first, later = (
            [reference for one in part for reference in one.references]
            for part in (self.sentences, (*self.limits, *self.asks))
        )
        return tuple(
            dict.fromkeys([*first, *(line.reference for line in self.rows), *map(cite_indicator, self.chart), *later])
        )

    @property
    def omitted(self) -> str:
        """What was cut, in one sentence; empty where nothing was."""
        parts = [count_noun(cut, PART_NAMES[part]) for part, cut in self.left_out if cut]
        return (
            f"Left out, for this is one page: {', '.join(parts)}. All of it stands in the report (kmi report)."
            if parts
            else ""
        )


def compose(known: BriefInputs) -> Brief:
    """All that there is to say, before anything is cut."""
    ranked = by_severity(known.indicators)
    return Brief(
        organisation=known.organisation,
        objective=known.objective,
        judged=f"{format_day(known.as_of.date())}, {known.as_of:%H:%M} UTC" if known.as_of else "never",
        sentences=tuple(summary(known)),
        rows=tuple(map(_line, ranked)),
        limits=tuple(limits(known)),
        asks=tuple(asks(known)),
        chart=tuple(_telling(ranked, known.indicators)),
    )


def fit_page(brief: Brief, fits: Callable[[Brief], bool]) -> Brief:
    """The brief, cut in the order of ``CUT_ORDER`` until it fits. Raises ``ValueError`` where it does not even then."""
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


def _line(one: JudgedIndicator) -> TableRow:
    verdict = one.verdict
    probability = rounded_probability(verdict["probability"]) if probability_phrase(one) else "-"
    cells = (
        one.title,
        VERDICT_LABELS[verdict["verdict"]] + (" (worsening)" if verdict["worsening"] else ""),
        f"{format_value(verdict['value'])}, {one.period_phrase.removeprefix('in ')}" if one.value else "-",
        format_value(verdict["expected"]),
        progress_label(verdict["pace_ratio"]),
        SHORT.get(str(verdict["grade"]), str(verdict["grade"])),
        probability,
    )
    return TableRow(cells, cite_indicator(one))


def _telling(ranked: Sequence[JudgedIndicator], indicators: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """The gravest indicator that is judged and has enough known values; where none has a target, the one with the most."""

    def known(one: JudgedIndicator) -> int:
        return sum(row["value"] is not None for row in one.periods)

    judged = sorted(ranked, key=lambda one: one.verdict["verdict"] == "not_assessable")
    enough = [one for one in judged if known(one) >= FEWEST_CHART_VALUES] or sorted(
        (one for one in indicators if known(one) >= FEWEST_CHART_VALUES), key=known, reverse=True
    )
    return enough[:1]
