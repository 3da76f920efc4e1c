"""The year so far: what is added up, up to where, and that it agrees with the verdict."""

import re
from datetime import date
from typing import Any

import pytest

from reports.languages import language
from reports.site.published_rows import PlanDetails, Published, load
from reports.site.yearly import Year, year_of
from tests.reports.site_rows import Page, indicator, pages, paths, periods, tables, verdict
from warehouse.published_tables import PublishedTables

YEARLY = PlanDetails("Hill Library", yearly=frozenset({"visits"}))
GOAL: dict[str, Any] = {"over": "year", "target_value": 1500.0, "due": date(2026, 12, 31)}
TOTALS = {"forecast_due": 1300.0, "forecast_low": 1200.0, "forecast_high": 1400.0}


def loaded(row: dict[str, Any], **more: Any) -> Published:
    rows = tables(indicators=[row], indicator_breaks=more.pop("indicator_breaks", []), **more)
    return load(YEARLY, PublishedTables(rows.__getitem__))


def year(row: dict[str, Any] | None = None, judged: dict[str, Any] | None = None, **more: Any) -> Year | None:
    """Of the site's rows: judged to January 2026, with February provisional and March to December to come."""
    row = row or indicator(**GOAL)
    return year_of(loaded(row, verdicts=[verdict(**(TOTALS | (judged or {})))], **more), row)


def sure(found: Year | None) -> Year:
    assert found is not None
    return found


def totals(found: Year | None) -> list[float | None]:
    return [step.total for step in sure(found).steps]


def test_the_year_adds_up_what_was_counted_and_what_is_expected() -> None:
    found = sure(year())
    assert (found.begins, found.ends) == (date(2026, 1, 1), date(2027, 1, 1))
    assert totals(found) == [104, 104 + 105, *[None] * 10]
    assert [step.expected for step in found.steps][:3] == [114, 229, 229 + 121]
    assert found.steps[-1].expected == 229 + sum(range(121, 131))
    assert (found.target, found.forecast) == (1500, (1200, 1300, 1400))
    assert [step.provisional for step in found.steps[:2]] == [False, True]


def test_the_newest_total_is_the_settled_one_and_not_the_provisional_one() -> None:
    assert sure(year()).newest.total == 104
    assert (
        sure(
            year(
                judged={"through": date(2026, 2, 28)}, periods=[*periods()[:-1], periods()[-1] | {"provisional": False}]
            )
        ).newest.total
        == 209
    )


def test_a_month_that_runs_is_not_added_before_it_is_whole() -> None:
    runs = [*periods()[:-1], periods()[-1] | {"completeness": 0.4}]
    assert totals(year(periods=runs))[:2] == [104, None]


def test_an_incomplete_month_counts_where_the_verdict_counts_it() -> None:
    rows = [row | ({"completeness": 0.97} if row["start"] == date(2026, 1, 1) else {}) for row in periods()]
    assert totals(year(periods=rows))[:2] == [104, 209]
    assert year(judged={"value": None}, periods=rows) is None, "the verdict names a gap"


def test_of_a_partly_known_month_the_estimate_of_the_whole_is_added_and_marked() -> None:
    whole = {
        "completeness": 0.8,
        "whole": 130.0,
        "whole_low": 125.0,
        "whole_high": 135.0,
        "missing": ["2026-01-01 Hill"],
    }
    rows = [row | (whole if row["start"] == date(2026, 1, 1) else {}) for row in periods()]
    found = sure(year(periods=rows))
    assert totals(found)[:2] == [130, 235]
    assert [step.estimated for step in found.steps[:2]] == [True, False]
    shown = tables(indicators=[indicator(**GOAL)], verdicts=[verdict(**TOTALS)], indicator_breaks=[], periods=rows)
    text = Page(pages(shown, YEARLY)["indicator-visits.html"]).text
    assert "What is missing of these months is estimated." in text
    assert "a missing part is estimated" in text


def test_after_a_missing_month_there_is_no_total_and_a_closed_month_adds_nothing() -> None:
    def without(*flags: str) -> list[dict[str, Any]]:
        return [
            row | ({"value": None, "flags": list(flags)} if row["start"] == date(2025, 8, 1) else {})
            for row in periods()
        ]

    last_year = {"through": date(2025, 12, 31)}
    july = sum(80.0 + at for at in range(12, 19))
    assert totals(year(judged=last_year, periods=without("incomplete"))) == [
        *totals(year(judged=last_year))[:7],
        *[None] * 5,
    ]
    assert totals(year(judged=last_year, periods=without("closed")))[6:9] == [july, july, july + 100]


