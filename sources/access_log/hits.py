"""What a line of a log says, whatever its form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from sources.access_log.clients import ClientFinder

Hit = tuple[int, str, str, str, str | None]
"""One request: seconds since 1970 UTC, client, request line, status, user agent (None in a log without agents)."""

NO_FORM = "the line does not have the format of the log"
NO_TIME = "the time does not exist or is implausible"


@dataclass(frozen=True, slots=True)
class Reading:
    """How lines are read: who the client is, and the zone of times that a log writes without one.

    Times of W3C extended logs are UTC unless the plan declares a zone, which ``declared_zone`` says.
    """

    clients: ClientFinder
    zone: tzinfo
    declared_zone: tzinfo | None = None


class LineForm(Protocol):
    """One way in which servers write lines. ``label`` is its name for people, once lines were read."""

    @property
    def label(self) -> str: ...

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        """For each line the request, or why there is none; an empty text for a line that is no request by intent."""
        ...


def request_line(method: str, target: str, protocol: str = "HTTP/1.1") -> str:
    return f"{method} {target} {protocol}"
