"""Mutation testing: change a module in one place at a time and see whether its nearest tests fail.

    python tools/mutate.py transforms/rules/statcan.py
    python tools/mutate.py transforms/alerts/*.py --least 90
    python tools/mutate.py transforms/periods.py --tests tests/transforms/test_periods.py --only 120-160
    python tools/mutate.py transforms/periods.py --every 5

Each survivor is printed with its place and its change (``--verbose`` prints the killed mutants too), and each
module with its score: killed mutants over all that are not declared equal. A survivor is a change that no
test notices: write the test that says which value is right there and why. A change that no test can notice is
declared in tools/equal_mutants.toml with the reason.

The nearest tests are the files of tests/<package> that import the module or are named after it or its folder,
else those of the modules that import it; then those that tools/further_tests.toml names. ``--tests`` names
others. Each mutant is tested in a forked process, in which it is imported in the module's place: constants,
defaults and names imported from the module change too. What does not depend on the module is imported once,
before the first fork. mutmut 3.8.1 was tried first: it changes neither the constants of a module nor decorated
functions, and it needs a copy of the tree.
"""

import argparse
import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import mutant_runs as runs  # noqa: E402 - the folder above this file is not on the path of a script
from tools.mutants import mutants  # noqa: E402

EQUAL = ROOT / "tools" / "equal_mutants.toml"
FURTHER = ROOT / "tools" / "further_tests.toml"


def nearest_tests(path: Path) -> list[str]:
    """Test files that are named after the module or its folder or import it; else those of modules that import it.

    After these come the further ones that are declared.
    """
    further: list[str] = tomllib.loads(FURTHER.read_text(encoding="utf-8")).get(path.as_posix(), [])
    folder, names = ROOT / "tests" / path.parts[0], {module_name(path)}
    named = (f"test_{path.stem}", f"test_{path.parent.name}")
    for _ in range(3):
        found = [
            file for file in sorted(folder.glob("test_*.py")) if file.stem.startswith(named) or _imports(file, names)
        ]
        if found:
            nearest = [str(file.relative_to(ROOT)) for file in found]
            return nearest + [file for file in further if file not in nearest]
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


def declared_equal(path: Path) -> Mapping[tuple[str, str], str]:
    """The reason by scope and change."""
    table = tomllib.loads(EQUAL.read_text(encoding="utf-8")) if EQUAL.exists() else {}
    return {(row["scope"], row["change"]): row["reason"] for row in table.get(path.as_posix(), [])}


def score_of(path: Path, options: argparse.Namespace) -> tuple[int, int, int]:
    """Print each mutant of a module; how many were killed, how many lived and how many are declared equal."""
    tests = runs.Tests(options.tests or nearest_tests(path))
    source = (ROOT / path).read_text(encoding="utf-8")
    low, _, high = (options.only or "0-1000000").partition("-")
    equal, begun = declared_equal(path), time.monotonic()
    found = [mutant for mutant in mutants(source, str(path)) if int(low) <= mutant.line <= int(high or low)][
        :: options.every
    ]
    runs.preload(runs.measured(tests), runs.Replacement(module_name(path), ROOT / path, None))
    counts = dict.fromkeys((runs.KILLED, runs.SURVIVED, runs.TIMED_OUT), 0)
    alive = [mutant for mutant in found if (mutant.scope, mutant.change) not in equal]
    for mutant, ended, killer in runs.run(ROOT / path, module_name(path), alive, tests, options.jobs):
        counts[ended] += 1
        if ended == runs.SURVIVED or options.verbose:
            by = f"  by {killer}" if killer else ""
            print(f"{ended:9} {path}:{mutant.line} [{mutant.scope}] {mutant.change}{by}", flush=True)
    killed = counts[runs.KILLED] + counts[runs.TIMED_OUT]
    print(
        f"{path}: {killed} of {killed + counts[runs.SURVIVED]} killed ({counts[runs.TIMED_OUT]} by their time), "
        f"{len(found) - len(alive)} equal, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    return killed, counts[runs.SURVIVED], len(found) - len(alive)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="+", type=Path, help="files of the project, such as transforms/periods.py")
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
    scores = [_in_a_fork(path, options) for path in paths]
    width = max(len(str(path)) for path in paths)
    print(f"\n{'module':{width}}  mutants  killed  equal  score %")
    for path, (killed, survived, equal) in zip(paths, scores, strict=True):
        print(f"{path!s:{width}}  {killed + survived:7}  {killed:6}  {equal:5}  {_pct(killed, survived):7.1f}")
    return int(any(_pct(killed, survived) < options.least for killed, survived, _ in scores))


def _pct(killed: int, survived: int) -> float:
    return 100 * killed / (killed + survived) if killed + survived else 100.0


def _in_a_fork(path: Path, options: argparse.Namespace) -> tuple[int, int, int]:
    """Each module in a process of its own, so that what was imported for one is not what another is tested against."""
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
