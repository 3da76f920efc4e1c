"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from warehouse.errors import ConfigError, MissingExtraError, RefusedError, RetryableError
from warehouse.root import LocalRoot, open_root


def test_what_was_written_reads_back_and_is_listed(tmp_path: Path) -> None:
    root = open_root(tmp_path / "new" / "place")
    root.write({"published/a.parquet": b"one", "published/deep/b.parquet": b"two"})
    assert root.read("published/a.parquet") == b"one"
    assert root.list("published") == ["published/a.parquet", "published/deep/b.parquet"]
    assert root.list("raw") == []


def test_nothing_is_replaced_when_one_of_the_files_cannot_be_staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = LocalRoot(tmp_path)
    root.write({"a": b"old"})
    stage = LocalRoot._stage

    def full_disk(self: LocalRoot, target: Path, body: bytes) -> Path:
        if target.name == "b":
            raise RetryableError("could not write (No space left on device)", where=str(target))
        return stage(self, target, body)

    monkeypatch.setattr(LocalRoot, "_stage", full_disk)
    with pytest.raises(RetryableError, match="No space left"):
        root.write({"a": b"new", "b": b"new"})
    assert root.read("a") == b"old"


def test_a_sweep_removes_what_a_kill_left_half_written(tmp_path: Path) -> None:
    root = LocalRoot(tmp_path)
    root.write({"published/a.parquet": b"one"})
    (tmp_path / "published" / ".a.parquet.123.part").write_bytes(b"on")
    assert root.list("published") == ["published/a.parquet"]
    root.sweep()
    assert [path.name for path in (tmp_path / "published").iterdir()] == ["a.parquet"]


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "published").write_text("I am a file")
    with pytest.raises((RetryableError, RefusedError), match="published"):
        LocalRoot(tmp_path).write({"published/a.parquet": b"one"})


@pytest.mark.parametrize("address", ["ftp://library/w", "s4://bucket"])
def test_an_address_of_no_known_store_says_what_to_write(address: str) -> None:
    with pytest.raises(ConfigError, match="s3://bucket/prefix"):
        open_root(address)


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "s3"), ("gs", "gcs"), ("az", "azure")])
def test_an_object_store_without_its_library_names_the_extra(scheme: str, extra: str, without_obstore: None) -> None:
    with pytest.raises(MissingExtraError) as caught:
        open_root(f"{scheme}://bucket/warehouse")
    assert caught.value.where == f"{scheme}://bucket/warehouse"
    assert f"'km-indicators[{extra}]'" in caught.value.do
    assert f"uv sync --extra {extra}" in caught.value.do


def test_a_folder_needs_no_extra(tmp_path: Path, without_obstore: None) -> None:
    root = open_root(tmp_path)
    root.write({"a": b"one"})
    assert root.read("a") == b"one"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalRoot(tmp_path).read("published/none.parquet")
