"""The fleet file: its faults with line and remedy, its members, shared sources and secrets by reference."""

from datetime import date, time
from pathlib import Path

import pytest

from plan.fleet import Member, Night
from plan.load import PlanError
from plan.load_fleet import load_fleet
from plan.secret_resolver import resolver
from tests.fleet_libraries import fleet_text, write_fleet, write_member
from warehouse.errors import ConfigError


def faults(folder: Path, text: str) -> list[str]:
    (folder / "fleet.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as error:
        load_fleet(folder / "fleet.yaml")
    return error.value.problems


def test_a_fleet_has_defaults_and_full_addresses(tmp_path: Path) -> None:
    path = write_fleet(tmp_path, {"north": [1], "south": [2]}, {"south": "warehouse: s3://bucket/south, tags: [town]"})
    loaded = load_fleet(path)
    assert [loaded.warehouse(name) for name in loaded.fleet.members] == [
        str(tmp_path / "north" / "kmi-warehouse"),
        "s3://bucket/south",
    ]
    assert loaded.published == str(tmp_path / "fleet")
    assert (loaded.chosen((), ()), loaded.chosen((), ("town",)), loaded.chosen(("north",), ("town",))) == (
        ("north", "south"),
        ("south",),
        ("north", "south"),
    )


@pytest.mark.parametrize(
    ("rest", "more", "fault"),
    [
        ("populaton: 5", "", "fleet.yaml:4:55: members.north.populaton: unknown key 'populaton': did you mean"),
        ("sharing: hidden", "", "members.north.sharing: 'hidden' is not known here"),
        ("sharing: anonymous", "", "members.north.sharing: a member without its name needs a pseudonym: write"),
        ("sources: {ga4: {}}", "", "members.north.sources.ga4: the fleet shares no source 'ga4': known here: none"),
        ("secrets: {TOKEN: abc}", "", "members.north.secrets.TOKEN: 'abc' does not fit here: write"),
        ("", "indicators: {visits: {members: {nort: x}}}\n", "no member is called 'nort': did you mean 'north'?"),
        ("", "indicators: {share: {out_of: loans}}\n", "indicators.share.out_of: the fleet has no other indicator"),
        ("", 'night: {from: "01:00", to: "01:00"}\n', "the night begins and ends at 01:00"),
        ("", "time: x\n", "unknown key 'time'"),
        ("population: many", "", "members.north.population: 'many' is not a number above 0: write a number"),
        ("population: 0", "", "members.north.population: 0 is not a number above 0"),
    ],
)
def test_a_fault_is_named_with_its_place_and_remedy(tmp_path: Path, rest: str, more: str, fault: str) -> None:
    found = faults(tmp_path, fleet_text({"north": rest}, more))
    assert len(found) == 1, found
    assert fault in found[0]
    assert found[0].startswith("fleet.yaml:")


def test_two_members_need_two_warehouses_and_two_names(tmp_path: Path) -> None:
    text = fleet_text({"north": "warehouse: one", "south": "warehouse: ./one"}).replace(
        "South Library", "North Library"
    )
    assert faults(tmp_path, text) == [
        "fleet.yaml:5:11: members.south.name: 'south' and 'north' have the same name for people:"
        " write names that tell them apart",
        "fleet.yaml:5:55: members.south.warehouse: 'south' and 'north' have the same warehouse:"
        " give each member a warehouse of its own",
    ]


def test_an_unknown_member_or_tag_is_refused_with_the_nearest(tmp_path: Path) -> None:
    loaded = load_fleet(write_fleet(tmp_path, {"north": [1]}, {"north": "tags: [town]"}))
    with pytest.raises(ConfigError, match="no member is called 'nort': did you mean 'north'"):
        loaded.chosen(("nort",), ())
    with pytest.raises(ConfigError, match="no member has the tag 'city'"):
        loaded.chosen((), ("city",))
    with pytest.raises(ConfigError, match="there is no fleet file here"):
        load_fleet(tmp_path / "none.yaml")


SHARED = """\
sources:
  gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Hall},
    date_formats: ["%Y-%m"], period: month}
"""
PLAN = """\
organisation: {{name: "{title}", time_zone: Europe/London}}
indicators:
  {indicator}: {{title: Visits, unit: {unit}, kind: flow, of: [{{source: gates, metric: visits}}]}}
"""


def test_a_shared_source_comes_with_what_differs_for_the_member(tmp_path: Path) -> None:
    write_member(tmp_path / "north", [1], plan=PLAN)
    path = tmp_path / "fleet.yaml"
    path.write_text(fleet_text({"north": "sources: {gates: {columns: {entity: Branch}}}"}, SHARED), encoding="utf-8")
    plan = load_fleet(path).load_member("north").plan
    settings = plan.sources["gates"].model_dump()
    assert settings["path"].endswith(str(tmp_path / "north" / "visits.csv"))
    assert settings["columns"]["entity"] == "Branch"


def test_a_shared_source_does_not_replace_one_of_the_plan(tmp_path: Path) -> None:
    write_member(tmp_path / "north", [1])
    path = tmp_path / "fleet.yaml"
    path.write_text(fleet_text({"north": "sources: {gates: {}}"}, SHARED), encoding="utf-8")
    with pytest.raises(PlanError, match=r"plan.yaml:3:3: sources.gates: the fleet gives this plan a source"):
        load_fleet(path).load_member("north")


def test_each_member_has_its_own_secret_under_the_same_name(tmp_path: Path) -> None:
    path = write_fleet(
        tmp_path,
        {"north": [1], "south": [1]},
        {"north": "secrets: {TOKEN: '${env:NORTH_TOKEN}'}"},
        "secrets: {TOKEN: '${env:COMMON_TOKEN}'}\n",
    )
    environment = {"NORTH_TOKEN": "n", "COMMON_TOKEN": "c", "TOKEN": "t", "OTHER": "o"}
    fleet, resolve = load_fleet(path), resolver(environment)
    assert [fleet.resolver(name, resolve)("${env:TOKEN}") for name in ("north", "south")] == ["n", "c"]
    assert fleet.resolver("north", resolve)("${env:OTHER}") == "o"


def test_the_night_gives_each_member_an_equal_part() -> None:
    night = Night.model_validate({"from": "23:00", "to": "02:00"})
    assert [night.start_of(at, 4) for at in range(4)] == [time(23), time(23, 45), time(0, 30), time(1, 15)]
    assert night.roll_up == time(2, 30)


def test_hours_are_those_of_the_period_and_people_those_of_the_year() -> None:
    member = Member.model_validate(
        {"name": "N", "plan": "p", "opening_hours": 42, "population": {2025: 900, 2026: 1000}}
    )
    june = date(2026, 6, 1), date(2026, 7, 1)
    assert member.exposure("opening_hours", *june) == pytest.approx(180.0)
    assert member.exposure("population", *june) == 1000
    assert member.exposure("population", date(2024, 6, 1), date(2024, 7, 1)) is None
    assert member.exposure("staff", *june) is None
