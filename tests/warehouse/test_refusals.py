"""Refused rows are kept with the reason, open until they are no longer delivered or a person releases them."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.observation_rows import NOON
from warehouse.errors import ConfigError
from warehouse.refusals import (
    PullScope,
    Release,
    as_observation,
    find_refusal,
    open_refusals,
    record_refusals,
    record_release,
    released_ids,
    with_refused_ids,
)
from warehouse.root import open_root
from warehouse.schema import Window
from warehouse.tables import Tables

MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(open_root(tmp_path))


def refused(*rows: tuple[str | None, str, float | None], row: int = 7) -> pd.DataFrame:
    """Refusals from (day, raw text, value)."""
    start = pd.to_datetime([r[0] for r in rows]).astype("datetime64[us]")
    frame = pd.DataFrame(
        {
            "metric": "visits",
            "entity": "Hill",
            "start": start,
            "end": start + pd.Timedelta(days=1),
            "value": [r[2] for r in rows],
            "raw_value": [r[1] for r in rows],
            "reason": "not a number",
            "origin": f"visits.csv, row {row}, column 'counts'",
            "action": "correct it in the file",
            "gate": ["parse" if r[2] is None else "check" for r in rows],
            "pull_id": "p1",
        }
    )
    return with_refused_ids(frame.astype({"value": "float64"}), "gates")


def test_the_same_fault_delivered_again_is_listed_once(tables: Tables) -> None:
    record_refusals(tables, refused(("2026-03-02", "Gate broken", None)), "gates", PullScope(MARCH), NOON)
    record_refusals(
        tables, refused(("2026-03-02", "Gate broken", None), row=9), "gates", PullScope(MARCH), NOON + timedelta(days=1)
    )
    assert len(open_refusals(tables)) == 1


def test_a_fault_that_is_mended_is_cleared(tables: Tables) -> None:
    record_refusals(
        tables,
        refused(("2026-03-02", "Gate broken", None), ("2026-03-03", "off", None)),
        "gates",
        PullScope(MARCH),
        NOON,
    )
    record_refusals(tables, refused(("2026-03-03", "off", None)), "gates", PullScope(MARCH), NOON + timedelta(days=1))
    assert list(open_refusals(tables)["raw_value"]) == ["off"]


def test_a_pull_of_other_days_clears_nothing(tables: Tables) -> None:
    record_refusals(tables, refused(("2026-03-02", "Gate broken", None)), "gates", PullScope(MARCH), NOON)
    record_refusals(
        tables, refused(), "gates", PullScope(Window(date(2026, 4, 1), date(2026, 5, 1))), NOON + timedelta(days=1)
    )
    record_refusals(tables, refused(), "web", PullScope(MARCH), NOON + timedelta(days=1))
    assert len(open_refusals(tables)) == 1


def test_text_cannot_be_released_and_the_error_says_what_to_do(tables: Tables) -> None:
    record_refusals(tables, refused(("2026-03-02", "Gate broken", None)), "gates", PullScope(MARCH), NOON)
    refusal = find_refusal(tables, open_refusals(tables)["refused_id"].iloc[0])
    with pytest.raises(
        ConfigError, match=r"visits.csv, row 7, column 'counts': 'Gate broken' is not a number.*correct it"
    ):
        as_observation(refusal)


def test_a_released_number_is_remembered_with_name_and_reason(tables: Tables) -> None:
    record_refusals(tables, refused(("2026-03-02", "-4", -4.0)), "gates", PullScope(MARCH), NOON)
    refusal = find_refusal(tables, open_refusals(tables)["refused_id"].iloc[0][:6])
    row = as_observation(refusal).iloc[0]
    assert (row["value"], row["flags"], row["month"], row["entity"]) == (-4.0, ("released",), "2026-03", "Hill")
    record_release(tables, refusal, Release("Ada", "a correction of last week"), NOON + timedelta(hours=1))
    assert open_refusals(tables).empty
    assert released_ids(tables, "gates") == {refusal["refused_id"]}
    assert released_ids(tables, "web") == set()


def test_an_unknown_id_says_where_ids_are_found(tables: Tables) -> None:
    with pytest.raises(ConfigError, match="kmi refused"):
        find_refusal(tables, "abc")


def test_a_refusal_without_a_day_is_cleared_by_the_next_whole_delivery(tables: Tables) -> None:
    record_refusals(tables, refused((None, "garbled line", None)), "gates", PullScope(MARCH), NOON)
    assert len(open_refusals(tables)) == 1
    record_refusals(tables, refused(), "gates", PullScope(MARCH), NOON + timedelta(days=1))
    assert open_refusals(tables).empty


def test_a_refusal_of_an_item_is_mended_when_the_item_comes_again_and_is_good(tables: Tables) -> None:
    record_refusals(tables, refused((None, "no date", None)), "gates", PullScope(), NOON)
    record_refusals(tables, refused(), "gates", PullScope(None, frozenset({"Quay"})), NOON + timedelta(days=1))
    assert len(open_refusals(tables)) == 1
    record_refusals(tables, refused(), "gates", PullScope(None, frozenset({"Hill"})), NOON + timedelta(days=2))
    assert open_refusals(tables).empty


def test_of_one_instant_the_release_comes_after_the_refusal(tables: Tables) -> None:
    record_refusals(tables, refused(("2026-03-02", "-4", -4.0)), "gates", PullScope(MARCH), NOON)
    record_release(
        tables, find_refusal(tables, open_refusals(tables)["refused_id"].iloc[0]), Release("Ada", "right"), NOON
    )
    assert open_refusals(tables).empty
