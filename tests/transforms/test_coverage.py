"""What a partly known period would be as a whole; the totals are worked out by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.coverage import (
    NINETY,
    as_counted,
    at_whole,
    cell_length,
    estimate_totals,
    from_their_first_period,
    with_all_errors,
    with_whole,
)

Cell = tuple[str, str, float | None, int, int]
"""Entity, month, value, open days, and those of them that are known."""


def cells(*rows: Cell, **changes: Any) -> pd.DataFrame:
    base = {"indicator_id": "i", "part": "of", "source": "s", "metric": "m", "how": "sum", "over_entities": "sum"}
    known = [
        {"entity": entity, "start": month, "value": value, "open_days": opened, "covered": covered}
        for entity, month, value, opened, covered in rows
    ]
    return pd.DataFrame([base | changes | row for row in known]).astype({"start": "datetime64[us]", "value": float})


def whole_months(entity: str, year: int, *values: float | None) -> list[Cell]:
    """A value a month from January on; a missing one has no known day."""
    days = [pd.Period(f"{year}-{month:02}").days_in_month for month in range(1, 13)]
    return [
        (entity, f"{year}-{month:02}-01", value, opened, 0 if value is None else opened)
        for month, (value, opened) in enumerate(zip(values, days, strict=False), start=1)
    ]


def wanted(start: str, period: str = "month", kind: str = "flow") -> pd.DataFrame:
    first = pd.Timestamp(start)
    end = (
        first
        + {"month": pd.DateOffset(months=1), "quarter": pd.DateOffset(months=3), "year": pd.DateOffset(years=1)}[period]
    )
    row = {"indicator_id": "i", "start": first, "end": end, "cell": "month", "kind": kind}
    return pd.DataFrame([row]).astype({"start": "datetime64[us]", "end": "datetime64[us]"})


def estimate(table: pd.DataFrame, periods: pd.DataFrame) -> pd.Series:
    (row,) = estimate_totals(table, periods).to_dict("records")
    return pd.Series(row)


def test_a_blank_month_is_worth_its_month_a_year_before_at_the_growth_of_the_others() -> None:
    months = [
        *whole_months("Hill", 2024, *[1000.0] * 12),
        *whole_months("Hill", 2025, *[1050.0] * 5, None, *[1050.0] * 6),
    ]
    row = estimate(cells(*months), wanted("2025-01-01", "year"))
    assert row["total"] == pytest.approx(12 * 1050)
    assert row["error"] == pytest.approx(0, abs=1e-6)
    assert row["missing"] == ("2025-06-01 Hill",)


def test_a_busy_month_that_is_missing_is_worth_more_than_a_quiet_one() -> None:
    shape = [100.0, 100.0, 400.0]
    months = [
        *whole_months("Hill", 2024, *shape * 4),
        *whole_months("Hill", 2025, *[110.0, 110.0, None], *[110.0, 110.0, 440.0] * 3),
    ]
    assert estimate(cells(*months), wanted("2025-01-01", "year"))["total"] == pytest.approx(4 * 660)


def test_the_error_is_that_of_the_ratio_estimator() -> None:
    """Royall 1970, v(x) = x: the ratio is 60/60; its variance a unit (4/10 + 4/10 + 4/20 + 4/20) / 3 = 0.4; of the
    missing 12 the error is the root of 0.4 (12 + 12^2 / 60) = 2.4."""
    before, now = (10.0, 10.0, 20.0, 20.0, 12.0), (12.0, 8.0, 22.0, 18.0, None)
    table = cells(
        *((f"b{at}", "2024-01-01", value, 30, 30) for at, value in enumerate(before)),
        *((f"b{at}", "2025-01-01", value, 30, 0 if value is None else 30) for at, value in enumerate(now)),
    )
    row = estimate(table, wanted("2025-01-01"))
    assert (row["total"], row["error"]) == (pytest.approx(72.0), pytest.approx(2.4))


def test_a_month_is_held_against_the_others_of_its_time_only() -> None:
    """Five branches grew by 10 % in January, by 50 % in December: of January nothing is doubtful."""
    names = [f"b{at}" for at in range(5)]
    table = cells(
        *((name, f"{year}-{month:02}-01", 100, 30, 30) for name in names for year, month in ((2023, 12), (2024, 1))),
        *((name, "2024-12-01", 150, 30, 30) for name in names),
        *((name, "2025-01-01", None if name == "b0" else 110, 30, 0 if name == "b0" else 30) for name in names),
    )
    row = estimate(table, wanted("2025-01-01"))
    assert (row["total"], row["error"]) == (pytest.approx(550), pytest.approx(0, abs=1e-6))


def test_with_too_few_cells_to_compare_the_missing_part_is_nothing_to_twice_its_estimate() -> None:
    table = cells(
        ("Hill", "2024-01-01", 100, 30, 30),
        ("Mill", "2024-01-01", 50, 30, 30),
        ("Hill", "2025-01-01", 120, 30, 30),
        ("Mill", "2025-01-01", None, 30, 0),
    )
    row = estimate(table, wanted("2025-01-01"))
    assert row["total"] == pytest.approx(180)
    assert row["error"] * NINETY == pytest.approx(60)


def test_of_a_half_known_month_half_of_the_year_before_is_compared() -> None:
    table = cells(("Hill", "2024-01-01", 300, 30, 30), ("Hill", "2025-01-01", 165, 30, 15))
    row = estimate(table, wanted("2025-01-01"))
    assert (row["total"], row["missing"]) == (pytest.approx(330), ("2025-01-01 Hill",))


def test_without_a_year_before_a_branch_is_worth_its_usual_days_in_the_season_of_all() -> None:
    """Hill counts 10 a day and Mill 5, in December (31 days) both twice that; so Mill's December is worth 310."""
    table = cells(
        *(("Hill", f"2024-{month:02}-01", 300, 30, 30) for month in range(1, 12)),
        *(("Mill", f"2024-{month:02}-01", 150, 30, 30) for month in range(1, 12)),
        ("Hill", "2024-12-01", 620, 31, 31),
        ("Mill", "2024-12-01", None, 31, 0),
    )
    assert estimate(table, wanted("2024-12-01"))["total"] == pytest.approx(930, rel=0.04)


