"""The tables that relate the others, of a tiny plan whose figures can be added up by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of
from warehouse import schema
from warehouse.schema.columns import RESERVED

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
TABLES = [getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_")]
PLAN = """
organisation: {name: Tiny Library, time_zone: Europe/London}
objectives: {reach: More people use the library, space: Full reading rooms}
calendar:
  closed:
    - {from: 2026-01-01, to: 2026-01-01, reason: New Year}
    - {from: 2026-02-10, to: 2026-02-11, reason: Flood, entities: [Vale]}
    - {from: 2026-03-01, reason: Sold, entities: [Vale]}
  terms: [{from: 2026-01-12, to: 2026-02-13, name: Spring}]
  opening_hours: {default: {monday: "09:00-17:00", saturday: "10:00-12:00"}}
sources:
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library}, date_formats: ["%Y-%m"],
    period: month}
indicators:
  hill:
    title: Visits to Hill
    unit: visits
    kind: flow
    objective: reach
    of: [{source: gates, metric: visits, entities: [Hill]}]
    target: {baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}, value: 120, due: 2026-12-31}
  vale: {title: Visits to Vale, unit: visits, kind: flow, of: [{source: gates, metric: visits,
    entities: [Vale]}]}
  every:
    title: Visits
    unit: visits
    kind: flow
    objective: reach
    of: [{source: gates, metric: visits}]
    target: {baseline: {from: 2025-01-01, to: 2025-12-31, value: 150}, value: 200, due: 2026-12-31}
  share:
    title: Visits to Vale for one to Hill
    unit: visits
    kind: rate
    numerator: [{source: gates, metric: visits, entities: [Vale]}]
    denominator: [{source: gates, metric: visits, entities: [Hill]}]
