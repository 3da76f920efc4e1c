"""References to secrets. A plan says where a secret is kept; the value is looked up at run time and never written."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

REFERENCE = re.compile(r"\$\{(env|prefect):([A-Za-z0-9_\-/]+)\}")
"""``${env:NAME}`` is an environment variable, ``${prefect:block-name}`` a Prefect secret block."""

SecretResolver = Callable[[str], str]
"""Returns the value of a reference. Raises ``ConfigError`` where it is not set."""

_SHAPES = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\bAIza[0-9A-Za-z_\-]{35}\b"), "a Google API key"),
    (re.compile(r"\bya29\.[0-9A-Za-z_\-]{20,}"), "a Google access token"),
    (re.compile(r"\bEAA[0-9A-Za-z]{30,}\b"), "a Facebook access token"),
    (re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"), "an AWS key"),
    (re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36,}\b"), "a GitHub token"),
    (re.compile(r"\bxox[abprs]-[0-9A-Za-z\-]{10,}"), "a Slack token"),
    (re.compile(r"\beyJ[0-9A-Za-z_\-]{10,}\.[0-9A-Za-z_\-]{10,}\.[0-9A-Za-z_\-]*"), "a JSON web token"),
    (re.compile(r"://[^/\s:@]+:(?!\$\{)[^/\s@]+@"), "a password in an address"),
    (
        re.compile(r"(?i)[?&](?:access_token|api_?key|token|token_auth|password|secret|sig)=(?!\$\{)[^&\s]{6,}"),
        "a secret in an address",
    ),
)


def detect_secret(text: str) -> str | None:
    """The kind of secret that ``text`` seems to contain, or None. References do not count."""
    return next((kind for shape, kind in _SHAPES if shape.search(text)), None)


def _require_reference(text: str) -> str:
    if not REFERENCE.fullmatch(text):
        raise ValueError(
            "a secret is never written into the plan: write ${env:NAME} or ${prefect:block-name} and set it there"
        )
    return text


SecretRef = Annotated[str, AfterValidator(_require_reference)]
