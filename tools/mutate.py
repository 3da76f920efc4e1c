"""Mutation testing: change a module in one place at a time and see whether its nearest tests fail.

    python tools/mutate.py transforms/rules/statcan.py
    python tools/mutate.py transforms/alerts/*.py --least 90
    python tools/mutate.py transforms/periods.py --tests tests/transforms/test_periods.py --only 120-160

Each mutant is printed as killed or survived with its place and its change, and each module with its score: killed mutants over all
that are not declared equal. A survivor is a change that no test notices: write the test that says which value is right there and why.
A change that no test can notice is declared in tools/equal_mutants.toml with the reason.

The nearest tests are the files of tests/<package> that import the module or are named after it or its folder; ``--tests`` names others.
The tests start once for each mutant in a forked process, in which the mutant is imported in the module's place: constants, defaults and
names imported from the module change too. Packages that do not depend on the module are imported once, before the first fork.
Why not mutmut: it changes neither constants of a module nor decorated functions, and needs a copy of the tree (tried: 3.8.1).
"""

import argparse
import gc
import json
import os
import re
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.mutants import Mutant, mutants  # noqa: E402 - the folder above this file is not on the path of a script

EQUAL = ROOT / "tools" / "equal_mutants.toml"
LEAST_SECONDS, TIMES_LONGER = 10, 5
"""A mutant may take so many seconds more, and so many times longer, than the tests without one."""
PYTEST = ["-x", "-p", "no:cacheprovider", "--assert=plain"]
EXAMPLES = 10
"""So many examples of each property: the same ones for every mutant, none shrunk."""
KILLED, SURVIVED, TIMED_OUT, EQUAL_DECLARED = "killed", "SURVIVED", "timed out", "equal"


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

    def result(self, status: int) -> tuple[str, dict[str, Any]]:
        """How a mutant ended, and the report."""
        with os.fdopen(self.pipe) as pipe:
            text = pipe.read()
        report: dict[str, Any] = json.loads(text) if text else {}
        if os.WIFSIGNALED(status):
            return TIMED_OUT if os.WTERMSIG(status) == signal.SIGALRM else KILLED, report
        return SURVIVED if os.WEXITSTATUS(status) == 0 else KILLED, report


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
    child = start(tests, None, 600)
    ended, report = read_all(child)
    if ended != SURVIVED:
        raise SystemExit(
            f"the tests fail without a mutant ({report.get('failed') or 'none ran'}): make them pass first"
        )
    tests.seconds = report["seconds"]
    modules: list[str] = report["modules"]
    return modules


def read_all(child: Child) -> tuple[str, dict[str, Any]]:
    """The pipe first: a long report would fill it while we wait."""
    with os.fdopen(os.dup(child.pipe)) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    ended, _ = child.result(status)
    return ended, json.loads(text) if text else {}


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


def nearest_tests(path: Path) -> list[str]:
    """Test files of the module's package that are named after it or its folder or import it; else those of the modules that do."""
    folder, names = ROOT / "tests" / path.parts[0], {module_name(path)}
    named = (f"test_{path.stem}", f"test_{path.parent.name}")
    for _ in range(3):
        found = [
            file for file in sorted(folder.glob("test_*.py")) if file.stem.startswith(named) or _imports(file, names)
        ]
        if found:
            return [str(file.relative_to(ROOT)) for file in found]
        outer = (file.relative_to(ROOT) for file in (ROOT / path.parts[0]).rglob("*.py") if _imports(file, names))
        names = names | {module_name(file) for file in outer}
    raise SystemExit(f"{path}: no test file in {folder.relative_to(ROOT)} imports it: name some with --tests")


def _imports(file: Path, names: set[str]) -> bool:
    """Whether a file says ``from a.b import`` or ``from a import b`` of one of the names."""
    text = file.read_text(encoding="utf-8")
    parts = [name.rpartition(".") for name in names]
    return any(
        re.search(
            rf"^\s*(from {re.escape(''.join(part))} import|from {re.escape(part[0])} import .*\b{part[2]}\b)",
            text,
            re.M,
        )
        for part in parts
    )


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def run(path: Path, found: Sequence[Mutant], tests: Tests, jobs: int) -> Iterator[tuple[Mutant, str, str]]:
    """Each mutant, how it ended and the test that killed it."""
    module, limit = module_name(path), tests.limit()
    running: dict[int, tuple[Mutant, Child]] = {}
    todo = list(reversed(found))
    while todo or running:
        while todo and len(running) < jobs:
            mutant = todo.pop()
            child = start(tests, Replacement(module, ROOT / path, mutant.code), limit)
            running[child.pid] = mutant, child
        pid, status = os.wait()
        mutant, child = running.pop(pid)
        ended, report = child.result(status)
        killer = str(report.get("failed", ""))
        tests.kills[killer] = tests.kills.get(killer, 0) + 1
        yield mutant, ended, killer


