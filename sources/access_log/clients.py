"""Who sent a request: one reader, not the proxy in between and not the connection.

In the list that proxies write (``X-Forwarded-For``) the first address is the client, and each proxy adds the one before
it: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For. The port belongs to the connection:
RFC 7239, 6 (https://www.rfc-editor.org/rfc/rfc7239#section-6).
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_LOOKS_LIKE_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
)
_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|\[[^\]]*\]):\d+")
_FORWARDED_FOR = re.compile(r"(?i)\bfor=\"?([^\";,\s]+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_QUOTE_ESCAPED = re.compile(r'\\(?:"|x22)')
_UNKNOWN = frozenset({"", "-", "unknown"})
_CACHE_SIZE = 200_000
"""A server that writes ports has a new text for each request; so much of them is remembered."""


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"'{text}' is not an address or a network: write 10.0.0.7, 10.0.0.0/8 or fd00::/8") from None
    return text


class ClientRule(BaseModel):
    """Which of the addresses of a request is the visitor's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    from_: Literal["address", "first_forwarded"] = Field(
        "address",
        alias="from",
        description="address: the line's first field, of a list in it the first address; first_forwarded: the list of "
        "X-Forwarded-For, wherever the line has it, and the line's first field where there is none",
    )
    trusted: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (),
        description="addresses and networks of your own proxies: of a list, the last address that is none of them is "
        "the visitor's, so that nobody can pass for another one",
    )


class ClientFinder:
    """Finds the client of a request by a ``ClientRule``. Each text is looked at once: ``known`` has what was found."""

    def __init__(self, rule: ClientRule) -> None:
        self.reads_forwarded = rule.from_ == "first_forwarded"
        self._trusted = [ip_network(text, strict=False) for text in rule.trusted]
        self.known: dict[str | tuple[str, str], str] = {}

    def of_lead(self, lead: str, rest: str = "") -> str:
        """The client by the text before the time, where a host may come first, and by the fields after the agent."""
        forwarded = forwarded_of_rest(rest) if rest and self.reads_forwarded else ""
        key = (lead, forwarded) if forwarded else lead
        return self.known.get(key) or self._remembered(key, *lead_fields(lead, forwarded))

    def of_fields(self, address: str, forwarded: str = "") -> str:
        """The client by the field of the address that connected, and by the list that proxies wrote."""
        key = (address, forwarded)
        return self.known.get(key) or self._remembered(key, address, forwarded)

    def _remembered(self, key: str | tuple[str, str], address: str, forwarded: str) -> str:
        if len(self.known) >= _CACHE_SIZE:
            self.known.clear()
        found = self.known[key] = self._find(address, forwarded)
        return found

    def _find(self, address: str, forwarded: str) -> str:
        others = _forwarded_entries(forwarded) if self.reads_forwarded else []
        parts = [*others, *(_normal(part) for part in address.split(","))]
        chain = [part for part in parts if not _is_unknown(part)] or parts
        if not self._trusted:
            return chain[0]
        return next((one for one in reversed(chain) if not self._is_trusted(one)), chain[0])

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def lead_fields(lead: str, forwarded: str = "") -> tuple[str, str]:
    """The field of the client before the time, and the list that proxies wrote: the next field or ``forwarded``."""
    tokens = lead.strip("\0\ufeff ").replace(", ", ",").split(" ")
    behind_host = (
        len(tokens) > 3
        and not _looks_like_addresses(tokens[0])
        and (tokens[2] == "-" or _looks_like_addresses(tokens[1]))
    )
    first = 1 if behind_host else 0
    second = tokens[first + 1] if len(tokens) > first + 3 and _looks_like_addresses(tokens[first + 1]) else ""
    return tokens[first], second or forwarded


def forwarded_of_rest(rest: str) -> str:
    """The first quoted field after the agent that holds nothing but addresses, or a ``Forwarded`` header."""
    texts = (_QUOTE_ESCAPED.sub('"', field) for field in _QUOTED.findall(rest))
    fields = (field for field in texts if _forwarded_entries(field))
    return next(fields, "")


def _forwarded_entries(field: str) -> list[str]:
    """The addresses of ``X-Forwarded-For: a, b`` or ``Forwarded: for=a, for=b``; empty where the field has none."""
    named = _FORWARDED_FOR.findall(field)
    parts = named or [part.strip() for part in field.split(",")]
    found = [part for part in parts if _LOOKS_LIKE_ADDRESS.fullmatch(part)]
    unknown = [part for part in parts if _is_unknown(part)]
    return [_normal(part) for part in found] if len(found) + len(unknown) == len(parts) else []


def _is_unknown(part: str) -> bool:
    """Whether an entry names nobody: RFC 7239, 6.2 and 6.3."""
    return part in _UNKNOWN or part.startswith("_")


def _looks_like_addresses(token: str) -> bool:
    return all(part == "unknown" or _LOOKS_LIKE_ADDRESS.fullmatch(part) for part in token.split(","))


def _normal(text: str) -> str:
    """An address without port and brackets, in the one way in which addresses are written; a name as it is."""
    text = text.strip().strip('"')
    port = _PORT.fullmatch(text)
    address = _address(port[1] if port else text)
    return text if address is None else str(address)


@lru_cache(maxsize=65_536)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
