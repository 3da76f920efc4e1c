"""Answers about days that are over: kept when a pull stops midway, so that the next one does not ask for them again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests

KEPT_HEADERS = ("Content-Type", "Link", "Date")


@dataclass(frozen=True, slots=True)
class SavedResponse:
    """``key`` names the question, ``url`` is redacted, ``at`` is aware UTC: when the pull began that asked."""

    key: str
    url: str
    status: int
    at: datetime
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def request_key(method: str, url: str, body: object) -> str:
    """The same for the same question; its parts are redacted already."""
    return hashlib.sha256(json.dumps([method, url, body], sort_keys=True, default=str).encode()).hexdigest()


def save_response(key: str, response: requests.Response, at: datetime) -> SavedResponse:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return SavedResponse(key, response.url, response.status_code, at, response.content, headers)


def replay_response(saved: SavedResponse) -> requests.Response:
    """The answer as it came."""
    response = requests.Response()
    response.status_code, response.url = saved.status, saved.url
    response.headers.update(saved.headers)
    response._content = saved.body  # requests builds answers from connections only
    return response
