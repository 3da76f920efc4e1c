"""Observations to periods, through the real reduction in DuckDB; the observations are written as a person would."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.steps.reduction import METRICS, OBSERVATION_COLUMNS, PARTS, Observed, reduce
from transforms.expressions.series import SERIES
from transforms.periods import PeriodInputs, ReducedSeries, period_grid, periods
from warehouse.schema import OBSERVATIONS

NULLABLE = pa.schema([OBSERVATIONS.arrow.field(name).with_nullable(True) for name in OBSERVATION_COLUMNS])
TODAY = date(2026, 7, 1)


@dataclass
class Case:
    """One indicator over one metric; observations as (entity, first day, days, value[, flags])."""

    rows: list[tuple]
    kind: str = "flow"
    how: str = "sum"
    period: str = "month"
    over: str = "sum"
    entities: tuple[str | None, ...] = (None,)
    parts: tuple[str, ...] = ("of",)
    """One for each entity, or one for all."""
    closed: list[tuple[str, date]] = field(default_factory=list)
    coverage: list[tuple[date, date]] = field(default_factory=list)
    items: bool = False
    rollover: float | None = None
    divide_by: int = 1
    largest_step: float | None = None
    resets: bool = True
    settled_days: int = 0
    today: date = TODAY

    def run(self) -> pd.DataFrame:
        steps = self.kind == "reading" and self.how == "sum"
        parts = pd.DataFrame(
            [
                ("i", part, "s", "m", entity, steps, self.items, self.period)
                for entity, part in zip(self.entities, cycle(self.parts), strict=False)
            ],
            columns=PARTS.names,
        )
        metrics = pd.DataFrame(
            [("s", "m", self.kind, self.rollover, self.divide_by, self.largest_step, self.resets)],
            columns=METRICS.names,
        )
        closed = pd.DataFrame(self.closed, columns=["entity", "day"]).astype({"entity": "str", "day": "datetime64[us]"})
        indicators = pd.DataFrame(
            [("i", self.period, self.how, self.over, self.settled_days)],
            columns=["indicator_id", "period", "how", "over_entities", "settled_days"],
        )
        coverage = pd.DataFrame([("s", *w) for w in self.coverage], columns=["source", "start", "end"])
        coverage = coverage.astype({"source": "str", "start": "datetime64[us]", "end": "datetime64[us]"})
        rules = PeriodInputs(
            indicators,
            parts[["indicator_id", "part", "source", "metric", "entity", "items"]],
            closed,
            coverage,
            self.today,
        )
        return periods(self._reduce(parts, metrics, closed), rules)

    def _reduce(self, parts: pd.DataFrame, metrics: pd.DataFrame, closed: pd.DataFrame) -> ReducedSeries:
        rows = [
            (
                "s",
                "m",
                r[0],
                r[1],
                r[1] + timedelta(days=r[2]),
                r[3],
                list(r[4:]),
                pd.Timestamp(r[1] + timedelta(days=r[2]), tz="UTC"),
                f"pull-{r[1]}",
            )
            for r in self.rows
        ]
        observations = pa.Table.from_pylist(
            [dict(zip(OBSERVATION_COLUMNS, row, strict=True)) for row in rows], schema=NULLABLE
        )
        spans = period_grid(self.period, min((r[1] for r in self.rows), default=date(2026, 1, 1)), self.today)
        found = reduce(Observed(observations), metrics, parts, closed, spans)
        assert not found.series.duplicated(SERIES).any()
        return found


def cells(out: pd.DataFrame) -> list[tuple[date, float | None, float]]:
    """first day, value and completeness of each period."""
    return [
        (r.start.date(), None if pd.isna(r.value) else round(r.value, 6), round(r.completeness, 6))
        for r in out.itertuples()
    ]


def days(first: date, count: int, value: float, entity: str = "") -> list[tuple]:
    return [(entity, first + timedelta(days=n), 1, value) for n in range(count)]


def test_days_add_up_to_a_month() -> None:
    out = Case(days(date(2026, 5, 1), 31, 2)).run()
    assert cells(out)[0] == (date(2026, 5, 1), 62, 1.0)


def test_missing_days_make_a_month_incomplete_and_are_not_zero() -> None:
    out = Case(days(date(2026, 5, 1), 30, 2)).run()
    assert cells(out)[0] == (date(2026, 5, 1), 60, round(30 / 31, 6))
    assert out["flags"][0] == ("incomplete",)


def test_a_month_without_a_row_is_missing() -> None:
    out = Case([("", date(2026, 3, 1), 31, 10), ("", date(2026, 5, 1), 31, 12)]).run()
    assert cells(out) == [
        (date(2026, 3, 1), 10, 1.0),
        (date(2026, 4, 1), None, 0.0),
        (date(2026, 5, 1), 12, 1.0),
        (date(2026, 6, 1), None, 0.0),
    ]


def test_an_unknown_value_is_missing_and_a_zero_is_a_zero() -> None:
    out = Case(
        [("", date(2026, 4, 1), 30, None), ("", date(2026, 5, 1), 31, 0.0), ("", date(2026, 3, 1), 31, 4.0)]
    ).run()
    assert cells(out)[1:3] == [(date(2026, 4, 1), None, 0.0), (date(2026, 5, 1), 0.0, 1.0)]


def test_a_branch_that_stops_reporting_leaves_the_sum_incomplete() -> None:
    rows = [
        ("Hill", date(2026, 4, 1), 30, 5.0),
        ("Quay", date(2026, 4, 1), 30, 7.0),
        ("Quay", date(2026, 5, 1), 31, 8.0),
    ]
    assert cells(Case(rows).run())[:2] == [(date(2026, 4, 1), 12, 1.0), (date(2026, 5, 1), 8, 0.5)]


def test_a_branch_is_expected_only_from_its_first_figure_on() -> None:
    rows = [
        ("Hill", date(2026, 4, 1), 30, 5.0),
        ("Hill", date(2026, 5, 1), 31, 5.0),
        ("New", date(2026, 5, 1), 31, 1.0),
    ]
    assert cells(Case(rows).run())[:2] == [(date(2026, 4, 1), 5, 1.0), (date(2026, 5, 1), 6, 1.0)]


def test_a_branch_that_the_plan_names_is_expected_from_the_start() -> None:
    out = Case([("Hill", date(2026, 5, 1), 31, 5.0)], entities=("Hill", "Quay")).run()
    assert cells(out)[0] == (date(2026, 5, 1), 5, 0.5)


def test_entities_that_the_plan_does_not_name_are_left_out() -> None:
    out = Case([("Hill", date(2026, 5, 1), 31, 5.0), ("Quay", date(2026, 5, 1), 31, 9.0)], entities=("Hill",)).run()
    assert cells(out)[0] == (date(2026, 5, 1), 5, 1.0)


def test_a_branch_that_is_closed_for_good_is_no_longer_expected() -> None:
    rows = [
        ("Hill", date(2026, 4, 1), 30, 5.0),
        ("Quay", date(2026, 4, 1), 30, 7.0),
        ("Quay", date(2026, 5, 1), 31, 8.0),
    ]
    gone = [("Hill", date(2026, 5, 1) + timedelta(days=n)) for n in range(61)]
    assert cells(Case(rows, closed=gone).run())[1] == (date(2026, 5, 1), 8, 1.0)


def test_a_closed_day_is_neither_missing_nor_needed() -> None:
    rows = [row for row in days(date(2026, 5, 1), 31, 1) if row[1] != date(2026, 5, 4)]
    assert cells(Case(rows, closed=[("", date(2026, 5, 4))]).run())[0] == (date(2026, 5, 1), 30, 1.0)


def test_figures_on_a_closed_day_do_not_make_up_for_a_missing_open_day() -> None:
    rows = days(date(2026, 5, 1), 30, 1)
    assert cells(Case(rows, closed=[("", date(2026, 5, 4))]).run())[0] == (date(2026, 5, 1), 30, round(29 / 30, 6))


def test_a_period_in_which_all_is_closed_is_flagged_and_has_no_value() -> None:
    rows = [("", date(2026, 3, 1), 31, 10.0), ("", date(2026, 5, 1), 31, 12.0)]
    out = Case(rows, closed=[("", date(2026, 4, 1) + timedelta(days=n)) for n in range(30)]).run()
    assert cells(out)[1] == (date(2026, 4, 1), None, 1.0)
    assert out["flags"][1] == ("closed",)


def test_a_week_over_the_end_of_a_month_is_shared_out_and_says_so() -> None:
    out = Case([("", date(2026, 4, 27), 7, 70.0)], today=date(2026, 6, 1)).run()
    assert [c[:2] for c in cells(out)] == [(date(2026, 4, 1), 40), (date(2026, 5, 1), 30)]
    assert "prorated" in out["flags"][0]
    april = Case([("", date(2026, 4, 1), 26, 26.0), ("", date(2026, 4, 27), 7, 70.0)], today=MAY).run()
    assert (cells(april), april["flags"][0]) == ([(date(2026, 4, 1), 66, 1.0)], ("prorated",)), "one of two is enough"


def test_weeks_begin_on_monday_also_over_the_new_year() -> None:
    out = Case(days(date(2024, 12, 30), 7, 1), period="week", today=date(2025, 1, 6)).run()
    assert cells(out) == [(date(2024, 12, 30), 7, 1.0)]


@pytest.mark.parametrize(
    ("period", "first", "count"),
    [("week", date(2025, 12, 29), 7), ("quarter", date(2026, 1, 1), 90), ("year", date(2025, 1, 1), 365)],
)
def test_each_period_holds_exactly_its_days(period: str, first: date, count: int) -> None:
    rows = [
        ("", first - timedelta(days=1), 1, 1000.0),
        *days(first, count, 1),
        ("", first + timedelta(days=count), 1, 1000.0),
    ]
    assert (first, count, 1.0) in cells(Case(rows, period=period).run())


def test_the_last_level_of_a_month_is_its_value() -> None:
    rows = [("", date(2026, 5, 3), 1, 10.0), ("", date(2026, 5, 20), 1, 14.0), ("", date(2026, 5, 10), 1, 99.0)]
    assert cells(Case(rows, kind="reading", how="last").run())[0] == (date(2026, 5, 1), 14, 1.0)


def test_the_mean_of_levels_weighs_by_days() -> None:
    rows = [("", date(2026, 5, 1), 10, 1.0), ("", date(2026, 5, 11), 21, 4.0)]
    assert cells(Case(rows, kind="reading", how="mean").run())[0] == (date(2026, 5, 1), round((10 + 84) / 31, 6), 1.0)


def test_days_of_an_unknown_level_do_not_weigh() -> None:
    rows = [("", date(2026, 5, 1), 10, 6.0), ("", date(2026, 5, 11), 21, None)]
    assert cells(Case(rows, kind="reading", how="mean").run())[0] == (date(2026, 5, 1), 6, round(10 / 31, 6))


def test_the_mean_over_branches_is_not_their_sum() -> None:
    rows = [("Hill", date(2026, 5, 1), 31, 4.0), ("Quay", date(2026, 5, 1), 31, 2.0)]
    assert cells(Case(rows, kind="reading", how="mean", over="mean").run())[0][1] == 3


def readings(*values: tuple[int, float]) -> list[tuple]:
    return [("", date(2026, 5, day), 1, value) for day, value in values]


def test_a_counter_yields_what_it_counted_between_readings() -> None:
    out = Case(readings((1, 100), (11, 150), (31, 400)), kind="reading").run()
    assert cells(out)[0] == (date(2026, 5, 1), 300, round(30 / 31, 6))


def test_each_counter_steps_from_its_own_last_reading_whatever_the_order_of_the_rows() -> None:
    """The first reading of a counter is no step: only what lies between two readings was counted."""
    rows = [
        (gate, date(2026, 5, day), 1, value)
        for day, gate, value in (
            (3, "b", 1010),
            (1, "a", 10),
            (3, "a", 12),
            (1, "b", 1000),
            (2, "a", 11),
            (2, "b", 1004),
        )
    ]
    (may,) = cells(Case(rows, kind="reading").run())[:1]
    assert may[:2] == (date(2026, 5, 1), 12)


def test_a_counter_that_rolls_over_goes_on_counting() -> None:
    out = Case(readings((1, 999_990), (2, 9)), kind="reading", rollover=1_000_000).run()
    assert cells(out)[0][1] == 19
    assert "rollover" in out["flags"][0]


def test_a_counter_that_was_reset_counts_what_it_shows_since() -> None:
    out = Case(readings((1, 500), (2, 9), (3, 12)), kind="reading").run()
    assert cells(out)[0][1] == 12
    assert "reset" in out["flags"][0]


def test_a_step_that_is_not_believed_is_missing_and_says_so() -> None:
    out = Case(readings((1, 100), (2, 150), (3, 99_000), (4, 99_010)), kind="reading", largest_step=1000).run()
    assert cells(out)[0][:2] == (date(2026, 5, 1), 60)
    assert {"implausible", "incomplete"} <= set(out["flags"][0])


def test_a_gate_that_counts_both_ways_is_halved_once() -> None:
    assert cells(Case(readings((1, 100), (2, 150)), kind="reading", divide_by=2).run())[0][1] == 25


def test_days_that_were_collected_and_held_no_item_count_zero() -> None:
    rows = [
        ("post:1", date(2026, 3, 4), 1, 1.0),
        ("post:2", date(2026, 3, 4), 1, 1.0),
        ("post:3", date(2026, 5, 9), 1, 1.0),
    ]
    out = Case(rows, items=True, coverage=[(date(2026, 1, 1), date(2026, 7, 1))]).run()
    assert cells(out) == [
        (date(2026, 3, 1), 2, 1.0),
        (date(2026, 4, 1), 0, 1.0),
        (date(2026, 5, 1), 1, 1.0),
        (date(2026, 6, 1), 0, 1.0),
    ]


def test_days_that_were_not_collected_are_missing_also_for_items() -> None:
    rows = [("post:1", date(2026, 3, 4), 1, 1.0)]
    out = Case(
        rows, items=True, coverage=[(date(2026, 3, 1), date(2026, 4, 1)), (date(2026, 5, 17), date(2026, 7, 1))]
    ).run()
    assert cells(out)[1:3] == [(date(2026, 4, 1), None, 0.0), (date(2026, 5, 1), 0, round(15 / 31, 6))]


def test_a_source_that_was_collected_and_held_nothing_is_zero_and_not_unknown() -> None:
    out = Case([], items=True, coverage=[(date(2026, 5, 1), date(2026, 7, 1))]).run()
    assert cells(out) == [(date(2026, 5, 1), 0, 1.0), (date(2026, 6, 1), 0, 1.0)]


def test_a_source_that_was_never_collected_has_no_periods() -> None:
    assert Case([]).run().empty
    assert Case([], items=True).run().empty


def test_a_period_is_provisional_until_it_is_over_and_settled() -> None:
    rows = days(date(2026, 4, 1), 91, 1)
    assert list(Case(rows, settled_days=0, today=date(2026, 6, 30)).run()["provisional"]) == [False, False, True]
    assert list(Case(rows, settled_days=0, today=date(2026, 7, 1)).run()["provisional"]) == [False, False, False]
    assert list(Case(rows, settled_days=3, today=date(2026, 7, 3)).run()["provisional"]) == [False, False, True, True]
    assert list(Case(rows, settled_days=3, today=date(2026, 7, 4)).run()["provisional"]) == [False, False, False, True]


def test_flags_of_observations_reach_their_period_and_no_other() -> None:
    out = Case(
        [("", date(2026, 4, 1), 30, 1.0, "halved"), ("", date(2026, 5, 1), 31, 1.0, "estimated", "provisional")]
    ).run()
    assert list(out["flags"])[:2] == [("halved",), ("estimated", "provisional")]
    assert list(out["provisional"])[:2] == [False, True]


SPANS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 50)), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None)
@given(SPANS, st.sampled_from(["week", "month", "quarter"]))
def test_sharing_out_loses_and_invents_nothing(spans: list[tuple[int, int]], period: str) -> None:
    first, rows = date(2025, 1, 1), []
    for length, value in spans:
        rows.append(("", first, length, float(value)))
        first += timedelta(days=length)
    out = Case(rows, period=period, today=first).run()
    assert out["value"].sum() == pytest.approx(sum(value for _, value in spans))
    lengths = (out["end"] - out["start"]).dt.days
    assert (out["completeness"] * lengths).sum() == pytest.approx(sum(length for length, _ in spans))


def test_a_counter_that_takes_back_what_it_counted_steps_back() -> None:
    out = Case(readings((1, 3976), (2, 3943), (3, 3950)), kind="reading", resets=False).run()
    assert out["value"].iloc[0] == -26
    assert "reset" not in out["flags"].iloc[0]


MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
A_DAY_IN_MAY = date(2026, 5, 4)


def may(case: Case) -> tuple[date, float | None, float]:
    return next(cell for cell in cells(case.run()) if cell[0] == MAY)


def test_a_closed_day_of_one_branch_is_not_needed_there_and_still_needed_elsewhere() -> None:
    hill = [row for row in days(MAY, 31, 2, "Hill") if row[1] != A_DAY_IN_MAY]
    quay = days(MAY, 31, 3, "Quay")
    closed = [("Hill", A_DAY_IN_MAY)]
    assert may(Case([*hill, *quay], closed=closed)) == (MAY, 153, 1.0)
    without = [row for row in quay if row[1] != A_DAY_IN_MAY]
    assert may(Case([*hill, *without], closed=closed)) == (MAY, 150, round(60 / 61, 6))


def test_a_figure_on_the_closed_day_of_one_branch_makes_up_for_no_open_day_of_any() -> None:
    """Hill counts on the day on which it is closed and misses the 1st: 29 of its 30 open days, and 31 of 31 of Quay."""
    hill, quay = days(date(2026, 5, 2), 30, 2, "Hill"), days(MAY, 31, 3, "Quay")
    assert may(Case([*hill, *quay], closed=[("Hill", A_DAY_IN_MAY)])) == (MAY, 153, round(60 / 61, 6))


def test_a_day_on_which_all_and_one_are_closed_is_closed_once() -> None:
    rows = [row for row in days(MAY, 31, 2, "Hill") if row[1] != A_DAY_IN_MAY]
    closed = [("", A_DAY_IN_MAY), ("Hill", A_DAY_IN_MAY)]
    assert may(Case(rows, closed=closed)) == (MAY, 60, 1.0)
    assert may(Case(rows[1:], closed=closed)) == (MAY, 58, round(29 / 30, 6)), "one of 30 open days is missing"


@pytest.mark.parametrize(
    ("closed", "open_days", "counted"),
    [(date(2026, 5, 9), 30, 3), (date(2026, 5, 10), 30, 2), (date(2026, 5, 12), 30, 2), (date(2026, 5, 13), 30, 3)],
)
def test_a_span_covers_the_closed_days_from_its_first_to_its_last(closed: date, open_days: int, counted: int) -> None:
    """A figure of 10, 11 and 12 May, and one closed day in May."""
    rows = [("", date(2026, 5, 10), 3, 6.0), ("", date(2026, 4, 30), 1, 1.0)]
    assert may(Case(rows, closed=[("", closed)])) == (MAY, 6, round(counted / open_days, 6))


def test_closed_days_of_a_month_are_its_first_to_its_last() -> None:
    """30 April and 1 June are days of other months."""
    out = Case(days(date(2026, 4, 1), 91, 1), closed=[("", date(2026, 4, 30)), ("", JUNE), ("Hill", MAY)]).run()
    assert out["completeness"].tolist() == [1.0, 1.0, 1.0]
    hill = [row for row in days(date(2026, 4, 1), 91, 1, "Hill") if row[1] not in {date(2026, 4, 30), MAY, JUNE}]
    closed = [("Hill", date(2026, 4, 30)), ("Hill", MAY), ("Hill", JUNE)]
    assert Case(hill, closed=closed).run()["completeness"].tolist() == [1.0, 1.0, 1.0]


def test_an_unknown_figure_over_the_end_of_a_month_is_not_shared_out() -> None:
    rows = [("", date(2026, 4, 1), 26, 26.0), ("", date(2026, 4, 27), 7, None)]
    assert all("prorated" not in flags for flags in Case(rows).run()["flags"])


def test_an_unknown_figure_neither_begins_an_indicator_nor_brings_a_pull() -> None:
    rows = [("", date(2026, 3, 1), 31, None), ("", MAY, 30, 1.0), ("", date(2026, 5, 31), 1, None)]
    out = Case(rows).run()
    assert (out["start"].iloc[0].date(), out["pulls"].iloc[0]) == (MAY, ("pull-2026-05-01",))


def test_the_highest_level_of_a_month_is_its_value_and_one_reading_is_enough() -> None:
    rows = [("", date(2026, 5, 3), 1, 5.0), ("", date(2026, 5, 9), 1, 9.0), ("", date(2026, 5, 20), 1, 7.0)]
    assert may(Case(rows, kind="stock", how="max")) == (MAY, 9, 1.0)
    assert may(Case(rows, kind="stock", how="last")) == (MAY, 7, 1.0)
    assert may(Case(rows, kind="stock", how="mean")) == (MAY, 7, round(3 / 31, 6))


def test_the_highest_of_several_branches_is_the_value() -> None:
    rows = [("Hill", MAY, 31, 4.0), ("Quay", MAY, 31, 6.0)]
    assert [may(Case(rows, over=over))[1] for over in ("max", "mean", "sum")] == [6, 5, 10]


@pytest.mark.parametrize(("below", "value"), [(20.0, 0.25), (1.0, 5.0), (0.0, None), (None, None)])
def test_a_rate_divides_and_has_no_value_without_a_denominator(below: float | None, value: float | None) -> None:
    rows = [("above", MAY, 31, 5.0), ("below", MAY, 31, below)]
    case = Case(rows, entities=("above", "below"), parts=("numerator", "denominator"))
    assert may(case)[1] == value
    row = case.run().iloc[0]
    assert (row["numerator"], pd.isna(row["denominator"])) == (5.0, below is None)


def test_an_equal_reading_counts_nothing_also_where_the_counter_rolls_over() -> None:
    out = Case(readings((1, 50), (2, 50), (31, 50)), kind="reading", rollover=1000.0).run()
    assert (cells(out)[0][1], "rollover" in out["flags"][0]) == (0, False)


def test_a_fall_of_a_counter_with_a_roll_over_is_one_and_no_reset() -> None:
    out = Case(readings((1, 990), (2, 10), (31, 10)), kind="reading", rollover=1000.0).run()
    assert cells(out)[0][1] == 20
    assert ("rollover" in out["flags"][0], "reset" in out["flags"][0]) == (True, False)


@pytest.mark.parametrize(("limit", "value", "implausible"), [(20.0, 25, False), (19.9, 5, True)])
def test_the_largest_step_is_still_believed(limit: float, value: float, implausible: bool) -> None:
    out = Case(readings((1, 10), (11, 15), (31, 35)), kind="reading", largest_step=limit).run()
    assert (cells(out)[0][1], "implausible" in out["flags"][0]) == (value, implausible)


@pytest.mark.parametrize(("settled", "provisional"), [(0, False), (3, False), (4, True)])
def test_a_period_is_settled_on_the_very_day(settled: int, provisional: bool) -> None:
    """May ends with the first moment of 1 June; on 4 June that is three days ago."""
    out = Case(days(MAY, 31, 1), settled_days=settled, today=date(2026, 6, 4)).run()
    assert out.set_index("start")["provisional"][pd.Timestamp(MAY)] == provisional


def test_what_the_source_calls_provisional_is() -> None:
    out = Case([("", MAY, 31, 1.0, "provisional"), ("", JUNE, 30, 1.0)]).run()
    assert out["provisional"].tolist() == [True, False]


def test_items_are_expected_from_the_first_one_or_for_a_year_back() -> None:
    """Collected for three years and nothing found: the last 366 days are zero, not three years."""
    collected = [(date(2023, 7, 1), date(2026, 7, 1))]
    out = Case([], items=True, coverage=collected).run()
    assert (out["start"].iloc[0].date(), out["value"].unique().tolist()) == (date(2025, 6, 1), [0.0])
    out = Case([], items=True, coverage=[(date(2023, 7, 1), date(2026, 7, 2))]).run()
    assert out["start"].iloc[0].date() == date(2025, 7, 1)
    out = Case([], items=True, coverage=[(date(2026, 4, 10), date(2026, 7, 1))]).run()
    assert (out["start"].iloc[0].date(), out["completeness"].round(6).iloc[0]) == (date(2026, 4, 1), round(21 / 30, 6))


def test_a_branch_that_the_plan_names_is_expected_before_its_own_first_figure() -> None:
    rows = [("Hill", date(2026, 4, 1), 30, 5.0), ("Hill", MAY, 31, 5.0), ("Quay", MAY, 31, 7.0)]
    out = Case(rows, entities=("Hill", "Quay")).run()
    assert cells(out)[:2] == [(date(2026, 4, 1), 5, 0.5), (MAY, 12, 1.0)]


@pytest.mark.parametrize("closed_for", ["", "Hill"])
def test_days_closed_in_the_month_before_are_open_in_this_one(closed_for: str) -> None:
    """Closed on 10 and 11 April and on 4 May; without a figure of 20 May there are 29 of 30 open days."""
    closed = [(closed_for, day) for day in (date(2026, 4, 10), date(2026, 4, 11), A_DAY_IN_MAY)]
    away = {day for _, day in closed} | {date(2026, 5, 20)}
    rows = [row for row in days(date(2026, 4, 1), 61, 1, "Hill") if row[1] not in away]
    assert may(Case(rows, closed=closed)) == (MAY, 29, round(29 / 30, 6))


def test_a_month_with_one_open_day_lacks_all_of_it_or_nothing() -> None:
    shut = [("", MAY + timedelta(days=n)) for n in range(31) if n != 6]
    april = ("", date(2026, 4, 1), 30, 1.0)
    without = Case([april], closed=shut).run()
    assert (cells(without)[1], without["flags"][1]) == ((MAY, None, 0.0), ("incomplete",))
    assert may(Case([april, ("", date(2026, 5, 7), 1, 3.0)], closed=shut)) == (MAY, 3, 1.0)


def test_one_day_on_which_nothing_was_found_is_a_zero() -> None:
    out = Case([], items=True, coverage=[(date(2026, 5, 9), date(2026, 5, 10))], today=JUNE).run()
    assert cells(out) == [(MAY, 0, round(1 / 31, 6))]


@pytest.mark.parametrize(
    ("first", "today", "months"),
    [
        pytest.param(date(2026, 6, 10), date(2026, 7, 2), 2, id="July has begun with the day before"),
        pytest.param(date(2026, 6, 10), date(2026, 7, 1), 1, id="July is not over for a day yet"),
        pytest.param(date(2026, 8, 10), date(2026, 7, 1), 1, id="what begins later has its own month"),
    ],
)
def test_a_grid_reaches_from_the_first_day_to_the_day_before_today(first: date, today: date, months: int) -> None:
    grid = period_grid("month", first, today)
    assert (grid["start"].dt.date.iloc[0], len(grid)) == (first.replace(day=1), months)
    assert (grid["end"].dt.day == 1).all()


def test_two_items_of_one_metric_are_named_together() -> None:
    """Whatever entities the plan names, the items of a metric are one member."""
    rows = [("post:1", MAY, 1, 1.0), ("post:2", MAY, 1, 1.0)]
    case = Case(rows, items=True, entities=("post:1", "post:2"), coverage=[(MAY, JUNE)], today=JUNE)
    assert cells(case.run()) == [(MAY, 2, 1.0)]


def test_a_figure_is_as_of_the_newest_of_what_is_behind_it() -> None:
    """Each row is retrieved on the day after it: Hill's second on 30 May, Quay's on 21 May."""
    rows = [("Hill", MAY, 10, 4.0), ("Hill", date(2026, 5, 11), 19, 4.0), ("Quay", MAY, 20, 6.0)]
    assert Case(rows).run()["as_of"][0] == pd.Timestamp("2026-05-30", tz="UTC")


def test_a_grid_may_be_changed_without_changing_the_next_one() -> None:
    first = period_grid("month", date(2026, 1, 1), date(2026, 4, 1))
    first["start"] = pd.NaT
    again = period_grid("month", date(2026, 1, 1), date(2026, 4, 1))
    assert again["start"].dt.month.tolist() == [1, 2, 3]
