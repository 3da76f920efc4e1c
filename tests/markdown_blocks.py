"""Code blocks of Markdown files, by what stands on their first line."""

import re
from pathlib import Path

_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code_blocks(path: Path) -> list[tuple[str, str]]:
    """Info string and text of each fenced block, in order."""
    return [(info.strip(), text) for info, text in _BLOCK.findall(path.read_text(encoding="utf-8"))]


def file_blocks(path: Path) -> list[tuple[str, str]]:
    """File name and text of each block that is a file: its info string is a language and a path."""
    return [(info.split(" ", 1)[1], text) for info, text in code_blocks(path) if "/" in info]
