import gc
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from pydantic import BaseModel, ValidationError

from sources.files.location import DeliveredFile, Location, natural_order, read_files
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheet
from sources.web.session import Session
from tests.loopback import ReceivedRequest, Reply, serve
from warehouse.errors import ConfigError, MissingExtraError, RefusedError, ShapeError

TABLES = ("*.csv", "*.xlsx")


class Settings(BaseModel):
    path: Location


def located(text: str, base: Path | None = None) -> str:
    return Settings.model_validate({"path": text}, context={"base": base} if base else None).path


def read(location: str | Path, patterns: tuple[str, ...] = TABLES) -> list[DeliveredFile]:
    return list(read_files(str(location), patterns, Session(lambda _: "", retries=0)))


def names(location: str | Path) -> list[str]:
    return [file.name for file in read(location)]


def test_a_relative_path_starts_from_the_plan(tmp_path: Path) -> None:
    assert located("counts/*.csv", tmp_path) == str(tmp_path / "counts" / "*.csv")
    assert located(str(tmp_path / "a.csv"), tmp_path / "elsewhere") == str(tmp_path / "a.csv")
    assert located("a.csv") == "a.csv"


@pytest.mark.parametrize("address", ["https://example.org/a.csv", "s3://bucket/a.csv", "gs://bucket/a", "az://box/a"])
def test_an_address_stays_as_it_is(address: str, tmp_path: Path) -> None:
    assert located(address, tmp_path) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [("ftp://example.org/a.csv", "ftp://.*cannot be read"), ("file:///a.csv", "cannot be read"), (" ", "is empty")],
)
def test_what_is_no_location_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        located(text)


def test_a_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    assert read(tmp_path / "a.csv") == [DeliveredFile("a.csv", b"x", None, None)]


def test_a_folder_gives_what_the_source_reads_in_natural_order(tmp_path: Path) -> None:
    for name in ("v10.csv", "v9.CSV", "v1.xlsx", "notes.txt", ".hidden.csv", "~$v1.xlsx", "half.csv.tmp", "v2.csv.gz"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.csv").mkdir()
    assert names(tmp_path) == ["v1.xlsx", "v9.CSV", "v10.csv"]


def test_a_pattern_may_cross_folders_and_read_any_suffix(tmp_path: Path) -> None:
    for name in ("2024/a.dat", "2025/a.dat", "2025/.b.dat", "2025/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path / "*" / "*.dat") == ["2024/a.dat", "2025/a.dat"]
    assert names(tmp_path / "**" / "*.csv") == ["2025/c.csv"]


def test_brackets_in_a_real_name_are_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "visits [final].csv").write_bytes(b"x")
    assert names(tmp_path / "visits [final].csv") == ["visits [final].csv"]


def test_nothing_found_says_what_to_do(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "no.csv", tmp_path / "no" / "*.csv"):
        with pytest.raises(ConfigError, match="correct 'path' in the plan"):
            read(missing)


def test_an_empty_file_is_delivered_and_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (file,) = read(tmp_path)
    with pytest.raises(ShapeError, match=r"a\.csv: the file is empty"):
        read_sheet(file.name, file.body, TableFormat())


def test_no_right_to_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")

    def locked(_: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", locked)
    with pytest.raises(RefusedError, match=r"a\.csv: the file may not be read: give"):
        read(tmp_path)


def test_a_file_that_goes_away_after_listing_is_left_out(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"x")
    found = read_files(str(tmp_path), TABLES, Session(lambda _: ""))
    assert next(found).name == "a.csv"
    (tmp_path / "b.csv").unlink()
    assert list(found) == []


def test_natural_order_counts_numbers_as_numbers() -> None:
    assert sorted(["log.10", "log", "log.2", "Log.1", "10", "9", "a²"], key=natural_order) == [
        "9",
        "10",
        "a²",
        "log",
        "Log.1",
        "log.2",
        "log.10",
    ]


def visits_only(received: ReceivedRequest) -> Reply:
    return (
        Reply(b"Library,2024-01\n", headers={"ETag": '"v1"'})
        if received.path == "/visits.csv"
        else Reply(b"nothing", 404)
    )


def test_an_address_is_read_and_named_without_its_secret() -> None:
    with serve(visits_only) as site:
        (file,) = read(f"{site.url}/visits.csv?token=abcdef123456")
        assert (file.body, file.etag) == (b"Library,2024-01\n", '"v1"')
        assert "abcdef123456" not in file.name
        assert file.name.startswith(f"{site.url}/visits.csv")
        with pytest.raises(RefusedError):
            read(f"{site.url}/gone.csv")


@pytest.fixture
def bucket() -> Iterator[str]:
    """A bucket with a few files on a server on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # moto leaves its own data files open as it is imported
        from moto.server import ThreadedMotoServer

        gc.collect()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    environment = {
        "ACCESS_KEY_ID": "key",
        "SECRET_ACCESS_KEY": "secret",
        "ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "ALLOW_HTTP": "true",
        "DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(f"AWS_{name}", value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="library")
        for key in ("in/v10.csv", "in/v9.csv", "in/notes.txt", "in/old/v1.csv", "in/.v.csv"):
            client.put_object(Bucket="library", Key=key, Body=key.encode())
        yield "s3://library"
    server.stop()


def test_an_object_store_is_read_like_a_folder(bucket: str) -> None:
    assert [file.body for file in read(f"{bucket}/in/")] == [b"in/v9.csv", b"in/v10.csv"]
    assert names(f"{bucket}/in/*/*.csv") == [f"{bucket}/in/old/v1.csv"]
    (file,) = read(f"{bucket}/in/notes.txt")
    assert file.name == f"{bucket}/in/notes.txt"
    assert file.etag
    for missing in (f"{bucket}/in/none.csv", f"{bucket}/none/*.csv", "s3://nobody/in/"):
        with pytest.raises(ConfigError, match="correct 'path'"):
            read(missing)


def test_a_file_in_an_object_store_without_its_library_names_the_extra(without_obstore: None) -> None:
    with pytest.raises(MissingExtraError, match=r"km-indicators\[gcs\]") as caught:
        read("gs://library/in/*.csv")
    assert caught.value.where == "gs://library/in/*.csv"
