"""A branch that a file no longer holds keeps its values until someone says why it is gone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.steps.collect import PullResult, collect
from flows.steps.context import open_context
from flows.steps.pull_windows import windows_to_pull
from flows.steps.refresh import run_directly
from flows.steps.warehouse_lock import hold_warehouse
from plan.load import LoadedPlan
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
MEASURES = """
organisation: {name: Hill Library, time_zone: UTC}
sources:
  gates:
    type: measures
    path: visits.csv
    columns: {date: Month, entity: Branch}
    date_formats: ["%Y-%m"]
    measures: {loans: {unit: loans}, visits: {unit: visits}}
    left_out: []
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
HEAD, EAST, VAN = "Branch,2026-01,2026-02\n", "East,512,530\n", "Van,41,47\n"


def pulled(folder: Path, text: str, setting: str = "", plan: str = PLAN) -> tuple[PullResult, float]:
    """The result, and the sum of all that is stored."""
    (folder / "visits.csv").write_text(text, encoding="utf-8")
    plan = plan.replace("period: month", f"period: month, {setting}") if setting else plan
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
    assert ("values that 'left_out' names" in str(result.notes)) == (text != EAST)


def test_a_branch_that_is_merged_into_another_is_asked_about_and_never_counts_twice(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    merged = HEAD + "East,553,577\n"
    with pytest.raises(ShapeError, match=r"'Van' had values.* 'East' grew by just what it had.*'left_out: \[Van\]'"):
        pulled(tmp_path, merged)
    assert pulled(tmp_path, merged, "left_out: [Van]")[1] == 1130


def test_a_branch_that_vanishes_while_others_are_corrected_is_kept(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    assert pulled(tmp_path, HEAD + "East,515,577\n")[1] == 515 + 577 + 41 + 47


def test_an_upgrade_is_no_change_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(LoadedPlan, "fingerprint", lambda *_: "0123456789abcdef")
        pulled(tmp_path, HEAD + EAST + VAN)
    result, stored = pulled(tmp_path, HEAD + EAST)
    assert stored == 1130
    assert "are kept" in str(result.notes)


def test_what_is_left_out_goes_from_the_days_before_the_file_too(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    rolling = "Branch,2026-02,2026-03\nEast,530,540\nVan,47,48\n"
    assert pulled(tmp_path, rolling, "left_out: [VAN]")[1] == 512 + 530 + 540


def test_a_spelling_that_the_plan_keeps_apart_stays_when_the_other_is_left_out(tmp_path: Path) -> None:
    two = HEAD + EAST + VAN + "VAN,3,4\n"
    pulled(tmp_path, two, "rename: {VAN: VAN}")
    assert pulled(tmp_path, two, "rename: {VAN: VAN}, left_out: [VAN]")[1] == 1130
    assert pulled(tmp_path, HEAD + EAST + VAN, "rename: {VAN: VAN}")[1] == 1130


def test_one_of_two_spellings_that_vanishes_keeps_its_values(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN + "VAN,3,4\n", "rename: {VAN: VAN}")
    result, stored = pulled(tmp_path, HEAD + EAST + VAN, "rename: {VAN: VAN}")
    assert (len(result.notes), stored) == (1, 1137)


def test_a_name_in_other_letters_is_the_same_branch(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN.upper())
    result, stored = pulled(tmp_path, HEAD + EAST + VAN)
    assert (result.notes, stored) == ((), 1130)


@pytest.mark.parametrize("name", ["103", "Hill, Main: #1", "No"])
def test_the_remedy_is_written_as_yaml_reads_it(tmp_path: Path, name: str) -> None:
    written = f'"{name}"'
    pulled(tmp_path, HEAD + EAST + f'"{name}",41,47\n')
    (note,) = pulled(tmp_path, HEAD + EAST)[0].notes
    assert f"declare 'left_out: [{written}]'" in note
    assert pulled(tmp_path, HEAD + EAST + f'"{name}",41,47\n', f"left_out: [{written}]")[1] == 1042


def test_a_branch_that_begins_later_than_it_did_is_named(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    result, stored = pulled(tmp_path, HEAD + EAST + "Van,,47\n")
    assert result.notes == ("'Van' had values from 2026-01-01 on, and now from 2026-02-01 on: those between go",)
    assert stored == 1089


def test_a_measure_of_one_branch_that_vanishes_is_named_with_a_remedy_that_spares_the_branch(tmp_path: Path) -> None:
    full = "Branch,Month,loans,visits\nEast,2026-01,5,512\nHill,2026-01,7,300\n"
    blank = full.replace("7,300", ",300")
    pulled(tmp_path, full, plan=MEASURES)
    result, stored = pulled(tmp_path, blank, plan=MEASURES)
    assert stored == 5 + 512 + 7 + 300
    assert "'loans of Hill' had values" in str(result.notes)
    left_out = MEASURES.replace("left_out: []", "left_out: [loans of Hill]")
    for text in (blank, full):
        assert pulled(tmp_path, text, plan=left_out)[1] == 5 + 512 + 300


def test_a_measure_that_vanishes_is_named_once_and_can_be_left_out(tmp_path: Path) -> None:
    full = "Branch,Month,loans,visits\nEast,2026-01,5,512\nHill,2026-01,7,300\n"
    pulled(tmp_path, full, plan=MEASURES)
    (note,) = pulled(tmp_path, full.replace("5,512", "5,").replace("7,300", "7,"), plan=MEASURES)[0].notes
    assert note.startswith("'visits' had values")
    assert pulled(tmp_path, full, plan=MEASURES.replace("left_out: []", "left_out: [visits]"))[1] == 12


def test_a_branch_that_has_closed_keeps_its_values_whatever_the_settings(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    closed = PLAN.replace("sources:", "calendar: {closed: [{from: 2026-03-01, entities: [Van]}]}\nsources:")
    result, stored = pulled(tmp_path, HEAD + EAST, plan=closed)
    assert (result.notes, stored) == ((), 1130)
    result, stored = pulled(tmp_path, HEAD + EAST, "missing: [n/a]", plan=closed)
    assert (result.notes, stored) == ((), 1130)
    west = "West,300,310\n"
    result, stored = pulled(tmp_path, HEAD + EAST + west, "missing: [n/a]", plan=closed)
    assert (result.notes, stored) == ((), 1740)


def test_a_closed_branch_that_was_merged_never_counts_twice(tmp_path: Path) -> None:
    pulled(tmp_path, HEAD + EAST + VAN)
    closed = PLAN.replace("sources:", "calendar: {closed: [{from: 2026-03-01, entities: [Van]}]}\nsources:")
    for text in (HEAD + "East,553,577\n", HEAD + EAST + VAN.replace("Van", "Mobile")):
        for setting in ("", "missing: [n/a]"):
            with pytest.raises(ShapeError, match="would count twice"):
                pulled(tmp_path, text, setting, plan=closed)
    assert pulled(tmp_path, HEAD + "East,553,577\n", "left_out: [Van]", plan=closed)[1] == 1130
