"""The scheduler's test once more: on PostgreSQL, and in an environment resolved anew from the wheel's metadata."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.server.postgresql import empty_database, postgresql
from tests.server.prefect_server import CHECKOUT, clean_environment, serving
from tests.server.scheduled import nights, run_on_schedule


@pytest.fixture
def database() -> Iterator[str]:
    programs = postgresql()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with empty_database(programs) as address:
        yield address


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
