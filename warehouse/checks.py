"""The second gate: what can be read is held against what it may mean, with Great Expectations.

The expectations are built from the schema and from what a source declares. Bounds that differ from row to row stand beside
the values as columns, so that each expectation is one vectorised comparison over the whole pull.
"""

import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from string import Formatter

import numpy as np
import numpy.typing as npt
import pandas as pd

from warehouse.check_frame import build_check_frame
from warehouse.check_results import CheckResult
from warehouse.errors import CheckError, ShapeError
from warehouse.memory import import_outside_gc
from warehouse.schema import OBSERVATION_KEY

CHECKED_COLUMNS = ("metric", "entity", "start", "end", "value", "unit", "flags", "origin")
NEVER_MISSING = ("metric", "entity", "start", "end", "unit", "flags")
EARLIEST, LONGEST_ENTITY = date(1900, 1, 1), 500
NO_OVERLAP = "spans of one metric and entity do not overlap"
CORRECT = "correct it in the file"
RELEASE = f"{CORRECT}, or let it through with kmi refused --release"  # where the row could be written after a release

Positions = npt.NDArray[np.intp]
_EQUAL, _GREATER, _BETWEEN = (
    "ExpectColumnPairValuesToBeEqual",
    "ExpectColumnPairValuesAToBeGreaterThanB",
    "ExpectColumnValuesToBeBetween",
)
_KEY, _CONTENT, _LARGEST = list(OBSERVATION_KEY), ["value", "unit", "flags"], float(np.finfo(np.float64).max)
_POSITIONS_ONLY = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}
_ONE_AT_A_TIME = threading.Lock()  # warning filters and the current GX context belong to the whole process


@dataclass(frozen=True, slots=True)
class MetricDeclaration:
    """What a source declares of one metric: its unit and the bounds of its values, None where there is none."""

    metric: str
    unit: str
    minimum: float | None
    maximum: float | None = None


@dataclass(frozen=True)
class CheckedRows:
    """The rows of a pull after the checks, in the order in which they came; those refused with ``reason`` and ``action``.

    ``repeated`` counts the further copies of good rows, the same in key, value, unit and flags: they are in neither frame.
    ``results``: each check, in the order of ``describe``. ``rows_hash``: of the rows, where all of them passed.
    """

    good: pd.DataFrame
    refused: pd.DataFrame
    repeated: int = 0
    results: tuple[CheckResult, ...] = ()
    rows_hash: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """An expectation by its class name, what it says in the docs, and what is said of a row that fails it."""

    expectation: str
    arguments: Mapping[str, object]
    says: str
    reason: str
    action: str = CORRECT


class _Faults:
    """Reason and action of each row by position; empty where nothing is wrong."""

    def __init__(self, rows: int) -> None:
        self.reason: npt.NDArray[np.object_] = np.full(rows, "", dtype=object)
        self.action: npt.NDArray[np.object_] = np.full(rows, "", dtype=object)

    @property
    def none(self) -> npt.NDArray[np.bool_]:
        return np.equal(self.reason, "").astype(bool)

    def add(self, at: Positions, reasons: Sequence[str], action: str) -> None:
        self.reason[at] = [f"{old}; {new}" if old else new for old, new in zip(self.reason[at], reasons, strict=True)]
        self.action[at] = [_both(old, action) for old in self.action[at]]


def check(observations: pd.DataFrame, declared: Sequence[MetricDeclaration], *, latest: date) -> CheckedRows:
    """Part the rows of one pull into those that can be believed and those that cannot.

    ``latest`` is the newest day that there can be: today in the source's zone. Identical copies are kept once, the one with
    the first origin. Whether spans overlap is judged among rows without another fault: the longer one is refused, and both
    where they are equally long.
    Raises ``ShapeError`` (a column is absent or of another type) and ``CheckError`` (a check cannot be carried out).
    """
    _require_shape(observations)
    faults, kept, results = _Faults(len(observations)), np.ones(len(observations), dtype=bool), list[CheckResult]()
    if len(observations):
        facts, rules = build_check_frame(observations, _bounds(declared), EARLIEST, latest), _rules(declared)
        *row_by_row, same_key = _unexpected(facts, rules)
        for rule, at in zip(rules[:-1], row_by_row, strict=True):
            faults.add(at, _sentences(rule.reason, facts.iloc[at]), rule.action)
        results = [
            CheckResult(rule.says, rule.expectation, len(facts), len(at))
            for rule, at in zip(rules, [*row_by_row, same_key], strict=True)
        ]
        origins = observations["origin"].iloc[same_key].astype("str").array
        copies, firsts, differ = _part_same_keys(facts.iloc[same_key].assign(origin=origins), faults)
        kept[copies] = False
        overlap = _refuse_overlaps(facts, np.flatnonzero(faults.none & kept), faults)
        results[-1:] = [replace(results[-1], failed=differ), CheckResult(NO_OVERLAP, "", len(facts), overlap)]
        faults.reason[copies], faults.action[copies] = faults.reason[firsts], faults.action[firsts]
        kept |= ~faults.none
    good, bad = faults.none & kept, ~faults.none
    believed = observations if good.all() else observations[good]
    refused = observations[bad].assign(
        reason=pd.array(faults.reason[bad], dtype="str"), action=pd.array(faults.action[bad], dtype="str")
    )
    return CheckedRows(
        believed.reset_index(drop=True), refused.reset_index(drop=True), int((~kept).sum()), tuple(results)
    )


