"""The lines that cannot be read, as refused rows without personal data."""

from collections import Counter
from collections.abc import Iterator

from sources.access_log.lines import Malformed
from sources.access_log.views import LogViews
from sources.contract import RefusedRow


def unread_lines(log: LogViews) -> Iterator[RefusedRow]:
    """The first such lines of each file, and one row for its others."""
    yield from map(_refused, log.malformed)
    yield from _further(log)


def _refused(line: Malformed) -> RefusedRow:
    action = "nothing, if a scanner or a crash wrote it; if there are many, declare the format that the server writes"
    return None, None, None, None, line.text, line.reason, f"{line.file}, line {line.number}", action


def _further(log: LogViews) -> Iterator[RefusedRow]:
    """One row for the lines of a file that cannot be read beyond those that are listed."""
    listed = Counter(line.file for line in log.malformed)
    for file, count in log.unread.items():
        if count > listed[file]:
            what = f"{count - listed[file]:,} more lines of the file cannot be read"
            action = "declare the format that the server writes, or correct its logging"
            yield None, None, None, None, "", what, file, action
