"""Verdicts by a published rule, where the plan asks for one and there is a value to judge."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from plan.percent_unit import is_percent
from transforms.arrays import FloatArray
from transforms.coverage import missing_cell_length
from transforms.findings import Finding, Findings, found
from transforms.rules.inputs import RuleInputs
from transforms.rules.registry import RULES

OPEN = {"achieved", "on_track", "at_risk", "behind"}
"""Verdicts that another rule may put differently; what cannot be judged by the pace for want of data cannot be judged
at all."""
DECIDED = {"target_met", "target_missed"}
TOLD = {*DECIDED, "level_held", "level_reached", "since_due"}
"""What is told beside the term of the rule."""


def by_rule(board: pd.DataFrame, found_by_pace: Sequence[Findings]) -> tuple[list[Findings], pd.Series]:
    """``found_by_pace``, with the finding of each rule other than ``pace`` in its place, and each rule's figure.

    board: one row an indicator, with rule, better, value, scale, missing, unit, kind, period, baseline_value,
    baseline_end, end, due, target_value, limit, ratio, change_error (standard error of the change since the baseline,
    NaN where none is known). The baseline stands at its end, the current value at the end of its period, the target at
    the end of the day it is due. The current value is brought to an average period, which baseline and target are for.
    A rule judges the whole, of which the missing part is estimated. Its own term is told as published; the verdict is
    achieved only where the target was met when it was due or its level was held, and when it is due it is met or not.
    """
    findings, figure = list(found_by_pace), board["ratio"].astype(float).copy()
    is_open = pd.Series([one[0].verdict in OPEN for one in findings], index=board.index, dtype=bool)
    for name in set(board["rule"].dropna()) - {"pace"}:
        rule = RULES[name]
        rows = board.index[(board["rule"] == name) & (board["better"] != "band") & is_open]
        out = rule.apply(_rule_inputs(board.loc[rows]))
        judged = board.loc[rows, ["value", "unit", "period", "kind", "missing"]].itertuples(name=None)
        for (row, value, unit, *parts), *outcome in zip(judged, out.verdict, out.label, out.reason, strict=True):
            (period, kind, missing), (verdict, label, because) = parts, outcome
            facts = {"value": value, "unit": unit, "rule": rule.identity, "label": label, "because": because}
            estimated = [found("estimated", cell=missing_cell_length(period, kind), cells=missing)] if missing else []
            told = [replace(one, verdict=None) for one in findings[row] if one.code in TOLD and verdict in OPEN]
            ours = _verdict(verdict, findings[row][0])
            findings[row] = (found("rule", ours, **facts), *told, *estimated)
        figure.loc[rows] = out.value
    return findings, figure


def _verdict(by_rule: str, by_pace: Finding) -> str | None:
    if by_rule not in OPEN:
        return by_rule
    if by_pace.code in DECIDED:
        return by_pace.verdict
    return "on_track" if by_rule == "achieved" and by_pace.verdict != "achieved" else by_rule


def _rule_inputs(rows: pd.DataFrame) -> RuleInputs:
    one_day = pd.Timedelta(days=1)
    figures = {name: rows[name].to_numpy(dtype=float) for name in ("baseline_value", "value", "target_value", "limit")}
    return RuleInputs(
        base_year=_years(rows["baseline_end"]),
        base=figures["baseline_value"],
        year=_years(rows["end"]),
        current=figures["value"] / rows["scale"].to_numpy(dtype=float),
        due_year=_years(rows["due"] + one_day),
        target=figures["target_value"],
        direction=np.where(rows["better"] == "up", 1.0, -1.0),
        limit=figures["limit"],
        standard_error=rows["change_error"].to_numpy(dtype=float),
        # A rate is its numerator over its denominator, so it counts from 0 to 1 whatever its unit says.
        is_percent=rows["unit"].map(is_percent).to_numpy(dtype=bool) & (rows["kind"] != "rate").to_numpy(dtype=bool),
    )


def _years(days: pd.Series) -> FloatArray:
    """Days as years and fractions of 365.2425 days since 1970."""
    numbers = (pd.to_datetime(days) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    return np.asarray(numbers, dtype=np.float64) / 365.2425
