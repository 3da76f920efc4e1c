"""What the members published, brought under the names of the fleet: which indicators, defined how, measured by whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from plan.fleet import Fleet, Member

INDICATOR_COLUMNS = ["indicator_id", "title", "unit", "kind", "better", "period"]
PERIOD_COLUMNS = ["indicator_id", "start", "end", "value", "completeness", "provisional"]
VERDICT_COLUMNS = ["indicator_id", "verdict", "worsening", "through", "probability"]


@dataclass(frozen=True)
class MemberFigures:
    """The published tables of one member. ``member_id``: its name in the fleet file or its pseudonym.

    ``state``: whether they can be used, one of ``FILE_STATES``; where it is not ``current``, the frames are empty.
    ``not_additive``: why an indicator of it does not add up over members, by its own name of the indicator.
    """

    member_id: str
    title: str
    anonymous: bool
    member: Member
    state: str = "current"
    state_reason: str | None = None
    judged_at: pd.Timestamp | None = None
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    periods: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PERIOD_COLUMNS))
    verdicts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=VERDICT_COLUMNS))
    not_additive: Mapping[str, str] = field(default_factory=dict)


class Definition(NamedTuple):
    """What must agree before values of two members are set side by side."""

    unit: str
    kind: str
    period: str


@dataclass(frozen=True)
class CommonIndicator:
    """An indicator under the fleet's name. ``names``: its name in each member that measures it as defined here.

    ``intended``: the members that are meant to measure it; ``otherwise``: those that define it otherwise.
    """

    indicator_id: str
    title: str
    better: str
    definition: Definition
    names: Mapping[str, str]
    intended: Sequence[str]
    otherwise: Sequence[str]


def common_indicators(fleet: Fleet, keys: Mapping[str, str], figures: Sequence[MemberFigures]) -> list[CommonIndicator]:
    """The indicators to compare. ``keys``: the name in the fleet file of each ``member_id``.

    Without ``indicators`` in the fleet file they are those that two members call alike.
    """
    rows = {one.member_id: _by_name(one.indicators) for one in figures}
    if fleet.indicators:
        wanted = list(fleet.indicators)
    else:
        counted = Counter(name for known in rows.values() for name in known)
        wanted = [name for name, members in counted.items() if members > 1]
    found = (_common(fleet, keys, name, figures, rows) for name in wanted)
    return [one for one in found if one is not None]


def _by_name(indicators: pd.DataFrame) -> dict[str, dict[str, str]]:
    """The settings of each indicator by its name."""
    if indicators.empty:
        return {}
    columns = INDICATOR_COLUMNS[1:]
    settings = indicators[columns].to_numpy().tolist()
    return {
        name: dict(zip(columns, row, strict=True))
        for name, row in zip(indicators["indicator_id"], settings, strict=True)
    }


def _common(
    fleet: Fleet,
    keys: Mapping[str, str],
    name: str,
    figures: Sequence[MemberFigures],
    rows: Mapping[str, Mapping[str, dict[str, str]]],
) -> CommonIndicator | None:
    """None where no member has it."""
    shared = fleet.indicators.get(name)
    mapping = shared.members if shared else {}
    own = {one.member_id: mapping.get(keys[one.member_id], name) for one in figures}
    measured = {
        member: rows[member][local]
        for member, local in own.items()
        if local is not None and local in rows.get(member, {})
    }
    if not measured:
        return None
    defined = {member: Definition(row["unit"], row["kind"], row["period"]) for member, row in measured.items()}
    definition = Counter(defined.values()).most_common(1)[0][0]
    named = {one.member_id for one in figures if not one.anonymous}
    alike = [member for member in measured if defined[member] == definition]
    return CommonIndicator(
        name,
        (shared and shared.title) or _title_of(name, [measured[one]["title"] for one in alike if one in named]),
        Counter(measured[member]["better"] for member in alike).most_common(1)[0][0],
        definition,
        {member: str(own[member]) for member in alike},
        [member for member, local in own.items() if local is not None],
        [member for member in measured if defined[member] != definition],
    )


def _title_of(name: str, titles: Sequence[str]) -> str:
    """The title that most members with a name have: that of another might give its name away."""
    return Counter(titles).most_common(1)[0][0] if titles else name


def common_periods(indicators: Sequence[CommonIndicator], figures: Sequence[MemberFigures]) -> pd.DataFrame:
    """The periods of all members under the fleet's names, with ``member_id``."""
    return _renamed("periods", PERIOD_COLUMNS, indicators, figures)


def common_verdicts(indicators: Sequence[CommonIndicator], figures: Sequence[MemberFigures]) -> pd.DataFrame:
    """The verdicts of all members under the fleet's names, with ``member_id``."""
    return _renamed("verdicts", VERDICT_COLUMNS, indicators, figures)


def _renamed(
    table: str, columns: list[str], indicators: Sequence[CommonIndicator], figures: Sequence[MemberFigures]
) -> pd.DataFrame:
    parts = []
    for one in figures:
        frame: pd.DataFrame = getattr(one, table)
        for common in indicators:
            local = common.names.get(one.member_id)
            if local is not None and not frame.empty:
                rows = frame.loc[frame["indicator_id"] == local, columns]
                parts.append(rows.assign(indicator_id=common.indicator_id, member_id=one.member_id))
    if not parts:
        return pd.DataFrame(columns=["member_id", *columns])
    return pd.concat(parts, ignore_index=True)[["member_id", *columns]]
