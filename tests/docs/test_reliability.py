"""docs/reliability.md names tests that exist, and limits that are those of the code."""

import re
from pathlib import Path

import pytest

from plan.positions import MAX_BYTES, MAX_LEVELS, MAX_PARTS
from sources.contract import SourceSettings
from sources.files import limits
from sources.json_values import MAX_DEPTH
from sources.web.request import Limits

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = (CHECKOUT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(test_\w+)`", TEXT)


@pytest.fixture(scope="module")
def known() -> set[str]:
    files = (CHECKOUT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))}


def test_each_test_that_the_page_names_exists(known: set[str]) -> None:
    assert len(NAMED) >= 25
    assert [name for name in NAMED if name not in known] == []


def test_each_promise_names_a_test_and_its_count() -> None:
    rows = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("|") and "---" not in line]
    promises = [row for row in rows if len(row) == 3 and row[0].strip() != "promise"]
    assert promises
    assert all("`test_" in tests and cases.strip() for _, tests, cases in promises)


def test_the_limits_are_those_of_the_code() -> None:
    for number in (
        SourceSettings.model_fields["deadline_minutes"].default, Limits().max_bytes, limits.MAX_UNPACKED_BYTES,
        limits.SMALL_BYTES, limits.MAX_RATIO, limits.MAX_LAYERS, limits.MAX_MEMBERS, limits.MAX_COLUMNS,
        limits.MAX_CELLS, limits.MAX_SHEET_CELLS, limits.MAX_LINE_BYTES, MAX_DEPTH, MAX_LEVELS, MAX_PARTS, MAX_BYTES,
    ):  # fmt: skip
        assert re.search(rf"\b{number:,}\b", TEXT), number
