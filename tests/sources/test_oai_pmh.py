"""Repositories: documents recorded from real ones, and a small one on this machine."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place
from sources.oai_pmh.settings import OaiPmhSettings
from sources.oai_pmh.source import EVER, OaiPmh
from tests.loopback import NOW, SECRETS, WINDOW, ReceivedRequest, Reply, page, quick_session, serve
from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

NS = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
DC = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
ERRORS = {
    "badArgument.xml": ConfigError,
    "badResumptionToken.xml": RetryableError,
    "cannotDisseminateFormat.xml": ConfigError,
    "idDoesNotExist.xml": ShapeError,
    "noSetHierarchy.xml": ConfigError,
    "undefinedError.xml": ShapeError,
}
MALFORMED = (
    "pyoai/src/oaipmh/tests/fake3/00001.xml",
    "pyoai/src/oaipmh/tests/fake4/00001.xml",
    "sickle/sickle/tests/sample_data/ListRecordsBroken.xml",
)
NO_DOCUMENT = "pyoai/src/oaipmh/tests/fake1/00006.xml"


def repository(zone: str = "Europe/London", **settings: object) -> OaiPmh:
    given = {"type": "oai_pmh", "url": "https://repository.example/oai"} | settings
    return OaiPmh("repository", OaiPmhSettings.model_validate(given), Place(ZoneInfo(zone)))


def oai(inner: str) -> bytes:
    head = "<responseDate>2026-11-24T06:00:00Z</responseDate><request>x</request>"
    return f'<?xml version="1.0"?><OAI-PMH {NS}>{head}{inner}</OAI-PMH>'.encode()


def record(identifier: str, *fields: str, stamp: str = "2026-11-05T10:00:00Z", deleted: bool = False) -> str:
    status = ' status="deleted"' if deleted else ""
    header = f"<header{status}><identifier>{identifier}</identifier><datestamp>{stamp}</datestamp></header>"
    inner = "".join(f"<dc:{f.split('=', 1)[0]}>{f.split('=', 1)[1]}</dc:{f.split('=', 1)[0]}>" for f in fields)
    return (
        f"<record>{header}"
        + ("" if deleted else f"<metadata><!-- made --><oai_dc:dc {DC}>{inner}</oai_dc:dc></metadata>")
        + "</record>"
    )


def records(*inner: str, token: str | None = None, size: int | None = None) -> bytes:
    stated = f' completeListSize="{size}"' if size else ""
    end = "" if token is None else f'<resumptionToken cursor="0"{stated}>{token}</resumptionToken>'
    return oai(f"<ListRecords>{''.join(inner)}{end}</ListRecords>")


def identify(
    granularity: str = "YYYY-MM-DDThh:mm:ssZ", earliest: str = "2001-01-01T00:00:00Z", deleted: str = "persistent"
) -> bytes:
    inner = f"<earliestDatestamp>{earliest}</earliestDatestamp><deletedRecord>{deleted}</deletedRecord>"
    return oai(
        f"<Identify><repositoryName>R</repositoryName>{inner}<granularity>{granularity}</granularity></Identify>"
    )


def answering(pages: dict[str, bytes], first: bytes, who: bytes | None = None) -> Callable[[ReceivedRequest], Reply]:
    """Identify, ``first`` for the list, then the pages by token."""

    def reply(received: ReceivedRequest) -> Reply:
        if received.query["verb"] == "Identify":
            return Reply(who or identify(), headers={"Content-Type": "text/xml"})
        token = received.query.get("resumptionToken")
        return Reply(first if token is None else pages[token], headers={"Content-Type": "text/xml"})

    return reply


def collected(
    reply: Callable[[ReceivedRequest], Reply], window: Window = WINDOW, **settings: object
) -> tuple[ParseResult, list[ReceivedRequest]]:
    with serve(reply) as site:
        source = repository(url=f"{site.url}/oai", **settings)
        return source.parse(list(source.fetch(window, NOW, quick_session()))), site.received


def spans(parsed: ParseResult) -> dict[str, tuple[str, str]]:
    rows = parsed.observations
    return dict(
        zip(
            rows["entity"],
            zip(rows["start"].dt.strftime("%F"), rows["end"].dt.strftime("%F"), strict=True),
            strict=True,
        )
    )


def test_every_header_of_the_recorded_documents_is_counted_or_refused(shared_data: Callable[[str], Path]) -> None:
    folder, read = shared_data("oai-pmh-fixtures"), 0
    for path in sorted(folder.rglob("*.xml")):
        if str(path.relative_to(folder)) in {*MALFORMED, NO_DOCUMENT} or path.name in ERRORS:
            continue
        body = path.read_bytes()
        parsed = repository().parse([page(body)])
        headers = body.count(b"<header") if b"ListSets" not in body else 0
        assert len(parsed.observations) + len(parsed.refused) == headers, path
        withdrawn = parsed.observations["flags"].map(lambda flags: "withdrawn" in flags).sum()
        undated = parsed.refused["reason"].eq("the withdrawn record has no datestamp").sum()
        assert withdrawn + undated == body.count(b'status="deleted"'), path
        assert (parsed.observations["value"] == 0).sum() == withdrawn
        read += headers
    assert read == 130


def test_the_largest_recorded_list_has_79_records_and_2_withdrawn_ones(shared_data: Callable[[str], Path]) -> None:
    parsed = repository().parse(
        [page((shared_data("oai-pmh-fixtures") / "pyoai/src/oaipmh/tests/fake2/00002.xml").read_bytes())]
    )
    assert parsed.observations["value"].value_counts().to_dict() == {1: 77, 0: 2}
    assert parsed.refused["reason"].str.contains("several dates").tolist() == [True, True]
    assert any("24 records with several dates" in note for note in parsed.notes)


def test_recorded_errors_say_what_to_do(shared_data: Callable[[str], Path]) -> None:
    for name, kind in ERRORS.items():
        with pytest.raises(KmiError, match=name.removesuffix(".xml")) as caught:
            repository().parse(
                [page((shared_data("oai-pmh-fixtures") / "sickle/sickle/tests/sample_data" / name).read_bytes())]
            )
        assert (type(caught.value), bool(caught.value.do)) == (kind, True)


@pytest.mark.parametrize("name", [*MALFORMED, NO_DOCUMENT])
def test_malformed_recordings_are_refused(name: str, shared_data: Callable[[str], Path]) -> None:
    with pytest.raises(ShapeError):
        repository().parse([page((shared_data("oai-pmh-fixtures") / name).read_bytes())])


def test_a_document_that_breaks_off_is_refused() -> None:
    body = records(record("a", "date=2026-11-02"))
    for cut in range(0, len(body) - 1, 11):
        with pytest.raises(ShapeError):
            repository().parse([page(body[:cut])])


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("TOPSECRET", encoding="utf-8")
    for entity in (f'SYSTEM "file://{tmp_path / "x"}"', '"lol"'):
        body = (
            f"<!DOCTYPE OAI-PMH [<!ENTITY x {entity}>]>".encode()
            + records(record("a&x;", "date=2026-11-02")).partition(b"?>")[2]
        )
        with pytest.raises(ShapeError):
            repository().parse([page(body)])


@pytest.mark.parametrize(
    ("dates", "span"),
    [
        (["2026-11-02"], ("2026-11-02", "2026-11-03")),
        (["2024-02"], ("2024-02-01", "2024-03-01")),
        (["2024"], ("2024-01-01", "2025-01-01")),
        (["2024", "2024-05", "2024-05-06"], ("2024-05-06", "2024-05-07")),
        (["20240506"], ("2024-05-06", "2024-05-07")),
        (["2026-10-05T09:00:00Z", "2026-10-05T09:00:01Z", "2019"], ("2019-01-01", "2020-01-01")),
        (["unknown", "2023-01-31T23:30:00Z"], ("2023-01-31", "2023-02-01")),
        (["2023-06-30T23:30:00Z"], ("2023-07-01", "2023-07-02")),
    ],
)
def test_a_record_stands_on_the_span_that_its_date_names(dates: list[str], span: tuple[str, str]) -> None:
    assert spans(repository().parse([page(records(record("a", *(f"date={d}" for d in dates))))])) == {"a": span}


def test_a_year_that_is_not_over_is_flagged() -> None:
    rows = (
        repository()
        .parse([page(records(record("a", "date=2026"), record("b", "date=2025")))])
        .observations.set_index("entity")["flags"]
    )
    assert (rows["a"], rows["b"]) == (("partial",), ())


@pytest.mark.parametrize("text", ["c2004", "[2004]", "2004/05/06", "06.05.2004", "2004-02-30", "200405061", "May 2004"])
def test_a_date_that_is_none_is_refused_and_not_guessed(text: str) -> None:
    parsed = repository().parse([page(records(record("oai:a", f"date={text}")))])
    assert parsed.observations.empty
    assert parsed.refused[["entity", "raw_value"]].to_numpy().tolist() == [["oai:a", text]]


def test_a_record_without_date_is_not_dated_by_its_datestamp() -> None:
    parsed = repository().parse([page(records(record("a", "title=T")))])
    assert (len(parsed.observations), parsed.refused["reason"].tolist()) == (
        0,
        ["the record has no date of publication (dc:date)"],
    )


def test_a_type_decides_the_kind() -> None:
    source = repository(type_kinds={"Thesis": "theses", "article": "articles"})
    parsed = source.parse(
        [
            page(
                records(
                    record("a", "date=2024", "type=text", "type=Article"),
                    record("b", "date=2024", "type=Map"),
                    record("c", "date=2024", "type=thesis"),
                )
            )
        ]
    )
    assert parsed.observations.set_index("entity")["metric"].to_dict() == {
        "a": "articles",
        "b": "records",
        "c": "theses",
    }


def test_a_record_that_was_changed_and_withdrawn_counts_by_its_last_datestamp() -> None:
    old, gone = (
        record("a", "date=2026-11-02", stamp="2026-11-02T10:00:00Z"),
        record("a", stamp="2026-11-09T23:30:00Z", deleted=True),
    )
    pages = [page(records(old), sequence=1), page(records(gone), sequence=2)]
    for order in (pages, pages[::-1]):
        row = repository("Asia/Tokyo").parse(order).observations
        assert row[["value", "flags"]].to_numpy().tolist() == [[0, ("withdrawn",)]]
        assert row["start"].dt.date.tolist() == [date(2026, 11, 10)]


def test_all_pages_are_read_to_the_empty_token() -> None:
    pages = {
        "t 1/+&": records(record("c", "date=2026-11-03"), token="t2"),
        "t2": records(record("d", "date=2026-11-04"), token=""),
    }
    parsed, received = collected(
        answering(pages, records(record("a", "date=2026-11-02"), record("b", "date=2026-11-02"), token="t 1/+&amp;"))
    )
    assert sorted(parsed.observations["entity"]) == ["a", "b", "c", "d"]
    assert (parsed.covered, parsed.replaces) == ((WINDOW,), None)
    assert received[1].query == {
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
        "from": "2026-10-30T00:00:00Z",
        "until": "2026-11-23T23:59:59Z",
    }
    assert received[2].query == {"verb": "ListRecords", "resumptionToken": "t 1/+&"}


@pytest.mark.parametrize(
    ("zone", "granularity", "expected"),
    [
        ("Asia/Tokyo", "YYYY-MM-DDThh:mm:ssZ", ("2026-10-29T15:00:00Z", "2026-11-23T14:59:59Z")),
        ("Asia/Tokyo", "YYYY-MM-DD", ("2026-10-29", "2026-11-23")),
        ("America/Los_Angeles", "YYYY-MM-DD", ("2026-10-30", "2026-11-24")),
    ],
)
def test_the_window_and_two_days_before_it_are_asked_for_in_utc_and_in_the_granularity_of_the_repository(
    zone: str, granularity: str, expected: tuple[str, str]
) -> None:
    with serve(answering({}, records(record("a", "date=2024")), identify(granularity, "2001-01-01"))) as site:
        source = repository(zone, url=site.url, set="theses")
        list(source.fetch(WINDOW, NOW, quick_session()))
    query = site.received[1].query
    assert (query["from"], query["until"], query["set"]) == (*expected, "theses")


def test_nothing_is_asked_for_from_before_the_first_day_to_collect() -> None:
    _, received = collected(answering({}, records(record("a", "date=2026-11-02"))), since=date(2026, 10, 31))
    assert received[1].query["from"] == "2026-10-31T00:00:00Z"


def test_a_set_is_listed_as_a_whole_once_a_month_as_no_list_says_what_left_it() -> None:
    assert repository(set="theses").settings.deep_days >= 100 * 365
    assert repository(set="theses", deep_days=0).settings.deep_days == 0
    assert repository().settings.deep_days == 0


def test_a_first_run_asks_from_the_beginning_without_a_date() -> None:
    _, received = collected(
        answering({}, records(record("a", "date=2024"))), Window(date(1900, 1, 1), date(2026, 11, 24))
    )
    assert "from" not in received[1].query


def test_a_window_before_the_first_record_is_collected_with_nothing() -> None:
    parsed, received = collected(answering({}, b""), Window(date(1950, 1, 1), date(1951, 1, 1)))
    assert (len(received), parsed.observations.empty, len(parsed.covered)) == (1, True, 1)


def test_no_records_match_is_collected_none() -> None:
    parsed, _ = collected(answering({}, oai('<error code="noRecordsMatch"/>')))
    assert (parsed.observations.empty, parsed.refused.empty, parsed.covered) == (True, True, (WINDOW,))


def test_a_token_that_repeats_is_stopped() -> None:
    pages = {"t": records(record("b", "date=2024"), token="t")}
    with pytest.raises(ShapeError, match="repeats itself"):
        collected(answering(pages, records(record("a", "date=2024"), token="t")))


def test_a_list_that_repeats_with_ever_new_tokens_is_stopped() -> None:
    pages = {str(n): records(record("a", "date=2024"), token=str(n + 1)) for n in range(50)}
    with pytest.raises(ShapeError, match="only items of earlier pages"):
        collected(answering(pages, records(record("a", "date=2024"), token="0")))


def test_empty_pages_without_end_are_stopped() -> None:
    pages = {str(n): records(token=str(n + 1)) for n in range(50)}
    with pytest.raises(ShapeError, match="3 empty pages"):
        collected(answering(pages, records(token="0")))


def test_a_token_that_is_refused_midway_asks_for_a_shorter_window() -> None:
    pages = {"t": oai('<error code="badResumptionToken">expired</error>')}
    with pytest.raises(RetryableError, match="shorter window"):
        collected(answering(pages, records(record("a", "date=2024"), token="t")))


def test_an_end_that_says_nothing_matches_is_a_list_that_breaks_off() -> None:
    pages = {"t": oai('<error code="noRecordsMatch"/>')}
    with pytest.raises(ShapeError, match="breaks off"):
        collected(answering(pages, records(record("a", "date=2024"), token="t")))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("badVerb", RefusedError),
        ("badArgument", ConfigError),
        ("cannotDisseminateFormat", ConfigError),
        ("", ShapeError),
    ],
)
def test_errors_of_the_protocol_become_ours(code: str, kind: type[KmiError]) -> None:
    with pytest.raises(kind):
        collected(answering({}, oai(f'<error code="{code}">no</error>')))


@pytest.mark.parametrize(
    "who", [b"<html><body>Moved</body></html>", records(record("a")), oai('<error code="noRecordsMatch"/>'), b"not XML"]
)
def test_an_address_that_is_no_repository_is_refused(who: bytes) -> None:
    with pytest.raises(ShapeError):
        collected(answering({}, b"", who))


def test_the_order_of_pages_does_not_matter() -> None:
    pages = [
        page(records(*(record(f"{n}-{i}", f"date=2026-11-{i + 1:02}") for i in range(5))), sequence=n) for n in range(6)
    ]
    frames = [repository().parse(Random(seed).sample(pages, len(pages))).observations for seed in (1, 2)]
    assert frames[0].equals(frames[1])


def test_a_key_is_sent_and_never_landed() -> None:
    auth = {"type": "api_key", "name": "key", "key": "${env:TOKEN}", "location": "query"}
    with serve(answering({}, records(record("a", "date=2024")))) as site:
        pages = list(repository(url=site.url, auth=auth).fetch(WINDOW, NOW, quick_session()))
    assert {received.query["key"] for received in site.received} == {SECRETS["${env:TOKEN}"]}
    assert all("key=***" in landed.url for landed in pages)


DAYS_OF_DSPACE = ("date=2026-10-05T09:00:00Z", "date=2026-10-06T09:00:00Z", "date=2019-03", "date=2019")


@pytest.mark.parametrize(
    ("choice", "dates", "day"),
    [
        ("refuse", DAYS_OF_DSPACE, "2019-03-01"),
        ("deposited", DAYS_OF_DSPACE, "2026-10-05"),
        ("earliest", ("date=2024-05-06", "date=2025-01-01"), "2024-05-06"),
        ("latest", ("date=2024-05-06", "date=2025-01-01"), "2025-01-01"),
    ],
)
def test_the_plan_says_which_of_several_dates_counts(choice: str, dates: tuple[str, ...], day: str) -> None:
    """DSpace: accessioned, available and issued, all as dc:date (https://github.com/primousers/primo-ve-norm/issues/8)."""
    parsed = repository(several_dates=choice).parse([page(records(record("a", *dates)))])
    assert parsed.observations["start"].astype(str).tolist() == [day]
    assert any("1 record with several dates, such as a" in note for note in parsed.notes)


def test_dates_that_contradict_each_other_are_refused_until_the_plan_chooses() -> None:
    parsed = repository().parse([page(records(record("a", "date=2024-05-06", "date=2025-01-01")))])
    assert parsed.observations.empty
    assert "'several_dates'" in parsed.refused["action"][0]


def test_another_element_may_hold_the_date() -> None:
    parsed = repository(date_element="issued").parse([page(records(record("a", "date=2026-10-05", "issued=2019")))])
    assert spans(parsed) == {"a": ("2019-01-01", "2020-01-01")}


def test_a_list_that_is_shorter_than_stated_covers_nothing_and_is_asked_for_again() -> None:
    """completeListSize is the number of records of the complete list: openarchivesprotocol.html#FlowControl"""
    pages = {"t": records(record("b", "date=2024"), token="", size=40)}
    first = records(record("a", "date=2024"), token="t", size=40)
    parsed, _ = collected(answering(pages, first))
    assert (len(parsed.observations), parsed.covered, parsed.unanswered) == (2, (), (WINDOW,))
    assert "after 2 of 40 records" in parsed.notes[0]
    estimated, _ = collected(answering(pages, first), list_size="estimate")
    assert (estimated.covered, estimated.unanswered) == ((WINDOW,), ())
    assert "after 2 of 40 records" in estimated.notes[0]


def test_a_list_of_the_stated_size_is_whole() -> None:
    pages = {"t": records(record("b", "date=2024"), token="", size=2)}
    parsed, _ = collected(answering(pages, records(record("a", "date=2024"), token="t", size=2)))
    assert (parsed.covered, parsed.notes) == ((WINDOW,), ())


def test_a_repository_that_does_not_tell_of_deletions_is_listed_in_full_and_what_is_gone_goes() -> None:
    reply = answering({}, records(record("a", "date=2024")), identify(deleted="no"))
    parsed, received = collected(reply)
    assert not {"from", "until"} & received[1].query.keys()
    assert (parsed.replaces, parsed.notes, parsed.only_changes) == (EVER, (), False)


def test_a_list_of_changes_cannot_know_what_is_gone_and_says_so() -> None:
    reply = answering({}, records(record("a", "date=2024")), identify(deleted="no"))
    parsed, received = collected(reply, relist="on_request")
    assert received[1].query["from"] == "2026-10-30T00:00:00Z"
    assert (parsed.replaces, parsed.only_changes) == (None, True)
    assert "does not tell of deleted records" in parsed.notes[0]


def test_a_whole_list_that_is_empty_or_cut_short_takes_nothing_back() -> None:
    """An empty answer is as likely a fault of the repository as the end of all its records."""
    empty, _ = collected(answering({}, oai('<error code="noRecordsMatch"/>'), identify(deleted="no")))
    short, _ = collected(answering({}, records(record("a", "date=2024"), token="", size=3), identify(deleted="no")))
    assert (empty.replaces, short.replaces) == (None, None)