def describe(declared: Sequence[MetricDeclaration]) -> list[str]:
    """What is expected of every row, a sentence each with the expectation's name, then what is declared of each metric."""
    every_row = [f"{rule.says} ({rule.expectation})" for rule in _rules(declared)]
    bounds = {d.metric: ((d.minimum, "at least"), (d.maximum, "at most")) for d in declared}
    ranges = {
        metric: " and ".join(f"{word} {_figure(float(bound))}" for bound, word in pair if bound is not None)
        for metric, pair in bounds.items()
    }
    return [*every_row, NO_OVERLAP, *(f"{d.metric}: in {d.unit}, {ranges[d.metric] or 'any value'}" for d in declared)]


def _rules(declared: Sequence[MetricDeclaration]) -> list[_Rule]:
    """The expectations, in the order in which a row's reasons are given; the last one is about rows together."""
    names = sorted({d.metric for d in declared})
    rename = f"correct the name in the file: this source knows {', '.join(names) or 'no metric'}"
    control, keys = (
        {"column": "entity", "regex": r"[\x00-\x1f\x7f-\x9f]"},
        {"column_list": _KEY, "ignore_row_if": "any_value_is_missing"},
    )
    too_long = f"the entity has {{entity_length}} characters, more than {LONGEST_ENTITY}"
    return [
        *(
            _Rule("ExpectColumnValuesToNotBeNull", {"column": name}, f"{name} is never missing", f"missing: {name}")
            for name in NEVER_MISSING
        ),
        _Rule(
            "ExpectColumnValuesToBeInSet",
            {"column": "metric", "value_set": names},
            "metric is declared",
            "'{metric}' is no metric of this source",
            rename,
        ),
        _compare(
            _EQUAL,
            ("unit", "declared_unit"),
            "unit is the declared one",
            "the unit is '{unit}', and {metric} is counted in '{declared_unit}'",
        ),
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
        _Rule(
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
        _Rule(
            _BETWEEN,
            {"column": "entity_length", "max_value": LONGEST_ENTITY},
            f"entity has {LONGEST_ENTITY} characters at most",
            too_long,
        ),
        _Rule(
            "ExpectColumnValuesToNotMatchRegex",
            control,
            "entity holds no control character",
            "the entity holds a control character: {entity!a:.100}",
        ),
        _Rule(
            "ExpectColumnValuesToBeNull",
            {"column": "unknown_flags"},
            "flags are known",
            "not known as a flag: {unknown_flags}",
        ),
        _Rule("ExpectCompoundColumnsToBeUnique", keys, f"{', '.join(_KEY)} are unique together", ""),
    ]


def _compare(expectation: str, columns: tuple[str, str], says: str, reason: str, action: str = CORRECT) -> _Rule:
    """An expectation of two columns, passed where either is missing. Equal values pass, but an end never equals its start."""
    arguments = {
        **dict(zip(("column_A", "column_B"), columns, strict=True)),
        "ignore_row_if": "either_value_is_missing",
    }
    return _Rule(
        expectation,
        arguments | ({"or_equal": True} if expectation == _GREATER and columns != ("end", "start") else {}),
        says,
        reason,
        action,
    )


def _require_shape(observations: pd.DataFrame) -> None:
    wanted = {"start": "M", "end": "M", "value": "fiu"}
    for name in CHECKED_COLUMNS:
        found: object = observations[name].dtype if name in observations else "absent"
        if name not in observations or (
            name in wanted and not (isinstance(found, np.dtype) and found.kind in wanted[name])
        ):
            do = f"hand over {', '.join(CHECKED_COLUMNS)}; start and end as datetime64 without a zone, value as float64"
            raise ShapeError(f"the column is {found}", where=f"checks, column '{name}'", do=do)


def _bounds(declared: Sequence[MetricDeclaration]) -> pd.DataFrame:
    """Columns metric, declared_unit, least and most."""
    bounds = pd.DataFrame(
        [(d.metric, d.unit, d.minimum, d.maximum) for d in declared],
        columns=["metric", "declared_unit", "least", "most"],
    )
    return bounds.astype({"metric": "str", "declared_unit": "str", "least": "float64", "most": "float64"})


def _unexpected(facts: pd.DataFrame, rules: Sequence[_Rule]) -> list[Positions]:
    """For each rule the positions of the rows that fail it. Nothing is sent, written or printed."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # great_expectations 1.24 imports a deprecated module
        with import_outside_gc("great_expectations"):
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
        outcome = pull.get_batch({"dataframe": facts}).validate(
            gx.ExpectationSuite("observations", expectations=expectations), result_format=_POSITIONS_ONLY
        )
        context.data_sources.delete("pull")  # the context outlives the call and would keep the frame
    results = {result.expectation_config.meta["rule"]: result for result in outcome.results}
    for at, rule in enumerate(rules):
        if not results[at].success and "unexpected_index_list" not in results[at].result:
            raise CheckError(
                f"'{rule.says}' could not be checked", where="checks", do="report it, with the raw file of the pull"
            )
    return [np.array(results[at].result.get("unexpected_index_list", ()), dtype=np.intp) for at in range(len(rules))]


def _sentences(template: str, rows: pd.DataFrame) -> list[str]:
    """The template filled from each row: days as YYYY-MM-DD, whole numbers without a point."""
    texts: dict[str, list[str]] = {}
    for name in [name for _, name, _, _ in Formatter().parse(template) if name]:
        column = (
            pd.DatetimeIndex(rows[name]).strftime("%Y-%m-%d")
            if pd.api.types.is_datetime64_dtype(rows[name])
            else rows[name]
        )
        texts[name] = [_figure(value) if isinstance(value, float) else value for value in column.tolist()]
    return (
        [template.format(**dict(zip(texts, row, strict=True))) for row in zip(*texts.values(), strict=True)]
        if texts
        else [template] * len(rows)
    )


def _figure(value: float) -> str:
    return (
        "unknown" if np.isnan(value) else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    )


def _both(old: str, new: str) -> str:
    """Two actions as one: a release is offered only where it is offered for every fault."""
    if old in {"", new}:
        return new
    old, new = (CORRECT if action == RELEASE else action for action in (old, new))
    return old if new in old.split("; ") else f"{old}; {new}"


def _part_same_keys(rows: pd.DataFrame, faults: _Faults) -> tuple[Positions, Positions, int]:
    """Refuse rows of one key with different contents; return the other copies, for each the one with the first origin, and how many were refused."""
    key = rows.groupby(_KEY, sort=False).ngroup()
    content = rows.groupby(_CONTENT, sort=False, dropna=False).ngroup()
    differ = content.groupby(key).transform("nunique") > 1
    said: dict[int, set[str]] = {}
    for at, text in zip(key[differ], _sentences("{value} {unit} ({flags})", rows[differ]), strict=True):
        said.setdefault(at, set()).add(text.removesuffix(" ()"))
    reasons = {
        at: "the same span is there more than once, with different contents: " + "; ".join(sorted(texts))
        for at, texts in said.items()
    }
    faults.add(rows.index[differ].to_numpy(), [reasons[at] for at in key[differ]], "keep one of them in the file")
    same = rows[~differ & faults.none[rows.index]].sort_values("origin", kind="stable")
    copy, first = (
        same.index.to_numpy(),
        same.assign(at=same.index).groupby(_KEY, sort=False)["at"].transform("first").to_numpy(),
    )
    return copy[copy != first], first[copy != first], int(differ.sum())


def _refuse_overlaps(facts: pd.DataFrame, at: Positions, faults: _Faults) -> int:
    """Of the rows ``at``, refuse the longer of two neighbours that overlap, both if equally long, round after round until none do; how many."""
    before = len(at)
    rows = facts[["start", "end"]].iloc[at]
    series = (
        facts["metric"].cat.codes.to_numpy(dtype="int64")[at] * len(facts["entity"].cat.categories)
        + facts["entity"].cat.codes.to_numpy()[at]
    )
    order = np.lexsort((rows["end"].to_numpy(), rows["start"].to_numpy(), series))
    at, series, start, end = at[order], series[order], rows["start"].to_numpy()[order], rows["end"].to_numpy()[order]
    while True:
        left = np.flatnonzero((series[:-1] == series[1:]) & (start[1:] < end[:-1]))
        days = end - start
        ahead, behind = left[days[left] >= days[left + 1]], left[days[left + 1] >= days[left]]
        gone, other = np.concatenate([behind + 1, ahead]), np.concatenate([behind, ahead + 1])
        if not len(gone):
            return before - len(at)
        gone, first = np.unique(gone, return_index=True)
        reasons = _sentences("it overlaps {start}..{end}: the days would count twice", facts.iloc[at[other[first]]])
        faults.add(at[gone], reasons, "keep either the long span or the short ones in the file")
        at, series, start, end = (np.delete(column, gone) for column in (at, series, start, end))
