"""Canonical names: one thing has one name, however its address or DOI is written.

Addresses are compared by RFC 3986, 6.2.2 and 6.2.3 (https://www.rfc-editor.org/rfc/rfc3986#section-6.2): case of scheme
and host, percent-encoding, dot segments, default port. Beyond the standard, what says how a page is fetched or from
where a reader came is no part of its name: http or https, a slash at the end, tracking and session parameters. No
standard makes ``www.`` equal to the host without it, so they stay two names.
"""

import re
from urllib.parse import parse_qsl, unquote

from requests.utils import unquote_unreserved
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from sources.identifiers import canonical_identifier

_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
"""The syntax of a DOI name: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html"""

_DOI_LABEL = re.compile(r"(?:(?:info|urn)\s*:\s*)?doi\s*[:/]?\s*", re.IGNORECASE)
_DOI_ADDRESS = re.compile(
    r"(?:https?://)?(?:dx[.\-]|www[.\-])?doi[.\-]org(?:\.[a-z0-9.\-]+)?(?::[0-9]+)?/(?:doi:)?", re.IGNORECASE
)
"""The resolver, or the name that a library's proxy gives it: ``doi-org.proxy.example``."""
_DEFAULT_PORTS = {80: "http", 443: "https"}
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)

TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "_hs")
TRACKING_PARAMETERS = frozenset(
    {"gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl"}  # Google
    | {"fbclid", "igsh", "igshid", "twclid", "ttclid", "li_fat_id", "msclkid", "yclid", "ysclid", "epik"}
    | {"mc_cid", "mc_eid", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id", "ml_subscriber", "ml_subscriber_hash"}
    | {"at_medium", "at_campaign", "xtor", "wt_mc", "wt.mc_id", "wtrid", "s_cid", "_openstat", "piwik_campaign"}
    | {"phpsessid", "jsessionid", "sessionid", "session_id"}
)
"""Parameters that say from where a reader came, or in which session, lower case; the vendors' documented names, such
as https://support.google.com/analytics/answer/10917952 and https://matomo.org/guide/reports/campaigns/"""


def canonical_name(text: str) -> str:
    """The one spelling of a DOI, another identifier or a web address; any other text as it is."""
    return canonical_doi(text) or canonical_identifier(text) or canonical_address(text) or text


def canonical_doi(text: str) -> str | None:
    """The bare DOI in small letters, from a bare one, ``doi:`` or its address; None for anything else.

    The full stop of a citation, a comma or a bracket around it is no part of it. A DOI does not depend on the case of
    its letters:
    https://www.doi.org/doi-handbook/HTML/general-characteristics-of-the.html
    """
    stripped = text.strip().removeprefix("<")
    address = _DOI_ADDRESS.match(stripped)
    if address is not None:
        bare = unquote(stripped[address.end() :].partition("?")[0].partition("#")[0])
    else:
        label = _DOI_LABEL.match(stripped)
        bare = stripped[label.end() :] if label is not None else stripped
    bare = re.sub(r"\\([_&%#$])", r"\1", bare.rstrip(".,;>"))  # BibTeX writes \_ for _
    return _lower_ascii(bare) if _DOI.fullmatch(bare) else None


def canonical_address(text: str) -> str | None:
    """An http or https address in its one spelling, as https; None for anything else."""
    if not re.match(r"https?://", text, re.IGNORECASE):
        return None
    try:
        url = parse_url(text.strip())
    except LocationParseError:
        return None
    if not url.host:
        return None
    port = None if _DEFAULT_PORTS.get(url.port or 0) == url.scheme else url.port
    path = _SESSION.sub("", _decoded(url.path)).rstrip("/")
    found = Url("https", None, url.host, port, path or None, _kept(url.query) or None, _kept(url.fragment) or None)
    return found.url


def _decoded(part: str | None) -> str:
    """Percent-encoded octets of unreserved characters decoded, the others with capital digits (RFC 3986, 6.2.2.2)."""
    return unquote_unreserved(part) if part else ""


def _kept(part: str | None) -> str:
    """A query or fragment without its tracking and session parameters."""
    pairs = (part or "").split("&")
    return "&".join(_decoded(pair) for pair in pairs if pair and not _is_tracking(pair))


def _is_tracking(pair: str) -> bool:
    name = next((name for name, _ in parse_qsl(pair, keep_blank_values=True)), "").casefold()
    return "=" in pair and (name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES))


def _lower_ascii(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
