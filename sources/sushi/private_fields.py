"""Takes the customer out of a response: the code of practice wants identifiers and name in each report."""

from collections.abc import Callable
from typing import Any

CUSTOMER_FIELDS = frozenset(
    {"customer_id", "institution_id", "institution_name", "requestor_id", "api_key", "apikey", "notes"}
)
_SENTENCES = frozenset({"Message", "Data", "Help_URL", "message", "data"})


def without_customer(value: Any, redact: Callable[[str], str]) -> Any:
    """``value`` without the fields that name the customer, and with its exceptions redacted.

    Only sentences are redacted: a short customer ID may well be a part of a count or of a date.
    """
    if isinstance(value, list):
        return [without_customer(part, redact) for part in value if not _names_customer(part)]
    if not isinstance(value, dict):
        return value
    return {
        name: redact(part) if name in _SENTENCES and isinstance(part, str) else without_customer(part, redact)
        for name, part in value.items()
        if name.lower() not in CUSTOMER_FIELDS
    }


def _names_customer(part: Any) -> bool:
    """Whether an entry of a list with Name and Value is one of them: release 5 lists filters and attributes so."""
    return isinstance(part, dict) and str(part.get("Name", "")).lower() in CUSTOMER_FIELDS
