"""The simulated Graph API against its documentation."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.graph import APP_TOKEN, Graph
from sandbox.graph_history import ACCOUNT, PAGE, PAGE_TOKEN, midnight
from sandbox.provider import Call, World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Ask = Callable[..., tuple[int, Any, Any]]


@pytest.fixture
def graph() -> Graph:
    return Graph(World(5, date(2026, 11, 24), lambda: NOW, "http://sandbox"))


@pytest.fixture
def ask(graph: Graph) -> Ask:
    def asked(
        path: str, token: str = PAGE_TOKEN, fault: Fault | None = None, detail: str = "", **query: object
    ) -> tuple[int, Any, Any]:
        given = {name: [str(value)] for name, value in query.items()}
        response = graph.response(
            Call("GET", path, given, {"Authorization": f"Bearer {token}"} if token else {}, fault=fault, detail=detail)
        )
        return response.status, json.loads(response.body), response.headers

    return asked


def span(start: date, end: date) -> dict[str, object]:
    return {"since": int(midnight(start).timestamp()), "until": int(midnight(end).timestamp())}


def test_a_value_ends_at_the_pacific_midnight_after_its_day(ask: Ask) -> None:
    _, body, _ = ask(
        f"/v26.0/{PAGE}/insights", metric="page_media_view", period="day", **span(date(2026, 10, 30), date(2026, 11, 3))
    )
    ends = [value["end_time"] for value in body["data"][0]["values"]]
    assert ends == [
        "2026-10-31T07:00:00+0000",
        "2026-11-01T07:00:00+0000",
        "2026-11-02T08:00:00+0000",
        "2026-11-03T08:00:00+0000",
    ]
    assert "access_token" in body["paging"]["next"]


@pytest.mark.parametrize(
    ("node", "metric", "days", "code", "says"),
    [
        (PAGE, "page_media_view", 94, 1, "There cannot be more than 93 days (8035200 s) between since and until"),
        (ACCOUNT, "reach", 31, 100, "(#100) There cannot be more than 30 days (2592000 s) between since and until."),
        (PAGE, "page_media_view,page_fans", 5, 100, "(#100) The value must be a valid insights metric"),
        (ACCOUNT, "impressions", 5, 100, "(#100) metric[0] must be one of the following values: views, reach"),
        (
            ACCOUNT,
            "views",
            5,
            100,
            "(#100) The following metrics (views) should be specified with parameter metric_type=total_value",
        ),
        (PAGE, "", 5, 3001, "No metric was specified"),
    ],
)
def test_a_wrong_question_is_refused(ask: Ask, node: str, metric: str, days: int, code: int, says: str) -> None:
    end = date(2026, 11, 20)
    status, body, _ = ask(
        f"/v26.0/{node}/insights", metric=metric, period="day", **span(date.fromordinal(end.toordinal() - days), end)
    )
    assert (status, body["error"]["code"]) == (400, code)
    assert says in body["error"]["message"]
    assert body["error"]["fbtrace_id"]


def test_followers_of_an_account_are_no_total_and_known_for_30_days(ask: Ask) -> None:
    path, asked = f"/v26.0/{ACCOUNT}/insights", {"metric": "follower_count", "period": "day"}
    assert (
        "incompatible"
        in ask(path, **asked, metric_type="total_value", **span(date(2026, 11, 1), date(2026, 11, 8)))[1]["error"][
            "message"
        ]
    )
    assert "last 30 days" in ask(path, **asked, **span(date(2026, 9, 1), date(2026, 9, 8)))[1]["error"]["message"]


def test_a_week_of_people_is_less_than_its_days(ask: Ask) -> None:
    path, week = f"/v26.0/{PAGE}/insights", span(date(2026, 11, 2), date(2026, 11, 9))
    days = ask(path, metric="page_total_media_view_unique", period="day", **week)[1]["data"][0]["values"]
    rolling = ask(path, metric="page_total_media_view_unique", period="week", **week)[1]["data"][0]["values"]
    assert max(v["value"] for v in days) < rolling[-1]["value"] < sum(v["value"] for v in days)


def test_who_may_not_ask_is_told_so(ask: Ask) -> None:
    assert ask(f"/v26.0/{PAGE}", token="", fields="fan_count")[1]["error"]["code"] == 104
    assert ask(f"/v26.0/{PAGE}", token="another", fields="fan_count")[1]["error"]["code"] == 190
    expired = ask(f"/v26.0/{PAGE}", fault=Fault.EXPIRED_TOKEN, fields="fan_count")[1]["error"]
    assert (expired["code"], expired["error_subcode"]) == (190, 463)
    assert "Session has expired on Monday, 23-Nov-26 04:00:00 PST" in expired["message"]
    assert ask("/v26.0/debug_token", input_token=PAGE_TOKEN)[0] == 400
    assert ask("/v26.0/debug_token", token=APP_TOKEN, input_token=PAGE_TOKEN)[1]["data"]["is_valid"] is True


def test_the_usage_is_told_and_a_throttled_page_hears_when_it_may_go_on(ask: Ask) -> None:
    usage = json.loads(ask(f"/v26.0/{PAGE}", fields="fan_count")[2]["X-Business-Use-Case-Usage"])[PAGE][0]
    assert usage["estimated_time_to_regain_access"] == 0
    _, body, headers = ask(f"/v26.0/{PAGE}", fault=Fault.QUOTA, fields="fan_count")
    assert body["error"]["code"] == 80_001
    assert json.loads(headers["X-Business-Use-Case-Usage"])[PAGE][0]["estimated_time_to_regain_access"] > 0


def test_posts_come_page_by_page_to_an_end(ask: Ask) -> None:
    seen, after = list[str](), ""
    while True:
        _, body, _ = ask(f"/v26.0/{PAGE}/posts", fields="id", limit=100, **({"after": after} if after else {}))
        seen += [row["id"] for row in body["data"]]
        if "next" not in body["paging"]:
            break
        after = body["paging"]["cursors"]["after"]
    assert len(seen) == len(set(seen)) > 200
    assert ask(f"/v26.0/{PAGE}/posts", fault=Fault.EMPTY_PAGE, limit=10)[1]["data"] == []


def test_an_old_version_is_answered_as_the_newest(ask: Ask) -> None:
    assert ask(f"/v19.0/{PAGE}", fields="fan_count")[2]["facebook-api-version"] == "v26.0"
    assert ask(f"/v24.0/{PAGE}", fields="fan_count")[2]["facebook-api-version"] == "v24.0"


def test_young_days_still_change() -> None:
    figures = []
    for now in (NOW, datetime(2026, 11, 28, 12, tzinfo=UTC)):
        graph = Graph(World(5, date(2026, 11, 24), lambda now=now: now, "http://sandbox"))  # type: ignore[misc]
        query = {
            "metric": ["page_media_view"],
            "period": ["day"],
            **{k: [str(v)] for k, v in span(date(2026, 11, 22), date(2026, 11, 24)).items()},
        }
        response = graph.response(
            Call("GET", f"/v26.0/{PAGE}/insights", query, {"Authorization": f"Bearer {PAGE_TOKEN}"})
        )
        figures.append([value["value"] for value in json.loads(response.body)["data"][0]["values"]])
    assert all(young < old for young, old in zip(*figures, strict=True))
