"""From the members' own published files to the star of the fleet, in folders and on an object store."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.fleet.members import MemberRun, run_member
from flows.fleet.roll_up import RollUp, member_ids, publish_roll_up
from plan.load_fleet import load_fleet
from plan.secret_resolver import resolver
from tests.fleet_libraries import NOW, fleet_text, write_fleet, write_member
from tests.object_store import object_store
from warehouse.errors import ConfigError
from warehouse.published_tables import published_at
from warehouse.schema.fleet import FLEET_INDICATORS, FLEET_MEMBERS, FLEET_PERIODS, FLEET_TOTALS, FLEET_VERDICTS

KEY = {"KMI_KEY": "a long random text"}


def run_all(path: Path) -> None:
    fleet = load_fleet(path)
    for name in fleet.fleet.members:
        result = run_member(MemberRun(fleet, name, now=NOW))
        assert not result.fault, result.fault


def rolled_up(path: Path, days_later: int = 0, environment: Mapping[str, str] = KEY) -> tuple[RollUp, list[str]]:
    lines: list[str] = []
    resolve = resolver(environment)
    return publish_roll_up(load_fleet(path), resolve, NOW + timedelta(days=days_later), lines.append), lines


def totals(found: RollUp) -> dict[int, tuple[float | None, float | None, list[str]]]:
    return {
        row["start"].month: (row["total"], row["partial_total"], list(row["missing"]))
        for row in found.tables.rows(FLEET_TOTALS)
    }


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three libraries of which one lacks March; they ran once."""
    values = {"north": [100, 120, 110], "south": [10, 12, 11], "west": [50, 55, None]}
    path = write_fleet(tmp_path_factory.mktemp("fleet"), values, {"north": "population: 1000"})
    run_all(path)
    return path


def test_the_roll_up_is_the_sum_of_the_members_by_hand(three: Path) -> None:
    found, _ = rolled_up(three)
    assert totals(found) == {
        1: (160, None, []),
        2: (187, None, []),
        3: (None, 121, ["west unknown"]),
        **{month: (None, None, ["north unknown", "south unknown", "west unknown"]) for month in (4, 5, 6)},
        7: (None, None, ["north unknown", "south unknown", "west unknown"]),
    }
    rates = [row["per_population"] for row in found.tables.rows(FLEET_PERIODS) if row["start"].month == 1]
    assert rates == [0.1, None, None]
    assert [row["verdict"] for row in found.tables.rows(FLEET_VERDICTS)] == ["not_assessable"] * 3


def test_the_files_are_there_and_described_and_written_only_when_they_change(three: Path) -> None:
    rolled_up(three)
    again, _ = rolled_up(three)
    assert again.changed == []
    folder = three.parent / "fleet" / "published"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in package["resources"]] == [
        "comparisons",
        "indicators",
        "members",
        "periods",
        "totals",
        "verdicts",
    ]
    assert published_at(str(three.parent / "fleet")).rows(FLEET_INDICATORS)[0]["additive"] is True


def test_a_member_that_is_too_old_is_named_and_left_out(three: Path) -> None:
    found, lines = rolled_up(three, days_later=8)
    assert {row["state"] for row in found.tables.rows(FLEET_MEMBERS)} == {"old"}
    assert "North Library: LEFT OUT: its newest evaluation was on 2026-07-05" in lines[0]
    assert found.tables.rows(FLEET_TOTALS) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("missing", lambda folder: (folder / "datapackage.json").unlink()),
        ("unreadable", lambda folder: (folder / "periods.parquet").write_bytes(b"half a file")),
        ("missing", lambda folder: (folder / "periods.parquet").unlink()),
        ("unreadable", lambda folder: (folder / "datapackage.json").write_text("{", encoding="utf-8")),
        (
            "other_version",
            lambda folder: (folder / "datapackage.json").write_text(
                (folder / "datapackage.json").read_text(encoding="utf-8").replace('"1.', '"9.'), encoding="utf-8"
            ),
        ),
    ],
)
def test_files_that_cannot_be_used_make_no_smaller_total(tmp_path: Path, state: str, change: Any) -> None:
    path = write_fleet(tmp_path, {"north": [100], "south": [10]}, more="indicators: {visits: {}}\n")
    run_all(path)
    change(tmp_path / "south" / "kmi-warehouse" / "published")
    found, lines = rolled_up(path)
    states = {row["member_id"]: row["state"] for row in found.tables.rows(FLEET_MEMBERS)}
    assert states == {"north": "current", "south": state}
    assert lines[0].startswith("South Library: LEFT OUT: ")
    assert totals(found)[1] == (None, 100, ["south no_files"])


