"""People counted in a room several times a day: a mean and a peak of each day and month, and never a sum."""

from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from pydantic import ValidationError

from flows.cli import main
from sources.contract import ParseResult, Place, RawPage
from sources.measures.settings import MeasuresSettings
from sources.measures.source import Measures, template, template_csv
from tests.plan_texts import plan_text, write_plan
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2026, 10, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2026, 10, 1))
SEATS: dict[str, Any] = {"seats": {"column": "Seats", "unit": "people", "kind": "occupancy"}}
BY_TIME: dict[str, Any] = {
    "measures": SEATS,
    "columns": {"date": "Date", "time": "Time", "entity": "Room"},
    "date_formats": ["%Y-%m-%d"],
    "period": "day",
}
WITH_TIME: dict[str, Any] = BY_TIME | {"columns": {"date": "Counted"}, "date_formats": ["%Y-%m-%d %H:%M"]}
ROUNDS: dict[str, Any] = BY_TIME | {
    "columns": {"date": "Date"},
    "measures": {"seats": {"columns": ["10:00", "12:00", "14:00"], "unit": "people", "kind": "occupancy"}},
}


def source(settings: dict[str, Any]) -> Measures:
    read = MeasuresSettings.model_validate({"type": "measures", "path": "m.csv", **settings})
    return Measures("rooms", read, Place(ZoneInfo("Europe/London")))


def parse(settings: dict[str, Any], *texts: str | bytes) -> ParseResult:
    bodies = [text if isinstance(text, bytes) else text.encode() for text in texts]
    pages = [RawPage("rooms", EVER, at, f"{at}.csv", 200, NOW, body) for at, body in enumerate(bodies)]
    return source(settings).parse(pages)


def values(parsed: ParseResult) -> dict[tuple[str, str, str], float]:
    return {(row.metric, row.entity, f"{row.start:%m-%d}"): row.value for row in parsed.observations.itertuples()}


def test_counts_of_a_day_are_a_mean_and_a_peak() -> None:
    text = "Date,Time,Room,Seats\n" + "".join(
        f"2026-06-01,{at},Hall,{number}\n" for at, number in (("10:00", 12), ("12:00", 30), ("2 pm", 0))
    )
    parsed = parse(BY_TIME, text)
    assert values(parsed) == {("seats_mean", "Hall", "06-01"): 14, ("seats_peak", "Hall", "06-01"): 30}
    assert parsed.refused.empty
    assert {(f"{row.start:%m-%d}", f"{row.end:%m-%d}") for row in parsed.observations.itertuples()} == {
        ("06-01", "06-02")
    }
    assert [parsed.observations["flags"].tolist(), parsed.rows_read] == [[(), ()], 3]


def test_the_time_may_be_in_the_date_or_each_count_in_a_column_of_its_own() -> None:
    rows = "Counted,Seats\n2026-06-01 10:00,12\n2026-06-01 12:00,30\n2026-06-01 14:00,0\n"
    columns = "Date,10:00,12:00,14:00\n2026-06-01,12,30,0\n"
    assert values(parse(WITH_TIME, rows)) == values(parse(ROUNDS, columns)) == {
        ("seats_mean", "", "06-01"): 14,
        ("seats_peak", "", "06-01"): 30,
    }  # fmt: skip


def test_times_of_a_workbook_are_columns_by_the_hour() -> None:
    book, body = Workbook(), BytesIO()
    book.active.append(["Date", time(10), time(12), time(14)])
    book.active.append([datetime(2026, 6, 1), 12, 30, 0])  # noqa: DTZ001
    book.save(body)
    assert values(parse(ROUNDS, body.getvalue()))["seats_peak", "", "06-01"] == 30


def test_a_row_without_a_time_of_day_is_a_count_of_its_own_and_that_is_noted() -> None:
    settings = BY_TIME | {"columns": {"date": "Date"}}
    parsed = parse(settings, "Date,Seats\n2026-06-01,12\n2026-06-01,12\n2026-06-01,30\n")
    assert values(parsed) == {("seats_mean", "", "06-01"): 18, ("seats_peak", "", "06-01"): 30}
    assert "counts of 'seats' without a time of day, each row taken as one count: 3" in parsed.notes


