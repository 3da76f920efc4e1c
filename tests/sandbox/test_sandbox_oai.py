"""The repository against the protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html"""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
import requests

from sandbox import items
from sandbox.oai import Repository
from sandbox.server import Sandbox

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"


def fetch(sandbox: Sandbox, **arguments: str) -> ElementTree.Element:
    query = {name.rstrip("_"): value for name, value in arguments.items()}
    response = requests.get(f"{sandbox.url}/oai", params=query)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    return ElementTree.fromstring(response.content)


def code(root: ElementTree.Element) -> str | None:
    error = root.find(f"{OAI}error")
    return None if error is None else error.get("code")


def harvest(sandbox: Sandbox, verb: str, **arguments: str) -> list[ElementTree.Element]:
    """All pages of a list, as a harvester reads them."""
    pages = [fetch(sandbox, verb=verb, metadataPrefix="oai_dc", **arguments)]
    while token := pages[-1].findtext(f".//{OAI}resumptionToken"):
        pages.append(fetch(sandbox, verb=verb, resumptionToken=token))
    return pages


def test_every_answer_has_the_required_elements_and_echoes_the_request(sandbox: Sandbox) -> None:
    root = fetch(sandbox, verb="ListRecords", metadataPrefix="oai_dc", from_="2026-10-01", set="theses")
    assert [child.tag.removeprefix(OAI) for child in root] == ["responseDate", "request", "ListRecords"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", root.findtext(f"{OAI}responseDate") or "")
    request = root.find(f"{OAI}request")
    assert request is not None
    assert (request.text, request.attrib) == (
        f"{sandbox.url}/oai",
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-10-01", "set": "theses"},
    )


def test_identify_declares_what_harvesters_need(sandbox: Sandbox) -> None:
    identify = fetch(sandbox, verb="Identify").find(f"{OAI}Identify")
    assert identify is not None
    fields = {child.tag.removeprefix(OAI): child.text for child in identify}
    names = [
        "repositoryName",
        "baseURL",
        "protocolVersion",
        "adminEmail",
        "earliestDatestamp",
        "deletedRecord",
        "granularity",
    ]
    assert list(fields) == names
    assert (fields["protocolVersion"], fields["deletedRecord"], fields["granularity"]) == (
        "2.0",
        "persistent",
        "YYYY-MM-DDThh:mm:ssZ",
    )
    assert (fields["earliestDatestamp"] or "") <= min(
        f"{r.datestamp:%Y-%m-%dT%H:%M:%SZ}" for r in items.records(1, sandbox.today)
    )


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_paging_delivers_each_record_once_and_ends_with_an_empty_token(sandbox: Sandbox, verb: str) -> None:
    pages = harvest(sandbox, verb)
    found = [element.text for page in pages for element in page.iter(f"{OAI}identifier")]
    expected = items.records(1, sandbox.today)
    assert found == [record.identifier for record in expected]
    assert len(pages) == -(-len(expected) // 50) > 5
    tokens = [page.find(f".//{OAI}resumptionToken") for page in pages]
    assert [token.get("cursor") for token in tokens if token is not None] == [str(50 * n) for n in range(len(pages))]
    assert tokens[-1] is not None
    assert not tokens[-1].text


def test_a_record_is_dublin_core_and_a_deleted_one_is_a_header_alone(sandbox: Sandbox) -> None:
    stored = {record.identifier: record for record in items.records(1, sandbox.today)}
    for page in harvest(sandbox, "ListRecords"):
        for record in page.iter(f"{OAI}record"):
            expected = stored[record.findtext(f".//{OAI}identifier") or ""]
            header = record.find(f"{OAI}header")
            assert header is not None
            assert (header.get("status") == "deleted", record.find(f"{OAI}metadata") is None) == (
                expected.deleted,
                expected.deleted,
            )
            assert header.findtext(f"{OAI}datestamp") == f"{expected.datestamp:%Y-%m-%dT%H:%M:%SZ}"
            if not expected.deleted:
                assert record.findtext(f".//{DC}title") == expected.title
                assert record.findtext(f".//{DC}date") == expected.issued


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-04-10"), ("2026-03-02T00:00:00Z", "2026-04-10T23:59:59Z")]
)
def test_both_ends_of_a_range_belong_to_it_in_either_granularity(sandbox: Sandbox, first: str, last: str) -> None:
    found = [
        e.text
        for page in harvest(sandbox, "ListIdentifiers", from_=first, until=last)
        for e in page.iter(f"{OAI}identifier")
    ]
    assert found == [
        r.identifier
        for r in items.records(1, sandbox.today)
        if date(2026, 3, 2) <= r.datestamp.date() <= date(2026, 4, 10)
    ]
    edge = items.records(1, sandbox.today)[7]
    stamp = f"{edge.datestamp:%Y-%m-%dT%H:%M:%SZ}"
    assert edge.identifier in [
        e.text
        for e in fetch(sandbox, verb="ListIdentifiers", metadataPrefix="oai_dc", from_=stamp, until=stamp).iter(
            f"{OAI}identifier"
        )
    ]


def test_the_sets_divide_the_records(sandbox: Sandbox) -> None:
    sets = [element.text or "" for element in fetch(sandbox, verb="ListSets").iter(f"{OAI}setSpec")]
    counts = [
        sum(1 for page in harvest(sandbox, "ListIdentifiers", set=name) for _ in page.iter(f"{OAI}header"))
        for name in sets
    ]
    assert len(sets) == 3
    assert sum(counts) == len(items.records(1, sandbox.today))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "badVerb"),
        ({"verb": "Steal"}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "Identify", "set": "theses"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "01/03/2026"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-02-30"}, "badArgument"),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-03-01", "until": "2026-03-02T00:00:00Z"},
            "badArgument",
        ),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-03-02", "until": "2026-03-01"},
            "badArgument",
        ),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "resumptionToken": "x"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "made up"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2031-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "maps"}, "noRecordsMatch"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:nowhere:1"}, "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": "oai:nowhere:1"}, "idDoesNotExist"),
    ],
)
def test_a_wrong_request_has_its_code(sandbox: Sandbox, arguments: dict[str, str], expected: str) -> None:
    root = fetch(sandbox, **arguments)
    request = root.find(f"{OAI}request")
    assert request is not None
    assert code(root) == expected
    assert bool(request.attrib) == (expected not in {"badVerb", "badArgument"})


