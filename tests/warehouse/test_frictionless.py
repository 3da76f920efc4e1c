"""What is published is valid for Frictionless: the description, and every row by its types, keys and references."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from frictionless import Package, Resource

from tests.star_library import published_star

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_star(tmp_path_factory.mktemp("frictionless"))


def described_rows(folder: Path, resource: dict[str, Any]) -> Resource:
    """The rows of a file under its description. Frictionless reads Parquet by a library that we do not have."""
    table = pq.read_table(folder / resource["path"])
    rows = [table.column_names, *(list(row.values()) for row in table.to_pylist())]
    return Resource.from_descriptor({"name": resource["name"], "data": rows, "schema": resource["schema"]})


def test_the_description_is_valid(folder: Path) -> None:
    report = Package.validate_descriptor(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])


def test_every_row_fits_its_description(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = [described_rows(folder, one) for one in package["resources"]]
    report = Package(resources=resources).validate()
    assert report.valid, report.flatten(["name", "type", "note"])
    assert sum(len(one.data) for one in resources) > 1000  # type: ignore[arg-type]


def test_a_row_that_refers_to_nothing_is_found(folder: Path) -> None:
    """So that the test above can fail."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = {one["name"]: described_rows(folder, one) for one in package["resources"]}
    periods = resources["periods"]
    assert isinstance(periods.data, list)
    periods.data[1][0] = "nobody"
    report = Package(resources=list(resources.values())).validate()
    assert {kind for (kind,) in report.flatten(["type"])} == {"foreign-key"}
