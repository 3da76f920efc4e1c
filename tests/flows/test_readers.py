"""Whoever reads the published files while runs rewrite them finds whole files, each as one of the runs left it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.changing_library import write_library
from tests.forked_runs import CHECKOUT, ForkedRuns, RunRequest, clean_environment, clock_after
from tests.published_readers import contents, faults, publish_version, readers_under, recipe, version_of

RUNS = 20
# Reads every file again and again until a file named stop appears; then prints what it saw. A fault ends it.
READER = '''
import hashlib, io, json, sys, time
from collections import Counter
from pathlib import Path
import duckdb
import pyarrow.parquet as pq

folder, seen, packages, reads = Path(sys.argv[1]), set(), Counter(), 0
duckdb.sql("set TimeZone = 'UTC'")

def digest(table):
    return hashlib.sha256(str(table.to_pylist()).encode()).hexdigest()

def by_duckdb(path):
    """DuckDB opens a file twice, for footer and rows. None where the file was replaced meanwhile: docs/published.md."""
    before = path.stat().st_ino
    try:
        table = duckdb.sql(f"select * from '{path}'").to_arrow_table()
    except duckdb.Error:
        table = None
    if path.stat().st_ino == before:
        return table
    packages["replaced under duckdb"] += 1
    return None

def described():
    package = json.loads((folder / "datapackage.json").read_bytes())
    bodies = {path.name: path.read_bytes() for path in folder.glob("*.parquet")}
    hashes = {name: "sha256:" + hashlib.sha256(body).hexdigest() for name, body in bodies.items()}
    if hashes != {one["path"]: one["hash"] for one in package["resources"]}:
        return "between"
    rows = {name: pq.ParquetFile(io.BytesIO(body)).metadata.num_rows for name, body in bodies.items()}
    return "fits" if rows == {one["path"]: one["rows"] for one in package["resources"]} else "WRONG"

print("reading", flush=True)
while not (folder.parent / "stop").exists():
    for path in sorted(folder.glob("*.parquet")):
        seen.add((path.name, "pyarrow", digest(pq.ParquetFile(path).read(use_threads=False))))
        table = by_duckdb(path) or by_duckdb(path)
        seen.add((path.name, "duckdb", digest(table)))
        reads += 2
    packages[described()] += 1
    time.sleep(0.05)  # leaves the runs some of the machine
print(json.dumps({"seen": sorted(seen), "packages": packages, "reads": reads}))
'''


@pytest.mark.slow
def test_a_reader_meets_whole_files_only_during_twenty_runs(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    published = warehouse / "published"
    states: set[tuple[str, str]] = set()
    with ForkedRuns() as forks:
        states |= _run(forks, tmp_path, warehouse, 0)
        command = [sys.executable, "-c", READER, str(published)]
        with subprocess.Popen(
            command, cwd=CHECKOUT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as reader:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
            for number in range(1, RUNS + 1):
                states |= _run(forks, tmp_path, warehouse, number)
            (warehouse / "stop").touch()
            out, err = reader.communicate()
    assert reader.returncode == 0, err
    saw: dict[str, Any] = json.loads(out)
    assert [one for one in saw["seen"] if (one[0], one[2]) not in states] == []
    assert len({digest for name, _, digest in saw["seen"] if name == "verdicts.parquet"}) > RUNS / 4
    assert saw["packages"].get("WRONG", 0) == 0
    assert saw["packages"].get("replaced under duckdb", 0) < saw["reads"] / 100
    assert saw["packages"]["fits"] > 0


def _run(forks: ForkedRuns, folder: Path, warehouse: Path, number: int) -> set[tuple[str, str]]:
    """Bring in state ``number``; name and digest of each file that now stands."""
    plan = write_library(folder, number)
    assert forks.run(RunRequest(plan, warehouse, clock_after(60 * number))).code == 0
    files = (warehouse / "published").glob("*.parquet")
    return {
        (file.name, hashlib.sha256(str(pq.ParquetFile(file).read(use_threads=False).to_pylist()).encode()).hexdigest())
        for file in files
    }


@pytest.mark.slow
def test_readers_during_250_publishes_meet_no_wrong_result_and_by_the_recipe_no_error(tmp_path: Path) -> None:
    met = readers_under(250, tmp_path / "warehouse")
    assert faults(met) == []
    for library, reports in met.items():
        assert min(report["versions"] for report in reports) > 10, library


def test_rows_of_two_versions_count_as_wrong() -> None:
    whole = contents("growing", 3).to_pydict()
    assert version_of("growing", whole) == 3
    assert version_of("growing", {name: values[:-1] for name, values in whole.items()}) is None
    assert version_of("growing", whole | {"value": contents("growing", 4).to_pydict()["value"]}) is None
    assert faults(
        {"pyarrow": ({"errors": 2}, {}), "pandas": ({"wrong": 1}, {}), "duckdb": ({"errors": 1}, {"errors": 1})}
    ) == [
        "pyarrow by path: {'errors': 2}",
        "pandas by path: {'wrong': 1}",
        "duckdb by the recipe: {'errors': 1}",
    ]


def test_the_recipe_gives_files_of_one_run_or_none(tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish_version(tmp_path, 1)
    (published / "not-described.parquet").write_bytes(b"of another program")
    assert set(recipe()(published)) == {path.name for path in published.glob("*.parquet")} - {"not-described.parquet"}
    described = (published / "datapackage.json").read_bytes()
    publish_version(tmp_path, 2)
    (published / "datapackage.json").write_bytes(described)
    with pytest.raises(TimeoutError, match="run kmi again"):
        recipe()(published, tries=1)
    (published / "alike.parquet").unlink()
    with pytest.raises(TimeoutError, match="run kmi again"):
        recipe()(published, tries=1)
