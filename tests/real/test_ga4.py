"""Recorded answers of the GA4 Data API, and what the US government's own reporter had from Google Analytics in 2016."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from sources.contract import ParseResult, Place, RawPage
from sources.ga4.responses import first_and_last_row, property_zone, report_length, rows_in_page
from sources.ga4.source import Ga4
from sources.ga4.table import read_report
from tests.google_discovery import check_response
from tests.plan_texts import plan_text, write_plan
from warehouse.errors import ShapeError
from warehouse.schema import Window

EVENTS, EMPTY, TOTALS = (
    "runReport_events_warsaw_2024-06.json",
    "runReport_no_rows.json",
    "runReport_pagepath_totals_seoul_2023-10_excerpt.json",
)
JUNE = Window(date(2024, 6, 1), date(2024, 7, 1))
OWN = {"active28DayUsers": {"unit": "users", "kind": "distinct"}}


@pytest.fixture
def page(shared_data: Callable[[str], Path]) -> Callable[..., RawPage]:
    def read(name: str, **about: object) -> RawPage:
        body = (shared_data("ga4-data-api-recorded") / name).read_bytes()
        return RawPage(
            "web",
            JUNE,
            0,
            "https://analyticsdata.googleapis.com/v1beta",
            200,
            datetime(2024, 7, 2, tzinfo=UTC),
            body,
            request=json.dumps(about),
        )

    return read


def parsed(page: RawPage, name: str, **more: object) -> ParseResult:
    told = {"type": "ga4", "property": "1", "auth": {"type": "application_default"}, "metrics": ["eventCount"]} | more
    return Ga4("web", Ga4.Settings.model_validate(told), Place(ZoneInfo(name))).parse([page])


@pytest.mark.parametrize("name", [EVENTS, EMPTY, TOTALS])
def test_a_recorded_answer_is_as_the_discovery_document_says(page: Callable[..., RawPage], name: str) -> None:
    check_response("analyticsdata", "v1beta", "analyticsdata.properties.runReport", page(name).body)
    assert read_report(page(name)).metrics


def test_what_is_told_beside_the_rows_is_found(page: Callable[..., RawPage]) -> None:
    found = [
        (property_zone(body), report_length(body), rows_in_page(body))
        for body in (page(name).body for name in (EVENTS, EMPTY, TOTALS))
    ]
    assert found == [("Europe/Warsaw", 23, 8), ("Europe/Warsaw", 0, 0), ("Asia/Seoul", 149, 3)], (
        "the total counts as a row of the answer"
    )
    assert '"20240614"' in first_and_last_row(page(EVENTS).body)[0]


def test_rows_are_read_in_whatever_order_they_come(page: Callable[..., RawPage]) -> None:
    read = read_report(page(EVENTS))
    told = json.loads(page(EVENTS).body)["rows"]
    assert read.count == len(told) == 8
    assert read.dimensions["date"].to_pylist() == [row["dimensionValues"][0]["value"] for row in told]
    found = parsed(page(EVENTS), "Europe/Warsaw").observations
    assert found["value"].sum() == sum(int(row["metricValues"][0]["value"]) for row in told) == 436
    assert sorted(found["start"].dt.date.unique()) == [date(2024, 6, 12), date(2024, 6, 13), date(2024, 6, 14)]


def test_an_answer_without_the_key_rows_has_no_rows(page: Callable[..., RawPage]) -> None:
    found = parsed(page(EMPTY), "Europe/Warsaw")
    assert not len(found.observations)
    assert not len(found.refused)


def test_the_total_of_a_report_is_no_page(page: Callable[..., RawPage]) -> None:
    told = page(TOTALS, spans=[str(JUNE)], suffix="_month")
    found = parsed(told, "Asia/Seoul", metrics=["active28DayUsers"], own_metrics=OWN, by_page=True).observations
    assert dict(zip(found["entity"], found["value"], strict=True)) == {
        "/posts/2021/08/19/lets-encrypt": 790,
        "/posts/2021/05/22/tomcat-encoding-euckr": 767,
    }
    with pytest.raises(ShapeError, match="no dates"):
        parsed(page(TOTALS), "Asia/Seoul", metrics=["active28DayUsers"], own_metrics=OWN)


DAILY = {"devices": "device", "browsers": "browser", "os": "os", "ie": "browser_version", "windows": "os_version"}
SOURCE = """\
{name}:
  type: measures
  path: {file}
  columns: {{entity: {entity}, date: date}}
  measures: {{visits: {{unit: visits}}}}
  date_formats: ["%Y-%m-%d"]
  period: day
  time_zone: America/New_York
"""
VISITS = (
    "visits: {{title: Visits, unit: visits, kind: flow, period: month, of: [{{source: {name}, metric: visits}}]}}\n"
)


@pytest.fixture(params=DAILY, scope="module")
def extract(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def usa(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("analytics-usa-gov-2016")


@pytest.fixture(scope="module")
def published(usa: Path, extract: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(extract)
    source = SOURCE.format(name=extract, file=usa / f"{extract}.csv", entity=DAILY[extract])
    plan = write_plan(folder, plan_text(source, VISITS.format(name=extract)))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2016-12-15T06:00:00"])
    assert done.exit_code == 0, done.output
    return folder / "kmi-warehouse/published"


def rows(usa: Path, extract: str) -> list[dict[str, str]]:
    with (usa / f"{extract}.csv").open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_each_row_is_a_day_of_one_thing(published: Path, usa: Path, extract: str) -> None:
    got = duckdb.execute(f"SELECT entity, start, value FROM '{published}/observations-*.parquet'").fetchall()
    want = {(row[DAILY[extract]], date.fromisoformat(row["date"]), float(row["visits"])) for row in rows(usa, extract)}
    assert len(got) == len(want) == len(rows(usa, extract))
    assert set(got) == want


def test_the_totals_are_those_that_google_gave_with_the_rows(published: Path, usa: Path, extract: str) -> None:
    told: dict[str, Any] = json.loads((usa / f"{extract}.json").read_text(encoding="utf-8"))["totals"]
    by_thing = next(value for value in told.values() if isinstance(value, dict))
    stored = dict(
        duckdb.execute(
            f"SELECT entity, sum(value) FROM '{published}/observations-*.parquet' GROUP BY entity"
        ).fetchall()
    )
    assert stored == by_thing
    assert sum(stored.values()) == told["visits"]


def test_the_same_days_have_three_totals(usa: Path) -> None:
    """A defect of the data: visits of all sites depend on the breakdown, so extracts cannot be compared."""
    totals = {
        name: json.loads((usa / f"{name}.json").read_text(encoding="utf-8"))["totals"]["visits"]
        for name in ("devices", "browsers", "os")
    }
    assert totals == {"devices": 2_189_723_306, "browsers": 2_189_606_319, "os": 2_189_696_914}


def test_the_days_are_the_ninety_before_the_reading(published: Path) -> None:
    got = duckdb.execute(f"SELECT DISTINCT start FROM '{published}/observations-*.parquet' ORDER BY start").fetchall()
    assert [day for (day,) in got] == [date(2016, 9, 15) + timedelta(days=n) for n in range(90)]
