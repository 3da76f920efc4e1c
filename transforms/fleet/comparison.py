"""Each member among its peers: its rate, where that lies in the funnel, and its rank with an interval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from plan.fleet import DENOMINATORS, Fleet
from transforms.arrays import FloatArray
from transforms.fleet.figures import CommonIndicator, MemberFigures
from transforms.fleet.funnel import FEWEST, Kind, funnel
from transforms.fleet.ranks import rank_intervals, rank_of
from transforms.fleet.totals import is_whole

COMPARED_PERIODS = 12
"""The newest periods of an indicator that are compared."""
POSITIONS = ("below_998", "below_95", "inside", "above_95", "above_998")
"""By the number of limits that lie below the rate."""


@dataclass(frozen=True)
class PeriodFigures:
    """One indicator in one period. ``values``: of the members that have it whole; ``missing``: why others lack it."""

    common: CommonIndicator
    start: pd.Timestamp
    end: pd.Timestamp
    values: Mapping[str, float]
    missing: Mapping[str, str]


def compared_periods(common: CommonIndicator, of: pd.DataFrame, absent: Mapping[str, str]) -> Iterator[PeriodFigures]:
    """The newest periods that two members have as a whole and that no longer change, the newest first."""
    settled = is_whole(of) & ~of["provisional"].astype(bool)
    counted = of[settled].groupby(["start", "end"]).size()
    spans = sorted(counted[counted > 1].index, reverse=True)[:COMPARED_PERIODS]
    for start, end in spans:
        here = (of["start"] == start) & (of["end"] == end)
        whole, rest = of[here & settled], of[here & ~settled]
        codes = np.select([rest["value"].isna(), rest["completeness"] < 1], ["unknown", "partly_known"], "provisional")
        missing = {**absent, **dict(zip(rest["member_id"], codes.tolist(), strict=True))}
        values = dict(zip(whole["member_id"], whole["value"].astype(float), strict=True))
        yield PeriodFigures(common, start, end, values, missing)


def denominators_of(fleet: Fleet, common: CommonIndicator, figures: Sequence[MemberFigures]) -> tuple[str, ...]:
    """What an indicator is divided by: as the fleet file has it, else every denominator that two members have."""
    shared = fleet.indicators.get(common.indicator_id)
    if common.definition.kind == "rate":
        return ("cases",) if shared is not None and shared.out_of else ()
    if shared is not None and shared.per:
        return shared.per
    return tuple(name for name in DENOMINATORS if sum(bool(getattr(one.member, name)) for one in figures) > 1)


def compare(
    period: PeriodFigures, per: str, figures: Sequence[MemberFigures], cases: Mapping[str, float]
) -> list[dict[str, Any]]:
    """One row a member that is meant to measure the indicator. ``cases``: what a share is a share of, by member."""
    groups: dict[str, list[MemberFigures]] = {}
    for one in figures:
        if one.member_id in period.common.intended:
            groups.setdefault(one.member.peer_group, []).append(one)
    return [row for group, members in groups.items() for row in _compare_group(period, per, members, cases, group)]


def _compare_group(
    period: PeriodFigures, per: str, members: Sequence[MemberFigures], cases: Mapping[str, float], group: str
) -> list[dict[str, Any]]:
    exposures = {one.member_id: _exposure(period, per, one, cases) for one in members}
    compared = [one for one, exposure in exposures.items() if one in period.values and exposure]
    head = {
        "indicator_id": period.common.indicator_id,
        "start": period.start,
        "end": period.end,
        "per": per,
        "peer_group": group,
        "compared": len(compared),
    }
    rows = [{**head, "member_id": one, "missing": _why_not(period, one)} for one in exposures if one not in compared]
    if compared:
        values = np.array([period.values[one] for one in compared])
        exposure = np.array([exposures[one] or 1.0 for one in compared])
        columns = _columns(values, exposure, period.common, per)
        for at, one in enumerate(compared):
            rows.append({**head, "member_id": one, **{name: column[at] for name, column in columns.items()}})
    return rows


def _exposure(period: PeriodFigures, per: str, one: MemberFigures, cases: Mapping[str, float]) -> float | None:
    if per == "cases":
        return cases.get(one.member_id)
    (name,) = (known for known in DENOMINATORS if known == per)
    return one.member.exposure(name, period.start.date(), period.end.date())


def _why_not(period: PeriodFigures, member: str) -> str:
    if member in period.values:
        return "no_denominator"
    return period.missing.get(member, "no_period")


def _columns(values: FloatArray, exposure: FloatArray, common: CommonIndicator, per: str) -> dict[str, Any]:
    """The columns of the members that are compared."""
    kind: Kind = "share" if per == "cases" else "rate"
    scale = 100.0 if kind == "share" and common.definition.unit == "%" else 1.0
    events = values / scale * exposure if kind == "share" else values
    rates = values / exposure if kind == "rate" else values
    none: list[Any] = [None] * len(values)
    found: dict[str, Any] = {"value": values, "exposure": exposure, "rate": rates}
    highest_first = common.better == "up"
    if common.better != "band":
        found["rank"] = rank_of(rates, highest_first=highest_first)
    reason = _no_limits(events, exposure, common, kind)
    if reason:
        return found | {"no_position": [reason] * len(values), "position": none}
    limits = funnel(events, exposure, kind)
    below = (events / exposure > limits.limits).sum(axis=0) + (events / exposure == limits.limits[:2]).sum(axis=0)
    names = ("low_998", "low_95", "high_95", "high_998")
    found |= {name: limit * scale for name, limit in zip(names, limits.limits, strict=True)}
    found |= {"centre": [limits.centre * scale] * len(values), "phi": [limits.phi] * len(values)}
    found["position"] = [POSITIONS[count] for count in below]
    if common.better != "band":
        ranks = rank_intervals(events, exposure, limits.phi, kind, highest_first=highest_first)
        found |= {"rank_low": ranks.low, "rank_high": ranks.high}
    return found


def _no_limits(events: FloatArray, exposure: FloatArray, common: CommonIndicator, kind: Kind) -> str | None:
    """Why there are no funnel limits, one of ``NO_POSITION``; None where there are."""
    if common.definition.kind == "stock" or (events < 0).any() or (kind == "share" and (events > exposure).any()):
        return "not_a_count"
    if len(events) < FEWEST:
        return "too_few"
    return None if events.sum() > 0 else "no_events"
