"""Translate the expressions of the project into the SQL files from which a run reads them: ``make queries``.

With --check nothing is written, and the exit code is 1 where a file is not what the expressions give. What Ibis writes
depends on the order of its sets, so this runs with a fixed seed of hashes.
"""

import argparse
import os
import sys
from importlib.metadata import version

from flows.steps.expressions import MAKERS, made
from flows.steps.queries import FOLDER, file_text

SEED = "0"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != SEED:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tools.translate_queries", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": SEED},
        )
    versions = f"Ibis {version('ibis-framework')} and SQLGlot {version('sqlglot')}"
    wanted = {FOLDER / f"{name}.sql": file_text(made(name), versions) for name in MAKERS}
    present = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    if options.check:
        wrong = sorted(path.name for path in {*wanted, *present} if wanted.get(path) != present.get(path))
        for name in wrong:
            print(f"{name}: run 'make queries'")
        return int(bool(wrong))
    FOLDER.mkdir(exist_ok=True)
    for path in present.keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