def test_one_count_given_twice_alike_counts_once_and_unlike_is_refused() -> None:
    text = "Date,Time,Room,Seats\n2026-06-01,9:00,Hall,5\n2026-06-01,09:00,Hall,5\n2026-06-01,12:00,Hall,8\n"
    assert values(parse(BY_TIME, text))["seats_mean", "Hall", "06-01"] == 6.5
    unlike = parse(BY_TIME, text + "2026-06-01,12:00,Hall,9\n")
    assert values(unlike) == {("seats_mean", "Hall", "06-01"): 5, ("seats_peak", "Hall", "06-01"): 5}
    assert [*map(tuple, unlike.observations["flags"])] == [("incomplete",)] * 2
    assert unlike.refused["metric"].tolist() == ["seats_mean"] * 2
    assert set(unlike.refused["action"]) == {"keep only one of the two, or correct the time of one"}


def test_a_day_that_lacks_a_count_of_most_such_days_is_incomplete() -> None:
    mondays = [(1, "10:00", 4), (1, "14:00", 8), (8, "10:00", 4), (8, "14:00", 8), (15, "10:00", 4), (6, "10:00", 2)]
    text = "Date,Time,Room,Seats\n" + "".join(f"2026-06-{day:02},{at},Hall,{n}\n" for day, at, n in mondays)
    found = parse(BY_TIME, text).observations
    assert {f"{row.start:%d}" for row in found.itertuples() if row.flags == ("incomplete",)} == {"15"}


def test_a_blank_is_no_count_and_a_count_without_its_time_is_refused() -> None:
    text = "Date,Time,Room,Seats\n2026-06-01,10:00,Hall,4\n2026-06-01,12:00,Hall,\n2026-06-01,,Hall,6\n"
    parsed = parse(BY_TIME, text + "2026-06-01,Total,Hall,10\n")
    assert values(parsed) == {("seats_mean", "Hall", "06-01"): 4, ("seats_peak", "Hall", "06-01"): 4}
    assert parsed.refused["reason"].tolist() == ["the count has no time", "'Total' is made of other counts"]


def test_a_total_of_the_rooms_at_each_time_is_asked_about() -> None:
    rows = [
        f"2026-06-{day:02},{at},{room},{number}\n"
        for day in (1, 2)
        for at, hall, attic in (("10:00", 14, 23 + day), ("12:00", 31, 12), ("14:00", 25, 8 + day))
        for room, number in (("Hall", hall), ("Attic", attic), ("Building", hall + attic))
    ]
    with pytest.raises(ShapeError, match="'Building' is in every period the sum"):
        parse(BY_TIME, "Date,Time,Room,Seats\n" + "".join(rows))


def test_a_later_file_corrects_one_count_of_the_day() -> None:
    first = "Date,Time,Room,Seats\n2026-06-01,10:00,Hall,4\n2026-06-01,12:00,Hall,80\n2026-06-01,14:00,Hall,6\n"
    later = "Date,Time,Room,Seats\n2026-06-01,12:00,Hall,8\n"
    assert values(parse(BY_TIME | {"files": "latest"}, first, later)) == {
        ("seats_mean", "Hall", "06-01"): 6,
        ("seats_peak", "Hall", "06-01"): 8,
    }


