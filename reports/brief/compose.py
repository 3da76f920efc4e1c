"""The page as a whole: what stands on it, in which order it is cut, and the numbers of the references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reports.brief.asks import asks
from reports.brief.evidence import chance, share
from reports.brief.known import Judged, Known, counted, said
from reports.brief.limits import limits
from reports.brief.said import Line, Reference, Said, figure, of_indicator
from reports.brief.standing import FEWEST, by_gravity, standing
from reports.words import WORDS
from transforms.outlook.words import chances

HEADER = ("Indicator", "Verdict", "Value", "Expected", "Progress", "Grade", "Chance")
SHORT = {"estimate_no_error": "estimated"}
"""Grades whose names are too long for their column."""
LEAST_KNOWN = 4
"""Known values that a chart needs to tell anything."""
AT_MOST = (("rows", 24), ("limits", 8), ("asks", 8))
"""More of a part is never on the page."""
LEAST = (
    *(("rows", 10), ("limits", 4), ("asks", 4)),
    *(("rows", 5), ("limits", 2), ("asks", 2), ("chart", 0), ("sentences", FEWEST)),
    *(("limits", 1), ("asks", 1), ("rows", 0)),
)
"""What is cut, in this order: each part from its end, until so much of it is left."""
NAMES = {"rows": "table row", "limits": "limit", "asks": "request", "sentences": "sentence", "chart": "chart"}


@dataclass(frozen=True)
class Brief:
    """chart: the indicators to draw, at most one. left_out: how much of each part was cut, by its name in ``LEAST``."""

    organisation: str
    objective: str | None
    judged: str
    sentences: tuple[Said, ...]
    rows: tuple[Line, ...]
    limits: tuple[Said, ...]
    asks: tuple[Said, ...]
    chart: tuple[Judged, ...]
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
            dict.fromkeys([*first, *(line.reference for line in self.rows), *map(of_indicator, self.chart), *later])
        )

    @property
    def omitted(self) -> str:
        """What was cut, in one sentence; empty where nothing was."""
        parts = [counted(cut, NAMES[part]) for part, cut in self.left_out if cut]
        return (
            f"Left out, for this is one page: {', '.join(parts)}. All of it stands in the report (kmi report)."
            if parts
            else ""
        )


def compose(known: Known) -> Brief:
    """All that there is to say, before anything is cut."""
    ranked = by_gravity(known.indicators)
    return Brief(
        organisation=known.organisation,
        objective=known.objective,
        judged=f"{said(known.as_of.date())}, {known.as_of:%H:%M} UTC" if known.as_of else "never",
        sentences=tuple(standing(known)),
        rows=tuple(map(_line, ranked)),
        limits=tuple(limits(known)),
        asks=tuple(asks(known)),
        chart=tuple(_telling(ranked, known.indicators)),
    )


def fitted(brief: Brief, fits: Callable[[Brief], bool]) -> Brief:
    """The brief, cut in the order of ``LEAST`` until it fits. Raises ``ValueError`` where it does not even then."""
    for part, most in AT_MOST:
        brief = _cut(brief, part, most)
    for part, least in LEAST:
        while len(getattr(brief, part)) > least:
            if fits(brief):
                return brief
            brief = _cut(brief, part, len(getattr(brief, part)) - 1)
    if not fits(brief):
        raise ValueError("the shortest brief does not fit on its page")
    return brief


def _cut(brief: Brief, part: str, keep: int) -> Brief:
    cut = dict.fromkeys((name for name, _ in LEAST), 0) | dict(brief.left_out)
    cut[part] += max(len(getattr(brief, part)) - keep, 0)
    shorter = {part: getattr(brief, part)[:keep]}
    return replace(brief, left_out=tuple(cut.items()), **shorter)


def marks(brief: Brief, references: Sequence[Reference]) -> str:
    """``[1] [4]``"""
    return " ".join(f"[{brief.references.index(reference) + 1}]" for reference in references)


def _line(one: Judged) -> Line:
    verdict = one.verdict
    probability = chances(verdict["probability"]) if chance(one) else "-"
    cells = (
        one.title,
        WORDS[verdict["verdict"]] + (" (worsening)" if verdict["worsening"] else ""),
        f"{figure(verdict['value'])}, {one.when.removeprefix('in ')}" if one.value else "-",
        figure(verdict["expected"]),
        share(verdict["pace_ratio"]),
        SHORT.get(str(verdict["grade"]), str(verdict["grade"])),
        probability,
    )
    return Line(cells, of_indicator(one))


def _telling(ranked: Sequence[Judged], indicators: Sequence[Judged]) -> list[Judged]:
    """The gravest indicator that is judged and has enough known values; where none has a target, the one with the most."""

    def known(one: Judged) -> int:
        return sum(row["value"] is not None for row in one.periods)

    judged = sorted(ranked, key=lambda one: one.verdict["verdict"] == "not_assessable")
    enough = [one for one in judged if known(one) >= LEAST_KNOWN] or sorted(
        (one for one in indicators if known(one) >= LEAST_KNOWN), key=known, reverse=True
    )
    return enough[:1]
