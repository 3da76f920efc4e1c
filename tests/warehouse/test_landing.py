"""Landed bytes come back as they were received, and a source reads them again without the network."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from obstore.store import MemoryStore

from plan.load import load_plan
from sources.contract import RawPage
from sources.stored_body import FileBody, SpooledBody
from tests.plan_texts import write_plan
from warehouse import landing
from warehouse.errors import RetryableError
from warehouse.landing import land, landed
from warehouse.object_root import ObjectRoot
from warehouse.root import LocalRoot, open_root
from warehouse.schema import Window

WINDOW = Window(date(2026, 1, 1), date(2026, 3, 2))
AT = datetime(2026, 3, 2, 6, 0, 0, 123456, tzinfo=UTC)
PAGES = [
    RawPage("gates", WINDOW, 0, "visits.csv", 200, AT, b"Library,2026-01\nHill,10\n", '"v1"', None),
    RawPage(
        "gates",
        WINDOW,
        1,
        "more.csv",
        200,
        AT,
        b"Library,2026-02\nHill,\x31\x32\n",
        None,
        "Mon, 02 Mar 2026 06:00:00 GMT",
    ),
]


def test_a_landed_page_is_the_page_that_was_received(tmp_path: Path) -> None:
    root = open_root(tmp_path)
    assert land(root, "p1", PAGES) == "raw/gates/p1.parquet"
    assert [{**row} for row in landed(root, "gates", "p1")] == [asdict(page) | {"window": WINDOW} for page in PAGES]


def test_landed_pages_parse_again_to_the_same_observations(tmp_path: Path) -> None:
    root, source = open_root(tmp_path), load_plan(write_plan(tmp_path)).sources["gates"]
    land(root, "p1", PAGES)
    again = source.parse([RawPage(**row) for row in landed(root, "gates", "p1")])  # type: ignore[arg-type]
    assert again.observations.equals(source.parse(PAGES).observations)
    assert list(again.observations["value"]) == [10, 12]


def test_a_pull_without_pages_lands_nothing(tmp_path: Path) -> None:
    assert land(open_root(tmp_path), "p1", []) is None
    with pytest.raises(FileNotFoundError):
        landed(open_root(tmp_path), "gates", "p1")


def test_a_large_body_is_landed_in_parts_and_comes_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "PART_BYTES", 10)
    large, empty = (SpooledBody.of_blocks([text]) for text in (b"0123456789" * 5 + b"end", b""))
    pages = [PAGES[0], replace(PAGES[1], content=large), replace(PAGES[1], sequence=2, content=empty)]
    store = ObjectRoot("memory:///")
    store.store = MemoryStore()
    for root in (open_root(tmp_path), store):
        land(root, "p1", pages)
        rows = landed(root, "gates", "p1")
        assert [row["content"] for row in rows] == [PAGES[0].body, b"0123456789" * 5 + b"end", b""]
        assert [RawPage(**row).url for row in rows] == [page.url for page in pages]  # type: ignore[arg-type]
    assert pq.read_metadata(tmp_path / "raw/gates/p1.parquet").num_rows == 8


def test_a_large_body_that_changes_on_the_way_lands_nothing(tmp_path: Path) -> None:
    log, root = tmp_path / "access.log", open_root(tmp_path / "warehouse")
    log.write_bytes(b"line\n" * 1_000)
    page = replace(PAGES[1], content=FileBody.found(log))
    log.write_bytes(b"other\n" * 1_000)
    with pytest.raises(RetryableError, match="written anew"):
        land(root, "p1", [page])
    assert [path for path in (tmp_path / "warehouse").rglob("*") if path.is_file()] == []


def test_a_large_file_that_does_not_read_back_the_same_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.root.file_digest", lambda _: b"other")
    root = LocalRoot(tmp_path)
    with pytest.raises(RetryableError, match="does not read back the same"):
        root.write_from("raw/gates/p1.parquet", lambda file: file.writelines([b"a", b"b"]))
    assert root.list("raw") == []
    assert not [*tmp_path.rglob("*.part")]
