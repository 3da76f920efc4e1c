"""Run tests against mutants, each in a fork that imports it in its module's place."""

import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType
from typing import Any

from tools.mutants import Mutant

LEAST_SECONDS, TIMES_LONGER = 10, 5
"""A mutant may take so many seconds more, and so many times longer, than the tests without one."""
PYTEST = ["-x", "-p", "no:cacheprovider", "--assert=plain"]
EXAMPLES = 10
"""So many examples of each property: the same ones for every mutant, none shrunk."""
KILLED, SURVIVED, TIMED_OUT = "killed", "SURVIVED", "timed out"
LONGEST_WITHOUT = 1800
"""Seconds that the tests may take without a mutant."""


class Replacement(MetaPathFinder):
    """Imports ``code`` in place of one module; without code its import fails."""

    def __init__(self, module: str, path: Path, code: CodeType | None) -> None:
        self.module, self.path, self.code = module, path, code

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        if self.code is None:
            raise ImportError(f"{self.module} waits for its mutants")
        return spec_from_loader(fullname, Loader(fullname, str(self.path), self.code))


class Loader(SourceFileLoader):
    """Of one module; nothing is cached on disk."""

    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the loader serves one module
        return self.code


@dataclass
class Tests:
    """The nearest tests of a module: files, and by test its seconds and how many mutants it killed."""

    __test__ = False
    paths: Sequence[str]
    seconds: dict[str, float] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)

    def rank(self, test: str) -> tuple[int, float]:
        """What killed before comes first, then what is quick."""
        return -self.kills.get(test, 0), self.seconds.get(test, 0.0)

    def limit(self) -> int:
        return int(LEAST_SECONDS + TIMES_LONGER * sum(self.seconds.values()))


class Recorder:
    """A pytest plugin: orders the tests, notes their seconds and the first failure."""

    def __init__(self, tests: Tests) -> None:
        self.tests, self.failed, self.seconds = tests, "", dict[str, float]()

    def pytest_collection(self) -> None:
        """After the conftest files, before the tests are imported."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutate", deadline=None, derandomize=True, max_examples=EXAMPLES, database=None, phases=phases
        )
        settings.load_profile("mutate")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: self.tests.rank(item.nodeid))

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        self.failed = self.failed or (report.nodeid if report.failed else "")


@dataclass(frozen=True)
class Child:
    """A forked process that runs the tests, and the end of the pipe on which it reports."""

    pid: int
    pipe: int

    def report(self) -> dict[str, Any]:
        """What it wrote; waits for its end."""
        with os.fdopen(self.pipe) as pipe:
            text = pipe.read()
        report: dict[str, Any] = json.loads(text) if text else {}
        return report

    def ended(self, status: int) -> str:
        """How it ended, by the status that ``os.wait`` gives."""
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            return TIMED_OUT
        return SURVIVED if status == 0 else KILLED


def start(tests: Tests, replacement: Replacement | None, limit: int) -> Child:
    """Fork a process that runs the tests with a mutant in place of its module."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading)
    signal.alarm(limit)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    if replacement is not None:
        sys.meta_path.insert(0, replacement)
    import pytest

    recorder = Recorder(tests)
    code = pytest.main([*PYTEST, *tests.paths], plugins=[recorder])
    report = {"failed": recorder.failed}
    if replacement is None:
        report |= {"seconds": recorder.seconds, "modules": [*sys.modules]}  # type: ignore[dict-item]
    with os.fdopen(writing, "w") as pipe:
        json.dump(report, pipe)
    os._exit(int(code))


def measured(tests: Tests) -> list[str]:
    """Run the tests without a mutant: their seconds go into ``tests``; the modules that they import."""
    child = start(tests, None, LONGEST_WITHOUT)
    report = child.report()
    ended = child.ended(os.waitpid(child.pid, 0)[1])
    if ended != SURVIVED:
        raise SystemExit(
            f"the tests fail without a mutant ({report.get('failed') or 'none ran'}): make them pass first"
        )
    tests.seconds = report["seconds"]
    modules: list[str] = report["modules"]
    return modules


def preload(modules: Sequence[str], waiting: Replacement) -> None:
    """Import what the tests import and what does not depend on the module, so that a fork finds it there."""
    sys.meta_path.insert(0, waiting)
    for name in modules:
        if not name.startswith(("tests", "conftest", "__")):
            with suppress(Exception):  # a part of a package that is not to be imported by itself
                import_module(name)
    sys.meta_path.remove(waiting)
    gc.collect()
    gc.freeze()  # what no fork touches is shared by all of them


def run(file: Path, module: str, found: Sequence[Mutant], tests: Tests, jobs: int) -> Iterator[tuple[Mutant, str, str]]:
    """Each mutant, how it ended and the test that killed it."""
    limit = tests.limit()
    running: dict[int, tuple[Mutant, Child]] = {}
    todo = list(reversed(found))
    while todo or running:
        while todo and len(running) < jobs:
            mutant = todo.pop()
            child = start(tests, Replacement(module, file, mutant.code), limit)
            running[child.pid] = mutant, child
        pid, status = os.wait()
        mutant, child = running.pop(pid)
        killer = str(child.report().get("failed", ""))
        tests.kills[killer] = tests.kills.get(killer, 0) + 1
        yield mutant, child.ended(status), killer
