"""How long ``kmi status`` takes to start, compared with the import of the library that reads Parquet.

Run from the checkout: ``python benchmarks/start.py``. Runs come in pairs and in changing order, so that a busy machine
slows both alike; printed are medians, and the median of the ratios within the pairs. Expected: below 1.5.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAIRS = 15
EXPECTED = 1.5
PLAN = """
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates: {type: footfall, path: counts.csv, layout: wide, columns: {entity: Library},
    date_formats: ["%Y-%m"], period: month}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
KMI = [sys.executable, "-c", "from flows.cli import main; main()"]
LEAST = [sys.executable, "-c", "import pyarrow.parquet"]


def seconds(command: list[str], folder: Path) -> float:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "KMI_PLAN": str(folder / "plan.yaml"),
        "KMI_WAREHOUSE": str(folder / "tables"),
    }
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (folder / "counts.csv").write_text("Library,2024-01\nCentral,1200\n", encoding="utf-8")
        seconds([*KMI, "run"], folder)
        commands = {"status": [*KMI, "status"], "least": LEAST}
        for command in commands.values():
            seconds(command, folder)
        pairs = []
        for turn in range(PAIRS):
            order = sorted(commands, reverse=bool(turn % 2))
            pairs.append({which: seconds(commands[which], folder) for which in order})
    for which, label in (("status", "kmi status"), ("least", "import pyarrow.parquet")):
        print(f"{label}: {statistics.median(pair[which] for pair in pairs):.3f} s")
    ratio = statistics.median(pair["status"] / pair["least"] for pair in pairs)
    print(f"ratio: {ratio:.2f} over {PAIRS} pairs; expected below {EXPECTED}: {'yes' if ratio < EXPECTED else 'NO'}")


if __name__ == "__main__":
    main()
