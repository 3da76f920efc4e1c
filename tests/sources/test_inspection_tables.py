"""The parts of a table: header, lines around it, places, totals, wide or long, what counts."""

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from tests.sources.inspected import asked, look, month_rows, only_metric

WIDE = "Branch,2026-01,2026-02\nHill,5,6\nCentral,50,60\n"


def test_a_wide_table_is_ready_with_its_own_total() -> None:
    found = look(WIDE)
    metric = only_metric(found)
    assert (metric.file_total, metric.entities, metric.spans) == (121, 2, 2)
    assert found.settings["layout"] == "wide"
    assert found.settings["columns"] == {"entity": "Branch"}


def test_a_row_called_total_is_left_out_and_compared_with_its_parts() -> None:
    found = look(f"{WIDE}Total,55,66\n")
    assert only_metric(found).file_total == 121
    assert found.settings["skip"] == {"Branch": ["Total"]}
    assert found.reconciliation is not None
    assert "equals the sum of its parts in all 2 columns" in found.reconciliation.totals[0]


def test_a_total_that_is_not_the_sum_is_asked_about() -> None:
    found = look(f"{WIDE}Total,55,99\n")
    assert asked(found) == ["totals"]
    assert "99 stated, 66 added up" in found.questions[0].why
    assert only_metric(look(f"{WIDE}Total,55,99\n", totals="accept")).file_total == 121


def test_a_column_called_total_is_left_out() -> None:
    found = look("Month,Hill,Central,Total\n2026-01,5,50,55\n2026-02,6,60,66\n")
    assert only_metric(found).file_total == 121
    assert found.settings["ignore"] == ["Total"]
    assert found.settings["columns"] == {"date": "Month"}


def test_a_year_among_its_months_is_asked_about() -> None:
    text = "Branch,2026-01,2026-02,2026\nHill,5,6,11\nCentral,50,60,110\n"
    assert "sums" in asked(look(text))
    assert only_metric(look(text, sums="leave_out")).file_total == 121


def test_lines_above_and_below_the_table_are_not_read() -> None:
    text = "Visits to our libraries\n\nBranch,2026-01,2026-02\nHill,5,6\nCentral,50,60\n\nSource: door counters\n"
    found = look(text, "report.csv")
    assert only_metric(found).file_total == 121
    assert found.settings["header_row"] == 3
    assert found.settings["skip"] == {"Branch": ["Source: door counters"]}


def test_years_over_months_are_one_header_of_two_rows() -> None:
    found = look(",2025,,2026\nBranch,Nov,Dec,Jan\nHill,5,6,7\nCentral,50,60,80\n")
    metric = only_metric(found)
    assert (metric.file_total, metric.first) == (208, date(2025, 11, 1))
    assert found.settings["header_rows"] == 2


def test_a_table_without_names_asks_for_them() -> None:
    text = "Hill,2026-01,5\nHill,2026-02,6\nCentral,2026-01,50\nCentral,2026-02,60\n"
    assert "header" in asked(look(text))
    assert only_metric(look(text, header="Branch,Month,Visits")).file_total == 121


def test_the_column_of_places_is_asked_for_where_two_may_be_it() -> None:
    rows = ["2026-01,Upper,North,5", "2026-01,Lower,South,6", "2026-02,Lower,North,7", "2026-02,Upper,South,8"]
    text = "\n".join(["Month,Floor,Wing,Visits", *rows, ""])
    found = look(text)
    assert asked(found) == ["entity"]
    assert [choice.value for choice in found.questions[0].choices] == ["Floor", "Wing"]
    assert look(text, entity="Wing").settings["columns"] == {"entity": "Wing", "date": "Month", "value": "Visits"}


def test_a_code_beside_a_name_is_not_asked_about() -> None:
    found = look(
        "BranchCode,BranchName,Month,Visits\nH1,Hill,2026-01,5\nC1,Central,2026-01,50\nH1,Hill,2026-02,6\nC1,Central,2026-02,60\n"
    )
    only_metric(found)
    assert found.settings["columns"] == {"entity": "BranchName", "date": "Month", "value": "Visits"}


def test_rows_by_kind_are_one_kind_or_all() -> None:
    text = (
        "Branch,Type,Month,Loans\nHill,Loan,2026-01,30\nHill,Renewal,2026-01,9\nCentral,Loan,2026-01,300\n"
        "Central,Renewal,2026-01,90\nHill,Loan,2026-02,33\nHill,Renewal,2026-02,8\n"
    )
    assert asked(look(text)) == ["rows_of"]
    assert only_metric(look(text, rows_of="Loan")).file_total == 363
    assert only_metric(look(text, rows_of="all")).file_total == 470


def test_rows_that_repeat_a_date_are_asked_about() -> None:
    text = "Month,Attendances\n2026-01,12\n2026-01,12\n2026-02,12\n2026-02,9\n"
    assert asked(look(text, "training.csv")) == ["rows"]
    assert only_metric(look(text, "training.csv", rows="add")).file_total == 45


