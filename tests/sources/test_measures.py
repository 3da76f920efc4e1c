import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.measures.settings import MeasuresSettings
from sources.measures.source import Measures, template, template_csv
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2025, 6, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2025, 6, 1))
TWO: dict[str, Any] = {
    "training": {"unit": "attendances", "column": "Training attendances", "description": "People who came"},
    "satisfied": {"unit": "%", "kind": "reading", "maximum": 100},
}
WIDE: dict[str, Any] = {"measures": TWO, "date_formats": ["%Y-%m"]}
LONG: dict[str, Any] = WIDE | {"layout": "long"}


def source(**settings: Any) -> Measures:
    return Measures(
        "staff",
        MeasuresSettings.model_validate({"type": "measures", "path": "m.csv", **settings}),
        Place(ZoneInfo("Europe/London")),
    )


def parse(body: str | bytes, *more: str, window: Window = EVER, **settings: Any) -> ParseResult:
    bodies = [body if isinstance(body, bytes) else body.encode(), *(text.encode() for text in more)]
    return source(**settings).parse(
        [RawPage("staff", window, n, f"m{n}.csv", 200, NOW, body) for n, body in enumerate(bodies)]
    )


def values(parsed: ParseResult) -> dict[tuple[str, str, str], float]:
    return {
        (r.metric, r.entity, f"{r.start:%Y-%m-%d}..{r.end:%Y-%m-%d}"): r.value for r in parsed.observations.itertuples()
    }


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    book.active.title = "Figures"
    for row in rows:
        book.active.append(row)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def test_a_row_per_period_and_a_column_per_measure() -> None:
    parsed = parse("Period,Training attendances,satisfied\n2024-01,40,\n2024-02,0,85.5\n", **WIDE)
    assert values(parsed) == {
        ("training", "", "2024-01-01..2024-02-01"): 40,
        ("training", "", "2024-02-01..2024-03-01"): 0,
        ("satisfied", "", "2024-02-01..2024-03-01"): 85.5,
    }
    assert parsed.replaces == Window(date(2024, 1, 1), date(2024, 3, 1))


def test_a_row_per_period_measure_and_entity() -> None:
    rows = (
        "2024-01,Training attendances,4,North,ok",
        "2024-01,satisfied,80,North,",
        "2024-01,trainning,1,North,",
        "2024-01,satisfied,,South,",
    )
    text = "\n".join(["Period,Measure,Value,Team,Remark", *rows])
    parsed = parse(text, **LONG, columns={"entity": "Team", "note": "Remark"})
    assert values(parsed) == {
        ("training", "North", "2024-01-01..2024-02-01"): 4,
        ("satisfied", "North", "2024-01-01..2024-02-01"): 80,
    }
    row = parsed.refused.iloc[0]
    assert (row["reason"], row["action"]) == ("'trainning' is not a measure of the plan", "did you mean 'training'?")
    assert row["origin"] == "m0.csv, row 4, column 'Measure'"


def test_a_workbook_names_the_cell() -> None:
    january = datetime(2024, 1, 1)  # noqa: DTZ001
    parsed = parse(workbook(["Period", "Training attendances", "satisfied"], [january, "many", 101]), **WIDE)
    assert parsed.observations.empty
    assert parsed.refused["origin"].tolist() == [
        "m0.csv, sheet 'Figures', cell B2 (column 'Training attendances')",
        "m0.csv, sheet 'Figures', cell C2 (column 'satisfied')",
    ]
    assert parsed.refused["reason"].tolist() == [
        "'many' is not a number",
        "101 is above 100, the maximum of satisfied",
    ]


def test_a_figure_below_its_least_is_refused_unless_there_is_none() -> None:
    text = "Period,n\n2024-01,-4\n"
    assert "below 0" in parse(text, measures={"n": {"unit": "x"}}, date_formats=["%Y-%m"]).refused["reason"].item()
    parsed = parse(text, measures={"n": {"unit": "x", "minimum": None}}, date_formats=["%Y-%m"])
    assert parsed.observations["value"].tolist() == [-4]


def test_a_column_that_is_no_measure_may_be_one_misspelt() -> None:
    text = "Period,Training attendances,satisfied,satisfed\n2024-01,40,1,2\n"
    with pytest.raises(ShapeError, match=r"'satisfed' is not a measure of the plan.*'ignore'"):
        parse(text, **WIDE)
    assert len(parse(text, **WIDE, ignore=["satisfed"]).observations) == 2


def test_a_measure_without_its_column_is_an_error() -> None:
    with pytest.raises(ShapeError, match="no column 'satisfied'; the nearest is 'satisfiedd'"):
        parse("Period,Training attendances,satisfiedd\n", **WIDE)


