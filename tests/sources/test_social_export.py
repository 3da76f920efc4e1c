"""Downloads of LinkedIn, Meta, YouTube Studio and X, in the shapes in which the platforms give them."""

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from sources.contract import ParseResult, Place, RawPage
from sources.social_export.layouts import LAYOUTS
from sources.social_export.settings import SocialExportSettings
from sources.social_export.source import SocialExport
from tests.loopback import quick_session
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2026, 11, 24))
OWN: dict[str, Any] = {
    "columns": {"date": "Tag", "metrics": {"reach": {"column": "Reichweite", "unit": "people", "kind": "distinct"}}},
    "date_formats": ["%d.%m.%Y"],
}


def settings(**options: Any) -> SocialExportSettings:
    return SocialExportSettings.model_validate({"type": "social_export", "path": "x", **options})


def source(**options: Any) -> SocialExport:
    return SocialExport("social", settings(**options), Place(ZoneInfo("Europe/London")))


def parse(*files: tuple[str, bytes | str], window: Window = EVER, **options: Any) -> ParseResult:
    bodies = [(name, body if isinstance(body, bytes) else body.encode()) for name, body in files]
    return source(**options).parse(
        [RawPage("social", window, n, name, 200, NOW, body) for n, (name, body) in enumerate(bodies)]
    )


def values(parsed: ParseResult) -> dict[tuple[str, str, str], float]:
    rows = parsed.observations
    return dict(
        zip(
            zip(rows["metric"], rows["entity"], rows["start"].dt.strftime("%m-%d"), strict=True),
            rows["value"],
            strict=True,
        )
    )


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def test_a_linkedin_workbook_is_read_from_its_sheet_and_below_its_explanation() -> None:
    rows = [
        ["Data on impressions, organic and sponsored."],
        ["Date", "Impressions (organic)", "Unique impressions (organic)", "Engagement rate (total)"],
    ]
    body = workbook(
        {
            "All posts": [["Post title"], ["Hello"]],
            "Metrics": [*rows, ["11/03/2026", "1,204", 900, 0.05], [date(2026, 11, 4), 7, 5, 0.01]],
        }
    )
    parsed = parse(("content.xlsx", body), layout="linkedin_updates")
    assert values(parsed) == {
        ("impressions_organic", "", "11-03"): 1204,
        ("impressions_organic", "", "11-04"): 7,
        ("unique_impressions_organic", "", "11-03"): 900,
        ("unique_impressions_organic", "", "11-04"): 5,
    }
    assert any("Engagement rate (total)" in note for note in parsed.notes)


def test_the_days_of_linkedin_are_month_first_whatever_the_library_writes() -> None:
    body = "Date,Sponsored followers,Organic followers,Auto-invited followers,Total followers\n02/03/2026,0,3,1,4\n"
    parsed = parse(("followers.csv", body), layout="linkedin_followers")
    assert values(parsed)["total_followers", "", "02-03"] == 4
    assert [m.kind for m in source(layout="linkedin_followers").metrics() if m.name == "total_followers"] == ["flow"], (
        "new followers, no level"
    )


def test_an_old_xls_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "followers.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on")
    export = SocialExport("social", settings(path=str(tmp_path), layout="linkedin_followers"), Place(ZoneInfo("UTC")))
    pages = list(export.fetch(EVER, NOW, quick_session()))
    with pytest.raises(ShapeError, match="this workbook cannot be read") as caught:
        export.parse(pages)
    assert "save it as .xlsx" in caught.value.do


def test_meta_writes_utf_16_with_a_title_above_each_table() -> None:
    follows = '"Facebook follows"\n"Date","Primary"\n"2026-11-03T00:00:00","2"\n'
    body = f'sep=,\n{follows}\n"Facebook visits"\n"Date","Primary"\n"2026-11-03T00:00:00","1,041"\n'
    parsed = parse(("Follows.csv", b"\xff\xfe" + body.encode("utf-16-le")), layout="meta_insights")
    assert values(parsed) == {("facebook_follows", "", "11-03"): 2, ("facebook_visits", "", "11-03"): 1041}
    assert list(parsed.observations["origin"]) == [
        "Follows.csv, row 4, column 'Primary'",
        "Follows.csv, row 8, column 'Primary'",
    ]


def test_a_figure_that_the_layout_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ShapeError, match="'Earnings' is not a metric of this layout"):
        parse(("Earnings.csv", '"Earnings"\n"Date","Primary"\n"2026-11-03T00:00:00","2"\n'), layout="meta_insights")


def test_x_writes_its_days_in_words() -> None:
    parsed = parse(
        (
            "overview.csv",
            'Date,Impressions,New follows,Unfollows\n"Tue, Nov 3, 2026",120,2,1\n"Mon, Nov 2, 2026",,0,0\n',
        ),
        layout="x_overview",
    )
    assert values(parsed)["impressions", "", "11-03"] == 120
    assert ("impressions", "", "11-02") not in values(parsed), "a blank is missing"
    assert values(parsed)["new_follows", "", "11-02"] == 0


@pytest.mark.parametrize("word", ["Total", "TOTALS", "Summe"])
def test_a_row_of_totals_is_never_counted(word: str) -> None:
    body = f"Date,Geography,Views\n2026-11-03,GB,4\n2026-11-03,{word},9\n{word},,9\n"
    parsed = parse(("Chart data.csv", body), layout="youtube_studio")
    assert values(parsed) == {("views_by_geography", "GB", "11-03"): 4}
    assert parsed.refused.empty
    assert "rows of totals, not counted: 2" in parsed.notes


