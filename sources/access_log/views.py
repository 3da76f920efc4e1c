"""Collects the page views of the files of a delivery as columns of numbers: visitor, page and time."""

from array import array
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sources.access_log.lines import LogReader, Malformed
from sources.access_log.paths import PagePaths
from sources.access_log.robots import RobotLists
from sources.access_log.visits import IntArray, Views, local_days_and_hours

COUNTED_STATUS = frozenset({"200", "304"})
"""COUNTER counts these two statuses only."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file and the range of its requests among all: ``[first, end)``."""

    name: str
    first: int
    end: int


class LogViews:
    """The page views of all files that were added; of files with the same content, packed or not, the first counts.

    A visitor is a client and a user agent; an address is a path with its query string. Both are numbered here.
    """

    def __init__(self, reader: LogReader, pages: PagePaths, robots: RobotLists) -> None:
        self._reader, self._pages, self._robots = reader, pages, robots
        self._requests, self._at, self._visitor, self._address = (array("q") for _ in range(4))
        self._visitors: dict[tuple[str, str | None], int] = {}
        self._robot: list[bool] = []
        self._addresses: dict[str, int | None] = {}
        self._path_numbers: dict[str, int] = {}
        self._path_of: list[int] = []
        self._contents: dict[bytes, str] = {}
        self.files: list[FileRead] = []
        self.malformed: list[Malformed] = []
        self.notes: list[str] = []

    def add(self, name: str, body: bytes) -> None:
        """Read a file. Raises ``ShapeError``."""
        first, views = len(self._requests), len(self._at)
        for at, client, request, status, agent in self._reader.read(name, body):
            self._requests.append(at)
            if status in COUNTED_STATUS and request.startswith("GET "):
                address = self._addresses[request] if request in self._addresses else self._new_address(request)
                if address is not None:
                    self._view(at, client, agent, address)
        if not (len(self._requests) - first or self._reader.malformed):
            self.notes.append(f"{name} has no lines")
            return
        if self._reader.digest in self._contents:
            del self._requests[first:], self._at[views:], self._visitor[views:], self._address[views:]
            self.notes.append(f"{name} has the same content as {self._contents[self._reader.digest]}: counted once")
            return
        self._contents[self._reader.digest] = name
        self.files.append(FileRead(name, first, len(self._requests)))
        self.malformed += self._reader.malformed

    def request_times(self) -> IntArray:
        """Seconds since 1970 UTC of every request, file by file."""
        return np.array(self._requests, dtype=np.int64)

    def views(self, zone: ZoneInfo) -> Views:
        """All page views, including double clicks and robots."""
        at = np.array(self._at, dtype=np.int64)
        days, hours = local_days_and_hours(at, zone)
        return Views(at, np.array(self._visitor, dtype=np.int64), np.array(self._address, dtype=np.int64), days, hours)

    def by_robots(self, views: Views) -> NDArray[np.bool_]:
        """Which of ``views`` are by robots."""
        return np.array(self._robot, dtype=np.bool_)[views.visitor]

    def paths(self, views: Views) -> list[str]:
        """The path of each of ``views``."""
        names = list(self._path_numbers)
        return [names[self._path_of[address]] for address in views.address.tolist()]

    @property
    def without_agent(self) -> bool:
        """Whether some visitor comes from lines without a user agent."""
        return any(agent is None for _, agent in self._visitors)

    @property
    def one_client(self) -> bool:
        """Whether at least a hundred page views all come from one client."""
        return len(self._at) >= 100 and len({client for client, _ in self._visitors}) == 1

    def _view(self, at: int, client: str, agent: str | None, address: int) -> None:
        visitor = self._visitors.setdefault((client, agent), len(self._robot))
        if visitor == len(self._robot):
            self._robot.append(self._robots.is_robot(agent))
        self._at.append(at)
        self._visitor.append(visitor)
        self._address.append(address)

    def _new_address(self, request: str) -> int | None:
        path = self._pages.path(request)
        address = None
        if path is not None:
            address = len(self._path_of)
            self._path_of.append(self._path_numbers.setdefault(path, len(self._path_numbers)))
        self._addresses[request] = address
        return address
