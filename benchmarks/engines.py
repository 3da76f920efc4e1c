"""From the table of observations to monthly series: against DuckDB's SQL written by hand, and DuckDB against Spark.

Run from the checkout: ``python benchmarks/engines.py [--rows 10000000] [--spark pyspark://?spark.master=local[2]]``.
Ten years of days of as many branches as the rows need, with nulls and flags, and every Sunday closed, lie in a table of
a warehouse. ``flows.steps.reduction.reduce`` gives the sums and means of each branch and month, its closed days, flags,
pulls, first days and weekdays. ``BY_HAND`` gives the same from the same files, for this one indicator. Each runs in a
process of its own; printed are CPU seconds and the peak of its memory. Expected: the same rows, at most 1.3 times the
CPU seconds by hand (the least of three runs of each) and less than 4 GB. With ``--spark``, Spark computes the rows of a
table of 1,000,000 observations, and every one is that of DuckDB. Exits with 1 where one is not reached.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
from deltalake import write_deltalake

from flows.engines.choice import engine_at
from flows.steps import reduction
from flows.steps.reduction import METRICS, OBSERVATION_COLUMNS, PARTS
from transforms.periods import ReducedSeries, period_grid
from warehouse.frames import to_pandas
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS
from warehouse.table_scan import TableScan, scan_table
from warehouse.tables import Tables

CHECKOUT = Path(__file__).resolve().parents[1]
RATIO, MEMORY_GB, RUNS, SPARK_ROWS = 1.3, 4.0, 3, 1_000_000
FIRST, YEARS = date(2016, 1, 1), 10
TODAY = date(FIRST.year + YEARS, 1, 1)
TABLE_OF_A_YEAR = """
SELECT 'gates' AS source, 'visits' AS metric, 'Branch ' || lpad(branch::VARCHAR, 6, '0') AS entity, day::DATE AS start,
  (day + INTERVAL 1 DAY)::DATE AS "end", 'visits' AS unit, strftime(day, '%Y-%m') AS month,
  CASE WHEN hash(branch, day) % 50 <> 0 THEN (50 + hash(day, branch) % 900)::DOUBLE END AS value,
  CASE WHEN hash(branch, day, 1) % 100 = 0 THEN ['estimated'] ELSE []::VARCHAR[] END AS flags,
  (day + INTERVAL 1 DAY)::TIMESTAMPTZ AS retrieved_at,
  strftime(day, '%Y%m%dT000000-') || left(md5(day::VARCHAR), 8) AS pull_id
FROM range(DATE '{year}-01-01', DATE '{year}-12-31' + 1, INTERVAL 1 DAY) days(day), range({branches}) branches(branch)
ORDER BY day, branch
"""
PLACED = """
CREATE TEMP TABLE placed AS SELECT entity, date_trunc('month', start)::DATE AS month, start AS day, value, flags,
  retrieved_at, pull_id FROM read_parquet([{files}])
"""
BY_HAND = {
    "series": """
SELECT 'visits' AS indicator_id, 'of' AS part, 'gates' AS source, 'visits' AS metric, entity, month AS start,
  sum(value) AS sum, avg(value) AS mean, arg_max_null(value, day) AS last, max(value) AS max,
  count(value)::DOUBLE AS days, false AS prorated, false AS rollover, false AS reset, false AS implausible,
  false AS corrected, max(retrieved_at) AS retrieved_at FROM placed GROUP BY entity, month
""",
    "closed": """
SELECT 'visits' AS indicator_id, 'of' AS part, 'gates' AS source, 'visits' AS metric, entity, month AS start,
  count(*)::DOUBLE AS closed_covered FROM placed JOIN closed USING (day) WHERE value IS NOT NULL GROUP BY entity, month
""",
    "flags": """
SELECT DISTINCT 'visits' AS indicator_id, month AS start, unnest(flags) AS flag FROM placed WHERE len(flags) > 0
""",
    "pulls": """
SELECT DISTINCT 'visits' AS indicator_id, month AS start, pull_id FROM placed WHERE value IS NOT NULL
""",
    "first": """
SELECT 'visits' AS indicator_id, 'of' AS part, 'gates' AS source, 'visits' AS metric, entity, min(day) AS first
FROM placed WHERE value IS NOT NULL GROUP BY entity
""",
    "weekdays": """
SELECT 'visits' AS indicator_id, 'of' AS part, 'gates' AS source, 'visits' AS metric, entity,
  (isodow(day) - 1)::BIGINT AS weekday, avg(value) AS mean, count(*) AS days
