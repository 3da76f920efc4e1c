"""nginx under a steered clock: the nights on which the clock changes, IPv6 and HTTP/2."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.access_log.source import AccessLog, AccessLogSettings
from sources.contract import Place, RawPage
from tests.log_lines import OTHER, PERSON
from warehouse.schema import Window

pytestmark = pytest.mark.slow
LONDON = ZoneInfo("Europe/London")
PROGRAMS = "/usr/sbin:/usr/bin:/bin"
CONFIG = """
env TZ; env FAKETIME_TIMESTAMP_FILE; env FAKETIME_NO_CACHE; env FAKETIME_DONT_FAKE_MONOTONIC;
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  access_log {folder}/access.log combined;
  server {{
    listen [::1]:{port} http2; default_type text/html;
    location / {{ return 200 "x"; }}
  }}
}}
"""


class SteeredServer:
    """nginx in London, whose clock says what it is told."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def set_clock(self, instant: str) -> None:
        """From now on it is ``instant``, in ISO 8601 with an offset."""
        ahead = datetime.fromisoformat(instant).timestamp() - time.time()
        (self.folder / "clock").write_text(f"{ahead:+.0f}\n", encoding="ascii")
        time.sleep(0.6)  # nginx reads the time as its loop wakes

    def view(self, page: str, agent: str = PERSON) -> None:
        address = f"http://[::1]:{self.port}{page}"
        subprocess.run(
            ["curl", "--silent", "--fail", "--http2-prior-knowledge", "--user-agent", agent, address],
            check=True,
            timeout=20,
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SteeredServer]:
    with _running(tmp_path) as steered:
        yield steered


@contextmanager
def _running(folder: Path) -> Iterator[SteeredServer]:
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    missing = [name for name in ("nginx", "curl") if shutil.which(name, path=PROGRAMS) is None]
    if missing or not libraries:
        pytest.skip(f"not installed here: {', '.join([*missing, *([] if libraries else ['libfaketime'])])}")
    with socket.socket(socket.AF_INET6) as chosen:
        try:
            chosen.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        port = chosen.getsockname()[1]
    steered = SteeredServer(folder, port)
    (folder / "clock").write_text("+0\n", encoding="ascii")
    (folder / "config").write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
    environment = {
        "PATH": PROGRAMS,
        "TZ": "Europe/London",
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    command = ["nginx", "-c", str(folder / "config"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield steered
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket(socket.AF_INET6) as tried:
            if tried.connect_ex(("::1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.skip("the server does not start here")


def counts(log: Path, window: Window) -> dict[tuple[str, date], float]:
    settings = AccessLogSettings(type="access_log", path="a", only_html=True, double_click_s=0)
    source = AccessLog("web", settings, Place(LONDON))
    parsed = source.parse([RawPage("web", window, 0, log.name, 200, datetime.now(UTC), log.read_bytes())])
    assert parsed.refused.empty
    rows = parsed.observations[["metric", "start", "value"]].itertuples(index=False, name=None)
    return {(metric, start.date()): value for metric, start, value in rows}


def test_the_hour_that_comes_twice_counts_twice(server: SteeredServer) -> None:
    """23:59:50 in summer time belongs to the 24th; 01:30 comes twice on the 25th, an hour apart."""
    for instant, views in (
        ("2026-10-24T12:00:00+01:00", 1),
        ("2026-10-24T23:59:50+01:00", 1),
        ("2026-10-25T00:00:20+01:00", 1),
        ("2026-10-25T01:30:00+01:00", 2),
        ("2026-10-25T01:30:00+00:00", 3),
        ("2026-10-26T12:00:00+00:00", 1),
    ):
        server.set_clock(instant)
        for view in range(views):
            server.view(f"/page-{view}")
    server.view("/page-0", OTHER)
    text = (server.folder / "access.log").read_text(encoding="utf-8")
    assert all(line.startswith("::1 ") and "HTTP/2.0" in line for line in text.splitlines())
    assert "25/Oct/2026:01:30:0" in text
    assert {"+0100]", "+0000]"} <= {line.split()[4] for line in text.splitlines()}
    found = counts(server.folder / "access.log", Window(date(2026, 10, 24), date(2026, 10, 27)))
    day = date(2026, 10, 25)
    assert (found["page_views", day], found["requests", day]) == (6, 6)
    assert found["visits", day] == 2, "COUNTER's slices are the 24 hours of a day by their names: 00, and 01 for both"


def test_the_hour_that_is_missing_takes_no_view_with_it(server: SteeredServer) -> None:
    """At 01:00 on 29 March the clock goes on to 02:00."""
    for instant in (
        "2026-03-28T12:00:00+00:00",
        "2026-03-29T00:59:50+00:00",
        "2026-03-29T02:00:10+01:00",
        "2026-03-29T23:59:50+01:00",
        "2026-03-30T00:00:20+01:00",
        "2026-03-31T12:00:00+01:00",
    ):
        server.set_clock(instant)
        server.view("/")
    found = counts(server.folder / "access.log", Window(date(2026, 3, 28), date(2026, 4, 1)))
    assert [found.get(("page_views", date(2026, 3, day))) for day in (29, 30)] == [3, 1]
    assert found["visits", date(2026, 3, 29)] == 3
