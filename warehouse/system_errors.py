"""Faults of the operating system as errors of ours, and the paths that a warehouse can have: one place for both."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError

_UNUSABLE = re.compile(r"[#?\[\]|\\^]|%[0-9A-Fa-f]{2}|[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_READ_ONLY = "the file system is read-only"


def error_from_os(error: OSError, where: str, doing: Literal["read", "write"] = "write") -> KmiError:
    """What a fault of the operating system means, and what to do."""
    if error.errno == errno.EROFS:
        do = "mount it for writing, or name another warehouse with --warehouse"
        return RefusedError(_READ_ONLY, where=where, do=do)
    if isinstance(error, PermissionError):
        do = f"give the user that runs kmi {doing} access"
        return RefusedError(f"no permission to {doing} here", where=where, do=do)
    if error.errno == errno.ENAMETOOLONG:
        return ConfigError("the path is too long for this file system", where=where, do="name a shorter one")
    why = error.strerror or type(error).__name__
    do = "free space or repair the disk, then run again" if doing == "write" else "check the disk, then run again"
    return RetryableError(f"could not {doing} ({why})", where=where, do=do)


@contextmanager
def os_errors(where: str | Path, doing: Literal["read", "write"] = "write") -> Iterator[None]:
    """Turn faults of the operating system into ours; what is not there stays ``FileNotFoundError`` while reading."""
    try:
        yield
    except FileNotFoundError as error:
        if doing == "read":
            raise
        raise error_from_os(error, str(where), doing) from error
    except TimeoutError:  # of a lock that another run holds
        raise
    except OSError as error:
        raise error_from_os(error, str(where), doing) from error


def require_usable(folder: Path) -> None:
    """Raises ``ConfigError`` for a path that Delta's engine would take for another one.

    It reads a path as a part of an address (seen with deltalake 1.6): # and ? end it, %20 is a space, a backslash is a
    slash, and it breaks off at brackets, ^ and |, at control characters and at what is not UTF-8.
    """
    text = folder.as_posix() if os.name == "nt" else str(folder)
    unusable = _UNUSABLE.search(text)
    if unusable:
        what = f"the tables cannot be kept in a folder whose path holds {unusable[0]!a}"
        raise ConfigError(what, where=text, do="rename the folder, or name another one with --warehouse")
