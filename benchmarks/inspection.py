"""How many files `kmi inspect` takes right, asks about, or takes wrong: python benchmarks/inspection.py FOLDER ...

Right: the proposed settings read the file with its own totals and no question is open. Asked: there is a question.
Explained: the inspection says why the file cannot be collected. Wrong: settings without a question whose totals differ
from those of the file, or from those that the plan beside the file reads (a case of the shared case set).
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from sources.files.packing import unpacked
from sources.inspection.inspect_files import inspect_path
from sources.inspection.inspection import Inspection
from sources.inspection.reconcile import read_with
from warehouse.errors import KmiError

NOW = datetime(2026, 10, 11, 6, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")
NOT_DATA = ("README.md", "PROVENANCE.md", "LICENSE", "plan.yaml", "case.toml", "routes.toml")
OF_TABLES = ("footfall", "measures", "publications")


def data_files(folder: Path) -> Iterator[Path]:
    """The files below ``folder`` that hold data."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in NOT_DATA and file.stat().st_size:
            yield file


def outcome(file: Path) -> tuple[str, str]:
    """``right``, ``asked``, ``explained`` or ``wrong``, and why."""
    try:
        found = inspect_path(file, file.name, {}, ZONE, NOW)
    except KmiError as error:
        return "explained", str(error)
    if found.state == "differs":
        return "wrong", "the totals differ from those of the file"
    if found.state != "ready":
        names = "; ".join(question.name for question in found.questions)
        return ("asked", names) if names else ("explained", found.problem)
    contradiction = contradicts_plan(file, found)
    return ("wrong", contradiction) if contradiction else ("right", str(found.settings))


def contradicts_plan(file: Path, found: Inspection) -> str:
    """What the plan of a case reads otherwise; empty where it agrees, is refused, or there is none."""
    plan = next((folder / "plan.yaml" for folder in file.parents if (folder / "plan.yaml").is_file()), None)
    if plan is None:
        return ""
    settings = dict(next(iter(YAML(typ="safe").load(plan.read_text(encoding="utf-8"))["sources"].values())))
    if settings["type"] not in OF_TABLES:
        return ""
    pages = [(name, body) for name, body in unpacked(file.name, file.read_bytes())]
    try:
        parsed = read_with(settings, pages, ZONE, NOW)
    except KmiError:
        return ""
    theirs = parsed.observations
    if len(parsed.refused):
        return ""
    ours = read_with(found.settings, pages, ZONE, NOW).observations
    totals = tuple(float(frame["value"].sum()) for frame in (ours, theirs))
    spans = tuple(set(zip(frame["start"], frame["end"], strict=True)) for frame in (ours, theirs))
    if totals[0] != totals[1] or spans[0] != spans[1]:
        return f"the plan beside it reads {totals[1]:,.15g}, the proposal {totals[0]:,.15g}"
    return ""


def main(folders: list[str]) -> int:
    """Print the count of each outcome, and every file that was asked about or is wrong."""
    counts: Counter[str] = Counter()
    started = time.monotonic()
    for folder in map(Path, folders):
        for file in data_files(folder):
            result, why = outcome(file)
            counts[result] += 1
            print(f"{result:9} {file.relative_to(folder)}: {why[:150]}")
    print(f"{dict(counts)} of {counts.total()} files in {time.monotonic() - started:.0f} s")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
