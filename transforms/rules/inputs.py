"""What a rule is given and what it says. Arrays of any one shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
TextArray = NDArray[np.object_]


LEAST_YEAR = 0.99
"""The least that counts as a year: one of 365 days is 0.9993 of the mean year in which days are counted."""


@dataclass(frozen=True)
class RuleInputs:
    """Figures of one series each; NaN where there is none.

    Years may be fractions of one. ``direction`` is +1 where an increase is wanted and -1 where a decrease is; ``limit`` is a
    natural one in that direction (100 for a share in per cent); ``standard_error`` is that of the change since the baseline.
    """

    base_year: FloatArray
    base: FloatArray
    year: FloatArray
    current: FloatArray
    due_year: FloatArray
    target: FloatArray
    direction: FloatArray
    limit: FloatArray
    standard_error: FloatArray

    @property
    def has_target(self) -> BoolArray:
        return ~np.isnan(self.target)

    @property
    def met(self) -> BoolArray:
        """Whether the current value meets the target."""
        return np.where(self.direction > 0, self.current >= self.target, self.current <= self.target) & self.has_target

    @property
    def base_met(self) -> BoolArray:
        return np.where(self.direction > 0, self.base >= self.target, self.base <= self.target) & self.has_target

    @property
    def gain(self) -> FloatArray:
        """The change since the baseline, positive in the wanted direction."""
        return self.direction * (self.current - self.base)

    @property
    def elapsed(self) -> FloatArray:
        """Years from the baseline to the current value."""
        return self.year - self.base_year


@dataclass(frozen=True)
class Outcome:
    """``value``: the rule's own figure; ``score``: where the rule has one; ``label``: in the rule's own words; ``verdict``: in
    ours; ``worsening``: the value moved the wrong way; ``reason``: one sentence."""

    value: FloatArray
    score: FloatArray
    label: TextArray
    verdict: TextArray
    worsening: BoolArray
    reason: TextArray


RuleCase = tuple[BoolArray, str, str, str]
"""Where it holds: label, verdict and reason. Of several that hold the first counts."""


def decide_outcome(
    inputs: RuleInputs, value: FloatArray, cases: Sequence[RuleCase], score: FloatArray | None = None
) -> Outcome:
    """The first case that holds for each series. Raises ``ValueError`` where none does: the last one must hold for all."""
    conditions = [condition for condition, _, _, _ in cases]
    if not np.all(np.any(conditions, axis=0)):
        raise ValueError("the cases leave a series without a verdict")
    label, verdict, reason = (
        np.select(conditions, [case[part] for case in cases], "").astype(object) for part in (1, 2, 3)
    )
    silent = verdict == "not_assessable"
    worsening = ~silent & (verdict != "achieved") & (inputs.gain < 0)
    nothing = np.full(np.shape(value), np.nan)
    scored = nothing if score is None else np.where(silent, np.nan, score)
    return Outcome(np.where(silent, np.nan, value), scored, label, verdict, worsening, reason)


def unusable_cases(inputs: RuleInputs) -> list[RuleCase]:
    """The cases in which no rule can speak."""
    figures = np.isnan(inputs.base_year) | np.isnan(inputs.base) | np.isnan(inputs.year) | np.isnan(inputs.current)
    return [
        (figures, "not_available", "not_assessable", "a figure or a year is blank"),
        (
            np.isnan(inputs.direction),
            "not_available",
            "not_assessable",
            "it is not said whether an increase or a decrease is wanted",
        ),
    ]
