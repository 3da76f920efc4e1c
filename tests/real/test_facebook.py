"""Answers of the Graph API that others recorded: pages in 2016 (v2.8) and 2024 (v20.0), lists, accounts and errors."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from sources.contract import ParseResult, Place, RawPage
from sources.facebook_page.source import FacebookPage
from sources.graph.api import next_page_params
from sources.graph.errors import ItemError, error_from_response
from sources.instagram.source import Instagram
from warehouse.errors import RefusedError
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
KINDS = {
    "page_fan_adds_by_paid_non_paid_unique": {"unit": "people", "kind": "distinct"},
    "page_fans_country": {"unit": "likes", "kind": "reading"},
}


@pytest.fixture(scope="module")
def pages(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("facebook-page-insights-recorded")


@pytest.fixture(scope="module")
def fixtures(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("facebook-graph-api-fixtures") / "testdata"


def of_page(body: bytes, window: Window) -> ParseResult:
    names = list(dict.fromkeys(row["name"] for row in json.loads(body)["data"]))
    given = FacebookPage.Settings.model_validate(
        {"type": "facebook_page", "page": "1", "token": "${env:T}", "metrics": names, "own_metrics": KINDS}
    )
    page = RawPage(
        "page",
        window,
        0,
        "https://graph.example/i",
        200,
        NOW,
        body,
        request=json.dumps({"kind": "insights", "metrics": names}),
    )
    return FacebookPage("page", given, Place(ZoneInfo("Europe/London"))).parse([page])


def of_account(body: bytes, window: Window, about: dict[str, object]) -> ParseResult:
    names = [row["name"] for row in json.loads(body)["data"]]
    own = {"profile_views": {"unit": "accounts", "kind": "distinct"}}
    given = Instagram.Settings.model_validate(
        {"type": "instagram", "account": "1", "token": "${env:T}", "metrics": names, "own_metrics": own}
    )
    page = RawPage(
        "account",
        window,
        0,
        "https://graph.example/i",
        200,
        NOW,
        body,
        request=json.dumps({"kind": "insights", "metrics": names, **about}),
    )
    return Instagram("account", given, Place(ZoneInfo("Europe/London"))).parse([page])


def facts(parsed: ParseResult, metric: str) -> list[tuple[str, date, float]]:
    frame = parsed.observations[parsed.observations["metric"] == metric].sort_values(["start", "entity"])
    return list(zip(frame["entity"], frame["start"].dt.date, frame["value"], strict=True))


def test_the_page_of_2016_counts_each_day_on_the_day_before_its_end_time(pages: Path) -> None:
    parsed = of_page(
        (pages / "page_insights_2016-10_v2.8.json").read_bytes(), Window(date(2016, 10, 5), date(2016, 10, 8))
    )
    assert facts(parsed, "page_impressions") == [
        ("", date(2016, 10, 5), 1),
        ("", date(2016, 10, 6), 2),
        ("", date(2016, 10, 7), 3),
    ]
    assert facts(parsed, "page_fans") == [("", date(2016, 10, 6), 216), ("", date(2016, 10, 7), 216)]
    assert len(facts(parsed, "page_fan_adds_by_paid_non_paid_unique")) == 9
    assert ("US", date(2016, 10, 6), 189.0) in facts(parsed, "page_fans_country")
    assert parsed.refused.empty
    assert not [name for name in parsed.observations["metric"] if name.endswith("_week")], "no week ended on these days"
    assert any("days_28" in note for note in parsed.notes)
    assert any("page_media_view" in note for note in parsed.notes), "page_impressions has a successor"


def test_the_page_of_2024_keeps_its_zeros_and_leaves_empty_tables_missing(pages: Path) -> None:
    parsed = of_page(
        (pages / "page_insights_2024-06_v20.0.json").read_bytes(), Window(date(2024, 6, 26), date(2024, 6, 28))
    )
    assert facts(parsed, "page_impressions") == [("", date(2024, 6, 26), 0), ("", date(2024, 6, 27), 0)]
    assert facts(parsed, "page_follows") == [("", date(2024, 6, 27), 0)]
    assert facts(parsed, "page_actions_post_reactions_total") == []
    assert parsed.covered == (Window(date(2024, 6, 26), date(2024, 6, 28)),)
    assert parsed.replaces is None


def test_the_account_of_2017_came_as_a_series_and_that_of_2023_as_a_total(fixtures: Path) -> None:
    users = fixtures / "instagram" / "apidata" / "users"
    early = of_account((users / "user_insights.json").read_bytes(), Window(date(2017, 5, 3), date(2017, 5, 5)), {})
    assert facts(early, "reach") == [("", date(2017, 5, 3), 3), ("", date(2017, 5, 4), 36)]
    span = Window(date(2023, 11, 6), date(2023, 11, 7))
    late = of_account(
        (users / "user_insights_new.json").read_bytes(), span, {"span": [str(span.start), str(span.end)], "suffix": ""}
    )
    assert facts(late, "reach") == [("", date(2023, 11, 6), 14_516_883)]
    assert late.observations["flags"].iloc[0] == ("estimated",)


def test_recorded_lists_lead_on_without_their_tokens(fixtures: Path) -> None:
    posts = fixtures / "facebook" / "apidata" / "posts"
    first, last = (json.loads((posts / f"feed_fields_p{n}.json").read_bytes()) for n in (1, 2))
    following = next_page_params(first)
    assert following["until"] == "1624385168"
    assert "access_token" not in following
    media = json.loads((fixtures / "instagram" / "apidata" / "users" / "medias_p1.json").read_bytes())
    assert next_page_params(media)["after"] == "after"
    assert "since" not in next_page_params(last)


@pytest.mark.parametrize(
    ("path", "kind", "word"),
    [
        ("error.json", RefusedError, "pages_read_engagement"),
        ("base/error_data.json", ItemError, "pages_read_engagement"),
    ],
)
def test_recorded_errors_say_what_to_do(fixtures: Path, path: str, kind: type[RefusedError], word: str) -> None:
    response = requests.Response()
    response.status_code, response.url, response._content = (
        400,
        "https://graph.example/v26.0/1",
        (fixtures / path).read_bytes(),
    )
    error = error_from_response(response)
    assert type(error) is kind
    assert word in error.do
