"""A million GA4 rows from a server on this machine to a checked, committed table, beside dlt in the same run.

Run from the checkout: ``python benchmarks/collect.py --dlt PYTHON``, where PYTHON is the interpreter of an environment of its own
with ``dlt[parquet]``. dlt reads the same server with a resource that flattens the rows, and writes Parquet files, without checks.
Each is a whole process; figures are medians of ``--runs`` in turn. The floor is the least that the work needs: download, one
native JSON decode, one Parquet write. Expected: at least 5 times dlt's rows per CPU second, and a peak memory that does not grow
with the number of rows.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES_A_DAY, FIRST, PAGE_SIZE = 10_000, date(2026, 1, 1), 250_000
TODAY, EXPECTED, LARGEST_GROWTH = date(2026, 11, 24), 5.0, 1.25
TOKEN, PROPERTY = "ya29.riverside-access-token", "999999999"
PLAN = """
organisation: {{name: Riverside, time_zone: Europe/London}}
sources:
  web:
    type: ga4
    property: "{property}"
    url: {url}/google/ga4
    metrics: [screenPageViews]
    by_page: true
    keep_raw: {raw}
    auth: {{type: refresh_token, client_id: riverside.apps.googleusercontent.example, client_secret: "${{env:CLIENT}}", refresh_token: "${{env:REFRESH}}", token_url: {url}/google/oauth2/token}}
indicators:
  views: {{title: Views, unit: views, kind: flow, of: [{{source: web, metric: screenPageViews}}]}}
"""


@dataclass(frozen=True)
class Cost:
    """Of one whole process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def last_day(rows: int) -> date:
    return FIRST + timedelta(days=rows // PAGES_A_DAY - 1)


def body(start: date, end: date, offset: int) -> dict[str, object]:
    return {
        "dimensions": [{"name": "date"}, {"name": "pagePath"}],
        "metrics": [{"name": "screenPageViews"}],
        "dateRanges": [{"startDate": str(start), "endDate": str(end)}],
        "limit": str(PAGE_SIZE),
        "offset": str(offset),
    }


def reports(url: str, rows: int) -> Iterator[bytes]:
    """The pages of the whole report, one after the other."""
    import requests

    address, headers = f"{url}/google/ga4/v1beta/properties/{PROPERTY}:runReport", {"Authorization": f"Bearer {TOKEN}"}
    for offset in range(0, rows, PAGE_SIZE):
        yield requests.post(address, json=body(FIRST, last_day(rows), offset), headers=headers, timeout=120).content


def by_kmi(url: str, rows: int, folder: Path) -> None:
    """Collect as ``kmi run`` does, with every check, up to the committed table."""
    from datetime import UTC, datetime

    from flows.steps.collect import collect, windows
    from flows.steps.context import open_context
    from flows.steps.refresh import writing
    from warehouse.schema import OBSERVATIONS, Window

    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(url=url, property=PROPERTY, raw="true"), encoding="utf-8")
    secrets = {"${env:CLIENT}": "GOCSPX-riverside-demo", "${env:REFRESH}": "1//0riverside-refresh"}
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC)
    context = open_context(plan, folder / "warehouse", resolve=secrets.__getitem__, tell=print, clock=lambda: now)
    with writing(context, 5):
        for window in windows(context, "web", Window(FIRST, last_day(rows) + timedelta(days=1))):
            done = collect(context, "web", window)
            if done.paused or done.refused:
                raise SystemExit(str(done))
    delta = context.tables.open(OBSERVATIONS)
    if delta is None or delta.count() != rows:
        raise SystemExit(f"{rows} rows were expected")


def by_dlt(url: str, rows: int, folder: Path) -> None:
    import json

    import dlt

    @dlt.resource(name="page_views", write_disposition="append")
    def page_views() -> Iterator[list[dict[str, object]]]:
        for page in reports(url, rows):
            found = json.loads(page)["rows"]
            yield [
                {"date": row["dimensionValues"][0]["value"], "page": row["dimensionValues"][1]["value"], "views": int(row["metricValues"][0]["value"])}
                for row in found
            ]

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    destination = dlt.destinations.filesystem(bucket_url=(folder / "dlt").as_uri())
    pipeline = dlt.pipeline("ga4", destination=destination, dataset_name="web", pipelines_dir=str(folder / "state"))
    pipeline.run(page_views(), loader_file_format="parquet")


