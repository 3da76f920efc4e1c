"""Removes secrets from what a pull brings and from the errors that end it."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sources.contract import ParseResult, RawPage
from sources.stored_body import Content, SpooledBody, StoredBody
from sources.web.redaction import Redactor
from sources.web.saved_responses import SavedResponse
from warehouse.errors import KmiError
from warehouse.system_errors import error_from_os

if TYPE_CHECKING:
    import pandas as pd

BLOCK_BYTES = 16_000_000
"""How much of a large body is searched at once, to the end of its last line."""
_TEXTS = ("entity", "origin")
_REFUSED_TEXTS = ("raw_value", "reason", "origin", "action", "entity")


class HiddenFaultError(KmiError):
    """An unexpected fault whose own words hold a secret."""


def page_without_secrets(page: RawPage, redactor: Redactor) -> RawPage:
    """``page`` as it is landed and parsed. The session cleans bodies; this covers what a source adds to them."""
    content = page.content if redactor.is_empty else _content_without_secrets(page.content, redactor)
    etag, modified = (text and redactor.redact_data(text) for text in (page.etag, page.last_modified))
    url, request = redactor.redact_text(page.url), redactor.redact_data(page.request)
    return replace(page, content=content, url=url, request=request, etag=etag, last_modified=modified)


def _content_without_secrets(content: Content, redactor: Redactor) -> Content:
    """``content`` itself where it holds no secret. A large body is read block by block, and again to write it."""
    if isinstance(content, bytes):
        return redactor.redact_body(content)[0]
    if any(redactor.redact_body(block)[1] for block in _blocks_of_lines(content)):
        return SpooledBody.of_blocks(redactor.redact_body(block)[0] for block in _blocks_of_lines(content))
    return content


def _blocks_of_lines(body: StoredBody) -> Iterator[bytes]:
    """The body in blocks that end with a line, since a secret does not go over the end of one."""
    with body.open() as stream:
        for block in iter(partial(stream.read, BLOCK_BYTES), b""):
            yield block + stream.readline()


def response_without_secrets(response: SavedResponse, redactor: Redactor) -> SavedResponse:
    """``response`` as it is kept for the next pull. Its body and its address are clean."""
    return replace(response, headers={name: redactor.redact_data(text) for name, text in response.headers.items()})


def parsed_without_secrets(parsed: ParseResult, redactor: Redactor) -> ParseResult:
    """``parsed`` with clean names, refused cells and notes: packed files and workbooks are only readable now."""
    if redactor.is_empty:
        return parsed
    return replace(
        parsed,
        observations=_clean(parsed.observations, _TEXTS, redactor),
        refused=_clean(parsed.refused, _REFUSED_TEXTS, redactor),
        notes=tuple(map(redactor.redact_text, parsed.notes)),
    )


def _clean(frame: "pd.DataFrame", columns: tuple[str, ...], redactor: Redactor) -> "pd.DataFrame":
    for name in columns:
        texts = [text for text in frame[name].unique() if isinstance(text, str)]
        together = "\n".join(texts)
        if redactor.redact_data(together) != together:
            clean = {text: redactor.redact_data(text) for text in texts}
            frame = frame.assign(**{name: frame[name].map(lambda text, clean=clean: clean.get(text, text))})
    return frame


class ErrorsWithoutSecrets:
    """A context whose errors leave it without secrets, whatever raised them."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and (clean := error_without_secrets(error, self._redact)) is not error:
            raise clean from None


def error_without_secrets(error: Exception, redact: Callable[[str], str]) -> Exception:
    """``error`` without secrets in its own words and in those of the errors behind it, as a traceback shows them."""
    if isinstance(error, KmiError):
        error.redact(redact)
    shown = "".join(traceback.format_exception(error))
    if redact(shown) == shown:
        return error
    if isinstance(error, KmiError):
        error.__cause__, error.__suppress_context__ = None, True
        return error
    return HiddenFaultError(bug_report(error))


def fault_text(error: Exception, where: str = "") -> str:
    """What to tell of any exception. where: the place of a fault of the system that names no file."""
    if isinstance(error, OSError):
        return str(error_from_os(error, str(error.filename or where)))
    return str(error) if isinstance(error, KmiError) else bug_report(error)


def bug_report(error: Exception) -> str:
    """Where an unexpected exception was raised. Its message is left out, as it might contain a secret."""
    if isinstance(error, HiddenFaultError):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} in {frame.name}, line {frame.lineno} of {Path(frame.filename).name}"
    return f"unexpected fault in kmi ({place}): report it, with the output of 'kmi --debug run'"
