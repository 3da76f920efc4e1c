"""COUNTER months over several runs: a month that is not ready is asked again, and never 0 in between."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sandbox.server import Sandbox, serve
from sandbox.sushi_history import uses
from tests.providers.matrix import NAME, Provider, Run, Workspace, at_hour
from warehouse.pulls import coverage

SEED, OCTOBER = 5, date(2026, 10, 1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), SEED) as running:
        yield running


def months(run: Run) -> dict[str, float]:
    """The requests of the Journal of Rivers by month."""
    title = "Journal of Rivers (2049-3630)"
    return {f"{fact[2]:%Y-%m}": fact[4] for fact in run.facts if fact[:2] == ("Total_Item_Requests", title)}


def requests_of(month: date, share: float = 1, title: str = "Journal of Rivers") -> int:
    """What the report sums: the title's regular requests by year and access type, corrected one by one."""
    regular = [use for use in uses(SEED, month) if use.title == title and use.access_method == "Regular"]
    return sum(round(use.requests * share) for use in regular)


@pytest.mark.slow
def test_a_month_that_is_not_ready_is_missing_until_it_is_delivered(sandbox: Sandbox, tmp_path: Path) -> None:
    place = Workspace(Provider("sushi"), sandbox, tmp_path, at_hour("2026-11-05"))
    early = place.run()
    assert not early.done.failed, early.text
    assert months(early) == {"2026-08": requests_of(date(2026, 8, 1)), "2026-09": requests_of(date(2026, 9, 1))}
    assert "2026-10 is not ready: it is requested again" in early.text
    covered = coverage(place.context().tables)
    assert covered.loc[covered["source"] == NAME, "end"].max().date() == OCTOBER
    place.now = at_hour("2026-11-09")
    later = place.run()
    assert months(later)["2026-10"] == requests_of(OCTOBER, 0.95)
    place.now = at_hour("2026-11-26")
    assert months(place.run())["2026-10"] == requests_of(OCTOBER)


def test_a_month_is_asked_again_though_nothing_is_read_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    """Without restated days a run asks only for what is new and for what had no answer."""
    place = Workspace(Provider("sushi_release_5"), sandbox, tmp_path, at_hour("2026-11-05"))
    place.run()
    sandbox.requests.clear()
    place.now = at_hour("2026-11-09")
    run = place.run()
    assert [seen.query["begin_date"] for seen in sandbox.requests] == [["2026-10"]]
    films = {fact[4] for fact in run.facts if fact[:3] == ("Total_Item_Requests", "Riverside Films", OCTOBER)}
    assert films == {requests_of(OCTOBER, 0.95, title="A Flood")}
    sandbox.requests.clear()
    place.now = at_hour("2026-11-20")
    place.run()
    assert sandbox.requests == []


@pytest.mark.slow
def test_a_queued_report_is_left_to_the_next_run(sandbox: Sandbox, tmp_path: Path) -> None:
    place = Workspace(Provider("sushi"), sandbox, tmp_path, at_hour("2026-11-24"))
    whole = place.run().facts
    queued = Workspace(Provider("sushi"), sandbox, tmp_path / "queued", at_hour("2026-11-24"))
    sandbox.providers["/sushi"].queued = 100  # type: ignore[attr-defined]
    waiting = queued.run()
    assert not waiting.done.failed, waiting.text
    assert not waiting.facts
    assert "2026-10 is not ready" in waiting.text
    sandbox.providers["/sushi"].queued = 0  # type: ignore[attr-defined]
    assert queued.run().facts == whole


@pytest.mark.slow
def test_the_first_run_of_a_month_reads_the_last_months_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """100 days before 1 December lie in August; November is asked for until it is ready, on 9 December."""
    place, asked = Workspace(Provider("sushi"), sandbox, tmp_path, at_hour("2026-11-24")), dict[str, list[str]]()
    for day in ("2026-11-24", "2026-11-25", "2026-12-01", "2026-12-02", "2026-12-10"):
        sandbox.requests.clear()
        place.now = at_hour(day)
        assert not place.run().done.failed
        asked[day] = [seen.query["begin_date"][0] for seen in sandbox.requests]
    assert asked == {
        "2026-11-24": ["2026-08", "2026-09", "2026-10"],
        "2026-11-25": ["2026-10"],
        "2026-12-01": ["2026-08", "2026-09", "2026-10", "2026-11"],
        "2026-12-02": ["2026-10", "2026-11"],
        "2026-12-10": ["2026-11"],
    }
