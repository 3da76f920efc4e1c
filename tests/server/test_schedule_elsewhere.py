"""The scheduler's test once more: on PostgreSQL, and in an environment resolved anew from the wheel's metadata."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.server.prefect_server import CHECKOUT, clean_environment, free_port, serving
from tests.server.scheduled import nights, run_on_schedule

OWNER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user."""


def postgresql() -> Path:
    """The folder of PostgreSQL's programs, or a skip where there are none."""
    folders, found = sorted(Path("/usr/lib/postgresql").glob("*/bin")), shutil.which("initdb")
    if not folders and found is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    return folders[-1] if folders else Path(str(found)).resolve().parent


def as_owner(*command: str | Path, folder: Path) -> None:
    """Run one of PostgreSQL's programs, not as root."""
    lower = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*lower, *map(str, command)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server of its own."""
    programs, port = postgresql(), free_port()
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


@pytest.mark.slow
@pytest.mark.server
def test_a_scheduled_run_is_completed_with_a_server_on_postgresql(database: str, tmp_path: Path) -> None:
    environment = {**clean_environment(), "PREFECT_SERVER_DATABASE_CONNECTION_URL": database}
    with serving(sys.executable, tmp_path, environment, tmp_path / "plan.yaml") as prefect:
        assert set(nights(prefect)) == {"05:00"}
        run = run_on_schedule(prefect, tmp_path / "library")
        assert run.state == "COMPLETED", run.everything
        assert prefect.errors() == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with our wheel and the newest versions that its metadata allow: no lock."""
    folder = tmp_path_factory.mktemp("installed")
    python, uv = folder / "venv" / "bin" / "python", CHECKOUT / ".venv-uv" / "bin" / "uv"
    succeed([sys.executable, "-m", "venv", folder / "venv"], folder)
    install = [uv, "pip", "install", "--python", python] if uv.exists() else [python, "-m", "pip", "install"]
    succeed([*install, CHECKOUT], folder)  # builds the wheel first
    return python


def succeed(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.server
def test_a_scheduled_run_is_completed_with_the_newest_versions_that_we_allow(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path, clean_environment(), tmp_path / "plan.yaml") as prefect:
        assert set(nights(prefect)) == {"05:00"}
        run = run_on_schedule(prefect, tmp_path / "library")
        assert run.state == "COMPLETED", run.everything
        assert prefect.errors() == []


@pytest.mark.slow
def test_the_demo_runs_with_the_newest_versions_that_we_allow(installed: Path, tmp_path: Path) -> None:
    shown = succeed([installed.with_name("kmi"), "demo", "--folder", tmp_path / "demo"], tmp_path)
    assert "Visits to the library, all branches" in shown