def test_a_row_with_a_figure_and_no_period_is_refused_and_one_without_either_is_nothing() -> None:
    parsed = parse("Period,Training attendances,satisfied\n,40,\nsoon,,\n", **WIDE)
    assert parsed.refused["reason"].tolist() == ["the date is blank"]
    assert parsed.observations.empty


def test_a_figure_without_its_team_is_refused() -> None:
    parsed = parse(
        "Period,Team,Training attendances,satisfied\n2024-01,,40,1\n2024-01,Old,2,\n",
        **WIDE,
        columns={"entity": "Team"},
        rename={"Old": "New"},
    )
    assert values(parsed) == {("training", "New", "2024-01-01..2024-02-01"): 2}
    assert "no name in 'Team'" in parsed.refused["reason"].item()


def test_a_period_given_twice_differently_is_refused_twice() -> None:
    parsed = parse("Period,Training attendances,satisfied\n2024-01,40,80\n2024-01,41,80\n", **WIDE)
    assert values(parsed) == {("satisfied", "", "2024-01-01..2024-02-01"): 80}
    assert len(parsed.refused) == 2


def test_a_later_file_wins() -> None:
    parsed = parse(
        "Period,n\n2024-01,1\n",
        "Period,n\n2024-01,2\n",
        measures={"n": {"unit": "x"}},
        date_formats=["%Y-%m"],
        files="latest",
    )
    assert parsed.observations["value"].tolist() == [2]


def test_a_running_quarter_is_partial() -> None:
    parsed = parse("Period,n\n2025-Q2,1\n", measures={"n": {"unit": "x"}}, date_formats=["%Y-Q%q"], period="quarter")
    assert values(parsed) == {("n", "", "2025-04-01..2025-07-01"): 1}
    assert parsed.observations["flags"].tolist() == [("partial",)]


def test_each_measure_is_a_metric_with_its_unit_and_kind() -> None:
    assert [(m.name, m.unit, m.kind, m.description) for m in source(**WIDE).metrics()] == [
        ("training", "attendances", "flow", "People who came"),
        ("satisfied", "%", "reading", "satisfied"),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"measures": {}}, "at least 1"),
        ({"measures": {"a": {"unit": "x", "minimum": 5, "maximum": 1}}}, "above the maximum"),
        ({"measures": {"a": {"unit": "x"}, "b": {"unit": "x", "column": "a"}}}, "two measures have the column 'a'"),
        ({"measures": {"Big Name": {"unit": "x"}}}, "pattern"),
        (WIDE | {"date_formats": ["%Y"]}, "does not have the month"),
        (WIDE | {"date_formats": ["%B"]}, "needs 'year'"),
    ],
)
def test_settings_that_do_not_hold_together_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        source(**settings)


@pytest.mark.parametrize(
    "layout",
    [WIDE, LONG, WIDE | {"columns": {"entity": "Team", "note": "Remark"}}, WIDE | {"header_row": 3, "sheet": "Zahlen"}],
)
def test_the_template_is_read_by_the_settings_it_was_made_from(layout: dict[str, Any]) -> None:
    settings = MeasuresSettings.model_validate({"type": "measures", "path": "m.xlsx", **layout})
    for body in (template(settings), template_csv(settings)):
        parsed = parse(body, **layout)
        assert parsed.observations.empty
        assert parsed.refused.empty
        assert parsed.replaces is None


def test_a_filled_template_is_read() -> None:
    book = load_workbook(io.BytesIO(template(source(**WIDE).settings)))
    sheet = book.worksheets[0]
    for at, value in enumerate((datetime(2024, 1, 1), 40, 99.5), 1):  # noqa: DTZ001
        sheet.cell(2, at, value)
    body = io.BytesIO()
    book.save(body)
    assert values(parse(body.getvalue(), **WIDE)) == {
        ("training", "", "2024-01-01..2024-02-01"): 40,
        ("satisfied", "", "2024-01-01..2024-02-01"): 99.5,
    }


def test_the_template_guards_its_cells_and_explains_them() -> None:
    book = load_workbook(io.BytesIO(template(source(**WIDE).settings)))
    sheet, notes = book.worksheets
    rules = {
        str(rule.sqref).split(":")[0]: (rule.type, rule.formula1, rule.formula2)
        for rule in sheet.data_validations.dataValidation
    }
    assert rules["A2"][0] == "date"
    assert rules["C2"][0] == "decimal"
    assert [float(bound) for bound in rules["C2"][1:]] == [0, 100]
    cells = [[cell.value for cell in row] for row in notes.iter_rows()]
    assert ["Training attendances", "attendances", "flow", 0, None, "People who came"] in cells


def test_a_template_with_letters_beyond_ascii_opens_in_a_spreadsheet_and_is_read() -> None:
    settings = {"measures": {"n": {"unit": "x", "column": "Größe"}}}
    body = template_csv(source(**settings).settings)
    assert body.startswith(b"\xef\xbb\xbf")
    assert parse(body, **settings).refused.empty
