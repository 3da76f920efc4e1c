"""The pictures beside the course: the year, the season, the forecast and the effects show what was published."""

import re
from datetime import date
from typing import Any

import pytest

from reports.languages import language, spoken
from reports.site.chance_picture import chance_picture, due_forecast, filled_dots
from reports.site.course_message import course_message
from reports.site.effect_picture import effect_picture
from reports.site.picture import Picture
from reports.site.published_rows import PlanDetails, Published, load
from reports.site.season_picture import season_picture, whole_years
from reports.site.year_picture import year_picture
from reports.site.yearly import year_of
from tests.reports.site_rows import indicator, periods, tables, verdict
from transforms.findings import found, to_json
from warehouse.published_tables import PublishedTables

T = language("en")
SPOKEN = spoken(T)


def loaded(**more: Any) -> Published:
    return load(PlanDetails("Hill Library"), PublishedTables(tables(**more).__getitem__))


def known(count: int = 38, **changes: Any) -> list[dict[str, Any]]:
    """Whole months, January 2023 to February 2026: 100 in each January, 101 in each February …, 10 more each year."""
    plain = {"provisional": False, "completeness": 1.0, "flags": []}
    return [
        row | plain | {"value": 100.0 + row["start"].month - 1 + 10 * (row["start"].year - 2023)} | changes
        for row in periods(count=count)
    ]


def sure(found: Picture | None) -> Picture:
    assert found is not None
    return found


def season(rows: list[dict[str, Any]], cuts: tuple[date, ...] = (), **more: Any) -> Picture | None:
    return season_picture(T, SPOKEN, indicator(**more), rows, cuts)


def test_the_season_has_each_month_of_each_whole_year_and_names_the_extremes() -> None:
    shown = sure(season(known()))
    assert shown.message == "December is the highest and January the lowest on average, 2023 to 2025"
    assert len(shown.rows) == len(shown.readouts) == 36
    assert (shown.rows[0], shown.rows[-1]) == (("2023-01-01", 100.0), ("2025-12-01", 131.0))
    assert [shown.wide.count(f'class="{kind}"') for kind in ("d", "o", "mn")] == [12, 24, 12]
    assert shown.readouts[-1].text == "Dec 2025: 131 visits"


def test_a_season_needs_two_whole_years_that_compare() -> None:
    assert season(known(), (date(2024, 6, 1),)) is None, "only 2025 is whole after the break"
    holed = [row | ({"value": None} if row["start"] == date(2024, 5, 1) else {}) for row in known()]
    assert list(whole_years(holed, 12, date.min)) == [2023, 2025]
    assert season(known(), kind="stock") is None
    assert season(known(), period="week") is None
    assert whole_years(known(completeness=0.97), 12, date.min) == {}, "a part of a month is no month"


def test_a_season_that_a_year_contradicts_is_not_called_one() -> None:
    upside_down = {date(2025, 1, 1): 140.0, date(2025, 12, 1): 90.0}
    rows = [row | {"value": upside_down.get(row["start"], row["value"])} for row in known() if row["start"].year > 2023]
    rows = [row | ({"value": 160.0} if row["start"] == date(2024, 12, 1) else {}) for row in rows]
    assert sure(season(rows)).message.startswith("No season shows")


def test_a_quarter_is_named_as_a_quarter() -> None:
    rows = [
        known(1)[0] | {"start": date(year, month, 1), "value": float(month)}
        for year in (2024, 2025)
        for month in (1, 4, 7, 10)
    ]
    assert (
        sure(season(rows, period="quarter")).message == "Q4 is the highest and Q1 the lowest on average, 2024 to 2025"
    )


def test_the_year_is_compared_with_the_year_before_up_to_the_same_day() -> None:
    rows = known()
    published = loaded(periods=rows, indicator_breaks=[], verdicts=[verdict(through=date(2026, 2, 28))])
    year = year_of(published, indicator())
    assert year is not None
    assert (year.newest.total, year.before) == (130 + 131, 120 + 121)
    assert [begins for begins, _ in year.earlier] == [date(2025, 1, 1), date(2024, 1, 1), date(2023, 1, 1)]
    shown = year_picture(T, SPOKEN, indicator(), year, ())
    assert shown.message == "261 visits from 1 January 2026 to 28 February 2026: 8 % more than a year before"
    assert re.findall(r'class="l ly"[^>]*>(\d+)<', shown.wide) == ["2025", "2024", "2023"]


def test_an_incomplete_month_is_not_compared_with_a_whole_one() -> None:
    rows = [row | ({"completeness": 0.9} if row["start"] == date(2025, 2, 1) else {}) for row in known()]
    broken = {"indicator_breaks": [], "verdicts": [verdict(through=date(2026, 2, 28))]}
    year = year_of(loaded(periods=rows, **broken), indicator())
    assert year is None, "of the year before only January is known as a whole"
    late = [row | ({"completeness": 0.9} if row["start"] == date(2026, 2, 1) else {}) for row in known()]
    year = year_of(loaded(periods=late, **broken), indicator())
    assert year is not None
    assert [step.total for step in year.steps[:2]] == [130, None]


def test_years_before_a_break_are_not_beside_this_one() -> None:
    broken = [{"indicator_id": "visits", "day": date(2024, 6, 1), "reason": "New gates", "spliced": False}]
    year = year_of(
        loaded(periods=known(), indicator_breaks=broken, verdicts=[verdict(through=date(2026, 2, 28))]), indicator()
    )
    assert year is not None
    assert [begins for begins, _ in year.earlier] == [date(2025, 1, 1)]