@pytest.mark.slow
def test_the_same_file_counted_by_two_members_is_not_summed(tmp_path: Path) -> None:
    path = write_fleet(tmp_path, {"north": [100], "south": [10], "west": [1]})
    plan = tmp_path / "south" / "plan.yaml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("path: visits.csv", "path: ../north/visits.csv"), encoding="utf-8"
    )
    run_all(path)
    found, _ = rolled_up(path)
    (row,) = found.tables.rows(FLEET_INDICATORS)
    assert (row["additive"], row["not_additive"]) == (False, "same_source")
    assert totals(found)[1] == (None, None, [])


def test_a_shared_service_with_the_same_settings_is_not_summed_but_with_own_keys_it_is(tmp_path: Path) -> None:
    from flows.fleet.same_sources import MemberPlan, read_plan, same_sources
    from transforms.fleet.roll_up import FleetInputs

    shared = "sources: {web: {type: matomo, url: 'https://stats.example.org', site: 1, token: '${env:TOKEN}'}}\n"
    plan = """\
organisation: {{name: "{title}", time_zone: Europe/London}}
indicators:
  {indicator}: {{title: Visits, unit: {unit}, kind: flow, of: [{{source: web, metric: nb_visits}}]}}
"""
    for name in ("north", "south"):
        write_member(tmp_path / name, [1], plan=plan)
    rest = {
        name: f"sources: {{web: {{}}}}, secrets: {{TOKEN: '${{env:{name.upper()}}}'}}" for name in ("north", "south")
    }
    for members, counted_twice in ((rest, False), (dict.fromkeys(rest, "sources: {web: {}}"), True)):
        (tmp_path / "fleet.yaml").write_text(fleet_text(members, shared), encoding="utf-8")
        fleet = load_fleet(tmp_path / "fleet.yaml")
        plans: dict[str, MemberPlan] = {name: read_plan(fleet, name) for name in rest}
        assert all(one.loaded for one in plans.values()), fleet.load_member("north")
        figures = [_measuring(fleet.fleet, name) for name in rest]
        inputs = FleetInputs(fleet.fleet, figures, {name: name for name in rest}, 2026)
        assert bool(same_sources(inputs, plans)) is counted_twice


def _measuring(fleet: Any, name: str) -> Any:
    import pandas as pd

    from transforms.fleet.figures import MemberFigures

    row = {"indicator_id": "visits", "title": "V", "unit": "visits", "kind": "flow", "better": "up", "period": "month"}
    return MemberFigures(name, name, False, fleet.members[name], indicators=pd.DataFrame([row]))


@pytest.mark.slow
def test_pseudonyms_need_a_key_stay_the_same_and_hide_the_name(tmp_path: Path) -> None:
    rest = {"north": "sharing: anonymous, population: 1000, tags: [hill]", "south": "sharing: none"}
    more = "comparison: {pseudonym_key: '${env:KMI_KEY}'}\n"
    path = write_fleet(tmp_path, {"north": [100], "south": [10], "west": [1]}, rest, more)
    run_all(path)
    with pytest.raises(ConfigError, match="the environment variable is not set"):
        rolled_up(path, environment={})
    ids = member_ids(load_fleet(path), resolver(KEY))
    assert list(ids) == ["north", "west"], "in the order of what is published, not of the file"
    assert ids["north"].startswith("member_")
    assert ids == member_ids(load_fleet(path), resolver(KEY))
    assert ids != member_ids(load_fleet(path), resolver({"KMI_KEY": "another"}))
    found, lines = rolled_up(path)
    row = {one["member_id"]: one for one in found.tables.rows(FLEET_MEMBERS)}[ids["north"]]
    assert (row["title"], row["population"], list(row["tags"])) == (f"Library {ids['north'][7:].upper()}", None, [])
    assert {one["opted_out"] for one in found.tables.rows(FLEET_TOTALS)} == {1}
    assert totals(found)[1] == (101, None, [])
    files = b"".join(one.read_bytes() for one in (tmp_path / "fleet" / "published").iterdir())
    assert not any(word in files for word in (b"north", b"North", b"south", b"South"))
    assert lines == []


@pytest.mark.slow
def test_members_and_roll_up_on_an_object_store_are_as_in_folders(tmp_path: Path) -> None:
    values = {"north": [100, 120], "south": [10, 12]}
    with object_store() as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        rest = {name: f"warehouse: '{address}/{name}'" for name in values}
        path = write_fleet(tmp_path, values, rest, f"published: '{address}/fleet'\n")
        run_all(path)
        found, lines = rolled_up(path)
        stored = {row["start"].month: row["total"] for row in published_at(f"{address}/fleet").rows(FLEET_TOTALS)}
    assert lines == []
    assert {month: total for month, (total, _, _) in totals(found).items()} == stored
    assert (stored[1], stored[2]) == (110, 132)
