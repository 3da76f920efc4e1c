"""The one boundary of every parser: what no table can hold is refused row by row, with its place."""

import json
import math
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.contract import ObservationRow
from sources.frames import record_frames
from sources.items import Item, Items, one_day
from sources.json_values import MAX_DEPTH, Contradiction, parse_json
from sources.observations import ObservationBuilder, ReportedValue
from sources.registry import source_class
from tests.sources.hostile import MARK, at_path, paths, with_value
from tests.sources.test_conformance import FRAGMENTS, Fragment
from warehouse.errors import ConfigError, ShapeError, printable

DAY = date(2026, 3, 2)
GOOD: ObservationRow = ("visits", "Hill", DAY, date(2026, 3, 3), 3.0, (), "a.csv row 2")
POISON = ('"\\ud83d"', '"9999-12-31"', '"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00+14:00"', "NaN", "1e999",
          "9" * 5000, '{"a": 1, "a": 2}', '"\\u0000"', "[]", "null")  # fmt: skip
RECORDS = {
    "bluesky": r"feed\.",
    "facebook_page": r"data\.",
    "ga4": r"rows\.",
    "google_sheets": r"valueRanges\.0\.values\.[1-9]",
    "instagram": r"data\.",
    "mastodon": r"\d+\.",
    "matomo": r"20",
    "plausible": r"results\.",
    "rest": r"data\.items\.",
    "sushi": r"Report_Items\.",
    "trafsys": r"\d+\.",
    "umami": r"(pageviews|sessions)\.",
    "vea": r"results\.",
    "wordpress": r"\d+\.",
    "youtube": r"items\.",
}
"""Where the records of each JSON source lie, as the beginning of a path."""
ONLY_TYPED = {"sushi"}
"""A COUNTER report must not hold a name twice, and is refused whole then: its totals could not be trusted."""


@pytest.mark.parametrize("name", RECORDS)
def test_one_poisoned_field_never_costs_the_other_records(name: str) -> None:
    fragment = Fragment(name, source_class(name), FRAGMENTS / name)
    pages, source, tried = fragment.pages(), fragment.source(), 0
    for at, page in enumerate(pages):
        if page.body[:1] not in {b"{", b"["}:
            continue
        document = json.loads(page.body)
        leaves = [path for path in paths(document) if not isinstance(at_path(document, path), dict | list)]
        records = [path for path in leaves if re.match(RECORDS[name], ".".join(map(str, path)))]
        for number, path in enumerate(records):
            before, after = json.dumps(with_value(document, path, MARK)).split(json.dumps(MARK))
            poison = POISON[number % len(POISON)]
            if name in ONLY_TYPED and '"a": 1' in poison:
                continue
            torn = replace(page, content=(before + poison + after).encode())
            parsed = source.parse([*pages[:at], torn, *pages[at + 1 :]])
            assert len(parsed.observations), (path, poison)
            tried += 1
    assert tried >= 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((*GOOD[:2], date(9999, 12, 30), date(9999, 12, 31), *GOOD[4:]), "9999-12-30"),
        ((*GOOD[:2], date(1499, 12, 31), date(1500, 1, 1), *GOOD[4:]), "1500 to 2199"),
        ((*GOOD[:2], date(2199, 12, 31), date(2200, 1, 2), *GOOD[4:]), "1500 to 2199"),
        ((*GOOD[:3], DAY, *GOOD[4:]), "not a span"),
        ((*GOOD[:4], math.nan, *GOOD[5:]), "not a number"),
        ((*GOOD[:4], math.inf, *GOOD[5:]), "not a number"),
        ((*GOOD[:4], 10**400, *GOOD[5:]), "not a number"),
        (("visits", "a \ud83d", *GOOD[2:]), r"'a \\ud83d'"),
        (("visits", "a\x00b", *GOOD[2:]), r"'a\\x00b'"),
        (("visits", "a\nb", *GOOD[2:]), "control character"),
    ],
)
def test_a_row_that_no_table_can_hold_is_refused_and_the_others_are_kept(row: ObservationRow, reason: str) -> None:
    kept, refused = record_frames([GOOD, row], [])
    assert list(kept["entity"]) == ["Hill"]
    assert re.search(reason, refused["reason"].iloc[0])
    assert refused["origin"].iloc[0] == "a.csv row 2"
    assert refused["action"].iloc[0]


@pytest.mark.parametrize("day", [date(1500, 1, 1), date(2199, 12, 31)])
def test_the_first_and_the_last_day_are_kept(day: date) -> None:
    span = one_day(day)
    kept, refused = record_frames([("visits", "", span.start, span.end, None, (), "x")], [])
    assert (len(kept), len(refused)) == (1, 0)


