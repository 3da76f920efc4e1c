"""Reads the files of a delivery into a table of requests: visitor, page and time of each."""

from collections.abc import Iterator
from itertools import repeat

from sources.access_log.copies import FileRead
from sources.access_log.lines import LogReader, Malformed
from sources.access_log.paths import PagePaths
from sources.access_log.request_table import NAMELESS, ROBOT, RequestTable
from sources.access_log.robots import RobotLists
from sources.access_log.view_counts import page_and_folder, path_bytes
from sources.stored_body import Content

COUNTED_STATUS = frozenset({"200", "304"})
"""COUNTER counts these two statuses only."""
CACHE_SIZE = 100_000
"""So many request lines, paths and user agents are remembered; what is forgotten is looked at again."""


class LogViews:
    """The requests of all files that were added, in ``table``.

    A visitor is a client and a user agent; an address is a path with its query string.
    """

    def __init__(self, table: RequestTable, reader: LogReader, pages: PagePaths, robots: RobotLists) -> None:
        self.table = table
        self._reader, self._pages, self._robots = reader, pages, robots
        self._agents: dict[str | None, tuple[int, int]] = {}
        self._addresses: dict[str, tuple[int, int] | None] = {}
        self._paths: dict[str, int] = {}
        self._path_count = 0
        self._contents: dict[bytes, str] = {}
        self._read_files = 0
        self.files: list[FileRead] = []
        self.malformed: list[Malformed] = []
        self.unread: dict[str, int] = {}
        self.notes: list[str] = []
        self.has_lines_without_agent = False

    def add(self, name: str, body: Content) -> None:
        """Read a file. Raises ``ShapeError``."""
        self._read_files += 1
        self._read(name, body)
        facts = self._reader.facts
        if not (facts.requests or facts.unread):
            self.notes.append(f"{name} has no lines")
            return
        if facts.digest in self._contents:
            self.notes.append(f"{name} has the same content as {self._contents[facts.digest]}: counted once")
            return
        self._contents[facts.digest] = name
        self.files.append(FileRead(name, facts.form, self._read_files))
        self.malformed += facts.malformed
        if facts.unread:
            self.unread[name] = facts.unread

    def _read(self, name: str, body: Content) -> None:
        addresses, agents = self._addresses, self._agents
        for hits, lines in self._reader.read(name, body):
            batch = self.table.batch
            add_second, add_row, add_client = batch.second.append, batch.row.append, batch.client.append
            add_agent, add_address, add_path = batch.agent.append, batch.address.append, batch.path.append
            add_traits = batch.traits.append
            for row, (at, client, request, status, agent) in enumerate(hits, len(batch.second)):
                add_second(at)
                if status in COUNTED_STATUS and request.startswith("GET "):
                    address = addresses[request] if request in addresses else self._new_address(request)
                    if address is not None:
                        agent_key, traits = agents.get(agent) or self._new_agent(agent)
                        add_row(row)
                        add_client(hash(client))
                        add_agent(agent_key)
                        add_address(address[0])
                        add_path(address[1])
                        add_traits(traits)
            batch.file.extend(repeat(self._read_files, len(hits)))
            batch.line.extend(lines)
            self.table.write_full_batch()

    def page_notes(self) -> Iterator[str]:
        """What there is to say of patterns and of paths that differ by their last slash only."""
        yield from self._pages.notes()
        path, count = page_and_folder(self.table)
        if count:
            more = f" and {count - 1} more" if count > 1 else ""
            yield f"'{path}' and '{path}/'{more} are two pages each: the server answered both"

    def _new_agent(self, agent: str | None) -> tuple[int, int]:
        if len(self._agents) >= CACHE_SIZE:
            self._agents.clear()
        self.has_lines_without_agent |= agent is None
        traits = ROBOT * self._robots.is_robot(agent) + NAMELESS * (agent in {"", "-"})
        found = self._agents[agent] = hash(agent), traits
        return found

    def _new_address(self, request: str) -> tuple[int, int] | None:
        if len(self._addresses) >= CACHE_SIZE:
            self._addresses.clear()
        page = self._pages.page(request)
        found = self._addresses[request] = None if page is None else (hash(page), self._path_number(page.path))
        return found

    def _path_number(self, path: str) -> int:
        if path not in self._paths:
            if len(self._paths) >= CACHE_SIZE:
                self._paths.clear()
            self._path_count += 1
            self._paths[path] = self._path_count
            self.table.batch.paths[self._path_count] = path_bytes(path)
        return self._paths[path]