def test_a_token_serves_the_verb_that_gave_it_alone(sandbox: Sandbox) -> None:
    token = fetch(sandbox, verb="ListRecords", metadataPrefix="oai_dc").findtext(f".//{OAI}resumptionToken") or ""
    assert code(fetch(sandbox, verb="ListRecords", resumptionToken=token)) is None
    assert code(fetch(sandbox, verb="ListIdentifiers", resumptionToken=token)) == "badResumptionToken"


def test_an_argument_given_twice_is_refused(sandbox: Sandbox) -> None:
    root = ElementTree.fromstring(
        requests.get(f"{sandbox.url}/oai?verb=ListRecords&metadataPrefix=oai_dc&set=theses&set=reports").content
    )
    assert code(root) == "badArgument"


def test_one_record_by_name_and_the_format_that_it_has(sandbox: Sandbox) -> None:
    wanted = items.records(1, sandbox.today)[3].identifier
    assert (
        fetch(sandbox, verb="GetRecord", metadataPrefix="oai_dc", identifier=wanted).findtext(f".//{OAI}identifier")
        == wanted
    )
    assert fetch(sandbox, verb="ListMetadataFormats", identifier=wanted).findtext(f".//{OAI}metadataPrefix") == "oai_dc"


def test_post_asks_the_same_as_get(sandbox: Sandbox) -> None:
    query = {"verb": "ListSets"}
    assert (
        requests.post(f"{sandbox.url}/oai", data=query).content
        == requests.get(f"{sandbox.url}/oai", params=query).content
    )


def test_the_same_question_on_the_same_day_has_the_same_bytes(today: date) -> None:
    query = {"verb": ["ListRecords"], "metadataPrefix": ["oai_dc"]}
    answers = {Repository(1, today, "http://x/oai").response(query).body for _ in range(2)}
    assert len(answers) == 1