def declared_equal(path: Path) -> Mapping[tuple[str, str], str]:
    """The reason by scope and change."""
    table = tomllib.loads(EQUAL.read_text(encoding="utf-8")) if EQUAL.exists() else {}
    return {(row["scope"], row["change"]): row["reason"] for row in table.get(path.as_posix(), [])}


def score_of(path: Path, options: argparse.Namespace) -> tuple[int, int, int]:
    """Print each mutant of a module; how many were killed, how many lived and how many are declared equal."""
    tests = Tests(options.tests or nearest_tests(path))
    source = (ROOT / path).read_text(encoding="utf-8")
    low, _, high = (options.only or "0-1000000").partition("-")
    equal, begun = declared_equal(path), time.monotonic()
    found = [mutant for mutant in mutants(source, str(path)) if int(low) <= mutant.line <= int(high or low)][
        :: options.every
    ]
    preload(measured(tests), Replacement(module_name(path), ROOT / path, None))
    counts = dict.fromkeys((KILLED, SURVIVED, TIMED_OUT, EQUAL_DECLARED), 0)
    counts[EQUAL_DECLARED] = sum((mutant.scope, mutant.change) in equal for mutant in found)
    alive = [mutant for mutant in found if (mutant.scope, mutant.change) not in equal]
    for mutant, ended, killer in run(path, alive, tests, options.jobs):
        counts[ended] += 1
        if ended == SURVIVED or options.verbose:
            by = f"  by {killer}" if killer else ""
            print(f"{ended:9} {path}:{mutant.line} [{mutant.scope}] {mutant.change}{by}", flush=True)
    killed = counts[KILLED] + counts[TIMED_OUT]
    print(
        f"{path}: {killed} of {killed + counts[SURVIVED]} killed ({counts[TIMED_OUT]} by their time), "
        f"{counts[EQUAL_DECLARED]} equal, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    return killed, counts[SURVIVED], counts[EQUAL_DECLARED]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="+", type=Path, help="files of the project, such as transforms/series.py")
    parser.add_argument("--tests", nargs="+", help="test files or tests, in place of the nearest ones")
    parser.add_argument("--only", help="mutants of one line (120) or of some (120-160)")
    parser.add_argument("--every", type=int, default=1, help="try only every n-th mutant, for an estimate")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument(
        "--least", type=float, default=0.0, help="exit with 1 where a module's score in per cent is lower"
    )
    parser.add_argument("--verbose", action="store_true", help="print the killed ones too, each with its test")
    options = parser.parse_args()
    if not hasattr(os, "fork"):
        raise SystemExit("this script forks, which this system cannot: run it on Linux or macOS")
    os.environ.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    os.chdir(ROOT)
    paths = [path.resolve().relative_to(ROOT) for path in options.modules if path.name != "__init__.py"]
    scores = []
    for path in paths:
        # each module in a process of its own, so that what was imported for one is not what another is tested against
        scores.append(_in_a_fork(path, options))
    width = max(len(str(path)) for path in paths)
    print(f"\n{'module':{width}}  mutants  killed  equal  score %")
    for path, (killed, survived, equal) in zip(paths, scores, strict=True):
        print(f"{path!s:{width}}  {killed + survived:7}  {killed:6}  {equal:5}  {_pct(killed, survived):7.1f}")
    return int(any(_pct(killed, survived) < options.least for killed, survived, _ in scores))


def _pct(killed: int, survived: int) -> float:
    return 100 * killed / (killed + survived) if killed + survived else 100.0


def _in_a_fork(path: Path, options: argparse.Namespace) -> tuple[int, int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 2
        try:
            with os.fdopen(writing, "w") as pipe:
                json.dump(score_of(path, options), pipe)
            code = 0
        except SystemExit as stop:
            print(stop, file=sys.stderr)
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(2)
    killed, survived, equal = json.loads(text)
    return killed, survived, equal


if __name__ == "__main__":
    sys.exit(main())
