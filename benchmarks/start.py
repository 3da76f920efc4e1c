"""What ``kmi status`` and a run with nothing new cost, compared with the import of the library that each needs.

Run from the checkout: ``python benchmarks/start.py``. Runs come in pairs and in changing order, so that a busy machine
slows both alike; printed are medians of CPU seconds, and the median of the ratios within the pairs. Expected: status
below 1.5 times ``import pyarrow.parquet``, a run of one small file with nothing new below 5 times ``import pandas``.
Exits with 1 where one is not reached.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAIRS = 15
PLAN = """
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates: {type: footfall, path: counts.csv, layout: wide, columns: {entity: Library},
    date_formats: ["%Y-%m"], period: month}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
KMI = [sys.executable, "-c", "from flows.cli import main; main()"]


@dataclass(frozen=True)
class Comparison:
    """A command of ours and the import that it cannot do without; ``expected``: the largest ratio."""

    command: str
    least: str
    expected: float


COMPARISONS = (
    Comparison("status", "pyarrow.parquet", 1.5),
    Comparison("run", "pandas", 5.0),
)


def cpu_seconds(command: list[str], folder: Path) -> float:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "KMI_PLAN": str(folder / "plan.yaml"),
        "KMI_WAREHOUSE": str(folder / "tables"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode each process would compile every module anew
    before = os.times()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def compare(comparison: Comparison, folder: Path) -> bool:
    """Measure in pairs and print; whether the ratio is reached."""
    commands = {
        f"kmi {comparison.command}": [*KMI, comparison.command],
        f"import {comparison.least}": [sys.executable, "-c", f"import {comparison.least}"],
    }
    ours, least = commands
    for command in commands.values():
        cpu_seconds(command, folder)
    pairs = []
    for turn in range(PAIRS):
        order = sorted(commands, reverse=bool(turn % 2))
        pairs.append({which: cpu_seconds(commands[which], folder) for which in order})
    for which in commands:
        print(f"{which}: {statistics.median(pair[which] for pair in pairs):.3f} CPU s")
    ratio = statistics.median(pair[ours] / pair[least] for pair in pairs)
    reached = ratio < comparison.expected
    print(f"ratio: {ratio:.2f} over {PAIRS} pairs; expected below {comparison.expected}: {'yes' if reached else 'NO'}")
    return reached


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (folder / "counts.csv").write_text("Library,2024-01\nCentral,1200\n", encoding="utf-8")
        cpu_seconds([*KMI, "run"], folder)
        reached = [compare(comparison, folder) for comparison in COMPARISONS]
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
