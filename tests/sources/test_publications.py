import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.publications.source import Publications
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2025, 6, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2025, 6, 1))
LOG: dict[str, Any] = {
    "columns": {"date": "Date", "title": "Title", "id": "ID"},
    "date_formats": ["%Y-%m-%d", "%d/%m/%Y", "%m/%Y", "%Y"],
}


def source(**settings: Any) -> Publications:
    return Publications(
        "log",
        Publications.Settings.model_validate({"type": "publications", "path": "log.csv", **settings}),
        Place(ZoneInfo("Europe/London")),
    )


def parse(*texts: str, window: Window = EVER, **settings: Any) -> ParseResult:
    return source(**settings).parse(
        [RawPage("log", window, n, f"log{n}.csv", 200, NOW, text.encode()) for n, text in enumerate(texts)]
    )


def spans(parsed: ParseResult) -> dict[str, str]:
    return {r.entity: f"{r.start:%Y-%m-%d}..{r.end:%Y-%m-%d}" for r in parsed.observations.itertuples()}


def test_an_item_spans_what_its_date_tells() -> None:
    parsed = parse("Date,Title,ID\n2024-02-29,A,1\n05/03/2024,B,2\n12/2023,C,3\n2022,D,4\n", **LOG)
    assert spans(parsed) == {
        "1": "2024-02-29..2024-03-01",
        "2": "2024-03-05..2024-03-06",
        "3": "2023-12-01..2024-01-01",
        "4": "2022-01-01..2023-01-01",
    }
    assert set(parsed.observations["value"]) == {1.0}
    assert set(parsed.observations["metric"]) == {"publications"}


def test_the_log_speaks_for_the_days_from_its_oldest_date() -> None:
    parsed = parse("Date,Title,ID\n2024-02-29,A,1\n2023-01-01,B,2\n", **LOG)
    assert parsed.replaces == Window(date(2023, 1, 1), date(2025, 6, 1))
    assert parsed.covered == (Window(date(2023, 1, 1), date(2025, 6, 1)),)


def test_an_item_listed_twice_counts_once_also_over_files() -> None:
    parsed = parse("Date,Title,ID\n2024-02-29,A,1\n2024-02-29,A,1\n", "Date,Title,ID\n2024-03-01,A,1\n", **LOG)
    assert spans(parsed) == {"1": "2024-03-01..2024-03-02"}
    assert source(**LOG).keyed_by_entity


def test_an_item_is_known_by_its_id_then_its_address_then_its_title() -> None:
    columns = {"date": "Date", "title": "Title", "id": "ID", "url": "URL"}
    text = "Date,Title,ID,URL\n2024-01-01,A,x1,http://a\n2024-01-02,B,,http://b\n2024-01-03,C,,\n2024-01-04,,,\n"
    parsed = parse(text, **LOG | {"columns": columns})
    assert set(parsed.observations["entity"]) >= {"x1", "https://b"}
    assert len(parsed.observations) == 3
    assert parsed.refused["origin"].tolist() == ["log0.csv, row 5"]


@pytest.mark.parametrize("text", ["n/a", "-", "TBA", "none", "0"])
def test_what_is_written_for_want_of_an_id_is_none(text: str) -> None:
    """Two articles without a DOI are two articles."""
    rows = f"Date,ID,Title\n2025-01-05,{text},First\n2025-01-06,{text},Second\n2025-01-07,a-1,Third\n"
    columns = {"date": "Date", "id": "ID", "title": "Title"}
    assert len(parse(rows, **LOG | {"columns": columns}).observations) == 3


def test_an_unreadable_date_is_refused_and_never_guessed() -> None:
    parsed = parse("Date,Title,ID\n31/02/2024,A,1\nspring 2024,B,2\n,C,3\n", **LOG)
    assert parsed.observations.empty
    assert parsed.refused["raw_value"].tolist() == ["31/02/2024; A; 1", "spring 2024; B; 2", "; C; 3"]
    assert parsed.refused["origin"].tolist()[0] == "log0.csv, row 2, column 'Date'"
    assert parsed.refused["entity"].tolist() == ["1", "2", "3"]


def test_kinds_come_from_a_column() -> None:
    columns = {"date": "Date", "title": "Title", "kind": "Kind"}
    text = "Date,Title,Kind\n2024-01-01,A,Report\n2024-01-01,B,Blog\n2024-01-01,C,\n"
    settings = LOG | {"columns": columns, "kinds": {"Report": "reports"}}
    strict = parse(text, **settings)
    assert strict.observations["metric"].tolist() == ["reports"]
    assert strict.refused["reason"].tolist() == ["'Blog' is not among the kinds of the plan", "the kind is blank"]
    assert sorted(parse(text, **settings, kind="others").observations["metric"]) == ["others", "others", "reports"]
    assert [m.name for m in source(**settings, kind="others").metrics()] == ["reports", "others"]


