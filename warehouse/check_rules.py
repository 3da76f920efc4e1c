"""The rules that every row of a pull is checked by, as expectations of Great Expectations by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from warehouse.schema import OBSERVATION_KEY

NEVER_MISSING = ("metric", "entity", "start", "end", "unit", "flags")
EARLIEST, LONGEST_ENTITY = date(1900, 1, 1), 500
NO_OVERLAP = "spans of one metric and entity do not overlap"
CORRECT = "correct it in the file"
RELEASE = f"{CORRECT}, or release it with kmi refused --release"
"""For a row that can be written after a release."""
_BETWEEN, _EQUAL = "ExpectColumnValuesToBeBetween", "ExpectColumnPairValuesToBeEqual"
_GREATER = "ExpectColumnPairValuesAToBeGreaterThanB"
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class MetricDeclaration:
    """What a source declares of one metric: its unit and the bounds of its values, None for no bound."""

    metric: str
    unit: str
    minimum: float | None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An expectation by its class name, its sentence in the docs, and reason and action for a row that fails it.

    ``reason`` is a template over the columns of the check frame. It is part of a refusal's id: changed words would make
    a released row refused again.
    """

    expectation: str
    arguments: Mapping[str, object]
    description: str
    reason: str
    action: str = CORRECT


def describe(declared: Sequence[MetricDeclaration]) -> list[str]:
    """What is expected of every row, a sentence each with the expectation's name, then the bounds of each metric."""
    every_row = [f"{rule.description} ({rule.expectation})" for rule in row_rules(declared)]
    return [*every_row, NO_OVERLAP, *(f"{d.metric}: in {d.unit}, {_bounds_phrase(d)}" for d in declared)]


def _bounds_phrase(declaration: MetricDeclaration) -> str:
    pairs = (("at least", declaration.minimum), ("at most", declaration.maximum))
    parts = [f"{word} {format_value(float(bound))}" for word, bound in pairs if bound is not None]
    return " and ".join(parts) or "any value"


def format_value(value: float) -> str:
    """A value in a sentence: whole numbers without a point."""
    if np.isnan(value):
        return "unknown"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def row_rules(declared: Sequence[MetricDeclaration]) -> list[Rule]:
    """The rules, in the order in which the reasons of a row are given; the last one compares rows with each other."""
    return [
        *(
            Rule("ExpectColumnValuesToNotBeNull", {"column": name}, f"{name} is never missing", f"missing: {name}")
            for name in NEVER_MISSING
        ),
        *_metric_rules(declared),
        *_span_rules(),
        *_value_rules(),
        *_text_rules(),
        Rule(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": list(OBSERVATION_KEY), "ignore_row_if": "any_value_is_missing"},
            f"{', '.join(OBSERVATION_KEY)} are unique together",
            "",
        ),
    ]


def _metric_rules(declared: Sequence[MetricDeclaration]) -> list[Rule]:
    names = sorted({d.metric for d in declared})
    return [
        Rule(
            "ExpectColumnValuesToBeInSet",
            {"column": "metric", "value_set": names},
            "metric is declared",
            "'{metric}' is no metric of this source",
            f"correct the name in the file: the metrics of this source are {', '.join(names) or 'none'}",
        ),
        _compare(
            _EQUAL,
            ("unit", "declared_unit"),
            "unit is the declared one",
            "the unit is '{unit}', and {metric} is counted in '{declared_unit}'",
        ),
    ]


def _span_rules() -> list[Rule]:
    return [
        _compare(
            _GREATER, ("end", "start"), "end comes after start", "it ends on {end}, not after its start on {start}"
        ),
        _compare(
            _GREATER,
            ("start", "earliest"),
            f"start is {EARLIEST} or later",
            "it begins on {start}, before {earliest}, the earliest accepted",
            RELEASE,
        ),
        _compare(
            _GREATER, ("newest_end", "end"), "no whole day is yet to come", "it ends on {end}: in the future", RELEASE
        ),
    ]


def _value_rules() -> list[Rule]:
    return [
        Rule(
            _BETWEEN,
            {"column": "value", "min_value": -_LARGEST, "max_value": _LARGEST},
            "value is finite",
            "the value is infinite",
        ),
        _compare(
            _GREATER,
            ("value", "least"),
            "value is not too low for its metric",
            "{value} is below {least}, the least that {metric} can be",
            RELEASE,
        ),
        _compare(
            _GREATER,
            ("most", "value"),
            "value is not too high for its metric",
            "{value} is above {most}, the most that {metric} can be",
            RELEASE,
        ),
    ]


def _text_rules() -> list[Rule]:
    return [
        Rule(
            _BETWEEN,
            {"column": "entity_length", "max_value": LONGEST_ENTITY},
            f"entity has {LONGEST_ENTITY} characters at most",
            f"the entity has {{entity_length}} characters, more than {LONGEST_ENTITY}",
        ),
        Rule(
            "ExpectColumnValuesToNotMatchRegex",
            {"column": "entity", "regex": r"[\x00-\x1f\x7f-\x9f]"},
            "entity holds no control character",
            "the entity holds a control character: {entity!a:.100}",
        ),
        Rule(
            "ExpectColumnValuesToBeNull",
            {"column": "unknown_flags"},
            "flags are known",
            "not known as a flag: {unknown_flags}",
        ),
    ]


def _compare(expectation: str, columns: tuple[str, str], description: str, reason: str, action: str = CORRECT) -> Rule:
    """A comparison of two columns, passed where either is missing.

    Equal values pass, except that an end never equals its start.
    """
    arguments: dict[str, object] = dict(zip(("column_A", "column_B"), columns, strict=True))
    arguments["ignore_row_if"] = "either_value_is_missing"
    if expectation == _GREATER and columns != ("end", "start"):
        arguments["or_equal"] = True
    return Rule(expectation, arguments, description, reason, action)
