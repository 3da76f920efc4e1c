"""The session over real HTTP on this machine."""

import gzip
import json
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sources.web.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth
from sources.web.session import PagerGuard, Session, redact
from tests.loopback import SECRETS, ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError, ShapeError

TOKEN = SECRETS["${env:TOKEN}"]
BEARER = BearerAuth(type="bearer", token="${env:TOKEN}")
QUERY_KEY = ApiKeyAuth(type="api_key", name="wskey", key="${env:TOKEN}", location="query")
HEADER_KEY = ApiKeyAuth(type="api_key", name="X-Key", key="${env:TOKEN}")


def one_after_another(*answers: Reply) -> Callable[[ReceivedRequest], Reply]:
    """Each answer once, the last one from then on."""
    left = list(answers)
    return lambda received: left.pop(0) if len(left) > 1 else left[0]


def everything_said(error: BaseException) -> str:
    """The error with its whole chain, as a log would show it."""
    chain, texts = [error], []
    while chain:
        fault = chain.pop()
        texts += [str(fault), repr(fault), repr(vars(fault))]
        chain += [linked for linked in (fault.__cause__, fault.__context__) if linked is not None]
    return "\n".join([*texts, "".join(traceback.format_exception_only(error))])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(status: int) -> None:
    with serve(one_after_another(Reply(status=status), Reply(b"good"))) as site:
        assert quick_session().get(site.url).content == b"good"
    assert len(site.received) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_after_the_last_try_the_error_names_address_and_status(status: int) -> None:
    with (
        serve(one_after_another(Reply(b"busy now", status))) as site,
        pytest.raises(RetryableError, match=rf"/feed: answered {status} \(busy now\).*run again"),
    ):
        quick_session().get(f"{site.url}/feed")
    assert len(site.received) == 3


def test_a_retry_after_in_seconds_is_waited_for() -> None:
    with serve(one_after_another(Reply(status=503, headers={"Retry-After": "1"}), Reply(b"good"))) as site:
        began = time.monotonic()
        quick_session().get(site.url)
    assert time.monotonic() - began >= 1


def test_a_wait_that_is_too_long_is_left_to_the_caller_at_once() -> None:
    with (
        serve(one_after_another(Reply(status=429, headers={"Retry-After": "7200"}))) as site,
        pytest.raises(RetryableError) as caught,
    ):
        quick_session(max_wait_s=60).get(site.url)
    assert caught.value.retry_after_s == 7200
    assert len(site.received) == 1


def test_a_retry_after_date_is_measured_from_the_date_of_the_answer() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        return Reply(
            status=503, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}
        )

    with serve(reply) as site, pytest.raises(RetryableError) as caught:
        quick_session(max_wait_s=60).get(site.url)
    assert caught.value.retry_after_s == pytest.approx(3600, abs=5)
    assert len(site.received) == 1


def test_a_retry_after_that_says_nothing_is_passed_over() -> None:
    with serve(one_after_another(Reply(status=503, headers={"Retry-After": "soon"}), Reply(b"good"))) as site:
        assert quick_session().get(site.url).content == b"good"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "check the access"),
        (403, "check the access"),
        (407, "check the access"),
        (404, "check the address"),
        (410, "gone for good"),
        (400, "no such set"),
        (418, "answered 418"),
    ],
)
def test_a_refusal_is_not_tried_again_and_says_what_to_do(status: int, says: str) -> None:
    with (
        serve(one_after_another(Reply(b"<p>no such set</p>", status, {"Content-Type": "text/html"}))) as site,
        pytest.raises(RefusedError, match=says),
    ):
        quick_session().get(site.url)
    assert len(site.received) == 1


def test_a_body_that_breaks_off_is_tried_again() -> None:
    with serve(one_after_another(Reply(b"half", promised=100), Reply(b"whole"))) as site:
        assert quick_session().get(site.url).content == b"whole"


def test_a_body_that_always_breaks_off_is_no_body() -> None:
    with (
        serve(one_after_another(Reply(b"half", promised=100))) as site,
        pytest.raises(RetryableError, match="broke off"),
    ):
        quick_session().get(site.url)
    assert len(site.received) == 3


