"""An engine that reads a table's files itself finds what the table holds: odd names, older files, damaged ones."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import TableFeatures, write_deltalake

from flows.engines.choice import DUCKDB
from flows.steps.expressions import table_named, translated
from flows.steps.reduction import OBSERVATION_COLUMNS
from tests.observation_rows import daily_visits
from warehouse.errors import RetryableError
from warehouse.frames import to_arrow
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS
from warehouse.table_scan import TableScan, scan_table
from warehouse.tables import Tables, sql_literal

DAYS = [("2026-01-31", "Hill", 3.0), ("2026-02-01", "Hill", None), ("2026-02-01", "Quay, upper floor", 0.0)]
NAMES = ["gates", "a b", "50%", "fünf/sechs", "it's", "x=y", "a+b&c", "%20", "{brace}", "[x]*?", ""]


def tables_in(folder: Path) -> Tables:
    return Tables(open_root(folder))


def filled(tables: Tables, *names: str) -> Tables:
    for name in names:
        rows = daily_visits(DAYS, source=name, flags=("estimated",) if name == "gates" else ())
        tables.append(OBSERVATIONS, to_arrow(rows, OBSERVATIONS))
    return tables


def found(scan: TableScan) -> pa.Table:
    """What DuckDB reads."""
    everything = translated({}, table_named("observations", scan.schema).distinct())
    (rows,) = DUCKDB.run({}, everything.results, {"observations": scan})
    return in_order(rows)


def stored(tables: Tables, *names: str, columns: list[str] = OBSERVATION_COLUMNS) -> pa.Table:
    """What deltalake reads."""
    listed = ", ".join(map(sql_literal, names))
    return in_order(tables.read(OBSERVATIONS, f"source IN ({listed})", columns))


def in_order(rows: pa.Table) -> pa.Table:
    keys = [(name, "ascending") for name in ("source", "metric", "entity", "start") if name in rows.column_names]
    nullable = pa.schema([field.with_nullable(True) for field in rows.schema])
    return rows.cast(nullable).sort_by(keys).combine_chunks()


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["plain", "with space", "it's", "100%", "{old}"])
def test_files_are_read_as_the_table_would_be_whatever_the_names(tmp_path: Path, folder: str) -> None:
    names = [name for name in NAMES if name]
    tables = filled(tables_in(tmp_path / folder), *names)
    for wanted in (names, names[:2], ["50%"], ["[x]*?"]):
        scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, wanted)
        assert found(scan) == stored(tables, *wanted)
        assert found(scan).num_rows == 3 * len(wanted)
        assert in_order(scan.batches().read_all()) == stored(tables, *wanted)


def test_only_the_files_of_the_wanted_sources_are_named(tmp_path: Path) -> None:
    tables = filled(tables_in(tmp_path), "gates", "doors", "web")
    scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, {"gates", "web", "unknown"})
    assert scan.files is not None
    assert [(source, len(paths)) for source, paths in scan.files] == [("gates", 2), ("web", 2)]
    assert all(f"source={source}/" in path for source, paths in scan.files for path in paths)


def test_only_the_wanted_columns_are_read(tmp_path: Path) -> None:
    tables = filled(tables_in(tmp_path), "gates")
    columns = ["source", "entity", "start"]
    assert found(scan_table(tables, OBSERVATIONS, columns, {"gates"})) == stored(tables, "gates", columns=columns)


@pytest.mark.parametrize("written", [False, True])
def test_a_table_without_rows_of_the_sources_is_empty_with_its_types(tmp_path: Path, written: bool) -> None:
    tables = filled(tables_in(tmp_path), "doors") if written else tables_in(tmp_path)
    for sources in ({"gates"}, set[str]()):
        scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, sources)
        assert found(scan).num_rows == scan.batches().read_all().num_rows == 0
        assert found(scan).schema == scan.schema


def test_a_column_that_older_files_lack_is_null_there(tmp_path: Path) -> None:
    tables = tables_in(tmp_path)
    old = to_arrow(daily_visits(DAYS[:1], source="gates"), OBSERVATIONS).drop_columns(["flags"])
    write_deltalake(tables.uri(OBSERVATIONS), old, partition_by=["source", "month"])
    scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, {"gates"})
    assert found(scan)["flags"].to_pylist() == [None]
    rows = to_arrow(daily_visits(DAYS[1:], source="gates", flags=("estimated",)), OBSERVATIONS)
    flags = OBSERVATIONS.arrow.get_field_index("flags")
    tables.append(OBSERVATIONS, rows.cast(rows.schema.set(flags, rows.schema.field(flags).with_nullable(True))))
    scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, {"gates"})
    assert found(scan)["flags"].to_pylist() == [None, ["estimated"], ["estimated"]]
    assert found(scan) == in_order(scan.batches().read_all())


def test_a_table_that_only_a_newer_reader_knows_is_left_to_deltalake(tmp_path: Path) -> None:
    tables = filled(tables_in(tmp_path), "gates")
    delta = tables.open(OBSERVATIONS)
    assert delta is not None
    delta.alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, {"gates"})
    assert scan.files is None


@pytest.mark.parametrize("fault", ["cut", "gone"])
def test_a_damaged_file_is_an_error_that_names_the_doctor(tmp_path: Path, fault: str) -> None:
    tables = filled(tables_in(tmp_path), "gates")
    scan = scan_table(tables, OBSERVATIONS, OBSERVATION_COLUMNS, {"gates"})
    assert scan.files is not None
    path = Path(scan.files[0][1][0])
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        path.unlink()
    with pytest.raises(RetryableError, match=r"observations: the table cannot be read .*kmi doctor"):
        found(scan)


def test_days_are_days(tmp_path: Path) -> None:
    tables = filled(tables_in(tmp_path), "gates")
    rows = found(scan_table(tables, OBSERVATIONS, ["source", "start", "end"], {"gates"}))
    assert rows["start"].to_pylist()[0] == date(2026, 1, 31)