def test_several_figures_of_known_kinds_are_measures() -> None:
    found = look("Month,Visits,Loans,Enquiries\n2026-01,50,9,3\n2026-02,60,8,1\n")
    assert found.settings["type"] == "measures"
    assert found.reconciliation is not None
    assert [metric.read_total for metric in found.reconciliation.metrics] == [110, 17, 4]


def test_several_figures_without_a_hint_are_asked_about() -> None:
    text = "Month,Hill,Central\n2026-01,5,50\n2026-02,6,60\n"
    assert asked(look(text)) == ["columns_are"]
    assert only_metric(look(text, columns_are="places")).entities == 2


def test_people_in_and_out_are_asked_about_and_halved_once() -> None:
    text = "Date,Ins,Outs\n2026-01-01,10,12\n2026-01-02,20,18\n2026-01-03,30,28\n"
    assert asked(look(text)) == ["directions"]
    assert only_metric(look(text, directions="in")).read_total == 60
    assert only_metric(look(text, directions="both_halved")).read_total == 59


def test_figures_that_rise_are_counts_or_readings() -> None:
    text = "Date,Counts\n" + "".join(f"{day:02d}-Sep-21,{9800 + 13 * day}\n" for day in range(1, 20))
    assert asked(look(text)) == ["kind"]
    assert asked(look(text, kind="counter")) == ["directions"]
    found = look(text, kind="counter", directions="both_halved")
    only_metric(found)
    assert found.settings["values"] == "readings"


def test_a_counter_that_starts_again_has_its_rollover() -> None:
    readings = [999_700 + 40 * n if n < 8 else 40 * n - 300 for n in range(20)]
    text = "Date,Reading\n" + "".join(f"2026-01-{day:02d},{value}\n" for day, value in enumerate(readings, 1))
    found = look(text, "gate.csv", directions="in")
    assert found.settings["rollover"] == 1_000_000


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Followers", "100 140 120"),
        ("Unique visitors", "10 14 12"),
        ("Rating", "4 3 4"),
        ("Figure", "4 3 4"),
        ("Visits", "4.5 3 4"),
    ],
)
def test_figures_that_may_not_add_up_are_asked_about(name: str, values: str) -> None:
    found = look(f"Month,{name}\n{month_rows(values)}", "list.csv")
    assert asked(found) == ["kind"]
    ready = look(f"Month,{name}\n{month_rows(values)}", "list.csv", kind="level")
    only_metric(ready)
    assert ready.settings["type"] == "measures"


def test_percentages_are_never_added_up_without_a_question() -> None:
    found = look("Month,Visits\n2026-01,39%\n2026-02,41%\n")
    assert asked(found) == ["kind"]
    wide = look("Branch,2026-01,2026-02\nHill,39%,40%\nCentral,41%,45%\n", kind="level")
    assert "turn the table" in wide.problem


def test_texts_among_figures_are_asked_about_and_usual_signs_are_missing() -> None:
    text = f"Month,Visits\n{month_rows('5 n/a <5 broken 7')}"
    assert asked(look(text)) == ["texts"]
    found = look(text, texts="missing")
    assert only_metric(found).file_total == 12
    assert found.settings["missing"] == ["n/a", "<5", "broken"]


def test_a_table_without_a_date_says_what_is_missing() -> None:
    found = look("Geography,Views\nUS,10\nIN,9\n")
    assert (found.state, found.settings) == ("unreadable", {})
    assert "add a column with the date" in found.problem


def test_merged_cells_are_asked_about() -> None:
    text = "Branch,Month,Visits\nHill,2026-01,5\n,2026-02,6\nCentral,2026-01,50\n,2026-02,60\n"
    assert "fill_down" in asked(look(text))
    found = look(text, fill_down="yes")
    assert (only_metric(found).entities, found.settings["fill_down"]) == (2, ["Branch"])


def test_a_list_of_items_counts_each_once() -> None:
    found = look(
        "Title,Date,DOI\nA,2026-07-04,10.1234/a\nB,2026-09-06,10.1234/b\nA again,2026-07-04,10.1234/A\n", "list.csv"
    )
    metric = only_metric(found)
    assert (metric.read_total, found.settings["type"]) == (2, "publications")


def test_a_list_with_several_dates_asks_which_counts() -> None:
    text = (
        '"Key","Item Type","Publication Year","Title","DOI","Date","Date Added"\n'
        '"A1","journalArticle","2021","Trends","10.1234/a","2021-03","2022-01-05 10:00:00"\n'
        '"A2","book","2020","Sharing","","2020","2022-01-06 11:30:00"\n'
        '"A3","book","2020","Knowing","","May 2020","2022-01-07 11:30:00"\n'
    )
    assert asked(look(text, "zotero.csv")) == ["date"]
    assert only_metric(look(text, "zotero.csv", date="Publication Year", list_end="ends")).read_total == 3
    added = look(text, "zotero.csv", date="Date Added", list_end="ends")
    assert only_metric(added).first == date(2022, 1, 5)


