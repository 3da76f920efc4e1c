"""A million lines of an access log in the combined form, from bytes to observations: CPU seconds and peak memory.

Run from the checkout: ``python benchmarks/access_log.py``; with ``--before CHECKOUT`` another state of the code is
measured in the same run, in turn. Each is a whole process; figures are medians of ``--runs``. The lines come as one
file and as a hundred: the peak must not grow with the number of files.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

CHECKOUT = Path(__file__).resolve().parents[1]
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
FILES = (1, 100)


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


def measure(folder: Path) -> dict[str, float]:
    """Parse the files of a folder once, in this process."""
    from sources.access_log.source import AccessLog, AccessLogSettings
    from sources.contract import Place, RawPage
    from warehouse.schema import Window

    source = AccessLog("web", AccessLogSettings(type="access_log", path="logs/"), Place(ZoneInfo("UTC")))
    window = Window(date(2000, 1, 1), date(2100, 1, 1))
    files = enumerate(sorted(folder.iterdir()))
    pages = [RawPage("web", window, n, path.name, 200, FIRST, path.read_bytes()) for n, path in files]
    begun = time.process_time()
    parsed = source.parse(pages)
    frame = parsed.observations
    return {
        "cpu_s": time.process_time() - begun,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests": float(frame.loc[frame["metric"] == "requests", "value"].sum()),
    }


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        sys.stdout.write(json.dumps(measure(arguments.measure)))
        return
    checkouts = [path for path in (arguments.before, CHECKOUT) if path]
    with tempfile.TemporaryDirectory() as made:
        lines = log_lines(arguments.lines)
        for files in FILES:
            folder, size = Path(made) / str(files), -(-len(lines) // files)
            folder.mkdir()
            for n in range(files):
                (folder / f"access.{n:03}.log").write_text("".join(lines[n * size : (n + 1) * size]), encoding="utf-8")
        for files in FILES:
            results: dict[Path, list[dict[str, float]]] = {path: [] for path in checkouts}
            for _ in range(arguments.runs):
                for path in checkouts:
                    command = [sys.executable, str(Path(__file__)), "--measure", str(Path(made) / str(files))]
                    out = subprocess.run(command, env={"PYTHONPATH": str(path)}, capture_output=True, check=True)
                    results[path].append(json.loads(out.stdout))
            for path, found in results.items():
                cpu, peak = (statistics.median(one[key] for one in found) for key in ("cpu_s", "peak_mb"))
                sys.stdout.write(
                    f"{path}: {files} files, {found[0]['requests']:,.0f} requests, {cpu:.2f} CPU s, {peak:.0f} MB\n"
                )


if __name__ == "__main__":
    main()
