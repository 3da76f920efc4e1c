"""Days are in the source's time zone, each once: when the clocks change, in another zone, around New Year."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.loopback import Reply, serve
from tests.warehouse_contents import observation_rows
from warehouse.root import open_root
from warehouse.tables import Tables

HEAD = "organisation: {name: Test Library, time_zone: Europe/London}\nsources:\n"
HOURS = """\
  gates:
    type: footfall
    path: hours.csv
    layout: long
    columns: {entity: Gate, date: Time, value: Count}
    date_formats: ["%Y-%m-%d %H:%M"]
    period: hour
    time_zone: ZONE
"""
VISITS = """\
indicators:
  visits: {title: Visits, unit: visits, kind: flow, period: PERIOD, of: [{source: gates, metric: visits}]}
"""


def run(folder: Path, plan: str, now: str) -> None:
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    done = CliRunner().invoke(
        main, ["run", "--plan", str(folder / "plan.yaml"), "--warehouse", str(folder / "warehouse"), "--now", now]
    )
    assert done.exit_code == 0, done.output


def days(folder: Path, source: str) -> dict[date, float]:
    """The value of each day; a day that is there twice fails."""
    found = observation_rows(Tables(open_root(folder / "warehouse")))[source]
    by_day: dict[date, float] = {}
    for _, _, start, end, value, _, _ in found:
        assert end - start == timedelta(days=1)
        assert start not in by_day
        by_day[start] = value
    return by_day


def periods(folder: Path) -> dict[date, float | None]:
    rows = pq.ParquetFile(folder / "warehouse" / "published" / "periods.parquet").read(use_threads=False).to_pylist()
    return {row["start"]: row["value"] for row in rows}


def local_hours(first: str, hours: list[int]) -> list[str]:
    return [f"{datetime.fromisoformat(first) + timedelta(hours=hour):%Y-%m-%d %H:%M}" for hour in hours]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "hours", "wanted"),
    [
        (
            "2025-03-29",
            [*range(25), *range(26, 72)],
            {date(2025, 3, 29): 24, date(2025, 3, 30): 23, date(2025, 3, 31): 24},
        ),
        (
            "2025-10-25",
            [*range(26), *range(25, 72)],
            {date(2025, 10, 25): 24, date(2025, 10, 26): 25, date(2025, 10, 27): 24},
        ),
    ],
    ids=["spring", "autumn"],
)
def test_a_day_on_which_the_clocks_change_has_the_hours_it_had(
    tmp_path: Path, first: str, hours: list[int], wanted: dict[date, float]
) -> None:
    lines = [f"Door,{label},1\n" for label in local_hours(first, hours)]
    (tmp_path / "hours.csv").write_text("Gate,Time,Count\n" + "".join(lines))
    plan = HEAD + HOURS.replace("ZONE", "Europe/London") + VISITS.replace("PERIOD", "day")
    for now in ("2026-03-02T12:00:00", "2026-03-02T13:00:00"):
        run(tmp_path, plan, now)
        assert days(tmp_path, "gates") == wanted
        assert {day: value for day, value in periods(tmp_path).items() if value} == wanted


@pytest.mark.slow
def test_naive_times_are_those_of_the_source_and_not_of_the_organisation(tmp_path: Path) -> None:
    """On 2025-09-28 the clocks change in Auckland and not in London."""
    (tmp_path / "hours.csv").write_text(
        "Gate,Time,Count\n"
        + "".join(f"Door,{label},1\n" for label in local_hours("2025-09-28", [*range(2), *range(3, 24)]))
    )
    run(
        tmp_path,
        HEAD + HOURS.replace("ZONE", "Pacific/Auckland") + VISITS.replace("PERIOD", "day"),
        "2026-03-02T12:00:00",
    )
    assert days(tmp_path, "gates") == {date(2025, 9, 28): 23}


def feed(*moments: str) -> bytes:
    items = "".join(
        f"<item><guid>i{at}</guid><title>Item {at}</title><pubDate>{moment}</pubDate></item>"
        for at, moment in enumerate(moments)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


@pytest.mark.slow
def test_an_instant_falls_on_the_day_of_the_source_each_time_that_it_is_read(tmp_path: Path) -> None:
    body = feed("Sun, 01 Mar 2026 11:30:00 GMT", "Sat, 28 Feb 2026 11:30:00 GMT", "Sat, 28 Feb 2026 10:30:00 GMT")
    indicator = (
        "indicators:\n  news: {title: News, unit: items, kind: flow, period: day, of: [{source: news, metric: news}]}\n"
    )
    with serve(lambda _: Reply(body)) as site:
        plan = (
            HEAD + f"  news: {{type: feed, url: '{site.url}', kind: news, time_zone: Pacific/Auckland}}\n" + indicator
        )
        for now in ("2026-03-01T12:00:00", "2026-03-01T23:30:00", "2026-03-02T12:30:00"):
            run(tmp_path, plan, now)
            assert days(tmp_path, "news") == {date(2026, 2, 28): 1, date(2026, 3, 1): 1, date(2026, 3, 2): 1}


def test_weeks_around_new_year_are_iso_weeks_each_once(tmp_path: Path) -> None:
    columns = "columns: {date: Date, id: ID}, date_formats: ['%Y-%m-%d']"
    source = f"  gates: {{type: publications, path: log.csv, {columns}, kind: visits}}\n"
    first = date(2024, 12, 23)
    (tmp_path / "log.csv").write_text(
        "Date,ID\n" + "".join(f"{first + timedelta(days=at)},i{at}\n" for at in range(21))
    )
    run(tmp_path, HEAD + source + VISITS.replace("PERIOD", "week"), "2025-01-13T12:00:00")
    found = periods(tmp_path)
    assert {day: found[day] for day in sorted(found)[:3]} == {
        date(2024, 12, 23): 7,
        date(2024, 12, 30): 7,
        date(2025, 1, 6): 7,
    }
    assert all(day.weekday() == 0 for day in found)
    years = (tmp_path / "warehouse" / "published").glob("observations-*.parquet")
    assert {path.name: pq.ParquetFile(path).metadata.num_rows for path in years} == {
        "observations-2024.parquet": 9,
        "observations-2025.parquet": 12,
    }
