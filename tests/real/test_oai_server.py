"""An OAI-PMH server that others wrote (oaipmh of ETH Library, once pyoai), against the records that it holds."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner
from oaipmh.common import Header, Identify, Metadata
from oaipmh.error import IdDoesNotExistError, NoRecordsMatchError
from oaipmh.metadata import MetadataRegistry
from oaipmh.server import Server, oai_dc_writer

from flows.cli import main
from tests.loopback import ReceivedRequest, Reply, Site, serve
from tests.plan_texts import plan_text, write_plan

ZONE = ZoneInfo("Europe/Berlin")
PAGE = 40
SECONDS, DAYS = "YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD"
FORMAT = ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/")
SETS = ("articles", "theses", "theses:masters")
INDICATOR = (
    "records: {title: Records, unit: items, kind: flow, period: month, of: [{source: all, metric: records}, "
    "{source: all, metric: theses}]}\n"
)
FIRST = datetime(2025, 1, 1, 6, tzinfo=UTC)
Told = tuple[Header, Metadata, None]


@dataclass(frozen=True)
class Held:
    """A record as the repository holds it."""

    set_spec: str
    issued: str
    changed: datetime
    deleted: bool = False

    @property
    def kind(self) -> str:
        return "records" if self.set_spec == "articles" else "theses"

    @property
    def month(self) -> str:
        """The month on which it counts in ``ZONE``."""
        return (
            f"{datetime.fromisoformat(self.issued).astimezone(ZONE):%Y-%m}" if "T" in self.issued else self.issued[:7]
        )


@dataclass
class Repository:
    """What the server asks of a repository, by the names of its interface ``IOAI``."""

    granularity: str
    deleted_record: str = "persistent"
    held: dict[str, Held] = field(default_factory=dict)

    def identify(self) -> Identify:
        earliest = min(record.changed for record in self.held.values()).replace(tzinfo=None)
        contact = ["repository@library.example"]
        fixed = ("Riverside", "https://library.example/oai", "2.0", contact)
        return Identify(*fixed, earliest, self.deleted_record, self.granularity, ["identity"])

    def listMetadataFormats(self, identifier: str | None = None) -> list[tuple[str, str, str]]:  # noqa: N802
        return [FORMAT]

    def listSets(self) -> list[tuple[str, str, None]]:  # noqa: N802
        return [(name, name.title(), None) for name in SETS]

    def getRecord(self, metadataPrefix: str, identifier: str) -> Told:  # noqa: N802, N803
        if identifier not in self.held:
            raise IdDoesNotExistError(identifier)
        return _told(identifier, self.held[identifier])

    def listRecords(  # noqa: N802
        self,
        metadataPrefix: str,  # noqa: N803
        set: str | None = None,  # noqa: A002
        from_: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Told]:
        first, last = (moment and moment.replace(tzinfo=UTC) for moment in (from_, until))
        found = [
            _told(name, record)
            for name, record in self.held.items()
            if (first is None or first <= record.changed)
            and (last is None or record.changed <= last)
            and (set is None or f"{record.set_spec}:".startswith(f"{set}:"))
            and not (record.deleted and self.deleted_record == "no")
        ]
        if not found:
            raise NoRecordsMatchError("nothing was changed then")
        return found

    def change(self, name: str, changed: datetime, **fields: str | bool) -> None:
        self.held[name] = replace(self.held[name], changed=changed, **fields)  # type: ignore[arg-type]

    def months(self, kinds: Iterable[str] = ("records", "theses"), within: str = "") -> dict[str, int]:
        """Records that are there, by the month on which they count."""
        there = (record for record in self.held.values() if not record.deleted and record.kind in kinds)
        return dict(Counter(record.month for record in there if record.set_spec.startswith(within)))


def _told(name: str, record: Held) -> Told:
    header = Header(None, name, record.changed.replace(tzinfo=None), [record.set_spec], record.deleted)
    of_type = "Article" if record.kind == "records" else "Thesis"
    fields = {"title": [f"Über {name} & mehr"], "date": [record.issued], "type": [of_type], "identifier": [name]}
    return header, Metadata(None, fields), None


def filled(granularity: str, deleted_record: str = "persistent") -> Repository:
    """Records of four months, most dated by a day, some by an instant, some by a month; some deleted long ago."""
    repository = Repository(granularity, deleted_record)
    for number in range(150):
        day = date(2025, 1, 1) + timedelta(days=number * 2 // 3)
        forms = (f"{day}", f"{day}T23:30:00Z", f"{day:%Y-%m}", f"{day}")
        changed = FIRST + timedelta(days=number // 2, seconds=number)
        held = Held(SETS[number % 3], forms[number % 4], changed, deleted=number % 25 == 7)
        repository.held[f"oai:library.example:{number}"] = held
    return repository


@contextmanager
def serving(repository: Repository) -> Iterator[Site]:
    """The server of the package behind HTTP on this machine."""
    registry = MetadataRegistry()
    registry.registerWriter("oai_dc", oai_dc_writer)
    server = Server(repository, registry, resumption_batch_size=PAGE)

    def reply(received: ReceivedRequest) -> Reply:
        return Reply(server.handleRequest(dict(received.query)), headers={"Content-Type": "text/xml"})

    with serve(reply) as site:
        yield site


def run(home: Path, site: Site, now: date) -> None:
    common = f"type: oai_pmh, url: '{site.url}/oai', time_zone: {ZONE.key}, type_kinds: {{Thesis: theses}}"
    sources = f"all: {{{common}}}\ntheses: {{{common}, set: theses}}\n"
    path = write_plan(home, plan_text(sources, INDICATOR))
    done = CliRunner().invoke(main, ["run", "--plan", str(path), "--now", f"{now}T12:00:00"])
    assert done.exit_code == 0, done.output
    assert "refused" not in done.output.casefold(), done.output


def counted(home: Path, source: str, kind: str) -> dict[str, int]:
    """Items by month, as published."""
    query = "SELECT strftime(start, '%Y-%m'), sum(value)::INT n"
    where = f"WHERE source = '{source}' AND metric = '{kind}' AND value > 0 GROUP BY 1"
    published = f"'{home}/kmi-warehouse/published/observations-*.parquet'"
    return dict(duckdb.execute(f"{query} FROM {published} {where}").fetchall())


def assert_counted(repository: Repository, home: Path) -> None:
    for kind in ("records", "theses"):
        assert counted(home, "all", kind) == repository.months([kind]), kind
    assert counted(home, "theses", "theses") == repository.months(within="theses")
    periods = duckdb.execute(
        f"SELECT strftime(start, '%Y-%m'), value::INT FROM '{home}/kmi-warehouse/published/periods.parquet' "
        "WHERE value > 0"
    ).fetchall()
    assert dict(periods) == repository.months()


@pytest.mark.parametrize("granularity", [SECONDS, DAYS])
def test_what_the_repository_holds_is_what_is_counted(tmp_path: Path, granularity: str) -> None:
    repository = filled(granularity)
    with serving(repository) as site:
        run(tmp_path, site, date(2025, 5, 10))
        assert_counted(repository, tmp_path)
        tokens = [request.query["resumptionToken"] for request in site.received if "resumptionToken" in request.query]
    assert len(tokens) == 150 // PAGE + 100 // PAGE


@pytest.mark.parametrize(
    ("granularity", "deleted_record"), [(SECONDS, "persistent"), (DAYS, "persistent"), (SECONDS, "no")]
)
def test_what_was_changed_since_counts_with_the_next_run(tmp_path: Path, granularity: str, deleted_record: str) -> None:
    """Where deletions are not told, each run lists everything."""
    repository = filled(granularity, deleted_record)
    names = list(repository.held)
    with serving(repository) as site:
        run(tmp_path, site, date(2025, 5, 10))
        asked = len(site.received)
        midnight = datetime(2025, 5, 10, tzinfo=ZONE).astimezone(UTC)
        for number in (0, 1, 2, 30, 31, 32, 93, 94):
            repository.change(names[number], midnight + timedelta(seconds=number), deleted=True)
        repository.change(names[7], midnight + timedelta(hours=23, minutes=59, seconds=59), deleted=False)
        repository.change(names[40], midnight + timedelta(hours=9), issued="2025-03-31")
        repository.change(names[41], midnight + timedelta(hours=9), issued="2024-12-31")
        repository.held["oai:library.example:new"] = Held("theses", "2025-02-28", midnight + timedelta(hours=14))
        run(tmp_path, site, date(2025, 5, 11))
        assert_counted(repository, tmp_path)
        dated = ["from" in request.query for request in site.received[asked:] if "metadataPrefix" in request.query]
        assert dated == [deleted_record == "persistent"] * 2
        repository.change(names[1], midnight + timedelta(days=2), deleted=False)
        run(tmp_path, site, date(2025, 5, 13))
        assert_counted(repository, tmp_path)


def test_a_record_that_the_interface_shows_late_counts_all_the_same(tmp_path: Path) -> None:
    """An interface that is filled by night shows a change with its own datestamp, hours or a day after it."""
    repository = filled(SECONDS)
    with serving(repository) as site:
        run(tmp_path, site, date(2025, 5, 10))
        run(tmp_path, site, date(2025, 5, 11))
        before_that_run = datetime(2025, 5, 10, 16, tzinfo=UTC)
        repository.held["oai:library.example:late"] = Held("theses", "2025-04-30", before_that_run)
        repository.change("oai:library.example:1", before_that_run, deleted=True)
        run(tmp_path, site, date(2025, 5, 12))
        assert_counted(repository, tmp_path)


def test_a_record_that_left_the_set_is_noticed_on_the_first_run_of_a_month(tmp_path: Path) -> None:
    """The list of a set does not say what left it."""
    repository = filled(SECONDS)
    with serving(repository) as site:
        run(tmp_path, site, date(2025, 5, 10))
        repository.change("oai:library.example:1", datetime(2025, 5, 10, 16, tzinfo=UTC), set_spec="articles")
        run(tmp_path, site, date(2025, 6, 1))
        assert_counted(repository, tmp_path)
