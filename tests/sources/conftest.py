"""A running sandbox for one test module, at its ``NOW`` and with its ``SEED``; each test begins without faults."""

from collections.abc import Iterator
from datetime import date

import pytest

from sandbox.server import Sandbox, serve


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), getattr(request.module, "SEED", 5)) as sandbox:
        sandbox.clock.now = request.module.NOW
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.behave()
    running.requests.clear()
    running.providers.clear()
    return running
