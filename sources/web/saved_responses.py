"""Responses about days that are over: saved when a pull stops midway, so that the next pull need not request them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests

KEPT_HEADERS = ("Content-Type", "Link", "Date")


@dataclass(frozen=True, slots=True)
class SavedResponse:
    """``key`` is the request key, ``url`` is redacted, ``at`` (aware UTC) is when the pull began that requested it."""

    key: str
    url: str
    status: int
    at: datetime
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def request_key(method: str, url: str, body: object) -> str:
    """A hash that is equal for equal requests; its parts are redacted already."""
    return hashlib.sha256(json.dumps([method, url, body], sort_keys=True, default=str).encode()).hexdigest()


def save_response(key: str, response: requests.Response, at: datetime) -> SavedResponse:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return SavedResponse(key, response.url, response.status_code, at, response.content, headers)


def replay_response(saved: SavedResponse) -> requests.Response:
    """The response as it was received."""
    response = requests.Response()
    response.status_code, response.url = saved.status, saved.url
    response.headers.update(saved.headers)
    response._content = saved.body  # requests builds responses from connections only
    return response
