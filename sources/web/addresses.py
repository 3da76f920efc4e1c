"""Web addresses: parsing, comparison of origins, targets of redirects."""

from collections.abc import Collection
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from sources.web.secret_forms import HIDDEN


def parse_web_address(url: str) -> SplitResult | None:
    """The parts of an http or https address with a host, or None for anything else."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return None
    return parts if usable else None


def same_origin(old: str, new: str) -> bool:
    """Whether ``new`` may get the credentials for ``old``: same scheme, host and port, or http become https."""
    before, after = _origin(urlsplit(old)), _origin(urlsplit(new))
    return before == after or (before[1] == after[1] and (before[::2], after[::2]) == (("http", 80), ("https", 443)))


def redirect_target(url: str, location: str, drop_params: Collection[str]) -> str | None:
    """The address of ``location`` seen from ``url``, without user information; None where it is not a web address.

    The query parameters ``drop_params`` are left out.
    """
    try:
        parts = parse_web_address(urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace")))
    except ValueError:
        return None
    if parts is None:
        return None
    query = "&".join(pair for pair in parts.query.split("&") if pair.partition("=")[0] not in drop_params)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def without_secret_params(url: str, drop_params: Collection[str]) -> str:
    """``url`` without the query parameters ``drop_params``, and without those whose value was redacted.

    A service that repeats the key in the address of the next page would otherwise get it twice, or get asterisks.
    """
    head, question, tail = url.partition("?")
    query, hash_sign, fragment = tail.partition("#")
    pairs = [pair.partition("=") for pair in query.split("&")]
    kept = ["".join(pair) for pair in pairs if pair[0] not in drop_params and unquote(pair[2]) != HIDDEN]
    return head + (question if kept else "") + "&".join(kept) + hash_sign + fragment


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
