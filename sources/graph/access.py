"""What answers tell of the access itself: until when the token is good, and which version answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sources.observations import ObservationBuilder


def note_version_drift(about: Mapping[str, Any], version: str, observed: ObservationBuilder) -> None:
    """Notes where a version that ended was answered by a newer one, which Meta does without a word."""
    served = about.get("served", version)
    if served != version:
        observed.note(
            f"asked as {version}, answered as {served}: the version in the plan has ended; check the metrics and write 'version: {served}'"
        )


def token_expiry(document: Any, about: Mapping[str, Any], observed: ObservationBuilder) -> datetime | None:
    """When the token ends; None for one without an end, and where nothing is known."""
    if about.get("why"):
        observed.note(f"it is not known when the token ends: {about['why']}")
        return None
    told = document.get("data") if isinstance(document, dict) else None
    told = told if isinstance(told, dict) else {}
    data_end = _instant(told.get("data_access_expires_at"))
    if data_end is not None:
        observed.note(
            f"the consent to read data ends on {data_end:%Y-%m-%d}: the person who made the token logs in to the app again before"
        )
    return _instant(told.get("expires_at"))


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**11:
        return None
    return datetime.fromtimestamp(seconds, UTC)
