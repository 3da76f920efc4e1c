"""Responses, and when a conditional request gets 304."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body, content type and further headers."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def page(status: int, title: str) -> Response:
    """A page for people, as servers and proxies show in the place of data."""
    text = f"<!DOCTYPE html>\n<html lang='en'><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Response(status, text.encode(), "text/html; charset=utf-8")


def validated(response: Response, modified: datetime, request_headers: Mapping[str, str]) -> Response:
    """``response`` with ETag and Last-Modified (``modified`` is aware), or its 304.

    If-None-Match goes before If-Modified-Since: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
    """
    etag = f'"{hashlib.blake2b(response.body, digest_size=10).hexdigest()}"'
    validators = {"ETag": etag, "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True)}
    if _is_current(etag, modified, request_headers):
        return Response(304, b"", "", validators)
    return replace(response, headers={**response.headers, **validators})


def _is_current(etag: str, modified: datetime, headers: Mapping[str, str]) -> bool:
    tags = headers.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    try:
        since = parsedate_to_datetime(headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return modified.replace(microsecond=0) <= since.astimezone(UTC)
