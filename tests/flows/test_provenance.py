"""From a published figure back to the pulls that brought it, and from a source to what its rows were held against."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.steps.refresh import RefreshRequest, RefreshResult, refresh
from tests.forked_runs import context_of

PLAN = """\
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library},
    date_formats: ['%Y-%m'], period: month, max_refused_share: 0.4}
indicators:
  hill: {title: Hill, unit: visits, kind: flow, of: [{source: gates, metric: visits, entities: [Hill]}]}
  both: {title: All, unit: visits, kind: flow, period: quarter, of: [{source: gates, metric: visits}]}
"""
FIRST = "Library,2025-01,2025-02,2025-03\nHill,1,2,3\nQuay,4,5,6\n"
SECOND = "Library,2025-01,2025-02,2025-03,2025-04\nHill,1,2,30,7\nQuay,4,5,6,8\n"
Rows = list[tuple[object, ...]]


def run(folder: Path, hour: int, visits: str) -> RefreshResult:
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "visits.csv").write_text(visits)
    return refresh(
        context_of(folder / "plan.yaml", folder / "warehouse", datetime(2025, 5, 2, hour, tzinfo=UTC)), RefreshRequest()
    )


def ask(folder: Path, query: str) -> Rows:
    """The rows of ``query``, in which {name} stands for a published file."""
    files = {
        path.stem.replace("-", "_"): f"'{path}'" for path in (folder / "warehouse" / "published").glob("*.parquet")
    }
    with duckdb.connect() as connection:
        rows: Rows = connection.sql(query.format(**files)).fetchall()
    return rows


BEHIND = """
SELECT b.indicator_id, b.start, hour(u.recorded_at AT TIME ZONE 'UTC')
FROM {period_pulls} b JOIN {pulls} u USING (pull_id) ORDER BY ALL
"""


@pytest.mark.slow
def test_a_figure_leads_to_every_pull_that_brought_a_part_of_it_and_to_no_other(tmp_path: Path) -> None:
    for hour, visits in ((6, FIRST), (7, FIRST), (8, SECOND)):
        assert not run(tmp_path, hour, visits).failed
    months = [
        ("hill", date(2025, 1, 1), 6),
        ("hill", date(2025, 2, 1), 6),
        ("hill", date(2025, 3, 1), 8),
        ("hill", date(2025, 4, 1), 8),
    ]
    assert ask(tmp_path, BEHIND) == [
        ("both", date(2025, 1, 1), 6),
        ("both", date(2025, 1, 1), 8),
        ("both", date(2025, 4, 1), 8),
        *months,
    ]
    assert ask(
        tmp_path,
        "SELECT count(*) FROM {observations_2025} JOIN {pulls} USING (pull_id, source) WHERE status = 'committed'",
    ) == [(8,)]


@pytest.mark.slow
def test_a_pull_that_brings_nothing_new_leaves_the_files_of_figures_alone(tmp_path: Path) -> None:
    run(tmp_path, 6, FIRST)
    written = run(tmp_path, 7, FIRST + "\n").published
    assert "pulls.parquet" in written
    assert not {"observations-2025.parquet", "periods.parquet", "period_pulls.parquet"} & set(written)


@pytest.mark.slow
def test_an_unknown_value_leads_nowhere(tmp_path: Path) -> None:
    run(tmp_path, 6, FIRST.replace("Hill,1,2,3", "Hill,1,,3"))
    assert ("hill", date(2025, 2, 1), 6) not in ask(tmp_path, BEHIND)
    assert ("hill", date(2025, 3, 1), 6) in ask(tmp_path, BEHIND)


@pytest.mark.slow
def test_what_each_check_found_is_published(tmp_path: Path) -> None:
    run(tmp_path, 6, FIRST.replace("Hill,1", "Hill,x"))
    found = ask(tmp_path, "SELECT expectation, expectation_type, rows, failed FROM {checks}")
    assert ("it can be read", None, 6, 1) in found
    assert ("value is finite", "ExpectColumnValuesToBeBetween", 5, 0) in found
    assert ("spans of one metric and entity do not overlap", None, 5, 0) in found
    assert ask(tmp_path, "SELECT count(*), count(DISTINCT pull_id) FROM {checks}") == [(20, 1)]


@pytest.mark.slow
def test_a_pull_refused_whole_is_once_on_the_ledger_by_the_name_that_its_error_gives(tmp_path: Path) -> None:
    run(tmp_path, 6, FIRST)
    done = run(tmp_path, 7, "Library,2025-01,2025-02,2025-03\nHill,a,b,3\nQuay,c,5,6\n")
    ((name, rows, refused, error),) = ask(
        tmp_path, "SELECT pull_id, rows, refused, error FROM {pulls} WHERE status = 'failed'"
    )
    assert f"(pull {name})" in done.failed["gates"] == error
    assert (rows, refused) == (0, 3)
    assert ask(tmp_path, "SELECT DISTINCT pull_id FROM {checks}") == [(name,)]
    assert ask(tmp_path, "SELECT count(*) FROM {observations_2025}") == [(6,)]
