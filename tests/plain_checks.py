"""A stand-in for Great Expectations, whose import takes seconds: the same expectations as a few lines of pandas each.

tests/warehouse/test_checks.py runs the real ones, and compares both.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from warehouse.check_rules import Rule
from warehouse.row_faults import Positions

Failing = Callable[[pd.DataFrame, Mapping[str, Any]], pd.Series]


def failing_positions(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[Positions]:
    """For each rule the positions of the rows that fail it: what Great Expectations does for ``warehouse.checks``."""
    return [np.flatnonzero(EXPECTATIONS[rule.expectation](frame, rule.arguments).to_numpy()) for rule in rules]


def _null(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    return frame[arguments["column"]].isna()


def _not_null(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    return frame[arguments["column"]].notna()


def _not_in_set(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    values = frame[arguments["column"]]
    return values.notna() & ~values.isin(arguments["value_set"])


def _outside(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    values = frame[arguments["column"]]
    return (values < arguments.get("min_value", -np.inf)) | (values > arguments.get("max_value", np.inf))


def _matching(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    return frame[arguments["column"]].astype("str").str.contains(arguments["regex"], na=False)


def _pair(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> tuple[pd.Series, pd.Series, pd.Series]:
    left, right = frame[arguments["column_A"]], frame[arguments["column_B"]]
    return left, right, left.notna() & right.notna()


def _unequal(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    left, right, both = _pair(frame, arguments)
    return both & (left.astype("str") != right.astype("str"))


def _not_greater(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    left, right, both = _pair(frame, arguments)
    return both & ((left < right) if arguments.get("or_equal") else (left <= right))


def _not_unique(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> pd.Series:
    key = frame[arguments["column_list"]]
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