def chance(row: dict[str, Any], judged: dict[str, Any], *, yearly: bool = False) -> Picture | None:
    return chance_picture(T, SPOKEN, row, due_forecast(row, judged, yearly=yearly))


@pytest.mark.parametrize(("probability", "filled"), [(0.0, 0), (0.12, 2), (0.5, 10), (0.766, 15), (1.0, 20)])
def test_of_twenty_dots_as_many_are_filled_as_the_probability_says(probability: float, filled: int) -> None:
    shown = sure(chance(indicator(), verdict(probability=probability)))
    assert filled_dots(probability) == filled
    assert (shown.wide.count('class="pf"'), shown.wide.count('class="pe"')) == (filled, 20 - filled)


def test_the_forecast_for_the_due_day_shows_the_published_interval_and_nothing_more() -> None:
    shown = sure(chance(indicator(), verdict()))
    assert shown.message == "The probability of meeting the target by 31 December 2026 is about 10 %"
    assert list(shown.rows) == [("2026-12-31", 90.0, 120.0, 150.0, 200.0, 200.0, 0.12)]
    assert [one.text for one in shown.readouts] == [
        "90 visits: the lower end of the 80 % interval",
        "120 visits: the middle of the forecast",
        "150 visits: the upper end of the 80 % interval",
        "target 200 visits",
    ]


def test_without_a_forecast_or_a_target_there_is_no_picture_of_it_and_without_a_probability_no_dots() -> None:
    assert chance(indicator(), verdict(forecast_low=None)) is None
    assert chance(indicator(needed=None, target_value=None), verdict()) is None
    unsure = sure(chance(indicator(), verdict(probability=None)))
    assert unsure.message == "Forecast for 31 December 2026: 90 to 150 visits; the target is 200"
    assert 'class="pe"' not in unsure.wide


def test_the_total_of_a_year_has_no_value_of_a_month_beside_it() -> None:
    assert "now 90" in sure(chance(indicator(), verdict())).wide
    assert "now 90" not in sure(chance(indicator(), verdict(), yearly=True)).wide


def test_a_band_is_drawn_with_both_ends() -> None:
    band = indicator(better="band", target_value=None, needed=None, target_low=80.0, target_high=100.0)
    shown = sure(chance(band, verdict()))
    assert shown.wide.count('class="tg"') == 2
    assert shown.message == "The probability of lying within 80 to 100 on 31 December 2026 is about 10 %"


def test_an_effect_has_its_interval_and_one_that_is_unknown_says_so() -> None:
    rise = {"verdict": "associated_rise", "effect": 12.0, "low": 4.0, "high": 20.0}
    shares = {"effect_pct": 10.0, "low_pct": 3.0, "high_pct": 17.0}
    both = [{"activity_id": name, "indicator_id": "visits", "sentence": "so", **more} for name, more in (
        ("week", rise | shares), ("fair", {"verdict": "cannot_tell"}))]  # fmt: skip
    one = {"channel": "poster", "indicators": ["visits"]}
    acts = [
        one | {"activity_id": "week", "date": date(2025, 9, 5), "title": "Open week"},
        one | {"activity_id": "fair", "date": date(2026, 1, 5), "title": "Fair"},
    ]
    published = loaded(effects=both, activities=acts)
    shown = sure(effect_picture(published, T, SPOKEN, indicator()))
    assert shown.message == "A clear change followed 1 of 2 activities; of 1 it cannot be told yet"
    assert [shown.wide.count(f'class="{kind}"') for kind in ("d", "n q")] == [1, 1]
    assert [row[:3] for row in shown.rows] == [
        ("2026-01-05", "Fair", "cannot_tell"),
        ("2025-09-05", "Open week", "associated_rise"),
    ]
    alone = sure(effect_picture(loaded(effects=both[:1], activities=acts), T, SPOKEN, indicator()))
    assert alone.message == "A clear change followed 1 of 1 activities"
    assert effect_picture(loaded(effects=[]), T, SPOKEN, indicator()) is None


@pytest.mark.parametrize(
    ("finding", "message"),
    [
        (
            found("rising", per_year=1234.0, low=900.0, high=1600.0, unit="visits"),
            "Rising by about 1,200 visits a year",
        ),
        (found("falling", per_year=-37.5, low=-46.0, high=-28.0, unit="visits"), "Falling by about 38 visits a year"),
        (found("no_clear_trend", low=-5.0, high=5.0, unit="visits"), "No clear trend: 104 visits in January 2026"),
        (found("no_trend_yet"), "104 visits in January 2026"),
    ],
)
def test_the_course_says_its_trend_or_its_newest_settled_value(finding: Any, message: str) -> None:
    row = verdict(outlook_code=finding.code, outlook_parameters=to_json([finding]))
    assert course_message(SPOKEN, indicator(), row, periods()) == message


def test_of_a_partly_known_period_the_course_says_what_is_known_and_that_it_is_a_part() -> None:
    part = {"completeness": 0.95, "whole": 110.0, "whole_low": 100.0, "whole_high": 120.0, "missing": ["2026-01-03"]}
    rows = [row | (part if row["start"] == date(2026, 1, 1) else {}) for row in periods()]
    message = course_message(SPOKEN, indicator(), verdict(outlook_code=None), rows)
    assert message == "104 visits in the known part of January 2026"
    newest = course_message(SPOKEN, indicator(), verdict(outlook_code=None), periods()[-1:])
    assert newest == "105 visits in February 2026 (provisional)"