def test_a_compressed_body_that_breaks_off_is_no_body() -> None:
    packed = gzip.compress(bytes(range(256)) * 400)
    answer = Reply(packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"}, promised=len(packed))
    with serve(one_after_another(answer)) as site, pytest.raises(RetryableError):
        quick_session(retries=0).get(site.url)


def test_silence_is_a_time_out() -> None:
    with (
        serve(one_after_another(Reply(b"late", delay_s=5))) as site,
        pytest.raises(RetryableError, match="no answer in time"),
    ):
        quick_session(retries=1, timeout_s=(1, 0.1)).get(site.url)
    assert len(site.received) == 2


def test_a_closed_port_says_so() -> None:
    with pytest.raises(RetryableError, match="refuses connections"):
        quick_session(retries=0).get("http://127.0.0.1:9/feed")


def test_plain_http_behind_https_is_no_trust() -> None:
    with (
        serve(one_after_another(Reply(b""))) as site,
        pytest.raises(RefusedError, match=r"cannot be trusted.*certificate"),
    ):
        quick_session().get(site.url.replace("http:", "https:"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_large_is_given_up(packed: bool) -> None:
    body = b"0" * 300_000
    answer = Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Reply(body)
    with serve(one_after_another(answer)) as site, pytest.raises(ShapeError, match="larger than 100,000 bytes"):
        quick_session(max_bytes=100_000).get(site.url)
    assert len(site.received) == 1


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hosts", "ftp://example.org/", "example.org/feed", "http://", "https://[::1", "http://host:port/"],
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        quick_session().get(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="under auth") as caught:
        quick_session().get("https://user:hunter22@example.org/")
    assert "hunter22" not in everything_said(caught.value)


@pytest.mark.parametrize("target", ["file:///etc/hosts", "javascript:alert(1)", "http://[broken"])
def test_a_redirect_out_of_the_web_is_refused(target: str) -> None:
    with (
        serve(one_after_another(Reply(status=302, headers={"Location": target}))) as site,
        pytest.raises(RefusedError, match="not a web address"),
    ):
        quick_session().get(site.url)


def test_a_redirect_is_followed_and_kept_in_the_history() -> None:
    with serve(
        lambda received: Reply(b"here") if received.path == "/new" else Reply(status=301, headers={"Location": "/new"})
    ) as site:
        response = quick_session().get(f"{site.url}/old", params={"a": "1"})
    assert (response.content, response.url, [hop.status_code for hop in response.history]) == (
        b"here",
        f"{site.url}/new",
        [301],
    )


def test_redirects_without_end_are_refused_after_five() -> None:
    with (
        serve(one_after_another(Reply(status=302, headers={"Location": "/again"}))) as site,
        pytest.raises(RefusedError, match="more than 5 times"),
    ):
        quick_session().get(site.url)
    assert len(site.received) == 6


@pytest.mark.parametrize(
    "auth", [BEARER, QUERY_KEY, HEADER_KEY, BasicAuth(type="basic", user="ann", password="${env:PASSWORD}")]
)
def test_credentials_stay_with_their_own_host(auth: Auth) -> None:
    with serve(one_after_another(Reply(b"thief"))) as thief:
        away = {"Location": f"{thief.url}/take?wskey={quote(TOKEN, safe='')}&page=1"}
        with serve(one_after_another(Reply(status=302, headers=away))) as site:
            quick_session().get(site.url, auth=auth, headers={"X-Copy": TOKEN if auth is HEADER_KEY else "plain"})
    seen = repr(thief.received)
    assert thief.received[0].query == {"page": "1"} or auth is not QUERY_KEY
    assert "Authorization" not in thief.received[0].headers
    assert "X-Key" not in thief.received[0].headers
    assert auth is not HEADER_KEY or "X-Copy" not in thief.received[0].headers
    assert auth is not QUERY_KEY or (TOKEN not in seen and quote(TOKEN, safe="") not in seen)


@pytest.mark.parametrize("auth", [BEARER, QUERY_KEY, HEADER_KEY])
def test_credentials_follow_a_redirect_on_their_own_host(auth: Auth) -> None:
    with serve(
        lambda received: Reply(b"in") if received.path == "/b" else Reply(status=307, headers={"Location": "/b?x=1"})
    ) as site:
        quick_session().get(f"{site.url}/a", auth=auth)
    assert TOKEN in repr(site.received[1].headers) + repr(site.received[1].query)


def test_a_post_is_not_carried_to_another_host() -> None:
    with serve(one_after_another(Reply(b""))) as other:
        away = Reply(status=307, headers={"Location": other.url})
        with serve(one_after_another(away)) as site, pytest.raises(RefusedError, match="another host"):
            quick_session().post(site.url, json={"a": 1})
    assert other.received == []


def test_a_post_sends_json_or_a_form() -> None:
    with serve(one_after_another(Reply(b"{}"))) as site:
        quick_session().post(site.url, json={"a": [1]}, auth=BEARER)
        quick_session().post(site.url, data={"a": "1"})
    assert json.loads(site.received[0].body) == {"a": [1]}
    assert site.received[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert site.received[1].body == b"a=1"


def test_a_netrc_of_the_machine_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password netrcsecret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serve(one_after_another(Reply(b""))) as site:
        quick_session().get(site.url)
    assert "Authorization" not in site.received[0].headers


def test_a_conditional_request_sends_what_is_known_of_the_address() -> None:
    with serve(one_after_another(Reply(status=304))) as site:
        received = f"{site.url}/feed?wskey=%2A%2A%2A"
        session = quick_session(validators={redact(received): ('"e1"', "Mon, 23 Nov 2026 10:00:00 GMT")})
        assert session.get(f"{site.url}/feed", auth=QUERY_KEY, conditional=True).status_code == 304
        session.get(f"{site.url}/feed", auth=QUERY_KEY)
        session.get(f"{site.url}/other", conditional=True)
    first, unconditional, other = (received.headers for received in site.received)
    assert (first["If-None-Match"], first["If-Modified-Since"]) == ('"e1"', "Mon, 23 Nov 2026 10:00:00 GMT")
    assert "If-None-Match" not in unconditional
    assert "If-None-Match" not in other


def test_the_program_says_who_it_is() -> None:
    with serve(one_after_another(Reply(b""))) as site:
        quick_session().get(site.url)
    assert site.received[0].headers["User-Agent"].startswith("km-indicators/")


@pytest.mark.parametrize(
    "auth", [BEARER, QUERY_KEY, HEADER_KEY, BasicAuth(type="basic", user="ann", password="${env:PASSWORD}")]
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 503])
def test_no_error_and_no_address_holds_a_secret(auth: Auth, status: int) -> None:
    def echo(received: ReceivedRequest) -> Reply:
        secrets = f"{quote_plus(SECRETS['${env:PASSWORD}'])} {TOKEN} {quote(TOKEN, safe='').lower()}"
        text = f"{received.query} {received.headers} {secrets}"
        return Reply(text.encode(), status, {"Content-Type": "text/plain; charset=utf-8"})

    with serve(echo) as site:
        session = quick_session(retries=1)
        session.secret("${env:PASSWORD}")
        session.secret("${env:TOKEN}")
        try:
            text = session.get(f"{site.url}/feed", auth=auth).url
        except KmiError as error:
            text = everything_said(error)
    sent = site.received[0].headers.get("Authorization", "").removeprefix("Basic ")
    forms = {
        secret
        for value in (TOKEN, SECRETS["${env:PASSWORD}"])
        for secret in (value, quote(value, safe=""), quote_plus(value))
    } | {sent.rstrip("=") or TOKEN}
    assert [form for form in forms if form.lower() in text.lower()] == []


@pytest.mark.parametrize(
    "fault", [Reply(b"x", promised=9), Reply(status=302, headers={"Location": "/?wskey=s3cr3t/token+value"})]
)
def test_a_broken_exchange_does_not_tell_the_secret_either(fault: Reply) -> None:
    with serve(one_after_another(fault)) as site, pytest.raises(KmiError) as caught:
        quick_session(retries=0).get(site.url, auth=QUERY_KEY)
    assert TOKEN not in everything_said(caught.value)
    assert caught.value.__context__ is None


def test_a_secret_that_looks_like_markup_is_hidden_too() -> None:
    with serve(one_after_another(Reply(b"you sent ab<i>cd&amp;ef", 400))) as site:
        session = Session(lambda reference: "ab<i>cd&amp;ef")
        session.secret("${env:ANY}")
        with pytest.raises(RefusedError, match=r"you sent \*\*\*"):
            session.get(site.url)


def test_a_secret_with_a_line_break_is_named_by_its_reference_only() -> None:
    with pytest.raises(ConfigError, match=r"\$\{env:BROKEN\}") as caught:
        quick_session().get("http://127.0.0.1:9/", auth=BearerAuth(type="bearer", token="${env:BROKEN}"))
    assert "pasted\n" not in everything_said(caught.value)


def test_the_plan_takes_references_only() -> None:
    adapter: TypeAdapter[Auth] = TypeAdapter(Auth)
    assert adapter.validate_python({"type": "bearer", "token": "${env:TOKEN}"}) == BEARER
    for wrong in (
        {"type": "bearer", "token": "abc"},
        {"type": "digest"},
        {"type": "basic", "user": "a", "password": "${env:P}", "more": 1},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://ann:pw@host/x", "https://***@host/x"),
        ("https://token@host/x", "https://***@host/x"),
        ("https://host/?access_token=abc&page=2", "https://host/?access_token=***&page=2"),
        ("https://host/?page=2&X-Amz-Signature=abc#top", "https://host/?page=2&X-Amz-Signature=***#top"),
        ("GET https://host/?api_key=a%2Fb failed", "GET https://host/?api_key=*** failed"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer ***"),
        (
            "https://host/oai?verb=ListRecords&resumptionToken=abc",
            "https://host/oai?verb=ListRecords&resumptionToken=abc",
        ),
        ("https://host/?pageToken=abc&keyword=x", "https://host/?pageToken=abc&keyword=x"),
        ("write to desk@library.example", "write to desk@library.example"),
    ],
)
def test_addresses_are_cleaned_of_what_looks_secret(text: str, clean: str) -> None:
    assert redact(text) == clean
    assert redact(clean) == clean


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="*"), min_size=4),
    st.sampled_from(["", "x", "key =", "1 2", "é"]),
    st.sampled_from(["", "x", "= key", "1 2", "é"]),
)
def test_a_secret_that_was_looked_up_is_hidden_in_any_text(secret: str, before: str, after: str) -> None:
    session = Session(lambda reference: secret)
    session.secret("${env:ANY}")
    for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert form not in session.redact(f"{before} {form} {after}")


