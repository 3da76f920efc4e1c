"""The second gate. Great Expectations is imported once, by the first check that has rows."""

import gc
import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plain_checks import EXPECTATIONS, failing_positions
from warehouse import checks
from warehouse.check_frame import build_check_frame
from warehouse.check_rules import CORRECT, EARLIEST, RELEASE, MetricDeclaration, Rule, describe, row_rules
from warehouse.checks import CheckedRows, check
from warehouse.errors import CheckError, ShapeError

LATEST = date(2026, 3, 31)
VISITS, SHARE = MetricDeclaration("visits", "visits", 0), MetricDeclaration("share", "%", 0, 100)
BALANCE = MetricDeclaration("balance", "EUR", None)
DECLARED = (VISITS, SHARE, BALANCE)
RECORDING = [False]
EVENTS: list[str] = []


def _record(
    event: str, arguments: tuple[Any, ...], recording: list[bool] = RECORDING, events: list[str] = EVENTS
) -> None:
    """An audit hook. It lives longer than this module, so it holds what it needs itself."""
    if not recording[0]:
        return
    writes = (
        event == "open"
        and isinstance(arguments[1], str)
        and set(arguments[1]) & set("wax+")
        and not str(arguments[0]).endswith(".pyc")
    )
    if writes or event in {"socket.connect", "socket.getaddrinfo", "os.mkdir"}:
        events.append(f"{event} {arguments[0]}")


GREAT_EXPECTATIONS = checks._unexpected
"""The real ones: this module is imported before the stand-in of tests/conftest.py takes their place."""


@pytest.fixture(scope="module", autouse=True)
def _great_expectations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "_unexpected", GREAT_EXPECTATIONS)
        yield


@pytest.fixture(scope="module", autouse=True)
def first_check(_great_expectations: None) -> dict[str, Any]:
    """What the first check of this process prints, warns of, writes and connects to; it pays for the import."""
    sys.addaudithook(_record)
    out = io.StringIO()
    RECORDING[0] = True
    with redirect_stdout(out), redirect_stderr(out), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        check(frame({}, {"value": -1.0}), DECLARED, latest=LATEST)
    RECORDING[0] = False
    return {
        "out": out.getvalue(),
        "warned": [str(w.message) for w in warned],
        "events": [e for e in EVENTS if "__pycache__" not in e],
    }


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """One observation a row: the visits of one gate on one day each, but for what the row says."""
    full = []
    for at, row in enumerate(rows):
        start = row.get("start", pd.Timestamp(2026, 1, 1) + pd.Timedelta(days=at))
        end = None if start is None else pd.Timestamp(start) + pd.Timedelta(days=1)
        plain = {
            "metric": "visits",
            "entity": "Gate",
            "start": start,
            "end": end,
            "value": 7.0,
            "unit": "visits",
            "flags": (),
            "origin": f"a.csv, row {at + 2}",
        }
        full.append(plain | row)
    columns = pd.DataFrame(full, columns=[*checks.CHECKED_COLUMNS])
    return columns.astype(
        {
            "start": "datetime64[us]",
            "end": "datetime64[us]",
            "value": "float64",
            "metric": "str",
            "entity": "str",
            "unit": "str",
            "origin": "str",
        }
    )


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def run(*rows: dict[str, Any]) -> CheckedRows:
    return check(frame(*rows), DECLARED, latest=LATEST)


