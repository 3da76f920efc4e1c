"""What a command does not import: never the orchestrator; the row checks, with scipy.stats, only if there are rows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PLAN = """
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates:
    type: footfall
    path: counts.csv
    layout: wide
    columns: {entity: Library}
    date_formats: ["%Y-%m"]
    period: month
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
# Runs kmi as its console script does, and prints what was imported and whether bytes had landed before the row checks.
WATCHED = """
import sys
from pathlib import Path

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "great_expectations":
            print("landed first:", any(Path("tables/raw").rglob("*.parquet")))

sys.meta_path.insert(0, Watch())
from flows.cli import main
try:
    main(sys.argv[1:])
finally:
    heavy = {"prefect", "great_expectations", "duckdb", "ibis", "deltalake", "scipy.stats"}
    print("imported:", *sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def kmi(folder: Path, command: str) -> tuple[int, list[str]]:
    """The exit code of a command and the lines it wrote; the last one names what it imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KMI_")}
    environment = {**kept, "PYTHONPATH": str(CHECKOUT), "KMI_WAREHOUSE": "tables"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_run_checks_rows_after_they_landed_and_starts_no_orchestrator(folder: Path) -> None:
    (folder / "counts.csv").write_text("Library,2024-01\nCentral,1200\n", encoding="utf-8")
    code, lines = kmi(folder, "run")
    assert code == 0
    assert lines[0] == "landed first: True"
    assert lines[-1] == "imported: deltalake duckdb great_expectations ibis scipy.stats"  # the last by the row checks


def test_a_run_that_brings_no_rows_does_not_load_the_row_checks(folder: Path) -> None:
    code, lines = kmi(folder, "run")
    assert code == 1
    assert any("gates: FAILED" in line for line in lines)
    assert not {"great_expectations", "scipy.stats", "prefect"} & set(lines[-1].split())


def test_status_loads_none_of_the_heavy_libraries(folder: Path) -> None:
    kmi(folder, "run")
    code, lines = kmi(folder, "status")
    assert code == 0
    assert any("Visits" in line for line in lines)
    assert lines[-1] == "imported:"
