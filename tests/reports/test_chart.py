"""The charts: gaps stay gaps, black and white is enough, and text from the data stays text."""

import re
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.chart_periods import as_whole, unbroken_slices
from reports.languages import language
from reports.site.chart import draw, ticks_between
from reports.site.chart_data import ChartData, ChartLimits, ChartOutlook, chart_data, chart_events, letter_of
from reports.site.legend import legend
from reports.site.published_rows import PlanDetails, load
from reports.site.sparkline import sparkline
from tests.reports.site_rows import HOSTILE, indicator, months, periods, tables
from warehouse.published_tables import PublishedTables
from warehouse.schema.published_tables import PATHS

ENGLISH = language("en")


def picture(values: list[float | None], **more: object) -> ChartData:
    days = [start for start, _ in months(len(values))]
    blank: list[float | None] = [None] * len(values)
    plain = ChartData("Visits", "In visits", days, values, blank, blank, blank, [False] * len(values))
    return replace(plain, **more)  # type: ignore[arg-type]


def test_an_unknown_month_is_a_gap_in_the_line() -> None:
    whole, broken = (
        draw(picture(values), ENGLISH) for values in ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, None, 4.0, 5.0])
    )
    lines = [
        re.findall(r'<path d="(M [^"]*)" clip-path="[^"]*" style="fill: none; stroke: var\(--series\)', svg)[0]
        for svg in (whole, broken)
    ]
    assert [line.count("M") for line in lines] == [1, 2]


def test_no_line_leads_across_a_break() -> None:
    whole = picture([1.0, 2.0, 3.0, 4.0, 5.0])
    broken = replace(whole, cuts=[whole.days[2]])
    drawn = [re.findall(r'style="fill: none; stroke: var\(--series\)', draw(one, ENGLISH)) for one in (whole, broken)]
    assert [len(lines) for lines in drawn] == [1, 2]
    assert unbroken_slices(broken.days, broken.cuts) == [slice(0, 2), slice(2, 5)]
    assert sparkline([1.0, 2.0, 3.0, 4.0], [None] * 4, cuts=[2]).count("<polyline") == 2


def test_a_value_to_which_no_line_leads_has_a_dot() -> None:
    many: list[float | None] = [float(n) for n in range(70)]
    alone = [*many[:40], None, 40.0, None, *many[43:]]
    days = picture(many).days
    drawn = [draw(one, ENGLISH) for one in (picture(many), picture(alone), picture(many, cuts=[days[30], days[31]]))]
    assert [re.sub(r"<defs>.*?</defs>", "", svg).count("fill: var(--series)") for svg in drawn] == [0, 1, 1]


def test_no_line_leads_to_a_part_of_a_period_at_either_end() -> None:
    values: list[float | None] = [1.0, 5.0, 6.0, 5.0, 1.0]
    lines = [
        re.findall(
            r'<path d="(M [^"]*)" clip-path="[^"]*" style="fill: none; stroke: var\(--series\)',
            draw(picture(values, partial_ends=partial_ends), ENGLISH),
        )[0]
        for partial_ends in ((), {0, 4})
    ]
    assert [line.count("L") for line in lines] == [4, 2]


def ahead_of(row: dict[str, Any], **more: Any) -> ChartOutlook:
    rows = tables(**more)
    published = load(PlanDetails("Hill Library"), PublishedTables(rows.__getitem__))
    found = chart_data(
        published, ENGLISH, row, chart_events(published, row, published.periods["visits"]), published.periods["visits"]
    ).ahead
    assert found is not None
    return found


@pytest.mark.parametrize("path", PATHS)
def test_the_path_ahead_is_the_published_one_for_every_path(path: str) -> None:
    expected_path = ahead_of(indicator(path=path)).expected_path
    assert [value for _, value in expected_path] == [115, *range(121, 131)], (
        "from the newest month that has been, one a month"
    )
    assert (expected_path[0][0], expected_path[-1][0]) == (date(2026, 2, 15), date(2026, 12, 16))


