"""Responses about days that are over are requested once, also when a pull stopped midway."""

from datetime import UTC, datetime

import pytest

from tests.loopback import ReceivedRequest, Reply, Site, quick_session, serve
from warehouse.errors import QuotaError, RefusedError

AT = datetime(2026, 11, 20, 6, tzinfo=UTC)


def numbered(site_asked: list[ReceivedRequest]) -> Reply:
    return Reply(
        str(len(site_asked)).encode(), headers={"Link": "<next>", "Content-Type": "text/plain", "Set-Cookie": "x=1"}
    )


def fetch_day(site: Site, query: str, **memory: object) -> tuple[bytes, object]:
    session = quick_session(**memory)
    return session.get(f"{site.url}/days", params={"day": query}, lasting=True).content, session.lasting


def test_the_same_question_is_answered_from_memory_and_another_is_asked() -> None:
    with serve(lambda _: Reply(b"fresh")) as site:
        _, kept = fetch_day(site, "2026-11-01", at=AT)
        body, again = fetch_day(site, "2026-11-01", at=AT, saved_responses=kept)
        fetch_day(site, "2026-11-02", at=AT, saved_responses=kept)
        assert [received.query["day"] for received in site.received] == ["2026-11-01", "2026-11-02"]
    assert body == b"fresh"
    assert again == kept, "what was given again is kept for a pull after this one"


def test_what_is_not_lasting_is_asked_anew() -> None:
    with serve(lambda _: Reply(b"fresh")) as site:
        session = quick_session(at=AT)
        session.get(site.url)
        assert not session.lasting
        quick_session(at=AT, saved_responses=session.lasting).get(site.url)
        assert len(site.received) == 2


def test_bodies_tell_questions_apart_and_only_harmless_headers_are_kept() -> None:
    with serve(lambda received: Reply(received.body, headers={"Link": "<n>", "Set-Cookie": "x=1"})) as site:
        session = quick_session(at=AT)
        for number in (1, 2, 1):
            session.post(site.url, json={"page": number}, lasting=True)
        assert len(session.lasting) == 2
        kept = next(iter(session.lasting.values()))
    assert "Set-Cookie" not in kept.headers
    assert kept.at == AT


def test_an_error_is_never_kept() -> None:
    with serve(lambda _: Reply(b"no", 403)) as site:
        session = quick_session(at=AT)
        with pytest.raises(RefusedError):
            session.get(site.url, lasting=True)
    assert not session.lasting


def test_a_complaint_of_a_provider_is_heard_whatever_the_status() -> None:
    with serve(lambda _: Reply(b'{"result": "error"}')) as site, pytest.raises(RefusedError, match="says no"):
        quick_session().get(
            site.url,
            error_from_response=lambda response: (
                RefusedError("says no", where=response.url, do="ask") if b"error" in response.content else None
            ),
        )


def test_a_quota_without_a_time_is_not_tried_again() -> None:
    with serve(lambda _: Reply(b"", 400)) as site, pytest.raises(QuotaError):
        quick_session().get(site.url, error_from_response=lambda response: QuotaError("used up", where=response.url))
    assert len(site.received) == 1


def test_a_token_that_a_provider_gave_is_hidden() -> None:
    session = quick_session()
    session.hide("issued-token-123")
    assert "issued-token-123" not in session.redact("it said issued-token-123")
