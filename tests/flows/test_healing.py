"""A failed source does not stop the others, says why, keeps its old data, and is repaired by the next good run."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from tests.interrupted_commit import interrupted_before_the_ledger
from tests.loopback import Reply, Site, serve
from tests.vintages import as_known_on
from tests.warehouse_contents import observation_rows
from warehouse.frames import to_pandas
from warehouse.pulls import last_pull
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, PULLS
from warehouse.tables import Tables

PLAN = """\
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  news: {type: feed, url: URL, kind: news}
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library},
    date_formats: ['%Y-%m'], period: month, max_refused_share: 0.3}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
  news: {title: News, unit: items, kind: flow, of: [{source: news, metric: news}]}
"""
GOOD = "Library,2025-01,2025-02,2025-03\nHill,1,2,3\nQuay,4,5,6\n"


def feed(*days: str) -> bytes:
    items = "".join(
        f"<item><guid>i{at}</guid><title>Item {at}</title><pubDate>{day}</pubDate></item>"
        for at, day in enumerate(days)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


OLD, NEW = feed("Mon, 02 Feb 2026 08:00:00 GMT"), feed("Mon, 02 Feb 2026 08:00:00 GMT", "Tue, 03 Feb 2026 08:00:00 GMT")


@dataclass
class Library:
    """A plan with a feed and a file, what the feed answers next, and the runs, each an hour after the last."""

    folder: Path
    site: Site
    answers: dict[str, Reply] = field(default_factory=dict)
    hour: int = 5

    def deliver(self, visits: str, answer: Reply) -> None:
        (self.folder / "visits.csv").write_text(visits)
        self.answers["next"] = answer
        self.point_at(self.site.url)

    def point_at(self, url: str) -> None:
        (self.folder / "plan.yaml").write_text(PLAN.replace("URL", url))

    def kmi(self, command: str, *more: str) -> Result:
        return CliRunner().invoke(main, [command, "--plan", str(self.folder / "plan.yaml"), *more])

    def run(self, *more: str) -> Result:
        self.hour += 1
        return self.kmi("run", "--now", f"2026-03-02T{self.hour:02}:00:00", *more)

    @property
    def tables(self) -> Tables:
        return Tables(open_root(self.folder / "kmi-warehouse"))

    def values(self, source: str) -> set[tuple[str, date, float]]:
        return {(fact[1], fact[2], fact[4]) for fact in observation_rows(self.tables).get(source, set())}

    def last_error(self, source: str) -> str | None:
        rows = json.loads(self.kmi("status", "--sources", "--json").stdout)["sources"]
        error: str | None = next(row["last_error"] for row in rows if row["source"] == source)
        return error

    def refused(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = json.loads(self.kmi("refused", "--json").stdout)["refused"]
        return rows


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the tries of a request
    answers: dict[str, Reply] = {}
    with serve(lambda _: answers["next"]) as site:
        yield Library(tmp_path, site, answers)


FAULTS: dict[str, Callable[[Library], None]] = {
    "refused connection": lambda library: library.point_at("http://127.0.0.1:9/feed"),
    "status 500": lambda library: library.answers.update(next=Reply(b"no", 500)),
    "a web page": lambda library: library.answers.update(
        next=Reply(b"<!doctype html><html><body>Maintenance</body></html>")
    ),
    "cut off": lambda library: library.answers.update(next=Reply(NEW[: len(NEW) // 2])),
    "an empty answer": lambda library: library.answers.update(next=Reply(b"")),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_provider_stops_no_other_and_is_repaired(library: Library, fault: str) -> None:
    library.deliver(GOOD, Reply(OLD))
    assert library.run().exit_code == 0
    library.deliver(GOOD.replace("Hill,1", "Hill,100"), Reply(NEW))
    FAULTS[fault](library)
    done = library.run()
    assert done.exit_code == 1
    assert "news: FAILED: " in done.output
    assert "Traceback" not in done.output
    assert "unexpected fault" not in done.output
    assert ("Hill", date(2025, 1, 1), 100.0) in library.values("gates")
    assert library.values("news") == {("i0", date(2026, 2, 2), 1.0)}
    error = library.last_error("news")
    assert error is not None
    assert error.count(": ") >= 2, f"where, what and what to do: {error}"
    library.deliver(GOOD, Reply(NEW))
    assert library.run().exit_code == 0
    assert library.last_error("news") is None
    assert library.values("news") == {("i0", date(2026, 2, 2), 1.0), ("i1", date(2026, 2, 3), 1.0)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x00\x01\x02binary", id="binary", marks=pytest.mark.slow),
        pytest.param(b"", id="empty"),
        pytest.param(b'Library,2025-01\n"Hill,1\n', id="quotes", marks=pytest.mark.slow),
        pytest.param(b"PK\x03\x04 no workbook", id="zip", marks=pytest.mark.slow),
    ],
)
def test_a_broken_file_stops_no_other_and_is_repaired(library: Library, body: bytes) -> None:
    library.deliver(GOOD, Reply(OLD))
    library.run()
    before = library.values("gates")
    library.answers["next"] = Reply(NEW)
    (library.folder / "visits.csv").write_bytes(body)
    done = library.run()
    assert done.exit_code == 1
    assert "gates: FAILED: " in done.output
    assert "visits.csv" in done.output
    assert "unexpected fault" not in done.output
    assert library.values("gates") == before
    assert len(library.values("news")) == 2
    library.deliver(GOOD.replace("Quay,4", "Quay,40"), Reply(NEW))
    assert library.run().exit_code == 0
    assert library.values("gates") ^ before == {("Quay", date(2025, 1, 1), 4.0), ("Quay", date(2025, 1, 1), 40.0)}
    assert library.last_error("gates") is None


@pytest.mark.slow
def test_a_pull_with_too_many_bad_rows_is_refused_whole_and_listed(library: Library) -> None:
    library.deliver(GOOD, Reply(OLD))
    library.run()
    before = library.values("gates")
    library.deliver("Library,2025-01,2025-02,2025-03\nHill,a,b,30\nQuay,c,50,60\n", Reply(OLD))
    done = library.run()
    assert done.exit_code == 1
    assert "3 of 6 rows were refused, more than 30%; the old data stand" in done.output
    assert library.values("gates") == before
    assert sorted(row["raw_value"] for row in library.refused()) == ["a", "b", "c"]
    library.deliver(GOOD, Reply(OLD))
    assert library.run().exit_code == 0
    assert library.refused() == []


OLD_ITEM = feed(*["Mon, 02 Feb 2026 08:00:00 GMT"] * 9, "Fri, 01 Apr 1870 08:00:00 GMT")
RELEASED = ("i9", date(1870, 4, 1), 1.0)


def release(library: Library) -> Result:
    (refused,) = library.refused()
    return library.kmi(
        "refused",
        "--release",
        refused["refused_id"],
        "--by",
        "Ann",
        "--because",
        "it is that old",
        "--now",
        "2026-03-02T20:00:00",
    )


@pytest.mark.slow
def test_a_release_lets_a_row_through_and_survives_the_next_run(library: Library) -> None:
    library.deliver(GOOD, Reply(OLD_ITEM))
    assert library.run().exit_code == 0
    assert RELEASED not in library.values("news")
    done = release(library)
    assert done.exit_code == 0, done.output
    assert "by Ann: it is that old" in done.output
    for _ in range(2):
        assert RELEASED in library.values("news")
        assert library.refused() == []
        library.hour = max(library.hour, 20)
        assert library.run().exit_code == 0


@pytest.mark.slow
def test_a_refused_item_of_a_feed_that_was_mended_is_no_longer_listed(library: Library) -> None:
    library.deliver(
        GOOD, Reply(feed("Mon, 02 Feb 2026 08:00:00 GMT", "no date", *["Mon, 02 Feb 2026 08:00:00 GMT"] * 8))
    )
    assert library.run().exit_code == 0
    assert [row["raw_value"] for row in library.refused()] == ["no date"]
    library.deliver(GOOD, Reply(feed(*["Mon, 02 Feb 2026 08:00:00 GMT"] * 10)))
    assert library.run().exit_code == 0
    assert library.refused() == []


def kill_before_the_ledger(library: Library) -> None:
    """A run that dies after the commit of the gates and before the row that records it."""
    with interrupted_before_the_ledger():
        library.run("--source", "gates")


@pytest.mark.slow
def test_what_was_known_is_right_between_a_kill_and_the_next_run(library: Library) -> None:
    library.deliver(GOOD, Reply(OLD))
    library.run()
    before, then = to_pandas(library.tables.read(OBSERVATIONS)), last_pull(library.tables, "gates")
    assert then is not None
    library.deliver(GOOD.replace("Hill,1", "Hill,100"), Reply(OLD))
    kill_before_the_ledger(library)
    known = as_known_on(library.tables, then["recorded_at"])
    assert sorted(known["value"]) == sorted(before["value"])


@pytest.mark.slow
def test_a_release_after_a_kill_records_the_pull_of_the_killed_run(library: Library) -> None:
    library.deliver(GOOD, Reply(OLD_ITEM))
    library.run()
    library.deliver(GOOD.replace("Hill,1", "Hill,100"), Reply(OLD_ITEM))
    kill_before_the_ledger(library)
    killed = library.tables.read(OBSERVATIONS, "value = 100", ["pull_id"])["pull_id"].to_pylist()
    assert release(library).exit_code == 0
    library.run()
    assert set(killed) <= set(library.tables.read(PULLS, "status = 'committed'", ["pull_id"])["pull_id"].to_pylist())
