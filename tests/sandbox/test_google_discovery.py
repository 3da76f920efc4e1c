"""Our requests to the simulated Google Analytics and its responses, against Google's own discovery document."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.google import tokens
from sandbox.server import Sandbox
from sources.contract import ParseResult, Place, RawPage
from sources.ga4.source import Ga4
from sources.web.session import Session
from tests.google_discovery import check_request, check_response
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
WINDOW = Window(date(2026, 10, 24), date(2026, 11, 24))
GA4 = ("analyticsdata", "v1beta")


def source(sandbox: Sandbox, **more: object) -> Ga4:
    auth = {
        "type": "refresh_token",
        "client_id": tokens.CLIENT_ID,
        "client_secret": "${env:CLIENT}",
        "refresh_token": "${env:REFRESH}",
        "token_url": f"{sandbox.url}/google/oauth2/token",
    }
    told = {"type": "ga4", "property": "123456789", "url": f"{sandbox.url}/google/ga4", "auth": auth} | more
    return Ga4("web", Ga4.Settings.model_validate(told), Place(ZoneInfo("Europe/London")))


def session() -> Session:
    known = {"${env:CLIENT}": tokens.CLIENT_SECRET, "${env:REFRESH}": tokens.REFRESH_TOKEN}
    return Session(known.__getitem__, {"at": NOW}, retries=0, timeout_s=(2, 5))


def pulled(sandbox: Sandbox, **more: object) -> tuple[list[RawPage], ParseResult]:
    ga4 = source(sandbox, **more)
    pages = list(ga4.fetch(WINDOW, NOW, session()))
    return pages, ga4.parse(pages)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"by_page": True, "pages": ["/km/", "*/news*"], "exclude": ["/km/communities/"], "page_size": 40},
        {"by_page": True, "property": "222222222"},
        {"pages": ["/nowhere/"]},
        {"metrics": ["eventCount", "totalUsers"]},
    ],
    ids=["as it comes", "by page", "large property", "no rows", "other metrics"],
)
def test_requests_and_answers_are_as_google_documents_them(sandbox: Sandbox, told: dict[str, object]) -> None:
    pages, _ = pulled(sandbox, **told)
    asked = [seen for seen in sandbox.requests if seen.path.startswith("/google/ga4")]
    assert len(asked) == len(pages) >= 2
    for seen in asked:
        assert (
            check_request(*GA4, seen.method, seen.path.removeprefix("/google/ga4"), seen.query, seen.body)
            == "analyticsdata.properties.runReport"
        )
    for page in pages:
        check_response(*GA4, "analyticsdata.properties.runReport", page.body)


def good(**more: object) -> bytes:
    return json.dumps(
        {
            "metrics": [{"name": "sessions"}],
            "dateRanges": [{"startDate": "2026-11-01", "endDate": "2026-11-02"}],
            **more,
        }
    ).encode()


PATH = "/v1beta/properties/1:runReport"
WRONG: dict[str, tuple[Any, ...]] = {
    "has no field 'dimension'": (PATH, {}, good(dimension=[])),
    "is no string": (PATH, {}, good(limit=10)),
    "is no whole number": (PATH, {}, good(limit="ten")),
    "is none of": (PATH, {}, good(metricAggregations=["SUM"])),
    "unknown parameter 'pretty'": (PATH, {"pretty": ["1"]}, good()),
    "neither true nor false": (PATH, {"prettyPrint": ["no"]}, good()),
    "has no POST": ("/v1/properties/1:runReport", {}, good()),
    "the body is missing": (PATH, {}, b""),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_google_would_not_take_is_found(words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_request(*GA4, "POST", *WRONG[words])


@pytest.mark.parametrize(
    "response",
    [
        {"rowCount": "3"},
        {"rows": [{"dimensionValues": ["x"]}]},
        {"metadata": {"samplingMetadatas": [{"samplesReadCount": 5}]}},
        {"metricHeaders": [{"name": "sessions", "type": "INTEGER"}]},
        {"total": 1},
    ],
)
def test_what_google_would_not_answer_is_found(response: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"analyticsdata\.properties\.runReport"):
        check_response(*GA4, "analyticsdata.properties.runReport", json.dumps(response).encode())
