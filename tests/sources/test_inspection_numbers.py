"""Decimal and thousands signs, the encoding and the delimiter of a file."""

import pytest

from sources.inspection.dialogue import Dialogue
from sources.inspection.number_forms import find_number_form
from tests.sources.inspected import asked, look, only_metric


@pytest.mark.parametrize(
    ("cells", "value", "number"),
    [
        (["1,234,567"], "1,234,567", 1_234_567),
        (["1.234,56", "7,5"], "1.234,56", 1234.56),
        (["1,234.56"], "1,234.56", 1234.56),
        (["0.123"], "0.123", 0.123),
        (["0,123"], "0,123", 0.123),
        (["1 234", "987"], "1 234", 1234),
        (["1'234"], "1'234", 1234),
        (["14.584", "16.640", "987"], "14.584", 14_584),
        (["12.5", "3"], "12.5", 12.5),
        (["1\u202f234"], "1\u202f234", 1234),
    ],
)
def test_a_sign_is_taken_where_the_numbers_prove_it(cells: list[str], value: str, number: float) -> None:
    dialogue = Dialogue()
    assert find_number_form(cells, ";", dialogue).read(value) == number
    assert dialogue.questions == []


@pytest.mark.parametrize("cells", [["12.345"], ["1.250", "1.200"], ["12,345", "14,200"]])
def test_one_group_of_three_digits_is_asked_about(cells: list[str]) -> None:
    dialogue = Dialogue()
    find_number_form(cells, ";", dialogue)
    assert [question.name for question in dialogue.questions] == ["decimal_mark"]
    for answer, expected in (("thousands", float(cells[0].replace(".", "").replace(",", ""))), ("decimals", None)):
        answered = Dialogue({"decimal_mark": answer})
        form = find_number_form(cells, ";", answered)
        assert form.read(cells[0]) == (expected or float(cells[0].replace(",", ".")))


def test_a_semicolon_file_with_comma_decimals_asks_whether_they_add_up() -> None:
    text = "Monat;Besuche\nJanuar 2026;1.234,5\nFebruar 2026;2.345,0\nMärz 2026;999,5\n"
    assert asked(look(text)) == ["kind"]
    found = look(text, kind="flow")
    assert only_metric(found).file_total == 4579
    assert found.settings["month_language"] == "de"
    assert (found.settings["decimal"], found.settings["thousands"]) == (",", ".")


def test_the_answer_about_the_mark_is_written_into_the_settings() -> None:
    text = "Monat;Besuche\n2026-01;1.250\n2026-02;1.200\n2026-03;1.250\n"
    assert asked(look(text)) == ["decimal_mark"]
    assert only_metric(look(text, decimal_mark="thousands")).file_total == 3700
    assert only_metric(look(text, decimal_mark="decimals", kind="flow")).file_total == pytest.approx(3.7)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(encoding: str) -> None:
    text = "Zweigstelle,2026-01,2026-02\nKöln,5,6\nMünchen,50,60\n"
    found = look(text.encode(encoding))
    assert only_metric(found).file_total == 121
    assert found.settings.get("encoding") == ("windows-1252" if encoding == "cp1252" else None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_under_a_title(delimiter: str) -> None:
    rows = ["Visits, by branch; 2026", "", "Branch,2026-01,2026-02", "Hill,5,6", "Central,50,60"]
    text = "\n".join([*rows[:2], *(row.replace(",", delimiter) for row in rows[2:])]) + "\n"
    assert only_metric(look(text)).file_total == 121
