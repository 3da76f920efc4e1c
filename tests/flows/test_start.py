"""What a command does not import: never the orchestrator or scipy.stats; the row checks only if there are rows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main

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
COUNTS = "Library,2024-01\nCentral,1200\n"
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
    heavy = {"prefect", "great_expectations", "duckdb", "ibis", "deltalake", "pandas", "matplotlib"}
    heavy |= {"scipy", "scipy.stats.distributions"}
    if "pyarrow" not in sys.modules:  # which brings NumPy
        heavy.add("numpy")
    print("imported:", *sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def kmi(folder: Path, *command: str) -> tuple[int, list[str]]:
    """The exit code of a command and the lines it wrote; the last one names what it imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KMI_")}
    environment = {**kept, "PYTHONPATH": str(CHECKOUT), "KMI_WAREHOUSE": "tables"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def collect(folder: Path) -> tuple[int, list[str]]:
    (folder / "counts.csv").write_text(COUNTS, encoding="utf-8")
    return kmi(folder, "run")


def imported(lines: list[str]) -> set[str]:
    return set(lines[-1].removeprefix("imported:").split())


@pytest.mark.slow
def test_checks_never_load_spark_which_would_end_the_run(folder: Path) -> None:
    """pyspark 4.3 calls ``sys.exit(0)`` while it is loaded by a program that is no file: nothing was done, code 0."""
    (folder / "pyspark").mkdir()
    (folder / "pyspark" / "__init__.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    code, lines = collect(folder)
    assert (code, lines[0]) == (0, "landed first: True")
    assert "great_expectations" in imported(lines)
    assert any((folder / "tables" / "published").glob("observations-*.parquet"))


NEVER = {"prefect", "matplotlib", "scipy.stats.distributions"}


@pytest.mark.slow
def test_a_run_checks_rows_after_they_landed_and_a_run_without_news_checks_none(folder: Path) -> None:
    code, lines = collect(folder)
    assert (code, lines[0]) == (0, "landed first: True")
    assert {"great_expectations", *NEVER} & imported(lines) == {"great_expectations"}
    code, lines = kmi(folder, "run")
    assert code == 0
    assert any("nothing new" in line for line in lines)
    assert not {"great_expectations", *NEVER} & imported(lines)


@pytest.mark.slow
def test_a_run_that_brings_no_rows_does_not_load_the_row_checks(folder: Path) -> None:
    code, lines = kmi(folder, "run")
    assert code == 1
    assert any("gates: FAILED" in line for line in lines)
    assert not {"great_expectations", *NEVER} & imported(lines)


READS_TABLES = {"deltalake"}
COMMANDS = {
    "status": (["status"], set[str]()),
    "status of the sources": (["status", "--sources"], set[str]()),
    "check": (["check"], READS_TABLES),
    "alerts": (["alerts"], READS_TABLES),
    "refused": (["refused"], READS_TABLES),
    "health": (["health", "--within", "26h"], set[str]()),
    "judge": (["judge", "progress.csv"], {"numpy"}),
    "help of an export": (["export", "--help"], set[str]()),
}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse in which a run has finished."""
    folder = tmp_path_factory.mktemp("collected")
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    header = "series,base_year,base_value,current_year,current_value,target_year,target,direction"
    (folder / "progress.csv").write_text(f"{header}\na,2015,10,2020,15,2025,20,up\n", encoding="utf-8")
    (folder / "counts.csv").write_text(COUNTS, encoding="utf-8")
    where = ["--plan", str(folder / "plan.yaml"), "--warehouse", str(folder / "tables")]
    assert CliRunner().invoke(main, ["run", *where]).exit_code == 0
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_nothing_that_it_does_not_need(collected: Path, name: str) -> None:
    words, needed = COMMANDS[name]
    code, lines = kmi(collected, *words)
    assert code == 0, lines
    assert imported(lines) == needed
