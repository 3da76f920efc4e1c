"""Large logs: they are read in batches, what is remembered does not grow with the lines, and every figure stays."""

import gzip
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from sources.access_log import clf, request_table, robots, views
from sources.access_log import source as access_log
from sources.access_log.request_table import RequestTable
from sources.access_log.source import AccessLog, AccessLogSettings
from sources.access_log.views import LogViews
from sources.contract import ParseResult, Place
from sources.web.session import Session
from tests.log_lines import ASKED, OTHER, PERSON, ROBOT, line, parse
from warehouse.errors import RetryableError
from warehouse.scratch import scratch_errors

AGENTS = (PERSON, OTHER, ROBOT, "-")


def log(first: int, end: int, *, clients: int = 30) -> list[str]:
    """Lines 97 seconds apart over days, some of them repeated, out of order or broken."""
    found = []
    for n in range(first, end):
        shifted = n - 40 if n % 11 == 0 and n > 40 else n
        second = shifted * 97
        clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        stamp = f"{3 + second // 86400:02}/Mar/2026:{clock} +0000"
        agent = AGENTS[n * 7 % len(AGENTS)]
        request = f"GET /p{n % 13}{'/' * (n % 2)} HTTP/1.1"
        found.append(line(stamp, request, client=f"192.0.2.{n % clients}", agent=agent))
        if n % 17 == 0:
            found.append(found[-1])
        if n % 50 == 0:
            found.append(f"broken {n}")
    return found


FILES = (log(0, 900), log(880, 1700), log(1700, 2600))
"""The second begins with lines that the first ends with."""


def said(parsed: ParseResult) -> list[Any]:
    frames = [frame.astype(str).to_numpy().tolist() for frame in (parsed.observations, parsed.refused)]
    rest = (parsed.covered, parsed.replaces, parsed.notes, parsed.rows_read, parsed.rows_refused)
    return [*frames, *rest]


def in_small_batches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(request_table, "BATCH_ROWS", 100)
    patch.setattr(request_table, "PART_ROWS", 70)
    patch.setattr(views, "CACHE_SIZE", 5)
    patch.setattr(robots, "_CACHE_SIZE", 2)
    patch.setattr(clf, "_CACHE_SIZE", 3)
    patch.setattr("sources.access_log.archives.BLOCK_BYTES", 4_000)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"by_page": True, "visits": "idle_30min"},
        {"robots": "include", "double_click_s": 0, "visits": "idle_30min"},
        {"double_click_s": 3600, "by_page": True, "robots": "include"},
    ],
)
def test_a_log_in_batches_says_what_it_says_as_a_whole(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: list[Sequence[str] | bytes] = [*FILES, gzip.compress("\n".join([*FILES[0], ""]).encode())]
    whole = parse(*copies, zone="America/New_York", **options)
    assert any(note.endswith("lines stand in two files each: they count once") for note in whole.notes)
    assert any("has the same content as" in note for note in whole.notes)
    written = list[int]()
    write = RequestTable.write

    def counted(self: RequestTable) -> None:
        written.append(len(self.batch.second))
        write(self)

    monkeypatch.setattr(RequestTable, "write", counted)
    in_small_batches(monkeypatch)
    assert said(parse(*copies, zone="America/New_York", **options)) == said(whole)
    assert len(written) > 25
    assert max(written) < 150


def remembered(log: LogViews) -> int:
    """How many entries a reading holds in memory."""
    held = [log._agents, log._addresses, log._paths, log.table.batch.second, log.table.batch.row, log.table.batch.paths]
    return sum(map(len, [*held, log.malformed, log.unread]))


@pytest.mark.slow
def test_what_a_reading_remembers_does_not_grow_with_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_batches(monkeypatch)
    most = list[int]()
    write = RequestTable.write_full_batch

    def watched(self: RequestTable) -> None:
        most.append(max(most[-1], remembered(reading[-1])))
        write(self)

    reading = list[LogViews]()
    build = LogViews.__init__

    def kept(self: LogViews, *arguments: Any) -> None:
        reading.append(self)
        build(self, *arguments)

    monkeypatch.setattr(RequestTable, "write_full_batch", watched)
    monkeypatch.setattr(LogViews, "__init__", kept)
    peaks = []
    for count in (2_000, 16_000):
        most.append(0)
        clocks = (f"03/Mar/2026:{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} +0000" for n in range(count))
        lines = [line(clock, f"GET /?q={n} HTTP/1.1", agent=f"A/{n}") for n, clock in enumerate(clocks)]
        parsed = parse(lines, robots="include")
        assert float(parsed.observations.set_index("metric")["value"]["page_views"]) == count
        peaks.append(most[-1])
    assert peaks[1] <= peaks[0] <= 400


@pytest.mark.slow
def test_the_memory_of_python_does_not_grow_with_the_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.files.location.HELD_BYTES", 0)
    monkeypatch.setattr("sources.access_log.archives.BLOCK_BYTES", 50_000)
    monkeypatch.setattr(request_table, "BATCH_ROWS", 1_000)
    monkeypatch.setattr(views, "CACHE_SIZE", 500)
    monkeypatch.setattr(clf, "_CACHE_SIZE", 500)
    peaks = []
    for count in (1_000, 3_000, 24_000):
        path = tmp_path / f"{count}.access.log"
        path.write_text("\n".join([*log(0, count, clients=250)]), encoding="utf-8")
        tracemalloc.start()
        source = AccessLog("web", AccessLogSettings(type="access_log", path=str(path)), Place(ZoneInfo("UTC")))
        pages = [*source.fetch(ASKED, datetime(2026, 3, 10, tzinfo=UTC), Session(lambda _: ""))]
        source.parse(pages)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.25 * peaks[1], peaks


def test_lines_of_a_client_that_has_almost_all_are_counted_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "MEMORY_MB", 32)
    lines = log(0, 6_000, clients=1)
    assert said(parse(lines)) == said(parse(lines[:4_000] + lines[4_000:]))


def test_a_full_temporary_folder_is_named_with_what_to_do() -> None:
    with pytest.raises(RetryableError, match=r"no room for a log \(.*let TMPDIR name a folder on a larger disk"):  # noqa: SIM117
        with scratch_errors("a log"):
            raise duckdb.OutOfMemoryException("failed to offload data block")


def test_no_client_is_in_the_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = list[str]()
    drop = RequestTable.drop_repeated

    def looked_at(self: RequestTable, files: Any) -> Any:
        for (name,) in self.connection.sql("SHOW TABLES").fetchall():
            found.extend(map(str, self.connection.sql(f"FROM {name}").fetchall()))
        return drop(self, files)

    monkeypatch.setattr(RequestTable, "drop_repeated", looked_at)
    parse(log(0, 50), log(20, 90))
    assert len(found) > 100
    assert "192.0.2." not in "".join(found)


def test_days_are_whole_days_of_the_zone_in_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_batches(monkeypatch)
    parsed = parse(*FILES, zone="Asia/Kathmandu")
    requests = parsed.observations[parsed.observations["metric"] == "requests"]
    assert requests["value"].sum() == parsed.rows_read
    assert requests["start"].min().date() == date(2026, 3, 3)
