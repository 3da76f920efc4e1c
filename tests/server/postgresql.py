"""A PostgreSQL server of its own, for as long as it is needed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.prefect_server import free_port

OWNER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user."""


def postgresql() -> Path | None:
    """The folder of PostgreSQL's programs; None where there are none."""
    folders, found = sorted(Path("/usr/lib/postgresql").glob("*/bin")), shutil.which("initdb")
    if folders:
        return folders[-1]
    return Path(found).resolve().parent if found else None


def as_owner(*command: str | Path, folder: Path) -> None:
    """Run one of PostgreSQL's programs, not as root."""
    lower = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*lower, *map(str, command)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def empty_database(programs: Path) -> Iterator[str]:
    """The address of an empty database, for Prefect."""
    port = free_port()
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER)
    cluster = folder / "cluster"
    control = (programs / "pg_ctl", "-D", cluster, "-w", "-l", folder / "log")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    as_owner(programs / "initdb", "-D", cluster, "-U", "prefect", "-A", "trust", "--no-sync", folder=folder)
    as_owner(*control, "-o", options, "start", folder=folder)
    try:
        yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
    finally:
        as_owner(*control, "-m", "immediate", "stop", folder=folder)
        shutil.rmtree(folder)
