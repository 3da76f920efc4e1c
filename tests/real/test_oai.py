"""Recorded responses of OAI-PMH repositories, served over HTTP on this machine: lists, errors and broken XML."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from flows.cli import main
from tests.loopback import ReceivedRequest, Reply, serve
from tests.plan_texts import plan_text, write_plan

OAI = "{http://www.openarchives.org/OAI/2.0/}"
RECORDS = (
    "records: {title: Records, unit: records, kind: flow, period: year, of: [{source: repository, metric: records}]}\n"
)
SICKLE, PYOAI = "sickle/sickle/tests/sample_data", "pyoai/src/oaipmh/tests"
ERRORS = {
    f"{SICKLE}/badArgument.xml": ("the repository reports badArgument", "check set and metadata_prefix"),
    f"{SICKLE}/badResumptionToken.xml": ("the repository reports badResumptionToken", "run again"),
    f"{SICKLE}/cannotDisseminateFormat.xml": ("the repository reports cannotDisseminateFormat", "ListMetadataFormats"),
    f"{SICKLE}/noSetHierarchy.xml": ("the repository reports noSetHierarchy", "remove 'set'"),
    f"{SICKLE}/idDoesNotExist.xml": ("the repository reports idDoesNotExist", "ask the people"),
    f"{SICKLE}/undefinedError.xml": ("the repository reports undefinedError", "ask the people"),
    f"{SICKLE}/ListRecordsBroken.xml": ("the XML is broken in line 1", "tell the people who run"),
    f"{PYOAI}/fake3/00001.xml": ("the XML is broken in line 1", "tell the people who run"),
    f"{PYOAI}/fake4/00001.xml": ("the XML is broken in line 1", "tell the people who run"),
    f"{PYOAI}/fake1/00006.xml": ("this is not an OAI-PMH 2.0 document", "check the address"),
}


@pytest.fixture(scope="module")
def folder(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("oai-pmh-fixtures")


def harvested(
    home: Path, folder: Path, records: str, reply: Callable[[ReceivedRequest], str] | None = None
) -> tuple[Result, list[str]]:
    """A run over a repository whose first page is ``records``, and the requested verbs.

    A resumption token names the file of its page.
    """

    def answer(received: ReceivedRequest) -> Reply:
        token = received.query.get("resumptionToken")
        if received.query.get("verb") == "Identify":
            return Reply((folder / PYOAI / "fake1/00001.xml").read_bytes())
        if reply is not None:
            return Reply((folder / reply(received)).read_bytes())
        return Reply((folder / (f"{SICKLE}/{token}" if token else records)).read_bytes())

    with serve(answer) as site:
        plan = write_plan(
            home, plan_text(f"repository: {{type: oai_pmh, url: {site.url}/oai, max_refused_share: 1}}\n", RECORDS)
        )
        done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-11-24T06:00:00"])
        return done, [received.query.get("resumptionToken") or received.query["verb"] for received in site.received]


SEVERAL_DATES = {"hdl:1765/1132", "hdl:1765/1133"}
"""Two records of DSpace whose dates are all instants, of days that contradict each other: refused."""


def told(paths: list[Path]) -> tuple[dict[str, bool], set[str]]:
    """Whether each record is withdrawn, by identifier; and the identifiers of live records without a dc:date.

    Without the records of ``SEVERAL_DATES``.
    """
    withdrawn, undated = {}, set()
    for path in paths:
        for record in etree.fromstring(path.read_bytes().lstrip()).iter(f"{OAI}record"):
            header = record.find(f"{OAI}header")
            assert header is not None
            name = str(header.findtext(f"{OAI}identifier"))
            if name in SEVERAL_DATES:
                continue
            withdrawn[name] = header.get("status") == "deleted"
            if not withdrawn[name] and not any(
                (date.text or "").strip() for date in record.iter("{http://purl.org/dc/elements/1.1/}date")
            ):
                undated.add(name)
    return withdrawn, undated


def entities(home: Path) -> dict[str, bool]:
    """Identifier and whether it is withdrawn of every observation."""
    rows = duckdb.execute(
        f"SELECT entity, value, flags FROM '{home}/kmi-warehouse/published/observations-*.parquet'"
    ).fetchall()
    assert {(value, "withdrawn" in flags) for _, value, flags in rows} <= {(1.0, False), (0.0, True)}
    assert len({entity for entity, *_ in rows}) == len(rows)
    return {entity: "withdrawn" in flags for entity, _, flags in rows}


@pytest.mark.parametrize(("records", "count"), [(f"{PYOAI}/fake1/00005.xml", 16), (f"{PYOAI}/fake2/00002.xml", 81)])
def test_every_record_of_a_list_is_counted_or_refused(folder: Path, tmp_path: Path, records: str, count: int) -> None:
    done, received = harvested(tmp_path, folder, records)
    assert done.exit_code == 0, done.output
    assert received == ["Identify", "ListRecords"]
    withdrawn, undated = told([folder / records])
    several = CliRunner().invoke(main, ["refused", "--warehouse", str(tmp_path / "kmi-warehouse")]).output
    assert len(withdrawn) + several.count("has several dates") == count
    assert entities(tmp_path) == {name: gone for name, gone in withdrawn.items() if name not in undated}
    refused = CliRunner().invoke(main, ["refused", "--warehouse", str(tmp_path / "kmi-warehouse")]).output
    assert refused.count("has no date of") == len(undated)


def test_a_token_leads_to_the_next_page_until_there_is_none(folder: Path, tmp_path: Path) -> None:
    first, second = folder / PYOAI / "fake1/00005.xml", folder / PYOAI / "fake2/00002.xml"
    longer = tmp_path / "first.xml"
    longer.write_bytes(
        first.read_bytes().replace(b"</ListRecords>", b"<resumptionToken>more/1+1=2</resumptionToken></ListRecords>")
    )
    done, received = harvested(
        tmp_path, folder, "", lambda received: str(second if "resumptionToken" in received.query else longer)
    )
    assert done.exit_code == 0, done.output
    assert received == ["Identify", "ListRecords", "more/1+1=2"]
    withdrawn, undated = told([first, second])
    assert entities(tmp_path) == {name: gone for name, gone in withdrawn.items() if name not in undated}


@pytest.mark.parametrize("answer", ERRORS)
def test_an_error_or_a_broken_answer_fails_the_source_and_says_what_to_do(
    folder: Path, tmp_path: Path, answer: str
) -> None:
    done, _ = harvested(tmp_path, folder, answer)
    what, action = ERRORS[answer]
    assert done.exit_code == 1
    assert what in done.stderr
    assert action in done.stderr
    assert "/oai" in done.stderr
    assert not list((tmp_path / "kmi-warehouse/published").glob("observations-*"))


def test_a_repository_without_a_matching_record_is_collected_and_empty(folder: Path, tmp_path: Path) -> None:
    done, _ = harvested(tmp_path, folder, f"{SICKLE}/noRecordsMatch.xml")
    assert done.exit_code == 0, done.output
    assert "repository: 0 observations, nothing new" in done.output
    assert duckdb.execute(
        f"SELECT data_through::VARCHAR, rows FROM '{tmp_path}/kmi-warehouse/published/sources.parquet'"
    ).fetchone() == ("2026-11-23", 0)


def test_pages_that_hold_only_records_of_earlier_ones_are_stopped(folder: Path, tmp_path: Path) -> None:
    """The recorded chain of four pages holds the same two records on each."""
    done, received = harvested(tmp_path, folder, f"{SICKLE}/ListRecords.xml")
    assert done.exit_code == 1
    assert "the provider repeats itself" in done.stderr
    assert "(2 distinct so far)" in done.stderr
    assert received == ["Identify", "ListRecords", "ListRecords2.xml"]


def test_a_repository_that_serves_one_page_again_and_again_is_stopped(folder: Path, tmp_path: Path) -> None:
    done, received = harvested(tmp_path, folder, "", lambda received: f"{SICKLE}/ListRecords2.xml")
    assert done.exit_code == 1
    assert "the provider repeats itself" in done.stderr
    assert len(received) <= 4


def test_a_list_that_breaks_off_on_a_later_page_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    pages = {"ListRecords2.xml": f"{SICKLE}/ListRecordsBroken.xml"}
    done, _ = harvested(
        tmp_path,
        folder,
        "",
        lambda received: pages.get(received.query.get("resumptionToken", ""), f"{SICKLE}/ListRecords.xml"),
    )
    assert done.exit_code == 1
    assert "the XML is broken" in done.stderr
    assert not list((tmp_path / "kmi-warehouse/published").glob("observations-*"))
