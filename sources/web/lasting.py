"""Answers about days that are over: kept when a pull stops midway, so that the next one does not ask for them again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests

KEPT_HEADERS = ("Content-Type", "Link", "Date")


@dataclass(frozen=True, slots=True)
class Answered:
    """``key`` names the question, ``url`` is redacted, ``at`` is aware UTC: when the pull began that asked."""

    key: str
    url: str
    status: int
    at: datetime
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def question(method: str, url: str, body: object) -> str:
    """The same for the same question; its parts are redacted already."""
    return hashlib.sha256(json.dumps([method, url, body], sort_keys=True, default=str).encode()).hexdigest()


def kept(key: str, response: requests.Response, at: datetime) -> Answered:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answered(key, response.url, response.status_code, at, response.content, headers)


def replayed(answer: Answered) -> requests.Response:
    """The answer as it came."""
    response = requests.Response()
    response.status_code, response.url = answer.status, answer.url
    response.headers.update(answer.headers)
    response._content = answer.body  # requests builds answers from connections only
    return response
