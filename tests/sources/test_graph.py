"""The Graph API: what its errors mean, when a run stops before the limit, how a metric that is gone is found."""

import json
from collections.abc import Mapping
from datetime import date

import pytest
import requests

from sources.graph.api import GraphApi, next_page_params
from sources.graph.errors import InvalidMetricError, ItemError, TooMuchDataError, error_from_response
from sources.graph.insights import InsightsClient, midnight_s
from sources.graph.insights_parser import local_end
from sources.graph.retired import break_of, replacement_advice, retirement_of
from sources.graph.settings import GraphSettings
from sources.graph.usage import UsageBudget, regain_s, used_pct
from tests.loopback import NOW, ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError

INVALID = "(#100) The value must be a valid insights metric"
TOO_MUCH = "Please reduce the amount of data you're asking for, then retry your request"
PERIOD = {"period": "day"}


def body(code: int, message: str, subcode: int | None = None) -> bytes:
    sub = {} if subcode is None else {"error_subcode": subcode}
    return json.dumps(
        {"error": {"message": message, "type": "OAuthException", "code": code, **sub, "fbtrace_id": "A1"}}
    ).encode()


def response(content: bytes, status: int = 400, headers: Mapping[str, str] | None = None) -> requests.Response:
    found = requests.Response()
    found.status_code, found.url, found._content = status, "https://graph.example/v26.0/1/insights", content
    found.headers.update(headers or {})
    return found


def api(url: str, **more: object) -> GraphApi:
    settings = GraphSettings.model_validate({"type": "facebook_page", "url": url, "token": "${env:TOKEN}", **more})
    return GraphApi(settings, "1", quick_session(retries=0))


@pytest.mark.parametrize(
    ("code", "subcode", "message", "kind", "word"),
    [
        (1, None, "An unknown error occurred", RetryableError, "temporary fault"),
        (2, None, "Service temporarily unavailable", RetryableError, "temporary fault"),
        (1, None, TOO_MUCH, TooMuchDataError, "fewer metrics"),
        (1, None, "There cannot be more than 93 days (8035200 s) between since and until", ConfigError, "shorter"),
        (4, None, "(#4) Application request limit reached", QuotaError, "next run"),
        (17, None, "(#17) User request limit reached", QuotaError, "next run"),
        (32, None, "(#32) Page request limit reached", QuotaError, "next run"),
        (341, None, "Application limit reached", QuotaError, "next run"),
        (80001, None, "(#80001) There have been too many calls to this Page account.", QuotaError, "next run"),
        (80002, None, "(#80002) There have been too many calls to this Instagram account.", QuotaError, "next run"),
        (613, None, "(#613) Calls to this api have exceeded the rate limit.", RetryableError, "less at a time"),
        (10, None, "(#10) Application does not have permission for this action", RefusedError, "read_insights"),
        (200, None, "(#200) Requires extended permission", RefusedError, "ANALYZE"),
        (230, None, "(#230) Permissions disallow message to user", RefusedError, "pages_read_engagement"),
        (368, None, "The action attempted has been deemed abusive", RefusedError, "support inbox"),
        (3001, 1504028, "No metric was specified to be fetched.", ConfigError, "at least one metric"),
        (100, None, INVALID, InvalidMetricError, "its current name"),
        (100, None, "(#100) metric[0] must be one of the following values: reach", InvalidMetricError, "name"),
        (100, 33, "Unsupported get request. Object with ID '9' does not exist", ItemError, "check the id"),
        (803, None, "(#803) Some of the aliases you requested do not exist: x", ItemError, "check the id"),
        (190, 458, "has not authorized", RefusedError, "log in to the app again"),
        (190, 459, "checkpointed", RefusedError, "log in at facebook.com"),
        (190, 460, "session has been invalidated", RefusedError, "create a new token"),
        (190, 463, "Session has expired on Monday, 23-Nov-26 14:00:00 PST.", RefusedError, "23-Nov-26"),
        (190, 464, "unconfirmed user", RefusedError, "confirm"),
        (190, 467, "session is invalid", RefusedError, "create a new token"),
        (190, None, "Invalid OAuth access token", RefusedError, "does not accept"),
        (2635, None, "You are calling a deprecated version", ConfigError, "version"),
        (2500, None, "Unknown path components", RefusedError, "settings"),
    ],
)
def test_each_error_says_what_to_do(
    code: int, subcode: int | None, message: str, kind: type[KmiError], word: str
) -> None:
    error = error_from_response(response(body(code, message, subcode)))
    assert type(error) is kind
    assert word in str(error)
    assert error.where == "https://graph.example/v26.0/1/insights"


