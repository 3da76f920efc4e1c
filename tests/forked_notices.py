"""Real processes that send notices, and can be killed while they do.

``python -m tests.forked_notices`` is the driver behind ``ForkedNotices``: it imports everything once and forks a
process for each run of ``notify``.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from flows.steps.context import open_context
from plan.secret_resolver import resolver
from tests.forked_runs import CHECKOUT, clean_environment
from tests.one_branch_library import notify_published


class ForkedNotices:
    """A process that forks one run of ``notify`` after the other; ``environment`` holds the addresses."""

    def __init__(self, **environment: str) -> None:
        self.environment = clean_environment() | environment

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.forked_notices"]
        self._driver = subprocess.Popen(
            command, cwd=CHECKOUT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.communicate()

    def begin(self, plan: Path, now: datetime) -> int:
        """Start a run; returns the id of its process."""
        return int(self._talk(plan=str(plan), now=now.isoformat()))

    def end(self) -> int:
        """Wait for the run; returns its exit code, or minus the signal."""
        return int(self._talk())

    def _talk(self, **request: str) -> Any:
        if self._driver.stdin is None or self._driver.stdout is None:
            raise AssertionError("the driver was started without pipes")
        self._driver.stdin.write(json.dumps(request) + "\n")
        self._driver.stdin.flush()
        return json.loads(self._driver.stdout.readline())


def kill(process: int) -> None:
    """Kill a forked run. One that has ended is a zombie until it is waited for, so its id is still its own."""
    os.kill(process, signal.SIGKILL)


def _drive() -> None:
    """Answer a line with a plan with the id of a forked run, and an empty line with the exit code of that run."""
    import apprise  # noqa: F401 - paid once

    child = 0
    for line in sys.stdin:
        request = json.loads(line)
        if request:
            child = os.fork()
            if not child:
                _notify_and_exit(Path(request["plan"]), datetime.fromisoformat(request["now"]))
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _notify_and_exit(plan: Path, now: datetime) -> None:
    code = 70
    try:
        notify_published(
            open_context(
                plan, plan.parent / "warehouse", resolve=resolver(os.environ), log=lambda _: None, clock=lambda: now
            )
        )
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    _drive()
