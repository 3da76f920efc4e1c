"""A time zone in the settings of a plan."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


def require_zone(name: str) -> str:
    """The name of a time zone. Raises ``ValueError`` with one that is near."""
    if name not in available_timezones():
        city = name.strip().replace(" ", "_").lower()
        known = next(
            (
                one
                for one in sorted(available_timezones())
                if one.lower().endswith(f"/{city}") and not one.startswith("Etc/")
            ),
            None,
        )
        raise ValueError(f"'{name}' is not a time zone; write an IANA name such as {known or 'Europe/London'}")
    return name


ZoneName = Annotated[str, AfterValidator(require_zone)]
