"""A backfill touches its own days; a normal run brings the rest and reads again what the provider still revises."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from sandbox.server import serve
from tests.changing_library import ObservationRow
from tests.warehouse_contents import observation_rows
from warehouse.pulls import coverage
from warehouse.root import open_root
from warehouse.tables import Tables

HEAD = "organisation: {name: Test Library, time_zone: Europe/London}\nsources:\n"
GATES = """\
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library},
    date_formats: ['%Y-%m'], period: month}
"""
INDICATOR = (
    "indicators:\n  all: {{title: All, unit: things, kind: flow, of: [{{source: {source}, metric: {metric}}}]}}\n"
)
SEED = 3


def gates_plan(folder: Path) -> Path:
    plan = folder / "plan.yaml"
    plan.write_text(HEAD + GATES + INDICATOR.format(source="gates", metric="visits"), encoding="utf-8")
    return plan


def site_plan(folder: Path, url: str) -> Path:
    plan = folder / "plan.yaml"
    posts = f"  posts: {{type: wordpress, url: '{url}', restated_days: 40, since: 2025-01-01}}\n"
    plan.write_text(HEAD + posts + INDICATOR.format(source="posts", metric="posts"), encoding="utf-8")
    return plan


def feed_plan(folder: Path, url: str) -> Path:
    plan = folder / "plan.yaml"
    plan.write_text(
        HEAD
        + f"  news: {{type: feed, url: '{url}/news/feed.xml', kind: news}}\n"
        + INDICATOR.format(source="news", metric="news"),
        encoding="utf-8",
    )
    return plan


def run(plan: Path, day: date, *more: str, warehouse: str = "warehouse") -> str:
    """A run at noon of ``day`` that must succeed; what it said."""
    command = [
        "run",
        "--plan",
        str(plan),
        "--warehouse",
        str(plan.parent / warehouse),
        "--now",
        f"{day}T12:00:00",
        *more,
    ]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    return done.output


def known(plan: Path, source: str, warehouse: str = "warehouse") -> set[ObservationRow]:
    return observation_rows(Tables(open_root(plan.parent / warehouse))).get(source, set())


def visits(factor: int) -> str:
    months = range(1, 7)
    return (
        "Library,"
        + ",".join(f"2025-{m:02}" for m in months)
        + "\nHill,"
        + ",".join(str(m * factor) for m in months)
        + "\n"
    )


@pytest.mark.slow
def test_a_backfill_of_a_month_of_a_file_changes_that_month_alone(tmp_path: Path) -> None:
    plan, day = gates_plan(tmp_path), date(2026, 3, 2)
    (tmp_path / "visits.csv").write_text(visits(1))
    run(plan, day)
    (tmp_path / "visits.csv").write_text(visits(10))
    run(plan, day + timedelta(days=1), "--from", "2025-03-01", "--to", "2025-03-31")
    assert {fact[2].month: fact[4] for fact in known(plan, "gates")} == {1: 1, 2: 2, 3: 30, 4: 4, 5: 5, 6: 6}
    run(plan, day + timedelta(days=2))
    assert {fact[2].month: fact[4] for fact in known(plan, "gates")} == {m: 10 * m for m in range(1, 7)}


def changed_days(before: set[ObservationRow], after: set[ObservationRow]) -> dict[str, set[date]]:
    """The days on which an item stood or stands that a run changed, by item."""
    days: dict[str, set[date]] = {}
    for fact in before ^ after:
        days.setdefault(fact[1], set()).add(fact[2])
    return days


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "source", "window"),
    [
        (site_plan, "posts", (date(2026, 1, 20), date(2026, 2, 10))),
        (feed_plan, "news", (date(2026, 1, 20), date(2026, 2, 10))),
    ],
)
def test_a_backfill_of_a_provider_changes_its_window_alone(
    tmp_path: Path, write: Callable[[Path, str], Path], source: str, window: tuple[date, date]
) -> None:
    first, second = date(2026, 1, 25), date(2026, 3, 2)
    with serve(first, SEED) as site:
        plan = write(tmp_path, site.url)
        run(plan, first)
    before = known(plan, source)
    with serve(second, SEED) as site:
        plan = write(tmp_path, site.url)
        run(plan, second, "--from", str(window[0]), "--to", str(window[1]))
    changed = changed_days(before, known(plan, source))
    assert changed
    assert {
        item: days for item, days in changed.items() if not any(window[0] <= day <= window[1] for day in days)
    } == {}


@pytest.mark.slow
def test_after_a_backfill_within_what_is_known_a_normal_run_brings_the_rest(tmp_path: Path) -> None:
    first, second = date(2026, 1, 25), date(2026, 3, 2)
    with serve(first, SEED) as site:
        run(site_plan(tmp_path, site.url), first)
    with serve(second, SEED) as site:
        plan = site_plan(tmp_path, site.url)
        run(plan, second, "--from", "2025-03-01", "--to", "2025-03-31")
        run(plan, second)
        run(plan, second, warehouse="at-once")
    assert known(plan, "posts") == known(plan, "posts", "at-once")


@pytest.mark.slow
def test_a_backfill_before_the_first_run_does_not_stand_for_the_days_before_it(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    with serve(day, SEED) as site:
        plan = site_plan(tmp_path, site.url)
        run(plan, day, "--from", "2026-02-01", "--to", "2026-02-28")
        run(plan, day)
        run(plan, day, warehouse="at-once")
    assert known(plan, "posts") == known(plan, "posts", "at-once")


@pytest.mark.slow
def test_a_backfill_beyond_the_last_run_leaves_no_gap_behind_it(tmp_path: Path) -> None:
    first, second = date(2025, 10, 1), date(2026, 3, 2)
    with serve(first, SEED) as site:
        run(site_plan(tmp_path, site.url), first)
    with serve(second, SEED) as site:
        plan = site_plan(tmp_path, site.url)
        run(plan, second, "--from", "2026-02-01", "--to", "2026-02-28")
        run(plan, second)
        run(plan, second, warehouse="at-once")
    assert known(plan, "posts") == known(plan, "posts", "at-once")


@pytest.mark.slow
def test_a_backfill_into_the_future_covers_no_day_that_is_yet_to_come(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    with serve(day, SEED) as site:
        plan = site_plan(tmp_path, site.url)
        run(plan, day, "--from", "2025-01-01", "--to", "2026-12-31")
    assert coverage(Tables(open_root(tmp_path / "warehouse")))["end"].max().date() <= day + timedelta(days=1)


@pytest.mark.slow
def test_runs_on_successive_days_end_where_a_single_run_on_the_last_day_does(tmp_path: Path) -> None:
    last = date(2026, 3, 2)
    for back in (24, 20, 17, 13, 9, 6, 3, 0):
        day = last - timedelta(days=back)
        with serve(day, SEED) as site:
            plan = site_plan(tmp_path, site.url)
            run(plan, day)
            if not back:
                run(plan, day, warehouse="at-once")
    at_once = known(plan, "posts", "at-once")
    assert datetime(2026, 2, 1, tzinfo=UTC).date() < max(fact[2] for fact in at_once)
    assert known(plan, "posts") == at_once
    shutil.rmtree(tmp_path / "at-once")