ONE_FAULT: dict[str, tuple[dict[str, Any], str, str]] = {
    "negative": ({"value": -4.0}, "-4 is below 0, the least that visits can be", RELEASE),
    "too much": (
        {"metric": "share", "unit": "%", "value": 100.5},
        "100.5 is above 100, the most that share can be",
        RELEASE,
    ),
    "no metric": ({"metric": None}, "missing: metric", CORRECT),
    "no entity": ({"entity": None}, "missing: entity", CORRECT),
    "no start": ({"start": None, "end": day("2026-01-02")}, "missing: start", CORRECT),
    "no end": ({"end": None}, "missing: end", CORRECT),
    "no unit": ({"unit": None}, "missing: unit", CORRECT),
    "no flags": ({"flags": None}, "missing: flags", CORRECT),
    "unknown metric": (
        {"metric": "vists"},
        "'vists' is no metric of this source",
        "correct the name in the file: the metrics of this source are balance, share, visits",
    ),
    "other unit": ({"unit": "people"}, "the unit is 'people', and visits is counted in 'visits'", CORRECT),
    "no length": (
        {"start": day("2026-01-02"), "end": day("2026-01-02")},
        "it ends on 2026-01-02, not after its start on 2026-01-02",
        CORRECT,
    ),
    "backwards": (
        {"start": day("2026-01-02"), "end": day("2026-01-01")},
        "it ends on 2026-01-01, not after its start on 2026-01-02",
        CORRECT,
    ),
    "1899": (
        {"start": day("1899-12-31")},
        "it begins on 1899-12-31, before 1900-01-01, the earliest accepted",
        RELEASE,
    ),
    "future": ({"start": day("2026-04-01")}, "it ends on 2026-04-02: in the future", RELEASE),
    "infinite": ({"metric": "balance", "unit": "EUR", "value": np.inf}, "the value is infinite", CORRECT),
    "minus infinite": ({"metric": "balance", "unit": "EUR", "value": -np.inf}, "the value is infinite", CORRECT),
    "long entity": ({"entity": "é" * 501}, "the entity has 501 characters, more than 500", CORRECT),
    "control character": ({"entity": "Gate\x07"}, r"the entity holds a control character: 'Gate\x07'", CORRECT),
    "C1 control": ({"entity": "Gate\x85"}, r"the entity holds a control character: 'Gate\x85'", CORRECT),
    "unknown flag": ({"flags": ("sampled", "guessed")}, "not known as a flag: guessed", CORRECT),
}


SOUND: dict[str, dict[str, Any]] = {
    "unknown value": {"value": np.nan},
    "zero": {"value": 0.0},
    "the most": {"metric": "share", "unit": "%", "value": 100.0},
    "no least": {"metric": "balance", "unit": "EUR", "value": -1e300},
    "the whole source": {"entity": ""},
    "500 characters": {"entity": "é" * 500},
    "no-break space and emoji": {"entity": "Läse\u00a0Ecke 📚"},
    "earliest": {"start": EARLIEST},
    "latest": {"start": LATEST},
    "partial and in the future": {"entity": "Café", "start": LATEST, "end": day("2026-04-07"), "flags": ("partial",)},
    "known flags": {"flags": ("estimated", "sampled")},
}


@pytest.fixture(scope="module")
def mixed() -> CheckedRows:
    """Every row above in one check, named by its origin: a fault says nothing about the rows beside it."""
    faulty = ({"origin": name} | row for name, (row, _, _) in ONE_FAULT.items())
    return run(*faulty, *({"origin": name} | row for name, row in SOUND.items()))


@pytest.mark.parametrize("name", ONE_FAULT)
def test_one_fault_refuses_its_row_with_a_sentence_and_an_action(mixed: CheckedRows, name: str) -> None:
    row = mixed.refused[mixed.refused["origin"] == name]
    assert list(zip(row["reason"], row["action"], strict=True)) == [ONE_FAULT[name][1:]]


@pytest.mark.parametrize("name", SOUND)
def test_what_lies_on_a_bound_is_good(mixed: CheckedRows, name: str) -> None:
    assert (mixed.good["origin"] == name).sum() == 1


def test_faulty_and_sound_rows_together_are_all_there_is(mixed: CheckedRows) -> None:
    assert (mixed.refused["origin"].tolist(), mixed.good["origin"].tolist(), mixed.repeated) == (
        list(ONE_FAULT),
        list(SOUND),
        0,
    )


def test_each_check_says_how_many_rows_failed_it(mixed: CheckedRows) -> None:
    counts = {result.expectation: (result.rows, result.failed) for result in mixed.results}
    rows = len(ONE_FAULT) + len(SOUND)
    assert [
        f"{name} " if kind else name for name, kind in ((r.expectation, r.expectation_type) for r in mixed.results)
    ] == [text.partition("(")[0] for text in describe(DECLARED)[: len(mixed.results)]]
    assert counts["metric is never missing"] == (rows, 1)
    assert counts["entity holds no control character"] == (rows, 2)
    assert counts["metric, entity, start, end are unique together"] == (rows, 0)


