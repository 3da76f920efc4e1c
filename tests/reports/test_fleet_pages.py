"""The pages of a fleet: what is missing is named, names are withheld, and nobody inside the limits is blamed."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd
import pytest
from lxml import html

from plan.fleet import Fleet
from reports.languages import language
from reports.site.file_names import MARKER
from reports.site.fleet_pages import FleetDetails, build_fleet_site
from reports.words import LANGUAGES
from transforms.fleet.figures import MemberFigures
from transforms.fleet.roll_up import FleetInputs, roll_up
from warehouse.frames import to_arrow
from warehouse.published_tables import just_published
from warehouse.schema.fleet import FLEET_TABLES

NAMES = tuple("abcdefghij")
NOW = datetime(2026, 7, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


def pages(
    values: Mapping[str, float],
    anonymous: tuple[str, ...] = (),
    code: str = "en",
    names: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The pages of ten members of 1,000 people each; one without a value has no period."""
    named = {name: (names or {}).get(name, f"Library of {name.upper()}") for name in NAMES}
    members = {name: {"name": named[name], "plan": "p", "population": 1000} for name in NAMES}
    fleet = Fleet.model_validate({"name": "Three Rivers", "time_zone": "Europe/London", "members": members})
    figures = [
        _figures(fleet, name, values.get(name), name in anonymous, (units or {}).get(name, "visits")) for name in NAMES
    ]
    ids = {one.member_id: name for one, name in zip(figures, NAMES, strict=True)}
    frames = roll_up(FleetInputs(fleet, figures, ids, 2026, opted_out=2))
    tables = just_published({table.name: to_arrow(frames[table.name], table) for table in FLEET_TABLES})
    details = FleetDetails(fleet.name, {one: named[name] for one, name in ids.items()}, ids, 2, NOW)
    return {name: body.decode() for name, body in build_fleet_site(details, tables, language(code))}


def _figures(fleet: Fleet, name: str, value: float | None, anonymous: bool, unit: str = "visits") -> MemberFigures:
    start = pd.Timestamp(2026, 1, 1)
    row = {"indicator_id": "visits", "title": HOSTILE, "unit": unit, "kind": "flow", "better": "up"}
    period = {"indicator_id": "visits", "start": start, "end": start + pd.offsets.MonthBegin(1), "completeness": 1.0}
    member_id = f"member_{name}{name}" if anonymous else name
    title = f"Library {name}{name}".title() if anonymous else fleet.members[name].name
    return MemberFigures(
        member_id,
        title,
        anonymous,
        fleet.members[name],
        indicators=pd.DataFrame([{**row, "period": "month"}]),
        periods=pd.DataFrame([] if value is None else [{**period, "value": value, "provisional": False}]),
    )


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page.encode()).text_content().split())


ALIKE = {name: 1000.0 + 5 * at for at, name in enumerate(NAMES)}


def test_there_is_a_page_for_all_and_one_for_each() -> None:
    found = pages(ALIKE)
    assert set(found) == {"consortium/index.html", *(f"members/{name}/index.html" for name in NAMES), MARKER}


def test_a_total_that_lacks_a_member_is_told_with_its_name() -> None:
    text = text_of(pages({name: value for name, value in ALIKE.items() if name != "c"})["consortium/index.html"])
    assert "9 of 10" in text
    assert "Library of C (it has no figure for this time)" in text
    assert "Libraries that do not share their figures: 2." in text
    row = html.fromstring(pages(ALIKE)["consortium/index.html"].encode()).xpath("//table[1]/tbody/tr/td")
    assert [" ".join(cell.text_content().split()) for cell in row[:2]] == ["10,225", "–"]


def test_of_a_member_inside_the_limits_nothing_is_said() -> None:
    page = pages(ALIKE)["members/a/index.html"]
    (sentence,) = html.fromstring(page.encode()).xpath("//main/p/strong")
    assert re.fullmatch(r"You: 1, rank 10 \(luck: \d+ to 10\) of 10\.", sentence.text_content())
    assert "That is" not in text_of(page)
    assert "limits, perhaps by luck" not in text_of(page)


def test_a_member_far_off_is_told_so_on_its_own_page_only_as_itself() -> None:
    found = pages({**ALIKE, "j": 5000.0})
    assert "That is higher than luck explains." in text_of(found["members/j/index.html"])
    assert "That is" not in text_of(found["members/a/index.html"])
    own = html.fromstring(found["members/j/index.html"].encode())
    assert [" ".join(cell.text_content().split()) for cell in own.xpath("//tr[@class='own']/th")] == [
        "Library of J (you)"
    ]
    assert len(own.xpath("//svg[@class='funnel']/circle")) == 10
    assert len(own.xpath("//svg[@class='funnel']/circle[@class='own']")) == 1


def test_the_limits_are_drawn_to_both_sides_and_within_the_chart() -> None:
    page = html.fromstring(pages(ALIKE)["consortium/index.html"].encode())
    (chart,) = page.xpath("//svg[@class='funnel']")
    lines = [[tuple(map(float, point.split(","))) for point in one.split()] for one in chart.xpath("polyline/@points")]
    assert len(lines) == 5
    assert {(line[0][0], line[-1][0]) for line in lines} == {(0.0, 640.0)}
    assert all(0 <= y <= 260 for line in lines for _, y in line)
    centre, low_998, low_95, high_95, high_998 = (line[0][1] for line in lines)
    assert low_998 > low_95 > centre > high_95 > high_998, "the axis points downwards"


def test_a_withheld_name_is_on_its_own_page_only() -> None:
    found = pages(ALIKE, anonymous=("b",))
    for name, page in found.items():
        assert ("Library of B" in page) is (name == "members/b/index.html"), name
    assert "Library Bb" in found["consortium/index.html"]


def test_few_libraries_get_ranks_and_no_limits() -> None:
    text = text_of(pages({name: ALIKE[name] for name in "abc"})["consortium/index.html"])
    assert "No limits, because fewer than 8 libraries are compared" in text
    assert "The limits show" not in text
    assert "Beside it is the range" not in text
    assert "Beyond luck" not in text
    assert "(luck:" not in text


def test_the_member_that_defines_an_indicator_otherwise_is_named_where_the_total_is_missing() -> None:
    found = pages(ALIKE, units={"c": "visitors"})
    text = text_of(found["consortium/index.html"])
    assert "No total: Library of C and the others differ in unit, kind or length of period." in text
    assert "The limits show" in text, "nine are compared"
    own = text_of(found["members/c/index.html"])
    assert "Library of C is not compared here: it defines this otherwise." in own


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pages_are_whole_in_every_language_and_escape_what_they_show(code: str) -> None:
    found = pages(ALIKE, code=code, names={"a": HOSTILE})
    for name, page in found.items():
        if name != MARKER:
            assert HOSTILE not in page
            assert f'<html lang="{code}">' in page
            assert html.fromstring(page.encode()).xpath("//main//h1")
