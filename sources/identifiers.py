"""The one spelling of the identifiers of publications: ISBN, handle, ARK, arXiv, PubMed, URN.

Labels and resolvers are no part of them, and where the case of letters is none either they are small.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

_HTTP = r"(?:https?://)"
_ISBN = re.compile(
    r"(?:(?:urn:)?isbn(?:-1[03])?:?\s*)?((?:97[89][ \-]?)?[0-9](?:[ \-]?[0-9]){8}[ \-]?[0-9Xx])", re.IGNORECASE
)
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), spelled)
    for pattern, spelled in (
        # https://info.arxiv.org/help/arxiv_identifier.html; its DOI names all versions
        (
            rf"(?:arxiv:\s*|{_HTTP}?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)"
            r"((?:[a-z\-]+(?:\.[a-z]{2})?/[0-9]{7}|[0-9]{4}\.[0-9]{4,5}))(?:v[0-9]+)?(?:\.pdf)?/?",
            lambda name: f"10.48550/arxiv.{name.lower()}",
        ),
        # https://pubmed.ncbi.nlm.nih.gov/help/#pmid
        (
            rf"(?:pmid:?\s*|info:pmid/|{_HTTP}?(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed)/)([0-9]+)/?",
            lambda name: f"pmid:{int(name)}",
        ),
        # a handle's ASCII letters have no case: https://www.rfc-editor.org/rfc/rfc3651#section-3
        (
            rf"(?:hdl:\s*/*|info:hdl/|{_HTTP}?hdl\.handle\.net/|(?=(?!10\.)[0-9]{{2,5}}(?:\.[0-9]+)+/))([0-9][0-9.]*/\S+)",
            lambda name: f"hdl:{name.lower()}",
        ),
        # resolver and hyphens are no part of an ARK: https://datatracker.ietf.org/doc/draft-kunze-ark/
        (
            rf"(?:{_HTTP}[^/\s]+/)?ark:/?([0-9bcdfghjkmnpqrstvwxz]+/[^\s?#]+)",
            lambda name: f"ark:{name.replace('-', '').rstrip('/.')}",
        ),
        # https://www.rfc-editor.org/rfc/rfc8458
        (rf"(?:{_HTTP}[^/\s]+/)?(urn:nbn:[^\s?#]+)", lambda name: name.lower()),
    )
)


def canonical_identifier(text: str) -> str | None:
    """The one spelling of ``text`` where it is one of these identifiers; None for anything else."""
    stripped = text.strip()
    isbn = _ISBN.fullmatch(stripped)
    if isbn is not None:
        return canonical_isbn(isbn[1])
    plain = unquote(stripped) if "://" in stripped else stripped
    found = ((pattern.fullmatch(plain), spelled) for pattern, spelled in _FORMS)
    return next((spelled(match[1]) for match, spelled in found if match is not None), None)


def canonical_isbn(text: str) -> str | None:
    """The 13 digits of an ISBN of 10 or 13; None where its check digit is wrong.

    https://www.isbn-international.org/content/isbn-users-manual/29
    """
    digits = re.sub(r"[ \-]", "", text).upper()
    if len(digits) == 10:
        values = [10 if digit == "X" else int(digit) for digit in digits]
        if sum((10 - at) * value for at, value in enumerate(values)) % 11:
            return None
        body = f"978{digits[:9]}"
        return f"{body}{-_weighted(body) % 10}"
    return digits if digits.isdecimal() and len(digits) == 13 and _weighted(digits) % 10 == 0 else None


def _weighted(digits: str) -> int:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