def test_an_origin_with_half_a_character_is_written_as_an_escape() -> None:
    kept, _ = record_frames([(*GOOD[:6], "post \ud83d")], [])
    assert kept["origin"].iloc[0] == "post \\ud83d"


@given(st.text(), st.text())
def test_any_text_of_a_refusal_can_be_stored(raw: str, reason: str) -> None:
    _, refused = record_frames([], [("m" + raw, raw, date.min, date.max, raw, reason, raw, "do")])
    assert refused.to_csv().encode()
    assert refused["start"].isna().all()


def test_an_exception_in_a_record_refuses_the_record_with_its_place() -> None:
    observed = ObservationBuilder()

    def read(row: dict[str, int], origin: str) -> None:
        observed.add(ReportedValue("visits", DAY, row["a"], origin))
        observed.add(ReportedValue("visits", DAY, row["b"], origin, "b"))

    for number, row in enumerate([{"a": 1, "b": 2}, {"a": 1}, ["no object"]], 1):
        observed.read(row, f"item {number}", read, f"item {number}")
    parsed = observed.parsed()
    assert list(parsed.observations["value"]) == [1, 2], "nothing of a record that fails is kept"
    assert list(parsed.refused["origin"]) == ["item 2", "item 3"]
    assert list(parsed.refused["reason"]) == [
        "the record cannot be read (a field is missing)",
        "the record cannot be read (a field has an unexpected type or form)",
    ]


def test_an_error_of_ours_is_about_the_page_and_passes() -> None:
    def read(row: object) -> None:
        raise ConfigError("wrong", where="x", do="y")

    with pytest.raises(ConfigError):
        ObservationBuilder().read({}, "item 1", read)


def test_an_exception_in_an_item_refuses_the_item() -> None:
    items = Items()
    items.read({}, "item 1", lambda row: items.add(Item("news", row["id"], one_day(DAY), "item 1")))
    items.read({}, "item 2", lambda row: items.add(Item("news", "a", one_day(date.max), "item 2")))
    assert list(items.parsed().refused["reason"]) == [
        "the record cannot be read (a field is missing)",
        "the record cannot be read (a number or a date is too large)",
    ]


def test_a_name_that_a_record_holds_twice_refuses_the_record() -> None:
    rows = parse_json(b'[{"n": 1, "n": 2}, {"n": 1, "n": 1}, {"n": 3}]', "x")
    assert isinstance(rows[0]["n"], Contradiction)
    assert rows[1:] == [{"n": 1}, {"n": 3}]
    observed = ObservationBuilder()
    for row in rows:
        observed.read(row, "item", lambda row: observed.add(ReportedValue("m", DAY, row["n"], "item")))
    parsed = observed.parsed()
    assert list(parsed.observations["value"]) == [1, 3]
    assert list(parsed.refused["reason"]) == ["the record cannot be read ('n' is given twice: 1 and 2)"]
    assert list(parsed.refused["raw_value"]) == ['{"n": "given twice: 1 and 2"}']


def test_a_name_twice_is_an_error_of_the_whole_where_names_must_be_unique() -> None:
    with pytest.raises(ShapeError, match="an object holds 'n' twice"):
        parse_json(b'{"n": 1, "n": 1}', "x", unique=True)


@pytest.mark.parametrize("text", ["9" * 5000, "NaN", "Infinity", "1e999", "-" + "9" * 401])
def test_a_number_beyond_a_double_is_refused_by_itself(text: str) -> None:
    observed = ObservationBuilder()
    observed.add(ReportedValue("m", DAY, parse_json(f"[{text}]".encode(), "x")[0], "item"))
    assert observed.parsed().refused["reason"].iloc[0].endswith("is not a number")


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 101 + b"]" * 101, b'{"a":[' * 60 + b"]}" * 60]
)
def test_json_that_is_nested_too_deeply_is_a_shape_error(body: bytes) -> None:
    with pytest.raises(ShapeError, match=f"nested more than {MAX_DEPTH} levels deep"):
        parse_json(body, "x")


def test_brackets_in_texts_are_not_nesting() -> None:
    body = json.dumps(["[{" * 300, '\\"[[[' * 100, {"a": ["[" * 200] * 200}]).encode()
    assert parse_json(body, "x") == json.loads(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_good_json_is_read_as_by_the_standard_library(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), "x") == value


@given(st.text())
def test_a_message_can_be_written_anywhere(text: str) -> None:
    for written in (printable(text), str(ConfigError(text, where=text, do=text))):
        assert written.encode().decode() == written


def test_printable_keeps_what_is_written_in_any_language() -> None:
    text = "Führungen, 图书馆, 😀\n\ttab\u00a0space\u00ad"
    assert printable(text) == text
    assert printable("a\x1b[31m\ud83d\x00") == "a\\x1b[31m\\ud83d\\x00"
