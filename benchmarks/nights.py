"""What a year of nights leaves behind: files, bytes and CPU seconds, night by night.

Run from the checkout: ``python -m benchmarks.nights [--nights 365]``. A library with a spreadsheet of gates and a list
of articles gets new rows each day and corrects those of the last days. All nights run in one process whose clock is
moved by libfaketime (Debian: ``apt-get install libfaketime``), so that Delta's own retention sees the year too. Printed
are the medians of each thirty nights; what came in is kept for 90 days, and counted apart.

Expected, of the last thirty nights against the second thirty: at most 1.25 times the CPU seconds, and at most as many
files more as there are new months and years of data. Exit code 1 where that does not hold, 2 without libfaketime.
"""

import argparse
import csv
import os
import resource
import select
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

CHECKOUT = Path(__file__).resolve().parents[1]
FIRST = date(2027, 1, 1)
STRETCH, MOST_CPU, FILES_A_MONTH = 30, 1.25, 6
"""Of each of two sources a month has a data file and, until they are joined, two more; a year a published file."""
MOST_RAW = 2 * 92
"""Of each of two sources what came in 90 days, today's, and one that is deleted at the end of the run."""
PLAN = """
organisation: {name: Riverside, time_zone: Etc/UTC}
sources:
  gates:
    type: footfall
    path: visits.csv
    layout: wide
    columns: {entity: Branch}
    date_formats: ["%Y-%m-%d"]
    period: day
    retention: {raw: 90 days}
  articles:
    type: publications
    path: articles.csv
    columns: {date: Date, title: Title}
    date_formats: ["%Y-%m-%d"]
    retention: {raw: 90 days}
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [{source: gates, metric: visits}]
    target: {baseline: {from: 2027-01-01, to: 2027-12-31, value: 45000}, value: 50000, due: 2028-12-31}
  articles: {title: Articles, unit: articles, kind: flow, of: [{source: articles, metric: publications}]}
"""


@dataclass(frozen=True)
class Night:
    number: int
    cpu_s: float
    files: int
    raw: int
    megabytes: float


def write_deliveries(folder: Path, today: date) -> None:
    """The spreadsheet of the last 400 days, of which the last two are corrected each night, and all articles."""
    days = [today - timedelta(days=back) for back in range(400, 0, -1)]
    with (folder / "visits.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Branch", *days])
        for branch in ("Hill", "Quay", "Vale"):
            corrected = [Random(f"{branch}{day}{(today - day).days < 3}").randint(20, 60) for day in days]
            writer.writerow([branch, *corrected])
    with (folder / "articles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", "Title"])
        writer.writerows([day, f"Article of {day}"] for day in days if day.day % 3 == 0)


def move_clock(clock: Path, moment: datetime) -> None:
    clock.write_text(f"@{moment:%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
    for _ in range(100):
        if timedelta(0) <= datetime.now(UTC) - moment < timedelta(hours=1):
            return
        select.select([], [], [], 0.2)  # libfaketime reads its file now and then, and breaks time.sleep
    raise SystemExit(f"the clock was not moved: {datetime.now(UTC)}")


def run_nights(folder: Path, clock: Path, count: int) -> Iterator[Night]:
    """The nights, in this process."""
    from flows.steps.context import open_context
    from flows.steps.refresh import RefreshRequest, refresh

    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    for number in range(count):
        today = FIRST + timedelta(days=number)
        move_clock(clock, datetime(today.year, today.month, today.day, 5, tzinfo=UTC))
        write_deliveries(folder, today)
        before = resource.getrusage(resource.RUSAGE_SELF)
        context = open_context(folder / "plan.yaml", folder / "warehouse", resolve=str, log=lambda _: None)
        result = refresh(context, RefreshRequest())
        if result.failed:
            raise SystemExit(f"night {number}: {result.failed}")
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        warehouse = folder / "warehouse"
        sizes = {path.relative_to(warehouse): path.stat().st_size for path in warehouse.rglob("*") if path.is_file()}
        raw = sum(path.parts[0] == "raw" for path in sizes)
        yield Night(number, cpu_s, len(sizes) - raw, raw, sum(sizes.values()) / 1e6)


def faketime_library() -> Path | None:
    places = (Path("/usr/lib").glob("**/libfaketimeMT.so.1"), Path("/usr/local/lib").glob("**/libfaketimeMT.so.1"))
    return next((path for found in places for path in found), None)


def print_stretch(part: list[Night]) -> None:
    cpu_s, files, raw, size = (
        statistics.median(getattr(one, name) for one in part) for name in ("cpu_s", "files", "raw", "megabytes")
    )
    span = f"{part[0].number + 1:3}-{part[-1].number + 1:3}"
    print(f"{span}   {cpu_s:6.2f} {files:6.0f} {raw:5.0f}  {size:.2f}", flush=True)


def is_flat(nights: list[Night]) -> bool:
    """Whether the last nights cost what those of the second month did; True where there are too few to say."""
    if len(nights) < 4 * STRETCH:
        return True
    early, late = nights[STRETCH : 2 * STRETCH], nights[-STRETCH:]
    cpu = statistics.median(one.cpu_s for one in late) / statistics.median(one.cpu_s for one in early)
    more = max(one.files for one in late) - max(one.files for one in early)
    allowed = FILES_A_MONTH * (len(nights) - 2 * STRETCH) / 30
    raw = max(one.raw for one in late)
    print(f"CPU: {cpu:.2f} times (at most {MOST_CPU}); files: {more} more (at most {allowed:.0f})")
    print(f"raw files: {raw} (at most {MOST_RAW})")
    return cpu <= MOST_CPU and more <= allowed and raw <= MOST_RAW


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--in-folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_folder:
        clock = Path(os.environ["FAKETIME_TIMESTAMP_FILE"])
        print("nights      CPU s  files   raw  MB")
        nights = list[Night]()
        for night in run_nights(options.in_folder, clock, options.nights):
            nights.append(night)
            if len(nights) % STRETCH == 0 or len(nights) == options.nights:
                print_stretch(nights[(len(nights) - 1) // STRETCH * STRETCH :])
        return int(not is_flat(nights))
    library = faketime_library()
    if library is None:
        print("libfaketime is not installed", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        clock = Path(name) / "clock"
        clock.write_text(f"@{FIRST} 05:00:00\n", encoding="utf-8")
        moved = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }
        folder = Path(name) / "library"
        folder.mkdir()
        command = [
            sys.executable,
            "-m",
            "benchmarks.nights",
            "--nights",
            str(options.nights),
            "--in-folder",
            str(folder),
        ]
        return subprocess.run(command, cwd=CHECKOUT, env=os.environ | moved, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