def test_a_token_that_comes_again_stops_the_pager() -> None:
    guard = PagerGuard("https://host/list?token=abc")
    guard.next("a")
    guard.next("b")
    with pytest.raises(ShapeError, match=r"repeats itself.*stored data are unchanged") as caught:
        guard.next("a")
    assert "abc" not in str(caught.value)


def test_a_list_without_end_stops_the_pager() -> None:
    guard = PagerGuard("list", max_pages=3)
    guard.next("1")
    guard.next("2")
    with pytest.raises(ShapeError, match="does not end"):
        guard.next("3")


def test_empty_pages_that_promise_more_stop_the_pager_at_the_third() -> None:
    guard = PagerGuard("list")
    guard.empty_page(has_next=True)
    guard.empty_page(has_next=True)
    guard.page(["1"])
    guard.empty_page(has_next=True)
    guard.empty_page(has_next=True)
    with pytest.raises(ShapeError, match="3 empty pages"):
        guard.empty_page(has_next=True)


def test_pages_that_overlap_are_no_repetition() -> None:
    guard = PagerGuard("list")
    guard.page(["1", "2"])
    guard.page(["2", "3"])
    with pytest.raises(ShapeError, match="3 distinct"):
        guard.page(["3", "1"])


def test_a_provider_that_ignores_the_offset_is_stopped(shared_data: Callable[[str], Path]) -> None:
    """The recorded pages of a repository whose interface answered 2,986 offsets with its first page."""
    with gzip.open(shared_data("brandeis-esploro-api-pages") / "pages_0001-0200.ndjson.gz", "rb") as lines:
        pages = lines.read().splitlines()
    with serve(
        lambda received: Reply(pages[int(received.query["page"])], headers={"Content-Type": "application/json"})
    ) as site:
        session, guard = quick_session(), PagerGuard(site.url)

        def read_all() -> None:
            for number in range(len(pages)):
                guard.next(str(number))
                guard.page(
                    asset["id"] for asset in session.get(site.url, params={"page": str(number)}).json()["assets"]
                )

        with pytest.raises(ShapeError, match="repeats itself: page 3"):
            read_all()
    assert len(site.received) == 3
