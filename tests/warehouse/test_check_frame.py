"""The frame that the checks look at: bounds and flags beside each row."""

from datetime import date

import pandas as pd
import pytest

from warehouse.check_frame import build_check_frame

EARLIEST, LATEST = date(1900, 1, 1), date(2026, 3, 31)
BOUNDS = pd.DataFrame(
    {"metric": ["visits", "share"], "declared_unit": ["visits", "%"], "least": [0.0, None], "most": [None, 100.0]}
)
BOUNDS = BOUNDS.astype({"metric": "str", "declared_unit": "str", "least": "float64", "most": "float64"})


def rows(**columns: list[object]) -> pd.DataFrame:
    plain: dict[str, list[object]] = {
        "metric": ["visits", "share", "vists", None],
        "entity": ["Hill", "Quay", None, ""],
        "unit": ["visits", "visits", "%", None],
    }
    frame = pd.DataFrame(
        plain | {"value": [1.0, 2.0, 3.0, None], "flags": [(), ("partial",), None, ("guessed", "partial")]} | columns
    )
    start = pd.Series(pd.date_range("2026-03-01", periods=4)).astype("datetime64[us]")
    return frame.assign(start=start, end=start + pd.Timedelta(days=1), origin=[f"a.csv, row {at}" for at in range(4)])


def test_each_row_stands_beside_the_bounds_of_its_metric_and_an_unknown_metric_beside_nothing() -> None:
    found = build_check_frame(rows(), BOUNDS, EARLIEST, LATEST)
    assert found["declared_unit"].astype("object").where(found["declared_unit"].notna(), None).tolist() == [
        "visits",
        "%",
        None,
        None,
    ]
    assert found["least"].isna().tolist() == [False, True, True, True]
    assert (found["unit"] == found["declared_unit"]).tolist() == [True, False, False, False]


def test_a_missing_text_stays_missing_and_an_empty_one_stays_empty() -> None:
    found = build_check_frame(rows(), BOUNDS, EARLIEST, LATEST)
    assert found["metric"].isna().tolist() == [False, False, False, True]
    assert found["entity"].isna().tolist() == [False, False, True, False]
    assert found["entity_length"].fillna(-1).tolist() == [4, 4, -1, 0]


def test_only_a_row_flagged_partial_may_end_later_even_where_flags_are_missing() -> None:
    found = build_check_frame(rows(), BOUNDS, EARLIEST, LATEST)
    assert found["newest_end"].isna().tolist() == [False, True, False, True]
    assert found["newest_end"][2] == pd.Timestamp(2026, 4, 1)
    assert found["flags"].isna().tolist() == [False, False, True, False]
    assert found["unknown_flags"].astype("object").where(found["unknown_flags"].notna(), None).tolist() == [
        None,
        None,
        None,
        "guessed",
    ]


def test_every_text_is_held_once_and_the_origin_is_left_out() -> None:
    found = build_check_frame(rows(), BOUNDS, EARLIEST, LATEST)
    texts = ("metric", "entity", "unit", "declared_unit", "flags", "unknown_flags")
    assert all(isinstance(found[name].dtype, pd.CategoricalDtype) for name in texts)
    assert "origin" not in found


def test_a_metric_that_is_declared_twice_is_no_silent_choice() -> None:
    with pytest.raises(ValueError, match="duplicate"):
        build_check_frame(rows(), pd.concat([BOUNDS, BOUNDS], ignore_index=True), EARLIEST, LATEST)