def test_the_path_ahead_needs_no_forecast_and_none_is_guessed() -> None:
    assert [value for _, value in ahead_of(indicator(), forecasts=[]).expected_path] == [115, *range(121, 131)]
    assert not ahead_of(indicator(), paths=[]).expected_path


def test_a_band_has_a_fan_and_no_path() -> None:
    band = indicator(better="band", target_value=None, needed=None, target_low=80.0, target_high=100.0, path=None)
    ahead = ahead_of(band, periods=[row | {"expected": None} for row in periods()], paths=[])
    assert (len(ahead.fan), list(ahead.expected_path), ahead.band) == (10, [], (80.0, 100.0))


def test_a_closure_to_come_is_marked_and_one_after_the_due_day_is_not() -> None:
    closures = (
        (date(2026, 8, 1), date(2026, 9, 30), "Repairs"),
        (date(2027, 1, 1), date(2027, 3, 1), "Later"),
        (date(2026, 12, 1), None, "For good"),
    )
    published = load(PlanDetails("Hill Library", closures=closures), PublishedTables(tables().__getitem__))
    seen = chart_events(published, indicator(), published.periods["visits"])
    assert [(first, last) for first, last, _ in seen.closures] == [
        (date(2026, 8, 1), date(2026, 9, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
    ]


def test_two_charts_of_a_page_share_no_id() -> None:
    ahead = ChartOutlook(date(2026, 12, 31), 9.0, None, (3.0, 5.0, 8.0))
    one, other = (
        draw(picture([1.0, 2.0, 4.0], ahead=ahead, closures=[(date(2026, 1, 1), date(2026, 2, 1))], name=name), ENGLISH)
        for name in ("chart", "year")
    )
    defined, referred = (re.compile(pattern) for pattern in (r' id="([^"]+)"', r'(?:url\(|href=")#([^")]+)'))
    assert not set(defined.findall(one)) & set(defined.findall(other))
    for svg in (one, other):
        assert set(referred.findall(svg)) <= set(defined.findall(svg))
        assert referred.findall(svg)


def test_the_chart_is_a_whole_element_in_the_colours_of_the_page() -> None:
    ahead = ChartOutlook(date(2026, 12, 31), 9.0, None, (3.0, 5.0, 8.0))
    marks = {
        "breaks": [(date(2026, 1, 1), "A")],
        "activities": [(date(2026, 1, 9), "1")],
        "closures": [(date(2025, 11, 1), date(2025, 12, 3))],
    }
    svg = draw(picture([1.0, 2.0, None, 4.0, 5.0], ahead=ahead, **marks), ENGLISH)
    root = ElementTree.fromstring(svg.replace("xlink:", ""))
    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert not re.search(r"#0[1-9]0[1-9]0[1-9]|metadata|font-family|<\?xml|https?:", svg)
    assert {"var(--series)", "var(--ahead)", "var(--path)", "currentColor"} <= set(
        re.findall(r"var\(--\w+\)|currentColor", svg)
    )
    assert {"A", "1"} <= {text.text for text in root.iter("text")}
    assert "stroke-dasharray" in svg, "lines differ by more than their colour"


def test_signals_and_limits_are_drawn_and_told_apart_without_colour() -> None:
    """All in the colour of the text: a plus for better, a cross for worse, a square where a band is wanted."""
    values: list[float | None] = [5.0, 6.0, None, 9.0, 1.0]

    def drawn(*changes: str | None) -> str:
        limits = ChartLimits([5.0] * 5, [2.0] * 5, [8.0] * 5, changes)
        return draw(picture(values, limits=limits), ENGLISH)

    plain = draw(picture(values), ENGLISH)
    shapes = [
        set(re.findall(r'<path id="chart-m[^"]*" d="([^"]*)"', drawn("none", "none", None, change, "none")))
        - set(re.findall(r'<path id="chart-m[^"]*" d="([^"]*)"', plain))
        for change in ("none", "improvement", "concern", "higher", "lower")
    ]
    assert [len(found) for found in shapes] == [0, 1, 1, 1, 1]
    _, better, worse, higher, lower = shapes
    assert better != worse != higher == lower
    assert drawn(*["none"] * 5).count("stroke-dasharray: 0.7,1.4") == 2
    assert legend(picture(values, limits=ChartLimits([5.0] * 5, [2.0] * 5, [8.0] * 5, ["concern"] * 5)))[-2:] == [
        ("limits", "legend.limits"),
        ("concern", "legend.concern"),
    ]


def test_limits_of_two_charts_are_not_joined() -> None:
    limits = ChartLimits([1.0, 1.0, None, 5.0, 5.0], [0.0, 0.0, None, 4.0, 4.0], [2.0, 2.0, None, 6.0, 6.0], [None] * 5)
    whole = picture([1.0, 1.0, 3.0, 5.0, 5.0], limits=limits)
    apart = replace(whole, cuts=[whole.days[2]])
    solid = r'<path d="[^"]*" clip-path="[^"]*" style="fill: none; stroke: currentColor; stroke-width: 0.7; stroke-line'
    assert [len(re.findall(solid, draw(one, ENGLISH))) for one in (whole, apart)] == [1, 2]


def test_texts_of_the_data_are_escaped_and_no_formula() -> None:
    svg = draw(picture([1.0, 2.0], title=HOSTILE, description=HOSTILE), ENGLISH)
    assert "<script" not in svg
    assert [child.text for child in ElementTree.fromstring(svg.replace("xlink:", ""))][:2] == [HOSTILE, HOSTILE]


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0], [None, 3.0], [-5.0, -7.0], [1e12, 2e12], [1e-9, 3e-9]])
def test_any_scale_has_a_chart(values: list[float | None]) -> None:
    assert "nan" not in draw(picture(values), ENGLISH)


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 40_000))
def test_ticks_are_in_order_within_the_span_and_few(first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    ticks = ticks_between(first, last)
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 12
    assert all(first <= tick <= last and tick.day == 1 for tick in ticks)


def test_breaks_are_lettered_without_an_end() -> None:
    assert [letter_of(at) for at in (0, 25, 26, 27, 52, 702)] == ["A", "Z", "AA", "AB", "BA", "AAA"]


def test_the_small_chart_has_gaps_and_is_absent_where_too_little_is_known() -> None:
    assert sparkline([1.0, 2.0, None, 3.0, 4.0], [None] * 5).count("<polyline") == 2
    assert sparkline([None, 4.0], [1.0, 2.0]) == ""
    assert sparkline([], []) == ""


@given(st.lists(st.none() | st.floats(-1e9, 1e9), min_size=2, max_size=40))
@example([0.0, 2.2250738585072014e-308])
def test_the_small_chart_stays_within_its_frame(values: list[float | None]) -> None:
    drawn = sparkline(values, [None] * len(values))
    points = [
        tuple(map(int, pair.split(","))) for part in re.findall(r'points="([^"]*)"', drawn) for pair in part.split()
    ]
    assert all(0 <= x <= 120 and 0 <= y <= 30 for x, y in points)


def test_a_chart_shows_the_whole_of_a_partly_known_period_with_its_interval() -> None:
    known: dict[str, Any] = {"value": 100.0, "whole": 100.0, "missing": [], "value_low": None, "value_high": None}
    part = known | {"whole": 150.0, "whole_low": 140.0, "whole_high": 160.0, "missing": ["2026-01-01 Hill"]}
    unknown, old = part | {"whole": None}, {"value": 100.0, "value_low": None, "value_high": None}
    shown = [(row["value"], row["value_low"], row["value_high"]) for row in as_whole([known, part, unknown, old])]
    assert shown == [(100, None, None), (150, 140, 160), (100, None, None), (100, None, None)]
