"""The queries of a run: translated when the project is built, and run over the tables of each call."""

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from flows.steps.expressions import MAKERS, as_stored, made, table_named, translated
from flows.steps.queries import queries
from tests.test_architecture import CHECKOUT

VISITS = pa.schema([pa.field("gate", pa.string(), nullable=False), ("day", pa.date32()), ("count", pa.int64())])


def rows(*counts: int | None) -> dict[str, pa.Table]:
    gates = {"gate": ["a"] * len(counts), "day": [date(2026, 1, 1)] * len(counts), "count": list(counts)}
    return {"visits": pa.table(gates, schema=VISITS)}


def test_a_result_reads_what_was_stored_before_it_and_each_call_its_own_tables() -> None:
    visits = table_named("visits", VISITS)
    known = visits.filter(visits["count"].notnull())
    stored = as_stored("known", known)
    made_now = translated({"known": known}, stored.group_by("gate").agg(total=stored["count"].sum()))
    for counts, total in (((1, None, 2), [3]), ((5,), [5]), ((), [])):
        assert made_now.run(rows(*counts))[0]["total"].tolist() == total


def test_an_instant_stays_itself_in_utc_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    at = pa.schema([("at", pa.timestamp("us", "UTC"))])
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    (out,) = translated({}, table_named("times", at).distinct()).run({"times": pa.table({"at": [noon]}, schema=at)})
    assert out["at"].tolist() == [noon]
    assert str(out["at"].dt.tz) == "UTC"


def test_the_sql_that_a_run_reads_is_that_of_the_expressions() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.translate_queries", "--check"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_what_is_read_is_what_was_written() -> None:
    for name in MAKERS:
        read, translated_now = queries(name), made(name)
        assert list(read.stored) == list(translated_now.stored)
        pairs = [*zip(read.stored.values(), translated_now.stored.values(), strict=True)]
        pairs += zip(read.results, translated_now.results, strict=True)
        assert [one.schema for one, _ in pairs] == [other.schema for _, other in pairs]
        assert [one.make() for one, _ in pairs] == [other.make() for _, other in pairs]
        assert all(one.duckdb_sql.startswith(("SELECT", "WITH")) for one, _ in pairs)


def test_a_run_on_duckdb_neither_loads_ibis_nor_translates() -> None:
    """It costs a run more than a second, and its SQL is another text in each process, so that nothing kept is found."""
    code = (
        "import sys, flows.steps.refresh; from flows.steps.queries import queries; queries('reduction');"
        "print({'ibis', 'sqlglot'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
