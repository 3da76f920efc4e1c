"""Lines of an access log in the combined form, from files to observations: CPU seconds and peak memory.

Run from the checkout: ``python benchmarks/access_log.py``; with ``--before CHECKOUT`` another state of the code is
measured in the same run, in turn. Each is a whole process; figures are medians of ``--runs``. A million lines come as
one file and as a hundred: the peak must not grow with the number of files.

``--memory`` compares the peak of two numbers of lines instead (``--sizes``), in four files, with clients, user agents
and query strings of which there are the more the more lines there are. Exit code 1 where the larger one takes more than
1.25 times the memory of the smaller one. December 2026, two busy cores: 2 million lines 17 CPU s and 468 MB, 16 million
234 CPU s and 545 MB, which is 1.16 times the memory; before logs were read in batches, 2 million took 1,171 MB.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

CHECKOUT = Path(__file__).resolve().parents[1]
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
FILES = (1, 100)
SIZES = (2_000_000, 16_000_000)
MOST_GROWTH = 1.25
SIZE_FILES = 4
WRITTEN_AT_ONCE = 50_000


def log_lines(count: int) -> list[str]:
    """Lines five seconds apart, by some 25,000 clients with 50 agents, a fifth of them robots."""
    draw = Random(1)
    people = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(100, 140)]
    agents = people + ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"] * 10
    paths = (
        [f"/km/guide-{n}" for n in range(800)] + [f"/a{n}.css" for n in range(300)] + [f"/?q={n}" for n in range(5000)]
    )
    found = []
    for number in range(count):
        at = FIRST + timedelta(seconds=5 * number)
        client = f"198.51.{draw.randrange(100)}.{draw.randrange(250)}"
        status = draw.choice(("200", "200", "200", "304", "404"))
        request = f'"GET {draw.choice(paths)} HTTP/1.1" {status} {draw.randrange(9999)}'
        found.append(f'{client} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] {request} "-" "{draw.choice(agents)}"\n')
    return found


def write_logs(folder: Path, count: int) -> None:
    """Files with ``count`` lines over ten months, by a client for each twenty lines and an agent for each thousand."""
    draw, span_s, size = Random(1).random, 300 * 86_400, -(-count // SIZE_FILES)
    clients, agents = count // 20, max(count // 1_000, 50)
    for number in range(SIZE_FILES):
        with (folder / f"access.{number:03}.log").open("w", encoding="utf-8") as file:
            lines = []
            for line in range(number * size, min((number + 1) * size, count)):
                if line % 20 == 0 or not lines:
                    at = f"{FIRST - timedelta(days=300 - line * span_s / count / 86_400):%d/%b/%Y:%H:%M:%S} +0000"
                client, agent, chance = int(draw() * clients), int(draw() * agents), draw()
                path = f"/km/guide-{int(chance * 1_000)}" if chance < 0.8 else f"/?q={int(draw() * count)}"
                status, rest = ("200", "200", "304", "404")[int(draw() * 4)], f'"-" "Mozilla/5.0 Firefox/{agent}.0"'
                address = f"198.{client >> 16 & 255}.{client >> 8 & 255}.{client & 255}"
                lines.append(f'{address} - - [{at}] "GET {path} HTTP/1.1" {status} 512 {rest}\n')
                if len(lines) == WRITTEN_AT_ONCE:
                    file.writelines(lines)
                    lines = []
            file.writelines(lines)


def measure(folder: Path) -> dict[str, float]:
    """Fetch and parse the files of a folder once, in this process."""
    from sources.access_log.source import AccessLog, AccessLogSettings
    from sources.contract import Place
    from sources.web.session import Session
    from warehouse.schema import Window

    source = AccessLog("web", AccessLogSettings(type="access_log", path=str(folder)), Place(ZoneInfo("UTC")))
    window = Window(date(2000, 1, 1), date(2100, 1, 1))
    begun = time.process_time()
    parsed = source.parse(list(source.fetch(window, FIRST, Session(lambda _: ""))))
    frame = parsed.observations
    return {
        "cpu_s": time.process_time() - begun,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests": float(frame.loc[frame["metric"] == "requests", "value"].sum()),
    }


def measured(checkout: Path, folder: Path) -> dict[str, float]:
    """``measure`` in a process of its own, with the code of ``checkout``."""
    command = [sys.executable, str(Path(__file__)), "--measure", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    out = subprocess.run(command, env=environment, capture_output=True, check=True)
    found: dict[str, float] = json.loads(out.stdout)
    return found


def compare_files(made: Path, checkouts: list[Path], count: int, runs: int) -> None:
    """A number of lines as one file and as many."""
    lines = log_lines(count)
    for files in FILES:
        folder, size = made / str(files), -(-len(lines) // files)
        folder.mkdir()
        for n in range(files):
            (folder / f"access.{n:03}.log").write_text("".join(lines[n * size : (n + 1) * size]), encoding="utf-8")
    for files in FILES:
        results: dict[Path, list[dict[str, float]]] = {path: [] for path in checkouts}
        for _ in range(runs):
            for path in checkouts:
                results[path].append(measured(path, made / str(files)))
        for path, found in results.items():
            cpu, peak = (statistics.median(one[key] for one in found) for key in ("cpu_s", "peak_mb"))
            sys.stdout.write(
                f"{path}: {files} files, {found[0]['requests']:,.0f} requests, {cpu:.2f} CPU s, {peak:.0f} MB\n"
            )


def compare_sizes(made: Path, checkouts: list[Path], sizes: list[int]) -> bool:
    """The peak of two numbers of lines; whether it grows no more than it may with the last of ``checkouts``."""
    peaks: dict[Path, list[float]] = {path: [] for path in checkouts}
    for count in sizes:
        folder = made / str(count)
        folder.mkdir()
        write_logs(folder, count)
        for path in checkouts:
            found = measured(path, folder)
            peaks[path].append(found["peak_mb"])
            figures = f"{found['requests']:,.0f} requests, {found['cpu_s']:.1f} CPU s, {found['peak_mb']:.0f} MB"
            sys.stdout.write(f"{path}: {figures}\n")
            sys.stdout.flush()
        rmtree(folder)
    growth = peaks[checkouts[-1]][-1] / peaks[checkouts[-1]][0]
    sys.stdout.write(f"{growth:.2f} times the memory for {sizes[-1] / sizes[0]:g} times the lines\n")
    return growth <= MOST_GROWTH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--memory", action="store_true", help="compare the peak memory of two numbers of lines")
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES, help="the two numbers of lines")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        sys.stdout.write(json.dumps(measure(arguments.measure)))
        return
    checkouts = [path for path in (arguments.before, CHECKOUT) if path]
    with TemporaryDirectory() as made:
        if arguments.memory:
            sys.exit(not compare_sizes(Path(made), checkouts, list(arguments.sizes)))
        compare_files(Path(made), checkouts, arguments.lines, arguments.runs)


if __name__ == "__main__":
    main()