def test_an_error_counts_whatever_the_status_and_a_good_answer_is_none() -> None:
    assert isinstance(error_from_response(response(body(190, "expired"), 200)), RefusedError)
    assert error_from_response(response(b'{"data": []}', 200)) is None
    assert error_from_response(response(b"you sent nonsense", 400)) is None
    assert isinstance(error_from_response(response(b"<html>maintenance</html>", 200)), ShapeError)


def test_the_wait_is_the_one_that_the_usage_header_tells() -> None:
    header = json.dumps({"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 43}]})
    error = error_from_response(response(body(80001, "too many calls"), headers={"X-Business-Use-Case-Usage": header}))
    assert isinstance(error, QuotaError)
    assert error.retry_after_s == 43 * 60


@pytest.mark.parametrize(
    ("name", "told", "used", "regain"),
    [
        ("X-App-Usage", {"call_count": 28, "total_cputime": 91, "total_time": 25}, 91, 0),
        ("X-Page-Usage", {"call_count": 95}, 95, 0),
        (
            "X-Business-Use-Case-Usage",
            {"1": [{"type": "pages", "call_count": 3, "total_time": 93, "estimated_time_to_regain_access": 5}]},
            93,
            300,
        ),
        ("X-Business-Use-Case-Usage", ["none of the known forms"], 0, 0),
    ],
)
def test_a_run_stops_before_the_wall(name: str, told: object, used: float, regain: float) -> None:
    headers = {name: json.dumps(told)}
    assert (used_pct(headers), regain_s(headers)) == (used, regain)
    usage = UsageBudget("here", 90)
    assert usage.wait_s(0) == 0
    usage.learn(response(b"{}", 200, headers), 0)
    if used < 90:
        assert usage.wait_s(1) == 0
        return
    with pytest.raises(QuotaError, match="stopped before the limit") as caught:
        usage.wait_s(1)
    assert caught.value.retry_after_s == (regain or 3600) - 1
    assert usage.wait_s((regain or 3600) + 1) == 0


def test_a_header_that_cannot_be_read_stops_nothing() -> None:
    assert used_pct({"X-App-Usage": "{"}) == 0


def test_one_metric_that_is_gone_is_found_in_halves_and_costs_itself_only() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        names = received.query["metric"].split(",")
        return (
            Reply(body(100, INVALID), 400)
            if "gone" in names
            else Reply(json.dumps({"data": [{"name": name} for name in names]}).encode())
        )

    with serve(reply) as site:
        asking = InsightsClient(api(site.url), "1/insights")
        found = list(asking.fetch(["a", "b", "gone", "c"], PERIOD, {}))
        again = list(asking.fetch(["gone", "c"], PERIOD, {}))
    names = [row["name"] for told in found if told.status == 200 for row in json.loads(told.body)["data"]]
    assert names == ["a", "b", "c"]
    assert list(asking.gone) == ["gone"]
    assert [json.loads(told.request)["metrics"] for told in again] == [["c"]]
    asking.require_one({"a", "gone"})
    with pytest.raises(InvalidMetricError):
        asking.require_one({"gone"})


def test_too_much_is_asked_for_in_halves() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        return Reply(body(1, TOO_MUCH), 500) if "," in received.query["metric"] else Reply(b'{"data": []}')

    with serve(reply) as site:
        found = list(InsightsClient(api(site.url), "1/insights").fetch(["a", "b", "c"], PERIOD, {}))
    assert [json.loads(told.request)["metrics"] for told in found] == [["a"], ["b"], ["c"]]
    assert len(site.received) == 5


def test_the_token_is_in_the_header_only_and_taken_out_of_the_links() -> None:
    link = "https://graph.example/v26.0/1/insights?access_token=s3cr3t%2Ftoken%2Bvalue&since=1"
    with serve(lambda received: Reply(json.dumps({"data": [], "paging": {"next": link}}).encode())) as site:
        told = api(site.url).fetch("1/insights", {"metric": "a"}, {})
    assert site.received[0].headers["Authorization"] == "Bearer s3cr3t/token+value"
    assert "access_token" not in site.received[0].query
    assert b"s3cr3t" not in told.body
    assert json.loads(told.body)["paging"]["next"].endswith("access_token=***&since=1")


def test_lasting_answers_are_kept_without_the_token() -> None:
    link = b'{"data": [], "paging": {"next": "https://graph.example/1?access_token=another-token&since=1"}}'
    with serve(lambda received: Reply(link)) as site:
        session = quick_session(retries=0, at=NOW)
        settings = GraphSettings.model_validate({"type": "facebook_page", "url": site.url, "token": "${env:TOKEN}"})
        GraphApi(settings, "1", session).get("1/insights", {"metric": "a"}, lasting=True)
    assert [answer.body for answer in session.lasting.values()] == [link.replace(b"another-token", b"***")]


def test_a_list_goes_on_by_its_link_without_the_token() -> None:
    page = {
        "data": [],
        "paging": {
            "cursors": {"after": "x"},
            "next": "https://graph.example/v26.0/1/posts?access_token=t&limit=5&after=x",
        },
    }
    assert next_page_params(page) == {"limit": "5", "after": "x"}
    assert next_page_params({"data": [1], "paging": {"cursors": {"after": "x"}}}) == {}
    assert next_page_params([]) == {}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-02T07:00:00+0000", date(2026, 7, 2)),
        ("2026-01-02T08:00:00+0000", date(2026, 1, 2)),
        ("2026-11-01T07:00:00+0000", date(2026, 11, 1)),
        ("2026-11-02T08:00:00+0000", date(2026, 11, 2)),
        ("2026-03-08T08:00:00+0000", date(2026, 3, 8)),
        ("2026-03-09T07:00:00+0000", date(2026, 3, 9)),
        ("2026-01-02T07:00:00+0000", date(2026, 1, 2)),
        ("2026-07-02T08:00:00+0000", date(2026, 7, 2)),
        ("2026-07-02T15:00:00+0000", None),
        ("2026-07-02T07:00:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_an_end_time_is_the_midnight_at_which_a_pacific_day_begins(text: str | None, day: date | None) -> None:
    assert local_end(text) == day


def test_a_day_of_the_change_of_the_clocks_has_23_or_25_hours() -> None:
    assert int(midnight_s(date(2026, 11, 2))) - int(midnight_s(date(2026, 11, 1))) == 25 * 3600
    assert int(midnight_s(date(2026, 3, 9))) - int(midnight_s(date(2026, 3, 8))) == 23 * 3600


def test_what_took_the_place_of_a_retired_metric_is_known() -> None:
    assert "'page_follows'" in replacement_advice("page_fans")
    assert break_of("page_fans", date(2026, 1, 1)).replaced_by == "page_follows"
    assert retirement_of("page_posts_impressions_paid_unique") is not None
    assert retirement_of("page_media_view") is None
    assert break_of("page_media_view", date(2026, 1, 1)).day == date(2026, 1, 1)
    assert "names no replacement" in replacement_advice("page_impressions_viral")