def test_na_is_namibia_and_not_nothing() -> None:
    parsed = parse(
        ("Chart data.csv", "Date,Geography,Views\n2026-11-03,NA,4\n2026-11-03,None,1\n"), layout="youtube_studio"
    )
    assert values(parsed) == {("views_by_geography", "NA", "11-03"): 4, ("views_by_geography", "None", "11-03"): 1}


def test_a_divided_figure_never_stands_beside_the_whole_under_one_name() -> None:
    parsed = parse(
        ("Totals.csv", "Date,Views\n2026-11-03,10\n"),
        ("Chart data.csv", "Date,Geography,Views\n2026-11-03,GB,4\n"),
        layout="youtube_studio",
    )
    assert values(parsed) == {("views", "", "11-03"): 10, ("views_by_geography", "GB", "11-03"): 4}
    breaks = {known.metric: known.day for m in source(layout="youtube_studio").metrics() for known in m.breaks}
    assert breaks["views"] == breaks["views_by_geography"] == date(2026, 8, 24)


def test_of_two_downloads_the_one_that_reaches_further_counts_whatever_its_name() -> None:
    old, new = "Date,Views\n2026-11-02,10\n2026-11-03,4\n", "Date,Views\n2026-11-03,19\n2026-11-04,22\n"
    parsed = parse(("a.csv", new), ("b.csv", old), layout="youtube_studio")
    assert values(parsed) == {("views", "", "11-02"): 10, ("views", "", "11-03"): 19, ("views", "", "11-04"): 22}
    assert parsed.replaces == Window(date(2026, 11, 2), date(2026, 11, 5))


def test_of_two_downloads_that_end_on_one_day_the_later_name_counts() -> None:
    parsed = parse(
        ("Totals.csv", "Date,Views\n2026-11-03,4\n"),
        ("Totals (1).csv", "Date,Views\n2026-11-03,5\n"),
        layout="youtube_studio",
    )
    assert values(parsed) == {("views", "", "11-03"): 5}


def test_a_file_without_days_is_left_out_and_said() -> None:
    table = "Geography,Views\nTotal,15503810\nNA,586\n"
    parsed = parse(("Totals.csv", "Date,Views\n2026-11-03,10\n"), ("Table data.csv", table), layout="youtube_studio")
    assert len(values(parsed)) == 1
    assert any("Table data.csv has no column of days" in note for note in parsed.notes)
    with pytest.raises(ShapeError, match="the values have no day") as caught:
        parse(("Table data.csv", table), layout="youtube_studio")
    assert "by day" in caught.value.do


def test_an_export_that_is_not_known_by_name_is_read_by_its_columns() -> None:
    body = "Bericht\nTag;Reichweite;Rate\n03.11.2026;1.204;3,5%\n04.11.2026;keine;1%\n"
    parsed = parse(("bericht.csv", body), **OWN, delimiter=";", decimal=",")
    assert values(parsed) == {("reach", "", "11-03"): 1204}
    assert list(parsed.refused["reason"]) == ["'keine' is not a number"]
    assert source(**OWN).metrics()[0].additive_over_entities is False


def test_an_entity_of_ones_own_keeps_the_metrics_name() -> None:
    options = OWN | {"columns": {**OWN["columns"], "entity": "Seite"}}
    parsed = parse(("bericht.csv", "Tag,Seite,Reichweite\n03.11.2026,Bücher,4\n03.11.2026,,4\n"), **options)
    assert values(parsed) == {("reach", "Bücher", "11-03"): 4}
    assert list(parsed.refused["reason"]) == ["the row has no name under 'Seite'"]


def test_what_is_no_date_is_refused_with_its_place() -> None:
    parsed = parse(("Totals.csv", "Date,Views\n2026-11-03,10\n2026-13-03,10\n"), layout="youtube_studio")
    assert list(parsed.refused["origin"]) == ["Totals.csv, row 3, column 'Date'"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"PK\x03\x04 torn",
        b"Date,Views\n2026-11-03,1\n2026-11",
        b"Date,Posts\n2026-11-03,1\n",
    ],
)
def test_what_is_no_export_is_a_shape_error_that_names_the_file(body: bytes) -> None:
    with pytest.raises(ShapeError) as caught:
        parse(("Totals.csv", body), layout="youtube_studio")
    assert "Totals.csv" in caught.value.where
    assert caught.value.do


@pytest.mark.parametrize(("layout", "zone"), [("linkedin_visitors", "UTC"), ("youtube_studio", "America/Los_Angeles")])
def test_the_days_are_those_of_the_platform_unless_the_plan_says_otherwise(layout: str, zone: str) -> None:
    assert settings(layout=layout).time_zone == zone
    assert settings(layout=layout, time_zone="Europe/London").time_zone == "Europe/London"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name either the export under 'layout'"),
        ({"layout": "youtube_studio"} | OWN, "or its columns under 'columns'"),
        ({"columns": OWN["columns"]}, "how the days are written"),
        (OWN | {"date_formats": ["%Y-%m"]}, "does not have the day"),
        (
            OWN
            | {"columns": {"metrics": {"a": {"column": "Views", "unit": "x"}, "b": {"column": "views ", "unit": "x"}}}},
            "two metrics have the same column",
        ),
        ({"layout": "myspace"}, "layout"),
    ],
)
def test_settings_that_do_not_hold_together_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(**options)


def test_every_layout_declares_each_metric_once() -> None:
    for name, layout in LAYOUTS.items():
        names = [metric.name for metric in layout.all_metrics()]
        assert len(names) == len(set(names)), name
        assert all(metric.additive_over_entities == (metric.kind != "distinct") for metric in layout.all_metrics())
