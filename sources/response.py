"""Answers on their way to pages, for sources that ask in several modules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sources.contract import RawPage
from warehouse.schema import Window


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """An answer; ``request`` is what ``parse`` must know of the question."""

    url: str
    status: int
    body: bytes
    request: str = ""


def raw_pages(responses: Iterable[ProviderResponse], source: str, window: Window, now: datetime) -> Iterator[RawPage]:
    """The answers as pages, in their order."""
    for sequence, response in enumerate(responses):
        yield RawPage(
            source, window, sequence, response.url, response.status, now, response.body, request=response.request
        )
