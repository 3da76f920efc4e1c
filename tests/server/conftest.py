"""One Prefect server, worker and set of the committed deployments for all tests that are marked ``server``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.prefect_server import Prefect, clean_environment, serving


@pytest.fixture(scope="session")
def prefect_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_home(prefect_folder: Path) -> Iterator[None]:
    """Keeps Prefect, imported into this process, away from the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(prefect_folder / "home"))
        yield


@pytest.fixture(scope="session")
def worker_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the plan in the worker's environment: the test that runs it writes it."""
    return tmp_path_factory.mktemp("plan") / "plan.yaml"


@pytest.fixture(scope="session")
def prefect(prefect_folder: Path, worker_plan: Path) -> Iterator[Prefect]:
    """The server with the committed deployments; its worker knows only where the plan and the warehouse are."""
    with serving(sys.executable, prefect_folder, clean_environment(), worker_plan) as server:
        yield server
