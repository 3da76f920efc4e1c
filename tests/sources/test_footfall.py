import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sources.contract import OBSERVATION_COLUMNS, REFUSED_COLUMNS, ParseResult, Place, RawPage
from sources.footfall.source import Footfall
from sources.opening_hours import OpeningHours
from sources.web.session import Session
from warehouse.errors import ConfigError, ShapeError
from warehouse.schema import DAY, FLAGS, Window

LONDON, TORONTO = ZoneInfo("Europe/London"), ZoneInfo("America/Toronto")
HERE = Place(LONDON)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2025, 6, 1))
MONTHS: dict[str, Any] = {
    "layout": "wide",
    "columns": {"entity": "Library"},
    "date_formats": ["%Y-%m"],
    "period": "month",
}
DAYS: dict[str, Any] = {
    "layout": "long",
    "columns": {"entity": "Gate", "date": "Day", "value": "Count"},
    "date_formats": ["%Y-%m-%d"],
    "period": "day",
}
HOURS: dict[str, Any] = {
    "layout": "long",
    "columns": {"entity": "Gate", "date": "At", "value": "Count"},
    "date_formats": ["%Y-%m-%d %H:%M"],
    "period": "hour",
}
READINGS: dict[str, Any] = {
    "layout": "long",
    "columns": {"date": "dates", "value": "counts"},
    "date_formats": ["%d-%b-%y"],
    "values": "readings",
}
WEEKDAYS = {"default": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-12:00")}


def source(place: Place = HERE, path: str = "counts.csv", **settings: Any) -> Footfall:
    return Footfall("gates", Footfall.Settings.model_validate({"type": "footfall", "path": path, **settings}), place)


def page(text: str | bytes, name: str = "counts.csv", sequence: int = 0, window: Window = EVER) -> RawPage:
    return RawPage("gates", window, sequence, name, 200, NOW, text if isinstance(text, bytes) else text.encode())


def parse(text: str, *, place: Place = HERE, window: Window = EVER, **settings: Any) -> ParseResult:
    return source(place, **settings).parse([page(text, window=window)])


def values(parsed: ParseResult) -> dict[tuple[str, str], float]:
    rows = parsed.observations
    return {
        (entity, f"{start:%Y-%m-%d}"): value
        for entity, start, value in zip(rows["entity"], rows["start"], rows["value"], strict=True)
    }


def flags(parsed: ParseResult) -> dict[str, tuple[str, ...]]:
    return {
        f"{start:%Y-%m-%d}": told
        for start, told in zip(parsed.observations["start"], parsed.observations["flags"], strict=True)
    }


def reasons(parsed: ParseResult) -> list[str]:
    return parsed.refused["reason"].tolist()


def hours_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the hours of a local day begin, UTC."""
    first, after = (datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in (day, day + DAY))
    return [first + timedelta(hours=n) for n in range(int((after - first) / timedelta(hours=1)))]


# --- wide ---


def test_a_blank_cell_is_missing_and_a_zero_is_zero() -> None:
    parsed = parse("Library,2024-01,2024-02,2024-03\nCity,10,,0\n", **MONTHS)
    assert values(parsed) == {("City", "2024-01-01"): 10, ("City", "2024-03-01"): 0}
    assert parsed.refused.empty


def test_a_month_spans_from_its_first_day_to_the_first_of_the_next() -> None:
    rows = parse("Library,2024-2,2023-12\nCity,10,20\n", **MONTHS).observations
    assert [(f"{r.start:%Y-%m-%d}", f"{r.end:%Y-%m-%d}") for r in rows.itertuples()] == [
        ("2023-12-01", "2024-01-01"),
        ("2024-02-01", "2024-03-01"),
    ]


@pytest.mark.parametrize(
    ("header", "pattern", "period", "start", "end"),
    [
        ("2024-Q2", "%Y-Q%q", "quarter", date(2024, 4, 1), date(2024, 7, 1)),
        ("2024-W01", "%G-W%V", "week", date(2024, 1, 1), date(2024, 1, 8)),
        ("2020-W53", "%G-W%V", "week", date(2020, 12, 28), date(2021, 1, 4)),
        ("2023", "%Y", "year", date(2023, 1, 1), date(2024, 1, 1)),
        ("29/02/2024", "%d/%m/%Y", "day", date(2024, 2, 29), date(2024, 3, 1)),
        ("Nov 23", "%b %y", "month", date(2023, 11, 1), date(2023, 12, 1)),
        ("2023-05", "%Y-%m", "quarter", date(2023, 4, 1), date(2023, 7, 1)),
    ],
)
def test_a_label_means_its_whole_period(header: str, pattern: str, period: str, start: date, end: date) -> None:
    parsed = parse(f"Library,{header}\nCity,7\n", **MONTHS | {"date_formats": [pattern], "period": period})
    row = parsed.observations.iloc[0]
    assert (row["start"].date(), row["end"].date(), row["value"]) == (start, end, 7)
    assert parsed.covered == (Window(start, end),)


def test_an_unknown_header_is_named_with_the_way_to_ignore_it() -> None:
    with pytest.raises(ShapeError, match=r"'Total' is neither a date nor declared.*'ignore'"):
        parse("Library,2024-01,Total\nCity,10,10\n", **MONTHS)
    assert values(parse("Library,2024-01,Total\nCity,10,10\n", **MONTHS, ignore=["Total"])) == {
        ("City", "2024-01-01"): 10
    }


def test_two_headers_of_one_month_are_refused() -> None:
    with pytest.raises(ShapeError, match="'2023-01' and '2023-1' mean the same days"):
        parse("Library,2023-01,2023-1\nCity,10,10\n", **MONTHS)


def test_text_in_a_number_refuses_that_cell_alone() -> None:
    parsed = parse("Library,2024-01,2024-02\nCity,Gate broken,5\n", **MONTHS)
    assert values(parsed) == {("City", "2024-02-01"): 5}
    row = parsed.refused.iloc[0]
    assert row["raw_value"] == "Gate broken"
    assert row["origin"] == "counts.csv, row 2, column '2024-01'"
    assert (row["metric"], row["entity"], row["start"].date(), row["end"].date()) == (
        "visits",
        "City",
        date(2024, 1, 1),
        date(2024, 2, 1),
    )
    assert row["action"]


def test_a_negative_count_is_refused() -> None:
    parsed = parse("Library,2024-01\nCity,-4\n", **MONTHS)
    assert parsed.observations.empty
    assert reasons(parsed) == ["-4 is below 0"]


def test_names_lose_their_blanks_and_are_renamed() -> None:
    parsed = parse("Library,2024-01\n Hill   branch ,1\nOld,2\n", **MONTHS, rename={"Old": "New"})
    assert set(values(parsed)) == {("Hill branch", "2024-01-01"), ("New", "2024-01-01")}


def test_a_row_without_a_name_is_refused_unless_skipped() -> None:
    parsed = parse("Library,2024-01\nCity,1\n,2\nTotal,3\n", **MONTHS, skip={"Library": ["Total"]})
    assert values(parsed) == {("City", "2024-01-01"): 1}
    assert parsed.refused["origin"].tolist() == ["counts.csv, row 3"]


def test_a_row_given_twice_alike_counts_once_and_differently_not_at_all() -> None:
    """Two rows of one branch that differ anywhere may be two doors of it, so an equal number in them is no copy."""
    parsed = parse("Library,2024-01,2024-02\nCity,12,7\nHill,1,1\nHill,1,1\nCity,15,7\n", **MONTHS)
    assert values(parsed) == {("Hill", "2024-01-01"): 1, ("Hill", "2024-02-01"): 1}
    assert sorted(parsed.refused["raw_value"]) == ["12", "15", "7", "7"]
    assert "given twice: 12 in counts.csv, row 2, column '2024-01', 15 in counts.csv, row 5" in reasons(parsed)[0]
    assert "'rows: add'" in parsed.refused["action"].iloc[0]
    assert parsed.notes == ("values given twice alike, counted once: 2",)


def test_a_third_copy_of_a_contradiction_is_refused_too() -> None:
    parsed = parse("Library,2024-01\nCity,12\nCity,15\nCity,12\n", **MONTHS)
    assert parsed.observations.empty
    assert len(parsed.refused) == 3


def test_a_later_file_wins_whatever_it_says() -> None:
    old, new = (
        page("Library,2024-01,2024-02,2024-03\nCity,1,2,oops\n"),
        page("Library,2024-01,2024-03\nCity,9,4\n", "counts2.csv", 1),
    )
    for pages in ([old, new], [new, old]):
        parsed = source(**MONTHS, files="latest").parse(pages)
        assert values(parsed) == {("City", "2024-01-01"): 9, ("City", "2024-02-01"): 2, ("City", "2024-03-01"): 4}
        assert parsed.refused.empty


def test_a_later_blank_withdraws_a_value() -> None:
    parsed = source(**MONTHS).parse(
        [page("Library,2024-01\nCity,1\n"), page("Library,2024-01\nCity,\n", "counts2.csv", 1)]
    )
    assert parsed.observations.empty
    assert parsed.replaces == Window(date(2024, 1, 1), date(2024, 2, 1))


def test_a_wide_table_may_have_a_row_per_date() -> None:
    settings = MONTHS | {"columns": {"date": "Month"}}
    parsed = parse(
        "Month,City,Hill,Sum\n2024-01,1,,1\n2024-02,x,0,0\nlater,3,4,7\n",
        **settings,
        ignore=["Sum"],
        rename={"Hill": "Hill branch"},
    )
    assert values(parsed) == {("City", "2024-01-01"): 1, ("Hill branch", "2024-02-01"): 0}
    assert parsed.refused["origin"].tolist() == [
        "counts.csv, row 4, column 'Month'",
        "counts.csv, row 3, column 'City'",
    ]
    with pytest.raises(ShapeError, match=r"'Total' looks like a total.*'ignore: \[Total\]'"):
        parse("Month,City,Total\n2024-01,1,1\n", **settings)


# --- windows ---


def test_all_labels_are_replaced_and_only_values_are_covered() -> None:
    parsed = parse("Library,2024-01,2024-02,2024-03,2024-04\nCity,,5,6,\n", **MONTHS)
    assert parsed.replaces == Window(date(2024, 1, 1), date(2024, 5, 1))
    assert parsed.covered == (Window(date(2024, 2, 1), date(2024, 4, 1)),)


def test_a_backfill_speaks_for_its_own_window_only() -> None:
    parsed = parse(
        "Library,2024-01,2024-02,2024-03\nCity,oops,5,6\n", window=Window(date(2024, 2, 1), date(2024, 3, 1)), **MONTHS
    )
    assert values(parsed) == {("City", "2024-02-01"): 5}
    assert parsed.replaces == Window(date(2024, 2, 1), date(2024, 3, 1))
    assert parsed.refused.empty
    assert parsed.notes == ("values outside 2024-02-01..2024-03-01 left out: 2",)


def test_a_running_month_is_partial() -> None:
    parsed = parse("Library,2025-05,2025-06\nCity,5,6\n", window=Window(date(1900, 1, 1), date(2025, 6, 20)), **MONTHS)
    assert flags(parsed) == {"2025-05-01": (), "2025-06-01": ("partial",)}
    assert parsed.replaces == Window(date(2025, 5, 1), date(2025, 6, 20))


def test_a_month_to_come_is_left_out() -> None:
    parsed = parse("Library,2025-05,2025-06\nCity,5,6\n", window=EVER, **MONTHS)
    assert list(values(parsed)) == [("City", "2025-05-01")]


def test_frames_have_the_types_of_the_contract_even_when_empty() -> None:
    for parsed in (
        parse("Library,2024-01\nCity,1\n", **MONTHS),
        parse("Library,2024-01\nCity,\n", **MONTHS),
        source(**MONTHS).parse([]),
    ):
        assert list(parsed.observations) == OBSERVATION_COLUMNS
        assert list(parsed.refused) == REFUSED_COLUMNS
        assert str(parsed.observations["start"].dtype) == "datetime64[us]"


# --- long, by the day ---


def test_a_date_that_two_formats_read_differently_is_refused() -> None:
    parsed = parse(
        "Gate,Day,Count\nA,03/04/2024,1\nA,25/04/2024,2\n", **DAYS | {"date_formats": ["%d/%m/%Y", "%m/%d/%Y"]}
    )
    assert values(parsed) == {("A", "2024-04-25"): 2}
    assert "may be 2024-03-04 or 2024-04-03" in reasons(parsed)[0]


def test_a_date_in_no_declared_format_is_refused_with_its_row() -> None:
    parsed = parse("Gate,Day,Count\nA,2024-02-30,1\nA,,5\nSource: the counter,,\n", **DAYS)
    assert parsed.observations.empty
    assert parsed.refused["origin"].tolist() == ["counts.csv, row 2, column 'Day'", "counts.csv, row 3, column 'Day'"]
    assert parsed.notes == ("rows with neither a date nor a count left out: 1",)


def test_text_dates_without_a_declared_format_ask_for_one() -> None:
    parsed = parse("Gate,Day,Count\nA,2024-02-03,1\n", **DAYS | {"date_formats": []})
    assert "date_formats" in parsed.refused["action"].item()


def test_first_and_last_day_are_inclusive_and_lengths_may_differ() -> None:
    rows = ("City,2024-01-01,2024-03-31,900", "Hill,2024-05-06,2024-05-12,40", "Hill,2024-06-02,2024-06-01,1")
    text = "\n".join(("Library name,Count start,Count end,Visits", *rows, ""))
    columns = {"entity": "Library name", "start": "Count start", "end": "Count end", "value": "Visits"}
    parsed = parse(text, layout="long", columns=columns, date_formats=["%Y-%m-%d"])
    spans = [(r.start.date(), r.end.date(), r.value) for r in parsed.observations.itertuples()]
    assert spans == [(date(2024, 1, 1), date(2024, 4, 1), 900), (date(2024, 5, 6), date(2024, 5, 13), 40)]
    assert "neither an interval" in reasons(parsed)[0]


@pytest.mark.parametrize(
    ("label", "period", "start", "end"),
    [
        ("start", "week", date(2024, 1, 7), date(2024, 1, 14)),
        ("end", "week", date(2024, 1, 1), date(2024, 1, 8)),
        ("end", "day", date(2024, 1, 7), date(2024, 1, 8)),
        ("end", "month", date(2024, 1, 1), date(2024, 2, 1)),
    ],
)
def test_a_day_as_label_is_the_first_or_the_last_day(label: str, period: str, start: date, end: date) -> None:
    row = parse("Gate,Day,Count\nA,2024-01-07,1\n", **DAYS | {"label": label, "period": period}).observations.iloc[0]
    assert (row["start"].date(), row["end"].date()) == (start, end)


def test_midnight_as_the_end_of_a_day_belongs_to_the_day_before() -> None:
    parsed = parse(
        "Gate,Day,Count\nA,2024-02-01 00:00,31\n", **DAYS | {"label": "end", "date_formats": ["%Y-%m-%d %H:%M"]}
    )
    assert values(parsed) == {("A", "2024-01-31"): 31}


# --- long, by the hour ---


def test_hours_are_added_up_to_local_days() -> None:
    rows = "".join(f"A,2024-01-{day:02} {hour:02}:00,{hour}\n" for day in (1, 2) for hour in range(24))
    assert values(parse("Gate,At,Count\n" + rows, **HOURS)) == {("A", "2024-01-01"): 276, ("A", "2024-01-02"): 276}


def test_times_with_an_offset_are_those_of_the_zone() -> None:
    rows = "Gate,At,Count\nA,2024-07-01T03:30:00+00:00,5\nA,2024-07-01T04:00:00+00:00,7\n"
    settings = HOURS | {"date_formats": ["%Y-%m-%dT%H:%M:%S%z"]}
    assert values(parse(rows, place=Place(TORONTO), **settings)) == {("A", "2024-06-30"): 5, ("A", "2024-07-01"): 7}


@pytest.mark.parametrize("label", ["start", "end"])
@pytest.mark.parametrize("zone", [LONDON, TORONTO])
@pytest.mark.parametrize(
    ("month", "day", "year"), [(3, 31, 2024), (10, 27, 2024), (3, 10, 2024), (11, 3, 2024), (6, 5, 2024)]
)
def test_no_hour_is_lost_or_doubled_when_the_clocks_change(
    label: str, zone: ZoneInfo, month: int, day: int, year: int
) -> None:
    changed = date(year, month, day)
    expected, rows = {}, "Gate,At,Count\n"
    for one in (changed - DAY, changed, changed + DAY):
        starts = hours_of(one, zone)
        expected["A", f"{one}"] = float(sum(range(1, len(starts) + 1)))
        for number, start in enumerate(starts, 1):
            at = start + timedelta(hours=1) if label == "end" else start
            rows += f"A,{at.astimezone(zone):%Y-%m-%d %H:%M},{number}\n"
    parsed = parse(rows, place=Place(zone), **HOURS, label=label)
    assert values(parsed) == expected
    assert parsed.refused.empty


def test_an_hour_that_never_was_is_left_out_when_empty_and_refused_when_not() -> None:
    rows = "Gate,At,Count\nA,2024-03-31 00:00,4\nA,2024-03-31 01:00,{}\nA,2024-03-31 02:00,6\n"
    assert values(parse(rows.format(0), **HOURS)) == {("A", "2024-03-31"): 10}
    parsed = parse(rows.format(3), **HOURS)
    assert reasons(parsed) == ["the clocks skip this time"]
    assert values(parsed) == {("A", "2024-03-31"): 10}


def test_the_hour_may_stand_in_a_column_of_its_own() -> None:
    settings = HOURS | {
        "columns": {"date": "Day", "hour": "Hour", "value": "Count"},
        "date_formats": ["%d.%m.%Y"],
        "entity": "Main",
    }
    assert values(parse("Day,Hour,Count\n05.02.2024,9,1\n05.02.2024,10:00,2\n", **settings)) == {
        ("Main", "2024-02-05"): 3
    }
    ends = parse("Day,Hour,Count\n05.02.2024,24,1\n05.02.2024,0,2\n05.02.2024,25,4\n", **settings, label="end")
    assert values(ends) == {("Main", "2024-02-04"): 2, ("Main", "2024-02-05"): 1}
    assert reasons(ends) == ["'25' is not a time of day"]


def test_labels_of_ends_internal_rows_and_both_directions() -> None:
    text = (
        "SiteCode,Location,IsInternal,PeriodEnding,Ins,Outs\n"
        "M,Main,False,2024-05-01T10:00:00,10,7\n"
        "M,Study floor,True,2024-05-01T10:00:00,99,99\n"
        "M,Main,False,2024-05-02T00:00:00,4,6\n"
        "M,Main,perhaps,2024-05-01T11:00:00,1,1\n"
    )
    columns = {"entity": "Location", "date": "PeriodEnding", "in": "Ins", "out": "Outs", "internal": "IsInternal"}
    settings = {
        "layout": "long",
        "columns": columns,
        "date_formats": ["%Y-%m-%dT%H:%M:%S"],
        "period": "hour",
        "label": "end",
    }
    parsed = parse(text, **settings, directions="both_halved")
    assert values(parsed) == {("Main", "2024-05-01"): 13.5}
    assert flags(parsed) == {"2024-05-01": ("halved",)}
    assert reasons(parsed) == ["'perhaps' is neither yes nor no, so the counter may be internal"]
    assert "rows of internal counters left out: 1" in parsed.notes
    assert values(parse(text, **settings)) == {("Main", "2024-05-01"): 14}
    assert values(parse(text, **settings, directions="out")) == {("Main", "2024-05-01"): 13}


def test_one_direction_alone_is_no_count() -> None:
    text = "Day,In,Out\n2024-05-01,10,\n2024-05-02,,\n2024-05-03,3,4\n"
    parsed = parse(
        text,
        layout="long",
        columns={"date": "Day", "in": "In", "out": "Out"},
        date_formats=["%Y-%m-%d"],
        period="day",
        directions="both_halved",
    )
    assert values(parsed) == {("", "2024-05-03"): 3.5}
    assert reasons(parsed) == ["one of the two numbers is blank"]


def test_a_bidirectional_count_is_halved_once() -> None:
    parsed = parse("Gate,At,Count\nA,2024-05-01 09:00,3\nA,2024-05-01 10:00,4\n", **HOURS, directions="both_halved")
    assert values(parsed) == {("A", "2024-05-01"): 3.5}


def test_stretches_between_two_times() -> None:
    text = (
        "start,end,in,out\n"
        "2024-05-01 23:45:00,2024-05-02 00:00:00,1,0\n"
        "2024-05-02 00:00:00,2024-05-02 00:15:00,2,0\n"
        "2024-05-03 00:00:00,2024-05-04 00:00:00,50,0\n"
        "2024-05-05 18:00:00,2024-05-06 18:00:00,9,0\n"
    )
    columns = {"start": "start", "end": "end", "in": "in", "out": "out"}
    parsed = source(layout="long", columns=columns, date_formats=["%Y-%m-%d %H:%M:%S"], entity="Door").parse(
        [page(text)]
    )
    assert values(parsed) == {("Door", "2024-05-01"): 1, ("Door", "2024-05-02"): 2, ("Door", "2024-05-03"): 50}
    assert "neither an interval within a day" in reasons(parsed)[0]


def test_a_stretch_whose_end_the_clocks_show_a_second_time() -> None:
    columns = {"start": "start", "end": "end", "value": "n"}
    text = "start,end,n\n2024-10-27 01:30,2024-10-27 01:15,4\n"
    assert values(parse(text, layout="long", columns=columns, date_formats=["%Y-%m-%d %H:%M"])) == {
        ("", "2024-10-27"): 4
    }


def test_a_missing_open_hour_makes_the_day_incomplete() -> None:
    place = Place(LONDON, OpeningHours.model_validate(WEEKDAYS))
    whole = "".join(f"A,2024-05-{day:02} {hour:02}:00,1\n" for day in (1, 2) for hour in range(8, 13))
    holed = whole.replace("A,2024-05-02 10:00,1\n", "").replace("A,2024-05-01 08:00,1\n", "A,2024-05-01 08:00,\n")
    parsed = parse("Gate,At,Count\n" + holed, place=place, **HOURS)
    assert flags(parsed) == {"2024-05-01": (), "2024-05-02": ("incomplete",)}
    assert values(parsed) == {("A", "2024-05-01"): 4, ("A", "2024-05-02"): 4}


def test_without_opening_hours_a_blank_or_refused_hour_makes_the_day_incomplete() -> None:
    counts = {"01 09": "1", "01 10": "off", "02 09": "2", "02 10": "", "03 09": "3", "03 10": "0"}
    parsed = parse("Gate,At,Count\n" + "".join(f"A,2024-05-{at}:00,{count}\n" for at, count in counts.items()), **HOURS)
    assert flags(parsed) == {"2024-05-01": ("incomplete",), "2024-05-02": ("incomplete",), "2024-05-03": ()}
    assert reasons(parsed) == ["'off' is not a number (at 10:00)"]


def test_a_day_without_a_single_hour_is_missing() -> None:
    parsed = parse("Gate,At,Count\nA,2024-05-01 09:00,\nA,2024-05-02 09:00,0\n", **HOURS)
    assert values(parsed) == {("A", "2024-05-02"): 0}
    assert parsed.replaces == Window(date(2024, 5, 1), date(2024, 5, 3))


def test_the_cut_off_ends_of_a_rolling_export_are_partial() -> None:
    hours = [datetime(2024, 5, 1, 15, tzinfo=UTC) + timedelta(hours=n) for n in range(72)]
    parsed = parse("Gate,At,Count\n" + "".join(f"A,{at:%Y-%m-%d %H:%M},1\n" for at in hours), **HOURS)
    assert flags(parsed) == {"2024-05-01": ("partial",), "2024-05-02": (), "2024-05-03": (), "2024-05-04": ("partial",)}


def test_only_open_hours_count_when_asked() -> None:
    place = Place(LONDON, OpeningHours.model_validate(WEEKDAYS))
    rows = "Gate,At,Count\n" + "".join(f"A,2024-05-0{day} {hour:02}:00,1\n" for day in (3, 4) for hour in range(24))
    parsed = parse(rows, place=place, **HOURS, open_hours_only=True)
    assert values(parsed) == {("A", "2024-05-03"): 3}
    assert parsed.notes == ("counts outside the opening hours left out: 45",)
    with pytest.raises(ConfigError, match="opening_hours"):
        source(**HOURS, open_hours_only=True)


def test_the_same_hour_given_twice_counts_once() -> None:
    parsed = parse("Gate,At,Count\nA,2024-05-01 09:00,3\nA,2024-05-01 09:00,3\nA,2024-05-01 10:00,4\n", **HOURS)
    assert values(parsed) == {("A", "2024-05-01"): 7}


@given(st.permutations(range(48)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    lines = [f"A,2024-05-0{1 + n // 24} {n % 24:02}:00,{n}\n" for n in range(48)]
    assert values(parse("Gate,At,Count\n" + "".join(lines[n] for n in order), **HOURS)) == {
        ("A", "2024-05-01"): 276,
        ("A", "2024-05-02"): 852,
    }


# --- readings ---


def test_readings_are_stored_as_read_with_what_the_metric_needs() -> None:
    gate = source(**READINGS, rollover=1000, directions="both_halved", largest_step=400)
    parsed = gate.parse([page("dates,counts\n01-Sep-21,990\n02-Sep-21,\n03-Sep-21,5\n04-Sep-21,1000\n")])
    assert values(parsed) == {("", "2021-09-01"): 990, ("", "2021-09-03"): 5}
    assert reasons(parsed) == ["a counter that starts again at 1000 cannot show 1000"]
    (metric,) = gate.metrics()
    assert (metric.name, metric.kind, metric.rollover, metric.divide_by, metric.largest_step) == (
        "gate_reading",
        "reading",
        1000,
        2,
        400,
    )


def test_a_reading_taken_in_the_evening_stands_at_the_start_of_the_next_day() -> None:
    assert values(parse("dates,counts\n01-Sep-21,990\n", **READINGS, label="end")) == {("", "2021-09-02"): 990}


def test_of_several_readings_a_day_the_first_counts() -> None:
    settings = READINGS | {"date_formats": ["%Y-%m-%d %H:%M"]}
    parsed = parse("dates,counts\n2024-05-01 17:00,30\n2024-05-01 09:00,10\n", **settings)
    assert values(parsed) == {("", "2024-05-01"): 10}
    assert parsed.notes == ("further readings within a day left out: 1",)


def test_of_several_evening_readings_the_last_counts_for_the_next_day() -> None:
    settings = READINGS | {"date_formats": ["%Y-%m-%d %H:%M"], "label": "end"}
    assert values(parse("dates,counts\n2024-05-01 09:00,10\n2024-05-01 17:00,30\n", **settings)) == {
        ("", "2024-05-02"): 30
    }


def test_readings_at_both_ends_of_a_day_give_its_visits() -> None:
    first = ("1,2024-05-01,100,160", "1,2024-05-02,990,20", "1,2024-05-03,20,", "1,2024-05-04,500,400")
    text = "\n".join(("gate_id,date,gate_start,gate_end", *first, "2,2024-05-01,7,7", ""))
    columns = {"entity": "gate_id", "date": "date", "reading_start": "gate_start", "reading_end": "gate_end"}
    settings = {
        "layout": "long",
        "columns": columns,
        "date_formats": ["%Y-%m-%d"],
        "values": "readings",
        "period": "day",
    }
    parsed = parse(text, **settings, rollover=1000, directions="both_halved", largest_step=300)
    assert values(parsed) == {("1", "2024-05-01"): 30, ("1", "2024-05-02"): 15, ("2", "2024-05-01"): 0}
    assert flags(parsed)["2024-05-02"] == ("halved", "rollover")
    assert len(parsed.refused) == 2
    assert any("more than largest_step" in reason for reason in reasons(parsed))
    assert any("falls from 500 to 400" in reason for reason in reasons(parse(text, **settings)))


# --- settings ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"period": None}, "the span of a count is not given"),
        ({"columns": {"date": "Day"}}, "needs a column 'value'"),
        ({"columns": {"value": "Count"}}, "either a column 'date'"),
        ({"columns": {"date": "Day", "start": "S", "end": "E", "value": "Count"}}, "either a column 'date'"),
        ({"columns": {"date": "Day", "value": "Count", "in": "In"}}, "needs a column 'value'"),
        (
            {"directions": "both_halved", "columns": {"date": "Day", "in": "In"}},
            "needs a column 'value', or the columns 'in', 'out'",
        ),
        ({"rollover": 1000}, "needs 'values: readings'"),
        ({"date_formats": ["%Y-%m"]}, "does not have the day"),
        ({"date_formats": ["%d %B"]}, "needs 'year'"),
        ({"date_formats": ["%K"]}, "not a date format"),
        ({"period": "hour"}, "does not have the time"),
        ({"open_hours_only": True}, "by the hour or finer"),
        ({"layout": "wide"}, "and an 'entity', or entities for"),
        ({"layout": "wide", "columns": {}}, "name the column with the branch"),
        ({"colums": {}}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_hold_together_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        source(**DAYS | change)


def test_metrics_and_flags_are_declared() -> None:
    assert [m.name for m in source(**MONTHS, metric="loans", unit="loans").metrics()] == ["loans"]
    assert {"halved", "incomplete", "partial", "rollover"} <= FLAGS.keys()


# --- public data ---


def fetched(path: Path, window: Window = EVER, place: Place = HERE, **settings: Any) -> ParseResult:
    gate = source(place, str(path), **settings)
    return gate.parse(list(gate.fetch(window, NOW, Session(lambda _: ""))))


def cells(path: Path) -> dict[tuple[str, str], str]:
    """Every filled cell of a wide file, read without any of the code under test."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    months = [f"{name[:4]}-{int(name[5:]):02}-01" for name in header[1:]]
    return {
        (row[0].strip(), month): cell
        for row in rows
        if row and row[0]
        for month, cell in zip(months, row[1:], strict=False)
        if cell.strip()
    }


def test_every_cell_of_every_version_of_newcastle(shared_data: Callable[[str], Path]) -> None:
    versions = sorted((shared_data("newcastle-libraries") / "visitor-figures-versions").glob("*.csv"))
    assert len(versions) == 38
    for version in versions:
        parsed = fetched(version, **MONTHS)
        assert parsed.refused.empty
        assert values(parsed) == {key: float(cell) for key, cell in cells(version).items()}


def test_the_newest_newcastle_file_covers_its_months_and_not_the_lost_ones(shared_data: Callable[[str], Path]) -> None:
    parsed = fetched(shared_data("newcastle-libraries") / "visitor-figures", **MONTHS)
    assert len(parsed.observations) == 2768
    assert (parsed.observations["value"] == 0).sum() == 22
    assert parsed.covered == (Window(date(2008, 4, 1), date(2020, 4, 1)), Window(date(2021, 4, 1), date(2024, 9, 1)))
    assert parsed.replaces == Window(date(2008, 4, 1), date(2025, 4, 1))


def test_all_newcastle_versions_at_once_give_the_newest(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("newcastle-libraries") / "visitor-figures-versions"
    newest = cells(max(folder.glob("*.csv")))
    held = values(fetched(folder, **MONTHS))
    assert {key: held[key] for key in newest} == {key: float(cell) for key, cell in newest.items()}


def test_toronto_university_readings(shared_data: Callable[[str], Path]) -> None:
    parsed = fetched(
        shared_data("utoronto-gatecounts"),
        place=Place(TORONTO),
        **READINGS,
        rollover=1_000_000,
        missing=["NA"],
        entity="Gate",
    )
    assert len(parsed.observations) == 322
    assert sorted(parsed.refused["raw_value"]) == ['"Gate Closed"', *["Gate broken"] * 4]
    held = values(parsed)
    assert held["Gate", "2021-09-01"] == 9816
    assert parsed.replaces == Window(date(2021, 9, 1), date(2022, 7, 31))


def test_chicago_months_add_up_to_the_year(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("chicago-library-visitors-2014")
    settings = MONTHS | {"columns": {"entity": "LOCATION"}, "date_formats": ["%B"], "year": 2014}
    parsed = fetched(path, **settings, ignore=["ADDRESS", "CITY", "ZIP CODE", "YTD"])
    with next(path.glob("*.csv")).open(encoding="utf-8-sig", newline="") as file:
        years = {row["LOCATION"].strip(): float(row["YTD"]) for row in csv.DictReader(file)}
    assert parsed.observations.groupby("entity")["value"].sum().to_dict() == years
    assert len(parsed.observations) == 79 * 12


def test_toronto_years(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("toronto-library-visits") / "tpl-library-visits-annual-by-branch.csv"
    columns = {"entity": "BranchCode", "date": "Year", "value": "Visits"}
    parsed = fetched(path, place=Place(TORONTO), layout="long", columns=columns, date_formats=["%Y"], period="year")
    with path.open(encoding="utf-8-sig", newline="") as file:
        expected = {(row["BranchCode"], f"{row['Year']}-01-01"): float(row["Visits"]) for row in csv.DictReader(file)}
    assert values(parsed) == expected
    assert len(expected) == 1129
    assert parsed.covered == (Window(date(2012, 1, 1), date(2023, 1, 1)),)


def test_a_day_of_which_an_hour_is_refused_is_incomplete() -> None:
    """The clocks skip 01:00 on 31 March 2024; a gate that does not know that writes it all the same."""
    rows = "".join(f"Main,2024-03-{day},{hour},10\n" for day in (30, 31) for hour in range(24))
    settings = {"columns": {"entity": "Gate", "date": "Date", "hour": "Hour", "value": "In"}, "period": "hour"}
    parsed = parse(f"Gate,Date,Hour,In\n{rows}", layout="long", date_formats=["%Y-%m-%d"], **settings)
    days = {str(row.start.date()): (row.value, row.flags) for row in parsed.observations.itertuples()}
    assert days == {"2024-03-30": (240, ()), "2024-03-31": (230, ("incomplete",))}
    assert parsed.rows_read == 47


def test_an_hour_that_ends_at_24_belongs_to_its_day_and_says_that_labels_are_ends() -> None:
    """Each hour 10 people: 240 a day where labels are ends; called starts, the last hour is missing and said so."""
    rows = "".join(f"Door,2026-09-01 {hour:02d}:00,10\n" for hour in range(1, 25))
    hours = {
        "layout": "long",
        "columns": {"entity": "Gate", "date": "Hour", "value": "In"},
        "date_formats": ["%Y-%m-%d %H:%M"],
        "period": "hour",
    }
    text = f"Gate,Hour,In\n{rows}"
    ends = parse(text, **hours, label="end", window=Window(date(2026, 1, 1), date(2027, 1, 1)))
    assert values(ends) == {("Door", "2026-09-01"): 240}
    starts = parse(text, **hours, window=Window(date(2026, 1, 1), date(2027, 1, 1)))
    assert starts.refused["action"].tolist() == ["write 'label: end' in the plan"]
    assert starts.observations["flags"].tolist() == [("incomplete",)]
