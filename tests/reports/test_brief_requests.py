"""What the brief asks for: decisions, then tasks of owners, in words that need no knowledge of the plan."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reports.brief.inputs import load
from reports.brief.requests import asks
from tests.brief_rows import indicator, months, reader, source, verdict


def asked(**given: Any) -> str:
    return "\n".join(one.text for one in asks(load("Hill Library", reader(**given))))


def test_a_target_out_of_reach_asks_for_a_decision() -> None:
    assert "To decide: whether Title of visits keeps its target of 200 by 31 Dec 2026: the probability" in asked(
        verdicts=[verdict(probability=0.02)]
    )
    assert "keeps its target" not in asked(verdicts=[verdict(probability=0.2)])


def test_a_target_whose_day_has_passed_asks_for_the_next() -> None:
    assert (
        "To decide: the next target of Title of visits: the one of 200 by 31 Jan 2026 fell due. Owner: Ada."
        in asked(indicators=[indicator(due=date(2026, 1, 31))])
    )
    assert "next target" not in asked()


def test_an_alert_asks_for_the_way_back_and_a_mere_verdict_does_not() -> None:
    expected_path = "To decide: how Title of visits comes back to its path to 200 by 31 Dec 2026, or another target"
    assert f"{expected_path}: 90 visits in Jan 2026 were 19 below its path. Owner: Ada." in asked(
        verdicts=[verdict(alert="firing")]
    )
    assert "without the figures that are missing" in asked(verdicts=[verdict(alert="firing", grade="incomplete")])
    assert "It has no owner yet." in asked(verdicts=[verdict(alert="firing")], indicators=[indicator(owner=None)])
    assert "comes back" not in asked()


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            {"last_error": "403: renew the key"},
            "Ada: have repaired what could not be read last time (for 'Title of visits').",
        ),
        ({"fresh": False}, "Ada: hand in newer figures, for they end on 31 Jan 2026 (for 'Title of visits')."),
        ({"fresh": False, "data_through": None}, "Ada: hand in the first figures (for 'Title of visits')."),
        (
            {"missing": ["2026-01-01..2026-01-04"]},
            "Ada: hand in the figures that are missing, 1 Jan 2026 to 4 Jan 2026 (for 'Title of visits').",
        ),
        ({"refused": 3}, "Ada: correct 3 refused figures or let them through (for 'Title of visits')."),
        ({"refused": 1}, "Ada: correct 1 refused figure or let it through (for 'Title of visits')."),
        (
            {"access_expires_at": datetime(2026, 3, 20, tzinfo=UTC)},
            "Ada: renew the key or token whose access ends on 20 Mar 2026 (for 'Title of visits').",
        ),
    ],
)
def test_a_source_in_trouble_is_the_task_of_an_owner(other: dict[str, Any], told: str) -> None:
    assert told in asked(sources=[source(**other)])
    assert asked() == ""


def test_a_task_names_every_owner_or_that_there_is_none() -> None:
    two = [indicator(owner="Branch librarian, Hill"), indicator("loans", owner="Ada")]
    stale = [source(fresh=False)]
    assert asked(verdicts=[verdict(), verdict("loans")], indicators=two, sources=stale).startswith(
        "Branch librarian, Hill; Ada: hand in newer figures"
    )
    assert asked(indicators=[indicator(owner=None)], sources=stale).startswith(
        "An owner to be named: hand in newer figures"
    )


def test_sources_in_one_trouble_are_one_task() -> None:
    names = [f"gate_{n}" for n in range(5)]
    told = asked(indicators=[indicator(sources=names)], sources=[source(name, last_error="refused") for name in names])
    assert told == "Ada: have repaired what could not be read last time (for 'Title of visits')."


def test_a_gap_of_a_year_that_is_over_is_asked_for_only_where_a_verdict_needs_it() -> None:
    old = [source(missing=["2025-03-01..2025-03-04"])]
    assert asked(sources=old) == ""
    of_2025 = {"verdicts": [verdict(through=date(2025, 12, 31))], "indicators": [indicator(period="year")]}
    year = months()[-1] | {"start": date(2025, 1, 1), "end": date(2026, 1, 1)}
    assert "1 Mar 2025 to 4 Mar 2025" in asked(**of_2025, sources=old, periods=[year])


def test_a_sum_with_a_hole_asks_for_what_is_missing() -> None:
    given = {"verdicts": [verdict(grade="incomplete")], "periods": months(completeness=0.92)}
    assert (
        asked(**given)
        == "Ada: hand in what Title of visits lacks in Jan 2026, 8 % of the days, or say that it is lost."
    )
    known_gap = asked(**given, sources=[source(missing=["2026-01-30"])])
    assert known_gap == "Ada: hand in the figures that are missing, 30 Jan 2026 (for 'Title of visits')."


def test_decisions_stand_before_tasks() -> None:
    told = asked(verdicts=[verdict(alert="firing")], sources=[source(last_error="refused", refused=2)]).splitlines()
    assert [line.split(":")[0] for line in told] == ["To decide", "Ada", "Ada"]


def test_why_a_source_failed_stands_in_its_reference() -> None:
    (told,) = asks(load("Hill Library", reader(sources=[source(last_error="403: renew the key")])))
    assert "403" not in told.text
    assert told.references[0].text.endswith("newest pull failed: 403: renew the key")
