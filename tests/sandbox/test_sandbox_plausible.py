"""The simulated Plausible against its documentation: https://plausible.io/docs/stats-api"""

from typing import Any

import pytest
import requests

from sandbox.plausible import KEY, SITE, Plausible
from sandbox.server import Sandbox

WEEK = ["2026-11-09", "2026-11-15"]


def ask(sandbox: Sandbox, key: str = KEY, **more: Any) -> requests.Response:
    query = {"site_id": SITE, "metrics": ["pageviews", "visitors"], "date_range": WEEK} | more
    return requests.post(
        f"{sandbox.url}/plausible/api/v2/query", json=query, headers={"Authorization": f"Bearer {key}"}
    )


def test_an_answer_holds_results_meta_and_the_query_as_understood(sandbox: Sandbox) -> None:
    told = ask(sandbox, dimensions=["time:day"]).json()
    assert list(told) == ["results", "meta", "query"]
    assert [row["dimensions"] for row in told["results"]] == [[f"2026-11-{day:02}"] for day in range(9, 16)]
    assert all(len(row["metrics"]) == 2 for row in told["results"])
    assert told["query"]["date_range"] == ["2026-11-09T00:00:00+00:00", "2026-11-15T23:59:59+00:00"]
    assert told["meta"] == {}


def test_without_dimensions_there_is_one_row(sandbox: Sandbox) -> None:
    daily = ask(sandbox, dimensions=["time:day"]).json()["results"]
    (row,) = ask(sandbox).json()["results"]
    assert row == {"dimensions": [], "metrics": [sum(one["metrics"][at] for one in daily) for at in (0, 1)]}


def test_days_to_come_have_no_row(sandbox: Sandbox) -> None:
    assert ask(sandbox, dimensions=["time:day"], date_range=["2026-12-01", "2026-12-05"]).json()["results"] == []


def test_rows_are_filtered_ordered_and_given_in_turns(sandbox: Sandbox) -> None:
    more: dict[str, Any] = {
        "dimensions": ["time:day", "event:page"],
        "filters": [["matches", "event:page", ["^/km/guides/"]]],
        "include": {"total_rows": True},
    }
    more["order_by"] = [["time:day", "asc"], ["event:page", "desc"]]
    whole = ask(sandbox, **more).json()
    assert whole["meta"] == {"total_rows": 21}
    names = [tuple(row["dimensions"]) for row in whole["results"]]
    assert names[:2] == [("2026-11-09", "/km/guides/sharing/"), ("2026-11-09", "/km/guides/lessons-learned/")]
    turn = ask(sandbox, **more, pagination={"limit": 5, "offset": 20}).json()
    assert turn["results"] == whole["results"][20:]


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"key": "no"}, 401, "Invalid API key"),
        ({"site_id": "other.example"}, 401, "Invalid API key or site ID"),
        ({"site_id": ""}, 400, "Missing site ID"),
        ({"metrics": ["clicks"]}, 400, '#/metrics/0: Invalid metric "clicks"'),
        ({"metrics": []}, 400, "#/metrics"),
        ({"dimensions": ["time:minute"]}, 400, "Invalid dimension"),
        ({"date_range": ["2026-11-09"]}, 400, "Invalid date range"),
        ({"filters": [["is", "visit:moon", ["full"]]]}, 400, "Invalid filter"),
        ({"pagination": {"limit": 20_000}}, 400, "between 1 and 10000"),
        ({"colour": "red"}, 400, "additional properties"),
    ],
)
def test_what_plausible_does_not_take_is_refused(
    sandbox: Sandbox, wrong: dict[str, Any], status: int, words: str
) -> None:
    response = ask(sandbox, **wrong)
    assert response.status_code == status
    assert words in response.json()["error"]


def test_an_hour_has_so_many_requests(sandbox: Sandbox) -> None:
    provider = sandbox.provider("/plausible")
    assert isinstance(provider, Plausible)
    provider.per_hour, before = sum(provider.made.values()) + 1, provider.per_hour
    try:
        assert [ask(sandbox).status_code for _ in range(2)] == [200, 429]
    finally:
        provider.per_hour = before