def test_copies_fail_no_check_and_differing_or_overlapping_rows_do() -> None:
    first, both = {"start": day("2026-01-01")}, {"start": day("2026-01-08")}
    rows = [
        first,
        first,
        both,
        both | {"value": 8.0},
        {"start": day("2026-02-01")},
        {"start": day("2026-02-01"), "end": day("2026-02-03")},
    ]
    failed = {
        result.expectation: result.failed
        for result in check(frame(*rows), DECLARED, latest=LATEST).results
        if result.failed
    }
    assert failed == {
        "metric, entity, start, end are unique together": 2,
        "spans of one metric and entity do not overlap": 1,
    }


def test_no_row_has_no_result() -> None:
    assert run().results == ()


def test_good_rows_come_back_unchanged() -> None:
    rows: list[dict[str, Any]] = [{"value": np.nan}, {"flags": ("estimated", "sampled")}, {"entity": ""}]
    pd.testing.assert_frame_equal(run(*rows).good, frame(*rows))


def test_a_row_with_several_faults_lists_all_of_them_in_a_stable_order() -> None:
    refused = run({"value": -4.0, "start": day("2026-04-03"), "flags": ("guessed",), "unit": "people"}).refused
    assert refused["reason"][0] == (
        "the unit is 'people', and visits is counted in 'visits'; it ends on 2026-04-04: in the future; "
        "-4 is below 0, the least that visits can be; not known as a flag: guessed"
    )
    assert refused["action"][0] == CORRECT, "a release would not correct the unit"


def test_two_faults_that_a_release_settles_offer_it_once() -> None:
    assert run({"value": -4.0, "start": day("2026-04-03")}).refused["action"].tolist() == [RELEASE]


def test_identical_copies_are_kept_once_and_counted_whatever_their_order() -> None:
    copies = frame({"origin": "b.csv"}, {"origin": "a.csv"}, {"origin": "c.csv"}).assign(
        start=pd.Timestamp(2026, 1, 1), end=pd.Timestamp(2026, 1, 2)
    )
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        checked = check(copies.iloc[order], DECLARED, latest=LATEST)
        assert checked.good["origin"].tolist() == ["a.csv"]
        assert (len(checked.refused), checked.repeated) == (0, 2)


def test_two_unknown_values_of_one_key_are_identical() -> None:
    same = {"start": day("2026-01-01"), "value": np.nan}
    checked = run(same, same)
    assert (len(checked.good), checked.repeated) == (1, 1)


@pytest.mark.parametrize(
    ("second", "contents"),
    [
        ({"value": 9.0}, "7 visits; 9 visits"),
        ({"value": np.nan}, "7 visits; unknown visits"),
        ({"flags": ("partial",)}, "7 visits; 7 visits (partial)"),
    ],
)
def test_one_key_with_different_contents_refuses_every_copy(second: dict[str, Any], contents: str) -> None:
    first = {"start": day("2026-01-01")}
    checked = run(first, first | second, first, {"entity": "other"})
    assert checked.good["entity"].tolist() == ["other"]
    assert set(checked.refused["reason"]) == {
        f"the same span is there more than once, with different contents: {contents}"
    }
    assert (len(checked.refused), checked.repeated) == (3, 0)
    assert set(checked.refused["action"]) == {"keep one of them in the file"}


def test_every_copy_of_a_faulty_row_is_refused() -> None:
    bad = {"start": day("2026-01-01"), "value": -1.0}
    checked = run(bad, bad)
    assert (len(checked.refused), checked.repeated) == (2, 0)


def test_every_copy_of_an_overlapping_row_is_refused() -> None:
    long = {"start": day("2026-01-01"), "end": day("2026-02-01")}
    checked = run(long, {"start": day("2026-01-05")}, long)
    assert (len(checked.good), len(checked.refused), checked.repeated) == (1, 2, 0)
    assert checked.refused["reason"].nunique() == 1


