"""Which pages of a web site count: patterns for paths, shared by the access log and the web analytics services."""

import fnmatch
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator


def _path_pattern(text: str) -> str:
    if not text.startswith(("/", "*")):
        do = "write the beginning of a path such as /km/, or a glob such as *.html"
        raise ValueError(f"'{text}' does not begin with / or *: {do}")
    return text


PathPattern = Annotated[str, AfterValidator(_path_pattern)]
"""The beginning of a path (``/km/``), or, with ``*``, ``?`` or ``[``, a glob over the whole path (``*/guide-*``)."""


def is_glob(pattern: str) -> bool:
    return re.search(r"[*?\[]", pattern) is not None


def glob_regex(pattern: str) -> str:
    """A glob as a regular expression over the whole path, in the syntax that all services share (RE2)."""
    return "".join(
        part if part.startswith("[") else {"*": ".*", "?": "."}.get(part, re.escape(part))
        for part in re.findall(r"\[[^\]]+\]|.", pattern)
    )


def compile_patterns(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern whose ``match`` finds the paths that one of ``patterns`` means; None without patterns."""
    parts = [fnmatch.translate(text) if is_glob(text) else re.escape(text) for text in patterns]
    return re.compile("|".join(f"(?:{part})" for part in parts)) if parts else None
