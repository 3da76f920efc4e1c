"""A million GA4 rows from a local server to a checked, committed table, compared with dlt in the same run.

Run from the checkout: ``python benchmarks/collect.py --dlt PYTHON``, where PYTHON is the interpreter of an
environment of its own with ``dlt[parquet]``. Each is a whole process, started in turn ``--runs`` times; figures are
medians. All ask the same server for the same compact JSON (``prettyPrint=false``).

- kmi: what ``kmi run`` does: windows of 31 days, raw answers kept, every check, the comparison with the stored rows,
two ledgers. - dlt flat: a dlt resource whose author flattens the rows by hand, to Parquet files. No checks, no raw
answers, no comparison. - dlt records: a dlt resource that yields the records as the API gives them, as a declarative
REST source does; dlt then makes child tables of them, and the date, the page and the number of a row end up in
different files. - floor: the least that the work needs: download, one read by Arrow's JSON reader, one Parquet write.

Expected of dlt's records and of its flat rows: at least 3 times the rows per CPU second of the whole process, and at
least 5 times of what a further million rows cost, without what starting costs: above all the import of Great
Expectations, 2 to 3 CPU seconds, however few the rows. Expected of memory: the peak does not grow with the number of
windows, at most to 1.25 times. Compared like with like, whole windows only: two of them (620,000 rows) and eight
(2,480,000 rows).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES_A_DAY, FIRST, PAGE_SIZE = 10_000, date(2026, 1, 1), 250_000
WINDOW_DAYS, FEW_WINDOWS, MANY_WINDOWS = 31, 2, 8
TODAY, WHOLE, MARGINAL, LARGEST_GROWTH = date(2026, 11, 24), 3.0, 5.0, 1.25
CONTENDERS = ("kmi", "dlt flat", "dlt records", "floor")
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
    auth:
      type: refresh_token
      client_id: riverside.apps.googleusercontent.example
      client_secret: "${{env:CLIENT}}"
      refresh_token: "${{env:REFRESH}}"
      token_url: {url}/google/oauth2/token
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
    for offset in range(0, rows, PAGE_SIZE):
        yield answer(url, body(FIRST, last_day(rows), offset))


def answer(url: str, asked: dict[str, object]) -> bytes:
    import requests

    address, headers = f"{url}/google/ga4/v1beta/properties/{PROPERTY}:runReport", {"Authorization": f"Bearer {TOKEN}"}
    return requests.post(address, params={"prettyPrint": "false"}, json=asked, headers=headers, timeout=120).content


def by_kmi(url: str, rows: int, folder: Path) -> None:
    """Collect as ``kmi run`` does, with every check, up to the committed table."""
    from datetime import UTC, datetime

    from flows.steps.collect import collect
    from flows.steps.context import open_context
    from flows.steps.pull_windows import windows_to_pull
    from flows.steps.warehouse_lock import hold_warehouse
    from warehouse.schema import OBSERVATIONS, Window

    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(url=url, property=PROPERTY, raw="true"), encoding="utf-8")
    secrets = {"${env:CLIENT}": "GOCSPX-riverside-demo", "${env:REFRESH}": "1//0riverside-refresh"}
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC)
    context = open_context(plan, folder / "warehouse", resolve=secrets.__getitem__, log=print, clock=lambda: now)
    with hold_warehouse(context, 5):
        for window in windows_to_pull(context, "web", Window(FIRST, last_day(rows) + timedelta(days=1))):
            done = collect(context, "web", window)
            if done.paused or done.refused:
                raise SystemExit(str(done))
    delta = context.tables.open(OBSERVATIONS)
    if delta is None or delta.count() != rows:
        raise SystemExit(f"{rows} rows were expected")


def by_dlt_flat(url: str, rows: int, folder: Path) -> None:
    """One table; the author of the source has written down where each column stands in a row."""
    import json

    def flat() -> Iterator[list[dict[str, object]]]:
        for page in reports(url, rows):
            yield [
                {
                    "date": row["dimensionValues"][0]["value"],
                    "page": row["dimensionValues"][1]["value"],
                    "views": int(row["metricValues"][0]["value"]),
                }
                for row in json.loads(page)["rows"]
            ]

    load(flat(), folder)


def by_dlt_records(url: str, rows: int, folder: Path) -> None:
    """Three tables: the rows, their dimension values and their metric values."""
    import json

    load((json.loads(page)["rows"] for page in reports(url, rows)), folder)


def load(pages: Iterator[list[dict[str, object]]], folder: Path) -> None:
    import dlt

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    destination = dlt.destinations.filesystem(bucket_url=(folder / "dlt").as_uri())
    pipeline = dlt.pipeline("ga4", destination=destination, dataset_name="web", pipelines_dir=str(folder / "state"))
    pipeline.run(dlt.resource(pages, name="page_views", write_disposition="append"), loader_file_format="parquet")


def by_floor(url: str, rows: int, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    cells = pa.list_(pa.struct([("value", pa.string())]))
    shape = pj.ParseOptions(
        pa.schema([("rows", pa.list_(pa.struct([("dimensionValues", cells), ("metricValues", cells)])))]),
        unexpected_field_behavior="ignore",
    )
    for at, page in enumerate(reports(url, rows)):
        whole = pj.ReadOptions(use_threads=False, block_size=len(page) + 1)
        found = pj.read_json(pa.BufferReader(page), whole, shape)["rows"].combine_chunks().flatten()
        both, views = (
            pc.struct_field(pc.list_flatten(pc.struct_field(found, name)), "value")
            for name in ("dimensionValues", "metricValues")
        )
        columns = [both.take(pa.array(range(side, len(both), 2))) for side in (0, 1)]
        pq.write_table(
            pa.table([*columns, views.cast(pa.int64())], names=["date", "page", "views"]), folder / f"{at}.parquet"
        )


def cost(python: str, which: str, url: str, rows: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            python,
            str(Path(__file__).resolve()),
            "--one",
            which,
            "--url",
            url,
            "--rows",
            str(rows),
            "--folder",
            folder,
        ]
        environment = {**os.environ, "PYTHONPATH": "" if which.startswith("dlt") else str(CHECKOUT)}
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
    """Measure all contenders and print their costs."""
    pythons = {which: dlt if which.startswith("dlt") else sys.executable for which in CONTENDERS}
    few, many = (windows * WINDOW_DAYS * PAGES_A_DAY for windows in (FEW_WINDOWS, MANY_WINDOWS))
    costs: dict[tuple[str, int], list[Cost]] = {}
    with serving() as url:
        warm(url, rows, many)
        for _ in range(runs):
            for which, python in pythons.items():
                if python:
                    costs.setdefault((which, rows), []).append(cost(python, which, url, rows))
            for count in (few, many):
                costs.setdefault(("kmi", count), []).append(cost(sys.executable, "kmi", url, count))
            for which in ("dlt flat", "dlt records"):
                if dlt:
                    costs.setdefault((which, few), []).append(cost(dlt, which, url, few))
    medians = {one: middle(found) for one, found in costs.items()}
    for (which, count), one in medians.items():
        speed = f"{count / one.wall_s:10,.0f} rows/s {count / one.cpu_s:10,.0f} rows/CPU s"
        print(
            f"{which:11} {count:9,} rows {speed} {one.peak_mb:8,.0f} MB   ({one.wall_s:.1f} s, {one.cpu_s:.1f} CPU s)"
        )
    ours = medians["kmi", rows]
    for which in ("dlt flat", "dlt records"):
        if (which, rows) in medians:
            print_ratio(which, ours, medians[which, rows])
            print_marginal(which, medians, few, many, rows)
    growth = medians["kmi", many].peak_mb / medians["kmi", few].peak_mb
    limit = verdict("at most", LARGEST_GROWTH, growth <= LARGEST_GROWTH)
    print(f"kmi: {growth:.2f} times the memory for {MANY_WINDOWS} windows as for {FEW_WINDOWS}; {limit}")
    rest = "the rest goes to imports, checks, the comparison with the stored rows and two ledgers"
    print(f"kmi / floor: {ours.cpu_s / medians['floor', rows].cpu_s:.1f} times the CPU; {rest}")


def print_ratio(which: str, ours: Cost, theirs: Cost) -> None:
    ratio, memory = theirs.cpu_s / ours.cpu_s, ours.peak_mb / theirs.peak_mb
    speeds = f"{ratio:.1f} times the rows per CPU second, {theirs.wall_s / ours.wall_s:.1f} times the rows per second"
    print(f"kmi / {which}: {speeds}, {memory:.2f} of the memory; {verdict('at least', WHOLE, ratio >= WHOLE)}")


def print_marginal(which: str, medians: Mapping[tuple[str, int], Cost], few: int, many: int, rows: int) -> None:
    """What a further million rows cost each, without what starting costs."""
    ours = (medians["kmi", many].cpu_s - medians["kmi", few].cpu_s) / (many - few) * 1e6
    theirs = (medians[which, rows].cpu_s - medians[which, few].cpu_s) / (rows - few) * 1e6
    ratio = theirs / ours
    costs = f"{ours:.1f} and {theirs:.1f} CPU s a further million rows, {ratio:.1f} times"
    print(f"kmi / {which}: {costs}; {verdict('at least', MARGINAL, ratio >= MARGINAL)}")


def verdict(word: str, bound: float, reached: bool) -> str:
    return f"expected {word} {bound:g}: {'yes' if reached else 'NO'}"


def warm(url: str, rows: int, most: int) -> None:
    """Ask once for all that will be asked, as the server makes a page when it is first asked for it."""
    for _ in reports(url, rows):
        pass
    for asked_for in (rows, most):
        start, last = FIRST, last_day(asked_for)
        while start <= last:
            end = min(start + timedelta(days=WINDOW_DAYS - 1), last)
            for offset in range(0, ((end - start).days + 1) * PAGES_A_DAY, PAGE_SIZE):
                answer(url, body(start, end, offset))
            start = end + timedelta(days=1)


SERVER = """
import sys
from datetime import date
from sandbox.server import serve

with serve(date.fromisoformat(sys.argv[1]), 1) as served:
    print(served.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def serving() -> Iterator[str]:
    """The sandbox in a process of its own, so that it costs the measured ones nothing; its address."""
    command, environment = [sys.executable, "-c", SERVER, str(TODAY)], {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            raise SystemExit("the sandbox did not start")
        try:
            yield address
        finally:
            process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dlt", help="the Python of an environment with dlt[parquet]")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one = {"kmi": by_kmi, "dlt flat": by_dlt_flat, "dlt records": by_dlt_records, "floor": by_floor}[arguments.one]
        one(arguments.url, arguments.rows, arguments.folder)
    else:
        compare(arguments.dlt, arguments.rows, arguments.runs)


if __name__ == "__main__":
    main()
