"""Bodies that are read from where they lie: the same bytes each time, or an error, never other ones."""

import os
from pathlib import Path

import pytest

from sources.files.location import read_files
from sources.stored_body import Content, FileBody, SpooledBody, opened, size_of, whole
from sources.web.session import Session
from warehouse.errors import RetryableError

BODY = b"".join(b"line %d\n" % n for n in range(1_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "access.log"
    file.write_bytes(BODY)
    return file


def read(content: Content, block: int = 100) -> bytes:
    with opened(content) as stream:
        return b"".join(iter(lambda: stream.read(block), b""))


def test_each_kind_of_body_gives_the_same_bytes_again_and_again(path: Path) -> None:
    for content in (BODY, FileBody.found(path), SpooledBody(lambda file: file.writelines([BODY]))):
        assert (read(content), read(content, 7_000), whole(content), size_of(content)) == (BODY, BODY, BODY, len(BODY))


def test_what_is_appended_later_belongs_to_the_next_run(path: Path) -> None:
    body = FileBody.found(path)
    with path.open("ab") as file:
        file.write(b"later\n")
    assert read(body) == BODY


def test_a_file_that_is_rotated_cut_written_anew_or_removed_is_an_error(path: Path) -> None:
    body = FileBody.found(path)
    copy = path.with_name("copy")
    copy.write_bytes(BODY)
    for change in (
        lambda: copy.replace(path),
        lambda: path.write_bytes(b"x" * len(BODY)),
        lambda: path.write_bytes(BODY[:-1]),
        lambda: path.write_bytes(b"0" + BODY),
        path.unlink,
    ):
        change()
        with pytest.raises(RetryableError, match="rotated, cut or written anew while the run read it"):
            read(body)


def test_a_file_that_is_cut_while_it_is_read_is_an_error(path: Path) -> None:
    path.write_bytes(BODY * 1_000)
    body = FileBody.found(path)
    with body.open() as stream:
        stream.read(100)
        os.truncate(path, 3_000_000)
        with pytest.raises(RetryableError, match="cut or written anew"):
            stream.read()


def test_a_spooled_body_leaves_no_file(path: Path) -> None:
    body = SpooledBody.of_blocks([b"a", b"b"])
    file = body._path
    assert whole(body) == b"ab"
    del body
    assert not file.parent.exists()


def test_of_many_files_only_so_much_is_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.files.location.HELD_BYTES", 20)
    for n in range(5):
        (tmp_path / f"{n}.csv").write_bytes(b"123456789")
    bodies = [file.body for file in read_files(str(tmp_path), ["*.csv"], Session(lambda _: ""))]
    assert [isinstance(body, bytes) for body in bodies] == [True, True, False, False, False]
    assert {whole(body) for body in bodies} == {b"123456789"}
