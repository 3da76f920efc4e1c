"""Any command on one member of a fleet, which is named as ``fleet.yaml#north``."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.options import command_context
from tests.fleet_libraries import INSTANT, NOW, write_fleet

SHARED = """\
sources:
  desk: {type: footfall, path: desk.csv, layout: wide, columns: {entity: Branch},
    date_formats: ["%Y-%m"], period: month}
secrets: {NORTH_KEY: "${env:RIVERS_KEY}"}
"""
INDICATOR = "  desk: {title: Questions, unit: visits, kind: flow, of: [{source: desk, metric: visits}]}\n"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """North uses a source that the fleet shares, so that its plan is not whole by itself."""
    rest = {"north": "sources: {desk: {}}, warehouse: elsewhere/north"}
    path = write_fleet(tmp_path, {"north": [100, 120], "south": [10]}, rest, SHARED)
    (tmp_path / "north" / "desk.csv").write_text("Branch,2026-01\nAll,7\n", encoding="utf-8")
    with (tmp_path / "north" / "plan.yaml").open("a", encoding="utf-8") as plan:
        plan.write(INDICATOR)
    return path


def kmi(command: str, plan: object, *options: str) -> Result:
    return CliRunner().invoke(main, [command, "--plan", f"{plan}", *options])


def test_a_member_is_checked_run_shown_and_reported_with_the_sources_of_its_fleet(fleet: Path) -> None:
    assert kmi("check", fleet.parent / "north" / "plan.yaml").exit_code == 2, "the plan alone lacks the source"
    member = f"{fleet}#north"
    for command, options in (("check", ()), ("run", ("--now", INSTANT)), ("status", ())):
        done = kmi(command, member, *options)
        assert done.exit_code == 0, done.output
    for command in ("report", "brief"):
        done = kmi(command, member, "--output", f"{fleet.parent / command}")
        assert done.exit_code == 0, done.output
    assert "Questions" in (fleet.parent / "report" / "index.html").read_text(encoding="utf-8")
    assert (fleet.parent / "elsewhere" / "north" / "published" / "periods.parquet").exists()
    assert not (fleet.parent / "kmi-warehouse").exists()
    assert kmi("health", member, "--now", INSTANT).exit_code == 0
    assert kmi("health", f"{fleet}#south", "--now", INSTANT).exit_code == 1, "it never ran"


def test_its_secrets_are_those_that_the_fleet_file_names(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVERS_KEY", "of the rivers")
    context = command_context(Path(f"{fleet}#north"), None, NOW.replace(tzinfo=None), print)
    assert (context.member, context.resolve("${env:NORTH_KEY}")) == ("north", "of the rivers")


def test_a_member_that_is_not_there_is_named_with_the_nearest_one(fleet: Path) -> None:
    done = kmi("status", f"{fleet}#norht")
    assert done.exit_code == 2
    assert "no member is called 'norht'" in done.stderr
    assert "north" in done.stderr
    assert "there is no fleet file here" in kmi("run", fleet.parent / "other.yaml#north").stderr


def test_a_plan_file_may_have_the_mark_in_its_name(fleet: Path) -> None:
    south = fleet.parent / "south" / "plan.yaml"
    odd = south.with_name("plan #2.yaml")
    south.rename(odd)
    assert kmi("check", odd).exit_code == 0
