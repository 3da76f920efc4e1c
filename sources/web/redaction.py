"""Removes secrets from text: whatever looks like one in an address, and every secret that was looked up."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from sources.web.secret_forms import HIDDEN, SHORTEST, SecretForms

__all__ = ["HIDDEN", "Redactor", "redact"]

_USERINFO = re.compile(r"(?<=://)[^/\s?#@]*(?:@[^/\s?#@]*)*@")
_PARAMETER = re.compile(
    r"(?i)((?:^|[?&;\s])(?:[\w.\-]*(?:access|refresh|auth|id|security|session)[_\-]?token"
    r"|[\w.\-]*api[_\-]?key|[\w.\-]*(?:secret|password|passwd|pwd|signature|credential)"
    r"|token|token_auth|auth|authorization|sig|key|wskey|code|awsaccesskeyid|client_secret|jwt|sid)=)[^&;\s#\"'<>]+"
)
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/\-]{6,}=*")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.\-]*://[^/\s:@]*:([^/\s@]+)@")
_LEAST_LINE = 16
_PEM = "-----BEGIN "


def redact(text: str) -> str:
    """``text`` without user information in addresses, without token-like query parameters and authorization headers."""
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _HEADER.sub(rf"\1 {HIDDEN}", text)


class Redactor:
    """Remembers secrets and removes them from what leaves a run, in every form of ``SecretForms``.

    ``parent``: learns every secret too. A session has a redactor of its own, since only its own secrets can be in the
    bodies that it reads; the run's redactor, the parent of all, stands before everything that people and other programs
    read. It is shared by threads: secrets are only ever added.
    """

    def __init__(self, parent: "Redactor | None" = None) -> None:
        self._parent = parent
        self._forms: dict[str, SecretForms] = {}

    @property
    def is_empty(self) -> bool:
        return not self._forms

    def remember(self, value: str, reference: str = "") -> None:
        """Hide ``value`` from now on, unless it is too short. ``reference``: its name in the plan."""
        for part in _parts(value):
            if part not in self._forms:
                self._forms = {**self._forms, part: SecretForms(part, reference)}
        if self._parent is not None:
            self._parent.remember(value, reference)

    def redact(self, text: str) -> str:
        """A text for people: without the secrets, and without what looks like one in an address."""
        return redact(self.redact_text(text))

    def redact_text(self, text: str) -> str:
        """A text for people, without the secrets."""
        for forms in self._longest_first():
            text = forms.hide(text)
        return text

    def redact_data(self, text: str) -> str:
        """A name, a cell or a document, without the secrets; what may be a figure stays."""
        return self._hidden(text, lambda forms, text: forms.hide(text))[0]

    def redact_body(self, body: bytes) -> tuple[bytes, list[str]]:
        """A body without the secrets; what may be a figure stays. Also the references of those that it held."""
        if not self._forms:
            return body, []
        try:
            text, found = self._hidden(body.decode("utf-8"), lambda forms, text: forms.hide(text))
            return (text.encode("utf-8") if found else body), found
        except UnicodeDecodeError:
            text, found = self._hidden(body.decode("latin-1"), lambda forms, text: forms.hide_in_bytes(text))
            return (text.encode("latin-1") if found else body), found

    def _hidden(self, text: str, hide: Callable[[SecretForms, str], str]) -> tuple[str, list[str]]:
        found = []
        for forms in self._longest_first():
            if not forms.is_number:
                hidden = hide(forms, text)
                found += [forms.reference] if hidden != text else []
                text = hidden
        return text, found

    def _longest_first(self) -> list[SecretForms]:
        return sorted(self._forms.values(), key=lambda forms: len(forms.value), reverse=True)


def _parts(value: str) -> Iterator[str]:
    """The secret, the password of one that is an address, and each line of a private key, which programs wrap."""
    if len(value) >= SHORTEST:
        yield value
    if (address := _ADDRESS.match(value)) and len(address[1]) >= SHORTEST:
        yield unquote(address[1])
    if _PEM in value:
        lines = value.replace("\\n", "\n").splitlines()
        yield from (line for line in lines if len(line) >= _LEAST_LINE and not line.startswith("-----"))
