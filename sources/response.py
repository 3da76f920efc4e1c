"""A provider's response before it becomes a raw page, for sources whose requests are made in several modules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sources.contract import RawPage
from warehouse.schema import Window


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """A response; ``request`` is what ``parse`` needs from the request (see ``RawPage``)."""

    url: str
    status: int
    body: bytes
    request: str = ""


def raw_pages(responses: Iterable[ProviderResponse], source: str, window: Window, now: datetime) -> Iterator[RawPage]:
    """The responses as pages, numbered in their order."""
    for sequence, response in enumerate(responses):
        yield RawPage(
            source, window, sequence, response.url, response.status, now, response.body, request=response.request
        )
