"""A branch that a file no longer holds keeps its values until someone says why it is gone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.steps.collect import PullResult, collect
from flows.steps.context import open_context
from flows.steps.pull_windows import windows_to_pull
from flows.steps.refresh import run_directly
from flows.steps.warehouse_lock import hold_warehouse
from warehouse.errors import ShapeError
from warehouse.schema import OBSERVATIONS

PLAN = """
organisation: {name: Hill Library, time_zone: UTC}
sources:
  gates:
    {type: footfall, path: visits.csv, layout: wide, columns: {entity: Branch}, date_formats: ["%Y-%m"], period: month}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
HEAD, EAST, VAN = "Branch,2026-01,2026-02\n", "East,512,530\n", "Van,41,47\n"


def pulled(folder: Path, text: str, setting: str = "") -> tuple[PullResult, float]:
    """The result, and the sum of all that is stored."""
    (folder / "visits.csv").write_text(text, encoding="utf-8")
    plan = PLAN.replace("period: month}", f"period: month, {setting}}}") if setting else PLAN
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    now = datetime(2026, 4, 2, tzinfo=UTC)
    context = open_context(
        folder / "plan.yaml", folder / "warehouse", resolve=str, log=lambda _: None, clock=lambda: now
    )
    with hold_warehouse(context, 5):
        (window,) = windows_to_pull(context, "gates", None)
        result = run_directly(collect, context, "gates", window)
        return result, sum(context.tables.read(OBSERVATIONS)["value"].to_pylist())


def test_a_branch_that_a_file_no_longer_holds_keeps_its_values_and_is_named_by_each_run(tmp_path: Path) -> None:
    assert pulled(tmp_path, HEAD + EAST + VAN)[0].notes == ()
    for _ in range(2):
        result, stored = pulled(tmp_path, HEAD + EAST)
        (note,) = result.notes
        assert note.startswith("'Van' had values and has none in this delivery: the stored ones are kept.")
        assert "'left_out: [Van]'" in note
        assert stored == 512 + 530 + 41 + 47
    result, stored = pulled(tmp_path, HEAD + EAST.replace("530", "531") + VAN.replace("47", "48"))
    assert (result.notes, stored) == ((), 512 + 531 + 41 + 48)


def test_a_blank_cell_takes_one_value_away_and_blank_cells_throughout_none(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    result, stored = pulled(tmp_path, HEAD + EAST + "Van,41,\n")
    assert (result.notes, stored) == ((), 1083)
    result, stored = pulled(tmp_path, HEAD + EAST + "Van,,\n")
    assert (len(result.notes), stored) == (1, 1083)


def test_a_new_name_of_the_same_days_is_asked_about_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    with pytest.raises(ShapeError, match=r"'Van' had values.* 'Mobile' is new.*'rename: \{Mobile: Van\}'"):
        pulled(tmp_path, HEAD + EAST + VAN.replace("Van", "Mobile"))
    result, stored = pulled(tmp_path, HEAD + EAST + VAN.replace("Van", "Mobile"), "rename: {Mobile: Van}")
    assert (result.notes, stored) == ((), 1130)


def test_a_branch_that_opens_later_is_no_new_name(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    result, stored = pulled(tmp_path, HEAD.replace("2026-02", "2026-02,2026-03") + "East,512,530,5\nWest,,,7\n")
    assert (len(result.notes), stored) == (1, 1142)


def test_another_spelling_is_the_same_branch(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + "https://library.example/van,41,47\n")
    result, stored = pulled(tmp_path, HEAD + EAST + "http://library.example/van/,41,47\n")
    assert (result.notes, stored) == ((), 1130)


@pytest.mark.parametrize("text", [EAST, EAST + VAN])
def test_a_branch_that_is_left_out_on_purpose_goes(tmp_path: Path, text: str) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    result, stored = pulled(tmp_path, HEAD + text, "left_out: [Van]")
    assert stored == 1042
    assert any(note.startswith("'Van' had values and has none in this delivery: they go") for note in result.notes)
    assert ("values of entities that 'left_out' names" in str(result.notes)) == (text != EAST)
