"""References in XML to what is not a character: half an emoji that a program cut, or a control character.

XML forbids them (https://www.w3.org/TR/xml/#NT-Char): one of them in one record would make a whole document unreadable.
"""

import re

_REFERENCE = re.compile(rb"&#(?:x0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));")
_REPLACEMENT = b"&#xFFFD;"


def with_characters_only(body: bytes) -> bytes:
    """``body`` with U+FFFD, the replacement character, for each reference to what is not a character."""
    return _REFERENCE.sub(_character, body) if b"&#" in body else body


def _character(found: re.Match[bytes]) -> bytes:
    code = int(found[1], 16) if found[1] else int(found[2])
    allowed = (
        code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    )
    return found[0] if allowed else _REPLACEMENT
