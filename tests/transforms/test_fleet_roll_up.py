"""The star of a fleet against figures by hand: what adds up, what is missing, and who is compared with whom."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from plan.fleet import Fleet, Member
from transforms.fleet.figures import MemberFigures
from transforms.fleet.roll_up import FleetInputs, roll_up

JAN, FEB, MAR = (pd.Timestamp(2026, month, 1) for month in (1, 2, 3))


def fleet_of(members: Mapping[str, dict[str, Any]], **more: Any) -> Fleet:
    return Fleet.model_validate(
        {
            "name": "Test",
            "time_zone": "Europe/London",
            "members": {name: {"name": name.title(), "plan": "plan.yaml", **own} for name, own in members.items()},
            **more,
        }
    )


def indicator(name: str = "visits", **own: str) -> dict[str, str]:
    row = {"indicator_id": name, "title": "Visits", "unit": "visits", "kind": "flow", "better": "up", "period": "month"}
    return {**row, **own}


def period(start: pd.Timestamp, value: float | None, name: str = "visits", **own: Any) -> dict[str, Any]:
    end = start + pd.offsets.MonthBegin(1)
    row = {"indicator_id": name, "start": start, "end": end, "value": value, "completeness": 1.0, "provisional": False}
    return {**row, **own}


def figures(
    fleet: Fleet, name: str, indicators: list[dict[str, str]], periods: list[dict[str, Any]], **own: Any
) -> MemberFigures:
    member: Member = fleet.members[name]
    frames = {"indicators": pd.DataFrame(indicators), "periods": pd.DataFrame(periods)}
    return MemberFigures(name, member.name, False, member, **frames, **own)


def star(fleet: Fleet, *members: MemberFigures, **more: Any) -> dict[str, pd.DataFrame]:
    keys = {one.member_id: one.member_id for one in members}
    return roll_up(FleetInputs(fleet, members, keys, 2026, **more))


def by_start(totals: pd.DataFrame, start: pd.Timestamp) -> dict[str, Any]:
    (row,) = totals[totals["start"] == start].astype(object).where(lambda frame: frame.notna(), None).to_dict("records")
    return {str(name): value for name, value in row.items()}


TWO = fleet_of({"north": {"population": 1000}, "south": {"population": {2026: 500}, "opening_hours": 35}})


def two(north: list[dict[str, Any]], south: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    return star(TWO, figures(TWO, "north", [indicator()], north), figures(TWO, "south", [indicator()], south))


def test_a_total_is_the_sum_of_all_members() -> None:
    row = by_start(two([period(JAN, 100)], [period(JAN, 20)])["totals"], JAN)
    assert (row["total"], row["partial_total"], row["members"], row["members_known"], row["missing"]) == (
        120,
        None,
        2,
        2,
        [],
    )


def test_a_smaller_sum_is_never_the_total() -> None:
    found = two(
        [period(JAN, 100), period(FEB, 110), period(MAR, 120)],
        [period(JAN, None), period(FEB, 9, completeness=0.5)],
    )["totals"]
    rows = [by_start(found, start) for start in (JAN, FEB, MAR)]
    assert [row["total"] for row in rows] == [None, None, None]
    assert [row["partial_total"] for row in rows] == [100, 110, 120]
    assert [row["missing"] for row in rows] == [["south unknown"], ["south partly_known"], ["south no_period"]]
    assert [(row["members"], row["members_known"]) for row in rows] == [(2, 1)] * 3


def test_a_member_without_usable_files_is_named_and_not_zero() -> None:
    gone = figures(TWO, "south", [], [], state="old", state_reason="too old")
    found = star(TWO, figures(TWO, "north", [indicator()], [period(JAN, 100)]), gone, opted_out=3)
    assert found["totals"].empty, "one member alone has no indicator in common"
    named = fleet_of({"north": {}, "south": {}}, indicators={"visits": {}})
    found = star(named, figures(named, "north", [indicator()], [period(JAN, 100)]), gone, opted_out=3)
    row = by_start(found["totals"], JAN)
    assert (row["total"], row["partial_total"], row["missing"], row["opted_out"]) == (None, 100, ["south no_files"], 3)
    assert found["members"].set_index("member_id").loc["south", ["state", "state_reason"]].tolist() == [
        "old",
        "too old",
    ]


@pytest.mark.parametrize(
    ("south", "more", "reason"),
    [
        ({"unit": "people"}, {}, "definitions_differ"),
        ({"period": "week"}, {}, "definitions_differ"),
        ({}, {"not_additive": {"visits": "mean_of_entities"}}, "mean_of_entities"),
    ],
)
def test_what_does_not_agree_is_not_summed(south: dict[str, str], more: dict[str, Any], reason: str) -> None:
    found = star(
        TWO,
        figures(TWO, "north", [indicator()], [period(JAN, 100)]),
        figures(TWO, "south", [indicator(**south)], [period(JAN, 20)], **more),
    )
    (row,) = found["indicators"].to_dict("records")
    assert (row["additive"], row["not_additive"]) == (False, reason)
    assert found["totals"][["total", "partial_total"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["stock", "rate"])
def test_a_level_and_a_ratio_do_not_add_up(kind: str) -> None:
    found = star(TWO, *(figures(TWO, one, [indicator(kind=kind)], [period(JAN, 5)]) for one in ("north", "south")))
    assert found["indicators"]["not_additive"].tolist() == [kind]
    assert found["totals"]["total"].isna().all()


def test_the_same_source_twice_is_not_summed() -> None:
    members = [figures(TWO, one, [indicator()], [period(JAN, 5)]) for one in ("north", "south")]
    found = star(TWO, *members, same_source=frozenset({"visits"}))
    assert found["indicators"]["not_additive"].tolist() == ["same_source"]


def test_indicators_are_matched_by_mapping_and_null_means_not_meant_to_measure() -> None:
    named = fleet_of(
        {"north": {}, "south": {}, "west": {}},
        indicators={"footfall": {"title": "Footfall", "members": {"north": "visits", "south": "doors", "west": None}}},
    )
    found = star(
        named,
        figures(named, "north", [indicator()], [period(JAN, 100)]),
        figures(named, "south", [indicator("doors")], [period(JAN, 20, "doors")]),
        figures(named, "west", [indicator()], [period(JAN, 7)]),
    )
    row = by_start(found["totals"], JAN)
    assert (row["indicator_id"], row["total"], row["members"]) == ("footfall", 120, 2)
    assert found["periods"]["member_id"].tolist() == ["north", "south"]


def test_rates_are_per_head_and_per_hour_of_the_period() -> None:
    periods = two([period(JAN, 100)], [period(JAN, 20), period(FEB, 10, completeness=0.9)])["periods"]
    rows = periods.set_index(["member_id", "start"])
    assert rows.loc[("north", JAN), "per_population"] == pytest.approx(0.1)
    assert rows.loc[("south", JAN), "per_population"] == pytest.approx(0.04)
    assert rows.loc[("south", JAN), "per_opening_hour"] == pytest.approx(20 / (35 * 31 / 7))
    assert rows.loc[[("north", JAN)], "per_opening_hour"].isna().all()
    assert rows.loc[[("south", FEB)], "per_population"].isna().all(), "a part of a month is no rate of it"


EIGHT = tuple("abcdefgh")
TEN = (*EIGHT, "i", "j")
ALIKE = {"a": 1000, "b": 1010, "c": 990, "d": 1005, "e": 995, "f": 1002, "g": 1001, "h": 999}


def eight(values: dict[str, float], **own: Any) -> pd.DataFrame:
    """The comparisons of those that have a value, and of the first eight at least; ``own``: peer groups by member."""
    names = sorted({*EIGHT, *values})
    fleet = fleet_of({name: {"population": 1000.0, "peer_group": own.get(name, "all")} for name in names})
    members = (
        figures(fleet, name, [indicator()], [period(JAN, values[name])] if name in values else []) for name in names
    )
    return star(fleet, *members)["comparisons"].set_index("member_id")


def test_a_member_far_off_is_outside_and_the_others_are_not() -> None:
    found = eight({**{name: 1000 + 5 * at for at, name in enumerate(TEN)}, "j": 5000})
    assert found["position"].to_dict() == {**dict.fromkeys("abcdefghi", "inside"), "j": "above_998"}
    assert found["centre"].tolist() == pytest.approx([(9 * 1000 + 5 * 36 + 5000) / 10_000] * 10)
    assert found.loc["j", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]


def test_alike_members_are_all_inside_and_their_ranks_are_uncertain() -> None:
    found = eight(ALIKE)
    assert set(found["position"]) == {"inside"}
    assert found["rank"].to_dict() == {"a": 5, "b": 1, "c": 8, "d": 2, "e": 7, "f": 3, "g": 4, "h": 6}
    assert (found["rank_low"] == 1).all()
    assert (found["rank_high"] == 8).all()


def test_a_missing_member_is_named_and_the_rest_are_compared() -> None:
    found = eight({name: ALIKE[name] for name in "abcdefg"})
    assert (found.loc["h", "missing"], found.loc["a", "compared"]) == ("no_period", 7)
    assert found.loc[["h"], ["rate", "position", "rank"]].isna().all(axis=None)


def test_peers_are_compared_with_their_own_group_and_few_get_no_limits() -> None:
    found = eight(ALIKE, g="small", h="small")
    assert found["compared"].to_dict() == {**dict.fromkeys("abcdef", 6), **dict.fromkeys("gh", 2)}
    assert set(found["no_position"]) == {"too_few"}
    assert found["rank"].to_dict() == {"a": 4, "b": 1, "c": 6, "d": 2, "e": 5, "f": 3, "g": 1, "h": 2}
    assert found[["rank_low", "low_95"]].isna().all(axis=None)


def test_what_may_still_change_is_not_compared() -> None:
    found = two([period(JAN, 100), period(FEB, 100)], [period(JAN, 20), period(FEB, 9, provisional=True)])
    assert found["comparisons"]["start"].unique().tolist() == [JAN]


def test_a_share_is_compared_by_its_cases() -> None:
    members = {name: {} for name in EIGHT}
    fleet = fleet_of(members, indicators={"active": {"out_of": "borrowers"}, "borrowers": {}})
    rows = [indicator("active", kind="rate", unit="%"), indicator("borrowers", kind="stock", unit="people")]
    shares = dict(zip(EIGHT, (50.0, 52.0, 48.0, 51.0, 49.0, 50.0, 51.0, 49.0), strict=True))
    found = star(
        fleet,
        *(
            figures(fleet, one, rows, [period(JAN, share, "active"), period(JAN, 400, "borrowers")])
            for one, share in shares.items()
        ),
    )["comparisons"]
    own = found[found["indicator_id"] == "active"].set_index("member_id")
    assert own["rate"].to_dict() == shares
    assert own["centre"].tolist() == pytest.approx([50.0] * 8)
    assert set(own["position"]) == {"inside"}
    spread = 1.959964 * (0.5 * 0.5 / 400) ** 0.5 * 100
    assert own.loc["a", "high_95"] == pytest.approx(50 + spread, abs=0.2)
