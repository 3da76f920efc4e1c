"""Delta tables: what goes in comes out, and old files go."""

from errno import ENOSPC
from os import strerror
from pathlib import Path

import pytest

from tests.observation_rows import daily_visits
from warehouse import tables as module
from warehouse.errors import RetryableError
from warehouse.frames import to_arrow, to_pandas
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, PULLS
from warehouse.tables import Tables, matching


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(open_root(tmp_path))


def test_a_table_that_was_never_written_is_empty_and_has_every_column(tables: Tables) -> None:
    empty = tables.read(PULLS)
    assert (empty.num_rows, empty.schema.names) == (0, PULLS.names)
    assert tables.version(PULLS) == -1


def test_flags_come_back_as_tuples_and_unknown_values_as_unknown(tables: Tables) -> None:
    tables.append(
        OBSERVATIONS, to_arrow(daily_visits([("2026-01-01", "Hill", None)], flags=("halved", "partial")), OBSERVATIONS)
    )
    row = to_pandas(tables.read(OBSERVATIONS)).iloc[0]
    assert row["flags"] == ("halved", "partial")
    assert row["value"] != row["value"]
    assert tables.read(OBSERVATIONS)["value"].null_count == 1


def test_a_quote_in_a_name_is_no_part_of_the_query(tables: Tables) -> None:
    tables.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-01", "Hill", 1)], source="o'brien"), OBSERVATIONS))
    assert tables.read(OBSERVATIONS, matching(source="o'brien")).num_rows == 1
    assert tables.read(OBSERVATIONS, matching(source="x' OR '1'='1")).num_rows == 0


def test_the_log_is_read_once_and_every_later_commit_is_seen(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, opened = Tables(open_root(tmp_path)), 0

    class Counted(module.DeltaTable):
        def __init__(self, uri: str) -> None:
            nonlocal opened
            opened += 1
            super().__init__(uri)

    assert tables.open(OBSERVATIONS) is None
    other.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-01", "Hill", 1)]), OBSERVATIONS))
    monkeypatch.setattr(module, "DeltaTable", Counted)
    assert [tables.read(OBSERVATIONS).num_rows, tables.version(OBSERVATIONS), opened] == [1, 0, 1]
    monkeypatch.setattr(module, "DeltaTable", Counted.__base__)
    other.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-02", "Hill", 2)]), OBSERVATIONS))
    tables.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-03", "Hill", 3)]), OBSERVATIONS))
    monkeypatch.setattr(module, "DeltaTable", Counted)
    assert [tables.read(OBSERVATIONS).num_rows, tables.version(OBSERVATIONS), opened] == [3, 2, 1]


def test_a_full_disk_is_said_to_be_full(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(f"Generic LocalFileSystem error: Unable to write: {strerror(ENOSPC)} (os error 28)")

    monkeypatch.setattr(module, "write_deltalake", full)
    with pytest.raises(RetryableError, match=r"the disk is full: free some space, then run again"):
        tables.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-01", "Hill", 1)]), OBSERVATIONS))


def test_tidying_joins_small_files_and_loses_nothing(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIDY_EVERY", 5)
    for day in range(1, 8):
        tables.append(OBSERVATIONS, to_arrow(daily_visits([(f"2026-01-0{day}", "Hill", day)]), OBSERVATIONS))
    before = tables.read(OBSERVATIONS).num_rows
    delta = tables.open(OBSERVATIONS)
    assert delta is not None
    assert len(delta.file_uris()) == 7
    tables.tidy(OBSERVATIONS, since=5)  # no fifth commit since then
    assert tables.version(OBSERVATIONS) == 6
    tables.tidy(OBSERVATIONS, since=3)
    delta = tables.open(OBSERVATIONS)
    assert delta is not None
    assert len(delta.file_uris()) == 1
    assert tables.read(OBSERVATIONS).num_rows == before == 7


def test_a_damaged_table_is_a_clear_error(tables: Tables, tmp_path: Path) -> None:
    tables.append(OBSERVATIONS, to_arrow(daily_visits([("2026-01-01", "Hill", 1)]), OBSERVATIONS))
    for file in (tmp_path / "tables" / "observations").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(RetryableError, match="tables/observations"):
        tables.read(OBSERVATIONS)
