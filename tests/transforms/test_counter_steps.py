"""The steps of counters: what a fall is, which readings are not believed, and what is unknown."""

from datetime import date, timedelta
from functools import cache

import pandas as pd
import pyarrow as pa
import pytest

from flows.steps.expressions import table_named, translated
from flows.steps.queries import Queries
from flows.steps.reduction import METRICS
from transforms.expressions.counter_steps import steps
from warehouse.schema import OBSERVATIONS

FIRST = date(2026, 8, 1)
READ = pa.schema(
    [
        OBSERVATIONS.arrow.field(name)
        for name in ("source", "metric", "entity", "start", "value", "flags", "retrieved_at", "pull_id")
    ]
)


def stepped(
    values: list[float | None], *, resets: bool = True, rollover: float | None = None, largest: float | None = None
) -> pd.DataFrame:
    """The steps between daily readings; None is a day without a reading."""
    days = [(FIRST + timedelta(days=at), value) for at, value in enumerate(values) if value is not None]
    rows = [("s", "m", "Main", day, value, ["x"], pd.Timestamp("2026-11-01", tz="UTC"), "p") for day, value in days]
    observations = pa.Table.from_pylist([dict(zip(READ.names, row, strict=True)) for row in rows], READ)
    metric = pd.DataFrame([("s", "m", "reading", rollover, 1, largest, resets)], columns=METRICS.names)
    metrics = pa.Table.from_pandas(metric, schema=METRICS, preserve_index=False)
    (found,) = _queries().run({"observations": observations, "metrics": metrics})
    return found.sort_values("start").reset_index(drop=True)


@cache
def _queries() -> Queries:
    return translated({}, steps(table_named("observations", READ), table_named("metrics", METRICS)))


def rising(days: int, *, by: float = 300, start: float = 400_000) -> list[float]:
    return [start + by * day for day in range(days)]


def replaced(values: list[float], at: int, value: float) -> list[float]:
    return [*values[:at], value, *values[at + 1 :]]


@pytest.mark.parametrize("rollover", [None, 1_000_000])
@pytest.mark.parametrize("typed", [405_600, 40_600, 4_060, 0, 4_060_000, 409_000])
def test_a_reading_typed_wrong_is_passed_over_and_the_total_is_that_of_the_others(
    typed: float, rollover: float | None
) -> None:
    out = stepped(replaced(rising(40), 20, typed), rollover=rollover)
    assert out["value"].sum() == 39 * 300
    assert out["value"].max() == 600  # two days in one step
    assert out.loc[out["corrected"], "value"].tolist() == [600]
    assert not (out["reset"] | out["rollover"] | out["implausible"]).any()


def test_a_dial_that_passes_its_end_goes_on() -> None:
    out = stepped([value % 1_000_000 for value in rising(40, start=995_000)], rollover=1_000_000)
    assert (out["value"].sum(), out["rollover"].sum(), out["implausible"].any()) == (39 * 300, 1, False)


def test_a_new_counter_begins_near_zero_even_where_the_dial_has_an_end() -> None:
    out = stepped([*rising(20), *rising(20, start=0)], rollover=1_000_000)
    assert out["value"].sum() == 38 * 300  # the passages of the day of the exchange are not known
    assert (out["reset"].sum(), out["rollover"].sum()) == (1, 0)


def test_a_counter_set_to_any_other_number_is_unknown_on_that_day() -> None:
    out = stepped([*rising(20), *rising(20, start=250_000)])
    assert out["value"].sum() == 38 * 300
    assert out["implausible"].sum() == 1


def test_a_counter_that_was_set_back_a_little_takes_back_what_it_counted() -> None:
    out = stepped([*rising(20), *rising(20, start=405_000)])
    assert out["value"].sum() == 38 * 300 - 700
    assert out["corrected"].sum() == 1


def test_the_latest_reading_that_falls_is_not_known_until_the_next_one() -> None:
    out = stepped([*rising(20), 405_000])
    assert (out["value"].sum(), out["implausible"].tolist()[-1]) == (19 * 300, True)


def test_a_jump_by_thousands_of_usual_days_is_not_believed_although_no_limit_is_declared() -> None:
    out = stepped([*rising(20), *rising(20, start=800_000)])
    assert (out["value"].sum(), out["implausible"].sum()) == (38 * 300, 1)
    declared = stepped([*rising(20), *rising(20, start=800_000)], largest=500_000)
    assert declared["value"].sum() == 800_000 + 19 * 300 - 400_000


def test_a_busy_day_of_twenty_usual_ones_counts() -> None:
    out = stepped([*rising(20), *rising(20, start=412_000)])
    assert (out["value"].sum(), out["implausible"].any()) == (412_000 + 19 * 300 - 400_000, False)


def test_views_that_are_taken_back_are_no_new_beginning() -> None:
    total = [1_000_000 + 500 * day - (3_000 if day % 9 == 0 else 0) for day in range(40)]
    assert stepped(total)["value"].sum() == total[-1] - total[0]


def test_the_falls_of_a_level_are_taken_as_they_are() -> None:
    followers = [1_000, 990, 995, 10, 1_010]
    out = stepped(followers, resets=False)
    assert out["value"].tolist() == [-10, 5, -985, 1_000]
    assert not (out["corrected"] | out["implausible"]).any()


def test_a_closed_gate_that_stands_still_counts_nothing() -> None:
    assert stepped([500, 500, None, 500])["value"].tolist() == [0, 0]
