"""Any JSON service: paging, access, response actions, days of instants, trailing windows, snapshots."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plan.load import load_plan
from sources.contract import ParseResult, Place, RawPage
from sources.rest.json_path import first, steps_of, values_at
from sources.rest.source import Rest
from sources.web.paging import PagerGuard
from sources.web.session import Session
from tests.loopback import NOW, WINDOW, ReceivedRequest, Reply, page, quick_session, serve
from tests.markdown_blocks import code_blocks
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples-rest.md"
RECORDS = [{"id": at, "day": f"2026-11-{at:02}", "count": at} for at in range(1, 8)]
VISITS = {"visits": {"path": "count", "unit": "visits", "description": "visits by day"}}
Responder = Callable[[ReceivedRequest], Reply]


def told(values_at: object, status: int = 200, /, **headers: str) -> Reply:
    return Reply(
        json.dumps(values_at).encode(), status, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def source(
    url: str = "https://library.example",
    endpoint: dict[str, Any] | None = None,
    zone: str = "Europe/London",
    **indicator: Any,
) -> Rest:
    auth, more = indicator.pop("auth", None), indicator.pop("source", {})
    client = {"base_url": url} | ({"auth": auth} if auth else {})
    mapping = {"date": "day", "metrics": VISITS} | indicator
    read = {
        "type": "rest",
        "client": client,
        "endpoint": {"path": "visits", "data_selector": "items"} | (endpoint or {}),
        "indicator": mapping,
    } | more
    return Rest("web", Rest.Settings.model_validate(read), Place(ZoneInfo(zone)))


def pulled(
    reply: Responder, endpoint: dict[str, Any] | None = None, window: Window = WINDOW, **indicator: Any
) -> tuple[ParseResult, list[ReceivedRequest]]:
    with serve(reply) as site:
        one = source(site.url, endpoint, **indicator)
        return one.parse(list(one.fetch(window, NOW, quick_session()))), site.received


def parsed(*records: object, window: Window = WINDOW, zone: str = "Europe/London", **indicator: Any) -> ParseResult:
    return source(zone=zone, **indicator).parse([page(json.dumps({"items": records}).encode(), window=window)])


def values(told: ParseResult, metric: str = "visits") -> dict[str, float]:
    """Value by day, or by entity and day."""
    rows = told.observations[told.observations["metric"] == metric]
    return {
        f"{entity} {start:%Y-%m-%d}".strip(): value
        for entity, start, value in zip(rows["entity"], rows["start"], rows["value"], strict=True)
    }


# Pagers: each is a way to cut RECORDS into pieces of three.

SIZE = 3
PAGERS: dict[str, dict[str, Any]] = {
    "page_number": {"type": "page_number", "base_page": 1},
    "page_number with a total": {"type": "page_number", "total_path": "meta.pages"},
    "page_number with has_more": {
        "type": "page_number",
        "base_page": 1,
        "page_param": "p",
        "has_more_path": "meta.more",
    },
    "offset": {"type": "offset", "limit": SIZE, "total_path": None},
    "offset with a total": {"type": "offset", "limit": SIZE, "offset_param": "skip", "limit_param": "take"},
    "cursor": {"type": "cursor", "cursor_path": "meta.next", "cursor_param": "after"},
    "header_cursor": {"type": "header_cursor", "cursor_key": "X-Next", "cursor_param": "after"},
    "json_link": {"type": "json_link", "next_url_path": "links.next"},
    "header_link": {"type": "header_link"},
}


def cut(received: ReceivedRequest) -> Reply:
    """A service that understands all of these, and answers each in its own words."""
    query = received.query
    begins = int(query.get("offset") or query.get("skip") or query.get("after") or 0)
    for name, base in (("page", 0 if "zero" in received.path else 1), ("p", 1)):
        begins = (int(query[name]) - base) * SIZE if name in query else begins
    size = int(query.get("limit") or query.get("take") or SIZE)
    more = begins + size < len(RECORDS)
    link = f"/visits?after={begins + size}"
    meta = {"pages": -(-len(RECORDS) // SIZE), "more": more, "next": str(begins + size) if more else None}
    body = {
        "items": RECORDS[begins : begins + size],
        "meta": meta,
        "total": len(RECORDS),
        "links": {"next": link if more else None},
    }
    return told(
        body,
        **({"X_Next": str(begins + size), "Link": f'<{link}>; rel="next", </visits>; rel="first"'} if more else {}),
    )


@pytest.mark.parametrize("name", PAGERS)
def test_each_pager_reads_the_whole_list_and_each_part_once(name: str) -> None:
    path = "zero" if name == "page_number with a total" else "visits"
    got, received = pulled(cut, {"path": path, "paginator": PAGERS[name]})
    assert values(got) == {record["day"]: record["count"] for record in RECORDS}
    assert got.refused.empty
    assert len({json.dumps(dict(one.query), sort_keys=True) for one in received}) == len(received)
    assert len(received) == (4 if name == "page_number" else 3), "only a pager that knows no end asks once more"


def test_a_single_page_is_asked_for_once_whatever_it_promises() -> None:
    _, received = pulled(cut)
    assert len(received) == 1


def test_the_last_page_may_be_named_in_the_plan() -> None:
    got, received = pulled(cut, {"paginator": {"type": "page_number", "base_page": 1, "maximum_page": 2}})
    assert (len(received), len(values(got))) == (2, 6)


def test_the_pages_of_a_post_are_asked_for_in_its_body() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        return cut(
            ReceivedRequest(
                received.method, received.path, {**received.query, **json.loads(received.body)}, received.headers, b""
            )
        )

    got, received = pulled(
        reply,
        {
            "method": "POST",
            "json": {"from": "{window.start}", "of": [{"to": "{window.last}"}]},
            "paginator": PAGERS["cursor"],
        },
    )
    assert len(values(got)) == len(RECORDS)
    assert json.loads(received[1].body) == {"from": "2026-11-01", "of": [{"to": "2026-11-23"}], "after": "3"}


@pytest.mark.parametrize("name", PAGERS)
def test_a_list_that_repeats_itself_is_stopped(name: str) -> None:
    def stuck(received: ReceivedRequest) -> Reply:
        body = {
            "items": RECORDS[:SIZE],
            "meta": {"pages": 99, "more": True, "next": "3"},
            "total": 999,
            "links": {"next": "/visits?after=3"},
        }
        return told(body, X_Next="3", Link='</visits?after=3>; rel="next"')

    with pytest.raises(ShapeError, match="repeats itself"):
        pulled(stuck, {"paginator": PAGERS[name]})


@pytest.mark.parametrize("name", ["cursor", "header_cursor", "json_link", "header_link", "page_number with has_more"])
def test_a_list_of_empty_pages_that_never_ends_is_stopped(name: str) -> None:
    def endless(received: ReceivedRequest) -> Reply:
        at = str(int(received.query.get("after") or 0) + 1)
        body = {"items": [], "meta": {"more": True, "next": at}, "links": {"next": f"/visits?after={at}"}}
        return told(body, X_Next=at, Link=f'</visits?after={at}>; rel="next"')

    paginator = PAGERS[name] | ({"stop_after_empty_page": False} if name.startswith("page") else {})
    with pytest.raises(ShapeError, match="empty pages in a row"):
        pulled(endless, {"paginator": paginator})


@pytest.mark.parametrize("name", PAGERS)
def test_a_list_of_ever_new_records_is_stopped_some_day(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.rest.source.PagerGuard", partial(PagerGuard, max_pages=10))
    received = count(1)

    def endless(_: ReceivedRequest) -> Reply:
        at = next(received)
        body = {
            "items": [{"id": at * SIZE + n} for n in range(SIZE)],
            "meta": {"pages": 9999, "more": True, "next": str(at)},
            "total": 99999,
        }
        link = f"/visits?after={at}"
        return told(body | {"links": {"next": link}}, X_Next=str(at), Link=f'<{link}>; rel="next"')

    with pytest.raises(ShapeError, match=r"does not end.*ask for a shorter window"):
        pulled(endless, {"paginator": PAGERS[name]})
    assert next(received) == 11


@pytest.mark.parametrize("name", ["page_number with a total", "offset with a total"])
def test_an_empty_page_before_the_told_end_is_no_end(name: str) -> None:
    def hole(received: ReceivedRequest) -> Reply:
        first = received.query.get("page") == "0" or received.query.get("skip") == "0"
        return told({"items": RECORDS[:SIZE] if first else [], "meta": {"pages": 3}, "total": 7})

    with pytest.raises(ShapeError, match="empty"):
        pulled(hole, {"paginator": PAGERS[name]})


@pytest.mark.parametrize("name", ["json_link", "header_link"])
@pytest.mark.parametrize("link", ["https://evil.example/visits", "http://127.0.0.1:9/visits", "//evil.example/visits"])
def test_a_next_page_on_another_host_is_not_asked_for(name: str, link: str) -> None:
    def away(received: ReceivedRequest) -> Reply:
        return told({"items": RECORDS[:SIZE], "links": {"next": link}}, Link=f'<{link}>; rel="next"')

    with pytest.raises(ShapeError, match="another host"):
        pulled(away, {"paginator": PAGERS[name]}, auth={"type": "bearer", "token": "${env:TOKEN}"})


def test_the_last_offset_may_be_named_in_the_plan() -> None:
    got, received = pulled(cut, {"paginator": PAGERS["offset"] | {"maximum_offset": 3}})
    assert (len(received), len(values(got))) == (2, 6)


def test_a_service_that_gives_less_than_was_asked_for_is_named_before_a_record_is_left_out() -> None:
    with pytest.raises(
        ShapeError, match=r"3 records came at offset 0 instead of 5, and 7 are announced: write 'limit: 3'"
    ):
        pulled(lambda _: told({"items": RECORDS[:3], "total": 7}), {"paginator": {"type": "offset", "limit": 5}})


def test_fewer_records_than_the_service_told_make_sums_incomplete_and_take_nothing_back() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        at = int(received.query["offset"])
        return told({"items": RECORDS[at : at + 3][: 3 if at < 6 else 0] or [RECORDS[6]], "total": 8})

    got, _ = pulled(
        reply,
        {"paginator": {"type": "offset", "limit": 3}, "incremental": {"start_param": "from"}},
        metrics={"visits": {"unit": "visits"}},
    )
    assert set(got.observations["flags"]) == {("incomplete",)}
    assert (got.covered, got.replaces) == ((), None)
    assert any("announced 8 records and 7 came" in note for note in got.notes)


def test_pages_that_would_never_end_are_refused_in_the_plan() -> None:
    with pytest.raises(ValidationError, match="never end"):
        source(endpoint={"paginator": {"type": "page_number", "stop_after_empty_page": False}})


def test_a_record_of_a_post_is_found_by_what_was_asked() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        return cut(
            ReceivedRequest(
                received.method, received.path, {**received.query, **json.loads(received.body)}, received.headers, b""
            )
        )

    got, _ = pulled(reply, {"method": "POST", "params": {"kind": "talk"}, "paginator": PAGERS["cursor"]})
    assert len(set(got.observations["origin"])) == len(RECORDS)
    assert (
        got.observations["origin"].iloc[3].endswith("""/visits {"kind": "talk", "after": "3"} $.items[0] at 'count'""")
    )


# Limits


@pytest.mark.parametrize("limit", [{"calls": 1, "per_s": 3600}, {"remaining": "X-Left", "reset": "X-Back"}])
def test_a_limit_is_kept_before_the_service_says_no(limit: dict[str, Any]) -> None:
    with serve(lambda received: told(json.loads(cut(received).body), X_Left="1", X_Back="3000")) as site:
        one = source(
            site.url, {"paginator": PAGERS["cursor"]}, source={"client": {"base_url": site.url, "limit": limit}}
        )
        with pytest.raises(QuotaError, match="before the provider's limit"):
            list(one.fetch(WINDOW, NOW, quick_session(max_wait_s=1)))
    assert len(site.received) == 1


@pytest.mark.parametrize("limit", [{}, {"remaining": "X-Left"}, {"calls": 3, "remaining": "X-Left", "reset": "X-Back"}])
def test_a_limit_is_told_in_one_way(limit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a limit is either"):
        source(source={"client": {"base_url": "https://library.example", "limit": limit}})


# Ways in

SECRET, PASSWORD = "s3cr3t/token+value", "pä55 wörd/&"
GIVEN = "given-access-token-77"
AUTHS: dict[str, tuple[dict[str, Any], Callable[[ReceivedRequest], bool]]] = {
    "bearer": (
        {"type": "bearer", "token": "${env:TOKEN}"},
        lambda received: received.headers.get("Authorization") == f"Bearer {SECRET}",
    ),
    "key in a header": (
        {"type": "api_key", "name": "X-Key", "api_key": "${env:TOKEN}"},
        lambda received: received.headers.get("X-Key") == SECRET,
    ),
    "key in the address": (
        {"type": "api_key", "name": "key", "api_key": "${env:TOKEN}", "location": "query"},
        lambda received: received.query.get("key") == SECRET,
    ),
    "user and password": (
        {"type": "http_basic", "username": "ada", "password": "${env:PASSWORD}"},
        lambda received: (
            base64.b64decode(received.headers.get("Authorization", "").removeprefix("Basic "))
            in {f"ada:{PASSWORD}".encode()}
        ),
    ),
}


@pytest.mark.parametrize("name", AUTHS)
def test_each_way_in_is_shown_with_every_page_and_lands_nowhere(name: str) -> None:
    auth, known = AUTHS[name]
    with serve(lambda received: cut(received) if known(received) else told({"error": "who?"}, 401)) as site:
        one = source(site.url, {"paginator": PAGERS["cursor"]}, auth=auth)
        pages = list(one.fetch(WINDOW, NOW, quick_session()))
    assert len(pages) == len(site.received) == 3
    for kept in pages:
        assert not any(secret in unquote(f"{kept.url} {kept.request} {kept.body!r}") for secret in (SECRET, PASSWORD))


def test_a_client_is_given_a_token_once_for_all_pages() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        if received.path == "/token":
            form = {name: values[-1] for name, values in parse_qs(received.body.decode()).items()}
            right = {"grant_type": "client_credentials", "client_id": "kmi", "client_secret": SECRET, "scope": "read"}
            return (
                told({"access_token": GIVEN, "token_type": "Bearer"})
                if form == right
                else told({"error": "invalid_client"}, 401)
            )
        return cut(received) if received.headers.get("Authorization") == f"Bearer {GIVEN}" else told({}, 401)

    with serve(reply) as site:
        auth = {
            "type": "oauth2_client_credentials",
            "access_token_url": f"{site.url}/token",
            "client_id": "kmi",
            "client_secret": "${env:TOKEN}",
            "access_token_request_data": {"scope": "read"},
        }
        session = quick_session()
        pages = list(source(site.url, {"paginator": PAGERS["cursor"]}, auth=auth).fetch(WINDOW, NOW, session))
    assert [received.path for received in site.received] == ["/token", *["/visits"] * 3]
    assert session.redact(GIVEN) != GIVEN, "a token that was given is hidden from then on"
    assert not any(GIVEN.encode() in kept.body or GIVEN in kept.url for kept in pages)


@pytest.mark.parametrize("given", [{"token": "x"}, ["x"], {"access_token": 5}])
def test_an_answer_without_a_token_says_what_to_check(given: object) -> None:
    auth = {"type": "oauth2_client_credentials", "client_id": "kmi", "client_secret": "${env:TOKEN}"}
    with serve(lambda _: told(given)) as site, pytest.raises(ShapeError, match=r"no access token.*access_token_url"):
        list(
            source(site.url, auth=auth | {"access_token_url": f"{site.url}/token"}).fetch(WINDOW, NOW, quick_session())
        )


@pytest.mark.parametrize(
    "headers", [{"Authorization": "x"}, {"Cookie": "a=b"}, {"X-API-Key": "x"}, {"X-Other": "Bearer ${env:TOKEN}"}]
)
def test_a_secret_belongs_under_auth_and_into_no_header(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="looks like a secret"):
        source(source={"client": {"base_url": "https://library.example", "headers": headers}})


@pytest.mark.parametrize(
    "endpoint",
    [
        {"params": {"access_token": "abcdef123"}},
        {"params": {"who": "${env:TOKEN}"}},
        {"path": "visits?api_key=abcdef123"},
        {"method": "POST", "json": {"deep": ["${env:TOKEN}"]}},
    ],
)
def test_a_secret_belongs_under_auth_and_into_no_question(endpoint: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="looks like a secret"):
        source(endpoint=endpoint)


# What an answer means


def test_an_action_that_would_be_about_every_answer_is_refused() -> None:
    with pytest.raises(ValidationError, match="apply to every response"):
        source(endpoint={"response_actions": [{"action": "ignore"}]})


@pytest.mark.parametrize(
    ("action", "error", "says"),
    [
        ("fail", RefusedError, "response_actions"),
        ("retry", RetryableError, "answered 403"),
        ("quota", QuotaError, "the next run goes on"),
    ],
)
def test_the_plan_says_what_an_answer_means(action: str, error: type[KmiError], says: str) -> None:
    actions = [{"status_code": 403, "content": "used up", "action": action}]
    with pytest.raises(error, match=says) as raised:
        pulled(lambda _: told({"error": "allowance used up"}, 403), {"response_actions": actions})
    assert type(raised.value) is error


@pytest.mark.parametrize(("action", "spoken"), [("empty", WINDOW), ("ignore", None)])
def test_an_answer_may_mean_that_there_is_nothing_or_that_nothing_is_known(action: str, spoken: Window | None) -> None:
    actions = {"incremental": {"start_param": "from"}, "response_actions": [{"status_code": 404, "action": action}]}
    got, _ = pulled(lambda _: told({"detail": "no data"}, 404), actions)
    assert got.observations.empty
    assert (got.covered, got.replaces) == ((spoken,) if spoken else (), spoken)
    assert got.unanswered == (() if spoken else (WINDOW,)), "of what is not known, later runs ask again"


@pytest.mark.parametrize(("action", "wait"), [("wait", 40.0), ("retry", None)])
def test_the_wait_that_a_service_asks_for_is_kept_where_the_plan_says_so(
    action: str, wait: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.web.session.time.sleep", lambda _: None)
    with pytest.raises(RetryableError) as raised:
        pulled(
            lambda _: told({}, 403, Retry_After="40"), {"response_actions": [{"status_code": 403, "action": action}]}
        )
    assert raised.value.retry_after_s == wait


def test_an_answer_without_content_holds_no_records() -> None:
    got, _ = pulled(lambda _: Reply(b"", 204), {"incremental": {"start_param": "from"}})
    assert got.observations.empty
    assert got.covered == (WINDOW,)


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_is_not_accepted_is_named(status: int) -> None:
    with pytest.raises(RefusedError, match=re.escape("renew ${env:TOKEN} (client.auth")) as raised:
        pulled(
            lambda received: told({"you sent": dict(received.headers)}, status),
            auth={"type": "bearer", "token": "${env:TOKEN}"},
        )
    assert SECRET not in str(raised.value)


def test_an_answer_of_another_text_or_status_is_read_as_ever() -> None:
    actions = [{"status_code": 404, "content": "no data", "action": "ignore"}]
    for answer in (told({"detail": "no such page"}, 404), told({"detail": "no data"}, 403)):
        with pytest.raises(RefusedError):
            pulled(lambda _, answer=answer: answer, {"response_actions": actions})  # type: ignore[misc]


def test_a_good_answer_can_mean_no_too() -> None:
    with pytest.raises(QuotaError):
        pulled(
            lambda _: told({"items": [], "error": "limit reached"}),
            {"response_actions": [{"content": "limit reached", "action": "quota"}]},
        )


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"items": [', b'{"other": []}', b"7", b"null"])
def test_what_holds_no_records_is_named(body: bytes) -> None:
    with pytest.raises(ShapeError):
        source().parse([page(body)])


# Where things stand


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("$", [{"a": [{"b c": 1, "d": 2}, {"b c": 3}], "x-y": {"k": 4, "l": 5}}]),
        ("a[0]['b c']", [1]),
        ("$.a[*]['b c']", [1, 3]),
        ("a[-1]", [{"b c": 3}]),
        ("a[5]", []),
        ("a.b", []),
        ("x-y.*", [4, 5]),
        ('$["x-y"].k', [4]),
        ("a[*].d", [2]),
    ],
)
def test_a_path_finds_what_stands_there(path: str, at: list[Any]) -> None:
    document = {"a": [{"b c": 1, "d": 2}, {"b c": 3}], "x-y": {"k": 4, "l": 5}}
    assert list(values_at(document, path)) == at
    assert first(document, path) == (at[0] if at else None)


@pytest.mark.parametrize("path", ["a..b", "a[", "a[?(@.b)]", "a b", "a[1:2]", "[''"])
def test_a_path_that_cannot_be_read_is_refused_in_the_plan(path: str) -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        source(endpoint={"data_selector": path})


names = st.text(st.characters(exclude_characters="'\n", exclude_categories=["Cs", "Zl", "Zp", "Cc"]), min_size=1)


@given(st.lists(names | st.integers(0, 3), max_size=5), st.integers())
def test_a_written_path_leads_to_where_a_value_was_put(steps: list[str | int], value: int) -> None:
    document: Any = value
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [*[None] * step, document]
    path = "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)
    assert steps_of(path) == tuple(steps)
    assert list(values_at(document, path)) == [value]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
    st.text("ab.[]*0'$-", max_size=8),
)
def test_no_document_and_no_path_is_a_traceback(document: Any, path: str) -> None:
    try:
        steps_of(path)
    except ValueError:
        return
    at = list(values_at(document, path))
    assert at[:1] == ([first(document, path)] if at else [])


def test_one_record_that_is_a_list_is_a_record() -> None:
    selected = source(
        endpoint={"data_selector": "rows[*]"}, date="[0]", metrics={"visits": {"path": "[1]", "unit": "visits"}}
    )
    for rows in ([["2026-11-02", 4]], [["2026-11-02", 4], ["2026-11-03", 5]]):
        got = selected.parse([page(json.dumps({"rows": rows}).encode())])
        assert values(got) == {row[0]: row[1] for row in rows}
        assert got.refused.empty


# Days


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-11-02", "America/New_York", "2026-11-02"),
        ("2026-11-02T23:30:00Z", "Europe/London", "2026-11-02"),
        ("2026-11-02T23:30:00Z", "Europe/Berlin", "2026-11-03"),
        ("2026-11-02T23:30:00-02:00", "Europe/London", "2026-11-03"),
        ("2026-11-02T02:30:00", "America/New_York", "2026-11-02"),
        ("2026-10-25T00:30:00+01:00", "Europe/London", "2026-10-25"),
        ("2026-10-25T23:30:00+00:00", "Europe/London", "2026-10-25"),
        ("2026-10-24T23:30:00Z", "Europe/London", "2026-10-25"),
        ("2026-03-29T23:30:00Z", "Europe/London", "2026-03-30"),
        ("2026-03-28T23:30:00Z", "Europe/London", "2026-03-28"),
    ],
)
def test_an_instant_belongs_to_its_local_day(text: str, zone: str, day: str) -> None:
    assert values(
        parsed({"day": text, "count": 1}, window=Window(date(2026, 1, 1), date(2026, 11, 24)), zone=zone)
    ) == {day: 1}


@given(
    st.integers(1_577_836_800, 1_795_000_000),
    st.sampled_from(["Europe/London", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_seconds_milliseconds_and_text_tell_the_same_day(seconds: int, zone: str) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    expected, ever = (
        {f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d}": 1.0},
        Window(date(2019, 1, 1), date(2026, 11, 24)),
    )
    for form, raw in (
        ("unix_s", instant.timestamp()),
        ("unix_ms", instant.timestamp() * 1000),
        ("unix_s", str(int(instant.timestamp()))),
    ):
        assert values(parsed({"day": raw, "count": 1}, window=ever, zone=zone, format=form)) == expected
    assert values(parsed({"day": instant.isoformat(), "count": 1}, window=ever, zone=zone)) == expected


def test_the_hours_of_the_days_that_are_longer_and_shorter_count_each_once() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        begins = datetime.combine(day - DAY, datetime.min.time(), UTC)
        records = [{"day": (begins + timedelta(hours=at)).isoformat()} for at in range(72)]
        got = parsed(*records, window=Window(day, day + DAY), metrics={"visits": {"unit": "visits"}})
        assert values(got)[str(day)] == hours


def test_instants_without_a_zone_take_the_one_that_the_plan_names() -> None:
    record = {"day": "2026-11-02 20:30:00", "count": 1}
    assert values(parsed(record, zone="Europe/London", format="%Y-%m-%d %H:%M:%S")) == {"2026-11-02": 1}
    named = source(format="%Y-%m-%d %H:%M:%S")
    mapping = named.settings.indicator.model_copy(update={"zone": "America/Los_Angeles"})
    other = Rest("web", named.settings.model_copy(update={"indicator": mapping}), named.place)
    assert values(other.parse([page(json.dumps({"items": [record]}).encode())])) == {"2026-11-03": 1}


@pytest.mark.parametrize("raw", ["soon", None, "2026-13-01", [], "", {"a": 1}, 20261102])
@pytest.mark.parametrize("form", ["iso", "unix_s", "unix_ms", "%d/%m/%Y"])
def test_a_date_that_cannot_be_read_is_refused(raw: object, form: str) -> None:
    if isinstance(raw, int) and form != "%d/%m/%Y":
        return
    got = parsed(
        {"day": raw, "count": 1},
        {"day": {"%d/%m/%Y": "02/11/2026", "iso": "2026-11-02"}.get(form, 1793620800), "count": 2},
        format=form,
    )
    if form == "unix_ms":
        got = parsed({"day": raw, "count": 1}, {"day": 1793620800000, "count": 2}, format=form)
    assert len(got.refused) == 1
    assert "is not a date in the format" in got.refused["reason"].iloc[0]
    assert list(values(got).values()) == [2]


@pytest.mark.parametrize("raw", [1e30, float("nan"), float("inf"), -1e30, True])
def test_seconds_that_are_no_instant_are_refused(raw: object) -> None:
    got = parsed({"day": raw, "count": 1}, format="unix_s")
    assert len(got.refused) == 1, raw
    assert got.observations.empty


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("day", date(2026, 10, 6)),
        ("week", date(2026, 10, 12)),
        ("month", date(2026, 11, 1)),
        ("year", date(2027, 1, 1)),
    ],
)
def test_a_record_covers_the_period_that_the_plan_says(period: str, end: date) -> None:
    got = parsed({"day": "2026-10-05", "count": 1}, period=period, window=Window(date(2026, 11, 1), date(2027, 1, 1)))
    assert got.observations["end"].dt.date.tolist() == [end]


def test_a_month_that_is_not_over_is_left_out_and_one_that_ended_in_the_window_is_read_whole() -> None:
    by_month = {"period": "month", "covers": "window", "format": "%Y-%m"}
    got = parsed(
        {"day": "2026-10", "count": 9},
        {"day": "2026-11", "count": 4},
        window=Window(date(2026, 10, 20), date(2026, 11, 24)),
        **by_month,
    )
    assert values(got) == {"2026-10-01": 9}
    assert any("not over" in note for note in got.notes)


@pytest.mark.parametrize(
    ("period", "first"),
    [("day", "2026-10-20"), ("week", "2026-10-14"), ("month", "2026-10-01"), ("year", "2026-01-01")],
)
def test_what_began_before_the_window_is_asked_for_too(period: str, first: str) -> None:
    asks = {"incremental": {"start_param": "from", "end_param": "to"}}
    _, received = pulled(
        lambda _: told({"items": []}), asks, window=Window(date(2026, 10, 20), date(2026, 11, 24)), period=period
    )
    assert dict(received[0].query) == {"from": first, "to": "2026-11-23"}


def test_days_that_begin_at_another_hour_are_asked_for_with_a_margin_and_counted_in_whole_local_days() -> None:
    """In Tokyo the local day begins at 15:00 of the day before in UTC, by which the service asks."""
    held = [{"day": f"2026-11-{day:02}T{hour:02}:00:00Z"} for day in range(1, 8) for hour in (2, 16)]

    def reply(received: ReceivedRequest) -> Reply:
        return told(
            {"items": [one for one in held if received.query["from"] <= one["day"][:10] <= received.query["to"]]}
        )

    asks = {"incremental": {"start_param": "from", "end_param": "to", "margin_days": 1}}
    window = Window(date(2026, 11, 3), date(2026, 11, 5))
    got, received = pulled(reply, asks, window=window, zone="Asia/Tokyo", metrics={"visits": {"unit": "visits"}})
    assert dict(received[0].query) == {"from": "2026-11-02", "to": "2026-11-05"}
    assert values(got) == {"2026-11-03": 2, "2026-11-04": 2}
    assert got.replaces == window


@pytest.mark.parametrize(
    ("pattern", "first", "after"),
    [
        ("unix_s", "1793595600", "1794027600"),
        ("unix_ms", "1793595600000", "1794027600000"),
        ("%Y-%m-%dT00:00:00%z", "2026-11-02T00:00:00-0500", None),
    ],
)
def test_a_day_may_be_asked_for_as_the_instant_with_which_it_begins(
    pattern: str, first: str, after: str | None
) -> None:
    asks = {"incremental": {"start_param": "from", "end_param": "to", "format": pattern, "end_inclusive": False}}
    _, received = pulled(
        lambda _: told({"items": []}),
        asks,
        window=Window(date(2026, 11, 2), date(2026, 11, 7)),
        zone="America/New_York",
    )
    assert received[0].query["from"] == first
    assert after is None or received[0].query["to"] == after


# What a pull speaks for


def test_a_trailing_answer_speaks_for_its_own_days_only() -> None:
    got = parsed({"day": "2026-11-20", "count": 5}, {"day": "2026-11-22", "count": 7}, covers="answer")
    spoken = Window(date(2026, 11, 20), date(2026, 11, 23))
    assert (got.covered, got.replaces) == ((spoken,), spoken)


def test_a_trailing_answer_without_records_speaks_for_nothing() -> None:
    got = parsed(covers="answer")
    assert (got.covered, got.replaces) == ((), None)


def test_without_days_in_the_question_an_answer_speaks_for_itself() -> None:
    asks = {"incremental": {"start_param": "from"}}
    got = [
        one.parse([page(json.dumps({"items": RECORDS[2:4]}).encode())]).replaces
        for one in (source(), source(endpoint=asks))
    ]
    assert got == [Window(date(2026, 11, 3), date(2026, 11, 5)), WINDOW]


def test_what_a_service_gives_beyond_the_days_asked_for_is_left_out() -> None:
    got = parsed({"day": "2026-10-31", "count": 5}, {"day": "2026-11-01", "count": 7}, covers="window")
    assert values(got) == {"2026-11-01": 7}
    assert any("not requested" in note for note in got.notes)


def test_the_day_on_which_a_trailing_window_begins_is_partial_and_not_spoken_for() -> None:
    records = [{"day": f"2026-11-{day}", "count": day} for day in (9, 10, 11, 23, 24)]
    got = parsed(*records, trailing_days=14)
    assert values(got) == {"2026-11-10": 10, "2026-11-11": 11, "2026-11-23": 23}
    assert got.observations["flags"].tolist() == [("partial",), (), ()]
    assert (got.covered, got.replaces) == (
        (Window(date(2026, 11, 11), WINDOW.end),),
        Window(date(2026, 11, 11), WINDOW.end),
    )


def test_days_without_a_record_at_the_edge_of_a_trailing_window_are_spoken_for() -> None:
    got = parsed({"day": "2026-11-20", "count": 5}, trailing_days=14)
    assert got.covered == (Window(date(2026, 11, 11), date(2026, 11, 24)),)
    assert parsed(trailing_days=14).covered == got.covered


@pytest.mark.parametrize("way", [{"trailing_days": 14}, {"covers": "answer"}])
def test_nothing_is_kept_of_the_days_before_the_first_that_the_plan_wants(way: dict[str, Any]) -> None:
    records, window = (
        [{"day": f"2026-11-{day}", "count": day} for day in range(10, 24)],
        Window(date(2026, 11, 20), date(2026, 11, 24)),
    )
    got = parsed(*records, window=window, source={"since": "2026-11-20"}, **way)
    assert min(values(got)) == "2026-11-20"
    assert got.covered == (window,)


def test_an_answer_about_days_that_the_service_shows_no_more_speaks_for_nothing() -> None:
    old = Window(date(2026, 10, 1), date(2026, 10, 8))
    for since in (None, "2026-11-20"):
        got = parsed({"day": "2026-11-22", "count": 5}, window=old, trailing_days=14, source={"since": since})
        assert (len(got.observations), got.covered, got.replaces) == (0, (), None)


@pytest.mark.parametrize("more", [{"covers": "answer"}, {"period": "month"}])
def test_a_trailing_window_says_itself_what_it_covers(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="leave out 'covers'"):
        source(trailing_days=14, **more)


def test_the_first_day_of_a_list_of_the_newest_may_begin_midway() -> None:
    rows = [{"day": "2026-11-02"}, {"day": "2026-11-02"}, {"day": "2026-11-03"}]
    got = parsed(*rows, metrics={"visits": {"unit": "visits"}})
    assert dict(zip(values(got), got.observations["flags"], strict=True)) == {
        "2026-11-02": ("partial",),
        "2026-11-03": (),
    }


@pytest.mark.parametrize(("items", "value"), [([], 0), ([{"id": 1}, {"id": 2}], 2)])
def test_a_list_of_what_there_is_now_is_counted_as_a_level_also_when_it_is_empty(
    items: list[Any], value: float
) -> None:
    got = parsed(*items, date=None, id="id", metrics={"members": {"unit": "members", "kind": "reading"}})
    assert values(got, "members") == {"2026-11-24": value}


def test_a_level_of_which_nothing_is_known_is_no_zero() -> None:
    ignored = {"response_actions": [{"status_code": 404, "action": "ignore"}]}
    got, _ = pulled(
        lambda _: told({}, 404), ignored, date=None, metrics={"members": {"unit": "members", "kind": "reading"}}
    )
    assert (len(got.observations), got.covered) == (0, ())


def test_levels_of_items_add_up_on_the_day() -> None:
    rooms = [{"id": 1, "seats": 10}, {"id": 2, "seats": 15}, {"id": 2, "seats": 15}]
    got = parsed(*rooms, date=None, id="id", metrics={"seats": {"path": "seats", "unit": "seats", "kind": "reading"}})
    assert values(got, "seats") == {"2026-11-24": 25}


@pytest.mark.parametrize("covers", ["answer", "window"])
def test_the_running_day_is_left_out_since_it_is_not_over(covers: str) -> None:
    got = parsed({"day": "2026-11-23", "count": 5}, {"day": "2026-11-24", "count": 1}, covers=covers)
    assert values(got) == {"2026-11-23": 5}
    assert got.replaces is not None
    assert got.replaces.end == WINDOW.end
    assert any("left out" in note for note in got.notes)


def test_a_level_is_read_on_the_day_on_which_it_was_asked() -> None:
    members = {"members": {"path": "count", "unit": "members", "kind": "reading", "description": "members now"}}
    got = parsed({"count": 12}, date=None, metrics=members)
    today = Window(date(2026, 11, 24), date(2026, 11, 25))
    assert values(got, "members") == {"2026-11-24": 12}
    assert (got.covered, got.replaces, got.adds_only) == ((today,), None, True)


def test_a_level_is_read_on_the_local_day() -> None:
    members = {"members": {"path": "count", "unit": "members", "kind": "reading"}}
    late = RawPage(
        "web",
        WINDOW,
        0,
        "https://library.example",
        200,
        datetime(2026, 11, 24, 4, tzinfo=UTC),
        b'{"items": [{"count": 3}]}',
    )
    got = source(zone="America/Los_Angeles", date=None, metrics=members).parse([late])
    assert values(got, "members") == {"2026-11-23": 3}


def test_what_is_counted_over_days_needs_days() -> None:
    with pytest.raises(ValidationError, match="a level is a reading"):
        source(date=None)


# Records


def test_only_the_records_that_the_plan_wants_count() -> None:
    rows = (
        {"day": "2026-11-02", "count": 1, "kind": {"name": "talk"}},
        {"day": "2026-11-02", "count": 5, "kind": {"name": "other"}},
        {"day": "2026-11-03"},
    )
    got = parsed(*rows, where={"kind.name": "talk"})
    assert values(got) == {"2026-11-02": 1}
    assert got.refused.empty


def test_a_record_that_comes_twice_counts_once_also_over_pages() -> None:
    one = source(id="id", metrics={"visits": {"unit": "visits"}})
    pages = [
        page(json.dumps({"items": RECORDS[:3]}).encode()),
        page(json.dumps({"items": RECORDS[2:5]}).encode(), sequence=1),
    ]
    got = one.parse(pages[::-1])
    assert values(got) == {record["day"]: 1 for record in RECORDS[:5]}
    assert got.notes == ("some records came twice and count once",)


def test_records_without_a_number_count_one_each_by_day_and_entity() -> None:
    rows = [
        {"day": "2026-11-02", "room": "Blue"},
        {"day": "2026-11-02", "room": "Blue"},
        {"day": "2026-11-02", "room": None},
        {"day": "2026-11-03", "room": "Red"},
    ]
    got = parsed(*rows, entity="room", metrics={"visits": {"unit": "visits"}})
    assert values(got) == {"Blue 2026-11-02": 2, "Red 2026-11-03": 1}
    assert "there is no name at 'room'" in got.refused["reason"].iloc[0]
    assert got.refused["origin"].iloc[0].endswith(" $.items[2]"), "it says where in the answer"


HELD = [{"id": at, "day": "2026-11-02", "count": count} for at, count in ((1, 4), (2, 5), (3, 4))]


def test_the_numbers_of_records_with_an_id_add_up_by_day() -> None:
    got = parsed(*HELD, *HELD[:1], id="id", covers="window", metrics=VISITS | {"held": {"unit": "events"}})
    assert (values(got), values(got, "held")) == ({"2026-11-02": 13}, {"2026-11-02": 3})
    assert got.observations["origin"].iloc[0].endswith(" $.items[0] at 'count' and 2 more")


@pytest.mark.parametrize("lacking", [{"count": None}, {"count": "many"}, {}])
def test_a_sum_without_one_of_its_numbers_is_incomplete(lacking: dict[str, Any]) -> None:
    got = parsed(*HELD, {"id": 9, "day": "2026-11-02", **lacking}, id="id", covers="window")
    assert values(got) == {"2026-11-02": 13}
    assert got.observations["flags"].tolist() == [("incomplete",)]
    assert len(got.refused) == (lacking.get("count") == "many")


def test_records_that_nothing_tells_apart_are_refused_and_never_added_up_or_dropped() -> None:
    got = parsed(*HELD, {"day": "2026-11-03", "count": 1})
    assert values(got) == {"2026-11-03": 1}
    assert len(got.refused) == 3
    assert got.refused["action"].str.contains("indicator.id").all()


def test_a_record_that_comes_again_word_for_word_counts_once() -> None:
    got = parsed(HELD[0], HELD[0])
    assert values(got) == {"2026-11-02": 4}


def test_visitors_of_records_with_an_id_are_not_added_up() -> None:
    got = parsed(*HELD, id="id", metrics={"visits": {"path": "count", "unit": "visitors", "kind": "distinct"}})
    assert got.observations.empty
    assert len(got.refused) == 3


def test_a_record_without_its_id_is_refused() -> None:
    got = parsed(
        {"day": "2026-11-02", "count": 1}, {"id": 1, "day": "2026-11-02", "count": 2}, id="id", covers="window"
    )
    assert values(got) == {"2026-11-02": 2}
    assert "there is no id at 'id'" in got.refused["reason"].iloc[0]


def test_a_record_may_name_its_metric() -> None:
    rows = [{"day": "2026-11-02", "what": what, "n": n} for what, n in (("visits", 4), ("loans", 7), ("fines", 2))]
    metrics = {"visits": {"unit": "visits"}, "loans": {"unit": "loans"}, "talks": {"unit": "talks"}}
    got = parsed(*rows, metric="what", value="n", metrics=metrics)
    assert (values(got), values(got, "loans")) == ({"2026-11-02": 4}, {"2026-11-02": 7})
    assert any("records about 'fines' are left out" in note for note in got.notes)
    assert any("about 'talks'" in note for note in got.notes)


def test_a_name_of_a_metric_needs_a_place_for_its_number() -> None:
    with pytest.raises(ValidationError, match="go together"):
        source(metric="what")


@pytest.mark.parametrize("raw", ["n/a", -1, "-1"])
def test_what_the_plan_takes_as_not_known_is_missing(raw: object) -> None:
    got = parsed({"day": "2026-11-02", "count": raw}, {"day": "2026-11-03", "count": 0}, missing=["n/a", "-1"])
    assert values(got) == {"2026-11-03": 0}
    assert got.refused.empty


def test_a_place_that_no_record_has_is_named() -> None:
    got = parsed({"day": "2026-11-02", "people": 4})
    assert got.notes == ("no record holds a number at 'count': 'visits' is missing (indicator.metrics.visits)",)
    assert not parsed({"day": "2026-11-02", "count": None}).notes, "a null stands there and is not known yet"


def test_a_choice_that_no_record_meets_is_named() -> None:
    assert parsed(*HELD, where={"kind": "talk"}).notes == ("'indicator.where' matches none of 3 records",)


def test_only_what_is_counted_by_day_is_zero_on_a_day_without_a_record() -> None:
    counted, read = {"unit": "events"}, {"unit": "events", "path": "n"}
    told_metrics = {
        "a": counted,
        "b": read,
        "c": counted | {"kind": "reading"},
        "d": read | {"absent": "zero"},
        "e": counted | {"absent": "missing"},
    }
    assert [metric.absent for metric in source(metrics=told_metrics).metrics()] == [
        "zero",
        "missing",
        "missing",
        "zero",
        "missing",
    ]


@pytest.mark.parametrize("raw", ["many", True, [], {}, "1,5"])
def test_what_is_no_number_is_refused_and_names_the_day(raw: object) -> None:
    got = parsed({"day": "2026-11-02", "count": raw}, {"day": "2026-11-03", "count": "7"})
    assert values(got) == {"2026-11-03": 7}
    assert got.refused["start"].dt.date.tolist() == [date(2026, 11, 2)]


def test_a_null_is_missing_and_no_zero() -> None:
    got = parsed({"day": "2026-11-02", "count": None}, {"day": "2026-11-03"})
    assert got.observations.empty
    assert got.refused.empty


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["day", "count", "items"]), inner),
    )
)
def test_no_answer_is_a_traceback(document: Any) -> None:
    try:
        got = source(entity="items").parse([page(json.dumps(document).encode())])
    except ShapeError:
        return
    assert got.observations["value"].notna().all()


@pytest.mark.parametrize(("inclusive", "last"), [(True, "23.11.2026"), (False, "24.11.2026")])
def test_the_window_is_asked_for_in_the_services_own_way(inclusive: bool, last: str) -> None:
    told_days = {"start_param": "from", "end_param": "to", "format": "%d.%m.%Y", "end_inclusive": inclusive, "step": 31}
    _, received = pulled(
        cut,
        {
            "path": "/by/{window.start}/{window.end}/",
            "params": {"upto": "{window.last}", "limit": 50},
            "incremental": told_days,
        },
    )
    assert dict(received[0].query) == {"from": "01.11.2026", "to": last, "upto": "23.11.2026", "limit": "50"}
    assert received[0].path == "/by/01.11.2026/24.11.2026"
    assert source(endpoint={"incremental": told_days}).max_days == 31


# The plans of the docs, and answers in the services' shapes

PLANS = [text for info, text in code_blocks(EXAMPLES) if info == "yaml plan"]
VIEWS = {
    "count": 9,
    "uniques": 5,
    "views": [
        {"timestamp": "2026-11-22T00:00:00Z", "count": 4, "uniques": 2},
        {"timestamp": "2026-11-23T00:00:00Z", "count": 3, "uniques": 2},
        {"timestamp": "2026-11-24T00:00:00Z", "count": 2, "uniques": 1},
    ],
}
WIKI = {
    "project": "en.wikipedia",
    "article": "Knowledge_management",
    "granularity": "daily",
    "access": "all-access",
    "agent": "user",
}
WORKS = [
    {"id": f"https://openalex.org/W{at}", "publication_date": day}
    for at, day in ((1, "2026-11-02"), (2, "2026-11-02"), (3, "2026-11-20"))
]


def planned(text: str, folder: Path, url: str) -> Rest:
    """The only source of the plan, its service played by ``url``."""
    (folder / "plan.yaml").write_text(re.sub(r"base_url: https://[^/\s]+", f"base_url: {url}", text), encoding="utf-8")
    values_at = next(iter(load_plan(folder / "plan.yaml").sources.values()))
    assert isinstance(values_at, Rest)
    return values_at


def read_plan(at: int, folder: Path, reply: Responder) -> tuple[ParseResult, list[ReceivedRequest]]:
    with serve(reply) as site:
        one = planned(PLANS[at], folder, site.url)
        session = Session(lambda _: SECRET, retries=0, timeout_s=(2, 2))
        return one.parse(list(one.fetch(WINDOW, NOW, session))), site.received


def test_every_plan_of_the_docs_loads(tmp_path: Path) -> None:
    assert len(PLANS) == EXAMPLES.read_text(encoding="utf-8").count("\n## ") == 3
    for text in PLANS:
        (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
        assert load_plan(tmp_path / "plan.yaml").sources


def test_the_views_of_github_are_days_of_utc_and_speak_for_themselves_only(tmp_path: Path) -> None:
    got, received = read_plan(0, tmp_path, lambda _: told(VIEWS))
    assert received[0].path == "/repos/my-library/km-guides/traffic/views"
    assert received[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert received[0].headers["X-GitHub-Api-Version"]
    assert values(got, "views") == {"2026-11-22": 4, "2026-11-23": 3}
    assert values(got, "uniques") == {"2026-11-22": 2, "2026-11-23": 2}
    assert got.covered == (Window(date(2026, 11, 11), date(2026, 11, 24)),)


def test_github_says_403_where_its_limit_is_reached_and_that_is_no_fault(tmp_path: Path) -> None:
    said = {"message": "API rate limit exceeded for user ID 1.", "documentation_url": "https://docs.github.com/rest"}
    with pytest.raises(QuotaError):
        read_plan(0, tmp_path, lambda _: told(said, 403, X_RateLimit_Remaining="0"))
    with pytest.raises(RefusedError, match=re.escape("renew ${env:GITHUB_TOKEN}")):
        read_plan(0, tmp_path, lambda _: told({"message": "Bad credentials"}, 401))


def test_the_views_of_wikipedia_are_asked_for_in_days_without_dashes(tmp_path: Path) -> None:
    items = [WIKI | {"timestamp": f"202611{day:02}00", "views": day * 10} for day in (1, 2, 23)]
    got, received = read_plan(1, tmp_path, lambda _: told({"items": items}))
    assert received[0].path.endswith(
        "/pageviews/per-article/en.wikipedia/all-access/user/Knowledge_management/daily/20261101/20261123"
    )
    assert "km@library.example.org" in received[0].headers["User-Agent"]
    assert values(got, "views") == {f"Knowledge_management 2026-11-{day:02}": day * 10 for day in (1, 2, 23)}
    assert got.replaces == WINDOW


def test_an_article_that_nobody_read_is_no_fault(tmp_path: Path) -> None:
    """By the documentation a 404 means no views or a day not loaded yet: nothing is known, and stored values stay."""
    got, _ = read_plan(1, tmp_path, lambda _: told({"type": "about:blank", "title": "Not found"}, 404))
    assert got.observations.empty
    assert (got.covered, got.replaces) == ((), None)


def test_the_works_of_openalex_are_read_to_the_last_cursor_and_count_once(tmp_path: Path) -> None:
    def reply(received: ReceivedRequest) -> Reply:
        follows = {"*": ("abc", WORKS[:2]), "abc": ("def", WORKS[1:]), "def": (None, [])}
        cursor, works = follows[received.query["cursor"]]
        return told({"meta": {"count": 3, "per_page": 100, "next_cursor": cursor}, "results": works})

    got, received = read_plan(2, tmp_path, reply)
    assert [one.query["cursor"] for one in received] == ["*", "abc", "def"]
    assert received[0].query["filter"].endswith("from_publication_date:2026-11-01,to_publication_date:2026-11-23")
    assert all(one.query["api_key"] == SECRET for one in received)
    assert values(got, "works") == {"2026-11-02": 2, "2026-11-20": 1}
