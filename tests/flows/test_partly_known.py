"""A gap moves no verdict: from files with blank months to what is published. All known figures lie on their path."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from tests.plan_texts import write_plan

NOW = datetime(2026, 2, 10, 6, tzinfo=UTC)
PLAN = """\
organisation: {name: Hill Library, time_zone: Europe/London}
sources:
  gates: &wide
    {type: footfall, path: visits.csv, layout: wide, columns: {entity: Branch}, date_formats: ["%Y-%m"], period: month}
  desk: {<<: *wide, path: enquiries.csv}
indicators:
  more:
    {title: More, unit: visits, kind: flow, period: year, min_completeness: 0.9,
    of: [{source: gates, metric: visits, entities: [Hill]}],
    target: {baseline: {from: 2024-01-01, to: 2024-12-31}, value: 13200, due: 2026-12-31}}
  fewer:
    {title: Fewer, unit: complaints, kind: flow, better: down, period: year, min_completeness: 0.9,
    of: [{source: gates, metric: visits, entities: [Complaints]}],
    target: {baseline: {from: 2024-01-01, to: 2024-12-31}, value: 1100, due: 2027-12-31}}
  quarter:
    {title: Quarter, unit: visits, kind: flow, period: quarter, min_completeness: 0.8,
    of: [{source: gates, metric: visits, entities: [Mill, Vale, Dale]}],
    target: {baseline: {from: 2024-01-01, to: 2024-12-31}, value: 5670, due: 2025-12-31}}
  total:
    {title: Total, unit: visits, kind: flow, min_completeness: 0.5,
    of: [{source: gates, metric: visits, entities: [North, South]}],
    target: {over: year, baseline: {from: 2024-01-01, to: 2024-12-31}, value: 18720, due: 2025-12-31}}
  rate:
    {title: Rate, unit: enquiries per visit, kind: rate, period: quarter, min_completeness: 0.8,
    numerator: [{source: desk, metric: visits}],
    denominator: [{source: gates, metric: visits, entities: [East, West]}],
    target: {baseline: {from: 2024-01-01, to: 2024-12-31}, value: 0.0108, due: 2027-12-31}}
"""
MONTHS = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
BEFORE_AND_NOW = {
    "Hill": (1000, 1050, ["2025-06"]),
    "Complaints": (100, 100, ["2025-06"]),
    "Mill": (900, 945, []),
    "Vale": (600, 630, []),
    "Dale": (300, 315, ["2025-11"]),
    "North": (1000, 1040, []),
    "South": (500, 520, ["2025-03", "2025-04"]),
    "East": (1000, 1000, []),
    "West": (500, 500, ["2025-11"]),
}


def table(branches: dict[str, tuple[int, int, list[str]]]) -> pd.DataFrame:
    """The months of each branch: the value of 2024, then that of 2025; blank where missing."""
    rows = {
        name: [None if month in blank else before if month < "2025" else now for month in MONTHS]
        for name, (before, now, blank) in branches.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=MONTHS, dtype="Int64").rename_axis("Branch")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("partly")
    table(BEFORE_AND_NOW).to_csv(folder / "visits.csv")
    table({"East": (10, 10, []), "West": (5, 5, [])}).to_csv(folder / "enquiries.csv")
    refresh(context_of(write_plan(folder, PLAN), folder / "warehouse", NOW), RefreshRequest())
    return folder / "warehouse" / "published"


def row(published: Path, table: str, name: str, where: str = "true") -> dict[str, Any]:
    found = duckdb.sql(f"select * from '{published}/{table}.parquet' where indicator_id = '{name}' and {where}")
    (only,) = found.fetchall()
    return dict(zip(found.columns, only, strict=True))


@pytest.mark.parametrize(
    ("name", "verdict", "value", "expected", "missing"),
    [
        ("more", "on_track", 11_550, 11_550, "Hill, Jun 2025"),  # the path asks for 12,600 in twelve months
        ("fewer", "behind", 1_100, 1_200 - 100 * 365 / 1095 - 97.2, "Complaints, Jun 2025"),
        ("quarter", "achieved", 5_670 - 315, 5_670 - 315, "Dale, Nov 2025"),
        ("total", "achieved", 18_720 - 1_040, 18_720 - 1_040, "South, Mar 2025; South, Apr 2025"),
        ("rate", "behind", 0.01, 0.0100 + 0.0008 * 365 / 1095, "West, Nov 2025"),
    ],
)
def test_a_gap_moves_no_verdict(
    published: Path, name: str, verdict: str, value: float, expected: float, missing: str
) -> None:
    found = row(published, "verdicts", name)
    assert found["verdict"] == verdict, found["reason"]
    assert found["value"] == pytest.approx(value)
    assert found["expected"] == pytest.approx(expected, rel=1e-3)
    assert f"missing: {missing}" in found["reason"]
    assert found["grade"] == "incomplete"
    assert not found["worsening"]


def test_the_missing_months_are_named_by_branch(published: Path) -> None:
    found = duckdb.sql(
        f"select source, missing, missing_of_entities from '{published}/sources.parquet' order by source"
    )
    assert found.fetchall() == [
        ("desk", [], []),
        (
            "gates",
            [],
            [
                "2025-03-01..2025-04-30 South",
                "2025-06-01..2025-06-30 Complaints",
                "2025-06-01..2025-06-30 Hill",
                "2025-11-01..2025-11-30 Dale",
                "2025-11-01..2025-11-30 West",
            ],
        ),
    ]


def test_the_period_is_published_as_counted_and_as_a_whole(published: Path) -> None:
    found = row(published, "periods", "more", f"start = date '{date(2025, 1, 1)}'")
    assert found["value"] == 11_550
    assert (found["whole"], found["whole_low"], found["whole_high"]) == (pytest.approx(12_600),) * 3
    assert list(found["missing"]) == ["2025-06-01 Hill"]
    whole = row(published, "periods", "more", f"start = date '{date(2024, 1, 1)}'")
    assert (whole["value"], whole["whole"], list(whole["missing"])) == (12_000, 12_000, [])
