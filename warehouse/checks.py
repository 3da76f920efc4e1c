"""The second gate: the rows of a pull are checked against what they may mean, with Great Expectations.

The expectations are built from the schema and the declarations of the source. Bounds that differ from row to row are
columns of the check frame, so that each expectation is one vectorised comparison over the whole pull.
"""

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from warehouse.check_frame import build_check_frame
from warehouse.check_results import CheckResult
from warehouse.check_rules import EARLIEST, NO_OVERLAP, MetricDeclaration, Rule, row_rules
from warehouse.errors import CheckError, ShapeError
from warehouse.memory import import_outside_gc, import_when_used, import_without
from warehouse.row_faults import Positions, RowFaults, fill_template, refuse_contradictions, refuse_overlaps

CHECKED_COLUMNS = ("metric", "entity", "start", "end", "value", "unit", "flags", "origin")
_POSITIONS_ONLY = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}
_ONE_AT_A_TIME = threading.Lock()  # warning filters and the current GX context belong to the whole process


@dataclass(frozen=True)
class CheckedRows:
    """The rows of a pull after the checks, in their order: good ones, and refused ones with ``reason`` and ``action``.

    ``repeated``: how many further copies of good rows there were, with the same key, value, unit and flags; they are in
    neither frame. ``results``: each check, in the order of ``describe``. ``rows_hash``: of the rows,
    where all of them passed.
    """

    good: pd.DataFrame
    refused: pd.DataFrame
    repeated: int = 0
    results: tuple[CheckResult, ...] = ()
    rows_hash: str = ""


def check(observations: pd.DataFrame, declared: Sequence[MetricDeclaration], *, latest: date) -> CheckedRows:
    """Separate the rows of one pull into good and refused ones.

    ``latest``: the newest day that there can be, today in the source's zone. Of identical copies the one with the first
    origin is kept. Overlaps are judged among rows without another fault: the longer row is refused, and both where they
    are equally long. Raises ``ShapeError`` (a column is missing or of another type) and ``CheckError`` (a check cannot
    be carried out).
    """
    _require_shape(observations)
    faults, kept = RowFaults(len(observations)), np.ones(len(observations), dtype=bool)
    results = _find_faults(observations, declared, latest, faults, kept) if len(observations) else []
    good, bad = faults.none & kept, ~faults.none
    accepted = observations if good.all() else observations[good]
    refused = observations[bad].assign(
        reason=pd.array(faults.reason[bad], dtype="str"), action=pd.array(faults.action[bad], dtype="str")
    )
    repeated = int((~kept).sum())
    return CheckedRows(accepted.reset_index(drop=True), refused.reset_index(drop=True), repeated, tuple(results))


def _find_faults(
    observations: pd.DataFrame,
    declared: Sequence[MetricDeclaration],
    latest: date,
    faults: RowFaults,
    kept: npt.NDArray[np.bool_],
) -> list[CheckResult]:
    """Fill ``faults``, and clear ``kept`` for identical copies; the result of each check."""
    frame, rules = build_check_frame(observations, _bounds(declared), EARLIEST, latest), row_rules(declared)
    *row_by_row, same_key = _unexpected(frame, rules)
    for rule, at in zip(rules[:-1], row_by_row, strict=True):
        faults.add(at, fill_template(rule.reason, frame.iloc[at]), rule.action)
    results = [
        CheckResult(rule.description, rule.expectation, len(frame), len(at))
        for rule, at in zip(rules, [*row_by_row, same_key], strict=True)
    ]
    origins = observations["origin"].iloc[same_key].astype("str").array
    copies, firsts, contradictions = refuse_contradictions(frame.iloc[same_key].assign(origin=origins), faults)
    kept[copies] = False
    overlaps = refuse_overlaps(frame, np.flatnonzero(faults.none & kept), faults)
    results[-1:] = [
        replace(results[-1], failed=contradictions),
        CheckResult(NO_OVERLAP, "", len(frame), overlaps),
    ]
    faults.reason[copies], faults.action[copies] = faults.reason[firsts], faults.action[firsts]
    kept |= ~faults.none
    return results


def _require_shape(observations: pd.DataFrame) -> None:
    wanted = {"start": "M", "end": "M", "value": "fiu"}
    for name in CHECKED_COLUMNS:
        found: object = observations[name].dtype if name in observations else "absent"
        right = name not in wanted or (isinstance(found, np.dtype) and found.kind in wanted[name])
        if name not in observations or not right:
            do = f"give {', '.join(CHECKED_COLUMNS)}; start and end as datetime64 without a zone, value as float64"
            raise ShapeError(f"the column is {found}", where=f"checks, column '{name}'", do=do)


def _bounds(declared: Sequence[MetricDeclaration]) -> pd.DataFrame:
    """Columns metric, declared_unit, least and most."""
    bounds = pd.DataFrame(
        [(d.metric, d.unit, d.minimum, d.maximum) for d in declared],
        columns=["metric", "declared_unit", "least", "most"],
    )
    return bounds.astype({"metric": "str", "declared_unit": "str", "least": "float64", "most": "float64"})


def _unexpected(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[Positions]:
    """For each rule the positions of the rows that fail it. Nothing is sent, written or printed."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # great_expectations 1.24 imports a deprecated module
        # pyspark takes seconds to load, and ends the process where it takes it for a test of its own
        with import_outside_gc("great_expectations"), import_without("pyspark", by="great_expectations"):
            import_when_used("scipy.stats")  # a third of the import, for expectations that are not ours
            import great_expectations as gx  # takes seconds: only where there are rows
            from great_expectations.data_context.types import base

        quiet = {
            "analytics_enabled": False,
            "progress_bars": base.ProgressBarsConfig(globally=False, metric_calculations=False),
        }
        config = base.DataContextConfig(store_backend_defaults=base.InMemoryStoreBackendDefaults(), **quiet)
        context = gx.get_context(mode="ephemeral", project_config=config)
        pull = (
            context.data_sources.add_pandas("pull")
            .add_dataframe_asset("observations")
            .add_batch_definition_whole_dataframe("rows")
        )
        expectations = [
            getattr(gx.expectations, rule.expectation)(**rule.arguments, meta={"rule": at})
            for at, rule in enumerate(rules)
        ]
        outcome = pull.get_batch({"dataframe": frame}).validate(
            gx.ExpectationSuite("observations", expectations=expectations), result_format=_POSITIONS_ONLY
        )
        context.data_sources.delete("pull")  # the context outlives the call and would keep the frame
    results = {result.expectation_config.meta["rule"]: result for result in outcome.results}
    for at, rule in enumerate(rules):
        if not results[at].success and "unexpected_index_list" not in results[at].result:
            raise CheckError(
                f"'{rule.description}' could not be checked",
                where="checks",
                do="report it, with the raw file of the pull",
            )
    return [np.array(results[at].result.get("unexpected_index_list", ()), dtype=np.intp) for at in range(len(rules))]
