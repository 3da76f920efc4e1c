"""Figures by absolute date, the calendar behind them and the items."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from sandbox import days, history, items

LATER = date(2027, 1, 20)


def test_easter_falls_where_the_tables_say() -> None:
    known = {
        2021: (4, 4),
        2024: (3, 31),
        2025: (4, 20),
        2026: (4, 5),
        2027: (3, 28),
        2030: (4, 21),
        2038: (4, 25),
        2049: (4, 18),
        2076: (4, 19),
    }
    assert {year: (days.easter(year).month, days.easter(year).day) for year in known} == known


@pytest.mark.parametrize(("year", "last"), [(2021, 1), (2022, 3), (2023, 2), (2024, 1), (2025, 1), (2026, 1)])
def test_new_year_on_a_weekend_is_kept_on_monday(year: int, last: int) -> None:
    assert days.closures(year)[0] == days.Closure(date(year, 1, 1), date(year, 1, last), "New Year")


def test_bank_holidays_of_2026() -> None:
    found = [c.first for c in days.closures(2026) if c.first == c.last]
    assert found == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
    ]


@pytest.mark.parametrize(
    "today", [date(2026, 11, 24), date(2026, 12, 1), date(2024, 2, 29), date(2027, 1, 1), date(2031, 3, 31)]
)
def test_history_has_36_whole_months(today: date) -> None:
    months = days.months(today)
    assert len(months) == 36
    assert months[0] == days.first_day(today)
    assert days.month_after(months[-1]) <= today < days.month_after(days.month_after(months[-1]))


def test_a_day_without_history_is_refused_with_the_first_one_that_has() -> None:
    with pytest.raises(ValueError, match="from 2021 on"):
        days.first_day(date(2020, 12, 31))


def test_closed_days_have_no_visits_and_open_days_have_some(today: date) -> None:
    for branch in days.BRANCHES:
        for day in days.days(days.first_day(today), today):
            assert (history.visits(1, branch, day) > 0) == (days.hours(branch, day) is not None)


def test_hours_add_up_to_the_day_and_everyone_leaves(today: date) -> None:
    for branch in days.BRANCHES:
        for day in days.days(today - timedelta(days=60), today):
            span = days.hours(branch, day) or (0, 0)
            opened = {
                hour: counts for hour, counts in history.hourly(1, branch, day).items() if span[0] <= hour < span[1]
            }
            assert (
                sum(came for came, _ in opened.values())
                == history.visits(1, branch, day)
                == sum(left for _, left in opened.values())
            )
            assert all(left >= 0 for _, left in opened.values())


def test_seeds_differ(today: date) -> None:
    assert history.visits(1, "Central", date(2026, 3, 4)) != history.visits(2, "Central", date(2026, 3, 4))
    assert items.records(1, today) != items.records(2, today)


def test_central_grows_hill_declines_and_summer_dips() -> None:
    def year(branch: str, number: int) -> int:
        return sum(history.monthly_visits(1, branch, date(number, month, 1)) for month in range(1, 13))

    assert 1.01 < year("Central", 2026) / year("Central", 2025) < 1.05
    assert 0.9 < year("Hill", 2026) / year("Hill", 2025) < 0.96
    assert history.monthly_visits(1, "Central", date(2026, 8, 1)) < 0.8 * history.monthly_visits(
        1, "Central", date(2026, 10, 1)
    )


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 11, 1), date(2029, 2, 10), date(2028, 3, 1)])
def test_each_history_holds_one_blank_month_and_one_month_of_works(today: date) -> None:
    cells = [
        history.monthly_return(1, branch, month, today) for branch in days.BRANCHES for month in days.months(today)
    ]
    assert (cells.count(None), cells.count("closed for works")) == (1, 1)


def test_a_month_is_first_low_then_revised_twice_then_stays() -> None:
    month, after = date(2026, 9, 1), date(2026, 10, 1)
    said = [history.monthly_return(1, "Central", month, after + timedelta(days=n)) for n in range(40)]
    full = history.monthly_visits(1, "Central", month)
    assert said == [round(0.88 * full)] * 7 + [round(0.96 * full)] * 7 + [full] * 26


def test_an_outage_lasts_nine_days_at_hill_alone() -> None:
    silent = [day for day in days.days(date(2025, 1, 1), date(2026, 1, 1)) if not history.gate_works(1, "Hill", day)]
    assert len(silent) == 9
    assert silent[-1] - silent[0] == timedelta(days=8)
    assert all(history.gate_works(1, "Central", day) for day in silent)


def test_dials_roll_over_and_the_garden_gate_is_reset_once(today: date) -> None:
    start = days.first_day(today)
    main, garden = (history.readings(1, gate, start, today) for gate in history.GATES)
    reset = history.counter_reset(1, 2024)
    assert reset
    assert garden[reset] == 0
    for dial in (main, garden):
        steps = {
            day: dial[day + days.DAY] - dial[day] for day in dial if day + days.DAY in dial and day + days.DAY != reset
        }
        assert all(0 <= step % history.ROLLOVER < 5_000 for step in steps.values())
        assert sum(step < 0 for step in steps.values()) >= 3
    day = date(2026, 10, 7)
    both = sum((dial[day + days.DAY] - dial[day]) % history.ROLLOVER for dial in (main, garden))
    assert both == 2 * history.visits(1, "Central", day)


def test_web_traffic_rises_after_an_activity_and_settles() -> None:
    [activity] = history.activities(date(2026, 9, 1), date(2026, 10, 1))
    assert activity.day == date(2026, 9, 8)
    assert history.lift(activity.day) < 1.1
    assert history.lift(activity.day + days.DAY) == pytest.approx(1.9)
    assert history.lift(activity.day + timedelta(days=11)) == pytest.approx(1.45)


def test_a_reading_and_a_measure_are_the_same_whatever_today_is(today: date) -> None:
    start = days.first_day(LATER)
    for gate in history.GATES:
        now, later = history.readings(1, gate, days.first_day(today), today), history.readings(1, gate, start, LATER)
        assert all(later[day] == now[day] for day in now if day in later)
    assert [q for q in history.quarters(today) if q >= start] == [q for q in history.quarters(LATER) if q <= today]


def test_items_whose_fate_is_settled_are_the_same_whatever_today_is(today: date) -> None:
    """A post's fate falls within 15 days of its first day, a record's within 45."""
    start, posts_to, records_to = (
        days.first_day(LATER) + timedelta(days=30),
        today - timedelta(days=15),
        today - timedelta(days=45),
    )
    for kind in (items.posts, items.pages):
        now, later = (
            [post for post in kind(1, day) if start <= post.published.date() < posts_to] for day in (today, LATER)
        )
        assert now == later
    number = re.compile(r":(\d{6})")
    now_records, later_records = (
        [
            r
            for r in items.records(1, day)
            if f"{start:%y%m%d}" <= (number.findall(r.identifier) or [""])[0] < f"{records_to:%y%m%d}"
        ]
        for day in (today, LATER)
    )
    assert now_records == later_records
    assert len(now_records) > 300


def test_some_posts_move_change_or_go_and_all_keep_their_number(today: date) -> None:
    fates: Counter[str] = Counter()
    for day in days.days(days.first_day(today), today):
        for category in items.CATEGORIES:
            first, last = (items._post(1, day, category, seen) for seen in (day + days.DAY, LATER))
            if first and last:
                assert (first.id, first.title, first.published.date()) == (last.id, last.title, day)
                fates[
                    "moved"
                    if first.published != last.published
                    else "changed"
                    if first.modified != last.modified
                    else "kept"
                ] += 1
            else:
                assert last is None
                fates["gone" if first else "never"] += 1
    assert all(fates[fate] >= 3 for fate in ("moved", "changed", "gone"))
    assert fates["kept"] > 0.7 * (fates.total() - fates["never"])


def test_records_are_withdrawn_and_issued_with_all_precisions(today: date) -> None:
    found = items.records(1, today)
    assert {len(record.issued) for record in found} == {4, 7, 10}
    assert 1 <= sum(record.deleted for record in found) < len(found) / 20
    assert len({record.identifier for record in found}) == len(found)
    assert max(record.datestamp.date() for record in found) < today


def test_ids_of_posts_and_pages_are_never_given_twice(today: date) -> None:
    everything = [*items.posts(1, today), *items.pages(1, today)]
    assert len({post.id for post in everything}) == len(everything)
    assert max(post.published.date() for post in everything) < today


def test_the_publication_log_holds_one_id_twice(today: date) -> None:
    ids = [entry.id for entry in items.publications(1, today)]
    assert len(ids) - len(set(ids)) == 1