"""
VISITS = "Library,2025-01,2025-02,2026-01,2026-02\nHill,90,100,99,125\nVale,40,,44,56\n"
ONE_JOIN = """
SELECT e.entity, e.start, e.value, e.expected, i.target_value
FROM '{folder}/entity_periods.parquet' e
JOIN '{folder}/indicators.parquet' i USING (indicator_id)
WHERE i.indicator_id {which} AND e.start BETWEEN '2026-01-01' AND '2026-02-28'
ORDER BY e.entity, e.start
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    (made / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (made / "visits.csv").write_text(VISITS, encoding="utf-8")
    assert not refresh(context_of(made / "plan.yaml", made / "warehouse", NOW), RefreshRequest()).failed
    return made / "warehouse" / "published"


def rows(folder: Path, query: str) -> Sequence[tuple[object, ...]]:
    return duckdb.sql(query.replace("{folder}", str(folder))).fetchall()


def test_visits_of_a_branch_by_month_against_target_in_one_join(folder: Path) -> None:
    found = rows(folder, ONE_JOIN.replace("{which}", "IN ('hill', 'vale')"))
    assert [(*row[:3], row[4]) for row in found] == [
        ("Hill", date(2026, 1, 1), 99.0, 120.0),
        ("Hill", date(2026, 2, 1), 125.0, 120.0),
        ("Vale", date(2026, 1, 1), 44.0, None),
        ("Vale", date(2026, 2, 1), 56.0, None),
    ]
    path = rows(
        folder,
        "SELECT expected FROM '{folder}/periods.parquet' WHERE indicator_id = 'hill' AND "
        "start BETWEEN '2026-01-01' AND '2026-02-28' ORDER BY start",
    )
    assert [row[3] for row in found[:2]] == [value for (value,) in path]
    assert found[0][3] is not None


def test_the_target_of_several_branches_is_not_shared_out_among_them(folder: Path) -> None:
    found = rows(folder, ONE_JOIN.replace("{which}", "= 'every'"))
    assert [(entity, value, expected) for entity, _, value, expected, _ in found] == [
        ("Hill", 99.0, None),
        ("Hill", 125.0, None),
        ("Vale", 44.0, None),
        ("Vale", 56.0, None),
    ]


def test_the_branches_add_up_to_the_indicator(folder: Path) -> None:
    differing = rows(
        folder,
        "SELECT indicator_id, start, sum(e.value) AS total, any_value(p.value) AS held "
        "FROM '{folder}/entity_periods.parquet' e JOIN '{folder}/periods.parquet' p USING (indicator_id, start) "
        "WHERE e.part = 'of' GROUP BY ALL HAVING total IS DISTINCT FROM held",
    )
    assert differing == []


def test_an_unknown_month_of_a_branch_stays_null_with_its_completeness(folder: Path) -> None:
    found = rows(
        folder,
        "SELECT value, completeness, flags_text FROM '{folder}/entity_periods.parquet' "
        "WHERE indicator_id = 'vale' AND start = '2025-02-01'",
    )
    assert found == [(None, 0.0, "incomplete")]
    compared = rows(
        folder,
        "SELECT start, year_ago_value, year_ago_change, year_ago_change_pct FROM '{folder}/periods.parquet' "
        "WHERE indicator_id = 'vale' AND start IN ('2026-01-01', '2026-02-01') ORDER BY start",
    )
    assert compared == [(date(2026, 1, 1), 40.0, 4.0, 10.0), (date(2026, 2, 1), None, None, None)]


def test_the_bridge_names_each_entity_of_each_indicator(folder: Path) -> None:
    assert rows(folder, "FROM '{folder}/measures.parquet'") == [
        ("every", "of", "gates", "visits", "Hill"),
        ("every", "of", "gates", "visits", "Vale"),
        ("hill", "of", "gates", "visits", "Hill"),
        ("share", "denominator", "gates", "visits", "Hill"),
        ("share", "numerator", "gates", "visits", "Vale"),
        ("vale", "of", "gates", "visits", "Vale"),
    ]


def test_objectives_with_and_without_indicators(folder: Path) -> None:
    assert rows(folder, "FROM '{folder}/objectives.parquet' ORDER BY 1") == [
        ("reach", "More people use the library", 2, 2),
        ("space", "Full reading rooms", 0, 0),
    ]


def test_entities_with_their_days_and_a_closure_for_good(folder: Path) -> None:
    found = rows(
        folder,
        "SELECT entity, sources_text, is_item, first_day, last_day, closed_from FROM '{folder}/entities.parquet'",
    )
    last = date(2026, 2, 28)
    assert found == [
        ("", "", False, None, None, None),
        ("Hill", "gates", False, date(2025, 1, 1), last, None),
        ("Vale", "gates", False, date(2025, 1, 1), last, date(2026, 3, 1)),
    ]


def test_the_calendar_has_terms_and_open_days(folder: Path) -> None:
    days = "FROM '{folder}/calendar.parquet'"
    assert rows(folder, f"SELECT min(day), max(day), count(*) {days}") == [(date(2025, 1, 1), date(2026, 12, 31), 730)]
    wanted = "('2026-01-01', '2026-01-12', '2026-01-13', '2026-02-09', '2026-02-16')"
    assert rows(
        folder,
        "SELECT day, week, month, quarter, weekday, term, is_open, closed_reason "
        f"{days} WHERE day IN {wanted} ORDER BY day",
    ) == [
        (date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 1), 4, None, False, "New Year"),
        (date(2026, 1, 12), date(2026, 1, 12), date(2026, 1, 1), date(2026, 1, 1), 1, "Spring", True, None),
        (date(2026, 1, 13), date(2026, 1, 12), date(2026, 1, 1), date(2026, 1, 1), 2, "Spring", False, None),
        (date(2026, 2, 9), date(2026, 2, 9), date(2026, 2, 1), date(2026, 1, 1), 1, "Spring", True, None),
        (date(2026, 2, 16), date(2026, 2, 16), date(2026, 2, 1), date(2026, 1, 1), 1, None, True, None),
    ]


def test_a_metric_says_whether_it_adds_up(folder: Path) -> None:
    assert rows(folder, "SELECT source, metric, additive FROM '{folder}/metrics.parquet'") == [
        ("gates", "visits", True)
    ]


def test_every_reserved_name_and_every_list_has_a_column_beside_it() -> None:
    query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    reserved = {name for (name,) in duckdb.sql(query).fetchall()}
    for table in TABLES:
        copied = {column.copy_of for column in table.columns if column.copy_of}
        lists = {column.name for column in table.columns if str(column.type).startswith("list")}
        assert reserved & set(table.names) <= set(RESERVED)
        assert copied == lists | (set(RESERVED) & set(table.names)), table.name
