"""Without credentials that the library reads, the error names the variables to set."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from sources.files.location import read_files
from tests.loopback import quick_session
from warehouse.errors import RefusedError, error_from_missing_credentials
from warehouse.object_root import ObjectRoot

CONNECTION = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5;EndpointSuffix=core.windows.net"
AZURE = "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"
AMAZON = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")


def test_only_a_connection_string_names_the_two_variables_that_are_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", CONNECTION)
    for do in (
        lambda: ObjectRoot("az://container/kmi"),
        lambda: [*read_files("az://container/a.csv", [], quick_session())],
    ):
        with pytest.raises(RefusedError, match=AZURE) as caught:
            do()
        assert "AZURE_STORAGE_CONNECTION_STRING is not read" in str(caught.value)
        assert "a2V5" not in str(caught.value)


@pytest.mark.slow
def test_only_a_shared_credentials_file_names_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from obstore.store import from_url

    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    root = ObjectRoot("s3://bucket/kmi")
    root.store = from_url(root.address, retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)})
    with pytest.raises(RefusedError, match=AMAZON) as caught:
        root.read("lock")
    assert "shared credentials file and AWS_PROFILE are not read" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "fault", "names"),
    [
        ("abfss://c@a", "Error performing GET http://169.254.169.254/metadata/identity/oauth2/token", AZURE),
        ("s3a://b", "Error performing PUT http://169.254.169.254/latest/api/token in 2 s", AMAZON),
        ("gs://b", "GET http://metadata/computeMetadata/v1/instance", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_each_store_has_its_variables(address: str, fault: str, names: str) -> None:
    error = error_from_missing_credentials(address, fault)
    assert error is not None
    assert names in error.do
    assert error.where == address


def test_another_fault_of_a_store_is_not_about_credentials() -> None:
    assert error_from_missing_credentials("s3://b", "503 Slow Down") is None
