"""A delivery that broke off, and quotation marks that swallow rows: what can be seen is refused or noted."""

from datetime import UTC, date, datetime

import pytest

from sources.contract import RawPage
from sources.files.table_format import TableFormat
from sources.files.tables import Tables, read_tables
from warehouse.errors import ShapeError
from warehouse.schema import Window

HEAD = "Date,Branch,Visits,Note\n"
CUT = "the last row of v.csv has no line end and may be cut off: look whether its last figure is whole"


def read(text: str) -> Tables:
    window, now = Window(date(2000, 1, 1), date(2026, 1, 1)), datetime(2026, 1, 1, tzinfo=UTC)
    return read_tables([RawPage("s", window, 0, "v.csv", 200, now, text.encode())], TableFormat())


def rows(text: str) -> list[tuple[object, ...]]:
    return [row.cells for row in read(text).files[0][0].rows]


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_row() -> None:
    text = HEAD + '2026-01-01,Hill,12,\n2026-01-02,Hill,14,"closed at 5\n2026-01-03,Hill,9,\n2026-01-04,Hill,8,\n'
    with pytest.raises(ShapeError, match=r"v\.csv: row 3 is not valid CSV.*stray or missing quotation mark"):
        read(text)


@pytest.mark.parametrize(
    "swallowed",
    [
        '2026-01-02,Hill,14,"closed\n2026-01-03,Hill,9,\n2026-01-04,Hill,8,at 5"\n',
        '2026-01-02,Hill,14,"\n2026-01-03,Hill,9,\n2026-01-04,Hill,8,"\n',
        '2026-01-02,"Hill,14,\n2026-01-03,Hill",9,\n',
        '2026-01-02,Hill,14,"closed\n2026-01-03,Hill,9,later"\n',
    ],
)
def test_a_pair_of_stray_quotation_marks_that_swallows_rows_is_refused(swallowed: str) -> None:
    text = HEAD + "2026-01-01,Hill,12,\n" + swallowed + "2026-01-05,Hill,7,\n2026-01-06,Hill,7,\n"
    with pytest.raises(ShapeError, match=r"row 3 has a text in quotation marks with what looks like another row"):
        read(text)


@pytest.mark.parametrize(
    "note",
    [
        "closed\nfor repair",
        "closed, sadly,\nfor repair, until May, 12",
        "a\n\nb",
        "Monday, Tuesday, cold, wet\nrain, 1, 2",
    ],
)
def test_a_remark_of_several_lines_is_a_remark(note: str) -> None:
    text = HEAD + f'2026-01-01,Hill,12,"{note}"\n2026-01-02,Hill,14,\n2026-01-03,Hill,9,\n'
    assert rows(text)[0] == ("2026-01-01", "Hill", "12", note)
    assert len(rows(text)) == 3


LIST = "Title,Authors,Abstract,Date\nPlain,Kim,one line,2026-05-02\n"


@pytest.mark.parametrize(
    "abstract", ["In this paper, we count\n\nand find", "It rose.\nBut not for Lee, Poe, or Kim\nat all"]
)
def test_an_abstract_of_several_lines_in_a_list_without_figures_is_an_abstract(abstract: str) -> None:
    assert rows(LIST + f'Night,Lee,"{abstract}",2026-03-01\n')[1] == ("Night", "Lee", abstract, "2026-03-01")


def test_rows_that_a_list_without_figures_swallows_are_refused() -> None:
    with pytest.raises(ShapeError, match="row 3 has a text in quotation marks with what looks like another row"):
        read(LIST + 'Night,Lee,"night,2026-03-01\nDay,Lee,day",2026-03-02\nNoon,Lee,noon,2026-03-03\n')


def test_a_header_of_several_lines_is_a_header() -> None:
    assert len(rows('"Date,\nof the count","Visits\n(gate 1)"\n2026-01-01,5\n2026-01-02,6\n')) == 2


def test_a_last_row_without_a_line_end_that_is_shorter_than_all_others_is_noted() -> None:
    text = "Date,Branch,Visits\n" + "".join(f"2025-06-{day},Hill,1{day}4\n" for day in range(10, 30))
    assert read(text + "2025-06-30,Hill,12").notes == [CUT]
    assert read(text + "2025-06-30,Hill,12\n").notes == []
    assert read(text + "2025-06-30,Hill,1234").notes == []


def test_a_last_row_without_a_line_end_at_the_end_of_a_block_is_noted() -> None:
    text = "Date,Branch,Visits\n" + "2025-06-01,Hill,7\n" * 30
    text = text[: 512 - len("2025-06-30,Hill,12")].rpartition("\n")[0] + "\n"
    last = f"2025-06-30,Hill{' ' * (512 - len(text) - len('2025-06-30,Hill,12'))},12"
    assert read(text + last).notes == [CUT]
    assert read(text + last + "3").notes == []


def test_a_row_that_lacks_its_last_cells_is_refused() -> None:
    with pytest.raises(ShapeError, match="the file ends in the middle of its last row"):
        read("Date,Branch,Visits\n2025-06-01,Hill,7\n2025-06-02,Hi")
