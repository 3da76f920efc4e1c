"""Turns error responses and broken connections into our errors. A library's own message may hold a secret: not used."""

import html
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import requests
from requests import exceptions as faults

from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError

Redact = Callable[[str], str]

MAX_EXCERPT_LENGTH = 200
_TAG = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")

_EXCEPTION_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (faults.ProxyError, "the proxy does not let the request through"),
    (faults.ConnectTimeout, "no connection in time"),
    (faults.ReadTimeout, "no answer in time"),
    (faults.ChunkedEncodingError, "the answer broke off before its end"),
    (faults.ContentDecodingError, "the answer is compressed and cannot be unpacked"),
    (faults.ConnectionError, "the connection broke"),
)
_CONNECTION_CAUSES = (
    ("Failed to resolve", "no host of this name is known"),
    ("Connection refused", "the host refuses connections"),
    ("Read timed out", "no answer in time"),
)


def error_from_exception(fault: Exception, where: str) -> KmiError:
    """The error for a request that brought no complete response."""
    text = str(fault)
    if isinstance(fault, faults.SSLError) and "EOF" not in text:
        do = "correct the certificate, or point REQUESTS_CA_BUNDLE to the one that signs it; check https and port"
        return RefusedError("the secure connection cannot be trusted", where=where, do=do)
    meaning = next((sentence for kind, sentence in _EXCEPTION_MEANINGS if isinstance(fault, kind)), None)
    if meaning is None:
        return ConfigError("the address or a header cannot be used", where=where, do="correct the address in the plan")
    what = next((sentence for sign, sentence in _CONNECTION_CAUSES if sign in text), meaning)
    return RetryableError(what, where=where, do="check the address and the network, or run again later")


def error_from_status(response: requests.Response, where: str, redact: Redact) -> KmiError | None:
    """The error that the status of a response means, or None for a good one; 304 is good."""
    status = response.status_code
    if 200 <= status < 300 or status == 304:
        return None
    text = excerpt(response, redact)
    what = f"answered {status}" + (f" ({text})" if text else "")
    if status == 429 or status >= 500:
        do = "run again later" if status != 429 else "run again later, or ask for less at a time"
        return RetryableError(what, where=where, do=do, retry_after_s=retry_after_s(response))
    if status in {401, 403, 407}:
        do = "check the access: the key or password under auth, and what it may read"
    elif status == 410:
        do = "it is gone for good: remove it from the plan or give its new address"
    elif status == 404:
        do = "check the address in the plan"
    else:
        do = "check the address and the settings of the source"
    return RefusedError(what, where=where, do=do)


def retry_after_s(response: requests.Response) -> float | None:
    """Seconds to wait by ``Retry-After`` (RFC 9110, 10.2.3), or None; a date counts from the response's ``Date``."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0)


def excerpt(response: requests.Response, redact: Redact) -> str:
    """The first words of a body, without markup and secrets; empty for a body that is not text."""
    kind = response.headers.get("Content-Type", "text/plain").lower()
    if not any(word in kind for word in ("text", "json", "xml", "html")):
        return ""
    text = redact(_decoded(response.content[:20_000], response.encoding))
    text = " ".join(redact(html.unescape(_TAG.sub(" ", text))).split())
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= MAX_EXCERPT_LENGTH else f"{text[:MAX_EXCERPT_LENGTH]}…"


def _decoded(body: bytes, encoding: str | None) -> str:
    try:
        return body.decode(encoding or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
