"""Which pages of a web site count: patterns for paths, shared by the access log and the web analytics services.

A pattern and a path are compared in their canonical spelling. ``/km`` is not one of ``/km/``: to a server these are two
addresses, of which it mostly sends readers from one to the other.
"""

import fnmatch
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from sources.page_paths import canonical_escapes, canonical_path, spelled_regex


def _path_pattern(text: str) -> str:
    if not text.startswith(("/", "*")):
        do = "write the beginning of a path such as /km/, or a glob such as *.html"
        raise ValueError(f"'{text}' does not begin with / or *: {do}")
    return text


PathPattern = Annotated[str, AfterValidator(_path_pattern)]
"""The beginning of a path (``/km/``), or, with ``*``, ``?`` or ``[``, a glob over the whole path (``*/guide-*``)."""


def is_glob(pattern: str) -> bool:
    return re.search(r"[*?\[]", pattern) is not None


def pattern_regex(pattern: str) -> str:
    """A pattern as a regular expression from the beginning of a path, in the syntax that all services share (RE2).

    It finds every spelling of the path that a service may have stored.
    """
    return f"{spelled_regex(pattern, _glob_regex)}$" if is_glob(pattern) else spelled_regex(pattern)


def _glob_regex(pattern: str) -> str:
    return "".join(
        part if part.startswith("[") else {"*": ".*", "?": "."}.get(part, re.escape(part))
        for part in re.findall(r"\[[^\]]+\]|.", pattern)
    )


class PagePatterns:
    """Finds the paths that one of some patterns means, and remembers which patterns meant none."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._regexes = {text: _compiled(text) for text in patterns}
        self._folders = {canonical_path(text) for text in patterns if text.endswith("/")}
        self._found: set[str] = set()
        self._without_slash: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._regexes)

    def match(self, path: str) -> bool:
        """Whether one of the patterns means ``path``, in whatever spelling it is; without patterns none does."""
        path = canonical_path(path)
        found = [text for text, regex in self._regexes.items() if regex.match(path)]
        self._found.update(found)
        if not found and f"{path}/" in self._folders:
            self._without_slash.add(path)
        return bool(found)

    def notes(self) -> list[str]:
        """One sentence on each pattern that has meant no path, and on each path that lacks only its last slash."""
        unmatched = [text for text in self._regexes if text not in self._found]
        return [
            *(f"no page that was viewed is one of '{text}': check its spelling, if some were" for text in unmatched),
            *(
                f"'{path}' was viewed and is not one of '{path}/': write '{path}' in the plan, if it shall be"
                for path in sorted(self._without_slash)
            ),
        ]


def _compiled(pattern: str) -> re.Pattern[str]:
    text = canonical_escapes(pattern)
    return re.compile(fnmatch.translate(text) if is_glob(text) else re.escape(text))