def test_an_account_that_is_missing_is_worth_its_last_level_at_the_growth_of_the_others() -> None:
    table = cells(
        ("page", "2025-01-01", 100, 31, 31),
        ("feed", "2025-01-01", 50, 31, 31),
        ("page", "2025-02-01", None, 28, 0),
        ("feed", "2025-02-01", None, 28, 0),
        ("page", "2025-03-01", 110, 31, 31),
        ("feed", "2025-03-01", None, 31, 0),
        how="last",
    )
    assert estimate(table, wanted("2025-03-01", kind="stock"))["total"] == pytest.approx(165)


def test_a_mean_over_branches_is_that_of_all_and_the_largest_cannot_be_known() -> None:
    rows = (
        ("Hill", "2024-01-01", 100.0, 30, 30),
        ("Mill", "2024-01-01", 50.0, 30, 30),
        ("Hill", "2025-01-01", 120.0, 30, 30),
        ("Mill", "2025-01-01", None, 30, 0),
    )
    assert estimate(cells(*rows, over_entities="mean"), wanted("2025-01-01"))["total"] == pytest.approx(90)
    assert np.isnan(estimate(cells(*rows, over_entities="max"), wanted("2025-01-01"))["total"])


def test_a_branch_that_was_never_counted_leaves_no_estimate() -> None:
    table = cells(("Hill", "2025-01-01", 120, 30, 30), ("Mill", "2025-01-01", None, 30, 0))
    assert np.isnan(estimate(table, wanted("2025-01-01"))["total"])


def test_a_closed_month_is_not_missing() -> None:
    table = cells(("Hill", "2025-01-01", 120, 30, 30), ("Mill", "2025-01-01", None, 0, 0))
    assert estimate_totals(table, wanted("2025-01-01")).empty


def periods(**changes: Any) -> pd.DataFrame:
    row = {"indicator_id": "i", "start": pd.Timestamp("2025-01-01"), "value": 120.0, "completeness": 0.5}
    row |= {"numerator": np.nan, "denominator": np.nan, "standard_error": np.nan, "expected": 240.0} | changes
    return pd.DataFrame([row]).astype({"start": "datetime64[us]"})


ADMITTED = pd.Series([True])


def estimates(*parts: tuple[str, float, float]) -> pd.DataFrame:
    january = pd.Timestamp("2025-01-01")
    rows = [("i", part, january, total, error, (f"2025-01-01 {part}",), False) for part, total, error in parts]
    columns = ["indicator_id", "part", "start", "total", "error", "missing", "average"]
    return pd.DataFrame(rows, columns=columns).astype({"start": "datetime64[us]"})


def test_a_sum_keeps_what_was_counted_and_is_compared_as_a_whole() -> None:
    (row,) = with_whole(periods(), estimates(("of", 160.0, 5.0)), ADMITTED).to_dict("records")
    assert (row["value"], row["whole"], row["whole_error"], row["missing"]) == (120, 160, 5, ("2025-01-01 of",))


def test_a_mean_becomes_that_of_the_whole() -> None:
    (row,) = with_whole(periods(), estimates(("of", 90.0, 5.0)).assign(average=True), ADMITTED).to_dict("records")
    assert (row["value"], row["whole"], row["whole_error"]) == (90, 90, 5)


def test_a_rate_becomes_that_of_the_whole() -> None:
    """45 of 4,000 known, of 4,500 in all: 0.01; an error of 90 in the denominator is 2 % of it."""
    counted = periods(value=0.01125, numerator=45.0, denominator=4000.0)
    (row,) = with_whole(counted, estimates(("denominator", 4500.0, 90.0)), ADMITTED).to_dict("records")
    assert (row["value"], row["whole"], row["denominator"]) == (0.01, 0.01, 4500)
    assert row["whole_error"] == pytest.approx(0.0002)


