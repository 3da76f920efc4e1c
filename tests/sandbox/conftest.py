"""One running sandbox for all its tests; each begins without faults and with an empty log."""

from collections.abc import Iterator
from datetime import date

import pytest

from sandbox.server import Sandbox, serve

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with serve(TODAY, 1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    _running.behave()
    _running.requests.clear()
    return _running
