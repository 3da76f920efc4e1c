"""What every test may use. Sockets are closed but to loopback; the public data beside the checkout are optional."""

import gc
import socket
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

gc.set_threshold(50_000, 20, 20)  # as on the command line
# How long a case takes says more of the machine than of the code.
settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("thorough", deadline=None)
settings.load_profile("thorough")

TESTS = Path(__file__).parent
SERVER = "tests/server"
LONGEST_FIRST = ("server", "flows", "transforms", "warehouse", "providers", "docs", "reports", "real", "sandbox")
SLOW_FOLDERS = {"real", "sandbox"}
"""The public data, and the simulators, which every source is tested against anyway."""
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=12, help="how many runs tests/flows/test_kills.py kills")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays with one process, and all tests of the Prefect server with another: they share one."""
    from xdist.scheduler.loadfile import LoadFileScheduling

    class ByFileAndServer(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return SERVER if file.startswith(SERVER) else file

    return ByFileAndServer(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts servers comes first, so that the many short tests fill the end on every core.

    First of the hooks, since `-m "not slow"` chooses by the marks that it finds.
    """
    for item in items:
        if SLOW_FOLDERS.intersection(_folders(item.path)):
            item.add_marker(pytest.mark.slow)
    items.sort(
        key=lambda item: min(
            (LONGEST_FIRST.index(name) for name in _folders(item.path) if name in LONGEST_FIRST),
            default=len(LONGEST_FIRST),
        )
    )


@cache
def _folders(path: Path) -> tuple[str, ...]:
    return path.relative_to(TESTS).parts[:-1]


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> None:
    """A test that would leave the machine fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise OSError(f"a test tried to reach {address[0]}; tests stay on this machine")
        return connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]


@pytest.fixture(autouse=True, scope="session")
def _plain_checks() -> Iterator[None]:
    """The row checks without Great Expectations, whose import takes seconds; tests/warehouse/test_checks.py has it."""
    from tests.plain_checks import failing_positions
    from warehouse import checks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "_unexpected", failing_positions)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A folder of the public data beside the checkout, or a skip where it is absent."""

    def folder(name: str) -> Path:
        if not (SHARED_DATA / name).is_dir():
            pytest.skip(f"the public data '{name}' are not beside this checkout")
        return SHARED_DATA / name

    return folder


@pytest.fixture
def without_obstore(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment without the extras ``s3``, ``gcs`` and ``azure``."""
    for name in {"obstore", "obstore.store", "obstore.exceptions"} | {
        name for name in sys.modules if name.split(".")[0] == "obstore"
    }:
        monkeypatch.setitem(sys.modules, name, None)