def test_the_longer_of_two_overlapping_spans_is_refused() -> None:
    month = {"start": day("2026-01-01"), "end": day("2026-02-01")}
    checked = run(
        month,
        *({"start": day(f"2026-01-{n:02}")} for n in range(1, 32)),
        {"entity": "other"} | month,
        {"start": day("2026-02-01")},
    )
    assert checked.refused["reason"].tolist() == ["it overlaps 2026-01-01..2026-01-02: the days would count twice"]
    assert checked.refused["end"].tolist() == [pd.Timestamp(2026, 2, 1)]
    assert len(checked.good) == 33


def test_spans_of_one_length_that_overlap_are_both_refused() -> None:
    checked = run(
        {"start": day("2026-01-01"), "end": day("2026-01-08")}, {"start": day("2026-01-04"), "end": day("2026-01-11")}
    )
    assert checked.refused["reason"].tolist() == [
        "it overlaps 2026-01-04..2026-01-11: the days would count twice",
        "it overlaps 2026-01-01..2026-01-08: the days would count twice",
    ]


def test_spans_that_touch_do_not_overlap() -> None:
    assert run(
        {"start": day("2026-01-01"), "end": day("2026-01-08")}, {"start": day("2026-01-08"), "end": day("2026-01-09")}
    ).refused.empty


def test_an_overlap_hidden_behind_another_is_found() -> None:
    rows = [("2026-01-01", "2026-01-11"), ("2026-01-02", "2026-02-01"), ("2026-01-06", "2026-01-07")]
    checked = run(*({"start": day(start), "end": day(end)} for start, end in rows))
    assert checked.good["start"].tolist() == [pd.Timestamp(2026, 1, 6)]


def test_a_refused_row_costs_no_good_row_its_place() -> None:
    checked = run({"start": day("2026-01-01"), "end": day("2026-02-01")}, {"start": day("2026-01-05"), "value": -1.0})
    assert checked.good["end"].tolist() == [pd.Timestamp(2026, 2, 1)]


def test_further_columns_and_any_index_pass_through() -> None:
    given_frame = frame({}, {"value": -1.0}).assign(page=[3, 4]).set_index(pd.Index([9, 9]))
    checked = check(given_frame, DECLARED, latest=LATEST)
    assert checked.good["page"].tolist() == [3]
    assert checked.refused["page"].tolist() == [4]
    assert list(checked.good.columns) == list(given_frame.columns)
    assert list(checked.refused.columns) == [*given_frame.columns, "reason", "action"]
    assert given_frame.index.tolist() == [9, 9], "the input is left alone"


def test_with_nothing_declared_everything_is_refused() -> None:
    refused = check(frame({}), (), latest=LATEST).refused
    assert refused["action"].tolist() == ["correct the name in the file: the metrics of this source are none"]


def test_an_empty_frame_comes_back_without_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    checked = check(frame(), DECLARED, latest=LATEST)
    assert checked.good.dtypes.equals(frame().dtypes)
    assert list(checked.refused.columns) == [*checks.CHECKED_COLUMNS, "reason", "action"]


def test_importing_the_module_imports_no_great_expectations() -> None:
    program = "import sys, warehouse.checks; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_the_first_check_prints_writes_and_sends_nothing(first_check: dict[str, Any]) -> None:
    assert first_check == {"out": "", "warned": [], "events": []}


def test_no_frame_stays_in_memory_after_a_check() -> None:
    rows = [{"entity": "kept?"}] * 3
    run(*rows)
    gc.collect()
    left = [o for o in gc.get_objects() if isinstance(o, pd.DataFrame) and "newest_end" in o.columns]
    assert left == []


