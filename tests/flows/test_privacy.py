"""What a warehouse keeps about people: who may read it, how long it stays, and how it is deleted."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, RefreshResult, refresh
from sources.contract import ParseResult, RawPage
from sources.stored_body import HELD_BYTES
from tests.changing_library import replace_file
from tests.flows.test_echoed_secrets import texts_of
from tests.log_lines import at, line
from warehouse.landing import landed
from warehouse.published_tables import published_in
from warehouse.raw_files import older_than, raw_files
from warehouse.refusals import refused_texts
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, PUBLISHED_PERIODS, REFUSED

NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
PLAN = """
organisation: {name: Hill Library, time_zone: Europe/London}
sources:
  gates:
    type: footfall
    path: visits.csv
    layout: wide
    columns: {entity: Branch}
    date_formats: ["%Y-%m"]
    period: month
    max_refused_share: 1
    RETENTION
  web: {type: access_log, path: logs, keep_raw: true}
indicators:
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""


def library(folder: Path, retention: str = "retention: {raw: 90 days}") -> Path:
    replace_file(folder / "visits.csv", "Branch,2025-11,2025-12,2026-01\nHill,10,ann@example.org,12\n")
    (folder / "logs").mkdir(exist_ok=True)
    lines = [line(at("00:10:00")), line(at("12:00:00"), client="198.51.100.4"), line(at("23:30:00"))]
    replace_file(folder / "logs" / "access.log", "\n".join(lines) + "\n")
    replace_file(folder / "plan.yaml", PLAN.replace("RETENTION", retention))
    return folder / "plan.yaml"


def context(plan: Path, days: int = 0, log: list[str] | None = None) -> Context:
    now = NOW + timedelta(days=days)
    write = [] if log is None else log
    return open_context(plan, plan.parent / "warehouse", resolve=lambda _: "", log=write.append, clock=lambda: now)


def run(plan: Path, days: int = 0, log: list[str] | None = None) -> RefreshResult:
    return refresh(context(plan, days, log), RefreshRequest())


def kmi(plan: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        main, [*arguments, "--plan", str(plan), "--warehouse", str(plan.parent / "warehouse"), "--now", "2026-03-10"]
    )
    return done.exit_code, done.output


def figures(plan: Path) -> list[Any]:
    tables = context(plan).tables
    published = published_in(open_root(plan.parent / "warehouse")).rows(PUBLISHED_PERIODS)
    return [sorted(map(str, tables.read(OBSERVATIONS).to_pylist())), published]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
@pytest.mark.slow
def test_only_the_owner_may_read_what_was_received(tmp_path: Path) -> None:
    plan = library(tmp_path)
    assert not run(plan).failed
    raw = tmp_path / "warehouse" / "raw"
    raw.chmod(0o755)
    run(plan, 1)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (raw, *raw.rglob("*")) if path.is_dir()}
    assert modes == {0o700}
    files = [path for path in raw.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    published = [path for path in (tmp_path / "warehouse" / "published").iterdir() if path.is_file()]
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o044 for path in published)


@pytest.mark.parametrize("held_bytes", [HELD_BYTES, 0])
def test_no_file_of_the_warehouse_holds_a_visitor_and_the_kept_log_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int
) -> None:
    monkeypatch.setattr("sources.files.location.HELD_BYTES", held_bytes)
    monkeypatch.setattr("warehouse.landing.PART_BYTES", 1_000)
    plan = library(tmp_path)
    run(plan)
    warehouse, source = context(plan), context(plan).loaded.sources["web"]
    (file,) = raw_files(warehouse.root, "web")
    pages = [RawPage(**row) for row in landed(warehouse.root, "web", Path(file.path).stem)]  # type: ignore[arg-type]
    assert b"198.51.100." not in pages[0].body
    assert b"192.0.2." not in pages[0].body
    again: ParseResult = source.parse(pages)
    stored = warehouse.tables.read(OBSERVATIONS, "source = 'web'").to_pandas()
    assert dict(zip(again.observations["metric"], again.observations["value"], strict=True)) == dict(
        zip(stored["metric"], stored["value"], strict=True)
    )