def by_floor(url: str, rows: int, folder: Path) -> None:
    import orjson
    import pyarrow as pa
    import pyarrow.parquet as pq

    for at, page in enumerate(reports(url, rows)):
        found = orjson.loads(page)["rows"]
        columns = [[row["dimensionValues"][0]["value"] for row in found], [row["dimensionValues"][1]["value"] for row in found]]
        views = [int(row["metricValues"][0]["value"]) for row in found]
        pq.write_table(pa.table([*map(pa.array, columns), pa.array(views)], names=["date", "page", "views"]), folder / f"{at}.parquet")


def cost(python: str, which: str, url: str, rows: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(Path(__file__).resolve()), "--one", which, "--url", url, "--rows", str(rows), "--folder", folder]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT) if which != "dlt" else ""}
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{which} ended with {process.returncode}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("wall_s", "cpu_s", "peak_mb")))


def compare(dlt: str | None, rows: int, runs: int) -> None:
    pythons = {"kmi": sys.executable, "floor": sys.executable} | ({"dlt": dlt} if dlt else {})
    with serving() as url:
        for few in (rows, rows // 4):
            list(reports(url, few))  # the server writes its pages once
        for start in range(0, rows // PAGES_A_DAY, 31):
            warm(url, FIRST + timedelta(days=start), min(FIRST + timedelta(days=start + 30), last_day(rows)))
        costs: dict[str, list[Cost]] = {which: [] for which in pythons}
        for _ in range(runs):
            for which, python in pythons.items():
                costs[which].append(cost(python, which, url, rows))
        small = middle([cost(sys.executable, "kmi", url, rows // 4) for _ in range(runs)])
    told = {which: middle(found) for which, found in costs.items()}
    for which, one in told.items():
        print(
            f"{which:6} {rows / one.wall_s:10,.0f} rows/s {rows / one.cpu_s:10,.0f} rows/CPU s {one.peak_mb:8,.0f} MB   ({one.wall_s:.1f} s, {one.cpu_s:.1f} CPU s)"
        )
    if dlt:
        ratio = told["dlt"].cpu_s / told["kmi"].cpu_s
        print(f"kmi / dlt: {ratio:.1f} times the rows per CPU second, {told['dlt'].wall_s / told['kmi'].wall_s:.1f} times the rows per second,", end=" ")
        print(f"{told['kmi'].peak_mb / told['dlt'].peak_mb:.2f} of the memory; expected at least {EXPECTED:g}: {'yes' if ratio >= EXPECTED else 'NO'}")
    growth = told["kmi"].peak_mb / small.peak_mb
    print(f"kmi: {growth:.2f} times the memory for 4 times the rows; expected at most {LARGEST_GROWTH:g}: {'yes' if growth <= LARGEST_GROWTH else 'NO'}")
    print(
        f"kmi / floor: {told['kmi'].cpu_s / told['floor'].cpu_s:.1f} times the CPU; the rest goes to imports, checks, the comparison with what stands and two ledgers"
    )


def warm(url: str, start: date, end: date) -> None:
    import requests

    total = ((end - start).days + 1) * PAGES_A_DAY
    for offset in range(0, total, PAGE_SIZE):
        asked = {**body(start, end, offset), "orderBys": [{"dimension": {"dimensionName": name}} for name in ("date", "pagePath")], "returnPropertyQuota": True}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        requests.post(f"{url}/google/ga4/v1beta/properties/{PROPERTY}:runReport", json=asked, headers=headers, timeout=120)


class serving:  # noqa: N801 (used as a context)
    """The sandbox in a process of its own, so that it costs the measured ones nothing."""

    def __enter__(self) -> str:
        code = "import sys; from datetime import date; from sandbox.server import serve\nwith serve(date.fromisoformat(sys.argv[1]), 1) as s:\n print(s.url, flush=True); sys.stdin.read()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(TODAY)], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout is None:
            raise SystemExit("the sandbox did not start")
        return self.process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dlt", help="the Python of an environment with dlt[parquet]")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", choices=["kmi", "dlt", "floor"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        {"kmi": by_kmi, "dlt": by_dlt, "floor": by_floor}[told.one](told.url, told.rows, told.folder)
    else:
        compare(told.dlt, told.rows, told.runs)


if __name__ == "__main__":
    main()
