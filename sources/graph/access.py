"""What responses say about the access itself: when the token expires, and which API version answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sources.observations import ObservationBuilder


def note_version_drift(about: Mapping[str, Any], version: str, observed: ObservationBuilder) -> None:
    """Note that a newer version answered than was requested, which Meta does silently once a version has ended."""
    served = about.get("served", version)
    if served != version:
        observed.note(
            f"requested {version}, answered by {served}: the version in the plan has ended; "
            f"check the metrics and write 'version: {served}'"
        )


def token_expiry(document: Any, about: Mapping[str, Any], observed: ObservationBuilder) -> datetime | None:
    """When the token expires, aware UTC; None if it never does or the provider did not say."""
    if about.get("why"):
        observed.note(f"the expiry date of the token is not known: {about['why']}")
        return None
    data = document.get("data") if isinstance(document, dict) else None
    token = data if isinstance(data, dict) else {}
    data_end = _instant(token.get("data_access_expires_at"))
    if data_end is not None:
        observed.note(
            f"the consent to read data ends on {data_end:%Y-%m-%d}: "
            "the person who created the token must log in to the app again before that day"
        )
    return _instant(token.get("expires_at"))


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**11:
        return None
    return datetime.fromtimestamp(seconds, UTC)
