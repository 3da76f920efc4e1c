"""Two runs of one warehouse never overlap, and a dead one holds nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.errors import RetryableError
from warehouse.lock import hold_lock
from warehouse.root import LocalRoot

HOLD = """
import pathlib, sys, time
from warehouse.lock import hold_lock
from warehouse.root import LocalRoot
with hold_lock(LocalRoot(pathlib.Path(sys.argv[1])), wait_s=0, log=print):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_declines_and_names_the_first(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    lines: list[str] = []
    with (
        pytest.raises(RetryableError, match=f"process {holder.pid} on .*--wait"),
        hold_lock(LocalRoot(tmp_path), wait_s=0.2, log=lines.append),
    ):
        pytest.fail("both hold the warehouse")
    assert len(lines) == 1
    assert f"process {holder.pid}" in lines[0]


def test_a_killed_run_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with hold_lock(LocalRoot(tmp_path), wait_s=0, log=pytest.fail):
        assert f"process {os.getpid()}" in (tmp_path / "kmi.lock.holder").read_text()


def test_a_second_run_waits_for_its_turn(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with hold_lock(LocalRoot(tmp_path), wait_s=10, log=lambda _: order.append("waits")):
            order.append("second")

    with hold_lock(LocalRoot(tmp_path), wait_s=0, log=pytest.fail):
        thread = threading.Thread(target=second)
        thread.start()
        while "waits" not in order:
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["waits", "first", "second"]
