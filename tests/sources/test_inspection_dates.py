"""The dates of a table: their formats by proof, years that begin in another month, spans and times of day."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sources.inspection.date_choice import choose_forms
from sources.inspection.dialogue import Dialogue
from tests.sources.inspected import asked, look, month_rows, only_metric


def chosen(*texts: str) -> tuple[list[str], list[str]]:
    """The formats of the texts, and the questions."""
    dialogue = Dialogue()
    choice = choose_forms(texts, "the dates", dialogue)
    return [form.pattern for form in choice.forms], [question.name for question in dialogue.questions]


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["01/02/2024", "13/02/2024"], ["%d/%m/%Y"]),
        (["01/02/2024", "02/13/2024"], ["%m/%d/%Y"]),
        (["01.02.24", "13.02.24"], ["%d.%m.%y"]),
        (["2019-20", "2020-21", "2021-22"], ["%Y-%y"]),
        (["2009-10", "2010-11", "2011-12"], ["%Y-%y"]),
        (["2009-10", "2009-11", "2009-12"], ["%Y-%m"]),
        (["Jan-21", "Feb-21", "Mar-21"], ["%b-%y"]),
        (["AUGUST", "SEPTEMBER"], ["%B"]),
        (["März 2026", "Mai 2026"], ["%B %Y"]),
        (["Q1 2019/20", "Q2 2019/20"], ["Q%q %Y/%y"]),
        (["2022-12", "2023-1"], ["%Y-%m"]),
        (["20240131", "20240201"], ["%Y%m%d"]),
        (["2026-06-01T17:35:00Z"], ["%Y-%m-%dT%H:%M:%S%z"]),
        (["KW 3/2026", "KW 4/2026"], ["KW %V/%G"]),
    ],
)
def test_a_format_is_taken_where_the_values_prove_it(texts: list[str], formats: list[str]) -> None:
    assert chosen(*texts) == (formats, [])


@pytest.mark.parametrize(
    "texts", [["01/02/2024", "03/04/2024"], ["7/4/2024 3:00 PM"], ["2010-11", "2011-12"], ["01-02-03"]]
)
def test_what_nothing_proves_is_asked(texts: list[str]) -> None:
    assert chosen(*texts)[1] == ["date_order"]


def test_two_orders_in_one_column_are_asked_about() -> None:
    assert "two_orders" in chosen("01/02/2024", "13/02/2024", "14/02/2024", "02/15/2024")[1]


def test_the_answer_decides_the_order_of_day_and_month() -> None:
    text = "Date,Visits\n01/02/2024,5\n02/02/2024,6\n03/02/2024,7\n"
    assert asked(look(text))[0] == "date_order"
    assert only_metric(look(text, date_order="day-first")).first == date(2024, 2, 1)
    monthly = look(text, date_order="month-first", period="day")
    assert only_metric(monthly).first == date(2024, 1, 2)


def test_a_fiscal_year_asks_for_its_first_month() -> None:
    text = "Year,Visits\n2019/20,120\n2020/21,30\n"
    assert asked(look(text)) == ["year_starts"]
    assert only_metric(look(text, year_starts="4")).first == date(2019, 4, 1)
    named = "Year,Visits\nFY2020,120\nFY2021,30\n"
    assert asked(look(named)) == ["year_starts", "year_named"]
    assert only_metric(look(named, year_starts="10", year_named="last")).first == date(2019, 10, 1)


def test_months_from_april_ask_for_the_year_in_which_they_begin() -> None:
    names = "April,May,June,July,August,September,October,November,December,January,February,March"
    text = f"Branch,{names}\nHill,{','.join(['5', '4', '6'] * 4)}\nCentral,{','.join(['50', '60', '55'] * 4)}\n"
    assert asked(look(text)) == ["year"]
    metric = only_metric(look(text, year="2025"))
    assert (metric.first, metric.last) == (date(2025, 4, 1), date(2026, 4, 1))


def test_the_only_year_of_the_title_is_that_of_the_months() -> None:
    found = look("Branch,January,February\nHill,5,6\nCentral,50,60\n", "visits-2014.csv")
    assert only_metric(found).first == date(2014, 1, 1)


def test_a_year_beside_a_month_is_one_date() -> None:
    found = look("Year,Month,Visits\n2025,November,5\n2025,December,6\n2026,January,7\n")
    assert only_metric(found).last == date(2026, 2, 1)
    assert found.settings["join"] == {"Period": ["Year", "Month"]}


def test_days_that_are_whole_weeks_apart_ask_what_they_cover() -> None:
    text = "Date,Visits\n2026-01-05,50\n2026-01-12,40\n2026-01-19,60\n"
    assert asked(look(text)) == ["period"]
    assert only_metric(look(text, period="week_from")).last == date(2026, 1, 26)
    assert only_metric(look(text, period="week_to")).last == date(2026, 1, 20)


def test_a_column_of_week_endings_holds_the_last_days_of_weeks() -> None:
    found = look("Week ending,Visits\n2026-01-04,50\n2026-01-11,40\n2026-01-18,60\n")
    assert (only_metric(found).first, found.settings["label"]) == (date(2025, 12, 29), "end")
    level = look("Week ending,Rating\n2026-01-04,4\n2026-01-11,3\n2026-01-18,4\n", kind="level")
    assert "first day of each week" in level.problem.replace("the first day", "first day")


def test_first_days_of_months_that_are_called_ends_are_asked_about() -> None:
    assert asked(look("Period ending,Visits\n2026-01-01,50\n2026-02-01,40\n2026-03-01,60\n")) == ["period"]


def test_first_days_of_months_are_months() -> None:
    found = look("Date,Visits\n2026-01-01,50\n2026-02-01,40\n2026-03-01,60\n2026-04-01,45\n")
    assert (only_metric(found).spans, found.settings["period"]) == (4, "month")


def test_counts_at_midnight_ask_whether_labels_are_ends() -> None:
    rows = "".join(f"2026-01-0{day} {hour:02d}:00,{hour % 7 + 1}\n" for day in (1, 2) for hour in range(24))
    text = f"Time,Visits\n{rows}"
    assert asked(look(text)) == ["label"]
    assert only_metric(look(text, label="start")).read_total == 180


def test_days_in_utc_stay_their_days_in_another_zone() -> None:
    text = "Date,Views\n2026-01-01T00:00:00Z,50\n2026-01-02T00:00:00Z,40\n2026-01-03T00:00:00Z,60\n"
    found = look(text, zone=ZoneInfo("America/Chicago"))
    assert only_metric(found).first == date(2026, 1, 1)
    assert found.settings["time_zone"] == "UTC"


def test_a_name_that_is_a_date_of_another_form_is_a_problem_and_not_left_out() -> None:
    found = look("Branch,2026-01,2026-02,30 Februar 2026\nHill,5,6,7\nCentral,50,60,70\n")
    assert found.state != "ready"


def test_the_hour_that_comes_twice_is_no_event() -> None:
    hours = [0, 1, 1, *range(2, 24)]
    text = "Date,Hour,Visits\n" + "".join(f"2025-10-26,{hour},10\n" for hour in hours)
    text += "".join(f"2025-10-27,{hour},10\n" for hour in range(24))
    assert only_metric(look(text)).read_total == 490


def test_months_in_a_list_of_dates_need_no_question() -> None:
    assert only_metric(look(f"Month,Visits\n{month_rows('50 40 60')}")).spans == 3
