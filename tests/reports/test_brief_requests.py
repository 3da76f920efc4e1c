"""The requests of the brief: decisions, then tasks of owners, in words that need no knowledge of the plan."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reports.brief.inputs import load
from reports.brief.requests import requests
from tests.brief_rows import indicator, months, reader, source, verdict


def requested(**rows: Any) -> str:
    return "\n".join(one.text for one in requests(load("Hill Library", reader(**rows))))


def test_a_target_out_of_reach_asks_for_a_decision() -> None:
    assert "To decide: whether Title of visits keeps its target of 200 by 31 Dec 2026: the probability" in requested(
        verdicts=[verdict(probability=0.02)]
    )
    assert "keeps its target" not in requested(verdicts=[verdict(probability=0.2)])


def test_one_indicator_asks_for_one_decision() -> None:
    both = requested(verdicts=[verdict(probability=0.02, alert="firing")])
    assert both.count("To decide") == 1
    assert "keeps its target" in both


def test_a_target_whose_day_has_passed_asks_for_the_next() -> None:
    assert (
        "To decide: the next target of Title of visits: the one of 200 by 31 Jan 2026 fell due. Owner: Ada."
        in requested(indicators=[indicator(due=date(2026, 1, 31))])
    )
    assert "next target" not in requested()


def test_an_alert_asks_for_the_way_back_and_a_mere_verdict_does_not() -> None:
    way_back = "To decide: how Title of visits returns to its path to 200 by 31 Dec 2026, or another target"
    assert f"{way_back}: 90 visits in Jan 2026 were 19 below its path. Owner: Ada." in requested(
        verdicts=[verdict(alert="firing")]
    )
    assert "without the missing data" in requested(verdicts=[verdict(alert="firing", grade="incomplete")])
    assert "It has no owner yet." in requested(verdicts=[verdict(alert="firing")], indicators=[indicator(owner=None)])
    assert "returns" not in requested()


@pytest.mark.parametrize(
    ("other", "task"),
    [
        ({"last_error": "403: renew the key"}, "repair what could not be read last time"),
        ({"fresh": False}, "supply newer data: they end on 31 Jan 2026"),
        ({"fresh": False, "data_through": None}, "supply the first data"),
        ({"missing": ["2026-01-01..2026-01-04"]}, "supply the missing data, 1 Jan 2026 to 4 Jan 2026"),
        ({"refused": 3}, "correct 3 refused values or release them"),
        ({"refused": 1}, "correct 1 refused value or release it"),
        (
            {"access_expires_at": datetime(2026, 3, 20, tzinfo=UTC)},
            "renew the key or token whose access ends on 20 Mar 2026",
        ),
    ],
)
def test_a_source_in_trouble_is_the_task_of_an_owner(other: dict[str, Any], task: str) -> None:
    assert requested(sources=[source(**other)]) == f"Ada: {task} (for 'Title of visits')."
    assert requested() == ""


def test_a_task_names_every_owner_or_that_there_is_none() -> None:
    two = [indicator(owner="Branch librarian, Hill"), indicator("loans", owner="Ada")]
    stale = [source(fresh=False)]
    assert requested(verdicts=[verdict(), verdict("loans")], indicators=two, sources=stale).startswith(
        "Branch librarian, Hill; Ada: supply newer data"
    )
    assert requested(indicators=[indicator(owner=None)], sources=stale).startswith(
        "An owner to be named: supply newer data"
    )


def test_sources_in_one_trouble_are_one_task() -> None:
    names = [f"gate_{n}" for n in range(5)]
    failed = [source(name, last_error="refused") for name in names]
    text = requested(indicators=[indicator(sources=names)], sources=failed)
    assert text == "Ada: repair what could not be read last time (for 'Title of visits')."


def test_a_gap_of_a_past_year_is_requested_only_where_a_verdict_needs_it() -> None:
    old = [source(missing=["2025-03-01..2025-03-04"])]
    assert requested(sources=old) == ""
    of_2025 = {"verdicts": [verdict(through=date(2025, 12, 31))], "indicators": [indicator(period="year")]}
    year = months()[-1] | {"start": date(2025, 1, 1), "end": date(2026, 1, 1)}
    assert "1 Mar 2025 to 4 Mar 2025" in requested(**of_2025, sources=old, periods=[year])


def test_an_incomplete_sum_asks_for_what_is_missing() -> None:
    rows = {"verdicts": [verdict(grade="incomplete")], "periods": months(completeness=0.92)}
    task = "Ada: supply what Title of visits lacks in Jan 2026, 8 % of the days, or say that it is lost."
    assert requested(**rows) == task
    known_gap = requested(**rows, sources=[source(missing=["2026-01-30"])])
    assert known_gap == "Ada: supply the missing data, 30 Jan 2026 (for 'Title of visits')."


def test_decisions_come_before_tasks() -> None:
    text = requested(verdicts=[verdict(alert="firing")], sources=[source(last_error="refused", refused=2)])
    assert [line.split(":")[0] for line in text.splitlines()] == ["To decide", "Ada", "Ada"]


def test_why_a_source_failed_is_in_its_reference() -> None:
    (task,) = requests(load("Hill Library", reader(sources=[source(last_error="403: renew the key")])))
    assert "403" not in task.text
    assert task.references[0].text.endswith("newest pull failed: 403: renew the key")
