"""A stand-in for Great Expectations, whose import takes seconds: the same expectations as a few lines of pandas each.

tests/warehouse/test_checks.py runs the real ones, and holds both against each other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from warehouse.checks import Positions, _Rule

Failing = Callable[[pd.DataFrame, Mapping[str, Any]], pd.Series]


def failing_positions(facts: pd.DataFrame, rules: Sequence[_Rule]) -> list[Positions]:
    """For each rule the positions of the rows that fail it: what ``warehouse.checks`` asks of Great Expectations."""
    return [np.flatnonzero(EXPECTATIONS[rule.expectation](facts, rule.arguments).to_numpy()) for rule in rules]


def _null(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    return facts[asks["column"]].isna()


def _not_null(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    return facts[asks["column"]].notna()


def _not_in_set(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    values = facts[asks["column"]]
    return values.notna() & ~values.isin(asks["value_set"])


def _outside(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    values = facts[asks["column"]]
    return (values < asks.get("min_value", -np.inf)) | (values > asks.get("max_value", np.inf))


def _matching(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    return facts[asks["column"]].astype("str").str.contains(asks["regex"], na=False)


def _pair(facts: pd.DataFrame, asks: Mapping[str, Any]) -> tuple[pd.Series, pd.Series, pd.Series]:
    left, right = facts[asks["column_A"]], facts[asks["column_B"]]
    return left, right, left.notna() & right.notna()


def _unequal(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    left, right, both = _pair(facts, asks)
    return both & (left.astype("str") != right.astype("str"))


def _not_greater(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    left, right, both = _pair(facts, asks)
    return both & ((left < right) if asks.get("or_equal") else (left <= right))


def _not_unique(facts: pd.DataFrame, asks: Mapping[str, Any]) -> pd.Series:
    key = facts[asks["column_list"]]
    return key.notna().all(axis="columns") & key.duplicated(keep=False)


EXPECTATIONS: dict[str, Failing] = {
    "ExpectColumnValuesToNotBeNull": _null,
    "ExpectColumnValuesToBeNull": _not_null,
    "ExpectColumnValuesToBeInSet": _not_in_set,
    "ExpectColumnValuesToBeBetween": _outside,
    "ExpectColumnValuesToNotMatchRegex": _matching,
    "ExpectColumnPairValuesToBeEqual": _unequal,
    "ExpectColumnPairValuesAToBeGreaterThanB": _not_greater,
    "ExpectCompoundColumnsToBeUnique": _not_unique,
}