@pytest.mark.parametrize(
    ("completeness", "admitted", "whole"), [(1.0, False, 120.0), (0.5, False, np.nan), (0.5, True, 120.0)]
)
def test_without_a_missing_cell_the_value_is_the_whole_where_it_is_judged(
    completeness: float, admitted: bool, whole: float
) -> None:
    """A branch that opened within a quarter misses nothing of it, although the quarter is not wholly known."""
    (row,) = with_whole(periods(completeness=completeness), estimates(), pd.Series([admitted])).to_dict("records")
    assert row["whole"] == pytest.approx(whole, nan_ok=True)
    assert (row["value"], row["whole_error"], row["missing"]) == (120, 0, ())


def test_a_sum_is_at_least_what_was_counted_of_it() -> None:
    found = as_counted(at_whole(with_whole(periods(), estimates(("of", 160.0, 100.0)), ADMITTED)))
    assert (found["whole_low"].item(), found["whole_high"].item()) == (120, 160 + NINETY * 100)


def test_published_is_what_was_counted_beside_the_whole_and_what_is_expected_of_it() -> None:
    found = at_whole(with_whole(periods(), estimates(("of", 160.0, 5.0)), ADMITTED))
    assert found["value"].item() == 160
    assert with_all_errors(found)["standard_error"].item() == 5
    shown = as_counted(found)
    assert (shown["value"].item(), shown["expected"].item()) == (120, 240)
    assert (shown["whole_low"].item(), shown["whole_high"].item()) == (160 - NINETY * 5, 160 + NINETY * 5)


sizes = st.lists(st.floats(1, 1000), min_size=2, max_size=6)


@given(sizes=sizes, growth=st.floats(0.2, 5), lost=st.integers(0, 5), factor=st.floats(0.01, 100))
def test_what_grew_alike_is_estimated_exactly_and_in_any_unit(
    sizes: list[float], growth: float, lost: int, factor: float
) -> None:
    lost %= len(sizes)
    rows = [
        *((f"b{at}", "2024-01-01", size, 30, 30) for at, size in enumerate(sizes)),
        *(
            (f"b{at}", "2025-01-01", None if at == lost else size * growth, 30, 0 if at == lost else 30)
            for at, size in enumerate(sizes)
        ),
    ]
    table = cells(*rows)
    row = estimate(table, wanted("2025-01-01"))
    scaled = estimate(table.assign(value=table["value"] * factor), wanted("2025-01-01"))
    assert row["total"] == pytest.approx(sum(sizes) * growth)
    assert scaled["total"] == pytest.approx(row["total"] * factor)
    assert scaled["error"] == pytest.approx(row["error"] * factor, abs=1e-6 * factor * sum(sizes) * growth)


def test_a_level_of_a_quarter_is_not_added_up_over_its_months() -> None:
    """Two accounts of 110 and 50; one is silent in the third quarter, in which the other has 121."""
    table = cells(
        ("page", "2025-04-01", 110, 91, 91),
        ("feed", "2025-04-01", 50, 91, 91),
        ("page", "2025-07-01", 121, 92, 92),
        ("feed", "2025-07-01", None, 92, 0),
        how="last",
    )
    third = wanted("2025-07-01", "quarter", "stock").assign(cell=cell_length("quarter", "last"))
    assert estimate(table, third)["total"] == pytest.approx(176)


def test_a_level_that_is_silent_for_long_grows_with_the_others_since_then() -> None:
    table = cells(
        *(("page", f"2025-0{month}-01", value, 30, 30) for month, value in ((1, 100), (2, 110), (3, 121))),
        ("feed", "2025-01-01", 50, 31, 31),
        ("feed", "2025-02-01", None, 28, 0),
        ("feed", "2025-03-01", None, 31, 0),
        how="last",
    )
    assert estimate(table, wanted("2025-03-01", kind="stock"))["total"] == pytest.approx(121 * 1.5)


def test_a_closure_this_year_is_no_fall_of_the_others() -> None:
    """Central was open on all 31 days of August 2025, on 17 of 2026, and counts as many a day; Hill counts on."""
    table = cells(
        ("Central", "2025-08-01", 3100, 31, 31),
        ("Hill", "2025-08-01", 620, 31, 31),
        ("Central", "2026-08-01", 1700, 17, 17),
        ("Hill", "2026-08-01", None, 31, 0),
    )
    assert estimate(table, wanted("2026-08-01"))["total"] == pytest.approx(2320)


def test_what_lies_before_the_first_day_of_a_file_is_missing_from_its_first_year() -> None:
    members = pd.DataFrame(
        {"indicator_id": "i", "entity": ["Hill", "Mill"], "first": pd.to_datetime(["2024-03-01", "2024-06-01"])}
    )
    settings = pd.DataFrame({"indicator_id": ["i"], "period": ["year"]})
    found = from_their_first_period(members, settings)["first"]
    assert [f"{day:%Y-%m-%d}" for day in found] == ["2024-01-01", "2024-06-01"]
