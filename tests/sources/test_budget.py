"""How long a provider's limit makes us wait."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sources.web.budget import Budgets, RateLimit, RateLimitHeaders, UnitQuota
from tests.loopback import ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import QuotaError


def response_with(**headers: str) -> requests.Response:
    response = requests.Response()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@given(st.integers(1, 5), st.floats(0.5, 10), st.lists(st.floats(0, 3), min_size=1, max_size=40))
def test_a_pace_is_never_exceeded_in_any_stretch_of_time(calls: int, per_s: float, gaps: list[float]) -> None:
    pace, now, made = RateLimit(calls, per_s), 0.0, list[float]()
    for gap in gaps:
        now += gap
        now += pace.wait_s(now)
        made.append(now)
    for first, after in zip(made, made[calls:], strict=False):
        assert after - first >= per_s - 1e-6


def test_below_the_pace_nobody_waits() -> None:
    pace = RateLimit(3, 60)
    assert [pace.wait_s(float(now)) for now in (0, 1, 2)] == [0, 0, 0]
    assert pace.wait_s(3) == 57


def test_a_limit_in_headers_makes_wait_until_it_is_back() -> None:
    limit = RateLimitHeaders("X-RateLimit-Remaining", "X-RateLimit-Reset")
    limit.learn(response_with(X_RateLimit_Remaining="2", X_RateLimit_Reset="30"), 100)
    assert [limit.wait_s(101), limit.wait_s(102)] == [0, 28]
    assert limit.wait_s(131) == 0


@pytest.mark.parametrize("as_text", [lambda at: at.isoformat(), lambda at: str(at.timestamp())])
def test_a_reset_as_an_instant_is_measured_from_the_answers_own_date(as_text: object) -> None:
    sent = datetime(2031, 5, 1, 12, tzinfo=UTC)
    limit = RateLimitHeaders("Left", "Reset", reserve=5)
    limit.learn(
        response_with(Left="4", Reset=as_text(sent.replace(minute=2)), Date=format_datetime(sent, usegmt=True)), 0
    )  # type: ignore[operator]
    assert limit.wait_s(0) == pytest.approx(120)


def test_an_answer_without_the_headers_or_with_nonsense_changes_nothing() -> None:
    limit = RateLimitHeaders("Left", "Reset")
    for answer in (
        response_with(),
        response_with(Left="many", Reset="soon"),
        response_with(Left="0", Reset="soon"),
        response_with(Left="0"),
    ):
        limit.learn(answer, 0)
        assert limit.wait_s(0) == 0


def test_units_stop_before_the_quota_and_say_when_they_are_back() -> None:
    units = UnitQuota(3, "youtube", "units are back at midnight Pacific")
    units.spend(2)
    with pytest.raises(QuotaError, match=r"2 of 3 units.*midnight Pacific"):
        units.spend(2)
    assert units.spent == 2


def test_sources_that_share_a_limit_share_its_budget() -> None:
    budgets = Budgets()
    assert budgets.of("one", lambda: RateLimit(1, 1)) is budgets.of("one", lambda: RateLimit(9, 9))
    assert budgets.of("one", lambda: RateLimit(1, 1)) is not budgets.of("two", lambda: RateLimit(1, 1))


def test_a_wait_that_is_too_long_stops_before_the_request() -> None:
    with serve(lambda _: Reply(b"{}")) as site:
        session = quick_session(max_wait_s=1)
        budget = RateLimit(1, 3600)
        session.get(site.url, budget=budget)
        with pytest.raises(QuotaError, match="in 60 minutes") as caught:
            session.get(site.url, budget=budget)
        assert len(site.received) == 1
    assert caught.value.retry_after_s == pytest.approx(3600, abs=5)


def test_a_budget_learns_from_an_answer_that_refuses() -> None:
    def reply(_: ReceivedRequest) -> Reply:
        return Reply(b"", 429, {"Left": "0", "Reset": "1800"})

    with serve(reply) as site, pytest.raises(QuotaError, match="in 30 minutes"):
        quick_session(max_wait_s=1).get(site.url, budget=RateLimitHeaders("Left", "Reset"))
    assert len(site.received) == 1
