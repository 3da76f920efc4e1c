"""From an activity in the plan to its published effect, which uses the controls, the breaks and the settled months."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from tests.plan_texts import plan_text, write_plan

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
INDICATORS = """\
hill: {title: Visits to Hill, unit: visits, kind: flow, of: [{source: gates, metric: visits, entities: [Hill]}]}
vale: {title: Visits to Vale, unit: visits, kind: flow, of: [{source: gates, metric: visits, entities: [Vale]}]}
"""
ACTIVITY = "activities: {week: {date: 2025-03-01, title: Week, indicators: [hill], controls: [vale]}}\n"


def published(folder: Path, more: str, lift: float) -> dict[str, Any]:
    """Six years of visits to two libraries up to February 2026; from March 2025 on Hill has ``lift`` times as many."""
    months = pd.period_range("2020-01", "2026-02", freq="M")
    rng = np.random.default_rng(4)
    visits = 1000 * np.exp(
        0.2 * np.sin(2 * np.pi * np.arange(len(months)) / 12) + rng.normal(0, 0.04, (2, len(months)))
    )
    visits[0, months >= pd.Period("2025-03", "M")] *= lift
    table = pd.DataFrame(visits.round(), index=pd.Index(["Hill", "Vale"], name="Library"), columns=months.astype(str))
    table.astype(int).to_csv(folder / "visits.csv")
    context = context_of(write_plan(folder, plan_text(indicators=INDICATORS, more=more)), folder / "warehouse", NOW)
    refresh(context, RefreshRequest())
    rows = pq.read_table(folder / "warehouse/published/effects.parquet").to_pylist()
    assert len(rows) == 1
    return dict(rows[0])


@pytest.mark.slow
def test_what_followed_an_activity_is_published(tmp_path: Path) -> None:
    row = published(tmp_path, ACTIVITY, 1.3)
    assert (row["activity_id"], row["indicator_id"], row["verdict"], row["controls"]) == (
        "week",
        "hill",
        "associated_rise",
        ["vale"],
    )
    assert (row["periods_before"], row["periods_after"]) == (62, 11)  # February is over, but not yet settled
    assert row["low_pct"] < 30 < row["high_pct"]
    assert row["sentence"].endswith("over the 11 complete months after it, compared with Visits to Vale; estimated")


@pytest.mark.slow
def test_a_declared_break_reaches_the_effect(tmp_path: Path) -> None:
    row = published(tmp_path, ACTIVITY + "breaks: [{day: 2024-06-01, reason: new gates, indicators: [hill]}]\n", 1.3)
    assert row["sentence"] == "cannot tell: the break of 1 Jun 2024 is too near: 9 complete months between, needs 24"
    assert row["effect"] is None