@pytest.mark.slow
def test_raw_files_are_deleted_after_their_time_counted_and_named(tmp_path: Path) -> None:
    plan, log = library(tmp_path), list[str]()
    for day in (0, 50):
        assert run(plan, day, log).raw_deleted == {}
    before = figures(plan)
    assert run(plan, 91, log).raw_deleted == {"gates": 1}
    assert "gates: 1 raw file older than 90 days deleted, as 'retention' says" in log
    root = context(plan).root
    assert len(raw_files(root, "gates")) == 2
    assert len(raw_files(root, "web")) == 3
    assert figures(plan)[0] == before[0]


def test_the_newest_raw_file_is_never_deleted_whatever_the_clock(tmp_path: Path) -> None:
    plan = library(tmp_path)
    run(plan)
    files = raw_files(context(plan).root, "gates")
    assert older_than(files, timedelta(days=1), NOW + timedelta(days=9999)) == []


@pytest.mark.parametrize("value", ["90 days", "90", "1 day"])
def test_a_retention_is_a_number_of_days(tmp_path: Path, value: str) -> None:
    plan = context(library(tmp_path, f"retention: {{raw: {value}}}")).loaded.plan
    assert plan.sources["gates"].retention.raw == int(value.split(maxsplit=1)[0])


@pytest.mark.parametrize("value", ["three months", "0", "-1 days", "90d"])
def test_another_retention_is_refused_with_its_place(tmp_path: Path, value: str) -> None:
    code, output = kmi(library(tmp_path, f"retention: {{raw: {value}}}"), "check")
    assert code == 2
    assert "sources.gates.retention.raw" in output


def test_a_retention_changes_no_settings_of_the_pull(tmp_path: Path) -> None:
    with_one = context(library(tmp_path)).loaded.fingerprint("gates")
    assert with_one == context(library(tmp_path, "retention: {}")).loaded.fingerprint("gates")


@pytest.mark.slow
def test_purge_lists_first_and_deletes_with_yes_and_no_figure_changes(tmp_path: Path) -> None:
    plan = library(tmp_path, "")
    run(plan)
    before = figures(plan)
    assert refused_texts(context(plan).tables, "gates") == 1
    code, output = kmi(plan, "purge", "--source", "gates")
    assert code == 0
    assert "gates: would delete 1 raw file of pulls from 2026-03-10 to 2026-03-10, " in output
    assert "and the text of 1 refused row. No figure changes." in output
    assert "add --yes" in output
    assert raw_files(context(plan).root, "gates")
    code, output = kmi(plan, "purge", "--source", "gates", "--yes")
    assert "gates: deleted 1 raw file" in output
    assert "All figures are as before" in output
    assert raw_files(context(plan).root, "gates") == []
    assert raw_files(context(plan).root, "web")
    assert figures(plan) == before
    (left,) = context(plan).tables.read(REFUSED).to_pylist()
    assert (left["raw_value"], "***" in left["reason"]) == ("", True)
    texts = texts_of(tmp_path / "warehouse")
    assert not [name for name, text in texts if b"ann@" in text]
    assert kmi(plan, "purge", "--source", "gates")[1] == "gates: there is nothing to delete.\n"
    assert not run(plan, 1).failed


@pytest.mark.slow
def test_purge_deletes_only_what_is_older(tmp_path: Path) -> None:
    plan = library(tmp_path, "")
    for day in (-40, -20, 0):
        run(plan, day)
    code, output = kmi(plan, "purge", "--source", "gates", "--older-than", "30", "--yes", "--json")
    document = json.loads(output)
    assert (code, document["deleted"], len(document["raw_files"]), document["refused_texts"]) == (0, True, 1, 0)
    assert len(raw_files(context(plan).root, "gates")) == 2
    assert refused_texts(context(plan).tables, "gates") == 1


def test_purge_names_the_sources_for_an_unknown_one(tmp_path: Path) -> None:
    code, output = kmi(library(tmp_path), "purge", "--source", "gate")
    assert code == 2
    assert "sources of the plan: gates, web" in output