FROM placed ANTI JOIN closed USING (day) WHERE value IS NOT NULL GROUP BY entity, weekday
""",
}


@dataclass(frozen=True)
class Measured:
    """CPU seconds and peak memory of a reduction in its process, and a hash of the rows of each result."""

    cpu_s: float
    peak_gb: float
    rows: dict[str, list[int]]


def fill(folder: Path, rows: int) -> int:
    """Write at least so many observations, year by year; returns how many."""
    tables, branches = Tables(open_root(folder)), -(-rows // (365 * YEARS))
    written = 0
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for year in range(FIRST.year, TODAY.year):
            found = connection.sql(TABLE_OF_A_YEAR.format(year=year, branches=branches)).to_arrow_table()
            data = found.select(OBSERVATIONS.names).cast(OBSERVATIONS.arrow)
            write_deltalake(tables.uri(OBSERVATIONS), data, mode="append", partition_by=["source", "month"])
            written += data.num_rows
    return written


def sundays() -> pd.DataFrame:
    days = pd.date_range(FIRST, TODAY, freq="W-SUN", inclusive="left").astype("datetime64[us]")
    return pd.DataFrame({"entity": [""] * len(days), "day": days})


def by_the_project(scan: TableScan, engine: str) -> ReducedSeries:
    metrics = pd.DataFrame([("gates", "visits", "flow", None, 1, None, False)], columns=METRICS.names)
    part = ("visits", "of", "gates", "visits", None, False, False, "month")
    parts = pd.DataFrame([part], columns=PARTS.names)
    grid = pd.concat([period_grid(period, FIRST, TODAY) for period in ("year", "month")])
    return reduction.reduce(reduction.Observed(scan, engine_at(engine)), metrics, parts, sundays(), grid)


def by_hand(scan: TableScan) -> ReducedSeries:
    files = ", ".join(f"'{path}'" for _, paths in scan.files or () for path in paths)
    closed = pa.Table.from_pandas(sundays()[["day"]], schema=pa.schema({"day": pa.date32()}), preserve_index=False)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("closed", closed)
        connection.execute(PLACED.format(files=files))
        return ReducedSeries(**{name: to_pandas(connection.sql(sql).to_arrow_table()) for name, sql in BY_HAND.items()})


def hashes(reduced: ReducedSeries) -> dict[str, list[int]]:
    """Of each result the number of rows and the sum of their hashes, which no order changes."""
    found = {}
    for name in BY_HAND:
        rows: pd.DataFrame = getattr(reduced, name)
        hashed = pd.util.hash_pandas_object(rows, index=False)
        found[name] = [len(rows), int(hashed.sum()) % 2**63]
    return found


def peak_kb() -> int:
    """The most memory of this program. What ``getrusage`` says holds that of the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def measure(folder: Path, how: str) -> Measured:
    """One reduction in this process."""
    scan = scan_table(Tables(open_root(folder)), OBSERVATIONS, OBSERVATION_COLUMNS)
    before = time.process_time()
    reduced = by_hand(scan) if how == "by hand" else by_the_project(scan, how)
    cpu_s = time.process_time() - before
    peak = peak_kb() / 1024**2
    return Measured(cpu_s, peak, hashes(reduced))


def in_a_process(folder: Path, how: str) -> Measured:
    command = [sys.executable, __file__, "--measure", how, "--folder", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def against_sql(folder: Path, rows: int) -> bool:
    written = fill(folder, rows)
    print(f"{written:,} observations")
    runs = [(in_a_process(folder, "duckdb"), in_a_process(folder, "by hand")) for _ in range(RUNS)]
    ours, hand = (min((pair[at] for pair in runs), key=lambda one: one.cpu_s) for at in (0, 1))
    peak, ratio = max(pair[0].peak_gb for pair in runs), ours.cpu_s / hand.cpu_s
    print(f"the project on DuckDB: {ours.cpu_s:.2f} CPU s, at most {peak:.2f} GB")
    print(f"SQL written by hand: {hand.cpu_s:.2f} CPU s, {hand.peak_gb:.2f} GB")
    same = all(ours.rows == other.rows for pair in runs for other in pair)
    print(f"the same rows, {ours.rows['series'][0]:,} of series: {'yes' if same else f'NO: {ours.rows} {hand.rows}'}")
    print(f"ratio: {ratio:.2f}; expected at most {RATIO}: {'yes' if ratio <= RATIO else 'NO'}")
    print(f"memory: {peak:.2f} GB; expected less than {MEMORY_GB}: {'yes' if peak < MEMORY_GB else 'NO'}")
    return same and ratio <= RATIO and peak < MEMORY_GB


def against_spark(folder: Path, address: str) -> bool:
    print(f"{fill(folder, SPARK_ROWS):,} observations")
    ours, theirs = in_a_process(folder, "duckdb"), in_a_process(folder, address)
    same = ours.rows == theirs.rows
    counts = ", ".join(f"{count:,} {name}" for name, (count, _) in ours.rows.items())
    print(f"DuckDB and Spark, every row ({counts}): {'the same' if same else f'DIFFERENT: {ours.rows} {theirs.rows}'}")
    return same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--spark", help="the address of Spark, pyspark://…; left out without it")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(vars_of(measure(options.folder, options.measure))))
        return
    with tempfile.TemporaryDirectory() as folder:
        reached = against_sql(Path(folder, "duckdb"), options.rows)
        if options.spark:
            reached &= against_spark(Path(folder, "spark"), options.spark)
    sys.exit(0 if reached else 1)


def vars_of(measured: Measured) -> dict[str, object]:
    return {"cpu_s": measured.cpu_s, "peak_gb": measured.peak_gb, "rows": measured.rows}


if __name__ == "__main__":
    main()
