"""docs/reported-faults.md: each report has an address and a test that is there."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs/reported-faults.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| What was reported"))
]
REPORT = re.compile(r"\[[^\]]+ ?[0-9]+\]\(https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/[0-9]+\)")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_reported_fault_has_its_addresses_and_a_test(row: list[str]) -> None:
    _, reports, here, test = row
    assert all(REPORT.fullmatch(report) for report in reports.split(", "))
    assert here
    path, _, name = test.strip("`").partition("::")
    assert re.search(rf"^def {name}\(", (CHECKOUT / path).read_text(encoding="utf-8"), re.MULTILINE), test


def test_no_report_is_listed_twice_and_each_label_has_its_number() -> None:
    found = re.findall(r"\[[^\]]*?([0-9]+)\]\((https://[^)]+)\)", PAGE)
    assert len(found) == len({address for _, address in found}) > 40
    assert all(address.endswith(f"/{number}") for number, address in found)
