"""Readers of the published files while they are replaced: ``python -m tests.published_readers [--publishes 250]``.

Each of DuckDB, pandas, pyarrow and Polars reads all files again and again in a process of its own while new versions
are published. Every row carries its version, so a result that is not one whole version shows. Each library reads the
files by their path, and the files of one run by the recipe of docs/published.md. Exit code 1 for a wrong result, and
for an error of a reader that keeps to the recipe or opens a file once.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from warehouse.published_files import publish
from warehouse.root import open_root
from warehouse.schema import WHOLE, Column, Table

CHECKOUT = Path(__file__).resolve().parents[1]
RECIPE = re.compile(r"```python\n(import hashlib\n.*?)```", re.DOTALL)
COLUMNS = ("version", "row", "value")
TABLE = Table("numbers", "one number", tuple(Column(name, WHOLE, name, nullable=False) for name in COLUMNS))
FILES = ("alike", "growing", "long", "wide")
LIBRARIES = ("duckdb", "pandas", "pandas open file", "polars", "polars open file", "pyarrow")
OPENED_TWICE = ("duckdb", "pandas", "polars")
"""They open a path once for the footer and once for the rows."""
PAUSE_S = 0.02
Rows = Mapping[str, list[int]]
Read = Callable[[str], Rows]


def rows_of(name: str, version: int) -> int:
    """How many rows a file has in a version; ``alike`` always has the same number."""
    return {"alike": 1000, "growing": 100 + 7 * version, "long": 50_000 + version % 3, "wide": 500 + version % 2}[name]


def contents(name: str, version: int) -> pa.Table:
    rows = range(rows_of(name, version))
    return pa.table([[version] * len(rows), rows, [1_000_003 * version + row for row in rows]], schema=TABLE.arrow)


def publish_version(warehouse: Path, version: int) -> None:
    publish(open_root(warehouse), {name: (TABLE, contents(name, version)) for name in FILES})


def version_of(name: str, found: Rows) -> int | None:
    """The version that the rows are of; None where they are not one whole version."""
    if not found["version"]:
        return None
    version = found["version"][0]
    whole = contents(name, version).to_pydict()
    return version if {column: list(found[column]) for column in COLUMNS} == whole else None


# Reading.


def reader(library: str) -> Read:
    """A function that reads the Parquet file at a path into a list for each column."""
    name, _, opened = library.partition(" ")
    read = {"duckdb": _by_duckdb, "pandas": _by_pandas, "polars": _by_polars, "pyarrow": _by_pyarrow}[name]()

    def by_open_file(path: str) -> Rows:
        with open(path, "rb") as file:  # noqa: PTH123 - as docs/published.md shows it
            return read(file)

    return by_open_file if opened else read


def _by_duckdb() -> Callable[[Any], Rows]:
    import duckdb

    return lambda path: duckdb.sql(f"select * from '{path}'").to_arrow_table().to_pydict()


def _by_pandas() -> Callable[[Any], Rows]:
    import pandas as pd

    return lambda file: pd.read_parquet(file).to_dict(orient="list")


def _by_polars() -> Callable[[Any], Rows]:
    import polars

    return lambda file: polars.read_parquet(file).to_dict(as_series=False)


def _by_pyarrow() -> Callable[[Any], Rows]:
    import pyarrow.parquet as pq

    return lambda file: pq.ParquetFile(file).read(use_threads=False).to_pydict()


def recipe() -> Callable[..., dict[str, bytes]]:
    """The function of docs/published.md that gives the files of one run."""
    found = RECIPE.search((CHECKOUT / "docs" / "published.md").read_text(encoding="utf-8"))
    if found is None:
        raise AssertionError("docs/published.md holds no recipe")
    names: dict[str, Any] = {}
    exec(found[1], names)
    given: Callable[..., dict[str, bytes]] = names["files_of_one_run"]
    return given


@dataclass
class Seen:
    """What a reader met: ``reads``, ``wrong`` results, ``errors``, ``versions``; of single files or of whole runs."""

    counts: Counter[str] = field(default_factory=Counter)
    versions: set[int] = field(default_factory=set)
    error: str = ""

    def file(self, read: Read, folder: Path, name: str) -> None:
        self.counts["reads"] += 1
        try:
            found = read(str(folder / f"{name}.parquet"))
        except Exception as error:  # noqa: BLE001 - any error of any library counts
            self.counts["errors"] += 1
            self.error = repr(error)
            return
        self._judge({version_of(name, found)})

    def run(self, read: Read, folder: Path, whole: Callable[..., dict[str, bytes]]) -> None:
        self.counts["reads"] += 1
        try:
            with TemporaryDirectory() as copy:
                for file, body in whole(folder).items():
                    (Path(copy) / file).write_bytes(body)
                found = {name: read(f"{copy}/{name}.parquet") for name in FILES}
        except Exception as error:  # noqa: BLE001 - any error of any library counts
            self.counts["errors"] += 1
            self.error = repr(error)
            return
        self._judge({version_of(name, rows) for name, rows in found.items()})

    def _judge(self, versions: set[int | None]) -> None:
        if len(versions) == 1 and None not in versions:
            self.versions |= {version for version in versions if version is not None}
        else:
            self.counts["wrong"] += 1

    def report(self) -> dict[str, object]:
        return {**self.counts, "versions": len(self.versions), "error": self.error}


def read_until_stopped(library: str, folder: Path) -> None:
    """Read again and again until a file ``stop`` appears beside ``folder``; then print what was met."""
    read, whole, files, runs = reader(library), recipe(), Seen(), Seen()
    files.file(read, folder, "alike")
    print("reading", flush=True)
    while not (folder.parent / "stop").exists():
        for name in FILES:
            files.file(read, folder, name)
        runs.run(read, folder, whole)
    print(json.dumps([files.report(), runs.report()]), flush=True)


# Publishing.


def readers_under(publishes: int, warehouse: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By library what its readers met, by path and by the recipe, while ``publishes`` versions replaced each other."""
    publish_version(warehouse, 0)
    command = [sys.executable, "-m", "tests.published_readers", "--folder", str(warehouse / "published"), "--library"]
    readers = {
        library: subprocess.Popen([*command, library], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        for library in LIBRARIES
    }
    try:
        for process in readers.values():
            assert process.stdout is not None
            assert process.stdout.readline() == "reading\n"
        for version in range(1, publishes + 1):
            publish_version(warehouse, version)
            time.sleep(PAUSE_S)
    finally:
        (warehouse / "stop").touch()
    return {library: json.loads(process.communicate()[0]) for library, process in readers.items()}


def faults(met: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[str]:
    """What must not be: a wrong result, and an error except where a library opens a path twice."""
    found = []
    for library, (files, runs) in met.items():
        for how, seen in (("by path", files), ("by the recipe", runs)):
            may_fail = library in OPENED_TWICE and how == "by path"
            if seen.get("wrong") or (seen.get("errors") and not may_fail):
                found.append(f"{library} {how}: {dict(seen)}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--publishes", type=int, default=250)
    parser.add_argument("--library", choices=LIBRARIES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.library:
        read_until_stopped(options.library, options.folder)
        return 0
    with TemporaryDirectory() as folder:
        met = readers_under(options.publishes, Path(folder) / "warehouse")
    for library, reports in met.items():
        for how, seen in zip(("files by path", "runs by the recipe"), reports, strict=True):
            numbers = ", ".join(f"{seen.get(name, 0):,} {name}" for name in ("reads", "versions", "wrong", "errors"))
            print(f"{library:16s} {how:18s} {numbers} {seen['error'][:160]}")
    found = faults(met)
    print("\n".join(found) or f"{options.publishes:,} publishes: no reader met a wrong result")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
