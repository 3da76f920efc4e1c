"""Removes secrets from text: whatever looks like one in an address, and every secret that was looked up."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

HIDDEN = "***"

_USERINFO = re.compile(r"(?<=://)[^/\s?#@]*(?:@[^/\s?#@]*)*@")
_PARAMETER = re.compile(
    r"(?i)((?:^|[?&;\s])(?:[\w.\-]*(?:access|refresh|auth|id|security|session)[_\-]?token"
    r"|[\w.\-]*api[_\-]?key|[\w.\-]*(?:secret|password|passwd|pwd|signature|credential)"
    r"|token|token_auth|auth|authorization|sig|key|wskey|code|awsaccesskeyid|client_secret|jwt|sid)=)[^&;\s#\"'<>]+"
)
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/\-]{6,}=*")


def redact(text: str) -> str:
    """``text`` without user information in addresses, without token-like query parameters and authorization headers."""
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _HEADER.sub(rf"\1 {HIDDEN}", text)


class Redactor:
    """Remembers secret values and removes them from any text: plain, URL-encoded, JSON-escaped and as base64."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def remember(self, value: str) -> None:
        """Hide ``value`` from now on. Empty values are ignored."""
        if not value:
            return
        raw = value.encode("utf-8", "surrogatepass")
        forms = {
            value,
            quote(raw, safe=""),
            quote(raw),
            quote_plus(raw),
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
        }
        forms |= {encode(raw).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}
        self._forms |= {form for form in forms if form}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(form) for form in longest_first), re.IGNORECASE)

    def redact(self, text: str) -> str:
        return redact(self._pattern.sub(HIDDEN, text) if self._pattern else text)