def test_a_backfill_leaves_other_days_alone() -> None:
    parsed = parse(
        "Date,Title,ID\n2023-02-01,A,1\n2024-02-01,B,2\n2026-02-01,C,3\n",
        window=Window(date(2024, 1, 1), date(2025, 1, 1)),
        **LOG,
    )
    assert spans(parsed) == {"2": "2024-02-01..2024-02-02"}
    assert parsed.replaces == Window(date(2024, 1, 1), date(2025, 1, 1))
    assert parsed.notes == ("rows outside 2024-01-01..2025-01-01 left out: 2",)


def test_an_item_of_the_running_year_is_partial() -> None:
    parsed = parse("Date,Title,ID\n2025,A,1\n2024,B,2\n", **LOG)
    assert parsed.observations["flags"].tolist() == [(), ("partial",)]


@pytest.mark.parametrize("text", ["Date,Title,ID\n", "Date,Title,ID\n2026-01-01,A,1\n"])
def test_a_log_without_an_item_speaks_for_nothing(text: str) -> None:
    parsed = parse(text, **LOG)
    assert parsed.observations.empty
    assert (parsed.replaces, parsed.covered) == (None, ())


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ShapeError, match="no column 'Date'; the nearest is 'Dates'"):
        parse("Dates,Title,ID\n", **LOG)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": {"date": "D"}}, "an item needs a name"),
        ({"columns": {"date": "D", "title": "T", "kind": "K"}}, "need each other"),
        ({"columns": {"date": "D", "title": "T"}, "kinds": {"a": "b"}}, "need each other"),
        ({"columns": {"date": "D", "title": "T"}, "date_formats": ["%d %B"]}, "does not have the year"),
    ],
)
def test_settings_that_do_not_hold_together_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        source(**settings)


def brandeis(shared_data: Callable[[str], Path]) -> tuple[str, list[str]]:
    """The assets as a CSV log, and the id of each row."""
    with gzip.open(
        shared_data("brandeis-esploro-api-pages") / "assets_all_pages.ndjson.gz", "rt", encoding="utf-8"
    ) as lines:
        items = [json.loads(line) for line in lines]
    text = io.StringIO()
    csv.writer(text).writerows(
        [["id", "title", "date"], *([item["id"], item["title"], item["date"]] for item in items)]
    )
    return text.getvalue(), [item["id"] for item in items]


BRANDEIS = LOG | {
    "columns": {"date": "date", "title": "title", "id": "id"},
    "date_formats": ["%Y-%m-%d", "%m/%d/%Y", "%m/%Y", "%Y"],
}


def test_29_860_rows_of_brandeis_hold_56_items(shared_data: Callable[[str], Path]) -> None:
    text, ids = brandeis(shared_data)
    assert (len(ids), len(set(ids))) == (29_860, 56)
    parsed = parse(text, **BRANDEIS)
    assert set(parsed.observations["entity"]) == set(ids)
    assert len(parsed.observations) == 56
    assert parsed.refused.empty
    assert parsed.notes == ("29804 items came more than once and counted once",)


def test_the_wrong_order_of_day_and_month_refuses_what_cannot_be(shared_data: Callable[[str], Path]) -> None:
    text, ids = brandeis(shared_data)
    parsed = parse(text, **BRANDEIS | {"date_formats": ["%Y-%m-%d", "%d/%m/%Y", "%m/%Y", "%Y"]})
    assert len(parsed.observations) == 52
    assert set(parsed.refused["entity"]) == set(ids) - set(parsed.observations["entity"])


def items_on(*days: str) -> str:
    return "Date,Title,ID\n" + "".join(f"{day},Item,{at}\n" for at, day in enumerate(days))


def test_a_list_that_may_have_ended_is_told() -> None:
    """The longest silence in the list is two months; it is a year since its last item."""
    parsed = parse(items_on("2024-01-31", "2024-03-31", "2024-05-31"), **LOG)
    assert parsed.covered == (Window(date(2024, 1, 31), date(2025, 6, 1)),)
    told = "the newest item is of 2024-05-31, and the days since count as 0: where the list ends there, set"
    assert [note for note in parsed.notes if note.startswith(told)]


@pytest.mark.parametrize("days", [("2025-01-31", "2025-04-30"), ("2023-01-01", "2024-01-01", "2024-12-01")])
def test_a_silence_as_the_list_has_others_is_not_told(days: tuple[str, ...]) -> None:
    assert not [note for note in parse(items_on(*days), **LOG).notes if "newest item" in note]


def test_nothing_is_told_where_only_past_days_are_asked_for() -> None:
    window = Window(date(2023, 1, 1), date(2024, 1, 1))
    assert not [note for note in parse(items_on("2023-02-01"), window=window, **LOG).notes if "newest item" in note]


def test_nothing_is_known_after_the_day_until_which_a_list_is_complete() -> None:
    parsed = parse(items_on("2024-01-31", "2024-05-30", "2024-08-01"), until="2024-05-31", **LOG)
    assert parsed.covered == (Window(date(2024, 1, 31), date(2024, 6, 1)),)
    assert parsed.replaces == Window(date(2024, 1, 31), date(2024, 6, 1))
    assert "items dated after 'until' (2024-05-31): 1; set a later day if the list goes on" in parsed.notes
    assert not [note for note in parsed.notes if "newest item" in note]
