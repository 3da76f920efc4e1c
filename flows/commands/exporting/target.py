"""Where an export goes: written beside and renamed, so that nobody reads half of it, and never over a foreign file."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import ConfigError
from warehouse.system_errors import os_errors

LEFTOVER_AGE_S = 86_400
"""Age in seconds at which what a killed export left is removed."""


@contextmanager
def replaced_file(path: Path, is_ours: Callable[[Path], bool], *, force: bool) -> Iterator[Path]:
    """The path of a file to write, which replaces ``path`` at the end; where writing fails, ``path`` stays as it was.

    Raises ``ConfigError`` where ``path`` is a folder, or a file that no export made and ``force`` is not set.
    """
    if path.is_dir():
        raise ConfigError("this is a folder, and the export is one file", where=str(path), do="name a file")
    if path.exists() and not force and not is_ours(path):
        raise ConfigError(
            "this file was not made by 'kmi export', and would be replaced",
            where=str(path),
            do="name another file with --output, or add --force",
        )
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    with os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        try:
            yield part
            part.replace(path)
        finally:
            for left in path.parent.glob(f"{part.name}*"):
                left.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    for left in path.parent.glob(f".{path.stem}.*.part{path.suffix}*"):
        if left.is_file() and left.stat().st_mtime < time.time() - LEFTOVER_AGE_S:
            left.unlink(missing_ok=True)
