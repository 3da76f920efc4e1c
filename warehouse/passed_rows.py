"""Rows that passed every check pass again: a pull that brings them once more needs no Great Expectations.

Its import takes seconds. The only check that depends on the day refuses what lies in the future, and no row gets there.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from warehouse.check_results import CheckResult
from warehouse.check_rules import MetricDeclaration, describe
from warehouse.schema import PULLS
from warehouse.tables import Tables, matching

MOST_ROWS = 100_000
"""For more rows the hash takes as long as the import."""


def rows_hash(rows: pd.DataFrame, declared: Sequence[MetricDeclaration]) -> str:
    """Hash of the checks and of all that they compare, whatever the order of the rows.

    Empty for no or too many rows. ``rows``: the columns that ``warehouse.checks.check`` takes.
    """
    if not 0 < len(rows) <= MOST_ROWS:
        return ""
    compared = pd.DataFrame({name: rows[name].astype("str") for name in ("metric", "entity", "unit")})
    compared["flags"] = rows["flags"].map(repr)
    compared[["start", "end", "value"]] = rows[["start", "end", "value"]]
    each = np.sort(pd.util.hash_pandas_object(compared, index=False).to_numpy())
    return hashlib.sha256("\n".join(describe(declared)).encode() + each.tobytes()).hexdigest()


def results_if_passed(tables: Tables, source: str, of_rows: str, now: datetime) -> tuple[CheckResult, ...] | None:
    """The results of the checks of an earlier pull with the same rows; None if there was none before ``now``."""
    if not of_rows:
        return None
    columns = ["pull_id", "rows_hash", "started_at"]
    pulls = tables.read(PULLS, matching(source=source, status="committed"), columns).to_pylist()
    same = [pull["pull_id"] for pull in pulls if pull["rows_hash"] == of_rows and pull["started_at"] <= now]
    if not same:
        return None
    (found,) = tables.read(PULLS, matching(pull_id=same[-1]), ["checks"])["checks"].to_pylist()
    return tuple(CheckResult(**result) for result in json.loads(found)[1:])  # the first is of parsing
