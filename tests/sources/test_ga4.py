"""Google Analytics 4: the requests, the observations, and the messages when something is wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.faults import Fault
from sandbox.google import tokens
from sandbox.google.analytics import LARGE, PROPERTY
from sandbox.server import Sandbox
from sources.contract import ParseResult, Place, RawPage
from sources.ga4.queries import path_filter
from sources.ga4.source import Ga4
from sources.web.session import Session
from tests.loopback import ReceivedRequest, Reply
from tests.loopback import serve as answering
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SEED = 3
WINDOW = Window(date(2026, 10, 28), date(2026, 11, 24))
SECRETS = {"${env:CLIENT}": tokens.CLIENT_SECRET, "${env:REFRESH}": tokens.REFRESH_TOKEN}
TOKEN = b'{"access_token": "ya29.x0123456789", "expires_in": 3599, "token_type": "Bearer"}'


def ga4(url: str, zone: str = "Europe/London", **more: object) -> Ga4:
    auth = {
        "type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": "${env:CLIENT}",
        "refresh_token": "${env:REFRESH}",
        "token_url": f"{url}/google/oauth2/token",
    }
    told = {"type": "ga4", "property": PROPERTY, "url": f"{url}/google/ga4", "auth": auth} | more
    return Ga4("web", Ga4.Settings.model_validate(told), Place(ZoneInfo(zone)))


def session(**more: Any) -> Session:
    memory: Any = {"at": NOW} | {name: more.pop(name) for name in ("saved_responses", "budgets") if name in more}
    return Session(lambda name: more.get(name) or SECRETS[name], memory, retries=0, timeout_s=(2, 5))


def pull(source: Ga4, window: Window = WINDOW, by: Session | None = None) -> ParseResult:
    return source.parse(list(source.fetch(window, NOW, by or session())))


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, date], float]:
    frame = parsed.observations[parsed.observations["metric"] == metric]
    return {(row.entity, row.start.date()): row.value for row in frame.itertuples()}


def report(
    rows: list[tuple[list[str], list[str]]], metrics: list[str], dimensions: tuple[str, ...] = ("date",), **more: Any
) -> dict[str, Any]:
    cells = [
        {"dimensionValues": [{"value": v} for v in names], "metricValues": [{"value": v} for v in figures]}
        for names, figures in rows
    ]
    found: dict[str, Any] = {
        "dimensionHeaders": [{"name": name} for name in dimensions],
        "metricHeaders": [{"name": name, "type": "TYPE_INTEGER"} for name in metrics],
        "metadata": {"timeZone": "Europe/London"} | more.pop("metadata", {}),
        "kind": "analyticsData#runReport",
    }
    return found | ({"rows": cells, "rowCount": len(cells)} if cells else {}) | more


@contextmanager
def told(reply: Callable[[dict[str, Any], int], Any], status: int = 200) -> Iterator[str]:
    """A Google that gives a token and then answers as ``reply`` (question, number of questions before it) says."""
    asked_before: list[int] = []

    def answer(received: ReceivedRequest) -> Reply:
        if received.path.endswith("/token"):
            return Reply(TOKEN, headers={"Content-Type": "application/json"})
        asked_before.append(1)
        said = reply(json.loads(received.body), len(asked_before) - 1)
        return Reply(
            said if isinstance(said, bytes) else json.dumps(said).encode(), status, {"Content-Type": "application/json"}
        )

    with answering(answer) as site:
        yield site.url


def views(page: dict[str, Any], window: Window = WINDOW) -> ParseResult:
    with told(lambda *_: page) as url:
        return pull(ga4(url, metrics=["screenPageViews"]), window)


def error(status: int, message: str, reason: str = "") -> dict[str, Any]:
    details = (
        [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]
        if reason
        else []
    )
    return {"error": {"code": status, "message": message, "status": "UNKNOWN", "details": details}}


def complained(status: int, message: str, reason: str = "") -> KmiError:
    with told(lambda *_: error(status, message, reason), status) as url, pytest.raises(KmiError) as caught:
        pull(ga4(url))
    return caught.value


def test_days_weeks_and_months_of_users_are_asked_for_as_such(sandbox: Sandbox) -> None:
    found = pull(ga4(sandbox.url))
    daily, weekly, monthly = (values(found, f"activeUsers{span}") for span in ("", "_week", "_month"))
    assert set(daily) == {("", WINDOW.start + n * DAY) for n in range(WINDOW.days)}
    assert [day for _, day in sorted(weekly)] == [
        date(2026, 10, 26),
        date(2026, 11, 2),
        date(2026, 11, 9),
        date(2026, 11, 16),
    ]
    assert [day for _, day in monthly] == [date(2026, 10, 1)]
    of_the_days = sum(daily["", date(2026, 11, 9) + n * DAY] for n in range(7))
    assert 0 < weekly["", date(2026, 11, 9)] < of_the_days
    assert found.covered == (WINDOW,)
    assert found.replaces == WINDOW
    assert not len(found.refused)


def test_what_adds_up_and_what_does_not_is_declared() -> None:
    declared = {metric.name: metric for metric in ga4("https://x.example", by_page=True).metrics()}
    assert declared["screenPageViews"].additive_over_entities
    assert not declared["sessions"].additive_over_entities
    assert {name for name, metric in declared.items() if metric.kind == "distinct"} == {
        "activeUsers",
        "activeUsers_week",
        "activeUsers_month",
    }


def test_small_answers_bring_the_same_as_large_ones(sandbox: Sandbox) -> None:
    whole, paged = (pull(ga4(sandbox.url, by_page=True, page_size=size)).observations for size in (250_000, 7))
    order = ["metric", "entity", "start", "end"]
    whole, paged = (frame.sort_values(order, ignore_index=True) for frame in (whole, paged))
    pd.testing.assert_frame_equal(whole.drop(columns="origin"), paged.drop(columns="origin"))
    numbers = paged[(paged["metric"] == "screenPageViews")]["origin"].str.extract(r"row (\d+)$")[0].astype(int)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_patterns_of_pages_become_filters() -> None:
    begins = {
        "filter": {
            "fieldName": "pagePath",
            "stringFilter": {"matchType": "BEGINS_WITH", "value": "/km/", "caseSensitive": True},
        }
    }
    assert path_filter(["/km/"], []) == begins
    both = path_filter(["/km/", "*/guide-?"], ["/km/old/"])
    assert both is not None
    wanted, unwanted = both["andGroup"]["expressions"]
    assert wanted["orGroup"]["expressions"][0] == begins
    assert wanted["orGroup"]["expressions"][1]["filter"]["stringFilter"] == {
        "matchType": "FULL_REGEXP",
        "value": ".*/guide\\-.",
        "caseSensitive": True,
    }
    assert unwanted["notExpression"]["filter"]["stringFilter"]["value"] == "/km/old/"
    assert path_filter([], []) is None


def test_the_chosen_pages_only_are_counted(sandbox: Sandbox) -> None:
    by_page = values(pull(ga4(sandbox.url, by_page=True, pages=["/km/"], exclude=["*/sharing/"])), "screenPageViews")
    together = values(pull(ga4(sandbox.url, pages=["/km/"], exclude=["*/sharing/"])), "screenPageViews")
    assert {entity for entity, _ in by_page} == {
        "/km/",
        "/km/guides/finding/",
        "/km/guides/lessons-learned/",
        "/km/communities/",
    }
    day = date(2026, 11, 10)
    assert sum(value for (_, at), value in by_page.items() if at == day) == together["", day]


def test_what_google_says_of_its_numbers_goes_with_them(sandbox: Sandbox) -> None:
    found = pull(ga4(sandbox.url, by_page=True, property=LARGE))
    assert set(found.observations["flags"]) == {("incomplete", "sampled", "thresholded")}
    assert "(other)" in set(found.observations["entity"])
    assert any("'(other)'" in note and "does not look inside" in note for note in found.notes)
    assert any("sampled" in note for note in found.notes)


def test_a_zero_is_a_zero_and_an_absent_day_is_missing() -> None:
    found = views(report([(["20261101"], ["0"])], ["screenPageViews"]))
    assert values(found, "screenPageViews") == {("", date(2026, 11, 1)): 0.0}
    assert found.covered == (WINDOW,)


def test_a_day_without_any_page_is_not_taken_for_a_day_without_views() -> None:
    rows = [(["20261101", "/a"], ["1"]), (["20261102", "/a"], ["2"]), (["20261105", "/b"], ["3"])]
    with told(lambda *_: report(rows, ["screenPageViews"], ("date", "pagePath"))) as url:
        found = pull(ga4(url, metrics=["screenPageViews"], by_page=True))
    assert found.covered == (Window(date(2026, 11, 1), date(2026, 11, 3)), Window(date(2026, 11, 5), date(2026, 11, 6)))


def test_a_report_without_rows_says_why() -> None:
    found = views(report([], ["screenPageViews"], metadata={"emptyReason": "no data before the property was made"}))
    assert not len(found.observations)
    assert any("no data before the property was made" in note for note in found.notes)


def test_another_time_zone_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match=r"Europe/London, the plan in Europe/Paris.*time_zone: Europe/London"):
        pull(ga4(sandbox.url, zone="Europe/Paris"))


def test_another_name_of_the_same_zone_will_do() -> None:
    with told(
        lambda *_: report([(["20261101"], ["4"])], ["screenPageViews"], metadata={"timeZone": "Asia/Calcutta"})
    ) as url:
        assert values(pull(ga4(url, zone="Asia/Kolkata", metrics=["screenPageViews"])), "screenPageViews")


def test_a_metric_that_is_gone_costs_itself_only(sandbox: Sandbox) -> None:
    sandbox.misbehave("/google/ga4", Fault.RETIRED_METRIC, times=99, detail="activeUsers")
    found = pull(ga4(sandbox.url))
    assert set(found.observations["metric"]) == {"screenPageViews", "sessions"}
    assert {broken.metric for broken in found.breaks} == {"activeUsers", "activeUsers_week", "activeUsers_month"}
    assert found.replaces is None, "what stands of the metric that is gone must stay"


def test_the_metric_that_google_proposes_is_named() -> None:
    message = "Did you mean keyEvents? Field conversions is not a valid metric. For a list of valid metrics, see"
    own = {"conversions": {"unit": "conversions"}}

    def reply(question: dict[str, Any], _: int) -> Any:
        return (
            report([(["20261101"], ["4"])], ["screenPageViews"])
            if len(question["metrics"]) == 1
            else error(400, message)
        )

    with told(reply, 400) as url, pytest.raises(RefusedError):
        pull(ga4(url, metrics=["screenPageViews", "conversions"], own_metrics=own))
    source = ga4("https://x.example", metrics=["screenPageViews", "conversions"], own_metrics=own)
    gone = RawPage(
        "web",
        WINDOW,
        0,
        "https://x.example",
        400,
        NOW,
        json.dumps(error(400, message)).encode(),
        request='{"gone": "conversions"}',
    )
    found = source.parse([gone])
    assert [(known.metric, known.replaced_by) for known in found.breaks] == [("conversions", "keyEvents")]
    assert any("write 'keyEvents' instead" in note for note in found.notes)


def test_a_plan_of_nothing_but_unknown_metrics_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RefusedError, match=r"no metric 'newUsers'.*remove it from 'metrics'"):
        pull(ga4(sandbox.url, metrics=["newUsers"]))
    with pytest.raises(ConfigError, match="put it under own_metrics"):
        ga4(sandbox.url, metrics=["pageviews"])


def test_a_metric_that_the_account_may_not_see_is_left_out_and_named() -> None:
    metadata = {
        "schemaRestrictionResponse": {
            "activeMetricRestrictions": [{"metricName": "sessions", "restrictedMetricTypes": ["COST_DATA"]}]
        }
    }
    page = report([(["20261101"], ["4", "0"])], ["screenPageViews", "sessions"], metadata=metadata)
    with told(lambda *_: page) as url:
        found = pull(ga4(url, metrics=["screenPageViews", "sessions"]))
    assert set(found.observations["metric"]) == {"screenPageViews"}
    assert any("may not see the metric 'sessions'" in note for note in found.notes)
    assert found.replaces is None


def test_a_report_that_grows_while_it_is_read_is_read_again() -> None:
    days = [[f"202611{day:02}"] for day in range(1, 7)]

    def reply(question: dict[str, Any], number: int) -> Any:
        rows = [(day, ["5"]) for day in days[: 5 if number == 0 else 6]]
        at = int(question["offset"])
        return report(rows[at : at + 3], ["screenPageViews"]) | {"rowCount": len(rows)}

    with told(reply) as url:
        assert len(values(pull(ga4(url, metrics=["screenPageViews"], page_size=3)), "screenPageViews")) == 6
    with (
        told(lambda q, n: reply(q, 0) | {"rowCount": 5 + n}) as url,
        pytest.raises(RetryableError, match="grew while it was read"),
    ):
        pull(ga4(url, metrics=["screenPageViews"], page_size=3))


@pytest.mark.parametrize(
    ("fault", "words"),
    [(Fault.REPEATED_TOKEN, "repeats itself"), (Fault.EMPTY_PAGE, "the page that should begin with row 1 of")],
)
def test_a_list_that_does_not_go_on_is_stopped(sandbox: Sandbox, fault: Fault, words: str) -> None:
    sandbox.misbehave("/google/ga4", fault, times=99)
    with pytest.raises(ShapeError, match=words):
        pull(ga4(sandbox.url, page_size=5))
    assert len(sandbox.requests) < 12


@pytest.mark.parametrize("name", ["tokens_per_day", "tokens_per_hour"])
def test_it_stops_before_the_quota_and_asks_nothing_twice(sandbox: Sandbox, name: str) -> None:
    before = session()
    analytics = sandbox.provider("/google/ga4")
    setattr(analytics, name, {"tokens_per_day": 20_015, "tokens_per_hour": 4_015}[name])
    with pytest.raises(QuotaError, match="stopped before the quota") as caught:
        pull(ga4(sandbox.url), by=before)
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 86_400
    received = [seen.body for seen in sandbox.requests if seen.path.startswith("/google/ga4")]
    assert 0 < len(received) < 3
    setattr(analytics, name, 200_000)
    assert values(pull(ga4(sandbox.url), by=session(saved_responses=before.lasting)), "activeUsers_month")
    again = [seen.body for seen in sandbox.requests if seen.path.startswith("/google/ga4")][len(received) :]
    assert again
    assert not set(again) & set(received)


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.", 1800),
        ("Exhausted property tokens per hour. These quota tokens will return in under an hour.", 1800),
        ("Exhausted potentially thresholded requests quota.", 1800),
        ("Exhausted server errors quota.", 3600),
    ],
)
def test_a_quota_that_is_used_up_is_no_fault_and_says_when_it_is_back(message: str, seconds: int) -> None:
    found = complained(429, message)
    assert isinstance(found, QuotaError)
    assert found.retry_after_s == seconds


def test_too_many_requests_at_once_are_only_a_matter_of_time() -> None:
    found = complained(429, "Exhausted concurrent requests quota. Please wait for some requests to complete.")
    assert isinstance(found, RetryableError)
    assert not isinstance(found, QuotaError)


@pytest.mark.parametrize(
    ("status", "message", "reason", "words"),
    [
        (403, "User does not have sufficient permissions for this property.", "", "role Viewer"),
        (
            403,
            "Google Analytics Data API has not been used in project 1 before or it is disabled.",
            "SERVICE_DISABLED",
            "enable this API",
        ),
        (401, "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED", "renew the access"),
        (400, "Please remove pagePath to make the request compatible.", "", "Please remove pagePath"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, message: str, reason: str, words: str) -> None:
    found = complained(status, message, reason)
    assert isinstance(found, RefusedError)
    assert words in str(found)


def test_a_refresh_token_that_ended_is_named_with_how_to_renew_it(sandbox: Sandbox) -> None:
    sandbox.misbehave("/google/oauth2", Fault.EXPIRED_TOKEN)
    with pytest.raises(RefusedError, match=r"expired or was revoked.*consent again"):
        pull(ga4(sandbox.url))


def test_a_service_account_gets_in(sandbox: Sandbox) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = "km-indicators@riverside-library.iam.gserviceaccount.com"
    info = {
        "type": "service_account",
        "client_email": account,
        "private_key": pem,
        "private_key_id": "k1",
        "token_uri": f"{sandbox.url}/google/oauth2/token",
    }
    source = ga4(sandbox.url, auth={"type": "service_account", "key": "${env:KEY}"})
    assert len(pull(source, by=session(**{"${env:KEY}": json.dumps(info)})).observations)
    with pytest.raises(ConfigError, match="not the key of a service account"):
        pull(source, by=session(**{"${env:KEY}": "{}"}))


WRONG = {
    "a page for people": b"<html>",
    "nothing": b"",
    "a bare null": b"null",
    "a list": b"[]",
    "an object of nothing": b"{}",
    "an error with status 200": b'{"error": {"code": 500}}',
    "two reports": json.dumps(report([(["20261101"], ["4"])], ["screenPageViews"])).encode() * 2,
    "numbers for texts": json.dumps(
        report([], ["screenPageViews"]) | {"rows": [{"dimensionValues": [{"value": 1}], "metricValues": []}]}
    ).encode(),
    "too few values": json.dumps(report([(["20261101"], [])], ["screenPageViews"])).encode(),
    "a row that is none": json.dumps(report([], ["screenPageViews"]) | {"rows": [None]}).encode(),
    "another metric": json.dumps(report([(["20261101"], ["4"])], ["eventCount"])).encode(),
    "no dates": json.dumps(report([(["/a"], ["4"])], ["screenPageViews"], ("pagePath",))).encode(),
    "no text": json.dumps(report([(["20261101"], ["4"])], ["screenPageViews"]))
    .encode()
    .replace(b"20261101", b"\xff\xfe"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_report_is_refused_whole(what: str) -> None:
    page = RawPage("web", WINDOW, 0, "https://analyticsdata.example/x", 200, NOW, WRONG[what])
    with pytest.raises(ShapeError) as caught:
        ga4("https://x.example", metrics=["screenPageViews"]).parse([page])
    assert caught.value.where
    assert caught.value.do


@pytest.mark.parametrize(
    ("day", "figure", "reason"),
    [("(other)", "3", "has no day"), ("20261301", "3", "has no day"), ("20261101", "nan", "is not a number")],
)
def test_a_row_that_cannot_be_read_is_listed(day: str, figure: str, reason: str) -> None:
    found = views(report([([day], [figure]), (["20261102"], ["5"])], ["screenPageViews"]))
    assert values(found, "screenPageViews") == {("", date(2026, 11, 2)): 5.0}
    assert reason in found.refused["reason"].item()
    assert "row 1" in found.refused["origin"].item()


def test_a_long_report_is_not_read_as_an_object_for_each_row() -> None:
    """A quarter of a million rows is one answer: texts stay in Arrow's memory, dates and numbers in numpy's."""
    rows = [(["20261101", f"/km/{at}"], [str(at)]) for at in range(5_000)]
    with told(lambda *_: report(rows, ["screenPageViews"], ("date", "pagePath"))) as url:
        frame = pull(ga4(url, metrics=["screenPageViews"], by_page=True)).observations
    assert frame["value"].sum() == 5_000 * 4_999 / 2
    assert len({id(flags) for flags in frame["flags"]}) == 1
    assert frame["entity"].array.__class__.__name__ == "ArrowStringArray"
