"""The same plan with its warehouse on an S3-compatible server publishes the same tables."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from tests.changing_library import expected_rows, write_library
from tests.object_store import object_store
from tests.warehouse_contents import observation_rows, published_contents, warehouse_contents
from warehouse.lock import LOCK_PATH
from warehouse.root import open_root
from warehouse.tables import Tables

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with object_store() as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield address


def kmi(plan: Path, warehouse: str, command: str, *more: str) -> Result:
    return CliRunner().invoke(main, [command, "--plan", str(plan), "--warehouse", warehouse, *more])


def test_a_warehouse_on_an_object_store_is_the_same_as_one_on_a_disk(tmp_path: Path, store: str) -> None:
    addresses = [str(tmp_path / "warehouse"), f"{store}/warehouse"]
    for number in range(3):
        plan = write_library(tmp_path, number)
        for address in addresses:
            done = kmi(plan, address, "run", "--now", f"2026-03-02T12:0{number}:00")
            assert done.exit_code == 0, done.output
    local, remote = addresses
    assert observation_rows(Tables(open_root(remote))) == expected_rows(2)
    assert warehouse_contents(Tables(open_root(remote))) == warehouse_contents(Tables(open_root(local)))
    assert published_contents(remote) == published_contents(local)
    package = [json.loads(open_root(address).read("published/datapackage.json")) for address in addresses]
    assert [one["path"] for one in package[0]["resources"]] == [one["path"] for one in package[1]["resources"]]
    verdicts = [json.loads(kmi(plan, address, "status", "--json").stdout)["verdicts"] for address in addresses]
    assert verdicts[0] == verdicts[1]
    assert "gates" in kmi(plan, remote, "status", "--sources").output
    with pytest.raises(FileNotFoundError):
        open_root(remote).read(LOCK_PATH)


@pytest.mark.parametrize("command", ["run", "status", "refused"])
def test_a_bucket_that_is_not_there_is_said_in_one_line(tmp_path: Path, store: str, command: str) -> None:
    plan = write_library(tmp_path, 0)
    done = kmi(plan, "s3://nowhere/warehouse", command)
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code in (1, 2)
    assert "s3://nowhere/warehouse" in done.output
