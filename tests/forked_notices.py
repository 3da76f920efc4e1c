"""Real processes that tell what is to be told, and can be killed at it.

``python -m tests.forked_notices`` is the driver behind ``ForkedNotices``: it imports everything once and forks a process for each telling.
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
from flows.steps.notify import notify
from plan.secret_resolver import resolver
from tests.forked_runs import CHECKOUT, clean_environment


class ForkedNotices:
    """A process that forks one telling after the other; ``environment`` has the addresses."""

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
        """Start a telling; the id of its process."""
        return int(self._talk(plan=str(plan), now=now.isoformat()))

    def end(self) -> int:
        """Wait for it; its exit code, or minus the signal."""
        return int(self._talk())

    def _talk(self, **said: str) -> Any:
        if self._driver.stdin is None or self._driver.stdout is None:
            raise AssertionError("the driver was started without pipes")
        self._driver.stdin.write(json.dumps(said) + "\n")
        self._driver.stdin.flush()
        return json.loads(self._driver.stdout.readline())


def kill(process: int) -> None:
    """One that has ended is a zombie until it is waited for, so the id is still its own."""
    os.kill(process, signal.SIGKILL)


def _drive() -> None:
    """A line with a plan forks a telling and is answered with its process; an empty one waits for it and is answered with its end."""
    import apprise  # noqa: F401 - paid once

    child = 0
    for line in sys.stdin:
        said = json.loads(line)
        if said:
            child = os.fork()
            if not child:
                _tell_and_exit(Path(said["plan"]), datetime.fromisoformat(said["now"]))
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _tell_and_exit(plan: Path, now: datetime) -> None:
    code = 70
    try:
        notify(
            open_context(
                plan, plan.parent / "warehouse", resolve=resolver(os.environ), log=lambda _: None, clock=lambda: now
            )
        )
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    _drive()
