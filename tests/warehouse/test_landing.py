"""Landed bytes come back as they were received, and a source reads them again without the network."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from plan.load import load_plan
from sources.contract import RawPage
from tests.plan_texts import write_plan
from warehouse.landing import land, landed
from warehouse.root import open_root
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
