"""An S3-compatible server on this machine."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_START_S = 180
"""A busy machine takes minutes for what takes seconds on a quiet one."""


@contextmanager
def object_store() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of an empty bucket on an S3-compatible server on loopback, and the environment that leads there.

    The server is a process of its own: deltalake 1.6 holds Python's lock while it reads a table's history, so a server
    in a thread of the same process could not answer.
    """
    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    keys = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            client = boto3.client(
                "s3",
                endpoint_url=address,
                aws_access_key_id="key",
                aws_secret_access_key="secret",
                region_name="us-east-1",
            )
            deadline = time.monotonic() + LONGEST_START_S
            while True:
                try:
                    client.create_bucket(Bucket="library")
                    break
                except BotoCoreError:
                    assert time.monotonic() < deadline, "the S3-compatible server did not start"
                    time.sleep(0.1)
            yield "s3://library", {**keys, "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true"}
        finally:
            server.kill()
