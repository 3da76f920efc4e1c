"""The simulated Google Analytics and its token endpoint against their documentation."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.google import tokens
from sandbox.google.analytics import COST, ENDLESS, LARGE, PROPERTY, Analytics
from sandbox.google.large_property import ENDLESS_PAGES
from sandbox.google.report_rules import passes
from sandbox.provider import Call, Clock, World
from sandbox.server import Sandbox

TODAY = date(2026, 11, 24)
DAYS = [{"startDate": "2026-11-09", "endDate": "2026-11-15"}]


def analytics(now: datetime = datetime(2026, 11, 24, 6, tzinfo=UTC)) -> tuple[Analytics, Clock]:
    clock = Clock(now)
    return Analytics(World(1, TODAY, clock, "http://127.0.0.1")), clock


def ask(provider: Analytics, number: str = PROPERTY, **question: Any) -> tuple[int, dict[str, Any]]:
    body = {"metrics": [{"name": "screenPageViews"}], "dateRanges": DAYS} | question
    shown = {"Authorization": f"Bearer {tokens.ACCESS_TOKEN}"}
    response = provider.response(
        Call("POST", f"/v1beta/properties/{number}:runReport", {}, shown, json.dumps(body).encode())
    )
    return response.status, json.loads(response.body)


def names(*texts: str) -> list[dict[str, str]]:
    return [{"name": text} for text in texts]


def by(*texts: str) -> list[dict[str, Any]]:
    return [{"dimension": {"dimensionName": text}} for text in texts]


def test_a_report_has_the_documented_form() -> None:
    status, found = ask(analytics()[0], dimensions=names("date"), orderBys=by("date"), returnPropertyQuota=True)
    assert status == 200
    assert found["dimensionHeaders"] == [{"name": "date"}]
    assert found["metricHeaders"] == [{"name": "screenPageViews", "type": "TYPE_INTEGER"}]
    assert [row["dimensionValues"][0]["value"] for row in found["rows"]] == [f"202611{day:02}" for day in range(9, 16)]
    assert all(isinstance(row["metricValues"][0]["value"], str) for row in found["rows"])
    assert found["rowCount"] == 7
    assert found["metadata"]["timeZone"] == "Europe/London"
    assert found["propertyQuota"]["tokensPerDay"] == {"consumed": COST, "remaining": 200_000 - COST}


def test_limit_and_offset_cut_pages_and_leave_the_count() -> None:
    asked: dict[str, Any] = {"dimensions": names("date", "pagePath"), "orderBys": by("date", "pagePath")}
    whole = ask(analytics()[0], **asked)[1]
    pages = [ask(analytics()[0], limit="25", offset=str(at), **asked)[1] for at in (0, 25, 50, 75)]
    assert [row for page in pages for row in page.get("rows", [])] == whole["rows"]
    assert {page["rowCount"] for page in pages} == {whole["rowCount"]} == {63}
    assert "rows" not in pages[-1]


def test_users_of_a_week_are_fewer_than_those_of_its_days() -> None:
    asked = {"metrics": names("activeUsers")}
    week, days = ask(analytics()[0], **asked)[1], ask(analytics()[0], dimensions=names("date"), **asked)[1]
    whole, added = (sum(int(row["metricValues"][0]["value"]) for row in found["rows"]) for found in (week, days))
    assert 0 < whole < added


def test_a_day_grows_for_48_hours_and_then_stands() -> None:
    provider, clock = analytics(datetime(2026, 11, 24, 1, tzinfo=UTC))
    seen = []
    for hours in (0, 24, 48, 72):
        clock.now = datetime(2026, 11, 24, 1, tzinfo=UTC) + timedelta(hours=hours)
        seen.append(
            int(
                ask(provider, dateRanges=[{"startDate": "2026-11-23", "endDate": "2026-11-23"}])[1]["rows"][0][
                    "metricValues"
                ][0]["value"]
            )
        )
    assert seen[0] < seen[1] < seen[2] == seen[3]


def test_relative_days_are_those_of_the_property() -> None:
    provider, _ = analytics(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    asked = ask(
        provider,
        dimensions=names("date"),
        orderBys=by("date"),
        dateRanges=[{"startDate": "2daysAgo", "endDate": "today"}],
    )[1]
    assert [row["dimensionValues"][0]["value"] for row in asked["rows"]] == ["20260629", "20260630", "20260701"]


def test_filters_choose_pages() -> None:
    told = {
        "filter": {
            "fieldName": "pagePath",
            "stringFilter": {"matchType": "BEGINS_WITH", "value": "/KM/", "caseSensitive": True},
        }
    }
    assert not passes(told, "/km/guides/")
    told["filter"]["stringFilter"]["caseSensitive"] = False
    assert passes(told, "/km/guides/")
    assert not passes({"notExpression": told}, "/km/guides/")
    nothing = ask(analytics()[0], dimensionFilter={"andGroup": {"expressions": [told, {"notExpression": told}]}})[1]
    assert "rows" not in nothing
    assert "rowCount" not in nothing


def test_the_large_property_samples_withholds_and_puts_together() -> None:
    provider, _ = analytics()
    asked: dict[str, Any] = {
        "dimensions": names("date", "pagePath"),
        "orderBys": by("date", "pagePath"),
        "metrics": names("screenPageViews", "activeUsers"),
    }
    small, large = (ask(provider, number, **asked)[1] for number in (PROPERTY, LARGE))
    assert large["metadata"]["subjectToThresholding"]
    assert large["metadata"]["dataLossFromOtherRow"]
    assert large["metadata"]["samplingMetadatas"] == [{"samplesReadCount": "5000", "samplingSpaceSize": "91000"}]
    assert large["rowCount"] < small["rowCount"]
    assert "(other)" in {row["dimensionValues"][1]["value"] for row in large["rows"]}
    assert not small["metadata"].keys() & {"subjectToThresholding", "dataLossFromOtherRow", "samplingMetadatas"}


REFUSED: dict[str, dict[str, Any]] = {
    "Field pageviews is not a valid metric": {"metrics": names("pageviews")},
    "Field page is not a valid dimension": {"dimensions": names("page")},
    "At least one metric": {"metrics": []},
    "limited to 4 dateRanges": {"dateRanges": DAYS * 5},
    "must not be after": {"dateRanges": [{"startDate": "2026-11-09", "endDate": "2026-11-01"}]},
    "Invalid startDate": {"dateRanges": [{"startDate": "09/11/2026", "endDate": "today"}]},
    "must not begin with": {"dateRanges": [{**DAYS[0], "name": "RESERVED_x"}]},
    "must be positive": {"limit": "0"},
    "must not be negative": {"offset": "-1"},
    "TYPE_INT64": {"limit": "many"},
    'Unknown name "dimension"': {"dimension": []},
    "Ordering by 'pagePath'": {"orderBys": by("pagePath")},
    "regular expression": {
        "dimensionFilter": {
            "filter": {"fieldName": "pagePath", "stringFilter": {"matchType": "FULL_REGEXP", "value": "("}}
        }
    },
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_wrong_request_is_refused_in_googles_form(words: str) -> None:
    status, found = ask(analytics()[0], **REFUSED[words])
    assert (status, found["error"]["code"], found["error"]["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert words in found["error"]["message"]


def test_properties_of_others_and_names_of_properties_are_refused() -> None:
    assert ask(analytics()[0], "111")[1]["error"]["status"] == "PERMISSION_DENIED"
    assert ask(analytics()[0], "UA-1-1")[1]["error"]["status"] == "INVALID_ARGUMENT"


def test_the_day_of_the_quota_begins_at_midnight_in_california() -> None:
    provider, clock = analytics(datetime(2026, 11, 24, 7, 50, tzinfo=UTC))
    provider.tokens_per_day = 2 * COST
    assert [ask(provider)[0] for _ in range(3)] == [200, 200, 429]
    clock.now = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
    assert ask(provider)[0] == 200


def test_the_quota_of_an_hour_is_over_before_that_of_the_day() -> None:
    provider, clock = analytics()
    provider.tokens_per_hour = 3 * COST
    statuses, said = zip(*(ask(provider) for _ in range(2)), strict=True)
    assert statuses == (200, 429)
    assert "for a project per hour" in said[1]["error"]["message"]
    clock.now += timedelta(hours=1)
    assert ask(provider)[0] == 200


@pytest.mark.parametrize("pretty", ["true", "false"])
def test_the_endless_property_has_a_million_rows_in_100_days(pretty: str) -> None:
    provider, _ = analytics()
    span = [{"startDate": "2026-07-01", "endDate": "2026-10-08"}]
    body = {
        "metrics": names("screenPageViews"),
        "dateRanges": span,
        "limit": "250000",
        "offset": str(100 * ENDLESS_PAGES - 3),
    }
    shown = {"Authorization": f"Bearer {tokens.ACCESS_TOKEN}"}
    call = Call(
        "POST", f"/v1beta/properties/{ENDLESS}:runReport", {"prettyPrint": [pretty]}, shown, json.dumps(body).encode()
    )
    response = provider.response(call).body
    found = json.loads(response)
    assert found["rowCount"] == 1_000_000
    assert found["rows"][-1]["dimensionValues"] == [{"value": "20261008"}, {"value": "/km/page-09999"}]
    assert len(found["rows"]) == 3
    assert (b"\n" in response) is (pretty == "true")


def test_tokens_are_given_for_good_credentials_only(sandbox: Sandbox) -> None:
    good = {
        "grant_type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": tokens.CLIENT_SECRET,
        "refresh_token": tokens.REFRESH_TOKEN,
    }

    def response(**other: str) -> tuple[int, Any]:
        response = requests.post(f"{sandbox.url}/google/oauth2/token", data=good | other, timeout=5)
        return response.status_code, response.json().get("error")

    assert response() == (200, None)
    assert response(refresh_token="old") == (400, "invalid_grant")
    assert response(client_secret="wrong") == (401, "invalid_client")
    assert response(grant_type="password") == (400, "unsupported_grant_type")
    report = f"{sandbox.url}/google/ga4/v1beta/properties/{PROPERTY}:runReport"
    assert requests.post(report, json={}, timeout=5).status_code == 401
