"""The charts: what is drawn is what is known, black and white is enough, and text from the data stays text."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.chart_periods import as_whole, unbroken_slices
from reports.languages import language
from reports.site.chart_data import ChartData, ChartLimits, ChartOutlook, chart_data, chart_events, letter_of
from reports.site.course_axes import ticks_between
from reports.site.course_chart import NARROW, WIDE, draw_course
from reports.site.course_picture import Stretch, picture_of
from reports.site.legend import legend
from reports.site.picture import STYLE, Picture
from reports.site.plot import spread, value_ticks
from reports.site.published_rows import PlanDetails, load
from reports.site.sparkline import sparkline
from reports.words import LANGUAGES
from tests.reports.site_rows import HOSTILE, indicator, months, periods, tables
from warehouse.published_tables import PublishedTables
from warehouse.schema.published_tables import PATHS

ENGLISH = language("en")
DUE = date(2026, 12, 31)


def draw(chart: ChartData) -> str:
    return draw_course(chart, ENGLISH, WIDE)


def data(values: list[float | None], **more: object) -> ChartData:
    days = [start for start, _ in months(len(values))]
    blank: list[float | None] = [None] * len(values)
    plain = ChartData("Visits", "In visits", days, values, blank, blank, blank, [False] * len(values))
    return replace(plain, **more)  # type: ignore[arg-type]


def picture(chart: ChartData) -> Picture:
    past = [Stretch(ENGLISH.period("month", day), day, day) for day in chart.days]
    return picture_of(chart, ENGLISH, "A message", past)


def marks(svg: str, kind: str) -> list[str]:
    """The shapes of one class; of a line its path."""
    return re.findall(rf'<(?:path|circle|rect) class="{kind}"[^>]*?(?: d="([^"]*)")?/>', svg)


def test_an_unknown_month_is_a_gap_in_the_line() -> None:
    whole, broken = (draw(data(values)) for values in ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, None, 4.0, 5.0]))
    assert [line.count("L") for line in marks(whole, "s")] == [4]
    assert [line.count("L") for line in marks(broken, "s")] == [1, 1]
    assert [len(marks(svg, "d")) for svg in (whole, broken)] == [5, 4], "a dot for each month that is known"


def test_no_line_leads_across_a_break() -> None:
    whole = data([1.0, 2.0, 3.0, 4.0, 5.0])
    broken = replace(whole, cuts=[whole.days[2]])
    assert [[line.count("L") for line in marks(draw(one), "s")] for one in (whole, broken)] == [[4], [1, 2]]
    assert unbroken_slices(broken.days, broken.cuts) == [slice(0, 2), slice(2, 5)]
    assert sparkline([1.0, 2.0, 3.0, 4.0], [None] * 4, cuts=[2]).count("<polyline") == 2


def test_a_value_to_which_no_line_leads_has_a_dot() -> None:
    many: list[float | None] = [float(n) for n in range(70)]
    alone = [*many[:40], None, 40.0, None, *many[43:]]
    days = data(many).days
    drawn = [draw(one) for one in (data(many), data(alone), data(many, cuts=[days[30], days[31]]))]
    assert [len(marks(svg, "d")) for svg in drawn] == [0, 1, 1]


def test_what_is_partial_or_may_still_change_is_hollow_and_the_line_to_it_dashed() -> None:
    values: list[float | None] = [1.0, 2.0, 3.0, 4.0, 5.0]
    svg = draw(data(values, uncertain=[False, False, False, True, True]))
    assert (len(marks(svg, "d")), len(marks(svg, "h"))) == (3, 2)
    assert [[line.count("L") for line in marks(svg, kind)] for kind in ("s", "s sp")] == [[2], [2]]


def test_no_line_leads_to_a_part_of_a_period_at_either_end() -> None:
    values: list[float | None] = [1.0, 5.0, 6.0, 5.0, 1.0]
    drawn = [draw(data(values, partial_ends=ends)) for ends in ((), {0, 4})]
    assert [[line.count("L") for line in marks(svg, "s")] for svg in drawn] == [[4], [2]]
    assert [len(marks(svg, "d")) for svg in drawn] == [5, 5]


def test_intervals_closures_breaks_and_activities_are_drawn_once_each() -> None:
    values: list[float | None] = [1.0, 5.0, 6.0, 5.0, 1.0]
    known = data(values, low=[None, 4.0, None, None, None], high=[None, 6.0, None, None, None])
    events: dict[str, Any] = {
        "breaks": [(date(2026, 1, 1), "A"), (date(2025, 11, 3), "B")],
        "activities": [(date(2026, 1, 9), "1")],
        "closures": [(date(2025, 11, 1), date(2025, 12, 3))],
    }
    svg = draw(replace(known, **events))
    assert [len(marks(svg, kind)) for kind in ("i", "br", "ac", "cz")] == [1, 2, 1, 1]
    assert re.findall(r">([AB1])</text>", svg) == ["A", "B", "1"]
    assert [key for key, _ in legend(replace(known, **events))] == ["interval", "break", "activity", "closure"]


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
    ahead = ChartOutlook(DUE, 9.0, (3.0, 4.0), (3.0, 5.0, 8.0))
    closed = [(date(2026, 1, 1), date(2026, 2, 1))]
    drawn = [
        draw_course(data([1.0, 2.0, 4.0], ahead=ahead, closures=closed, name=name), ENGLISH, size)
        for name in ("course", "year")
        for size in (WIDE, NARROW)
    ]
    defined = [re.findall(r' id="([^"]+)"', svg) for svg in drawn]
    assert len({name for names in defined for name in names}) == sum(map(len, defined)) == 4 * 4
    for svg, names in zip(drawn, defined, strict=True):
        assert set(re.findall(r"url\(#([^)]+)", svg)) < set(names)


def test_the_ends_of_the_lines_are_labelled_and_lines_differ_by_more_than_their_colour() -> None:
    fan = [(date(2026, 6, 15), (1.0, 2.0, 5.0, 8.0, 9.0)), (date(2026, 12, 15), (0.0, 1.0, 5.0, 9.0, 10.0))]
    path = [(date(2026, 2, 1), 5.0), (DUE, 8.5)]
    ahead = ChartOutlook(DUE, 9.0, None, (3.0, 5.0, 8.0), path, fan)
    wide, narrow = (draw_course(data([1.0, 2.0, 4.0], ahead=ahead), ENGLISH, size) for size in (WIDE, NARROW))
    ends = [re.findall(r'class="l l\w"[^>]*>([^<]*)<', svg) for svg in (wide, narrow)]
    assert ends == [
        ["95 %", "80 %", "target 9", "path 8.5", "forecast 5"],
        ["95 %", "80 %", "target", "path", "forecast"],
    ]
    style = STYLE.read_text(encoding="utf-8")
    dashed = {kind for kind in ("s", "p", "f8", "f9", "fm", "cl") if re.search(rf"\.{kind} {{[^}}]*dasharray", style)}
    assert dashed == {"p", "f9", "fm", "cl"}, "the values and the inner band are drawn through"


def test_the_chart_is_a_whole_element_with_a_title_and_no_colour_of_its_own() -> None:
    svg = draw(data([1.0, 2.0, None, 4.0, 5.0], ahead=ChartOutlook(DUE, 9.0, None, (3.0, 5.0, 8.0))))
    root = ElementTree.fromstring(svg)
    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert not re.search(r"#[0-9a-f]{3,6}\b|style=|font-family|https?:", svg)


def test_signals_and_limits_are_drawn_and_told_apart_without_colour() -> None:
    """All in the colour of the text: a plus for better, a cross for worse, a square where a band is wanted."""
    values: list[float | None] = [5.0, 6.0, None, 9.0, 1.0]

    def drawn(*changes: str | None) -> str:
        limits = ChartLimits([5.0] * 5, [2.0] * 5, [8.0] * 5, changes)
        return draw(data(values, limits=limits))

    shapes = [
        marks(drawn("none", "none", None, change, "none"), "s[gn]")
        for change in ("none", "improvement", "concern", "higher", "lower")
    ]
    assert [len(found) for found in shapes] == [0, 1, 1, 1, 1]
    _, better, worse, higher, lower = shapes
    assert better != worse != higher == lower
    assert [len(marks(drawn(*["none"] * 5), kind)) for kind in ("cm", "cl")] == [1, 2]
    assert legend(data(values, limits=ChartLimits([5.0] * 5, [2.0] * 5, [8.0] * 5, ["concern"] * 5)))[-2:] == [
        ("limits", "legend.limits"),
        ("concern", "legend.concern"),
    ]


def test_limits_of_two_charts_are_not_joined() -> None:
    limits = ChartLimits([1.0, 1.0, None, 5.0, 5.0], [0.0, 0.0, None, 4.0, 4.0], [2.0, 2.0, None, 6.0, 6.0], [None] * 5)
    joined = replace(limits, mean=[1.0, 1.0, 2.0, 5.0, 5.0])
    whole = data([1.0, 1.0, 3.0, 5.0, 5.0], limits=joined)
    apart = replace(whole, cuts=[whole.days[2]])
    assert [len(marks(draw(one), "cm")) for one in (whole, apart)] == [1, 2]


def test_texts_of_the_data_are_escaped() -> None:
    chart = data([1.0, 2.0], title=HOSTILE, description=HOSTILE, unit=HOSTILE)
    svg = draw(chart)
    assert "<script" not in svg
    root = ElementTree.fromstring(svg)
    assert [child.text for child in root][:2] == [HOSTILE, HOSTILE]
    assert HOSTILE in {text.text for text in root.iter("text")}
    assert "<" not in picture(chart).points


def test_each_value_can_be_read_where_it_is_drawn() -> None:
    chart = data([1.0, None, 3.0], expected=[2.0, 2.0, None], unit="visits")
    shown = picture(chart)
    assert [one.text for one in shown.readouts] == ["Dec 2025: 1 visits; 2 expected on the path", "Feb 2026: 3 visits"]
    frame = re.search(r'data-frame="([^"]*)"', shown.wide)
    assert frame is not None
    left, top, width, height = map(float, frame[1].split())
    places = re.findall(r'<circle class="d" cx="([^"]*)" cy="([^"]*)"', shown.wide)
    assert [(left + one.x * width, top + one.y * height) for one in shown.readouts] == [
        (pytest.approx(float(x), abs=0.1), pytest.approx(float(y), abs=0.1)) for x, y in places
    ]
    assert shown.first == 1, "one begins with the newest value"


def test_the_files_beside_a_picture_hold_its_values_and_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(picture(data([1.5, None])).csv().decode("utf-8-sig"))))
    assert rows[0][:3] == ["first_day", "last_day", "value"]
    assert [row[2] for row in rows[1:]] == ["1.5", ""]
    hostile = replace(picture(data([1.0])), columns=("activity",), rows=[("=1+1",), ("@here",), ("-",)])
    assert [row[0] for row in csv.reader(io.StringIO(hostile.csv().decode("utf-8-sig")))][1:] == [
        "'=1+1",
        "'@here",
        "-",
    ]
    svg = picture(data([1.0, 2.0])).svg(f"Source: {HOSTILE}").decode()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in svg, "outside the page it has colours of its own"
    texts = [text.text for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert (texts[0], texts[-1]) == ("A message", f"Source: {HOSTILE}"), "and says what it shows and where from"


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0], [None, 3.0], [-5.0, -7.0], [1e12, 2e12], [1e-9, 3e-9]])
def test_any_scale_has_a_chart(values: list[float | None]) -> None:
    svg = draw(data(values))
    assert "nan" not in svg
    assert "inf" not in svg


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
@example(0.0, 0.0)
@example(99.0, 101.0)
def test_the_axis_holds_all_values_at_few_round_steps(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = value_ticks(low, high)
    slack = (ticks[-1] - ticks[0]) * 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 8


@given(st.lists(st.floats(0, 300), min_size=1, max_size=7))
def test_labels_never_overlap(places: list[float]) -> None:
    moved = spread(sorted(places), 15, 0, 300)
    assert all(after - before > 14 for before, after in pairwise(moved))


@given(
    st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 40) | st.integers(0, 40_000), st.sampled_from([5, 12])
)
def test_ticks_are_in_order_within_the_span_and_few(first: date, length: int, most: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    ticks = ticks_between(first, last, most)
    assert ticks == sorted(set(ticks))
    assert 1 <= len(ticks) <= most
    month_begins = first.day == 1 or (first.year, first.month) != (last.year, last.month)
    assert all(first <= tick <= last and (tick.day == 1 or not month_begins) for tick in ticks)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_days_within_a_month_are_named(count: int) -> None:
    days = [date(2026, 3, 14 + at) for at in range(count)]
    for size in (WIDE, NARROW):
        svg = draw_course(data([1.0] * count, days=days), ENGLISH, size)
        names = re.findall(r'<text class="m"[^>]*>([^<]*)<', svg)
        assert names
        assert all(name.endswith(" Mar 2026") for name in names)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2, 13, 40, 300])
def test_the_names_of_months_never_overlap(code: str, count: int) -> None:
    for size in (WIDE, NARROW):
        svg = draw_course(data([1.0] * count), language(code), size)
        names = re.findall(r'<text class="m" x="([^"]*)"[^>]*>([^<]*)<', svg)
        places = [(float(x), size.text_width(name)) for x, name in names]
        assert all(b - a >= max(one, other) for (a, one), (b, other) in pairwise(places))


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
