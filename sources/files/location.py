"""Files that a source reads: by path, pattern or folder, or by an address on the web or in an object store."""

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatch, fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

from sources.contract import RawPage
from sources.stored_body import HELD_BYTES, Content, FileBody, SpooledBody
from warehouse.errors import (
    ConfigError,
    KmiError,
    MissingExtraError,
    RefusedError,
    RetryableError,
    error_from_missing_credentials,
)
from warehouse.schema import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from obstore.store import ObjectStore

    from sources.web.session import Session

WEB_SCHEMES, STORE_SCHEMES = ("http", "https"), ("s3", "gs", "az")
_MAGIC = re.compile(r"[*?\[]")
_EXCLUDED = (".*", "~$*", "*.tmp", "*.part", "*.crdownload")
"""Hidden files, locks of spreadsheet programs, and files that are still being written."""


class DeliveredFile(NamedTuple):
    """One file. ``name`` is its path below the location's folder, or its address without secrets."""

    name: str
    body: Content
    etag: str | None
    last_modified: str | None


def _resolved(text: str, info: ValidationInfo) -> str:
    """Resolve a relative path from ``context["base"]``, the folder of the plan."""
    scheme = _scheme(text)
    if scheme in WEB_SCHEMES + STORE_SCHEMES:
        return text
    if scheme:
        raise ValueError(f"'{scheme}://' cannot be read: write a path, http(s)://, s3://, gs:// or az://")
    if not text.strip():
        raise ValueError("the path is empty: name a file, a folder, a pattern or an address")
    base = (info.context or {}).get("base")
    path = Path(text).expanduser()
    return str(Path(base) / path if base is not None else path)


Location = Annotated[str, AfterValidator(_resolved)]
"""A path, pattern, folder or address in the settings; a relative path starts from the plan's folder."""


def _scheme(location: str) -> str:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.\-]+)://", location)
    return found[1].lower() if found else ""


def read_files(location: str, patterns: Sequence[str], session: "Session") -> Iterator[DeliveredFile]:
    """The files at ``location`` in natural order of their names; in a folder those that match ``patterns`` (``*.csv``).

    Of files on disks and in stores, what is beyond ``HELD_BYTES`` in all is not held in memory.
    Raises ``ConfigError`` where nothing is found, ``RefusedError`` where access is denied, and ``RetryableError`` where
    a disk or a store does not respond.
    """
    scheme = _scheme(location)
    if scheme in WEB_SCHEMES:
        found = _from_web(location, session)
    else:
        found = _from_store(location, patterns) if scheme else _from_disk(location, patterns)
    is_empty = True
    for file in found:
        is_empty = False
        yield file
    if is_empty:
        do = f"put one there ({', '.join(patterns)}), or correct 'path' in the plan"
        raise ConfigError("no file is there", where=location, do=do)


def file_pages(source: str, found: Iterable[DeliveredFile], window: Window, now: datetime) -> Iterator[RawPage]:
    """One page for each whole file, whatever the ``window``."""
    for sequence, file in enumerate(found):
        yield RawPage(source, window, sequence, file.name, 200, now, file.body, file.etag, file.last_modified)


