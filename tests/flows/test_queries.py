"""Expressions that are translated once run over the tables of each call."""

from datetime import date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from flows.steps import reduction, settling_tables
from flows.steps.queries import as_stored, table_named, translated

VISITS = pa.schema([pa.field("gate", pa.string(), nullable=False), ("day", pa.date32()), ("count", pa.int64())])


def rows(*counts: int | None) -> dict[str, pa.Table]:
    gates = {"gate": ["a"] * len(counts), "day": [date(2026, 1, 1)] * len(counts), "count": list(counts)}
    return {"visits": pa.table(gates, schema=VISITS)}


def test_a_result_reads_what_was_stored_before_it_and_each_call_its_own_tables() -> None:
    visits = table_named("visits", VISITS)
    known = visits.filter(visits["count"].notnull())
    stored = as_stored("known", known)
    queries = translated({"known": known}, stored.group_by("gate").agg(total=stored["count"].sum()))
    for counts, total in (((1, None, 2), [3]), ((5,), [5]), ((), [])):
        assert queries.run(rows(*counts))[0]["total"].tolist() == total


def test_an_instant_stays_itself_in_utc_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    at = pa.schema([("at", pa.timestamp("us", "UTC"))])
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    (out,) = translated({}, table_named("times", at).distinct()).run({"times": pa.table({"at": [noon]}, schema=at)})
    assert out["at"].tolist() == [noon]
    assert str(out["at"].dt.tz) == "UTC"


def test_the_queries_of_a_run_are_translated_once_a_process() -> None:
    assert reduction.queries() is reduction.queries()
    assert settling_tables.queries() is settling_tables.queries()
