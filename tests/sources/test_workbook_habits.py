"""What people do to a workbook so that it looks right: hide, cross out, and scale for display."""

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from sources.contract import ParseResult, Place, RawPage
from sources.files.workbook import read_workbook
from sources.footfall.settings import FootfallSettings
from sources.footfall.source import Footfall
from warehouse.errors import ShapeError
from warehouse.schema import Window

EVER = Window(date(2000, 1, 1), date(2026, 10, 1))
WIDE: dict[str, Any] = {"layout": "wide", "columns": {"entity": "Branch"}, "date_formats": ["%Y-%m"], "period": "month"}
ROWS: list[list[Any]] = [
    ["Branch", "2026-01", "2026-02"],
    ["Hill", 10, 11],
    ["Mill", 20, 21],
    ["Vale", 40, 41],
    ["Dale", 80, 81],
]
MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def counts() -> Workbook:
    book = Workbook()
    book.active.title = "Visits"
    for row in ROWS:
        book.active.append(row)
    return book


def saved(book: Workbook) -> bytes:
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def parse(body: bytes, **settings: Any) -> ParseResult:
    source = Footfall(
        "gates",
        FootfallSettings.model_validate({"type": "footfall", "path": "v.xlsx"} | WIDE | settings),
        Place(ZoneInfo("UTC")),
    )
    return source.parse([RawPage("gates", EVER, 0, "v.xlsx", 200, datetime(2026, 10, 1, tzinfo=UTC), body)])


def values(parsed: ParseResult) -> dict[tuple[str, str], float]:
    return {(row.entity, f"{row.start:%Y-%m}"): row.value for row in parsed.observations.itertuples()}


def test_hidden_rows_count_and_are_named() -> None:
    book = counts()
    for row in (3, 4):
        book.active.row_dimensions[row].hidden = True
    parsed = parse(saved(book))
    assert values(parsed)["Mill", "2026-01"] == 20
    assert len(values(parsed)) == 8
    assert parsed.notes == (
        "v.xlsx, sheet 'Visits': hidden rows with figures are read: 3-4 "
        "(leave them out with 'skip' where they do not count)",
    )
    assert parse(saved(book), skip={"Branch": ["Mill", "Vale"]}).notes == ()


def test_a_hidden_column_counts_and_is_named() -> None:
    book = counts()
    book.active.column_dimensions["C"].hidden = True
    parsed = parse(saved(book))
    assert values(parsed)["Hill", "2026-02"] == 11
    assert parsed.notes == (
        "v.xlsx, sheet 'Visits': hidden columns with figures are read where the plan takes them: C '2026-02'",
    )


def test_hidden_rows_and_columns_without_figures_are_not_named() -> None:
    book = counts()
    book.active.row_dimensions[1].hidden = book.active.row_dimensions[9].hidden = True
    book.active.column_dimensions["A"].hidden = book.active.column_dimensions["F"].hidden = True
    assert parse(saved(book)).notes == ()


def test_a_hidden_sheet_that_is_read_is_named() -> None:
    book = counts()
    book.create_sheet("Cover")["A1"] = "Visits of 2026"
    book.active = 1
    book.worksheets[0].sheet_state = "hidden"
    assert "the sheet 'Visits' of v.xlsx is hidden and is read" in parse(saved(book)).notes


def test_a_figure_that_is_crossed_out_is_refused_until_someone_decides() -> None:
    book = counts()
    for place in ("A5", "B5", "C3"):
        book.active[place].font = Font(strike=True)
    book.active["B3"].font = Font(strike=False, bold=True)
    parsed = parse(saved(book))
    assert values(parsed).keys() == {
        ("Hill", "2026-01"), ("Hill", "2026-02"), ("Mill", "2026-01"), ("Vale", "2026-01"), ("Vale", "2026-02"),
        ("Dale", "2026-02"),
    }  # fmt: skip
    assert sorted(parsed.refused["reason"]) == ["21 is crossed out", "80 is crossed out"]
    assert set(parsed.refused["action"]) == {
        "clear the cell if it does not count, or remove the line through it if it does"
    }
    assert "cell B5 (column '2026-01')" in parsed.refused["origin"].str.cat()


@pytest.mark.parametrize(
    "shown",
    ["#,##0,", '0.0,"k"', '0.0"k"', '0.00,,"M"', '0"%"', "0\\%", '0 "visits"', '#,##0;[Red]-#,##0;"none"', "0E+0"],
)
def test_the_stored_number_counts_however_it_is_shown(shown: str) -> None:
    book = counts()
    book.active["B2"] = 12_345
    book.active["B2"].number_format = shown
    parsed = parse(saved(book))
    assert values(parsed)["Hill", "2026-01"] == 12_345
    assert parsed.refused.empty


def test_a_figure_written_with_its_thousands_as_a_letter_is_refused() -> None:
    book = counts()
    book.active["B2"] = "12.3k"
    parsed = parse(saved(book))
    assert parsed.refused["reason"].tolist() == ["'12.3k' is not a number"]
    assert ("Hill", "2026-01") not in values(parsed)


@pytest.mark.parametrize(
    ("mark", "what"),
    [
        ('<table:table-row table:visibility="collapse">', "hidden rows or columns"),
        ('<table:table-row table:visibility="filter">', "rows that a filter hides"),
        ("<table:table-row>", None),
    ],
)
def test_an_open_document_says_that_rows_are_hidden(mark: str, what: str | None) -> None:
    parsed = parse(open_document(mark))
    assert values(parsed) == {("Hill", "2026-01"): 10, ("Mill", "2026-01"): 20}
    assert parsed.notes == (() if what is None else (f"v.xlsx has {what}; they are read",))


def open_document(second_row: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )

    def text(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    def number(value: int) -> str:
        # the text that is shown is not the value
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value / 10}k</text:p>'
            "</table:table-cell>"
        )

    rows = (
        f"<table:table-row>{text('Branch')}{text('2026-01')}</table:table-row>"
        f"<table:table-row>{text('Hill')}{number(10)}</table:table-row>"
        f"{second_row}{text('Mill')}{number(20)}</table:table-row>"
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Visits">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return body.getvalue()


def test_a_parser_loaded_twice_has_an_error_of_its_own_that_is_typed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """defusedxml, which comes with other libraries, loads a second xml.etree whose ``ParseError`` is another class."""

    class ParseError(SyntaxError):
        pass

    def load_workbook(*_: object, **__: object) -> Workbook:
        raise ParseError("not well-formed (invalid token): line 1, column 1")

    body = io.BytesIO()
    Workbook().save(body)
    monkeypatch.setattr("openpyxl.load_workbook", load_workbook)
    with pytest.raises(ShapeError, match="this workbook cannot be read"):
        read_workbook("figures.xlsx", body.getvalue(), None)
