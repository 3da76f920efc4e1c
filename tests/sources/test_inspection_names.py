"""What the names of columns say: notes, the span of a figure, its scale, and events that come again."""

from datetime import date
from pathlib import Path

from sources.inspection.inspect_files import inspect_path
from tests.sources.inspected import LONDON, NOW, asked, look, only_metric


def test_a_column_of_notes_is_not_taken_for_the_branch() -> None:
    text = "Year,Visits,Notes\n2022,410,\n2023,433,a revised figure\n2024,512,\n2025,520,\n"
    found = look(text)
    assert only_metric(found).file_total == 1875
    assert found.settings["columns"] == {"date": "Year", "value": "Visits"}


def test_notes_do_not_tell_rows_of_one_date_apart() -> None:
    text = "Month,Visits,Remarks\n2026-01,410,door A broken\n2026-01,33,counted by hand\n2026-02,512,\n2026-03,7,\n"
    assert asked(look(text)) == ["rows"]


def test_figures_of_a_year_beside_months_are_asked_about() -> None:
    months = [(1, 300, ""), (2, 320, ""), (3, 310, 9100), (4, 350, ""), (5, 340, ""), (6, 330, 9400)]
    rows = "".join(f"2026-{month:02d},{loans},{year}\n" for month, loans, year in months)
    found = look(f"Month,E-book loans (Monthly),Loans of books (Annual)\n{rows}")
    assert asked(found) == ["kind_loans_of_books_annual"]
    assert "each covers a year" in found.questions[0].why
    left_out = look(
        f"Month,E-book loans (Monthly),Loans of books (Annual)\n{rows}", kind_loans_of_books_annual="ignore"
    )
    assert only_metric(left_out).file_total == 1950


def test_a_single_column_of_daily_figures_beside_months_is_asked_about() -> None:
    assert asked(look("Month,Daily visits\n2026-01,310\n2026-02,290\n2026-03,355\n")) == ["kind"]
    assert only_metric(look("Month,Monthly visits\n2026-01,310\n2026-02,290\n2026-03,355\n")).file_total == 955


def test_the_unit_names_the_scale_and_not_the_span() -> None:
    found = look("Year,Visits in millions (Yearly)\n2024,1.2\n2025,1.1\n2026,1.4\n", kind="flow")
    assert list(found.units.values()) == ["million visits"]


EVENTS = "Date,Event,Location,Time\n2026-09-02,Story time,Hill,10:00\n2026-09-02,Chess club,Central,16:00\n"
AGAIN = "2026-09-09,Story time,Hill,10:00\n2026-09-16,Story time,Hill,10:00\n2026-09-16,Chess club,Central,16:00\n"


def test_events_that_come_again_are_items_of_their_dates() -> None:
    found = look(f"{EVENTS}{AGAIN}", "events.csv")
    assert only_metric(found).file_total == 5
    assert found.settings["columns"] == {"date": "Date", "title": "Event"}


def test_two_events_of_one_name_and_date_are_asked_about() -> None:
    text = f"{EVENTS}{AGAIN}2026-09-16,Story time,Central,10:00\n"
    assert asked(look(text, "events.csv")) == ["same_items"]
    assert only_metric(look(text, "events.csv", same_items="once")).file_total == 5
    assert "add a column with an id" in look(text, "events.csv", same_items="each").problem


def test_a_list_whose_newest_item_is_old_is_asked_about() -> None:
    """Else every day since would count as 0."""
    old = f"{EVENTS}{AGAIN}".replace("2026-", "2025-")
    found = look(old, "events.csv")
    assert asked(found) == ["list_end"]
    assert "The newest item is of 2025-09-16" in found.questions[0].text
    assert look(old, "events.csv", list_end="ends").settings["until"] == date(2025, 9, 16)
    assert "until" not in look(old, "events.csv", list_end="nothing").settings


def test_files_of_one_year_each_are_told_apart_in_words(tmp_path: Path) -> None:
    for year in (2025, 2026):
        (tmp_path / f"visits-{year}.csv").write_text("Month;Visits\nJanuary;310\nFebruary;280\nMarch;290\n")
    found = inspect_path(tmp_path, "visits", {}, LONDON, NOW)
    assert found.problem.startswith("only the names of its files say in which year each month lies")


def test_figures_of_events_are_no_list_of_items() -> None:
    found = look("Date,Event,Number\n2026-03-02,Story time,12\n2026-03-09,Story time,9\n2026-03-16,Chess,7\n")
    assert found.settings.get("type") != "publications"
    assert found.state != "ready"


def test_rows_whose_dates_cannot_be_read_are_named_and_repeat_no_other() -> None:
    rows = "2018/19,410\n2019/20 [b],433\n2020/21,512\n2021/22 [b],520\n2022/23,530\n2023/24,501\n"
    found = look(f"Financial year,Visits\n{rows}", year_starts="4", kind="flow")
    assert asked(found) == ["refused"]
    (dates,) = [guess for guess in found.guesses if "Financial year" in guess.part]
    assert dates.evidence == "it reads 4 of 6 different texts, such as 2018/19, but not '2019/20 [b]'"


def test_a_column_that_is_still_blank_needs_no_hand_in_the_plan() -> None:
    found = look("Month,Visits,Loans,Target visits\n2026-01,310,90,\n2026-02,280,95,\n2026-03,290,80,\n")
    assert found.state == "ready", (found.problem, asked(found))
    assert found.settings["ignore"] == ["Target visits"]
