"""One spelling for each path of a page, whoever wrote it: a plan, a server's log or a web analytics service.

``/f%C3%BChrungen/``, ``/f%c3%bchrungen/`` and ``/führungen/`` are one path: RFC 3986, 2.1 and 6.2.2
(https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2); RFC 3987, 3.1 and 5.3.2
(https://www.rfc-editor.org/rfc/rfc3987#section-5.3.2). ``/page`` and ``/page/`` are two, as is ``/Page``.
"""

import re
from collections.abc import Callable
from unicodedata import normalize
from urllib.parse import quote

_SIMPLE = re.compile(r"[A-Za-z0-9/._~!$&'()*+,;=:@?#\[\]-]*")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNWRITABLE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]|%(?![0-9A-F]{2})|[^\x00-\x7f]")
_SPELLED = re.compile(r"(?:[^\x00-\x7f]|%[0-9A-F]{2})+|[\x00-\x24\x26-\x7f]+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BYTE = 0xDC00
"""Where ``surrogateescape`` puts a byte that is not UTF-8."""


def canonical_path(text: str) -> str:
    """The spelling of a path, with or without a query, under which it is compared, stored and shown.

    Letters are written as themselves in NFC, whatever else must be escaped as ``%XX`` in upper case; dot segments are
    resolved. A text that does not begin with ``/`` is not a path and stays as it is.
    """
    if not text.startswith("/") or (_SIMPLE.fullmatch(text) and "/." not in text):
        return text
    path, mark, query = canonical_escapes(text).partition("?")
    return (_without_dots(path) if "/." in path else path) + mark + query


def canonical_escapes(text: str) -> str:
    """``text`` with each character written in the one way of ``canonical_path``, and nothing else changed."""
    return _UNWRITABLE.sub(_escaped, normalize("NFC", _ESCAPES.sub(_decoded, text)))


def _decoded(escapes: re.Match[str]) -> str:
    """Letters as themselves; reserved characters and bytes that are not UTF-8 stay escapes."""
    letters = bytes.fromhex(escapes[0].replace("%", "")).decode("utf-8", "surrogateescape")
    return "".join(letter if letter in _UNRESERVED or _is_letter(letter) else _code(letter) for letter in letters)


def _is_letter(letter: str) -> bool:
    return letter > "\x7f" and not "\ud800" <= letter <= "\udfff"


def _code(letter: str) -> str:
    return f"%{ord(letter) - (0 if letter.isascii() else _BYTE):02X}"


def _escaped(found: re.Match[str]) -> str:
    """A letter that can be seen as itself, all else as escapes."""
    letter = found[0]
    return letter if letter.isprintable() and not letter.isascii() else quote(letter, safe="", errors="replace")


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    kept: list[str] = []
    steps = path.split("/")[1:]
    for step in steps:
        if step == ".." and kept:
            kept.pop()
        elif step not in {".", ".."}:
            kept.append(step)
    return "/" + "/".join([*kept, ""] if steps[-1] in {".", ".."} else kept)


def spellings(text: str) -> tuple[str, ...]:
    """Every spelling of ``text`` that a service may have stored: as itself and escaped, composed and decomposed."""
    found = [normalize(form, canonical_escapes(text)) for form in ("NFC", "NFD")]
    escaped = [_ascii(one) for one in found]
    lower = [_ESCAPES.sub(lambda code: code[0].lower(), one) for one in escaped]
    return tuple(dict.fromkeys([found[0], *escaped, *lower, found[1]]))


def _ascii(text: str) -> str:
    return "".join(letter if letter.isascii() else quote(letter) for letter in text)


def spelled_regex(text: str, as_regex: Callable[[str], str] = re.escape) -> str:
    """A regular expression, in the syntax that all services share (RE2), for every spelling of ``text``.

    ``as_regex`` translates what has one spelling only.
    """
    parts = ((part, spellings(part)) for part in _SPELLED.findall(canonical_escapes(text)))
    return "".join(
        f"(?:{'|'.join(re.escape(way) for way in ways)})" if len(ways) > 1 else as_regex(part) for part, ways in parts
    )
