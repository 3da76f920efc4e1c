"""The folder of the site: written beside the old one and renamed, so that a reader never sees half of it."""

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reports.site.file_names import MARKER
from warehouse.errors import ConfigError, RefusedError, RetryableError

RENAME_TRIES = 20
LEFTOVER_AGE_S = 86_400
"""Age in seconds at which the leftovers of a killed run are removed."""


@dataclass(frozen=True)
class FolderKind:
    """What a folder is called and holds, and the file by which one knows that it may be replaced; ``force``: always."""

    name: str
    holds: str
    marker: str
    force: bool = False


REPORT = FolderKind("report", "pages", MARKER)


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]], kind: FolderKind = REPORT) -> None:
    """Replace ``folder`` by ``files``, in order. The old folder stays until all are written, and where that fails.

    Raises ``ConfigError`` where ``folder`` is a file or holds other files, ``RefusedError`` where it cannot be written,
    ``RetryableError`` where another program holds it open.
    """
    folder = folder.resolve()
    check_folder(folder, kind)
    part, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        part.mkdir(parents=True)
        _remove_leftovers(part, folder)
        for name, body in files:
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_bytes(body)
        if folder.exists():
            shutil.copymode(folder, part)
            _rename(folder, old)
        try:
            _rename(part, folder)
        except (RetryableError, OSError):
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        denied = isinstance(error, PermissionError)
        do = "give the user that runs kmi write access" if denied else "name another folder with --output"
        raise RefusedError(
            f"the {kind.name} cannot be written here: {error.strerror}", where=str(folder), do=do
        ) from error
    finally:
        for left in (part, old):
            shutil.rmtree(left, ignore_errors=True)


def _remove_leftovers(part: Path, folder: Path) -> None:
    """Remove what killed runs left; the files of a run that still writes are younger."""
    now = part.stat().st_mtime
    for left in folder.parent.glob(f".{folder.name}.*"):
        if left.suffix in {".part", ".old"} and left.is_dir() and left.stat().st_mtime < now - LEFTOVER_AGE_S:
            shutil.rmtree(left, ignore_errors=True)


def check_folder(folder: Path, kind: FolderKind = REPORT) -> None:
    """Raises ``ConfigError`` unless ``folder`` may be replaced: it is absent, empty or of this kind."""
    if folder.is_file() or (not folder.exists() and folder.suffix in {".html", ".htm"}):
        raise ConfigError(
            f"the {kind.name} is a folder of {kind.holds}, and this names a file",
            where=str(folder),
            do="name a folder with --output",
        )
    if folder.is_dir() and not kind.force and not (folder / kind.marker).is_file() and any(folder.iterdir()):
        article = "an" if kind.name[0] in "aeiou" else "a"
        raise ConfigError(
            f"this folder holds other files, and {article} {kind.name} replaces its whole folder",
            where=str(folder),
            do="name a folder of its own with --output" + ("" if kind is REPORT else ", or add --force"),
        )


def _rename(source: Path, target: Path) -> None:
    """Rename, with tries: Windows refuses while a program holds a file in the folder open."""
    for attempt in range(RENAME_TRIES):
        try:
            source.rename(target)
        except PermissionError as error:
            if os.name != "nt":
                raise
            if attempt == RENAME_TRIES - 1:
                raise RetryableError(
                    "another program holds a file of the report open",
                    where=str(target),
                    do="close it there, then run again",
                ) from error
            time.sleep(0.25)
        else:
            return
