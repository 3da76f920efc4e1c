"""Collects the page views of the files of a delivery as columns of numbers: visitor, page and time."""

from array import array
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sources.access_log.copies import FileRead, repeated_requests
from sources.access_log.lines import LogReader, Malformed
from sources.access_log.paths import Page, PagePaths
from sources.access_log.robots import RobotLists
from sources.access_log.visits import IntArray, Views, local_days_and_hours

COUNTED_STATUS = frozenset({"200", "304"})
"""COUNTER counts these two statuses only."""


class LogViews:
    """The page views of all files that were added. A line that two files hold counts once, packed or not.

    A visitor is a client and a user agent; an address is a path with its query string. Both are numbered here.
    """

    def __init__(self, reader: LogReader, pages: PagePaths, robots: RobotLists) -> None:
        self._reader, self._pages, self._robots = reader, pages, robots
        self._requests, self._hashes, self._request, self._at, self._visitor, self._address = (
            array("q") for _ in range(6)
        )
        self._visitors: dict[tuple[str, str | None], int] = {}
        self._robot: list[bool] = []
        self._addresses: dict[str, int | None] = {}
        self._address_numbers: dict[Page, int] = {}
        self._path_numbers: dict[str, int] = {}
        self._path_of: list[int] = []
        self._contents: dict[bytes, str] = {}
        self.files: list[FileRead] = []
        self.malformed: list[Malformed] = []
        self.unread: dict[str, int] = {}
        self.notes: list[str] = []

    def add(self, name: str, body: bytes) -> None:
        """Read a file. Raises ``ShapeError``."""
        first, views = len(self._requests), len(self._at)
        self._read(name, body)
        facts = self._reader.facts
        if not (len(self._requests) - first or facts.unread):
            self.notes.append(f"{name} has no lines")
            return
        if facts.digest in self._contents:
            del self._requests[first:]
            for column in (self._request, self._at, self._visitor, self._address):
                del column[views:]
            self.notes.append(f"{name} has the same content as {self._contents[facts.digest]}: counted once")
            return
        self._contents[facts.digest] = name
        self._hashes.extend(facts.hashes)
        self.files.append(FileRead(name, facts.form, first, len(self._requests)))
        self.malformed += facts.malformed
        if facts.unread:
            self.unread[name] = facts.unread

    def _read(self, name: str, body: bytes) -> None:
        add_request, add_row, add_time = self._requests.append, self._request.append, self._at.append
        add_visitor, add_address = self._visitor.append, self._address.append
        addresses, visitors = self._addresses, self._visitors
        for count, (at, client, request, status, agent) in enumerate(
            self._reader.read(name, body), len(self._requests)
        ):
            add_request(at)
            if status in COUNTED_STATUS and request.startswith("GET "):
                address = addresses[request] if request in addresses else self._new_address(request)
                if address is not None:
                    visitor = visitors.get((client, agent))
                    add_row(count)
                    add_time(at)
                    add_visitor(self._new_visitor(client, agent) if visitor is None else visitor)
                    add_address(address)

    def requests(self) -> tuple[IntArray, NDArray[np.bool_]]:
        """Seconds since 1970 UTC of every request, file by file, and which of them an earlier file has too."""
        at = np.array(self._requests, dtype=np.int64)
        return at, repeated_requests(at, np.array(self._hashes, dtype=np.int64), self.files)

    def views(self, zone: ZoneInfo, repeated: NDArray[np.bool_]) -> Views:
        """All page views, including double clicks and robots, without those of ``repeated`` requests."""
        once = ~repeated[np.array(self._request, dtype=np.int64)]
        at, visitor, address = (
            np.array(column, dtype=np.int64)[once] for column in (self._at, self._visitor, self._address)
        )
        days, hours = local_days_and_hours(at, zone)
        return Views(at, visitor, address, days, hours)

    def by_robots(self, views: Views) -> NDArray[np.bool_]:
        """Which of ``views`` are by robots."""
        return np.array(self._robot, dtype=np.bool_)[views.visitor]

    def without_agent(self, views: Views) -> NDArray[np.bool_]:
        """Which of ``views`` are by visitors whose lines have an empty user agent."""
        return np.array([agent in {"", "-"} for _, agent in self._visitors], dtype=np.bool_)[views.visitor]

    def views_by_client(self, views: Views) -> IntArray:
        """How many of ``views`` each client has, in no order."""
        counts: dict[str, int] = {}
        by_visitor = np.bincount(views.visitor, minlength=len(self._visitors)).tolist()
        for (client, _), count in zip(self._visitors, by_visitor, strict=True):
            counts[client] = counts.get(client, 0) + count
        return np.array([count for count in counts.values() if count], dtype=np.int64)

    def paths(self, views: Views) -> list[str]:
        """The path of each of ``views``."""
        names = list(self._path_numbers)
        return [names[self._path_of[address]] for address in views.address.tolist()]

    def page_notes(self) -> Iterator[str]:
        """What there is to say of patterns and of paths that differ by their last slash only."""
        yield from self._pages.notes()
        twice = [path for path in self._path_numbers if path != "/" and f"{path}/" in self._path_numbers]
        if twice:
            more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
            yield f"'{twice[0]}' and '{twice[0]}/'{more} are two pages each: the server answered both"

    @property
    def has_lines_without_agent(self) -> bool:
        """Whether some visitor comes from lines of a form without a user agent."""
        return any(agent is None for _, agent in self._visitors)

    def _new_visitor(self, client: str, agent: str | None) -> int:
        visitor = self._visitors[client, agent] = len(self._robot)
        self._robot.append(self._robots.is_robot(agent))
        return visitor

    def _new_address(self, request: str) -> int | None:
        page = self._pages.page(request)
        address = None
        if page is not None:
            address = self._address_numbers.setdefault(page, len(self._path_of))
            if address == len(self._path_of):
                self._path_of.append(self._path_numbers.setdefault(page.path, len(self._path_numbers)))
        self._addresses[request] = address
        return address
