"""What a night costs after a month, a year and ten years of daily figures of 1,000 gates.

Run from the checkout: ``python -m benchmarks.history [--gates 1000]``. A local server answers with a figure for each
gate and day. The history is written as pulls of a month each had brought it; then ``kmi run`` runs as a whole process
on three nights in a row, of which each brings a day and reads the two before it again. The last two are measured, and
the lesser counts.

Expected: ten years cost at most 1.3 times the CPU seconds of a month and 1.2 times its peak of memory. Exit code 1
where that does not hold.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

CHECKOUT = Path(__file__).resolve().parents[1]
LAST = date(2026, 11, 20)
"""The last day of the history."""
NIGHTS, MOST_CPU, MOST_MEMORY = 3, 1.3, 1.2
HISTORIES = {"a month": 30, "a year": 365, "ten years": 3652}
PLAN = """
organisation: {{name: Riverside, time_zone: Etc/UTC}}
sources:
  gates:
    type: rest
    since: {since}
    restated_days: 2
    client: {{base_url: "{url}"}}
    endpoint: {{path: counts, data_selector: rows, incremental: {{start_param: from, end_param: to}}}}
    indicator:
      date: day
      entity: gate
      metrics: {{visits: {{unit: visits, description: Visits}}}}
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [{{source: gates, metric: visits}}]
    target: {{baseline: {{from: 2025-10-01, to: 2026-09-30, value: 900000}}, value: 1000000, due: 2027-12-31}}
  week: {{title: Visits a week, unit: visits, kind: flow, period: week, of: [{{source: gates, metric: visits}}]}}
  year: {{title: Visits a year, unit: visits, kind: flow, period: year, of: [{{source: gates, metric: visits}}]}}
  entrance: {{title: Entrance, unit: visits, kind: flow, of: [{{source: gates, metric: visits, entities: [gate 1]}}]}}
"""


@dataclass(frozen=True)
class Cost:
    cpu_s: float
    peak_mb: float


def visits(gate: int, day: date) -> int:
    return 20 + (gate * 7919 + day.toordinal() * 104729) % 23


class Counts(BaseHTTPRequestHandler):
    """The figures of all gates from the first to the last day asked for."""

    gates = 0

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        first, until = (date.fromisoformat(query[name][0]) for name in ("from", "to"))
        days = [first + timedelta(days=at) for at in range((until - first).days + 1)]
        rows = [
            {"day": f"{day}", "gate": f"gate {gate}", "visits": visits(gate, day)}
            for day in days
            for gate in range(self.gates)
        ]
        body = json.dumps({"rows": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def write_history(folder: Path, gates: int, days: int) -> None:
    """A warehouse as monthly pulls of these days had left it."""
    from flows.steps.context import open_context
    from flows.steps.warehouse_lock import hold_warehouse
    from warehouse.diff import Replacement
    from warehouse.pulls import Pull, commit
    from warehouse.schema import OBSERVATIONS, Window

    now = datetime.combine(LAST, time(6), UTC)
    context = open_context(
        folder / "plan.yaml", folder / "warehouse", resolve=str, log=lambda _: None, clock=lambda: now
    )
    every = pd.date_range(LAST - timedelta(days=days - 1), LAST, freq="D")
    with hold_warehouse(context, 5):
        for month, inside in every.to_series().groupby(every.to_period("M")):
            window = Window(inside.iloc[0].date(), inside.iloc[-1].date() + timedelta(days=1))
            at = datetime.combine(window.end, time(5), UTC)
            pull = Pull(f"p{month}", "gates", at, window, context.loaded.fingerprint("gates"), (window,))
            commit(context.tables, pull, _rows(gates, inside, pull)[OBSERVATIONS.names], Replacement(window), at)


def _rows(gates: int, days: pd.Series, pull: object) -> pd.DataFrame:
    names = [f"gate {gate}" for gate in range(gates)]
    rows = pd.MultiIndex.from_product([days, names], names=["start", "entity"]).to_frame(index=False)
    values = np.array([visits(gate, day.date()) for day in days for gate in range(gates)], dtype=float)
    return rows.assign(
        source="gates", metric="visits", end=rows["start"] + pd.Timedelta(days=1), value=values, unit="visits",
        flags=[()] * len(rows), retrieved_at=pd.Timestamp(pull.started_at), pull_id=pull.pull_id,  # type: ignore[attr-defined]
        origin="history", month=rows["start"].dt.strftime("%Y-%m").astype("str"),
    )  # fmt: skip


def night(folder: Path, number: int) -> Cost:
    """One run as a whole process."""
    now = datetime.combine(LAST + timedelta(days=2 + number), time(6))
    command = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--plan", str(folder / "plan.yaml")]
    command += ["--warehouse", str(folder / "warehouse"), "--now", f"{now:%Y-%m-%dT%H:%M:%S}"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = process.stdout.read().decode() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(out)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(gates: int, days: int, url: str) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        since = LAST - timedelta(days=days - 1)
        (folder / "plan.yaml").write_text(PLAN.format(url=url, since=since), encoding="utf-8")
        child = os.fork()
        if not child:  # a process of its own, so that its memory is not counted
            write_history(folder, gates, days)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise SystemExit("the history was not written")
        costs = [night(folder, number) for number in range(NIGHTS)][1:]
        return Cost(min(one.cpu_s for one in costs), min(one.peak_mb for one in costs))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gates", type=int, default=1000)
    options = parser.parse_args()
    Counts.gates = options.gates
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url, costs = f"http://127.0.0.1:{server.server_port}", dict[str, Cost]()
    for name, days in HISTORIES.items():
        costs[name] = measured(options.gates, days, url)
        print(f"{name:10s} {costs[name].cpu_s:6.2f} CPU s {costs[name].peak_mb:7,.0f} MB", flush=True)
    least, most = costs["a month"], costs["ten years"]
    cpu, memory = most.cpu_s / least.cpu_s, most.peak_mb / least.peak_mb
    print(f"ten years over a month: CPU {cpu:.2f} (at most {MOST_CPU}), memory {memory:.2f} (at most {MOST_MEMORY})")
    return int(cpu > MOST_CPU or memory > MOST_MEMORY)


if __name__ == "__main__":
    sys.exit(main())
