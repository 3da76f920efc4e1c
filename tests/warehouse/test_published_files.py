"""The published files: whole, with a stable schema and a description that matches them."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import root as root_module
from warehouse import schema
from warehouse.frames import to_arrow
from warehouse.published_files import CONTRACT_VERSION, Extract, publish
from warehouse.root import LocalRoot
from warehouse.schema import PUBLISHED_OBSERVATIONS, PUBLISHED_PERIODS, Table

TABLES = [getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_")]


def periods(value: float | None) -> dict[str, tuple[object, pa.Table]]:
    frame = pd.DataFrame(
        {
            "indicator_id": ["visits"],
            "start": pd.to_datetime(["2026-01-01"]),
            "end": pd.to_datetime(["2026-02-01"]),
            "value": [value],
            "completeness": [1.0],
            "provisional": [False],
            "expected": [None],
            "flags": [("halved",)],
            "as_of": [pd.Timestamp(datetime(2026, 2, 2, tzinfo=UTC))],
            "standard_error": [None],
            "value_low": [None],
            "value_high": [None],
            "whole": [value],
            "whole_low": [value],
            "whole_high": [value],
            "missing": [()],
            "chart_mean": [None],
            "chart_low": [None],
            "chart_high": [None],
            "chart_signal": [None],
            "chart_change": [None],
            "year_ago_value": [None],
            "year_ago_completeness": [None],
            "year_ago_change": [None],
            "year_ago_change_pct": [None],
        }
    )
    return {"periods": (PUBLISHED_PERIODS, to_arrow(frame, PUBLISHED_PERIODS))}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_types_are_those_that_bi_tools_know(table: Table) -> None:
    for column in table.columns:
        assert column.type in (
            pa.date32(),
            pa.timestamp("us", tz="UTC"),
            pa.list_(pa.string()),
            pa.float64(),
            pa.string(),
            pa.bool_(),
            pa.int64(),
        )
        assert column.description


def test_a_file_is_what_duckdb_and_pyarrow_read(tmp_path: Path) -> None:
    publish(LocalRoot(tmp_path), periods(None))  # type: ignore[arg-type]
    path = tmp_path / "published" / "periods.parquet"
    assert pq.read_schema(path).equals(PUBLISHED_PERIODS.arrow)
    rows = duckdb.sql(f"select value, flags, start from '{path}'").fetchall()
    assert rows == [(None, ["halved"], datetime(2026, 1, 1).date())]  # noqa: DTZ001  # only its day counts


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    root = LocalRoot(tmp_path)
    assert publish(root, periods(1.0)) == ["periods.parquet"]  # type: ignore[arg-type]
    before = (tmp_path / "published" / "periods.parquet").stat()
    assert publish(root, periods(1.0)) == []  # type: ignore[arg-type]
    assert (tmp_path / "published" / "periods.parquet").stat().st_ino == before.st_ino
    assert publish(root, periods(2.0)) == ["periods.parquet"]  # type: ignore[arg-type]


def test_a_damaged_file_is_mended_by_the_next_run(tmp_path: Path) -> None:
    root = LocalRoot(tmp_path)
    publish(root, periods(1.0))  # type: ignore[arg-type]
    (tmp_path / "published" / "periods.parquet").write_bytes(b"PAR1 and no more")
    assert publish(root, periods(1.0)) == ["periods.parquet"]  # type: ignore[arg-type]


def test_a_year_that_is_gone_takes_its_file_along(tmp_path: Path) -> None:
    root = LocalRoot(tmp_path)
    empty = (PUBLISHED_OBSERVATIONS, PUBLISHED_OBSERVATIONS.arrow.empty_table())
    publish(root, {"observations-2024": empty, "observations-2025": empty})
    publish(root, {"observations-2025": empty})
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [
        "datapackage.json",
        "observations-2025.parquet",
    ]


def test_the_description_has_hash_rows_and_every_column(tmp_path: Path) -> None:
    publish(LocalRoot(tmp_path), periods(1.0))  # type: ignore[arg-type]
    package = json.loads((tmp_path / "published" / "datapackage.json").read_text())
    assert all(resource["schema"]["missingValues"] == [] for resource in package["resources"]), "'' is a value"
    body = (tmp_path / "published" / "periods.parquet").read_bytes()
    (resource,) = package["resources"]
    assert package["version"] == CONTRACT_VERSION
    assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert (resource["rows"], resource["bytes"], resource["path"]) == (1, len(body), "periods.parquet")
    assert [(f["name"], f["type"]) for f in resource["schema"]["fields"]][:4] == [
        ("indicator_id", "string"),
        ("start", "date"),
        ("end", "date"),
        ("value", "number"),
    ]
    assert resource["schema"]["foreignKeys"][0]["reference"] == {"resource": "indicators", "fields": ["indicator_id"]}


def test_the_rows_of_an_extract_are_published_in_the_order_of_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sorted part by part while they are written: the whole is never in memory twice."""
    monkeypatch.setattr(root_module, "SORTED_ROWS", 2)
    ids, days = ["b", "a", "b", "a", "c"], [2, 2, 1, 1, 1]
    rows = to_arrow(
        pd.concat([periods(7.0)["periods"][1].to_pandas()] * 5).assign(
            indicator_id=ids, start=[pd.Timestamp(2026, 1, day) for day in days]
        ),
        PUBLISHED_PERIODS,
    )
    publish(LocalRoot(tmp_path), {}, {"periods": Extract(PUBLISHED_PERIODS, "file 1", lambda: rows)})
    found = pq.ParquetFile(tmp_path / "published" / "periods.parquet")
    assert found.num_row_groups == 3
    assert found.read(["indicator_id"])["indicator_id"].to_pylist() == ["a", "a", "b", "b", "c"]
    assert [day.day for day in found.read(["start"])["start"].to_pylist()] == [1, 2, 1, 2, 1]
    assert publish(LocalRoot(tmp_path), {}, {"periods": Extract(PUBLISHED_PERIODS, "file 1", lambda: rows)}) == []