def test_items_with_figures_ask_what_counts() -> None:
    text = "Title,Published,Views\nOne,2026-01-02,10\nTwo,2026-02-03,20\nThree,2026-02-05,25\n"
    assert "rows_are" in asked(look(text, "videos.csv"))


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_with_title_rows_and_real_dates_is_ready() -> None:
    months = [datetime(2026, month, 1) for month in (1, 2, 3)]  # noqa: DTZ001 - a cell of a workbook has no zone
    rows: list[list[object]] = [["Visits 2025/26"], [], ["Library", *months, "Total"]]
    rows += [["Hill", 5, 6, 7, 18], ["Central", 50, 60, 55, 165], ["Total", 55, 66, 62, 183]]
    rows += [["* Hill was closed for a week in January 2026"]]
    found = look(workbook(("Sheet1", rows)), "book.xlsx")
    metric = only_metric(found)
    assert (metric.file_total, metric.entities, found.settings["period"]) == (183, 2, "month")


def test_two_sheets_of_one_form_are_asked_about() -> None:
    rows: list[list[object]] = [["Month", "Visits"], ["2025-01", 5], ["2025-02", 6]]
    later: list[list[object]] = [["Month", "Visits"], ["2026-01", 7], ["2026-02", 8]]
    book = workbook(("2025", rows), ("2026", later))
    assert asked(look(book, "v.xlsx")) == ["sheet"]
    assert only_metric(look(book, "v.xlsx", sheet="all")).file_total == 26
    assert only_metric(look(book, "v.xlsx", sheet="2026")).file_total == 15


def test_an_only_sheet_with_a_table_is_taken() -> None:
    book = workbook(("About", [["These are visits"]]), ("Data", [["Month", "Visits"], ["2025-01", 5], ["2025-02", 6]]))
    found = look(book, "v.xlsx")
    assert (only_metric(found).file_total, found.settings["sheet"]) == (11, "Data")


def test_a_counter_report_asks_for_its_metric() -> None:
    text = (
        "Report_Name,Title Master Report\nReport_ID,TR\nInstitution_Name,Hill\n"
        "Reporting_Period,begin_date=2025-01-01\n\n"
        "Title,Publisher,Platform,Metric_Type,Reporting_Period_Total,Jan-2025,Feb-2025\n"
        "One,P,X,Total_Item_Requests,11,5,6\nOne,P,X,Unique_Item_Requests,7,3,4\nTwo,P,X,Total_Item_Requests,3,1,2\n"
    )
    found = look(text, "tr_requests.csv")
    assert asked(found) == ["metric_type"]
    ready = look(text, "tr_requests.csv", metric_type="Total_Item_Requests")
    assert only_metric(ready).file_total == 14


def test_rows_of_different_things_are_never_added_up() -> None:
    text = "Measure,2026-01,2026-02\nVisits,50,60\nLoans,5,6\nMembers,300,310\n"
    assert "thing" in asked(look(text))
    assert only_metric(look(text, thing="Loans")).file_total == 11


def test_a_place_that_is_the_sum_of_others_is_a_total_or_a_place() -> None:
    rows = [(600, 431, 1031), (577, 402, 979), (612, 455, 1067), (590, 423, 1013)]
    text = "Branch,2026-01,2026-02,2026-03,2026-04\n" + "".join(
        f"{name},{','.join(str(row[at]) for row in rows)}\n" for at, name in enumerate(("Central", "Hill", "City"))
    )
    assert asked(look(text)) == ["total_city"]
    assert only_metric(look(text, total_city="total")).file_total == 4090
    assert only_metric(look(text, total_city="place")).file_total == 8180


def test_columns_that_are_times_are_people_present_or_arrivals() -> None:
    text = "Date,8am,10am,2pm\n2026-02-02,4,12,31\n2026-02-03,2,22,27\n2026-02-04,8,15,40\n"
    assert asked(look(text, "headcount.csv")) == ["times"]
    found = look(text, "headcount.csv", times="present")
    assert found.state == "ready"
    assert found.reconciliation is not None
    assert [metric.read_total for metric in found.reconciliation.metrics] == pytest.approx([161 / 3, 98])
    assert "one column" in look(text, "headcount.csv", times="came").problem


def test_numbered_days_of_a_download_count_from_its_start() -> None:
    text = "# Traffic\n# Start date: 20240130\n# End date: 20240202\nNth day,Views\n0000,5\n0001,6\n0002,4\n0003,7\n"
    found = look(text, "download.csv")
    metric = only_metric(found)
    assert (metric.file_total, metric.first, metric.last) == (22, date(2024, 1, 30), date(2024, 2, 3))
    assert found.settings["first_day"] == date(2024, 1, 30)
    whole = look("# Start date: 20240130\n# End date: 20240202\nPage,Views\n/,5\n/km,6\n", "download.csv")
    assert "whole span of days" in whole.problem


def test_a_comma_among_counts_of_a_comma_file_marks_thousands() -> None:
    text = "Branch,Month,Visits\n" + "".join(f'Hill,2026-0{n},"{n},{n}00"\n' for n in range(1, 5))
    text = text.replace('"2,200"', '"1,200"')
    assert only_metric(look(text)).file_total == 1100 + 1200 + 3300 + 4400
