"""The star of a fleet as frames: members, indicators, periods, verdicts, totals and comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from plan.fleet import DENOMINATORS, Denominator, Fleet
from transforms.fleet.comparison import compare, compared_periods, denominators_of
from transforms.fleet.figures import (
    CommonIndicator,
    MemberFigures,
    common_indicators,
    common_periods,
    common_verdicts,
)
from transforms.fleet.totals import is_whole, totals, why_not_additive
from warehouse.schema import Table
from warehouse.schema.fleet import FLEET_TABLES

PER_COLUMNS: dict[str, Denominator] = {
    "per_population": "population",
    "per_student": "students",
    "per_staff": "staff",
    "per_opening_hour": "opening_hours",
}


@dataclass(frozen=True)
class FleetInputs:
    """``keys``: the name in the fleet file of each ``member_id``. ``year``: that of the roll-up.

    ``same_source``: indicators for which two members read the same figures. ``opted_out``: members that share nothing.
    """

    fleet: Fleet
    figures: Sequence[MemberFigures]
    keys: Mapping[str, str]
    year: int
    opted_out: int = 0
    same_source: frozenset[str] = frozenset()


def roll_up(inputs: FleetInputs) -> dict[str, pd.DataFrame]:
    """The frames by the name of their table."""
    by_id = {one.member_id: one for one in inputs.figures}
    indicators = common_indicators(inputs.fleet, inputs.keys, inputs.figures)
    reasons = {
        one.indicator_id: why_not_additive(inputs.fleet, one, by_id, one.indicator_id in inputs.same_source)
        for one in indicators
    }
    absent = {one.indicator_id: _absent(one, by_id) for one in indicators}
    periods = common_periods(indicators, inputs.figures)
    frames = {
        "members": pd.DataFrame([_member(one, inputs.year) for one in inputs.figures]),
        "indicators": pd.DataFrame([_indicator(one, reasons[one.indicator_id]) for one in indicators]),
        "periods": _with_rates(periods, by_id),
        "verdicts": common_verdicts(indicators, inputs.figures),
        "totals": totals(indicators, reasons, periods, absent, inputs.opted_out),
        "comparisons": _comparisons(inputs, indicators, periods, absent),
    }
    return {table.name: _with_columns(frames[table.name], table) for table in FLEET_TABLES}


def _with_columns(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Every column of the table; one that no row has is null."""
    absent = {name: pd.Series([None] * len(frame), index=frame.index, dtype=object) for name in table.names}
    return pd.DataFrame({name: frame.get(name, absent[name]) for name in table.names})


def _absent(common: CommonIndicator, by_id: Mapping[str, MemberFigures]) -> dict[str, str]:
    """Why members that are meant to measure an indicator have no figures for it at all."""
    found = {}
    for member in common.intended:
        if by_id[member].state != "current":
            found[member] = "no_files"
        elif member in common.otherwise:
            found[member] = "other_definition"
        elif member not in common.names:
            found[member] = "not_measured"
    return found


def _member(one: MemberFigures, year: int) -> dict[str, object]:
    amounts: dict[str, object] = {
        name: None if one.anonymous else one.member.amount(name, year) for name in DENOMINATORS
    }
    return {
        "member_id": one.member_id,
        "title": one.title,
        "anonymous": one.anonymous,
        "peer_group": one.member.peer_group,
        "tags": [] if one.anonymous else list(one.member.tags),
        **amounts,
        "state": one.state,
        "state_reason": one.state_reason,
        "judged_at": one.judged_at,
    }


def _indicator(common: CommonIndicator, reason: str | None) -> dict[str, object]:
    return {
        "indicator_id": common.indicator_id,
        "title": common.title,
        **common.definition._asdict(),
        "better": common.better,
        "additive": reason is None,
        "not_additive": reason,
        "measured_by": len(common.names),
        "defined_otherwise": list(common.otherwise),
    }


def _with_rates(periods: pd.DataFrame, by_id: Mapping[str, MemberFigures]) -> pd.DataFrame:
    """The periods with their values over each denominator; null where the period is not known as a whole."""
    spans = periods[["member_id", "start", "end"]].drop_duplicates()
    whole = periods["value"].where(is_whole(periods))
    for column, name in PER_COLUMNS.items():
        exposure = [
            by_id[member].member.exposure(name, start.date(), end.date())
            for member, start, end in spans.itertuples(index=False, name=None)
        ]
        joined = periods.merge(
            spans.assign(exposure=pd.Series(exposure, index=spans.index, dtype=float)),
            on=["member_id", "start", "end"],
            how="left",
        )
        periods = periods.assign(**{column: whole / joined["exposure"].to_numpy()})
    return periods


def _comparisons(
    inputs: FleetInputs,
    indicators: Sequence[CommonIndicator],
    periods: pd.DataFrame,
    absent: Mapping[str, Mapping[str, str]],
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for common in indicators:
        of = periods[periods["indicator_id"] == common.indicator_id]
        shared = inputs.fleet.indicators.get(common.indicator_id)
        cases = periods[periods["indicator_id"] == shared.out_of] if shared is not None and shared.out_of else None
        for period in compared_periods(common, of, absent[common.indicator_id]):
            counted = _cases(cases, period.start, period.end) if cases is not None else {}
            for per in denominators_of(inputs.fleet, common, inputs.figures):
                rows += compare(period, per, inputs.figures, counted)
    return pd.DataFrame(rows)


def _cases(cases: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, float]:
    here = cases[(cases["start"] == start) & (cases["end"] == end) & is_whole(cases)]
    return dict(zip(here["member_id"], here["value"].astype(float), strict=True))
