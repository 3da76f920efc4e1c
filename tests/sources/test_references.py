"""Publications as reference managers and repositories export them."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sources.contract import ParseResult, Place
from sources.publications.settings import PublicationsSettings
from sources.publications.source import Publications
from tests.loopback import page
from warehouse.errors import ShapeError
from warehouse.schema import Window

RIS = """TY  - JOUR
TI  - Reading rooms
PY  - 2025
DA  - 2025/05/06/
DO  - 10.5555/ABC
ER  -\x20

TY  - THES
T1  - Opening hours
Y1  - 2025/03//
UR  - http://library.example/2
ER  -\x20
"""
BIB = r"""@article{rooms, title={{R}eading rooms}, date={2025-05-06}, doi={https://doi.org/10.5555/abc},
  date-added = {2026-01-02 10:00:00 +0000}}
@phdthesis{hours, title = "Opening hours", year = 2025, month = mar, url = {https://library.example/2}}
"""
CSL = [
    {
        "type": "article-journal",
        "title": "Reading rooms",
        "DOI": "10.5555/Abc",
        "issued": {"date-parts": [[2025, 5, 6]]},
        "published-online": {"date-parts": [[2025, 2, 1]]},
    },
    {
        "type": "thesis",
        "title": "Opening hours",
        "URL": "http://library.example/2",
        "issued": {"date-parts": [["2025", 3]]},
    },
]
WINDOW = Window(date(1900, 1, 1), date(2026, 11, 24))
FACTS = {"10.5555/abc": (date(2025, 5, 6), 1), "https://library.example/2": (date(2025, 3, 1), 31)}


def read(*files: tuple[str, str], **settings: object) -> ParseResult:
    given = PublicationsSettings.model_validate({"type": "publications", "path": "exports"} | settings)
    source = Publications("log", given, Place(ZoneInfo("Europe/London")))
    return source.parse(
        [page(body.encode(), url=name, sequence=n, window=WINDOW) for n, (name, body) in enumerate(files)]
    )


def facts(parsed: ParseResult) -> dict[str, tuple[date, int]]:
    rows = parsed.observations
    return {e: (s.date(), (t - s).days) for e, s, t in zip(rows["entity"], rows["start"], rows["end"], strict=True)}


@pytest.mark.parametrize(("name", "body"), [("a.ris", RIS), ("a.bib", BIB), ("a.json", json.dumps(CSL))])
def test_each_format_gives_the_same_items_on_the_day_or_month_that_it_names(name: str, body: str) -> None:
    assert facts(read((name, body))) == FACTS


def test_the_same_publications_from_three_exports_count_once() -> None:
    parsed = read(("a.ris", RIS), ("a.bib", BIB), ("a.json", json.dumps(CSL)))
    assert facts(parsed) == FACTS
    assert any("4 items came more than once" in note for note in parsed.notes)


def test_the_type_of_a_reference_decides_what_it_counts_as() -> None:
    parsed = read(("a.ris", RIS), kinds={"JOUR": "articles"}, kind="other")
    assert parsed.observations.set_index("entity")["metric"].to_dict() == {
        "10.5555/abc": "articles",
        "https://library.example/2": "other",
    }
    unnamed = read(("a.ris", RIS), kinds={"JOUR": "articles"})
    assert unnamed.refused["reason"].tolist() == ["'THES' is not among the kinds of the plan"]


def test_the_plan_chooses_which_date_counts_and_a_reference_without_it_is_refused() -> None:
    online = read(("a.json", json.dumps(CSL)), counted_date="online")
    assert facts(online) == {"10.5555/abc": (date(2025, 2, 1), 1)}
    assert online.refused["reason"].tolist() == ["the reference has no date of the kind 'online'"]
    added = read(("a.bib", BIB), counted_date="added")
    assert facts(added) == {"10.5555/abc": (date(2026, 1, 2), 1)}


def test_an_entry_that_cannot_be_read_is_refused_with_its_line_and_the_others_count() -> None:
    parsed = read(("a.bib", BIB + "@book{open, title={Never closed\n"))
    assert facts(parsed) == FACTS
    assert parsed.refused["origin"].tolist() == ["a.bib, line 4"]


def test_a_range_of_dates_is_not_one_day() -> None:
    row = CSL[1] | {"issued": {"date-parts": [[2025, 3], [2025, 4]]}}
    parsed = read(("a.json", json.dumps([row])))
    assert parsed.observations.empty
    assert "[[2025, 3], [2025, 4]]" in parsed.refused["reason"][0]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.ris", RIS[: RIS.rindex("ER")]),
        ("a.ris", ""),
        ("a.bib", "% nothing"),
        ("a.json", "[{"),
        ("a.json", '{"a": 1}'),
    ],
)
def test_a_file_that_is_cut_short_or_holds_nothing_is_refused_whole(name: str, body: str) -> None:
    with pytest.raises(ShapeError):
        read((name, body))


def test_a_table_still_needs_the_names_of_its_columns() -> None:
    with pytest.raises(ShapeError, match="does not name its columns"):
        read(("a.csv", "Date,Title\n2025,A\n"))
