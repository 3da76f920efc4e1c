"""The first run of each month reads further back; every other run reads what the provider is known to revise."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.steps.pull_windows import windows_to_pull
from sandbox.server import serve
from tests.providers.matrix import NAME, Provider, Workspace, at_hour
from warehouse.schema import Window


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    """GA4, which revises 3 days and is read 35 days back once a month."""
    with serve(date(2026, 11, 24), seed=5) as sandbox:
        yield Workspace(Provider("ga4"), sandbox, tmp_path / "place", at_hour("2026-10-20"), since=date(2026, 8, 1))


def due(place: Workspace) -> Window:
    parts = windows_to_pull(place.context(), NAME, None)
    return Window(parts[0].start, parts[-1].end)


@pytest.mark.slow
def test_the_first_run_of_a_month_reads_deep_and_the_next_does_not(place: Workspace) -> None:
    assert due(place) == Window(date(2026, 8, 1), date(2026, 10, 20))
    place.run()
    place.now += timedelta(days=1)
    assert due(place) == Window(date(2026, 10, 17), date(2026, 10, 21)), "October was read deep when it was first read"
    place.run()
    place.now = at_hour("2026-11-02")
    assert due(place) == Window(date(2026, 9, 28), date(2026, 11, 2))
    place.run()
    place.now += timedelta(days=1)
    assert due(place) == Window(date(2026, 10, 30), date(2026, 11, 3))


def test_a_deep_reading_never_goes_before_the_first_day(place: Workspace) -> None:
    place.since = date(2026, 10, 15)
    place.run()
    place.now = at_hour("2026-11-02")
    assert due(place).start == date(2026, 10, 15)
    place.run()
    place.now += timedelta(days=1)
    assert due(place).start == date(2026, 10, 30)


@pytest.mark.slow
def test_a_month_begins_in_the_sources_own_zone(place: Workspace) -> None:
    place.run()
    place.now = at_hour("2026-10-31", hour=23)
    place.run()
    place.now = at_hour("2026-11-01", hour=1)
    assert due(place).start == date(2026, 9, 27)
