"""Whether figures add up over days, are a level, or are the readings of a counter; and what they are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from sources.inspection.dialogue import Dialogue
from sources.inspection.words import COUNTS, DISTINCT, LEVELS, READINGS, SPAN_WORDS, as_name, has_word, words_of

ValueKind = Literal["flow", "level", "counter", "ignore"]
LEAST_STEPS = 8
LEAST_SMOOTH_STEPS = 3
RISING, FALLING, MOSTLY, SMOOTH = 0.8, 0.1, 0.6, 0.03
CHOICES: dict[ValueKind, str] = {
    "flow": "counts of each period: they add up over time",
    "level": "a level, a share or a running total, such as followers: it does not add up",
    "counter": "readings of a counter that is never reset, such as a gate: kmi takes the steps",
    "ignore": "neither: leave it out",
}


def is_rising(series: Sequence[Sequence[float]]) -> bool:
    """Whether the values of a series rise almost always, as a counter or a running total does."""
    return any(_rises(values) for values in series)


def _rises(values: Sequence[float]) -> bool:
    """Whether a series rises almost always, or mostly and by little beside its height, as a running total does."""
    steps = [after - before for before, after in pairwise(values)]
    if len(steps) < LEAST_SMOOTH_STEPS:
        return False
    rises, falls = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if len(steps) >= LEAST_STEPS and rises >= RISING * len(steps) and falls <= FALLING * len(steps):
        return True
    smooth = median(abs(step) for step in steps) <= SMOOTH * abs(median(values))
    mostly = rises >= MOSTLY * len(steps) if len(steps) >= LEAST_STEPS else rises == len(steps)
    return smooth and mostly and values[-1] > values[0]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one metric. label: what the file calls them. series: one for each place, by date.

    question: how the question is called, if one is needed. offered: the kinds that the table can hold.
    """

    label: str
    numbers: Sequence[float]
    series: Sequence[Sequence[float]]
    question: str = "kind"
    offered: Sequence[ValueKind] = ("flow", "level", "counter")
    has_percent: bool = False
    period: str = ""
    """The span of each row, where it is known."""


def value_kind(figures: Figures, dialogue: Dialogue) -> ValueKind:
    """What the figures are; asked where neither their name nor their values tell."""
    label, offered = figures.label, figures.offered
    rising, whole = is_rising(figures.series), all(number == round(number) for number in figures.numbers)
    if rising and has_word(label, READINGS) and "counter" in offered:
        dialogue.take(label, "readings of a counter", "its name, and each value is as high as the one before or higher")
        return "counter"
    why = _other_span(label, figures.period) or _doubt(
        label, rising=rising, whole=whole, has_percent=figures.has_percent
    )
    if not why:
        word = next(word for word in words_of(label) if word in COUNTS or word in ("count", "counts"))
        dialogue.take(_short(label), "counts that add up", f"the word '{word}', and every value is a whole number")
        return "flow"
    choices = [(kind, CHOICES[kind]) for kind in offered]
    answer = dialogue.answer_to(figures.question, f"What are the figures of '{_short(label)}'?", why, choices)
    return next((kind for kind in offered if kind == answer), offered[0])


def _other_span(label: str, period: str) -> str:
    """Why the figures may cover other spans than their rows, such as those of a year beside months; empty otherwise."""
    spans = [span for span, words in SPAN_WORDS.items() if has_word(label, words)]
    if not period or len(spans) != 1 or spans[0] == period:
        return ""
    return f"its name says that each covers a {spans[0]}, and the plan would count each for its {period}"


def _doubt(label: str, *, rising: bool, whole: bool, has_percent: bool) -> str:
    """Why it is not sure that the figures add up; empty where it is."""
    if has_percent:
        return "they are percentages, which do not add up"
    if rising:
        return "they rise from period to period, as counts may and as readings of a counter do"
    if has_word(label, DISTINCT):
        return "people who are counted once do not add up over days"
    if has_word(label, LEVELS):
        return "the name speaks of a level or a mean"
    if not whole:
        return "some of them are not whole numbers, as a level or a mean may be"
    by_hour = has_word(label, ("hourly", "daily")) and has_word(label, ("count", "counts"))
    return "" if by_hour or has_word(label, COUNTS) else "nothing in the file says whether they add up over time"


def _short(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:57]}..."


def metric_name(label: str, otherwise: str = "count") -> str:
    """A name for the metric: from the words of a column or a file, without years."""
    words = [word for word in words_of(label) if not re.search(r"\d", word)]
    counted = [word for word in words if word in COUNTS and word not in ("in", "ins", "out", "outs", "share")]
    if len(words) > 3 and counted:
        return as_name(counted[-1], otherwise)
    if words and set(words) <= {"in", "ins"}:
        return "visits"
    return as_name(" ".join(words), otherwise)


def metric_of_file(label: str, stem: str) -> str:
    """A name for the metric of a whole table: the last word of its title or file that is counted."""
    counted = [word for word in words_of(label) if word in COUNTS]
    return as_name(counted[-1], "count") if counted else metric_name(stem)


def unit_name(label: str, metric: str) -> str:
    """The unit: what stands in brackets in the name, or the word that is counted, with the word million or thousand."""
    bracketed = re.search(r"\(([^()]{1,20})\)\s*$", label)
    if bracketed and not any(has_word(bracketed[1], words) for words in SPAN_WORDS.values()):
        return bracketed[1].strip()
    counted = [word for word in words_of(label) if word in COUNTS and word not in ("in", "ins", "out", "outs")]
    unit = counted[-1] if counted else metric.replace("_", " ")
    scale = next((scale for scale in ("million", "thousand") if has_word(label, (scale, f"{scale}s"))), "")
    return f"{scale} {unit}" if scale and scale not in unit else unit


def rollover_of(series: Sequence[Sequence[float]]) -> int | None:
    """The number at which the dial starts again: a reading in its last tenth is followed by one in its first."""
    largest = max((number for values in series for number in values), default=0)
    limit = 10 ** len(str(int(largest)))
    falls = [(a, b) for values in series for a, b in pairwise(values) if b < a]
    return limit if falls and all(a > 0.9 * limit and b < 0.1 * limit for a, b in falls) else None
