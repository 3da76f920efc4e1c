"""A branch that a file no longer holds is named."""

from datetime import UTC, datetime
from pathlib import Path

from flows.steps.collect import PullResult, collect
from flows.steps.context import open_context
from flows.steps.pull_windows import windows_to_pull
from flows.steps.refresh import run_directly
from flows.steps.warehouse_lock import hold_warehouse

PLAN = """
organisation: {name: Hill Library, time_zone: UTC}
sources:
  gates:
    {type: footfall, path: visits.csv, layout: wide, columns: {entity: Branch}, date_formats: ["%Y-%m"], period: month}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
HEAD, EAST, VAN = "Branch,2026-01,2026-02\n", "East,512,530\n", "Van,41,47\n"


def pulled(folder: Path, text: str) -> PullResult:
    (folder / "visits.csv").write_text(text, encoding="utf-8")
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    context = open_context(
        folder / "plan.yaml", folder / "warehouse", resolve=str, log=lambda _: None, clock=lambda: now
    )
    with hold_warehouse(context, 5):
        (window,) = windows_to_pull(context, "gates", None)
        return run_directly(collect, context, "gates", window)


def test_a_branch_that_a_file_no_longer_holds_is_named_once(tmp_path: Path) -> None:
    assert pulled(tmp_path, HEAD + EAST + VAN).notes == ()
    (note,) = pulled(tmp_path, HEAD + EAST).notes
    assert note.startswith("'Van' had values and is in no row or column now: its values are gone.")
    assert "'rename: {NEW: Van}'" in note
    assert pulled(tmp_path, HEAD + EAST).notes == ()
    assert pulled(tmp_path, HEAD + EAST.replace(",530", ",")).outcome.vanished == (), (
        "a cell that is blank is no branch"
    )
