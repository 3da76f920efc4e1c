"""Which indicator comes first: one order for the overview of the scorecard and for the brief."""

from collections.abc import Iterable, Mapping
from typing import Any

from reports.words import VERDICT_ORDER

SHORT = frozenset({"behind", "at_risk"})
"""Verdicts of those that fall short."""
GOOD = frozenset({"on_track", "achieved"})
NEEDS_FIGURES = frozenset({"no_data", "source_failed"})
"""Alerts about figures that did not come."""
NO_PACE = 1e9
"""Sorts an indicator without a pace behind all that have one."""

Standing = Mapping[str, Any]
"""A row with ``verdict``, ``alert``, ``worsening``, ``pace_ratio`` and whether it ``may_be_luck``."""


def severity(row: Standing) -> tuple[int, bool, bool, bool, float]:
    """Sorts the gravest first.

    By verdict; then what luck may well explain last; then those with an active alert or without figures; then those
    worse than their baseline; then the least progress.
    """
    pace, quiet = row["pace_ratio"], row["alert"] not in {"firing", *NEEDS_FIGURES}
    place = VERDICT_ORDER.index(row["verdict"])
    return place, row["may_be_luck"], quiet, not row["worsening"], NO_PACE if pace is None else pace


def by_severity(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as ``severity`` reads them, the gravest first."""
    return sorted(rows, key=severity)


def needs_someone(row: Standing) -> bool:
    """Whether a person has to decide, to watch or to bring in figures; never for what luck may well explain."""
    if row["verdict"] in SHORT:
        return not row["may_be_luck"]
    return row["alert"] in NEEDS_FIGURES