def test_a_check_that_breaks_raises_instead_of_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Rule("ExpectColumnValuesToNotBeNull", {"column": "nowhere"}, "nowhere is never missing", "-")
    monkeypatch.setattr(checks, "row_rules", lambda declared: [broken])
    with pytest.raises(CheckError, match="'nowhere is never missing' could not be checked: report it"):
        run({})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="unit"), "column 'unit': the column is absent"),
        (lambda f: f.astype({"value": "str"}), "column 'value': the column is str"),
        (
            lambda f: f.assign(start=f["start"].dt.tz_localize("UTC")),
            r"column 'start': the column is datetime64\[us, UTC\]",
        ),
    ],
)
def test_a_frame_of_another_shape_is_a_shape_error(spoil: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        check(spoil(frame({})), DECLARED, latest=LATEST)


def test_the_description_names_every_bound_and_every_check() -> None:
    lines = describe(DECLARED)
    assert lines[-3:] == [
        "visits: in visits, at least 0",
        "share: in %, at least 0 and at most 100",
        "balance: in EUR, any value",
    ]
    assert "value is finite (ExpectColumnValuesToBeBetween)" in lines
    assert len(lines) == len(set(lines))


DAYS = st.integers(-1, 6).map(lambda n: pd.Timestamp(2026, 3, 27) + pd.Timedelta(days=n))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "metric": st.sampled_from(["visits", "visits", "share", "vists", None]),
            "entity": st.sampled_from(["", "Gate", "Gate", "bad\x00gate", None]),
            "start": st.one_of(DAYS, st.none()),
            "end": st.one_of(DAYS, st.none()),
            "value": st.sampled_from([0.0, 7.0, 7.0, -4.0, 101.0, np.inf, np.nan]),
            "unit": st.sampled_from(["visits", "visits", "%", None]),
            "flags": st.sampled_from([(), (), ("partial",), ("guessed",), None]),
        }
    )
    | st.fixed_dictionaries({"start": DAYS, "end": DAYS}),
    min_size=12,
    max_size=40,
)
few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, derandomize=True
)


@few
@given(ROWS)
def test_nothing_is_lost_nothing_comes_twice_and_what_is_good_stays_good(rows: list[dict[str, Any]]) -> None:
    checked = run(*rows)
    origins = sorted([*checked.good["origin"], *checked.refused["origin"]])
    assert len(origins) == len(set(origins)) == len(rows) - checked.repeated
    key = ["metric", "entity", "start", "end"]
    contents = frame(*rows).drop_duplicates([*key, "value", "unit", "flags"])
    held = pd.concat([checked.good, checked.refused]).drop_duplicates([*key, "value", "unit", "flags"])
    assert len(held) == len(contents), "a repeated row has a copy that is held"
    assert (checked.refused["reason"] != "").all()
    assert (checked.refused["action"] != "").all()
    if len(checked.good):
        again = check(checked.good, DECLARED, latest=LATEST)
        pd.testing.assert_frame_equal(again.good, checked.good)
        assert again.refused.empty
        ordered = checked.good.sort_values(key)
        overlap = (
            (ordered["start"] < ordered["end"].shift())
            & (ordered["metric"] == ordered["metric"].shift())
            & (ordered["entity"] == ordered["entity"].shift())
        )
        assert not overlap.any()


def facts_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return build_check_frame(frame(*rows), checks._bounds(DECLARED), EARLIEST, LATEST)


def positions(found: list[checks.Positions]) -> list[list[int]]:
    return [sorted(at.tolist()) for at in found]


@few
@given(ROWS)
def test_the_stand_in_of_the_other_tests_finds_the_rows_that_great_expectations_finds(
    rows: list[dict[str, Any]],
) -> None:
    drawn = [*rows, *(row for row, _, _ in ONE_FAULT.values()), *SOUND.values()]
    facts, rules = facts_of(drawn), row_rules(DECLARED)
    assert positions(failing_positions(facts, rules)) == positions(GREAT_EXPECTATIONS(facts, rules))


def test_the_stand_in_knows_every_expectation() -> None:
    assert {rule.expectation for rule in row_rules(DECLARED)} == set(EXPECTATIONS)


@pytest.mark.slow
@few
@given(ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_the_order_of_the_rows_does_not_matter(drawn: tuple[list[dict[str, Any]], list[int]]) -> None:
    rows, order = drawn
    straight = run(*rows)
    shuffled = check(frame(*rows).iloc[order], DECLARED, latest=LATEST)
    for one, other in ((straight.good, shuffled.good), (straight.refused, shuffled.refused)):
        pd.testing.assert_frame_equal(
            one.sort_values("origin", ignore_index=True), other.sort_values("origin", ignore_index=True)
        )
