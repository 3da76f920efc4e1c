"""The raw bodies of a warehouse as files: which there are, how old they are, and their deletion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from warehouse.root import Root

_STAMP = "%Y%m%dT%H%M%S"
_STAMP_LENGTH = 15


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file under ``raw/``. ``began_at``: when its pull began, aware UTC; None for those of an unfinished pull."""

    path: str
    source: str
    began_at: datetime | None


def raw_files(root: Root, source: str) -> list[RawFile]:
    """The raw files of a source, the oldest first."""
    found = [RawFile(path, source, _began_at(path)) for path in root.list(f"raw/{source}")]
    return sorted(found, key=lambda file: (file.began_at is None, file.began_at, file.path))


def older_than(files: Sequence[RawFile], age: timedelta, now: datetime) -> list[RawFile]:
    """The files of pulls that began longer ago than ``age``; never that of the newest pull."""
    dated = [(file.began_at, file) for file in files if file.began_at is not None]
    return [file for began, file in dated[:-1] if began < now - age]


def delete_files(root: Root, files: Sequence[RawFile]) -> int:
    """Delete the files; how many."""
    for file in files:
        root.delete(file.path)
    return len(files)


def _began_at(path: str) -> datetime | None:
    """When the pull began, by its id."""
    name = path.rsplit("/", 1)[-1]
    try:
        return datetime.strptime(name[:_STAMP_LENGTH], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