def natural_order(name: str) -> tuple[object, ...]:
    """Sort key under which ``log.2`` comes before ``log.10``."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return (*(int(part) if at % 2 else part for at, part in enumerate(parts)), name)


def is_pattern(location: str) -> bool:
    """Whether a location of the disk is a pattern such as ``counts/*.csv``."""
    return not _scheme(location) and _MAGIC.search(location) is not None and not Path(location).exists()


def is_wanted(name: str, patterns: Sequence[str]) -> bool:
    base = PurePosixPath(name).name.casefold()
    return not name.endswith("/") and any(fnmatch(base, p.casefold()) for p in patterns) and not is_excluded(name)


def is_excluded(name: str) -> bool:
    base = PurePosixPath(name).name.casefold()
    return any(fnmatch(base, pattern) for pattern in _EXCLUDED)


def _from_disk(location: str, patterns: Sequence[str]) -> Iterator[DeliveredFile]:
    path = Path(location)
    try:
        folder, files = _listed(path, patterns)
    except PermissionError:
        do = "give the user that runs kmi read access"
        raise RefusedError("the folder may not be read", where=location, do=do) from None
    room = HELD_BYTES
    for name in sorted(files, key=natural_order):
        body = _read(folder / name, room)
        if body is None and folder / name == path:
            raise ConfigError("the file is not there", where=location, do="put it there, or correct 'path' in the plan")
        if body is not None:
            room -= len(body) if isinstance(body, bytes) else 0
            yield DeliveredFile(name, body, None, None)


def _listed(path: Path, patterns: Sequence[str]) -> tuple[Path, list[str]]:
    """A folder and the names in it that the location means."""
    if path.is_dir():
        return path, [file.name for file in path.iterdir() if is_wanted(file.name, patterns) and file.is_file()]
    if path.exists() or not _MAGIC.search(str(path)):
        return path.parent, [path.name]
    steps = list(path.parts)
    first = next(at for at, step in enumerate(steps) if _MAGIC.search(step))
    folder = Path(*steps[:first])
    names = glob.glob(str(Path(*steps[first:])), root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return folder, [Path(name).as_posix() for name in names if is_wanted(name, ("*",)) and (folder / name).is_file()]


def _read(path: Path, room: int) -> Content | None:
    """The content, in memory where it has ``room`` there; None where the file was removed after it was listed."""
    try:
        return path.read_bytes() if path.stat().st_size <= room else FileBody.found(path)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise RefusedError(
            "the file may not be read",
            where=str(path),
            do="give the user that runs kmi read access, or close it where it is open",
        ) from None
    except OSError as error:
        raise RetryableError(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            do="check the disk or the share, then run again",
        ) from None


def _from_web(location: str, session: "Session") -> Iterator[DeliveredFile]:
    from sources.web.redaction import redact

    response = session.get(location)
    headers: Mapping[str, str] = response.headers
    yield DeliveredFile(redact(location), response.content, headers.get("ETag"), headers.get("Last-Modified"))


def _from_store(location: str, patterns: Sequence[str]) -> Iterator[DeliveredFile]:
    try:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ModuleNotFoundError:
        raise MissingExtraError(location) from None

    parts = urlsplit(location)
    key = parts.path.strip("/")
    root = f"{parts.scheme}://{parts.netloc}"
    room = HELD_BYTES
    try:
        store = from_url(root, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)})
        for name in sorted(_keys(store, key, patterns), key=natural_order):
            got = obstore.get(store, name)
            is_held = got.meta["size"] <= room
            body = bytes(got.bytes()) if is_held else SpooledBody.of_blocks(got)
            room -= got.meta["size"] * is_held
            yield DeliveredFile(f"{root}/{name}", body, got.meta["e_tag"], None)
    except PermissionError as error:
        raise _no_access(location, error) from None
    except FileNotFoundError:
        raise ConfigError(
            "no file is there", where=location, do="put one there, or correct 'path' in the plan"
        ) from None
    except (BaseError, ValueError) as error:
        raise _store_fault(location, error) from None


def _keys(store: "ObjectStore", key: str, patterns: Sequence[str]) -> list[str]:
    """The object at ``key``, or those that match it as a pattern, folder by folder, or those directly in it."""
    import obstore

    plain = _MAGIC.split(key, maxsplit=1)[0]
    prefix = key if plain == key else plain.rpartition("/")[0]
    names = [meta["path"] for batch in obstore.list(store, prefix or None) for meta in batch]
    if plain != key:
        return [name for name in names if _matches(name, key) and is_wanted(name, ("*",))]
    below = f"{key}/" if key else ""
    children = [name for name in names if name.startswith(below) and "/" not in name[len(below) :]]
    inside = [name for name in children if is_wanted(name, patterns)]
    return inside or ([key] if key else [])


def _matches(name: str, pattern: str) -> bool:
    steps, wanted = name.split("/"), pattern.split("/")
    return len(steps) == len(wanted) and all(fnmatchcase(step, want) for step, want in zip(steps, wanted, strict=True))


def _no_access(location: str, error: Exception) -> KmiError:
    return RefusedError(
        f"the object store refuses access ({type(error).__name__})",
        where=location,
        do="check the store's credentials in the environment",
    )


def _store_fault(location: str, error: Exception) -> KmiError:
    """The error for a fault of the store; for a listing the status is in the text of a general error."""
    kind, text = type(error).__name__, str(error)
    if (missing := error_from_missing_credentials(location, text)) is not None:
        return missing
    if kind in {"PermissionDeniedError", "UnauthenticatedError"} or re.search(r"\b40[13] [A-Z]|AccessDenied", text):
        return _no_access(location, error)
    if kind == "NotFoundError" or re.search(r"\b404 [A-Z]|NoSuchBucket", text):
        return ConfigError("no file is there", where=location, do="put one there, or correct 'path' in the plan")
    return RetryableError(
        f"the object store did not respond ({kind})",
        where=location,
        do="check the address and the credentials, then run again",
    )