def test_a_year_before_the_last_has_neither_the_target_nor_its_forecast() -> None:
    found = sure(year(judged={"through": date(2025, 12, 31)}))
    assert (found.begins, found.ends, len(found.steps)) == (date(2025, 1, 1), date(2026, 1, 1), 12)
    assert (found.target, found.forecast) == (None, None)
    page = Page(site(judged={"through": date(2025, 12, 31)})).text
    assert "a step towards the target due on 31 December 2026" in page
    assert "Forecast for that year" not in page


def test_a_year_need_not_begin_in_january() -> None:
    found = sure(year(indicator(**(GOAL | {"due": date(2026, 6, 30)}))))
    assert (found.begins, found.ends, len(found.steps)) == (date(2025, 7, 1), date(2026, 7, 1), 12)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "rate"}, "a rate does not add up"),
        ({"due": None}, "no year is meant"),
        ({}, "nothing was judged"),
        ({"kind": "flow"}, "nothing adds up"),
    ],
)
def test_no_total_is_shown_where_there_is_none(changes: dict[str, Any], why: str) -> None:
    judged = {"through": None} if not changes else {}
    broken = (
        [{"indicator_id": "visits", "day": date(2026, 1, 15), "reason": "New gates", "spliced": False}]
        if changes == {"kind": "flow"}
        else []
    )
    row = indicator(**(GOAL | changes))
    assert year(row, judged, indicator_breaks=broken) is None, why


def test_a_break_that_was_spliced_or_lies_before_the_year_hinders_nothing() -> None:
    for day, spliced in ((date(2026, 1, 15), True), (date(2025, 6, 1), False), (date(2026, 1, 1), False)):
        broken = [{"indicator_id": "visits", "day": day, "reason": "New gates", "spliced": spliced}]
        assert totals(year(indicator_breaks=broken)) == totals(year())


def site(code: str = "en", judged: dict[str, Any] | None = None, **more: Any) -> str:
    rows = tables(
        indicators=[indicator(**GOAL)], verdicts=[verdict(**(TOTALS | (judged or {})))], indicator_breaks=[], **more
    )
    return pages(rows, YEARLY, code)["indicator-visits.html"]


def test_the_page_describes_the_year_so_far_and_draws_it() -> None:
    page = site()
    text = Page(page).text
    assert "104 visits from 1 January 2026 to 31 January 2026: 13 % more than a year before" in text
    assert (
        "Target for the year to 31 December 2026: 1,500. Forecast for that year: 1,300 (80 % interval 1,200 to 1,400)."
        in text
    )
    assert "Expected on the path by then: 114." in text
    assert page.count('<svg role="img"') == 2 * 4, "each picture wide and narrow"
    assert 'aria-labelledby="year-wide-title year-wide-text"' in page
    assert re.search(
        r'<desc id="year-wide-text">104 visits from 1 January 2026 .* The table below has every value.</desc>', page
    )
    drawn = page[page.index('<figure id="year"') :]
    drawn = drawn[: drawn.index("</figure>")]
    for mark in ("target 1,500", "forecast 1,300", "path 1,484", "2025", "may still change"):
        assert mark in drawn, mark


def test_the_table_of_the_year_holds_each_total_and_the_forecast_beside_the_target() -> None:
    text = Page(site()).text
    assert (
        "31 Dec 2026 1,300 1,200 to 1,400 1,500 forecast of the year's total, with its 80 % interval, beside the target"
        in text
    )
    assert "Mar 2026 350 Feb 2026 209 229 provisional Jan 2026 104 114" in text
    assert "forecast for the due day, with its 80 % interval" not in text, "a year's total is not among the months"


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_year_is_described_in_both_languages_without_a_gap(code: str) -> None:
    page = Page(site(code))
    assert language(code)("year.text_expected", expected="114") in page.text
    assert "None" not in page.text
    assert not page.unclosed
    places = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(places) == len(set(places))


def test_without_a_path_or_a_forecast_the_totals_are_shown_all_the_same() -> None:
    unled = [row | {"expected": None} for row in periods()]
    blank = dict.fromkeys(TOTALS)
    found = sure(year(judged=blank, periods=unled, forecasts=[], paths=[]))
    assert (totals(found), [step.expected for step in found.steps], found.forecast) == ([104, 209], [None, None], None)
    page = site(judged=blank, periods=unled, forecasts=[], paths=[])
    assert "Expected on the path by then" not in page
    assert ">path" not in page[page.index('<figure id="year"') :]


def test_a_path_that_ends_early_leaves_out_the_rest_of_the_year() -> None:
    found = sure(year(judged={"through": date(2025, 12, 31)}, paths=paths()[:2]))
    assert len(found.steps) == 12
    now = sure(year(paths=paths()[:2]))
    assert (len(now.steps), now.steps[-1].end) == (4, date(2026, 5, 1))
