"""Answers on their way to pages, for sources that ask in several modules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sources.contract import RawPage
from warehouse.schema import Window


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; ``request`` is what ``parse`` must know of the question."""

    url: str
    status: int
    body: bytes
    request: str = ""


def numbered(told: Iterable[Told], source: str, window: Window, now: datetime) -> Iterator[RawPage]:
    """The answers as pages, in their order."""
    for sequence, one in enumerate(told):
        yield RawPage(source, window, sequence, one.url, one.status, now, one.body, request=one.request)
