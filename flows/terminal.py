"""Standard output and error of a command, without secrets: the last place that a text passes."""

import sys
from typing import Any, TextIO, cast

from sources.web.redaction import Redactor


class RedactingStream:
    """Writes to ``stream`` what ``redactor`` leaves of a text; in all else it is that stream."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self.stream, self._redactor = stream, redactor

    def write(self, text: str) -> int:
        self.stream.write(self._redactor.redact_data(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def redact_output(redactor: Redactor) -> None:
    """From now on redact all that this process prints, up to the traceback of a fault."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        inner = stream.stream if isinstance(stream, RedactingStream) else stream
        setattr(sys, name, cast("TextIO", RedactingStream(inner, redactor)))
