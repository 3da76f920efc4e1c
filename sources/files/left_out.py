"""What lies beside the files that a source reads: it is delivered as a list of names, which become notes."""

import glob
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatch
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sources.contract import RawPage
from sources.files.location import file_pages, is_excluded, is_pattern, is_wanted, natural_order, read_files
from sources.files.packing import ENDINGS
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session

NOT_READ = "names of files that are not read"
NOT_MATCHED = "names of files that the pattern leaves out"
NAMED = 10
_EXPECTED = "error"
"""In the names of logs that lie beside every access log, and have no figures."""


def delivered_pages(
    source: str, location: str, window: Window, now: datetime, session: "Session", patterns: Sequence[str]
) -> Iterator[RawPage]:
    """One page for each file that ``read_files`` finds and, where others lie beside them, one with their names.

    Raises as ``read_files`` does.
    """
    sequence = -1
    for page in file_pages(source, read_files(location, patterns, session), window, now):
        sequence = page.sequence
        yield page
    if is_pattern(location):
        request, names = NOT_MATCHED, _other_endings(Path(location), patterns)
    else:
        request, names = NOT_READ, _other_names(Path(location), patterns)
    if names:
        yield RawPage(source, window, sequence + 1, location, 200, now, json.dumps(names).encode(), request=request)


def is_list_of_names(page: RawPage) -> bool:
    return page.request in {NOT_READ, NOT_MATCHED}


def without_names(pages: Sequence[RawPage], of_a_folder: str) -> tuple[list[RawPage], list[str]]:
    """The pages of files, and the notes on what lies beside them.

    of_a_folder: what is said of the other files of a folder, such as "is not a table and is not read".
    """
    notes = list[str]()
    for page in filter(is_list_of_names, pages):
        names: list[str] = json.loads(page.body)
        what = of_a_folder if page.request == NOT_READ else "is not read: the pattern in 'path' leaves it out"
        notes += [f"{name} {what}" for name in names[:NAMED]]
        if len(names) > NAMED:
            notes.append(f"{len(names) - NAMED} more files like {names[-1]}: each {what}")
    return [page for page in pages if not is_list_of_names(page)], notes


def _other_names(folder: Path, patterns: Sequence[str]) -> list[str]:
    """What lies in a folder of the disk and is not read: files of other kinds, and folders with a slash at the end."""
    if not folder.is_dir():
        return []
    entries = [(entry.name, entry.is_dir()) for entry in folder.iterdir()]
    names = [f"{name}/" if is_folder else name for name, is_folder in entries if not is_excluded(name)]
    odd = (name for name in names if not is_wanted(name, patterns) and _EXPECTED not in name.casefold())
    return sorted(odd, key=natural_order)


def _other_endings(pattern: Path, patterns: Sequence[str]) -> list[str]:
    """The files that a source could read and that differ from a pattern in the ending or in capitals only."""
    base = pattern.name
    while base.casefold().endswith(ENDINGS):
        base = base.rpartition(".")[0]
    stem = base.rpartition(".")[0]
    if not stem:
        return []
    alike = (stem.casefold() + ".*", base.casefold() + ".*", base.casefold())
    matched = set(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    beside = glob.glob(str(pattern.with_name("*")), recursive=True)  # noqa: PTH207
    names = [
        path
        for path in beside
        if path not in matched and is_wanted(path, patterns) and any(fnmatch(_plain(path), each) for each in alike)
    ]
    fixed = Path(*takewhile(lambda part: not is_pattern(part), pattern.parts))
    files = (Path(name).relative_to(fixed).as_posix() for name in names if Path(name).is_file())
    return sorted(files, key=natural_order)


def _plain(path: str) -> str:
    return PurePosixPath(path).name.casefold()