def test_two_levels_of_one_day_are_refused_with_the_setting_for_head_counts() -> None:
    settings = WITH_TIME | {"measures": {"seats": {**SEATS["seats"], "kind": "reading"}}}
    parsed = parse(settings, "Counted,Seats\n2026-06-01 10:00,12\n2026-06-01 12:00,30\n")
    assert parsed.observations.empty
    assert all("write 'kind: occupancy'" in action for action in parsed.refused["action"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (BY_TIME | {"period": "month"}, "write 'period: day'"),
        (BY_TIME | {"rows": "add"}, "'occupancy' does not add up"),
        (BY_TIME | {"measures": SEATS | {"loans": {"unit": "loans"}}}, "a source of their own"),
        (BY_TIME | {"measures": SEATS | {"seats_peak": {"unit": "people"}}, "columns": {}}, "rename the measure"),
        (ROUNDS | {"layout": "long"}, "layout: wide"),
        (ROUNDS | {"measures": {"n": {"unit": "x", "columns": ["A", "B"]}}}, "those of an occupancy"),
    ],
)
def test_settings_under_which_counts_would_add_up_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        source(settings)


@pytest.mark.parametrize("settings", [BY_TIME, ROUNDS], ids=["times", "columns"])
def test_the_template_has_the_columns_of_the_counts(settings: dict[str, Any]) -> None:
    read = source(settings).settings
    assert isinstance(read, MeasuresSettings)
    for body in (template(read), template_csv(read)):
        assert parse(settings, body).observations.empty


PLAN_SOURCE = """\
rooms:
  type: measures
  path: rooms.csv
  columns: {date: Date, time: Time, entity: Room}
  date_formats: ["%Y-%m-%d"]
  period: day
  measures: {seats: {column: Seats, unit: people, kind: occupancy}}
"""
INDICATORS = """\
taken: {title: Taken, unit: people, kind: stock, aggregate: mean, of: [{source: rooms, metric: seats_mean}]}
busiest: {title: Busiest, unit: people, kind: stock, aggregate: max, over_entities: max,
  of: [{source: rooms, metric: seats_peak}]}
usual_peak: {title: Usual peak, unit: people, kind: stock, aggregate: mean,
  of: [{source: rooms, metric: seats_peak, entities: [Hall]}]}
"""


def test_a_month_is_the_mean_of_its_days_and_its_highest_peak(tmp_path: Path) -> None:
    days = {day: (10, 20 + day) if day % 2 else (10, 20, 30) for day in range(1, 31)}  # of unlike many counts
    rows = [f"2026-06-{day:02},{9 + at}:00,Hall,{n}\n" for day, counts in days.items() for at, n in enumerate(counts)]
    (tmp_path / "rooms.csv").write_text("Date,Time,Room,Seats\n" + "".join(rows), encoding="utf-8")
    plan = write_plan(tmp_path, plan_text(PLAN_SOURCE, INDICATORS))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-07-02T06:00:00"])
    assert done.exit_code == 0, done.output
    june = duckdb.execute(
        f"SELECT indicator_id, value, completeness FROM '{tmp_path}/kmi-warehouse/published/periods.parquet' "
        "WHERE start = DATE '2026-06-01'"
    ).fetchall()
    means, peaks = [sum(counts) / len(counts) for counts in days.values()], [max(counts) for counts in days.values()]
    assert {name: pytest.approx(value) for name, value, _ in june} == {
        "taken": sum(means) / 30,
        "busiest": 49,
        "usual_peak": sum(peaks) / 30,
    }
    assert {completeness for *_, completeness in june} == {1.0}


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (
            "kind: stock, of: [{source: rooms, metric: seats_mean}]",
            "the last of 'seats_mean' does not describe a period: write 'aggregate: mean'",
        ),
        ("kind: flow, of: [{source: rooms, metric: seats_peak}]", "write 'kind: stock' and 'aggregate: max' or"),
        (
            "kind: stock, aggregate: max, of: [{source: rooms, metric: seats_peak, entities: [Hall, Attic]}]",
            "does not add up over 2 entities",
        ),
    ],
)  # fmt: skip
def test_an_indicator_that_would_mistake_counts_is_refused(tmp_path: Path, wrong: str, remedy: str) -> None:
    plan = write_plan(tmp_path, plan_text(PLAN_SOURCE, f"wrong: {{title: Wrong, unit: people, {wrong}}}\n"))
    done = CliRunner().invoke(main, ["check", "--plan", str(plan)])
    assert done.exit_code != 0
    assert remedy in " ".join(done.output.split())
