"""What a rule receives and what it returns. All arrays of one call have the same shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.arrays import SAME, BoolArray, FloatArray, TextArray

MISSING = "a value or a year is missing"
LEAST_YEAR = 0.99
"""The shortest span that counts as a year: 365 days are 0.9993 of the mean year in which days are counted."""


@dataclass(frozen=True)
class RuleInputs:
    """Values of one series each; NaN where a value is missing.

    Years may have fractions. ``direction`` is +1 where an increase is wanted and -1 where a decrease is. ``limit`` is a
    natural limit in that direction (100 for a share in per cent). ``standard_error`` is that of the change since the
    baseline. ``is_percent`` marks figures that count from 0 to 100 per cent.
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
    is_percent: BoolArray

    @property
    def has_target(self) -> BoolArray:
        return ~np.isnan(self.target)

    @property
    def met(self) -> BoolArray:
        """Whether the current value meets the target."""
        return self._meets(self.current)

    @property
    def base_met(self) -> BoolArray:
        """Whether the baseline meets the target."""
        return self._meets(self.base)

    def _meets(self, values: FloatArray) -> BoolArray:
        short: BoolArray = self.direction * (self.target - values) <= SAME * np.abs(self.target)
        return short

    @property
    def base_beyond(self) -> BoolArray:
        """Whether the baseline does better than the target, so that the target lies against its direction."""
        return self.direction * (self.target - self.base) < 0

    @property
    def gain(self) -> FloatArray:
        """The change since the baseline, positive in the wanted direction."""
        return np.where(
            np.isclose(self.current, self.base, rtol=SAME, atol=0), 0.0, self.direction * (self.current - self.base)
        )

    @property
    def elapsed(self) -> FloatArray:
        """Years from the baseline to the current value."""
        return self.year - self.base_year


@dataclass(frozen=True)
class Outcome:
    """The result of a rule for each series.

    ``value`` is the rule's own number and ``score`` its score, if it has one. ``label`` is the rule's own term,
    ``verdict`` ours. ``worsening`` marks values that moved in the wrong direction. ``reason`` is one sentence.
    """

    value: FloatArray
    score: FloatArray
    label: TextArray
    verdict: TextArray
    worsening: BoolArray
    reason: TextArray


RuleCase = tuple[BoolArray, str, str, str]
"""A condition, and the label, verdict and reason where it holds. The first condition that holds decides."""


def decide_outcome(
    inputs: RuleInputs, value: FloatArray, cases: Sequence[RuleCase], score: FloatArray | None = None
) -> Outcome:
    """The outcome by the first case that holds for each series.

    Raises ``ValueError`` where no case holds, so the last case must hold for all series.
    """
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


def not_assessable(condition: BoolArray, reason: str, label: str = "not_available") -> RuleCase:
    """The case in which a rule gives no verdict."""
    return condition, label, "not_assessable", reason


def unusable_cases(inputs: RuleInputs) -> list[RuleCase]:
    """The cases in which no rule can give a verdict."""
    missing = np.isnan(inputs.base_year) | np.isnan(inputs.base) | np.isnan(inputs.year) | np.isnan(inputs.current)
    return [
        not_assessable(missing, MISSING),
        not_assessable(np.isnan(inputs.direction), "the direction is missing: is an increase or a decrease wanted?"),
        not_assessable(inputs.elapsed < 0, "the current value is older than the baseline"),
    ]


def less_than_a_year(inputs: RuleInputs) -> RuleCase:
    """The case in which a yearly rate cannot be computed yet."""
    return not_assessable(
        inputs.elapsed < LEAST_YEAR, "less than a year lies between the baseline and the current value"
    )
