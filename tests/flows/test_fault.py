"""A fault of ours in one source stops no other one, and says no more than it may."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from sources.footfall.source import Footfall
from tests.plan_texts import GATES, VISITS, plan_text, write_plan

SECRET = "geheim-123"


def test_an_unexpected_fault_names_its_place_and_not_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = GATES.replace("gates:", "doors:").replace("visits.csv", "doors.csv")
    plan = write_plan(tmp_path, plan_text(GATES + second, VISITS))
    for name in ("visits.csv", "doors.csv"):
        (tmp_path / name).write_text("Library,2025-01\nHill,10\n", encoding="utf-8")
    parse = Footfall.parse

    def broken(self: Footfall, pages: list[object]) -> object:
        if self.name == "gates":
            raise ZeroDivisionError(f"token={SECRET}")
        return parse(self, pages)  # type: ignore[arg-type]

    monkeypatch.setattr(Footfall, "parse", broken)
    done = CliRunner().invoke(main, ["run", "--plan", str(plan)])
    assert done.exit_code == 1
    assert "gates: FAILED: unexpected fault in kmi (ZeroDivisionError in broken, line " in done.output
    assert "doors: 1 observation, 1 new" in done.output
    assert SECRET not in done.output
    sources = CliRunner().invoke(main, ["status", "--plan", str(plan), "--sources"])
    assert "unexpected" in sources.output
    assert SECRET not in sources.output
