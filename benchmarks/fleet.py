"""What a night of a fleet costs: 50 members with 20 indicators over five years, on two processes.

Run from the checkout: ``python benchmarks/fleet.py``. Each member has a file of daily figures of 20 measures. The first
run loads five years; the second comes a day later and finds one new day. Printed are CPU seconds by member, by what
each process measured of itself: of the first member of each process, which pays for the imports, and of the others,
whose median is expected to be at most 1.5 in the second run; then the CPU seconds of the roll-up, which is compared
with the sum of the members' files by hand. Exits with 1 where one does not hold. ``python benchmarks/fleet.py 4`` takes
four members.
"""

import csv
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flows.fleet.members import MemberResult, MemberRun
from flows.fleet.pool import run_members
from flows.fleet.roll_up import publish_roll_up
from plan.load_fleet import load_fleet
from warehouse.schema.fleet import FLEET_COMPARISONS, FLEET_TOTALS

MEMBERS = 50
INDICATORS, PROCESSES = 20, 2
FIRST, NEWEST = date(2021, 1, 1), date(2025, 12, 31)
EXPECTED_S = 1.5


def measure(at: int) -> str:
    return f"measure_{at:02}"


def write_member(folder: Path, seed: int, newest: date) -> dict[tuple[str, int, int], int]:
    """Write plan and figures; the sum of each measure by month."""
    folder.mkdir(parents=True, exist_ok=True)
    draws = random.Random(seed)
    size = draws.uniform(20, 400)
    sums: dict[tuple[str, int, int], int] = {}
    names = [measure(at) for at in range(INDICATORS)]
    with (folder / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Day", *names])
        for n in range((newest - FIRST).days + 1):
            day = FIRST + timedelta(days=n)
            row = [int(draws.gauss(size, size**0.5 + 1)) for _ in names]
            row = [max(value, 0) for value in row]
            writer.writerow([day.isoformat(), *row])
            for name, value in zip(names, row, strict=True):
                key = (name, day.year, day.month)
                sums[key] = sums.get(key, 0) + value
    (folder / "plan.yaml").write_text(plan_text(names), encoding="utf-8")
    return sums


def plan_text(names: Sequence[str]) -> str:
    measures = "".join(
        f"      {name}: {{column: {name}, unit: uses, kind: flow, description: Uses}}\n" for name in names
    )
    indicators = "".join(
        f"  {name}:\n    title: {name}\n    unit: uses\n    kind: flow\n    of: [{{source: desk, metric: {name}}}]\n"
        "    target: {baseline: {from: 2021-01-01, to: 2021-12-31}, value: 20000, due: 2027-12-31}\n"
        for name in names
    )
    return (
        "organisation: {name: Library, time_zone: Europe/London}\n"
        "sources:\n  desk:\n    type: measures\n    path: counts.csv\n    columns: {date: Day}\n"
        f"    period: day\n    date_formats: ['%Y-%m-%d']\n    measures:\n{measures}indicators:\n{indicators}"
    )


def write_fleet(folder: Path, newest: date, members: int = MEMBERS) -> dict[tuple[str, int, int], int]:
    """Write all members and the fleet file; the sum over the members by hand."""
    total: dict[tuple[str, int, int], int] = {}
    lines = ["name: Fleet\ntime_zone: Europe/London\nmembers:\n"]
    for n in range(members):
        for key, value in write_member(folder / f"m{n:02}", n, newest).items():
            total[key] = total.get(key, 0) + value
        lines.append(f"  m{n:02}: {{name: Library {n}, plan: m{n:02}/plan.yaml, population: {5000 + 400 * n}}}\n")
    (folder / "fleet.yaml").write_text("".join(lines), encoding="utf-8")
    return total


def night(folder: Path, now: datetime, label: str) -> float:
    """Run all members; the median CPU seconds of those that are not the first in their process."""
    fleet = load_fleet(folder / "fleet.yaml")
    runs = [MemberRun(fleet, name, now=now) for name in fleet.fleet.members]
    began = time.perf_counter()
    results = list(run_members(runs, PROCESSES))
    wall = time.perf_counter() - began
    for result in results:
        if not result.ok:
            sys.exit(str(result))
    first, others = _split(results)
    median = statistics.median(others)
    print(
        f"{label}: {wall:.0f} s on the clock; CPU s a member: first in its process"
        f" {', '.join(f'{one:.1f}' for one in first)}; others median {median:.2f}, largest {max(others):.2f}"
    )
    return median


def _split(results: Sequence[MemberResult]) -> tuple[list[float], list[float]]:
    times = [result.cpu_s for result in results]
    return times[:PROCESSES], times[PROCESSES:]


def main() -> int:
    members = int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_fleet(folder, NEWEST, members)
        morning = datetime(2026, 1, 1, 6, tzinfo=UTC)
        night(folder, morning, "five years at once")
        by_hand = write_fleet(folder, NEWEST + timedelta(days=1), members)
        later = morning + timedelta(days=1)
        median = night(folder, later, "the next night")
        began = time.process_time()
        found = publish_roll_up(load_fleet(folder / "fleet.yaml"), lambda _: "", later, print)
        print(f"roll-up: {time.process_time() - began:.1f} CPU s")
        totals = {
            (row["indicator_id"], row["start"].year, row["start"].month): row["total"]
            for row in found.tables.rows(FLEET_TOTALS)
            if row["total"] is not None
        }
        whole = {key: value for key, value in by_hand.items() if key[1] < 2026}
        equal = totals == whole
        compared = len(found.tables.rows(FLEET_COMPARISONS))
        print(f"{len(totals)} totals, equal to the sums by hand: {equal}; {compared:,} comparisons")
        print(f"expected: at most {EXPECTED_S} CPU s a member: {'reached' if median <= EXPECTED_S else 'NOT reached'}")
        return int(not equal or median > EXPECTED_S)


if __name__ == "__main__":
    sys.exit(main())
