"""What a rule is given and what it says. Arrays of any one shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


A_YEAR = 0.99
"""The least that counts as a year: one of 365 days is 0.9993 of the mean year in which days are counted."""


@dataclass(frozen=True)
class Given:
    """Figures of one series each; NaN where there is none.

    Years may be fractions of one. ``direction`` is +1 where an increase is wanted and -1 where a decrease is; ``limit`` is a
    natural one in that direction (100 for a share in per cent); ``standard_error`` is that of the change since the baseline.
    """

    base_year: Floats
    base: Floats
    year: Floats
    current: Floats
    due_year: Floats
    target: Floats
    direction: Floats
    limit: Floats
    standard_error: Floats

    @property
    def has_target(self) -> Flags:
        return ~np.isnan(self.target)

    @property
    def met(self) -> Flags:
        """Whether the current value meets the target."""
        return np.where(self.direction > 0, self.current >= self.target, self.current <= self.target) & self.has_target

    @property
    def base_met(self) -> Flags:
        return np.where(self.direction > 0, self.base >= self.target, self.base <= self.target) & self.has_target

    @property
    def gain(self) -> Floats:
        """The change since the baseline, positive in the wanted direction."""
        return self.direction * (self.current - self.base)

    @property
    def elapsed(self) -> Floats:
        """Years from the baseline to the current value."""
        return self.year - self.base_year


@dataclass(frozen=True)
class Outcome:
    """``value``: the rule's own figure; ``score``: where the rule has one; ``label``: in the rule's own words; ``verdict``: in
    ours; ``worsening``: the value moved the wrong way; ``reason``: one sentence."""

    value: Floats
    score: Floats
    label: Texts
    verdict: Texts
    worsening: Flags
    reason: Texts


Case = tuple[Flags, str, str, str]
"""Where it holds: label, verdict and reason. Of several that hold the first counts."""


def outcome(given: Given, value: Floats, cases: Sequence[Case], score: Floats | None = None) -> Outcome:
    """The first case that holds for each series. Raises ``ValueError`` where none does: the last one must hold for all."""
    conditions = [condition for condition, _, _, _ in cases]
    if not np.all(np.any(conditions, axis=0)):
        raise ValueError("the cases leave a series without a verdict")
    label, verdict, reason = (
        np.select(conditions, [case[part] for case in cases], "").astype(object) for part in (1, 2, 3)
    )
    silent = verdict == "not_assessable"
    worsening = ~silent & (verdict != "achieved") & (given.gain < 0)
    nothing = np.full(np.shape(value), np.nan)
    scored = nothing if score is None else np.where(silent, np.nan, score)
    return Outcome(np.where(silent, np.nan, value), scored, label, verdict, worsening, reason)


def unusable(given: Given) -> list[Case]:
    """The cases in which no rule can speak."""
    figures = np.isnan(given.base_year) | np.isnan(given.base) | np.isnan(given.year) | np.isnan(given.current)
    return [
        (figures, "not_available", "not_assessable", "a figure or a year is blank"),
        (
            np.isnan(given.direction),
            "not_available",
            "not_assessable",
            "it is not said whether an increase or a decrease is wanted",
        ),
    ]
