"""How long values still change, learned from pulls that are written down as a person would: what each one found on
which days."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from flows.steps.settling_tables import (
    CHANGE_COLUMNS,
    OLDER,
    PULL_DAYS,
    READ_WINDOWS,
    SINCE,
    LedgerTables,
    first_days_read,
    learned,
    nothing_learned,
)
from flows.steps.settling_times import _read_on_two_days
from transforms.settling import LEAST_READ_AGAIN, LONGEST_AGE, MEMORY_DAYS, restatement_curve, settled_ages
from warehouse.schema import CHANGES

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)
NULLABLE = pa.schema([CHANGES.arrow.field(name).with_nullable(True) for name in CHANGE_COLUMNS])
Values = dict[tuple[str, date], float | None]


@dataclass
class Ledger:
    """Pulls of one source with one metric; each finds ``values`` by entity and day and speaks for all days of its
    window."""

    items: bool = False
    length: int = 1
    source: str = "web"
    state: Values = field(default_factory=dict)
    changes: list[dict] = field(default_factory=list)
    pulls: list[dict] = field(default_factory=list)
    windows: list[dict] = field(default_factory=list)

    def pull(self, day: date, first: date, values: Values, *, settings: str = "s", until: date | None = None) -> None:
        until, name = until or day, f"p{len(self.pulls)}"
        self.pulls.append(
            {
                "source": self.source,
                "pull_id": name,
                "turn": len(self.pulls),
                "day": day,
                "settings": settings,
                "items": self.items,
            }
        )
        self.windows.append({"pull_id": name, "first": first, "until": until})
        gone = [key for key in self.state if first <= key[1] < until and key not in values]
        for key in [*values, *gone]:
            self._record(name, key, values.get(key), there=key in values)

    def _record(self, pull_id: str, key: tuple[str, date], new: float | None, *, there: bool) -> None:
        known, old = key in self.state, self.state.get(key)
        if there and known and old == new:
            return
        change = ("altered" if known else "added") if there else "dropped"
        span = {"start": key[1], "end": key[1] + self.length * DAY}
        self.changes.append(
            {
                "source": self.source,
                "metric": "views",
                "entity": key[0],
                **span,
                "pull_id": pull_id,
                "change": change,
                "old_value": old,
                "new_value": new,
            }
        )
        self.state.pop(key, None)
        if there:
            self.state[key] = new

    def learned(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        changes, pulls, windows = self.tables
        since = [{"source": name, "first": date(1700, 1, 1)} for name in {row["source"] for row in self.pulls}]
        return learned(
            LedgerTables(changes, pulls, windows, pa.Table.from_pylist(since, SINCE), pa.Table.from_pylist([], OLDER))
        )

    @property
    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Changes, pulls and windows."""
        rows = ((self.changes, NULLABLE), (self.pulls, PULL_DAYS), (self.windows, READ_WINDOWS))
        changes, pulls, windows = (pa.Table.from_pylist(of, schema) for of, schema in rows)
        return changes, pulls, windows

    def learned_lately(self) -> tuple[date, tuple[pd.DataFrame, pd.DataFrame]]:
        """As a run learns it, from the changes of the days that are still read, and from which day on."""
        changes, pulls, windows = self.tables
        (since,) = ({"source": name, "first": day} for name, day in first_days_read(pulls, windows).items())
        first = since["first"]
        older = {(row["source"], row["metric"], row["entity"]) for row in self.changes if row["end"] <= first}
        named = [dict(zip(OLDER.names, series, strict=True)) for series in older]
        bounds = pa.Table.from_pylist([since], SINCE)
        return first, learned(LedgerTables(changes, pulls, windows, bounds, pa.Table.from_pylist(named, OLDER)))

    @property
    def ages(self) -> pd.DataFrame:
        return self.learned()[0].set_index("age").sort_index()

    @property
    def restatement_curve(self) -> pd.Series:
        return restatement_curve(self.learned()[1]).set_index("age")["share"]

    @property
    def settled_ages(self) -> tuple[float, float, int]:
        """oldest, after and followed of the one metric; -1 for null."""
        (row,) = settled_ages(restatement_curve(self.learned()[1])).fillna(-1).itertuples()
        return row.oldest, row.after, row.followed


def nightly(
    ledger: Ledger,
    days: int,
    again: int,
    found_at: dict[int, float],
    *,
    entities: tuple[str, ...] = ("",),
    **options: object,
) -> Ledger:
    """A pull each morning that reads the last ``again`` days once more. ``found_at``: the value at each age, up to the
    next one named."""
    for day in (FIRST + n * DAY for n in range(1, days + 1)):
        first = max(FIRST, day - (1 + again) * DAY)
        ages = {first + n * DAY: (day - first).days - n - 1 for n in range((day - first).days)}
        values = {
            (entity, of): found_at[max(known for known in found_at if known <= age)]
            for of, age in ages.items()
            for entity in entities
        }
        ledger.pull(day, first, values, **options)
    return ledger


def test_values_that_never_change_are_settled_when_they_are_first_read() -> None:
    ledger = nightly(Ledger(), 60, 5, {0: 100})
    assert ledger.settled_ages == (4, 0, 59)
    assert ledger.restatement_curve.tolist() == [0] * 5
    assert ledger.ages["changed"].tolist() == [0] * 5
    assert ledger.ages.index.tolist() == [1, 2, 3, 4, 5], "age 0 is the first reading and none again"
    assert ledger.ages["read_again"].tolist() == [59, 58, 57, 56, 55]


def test_what_is_no_longer_read_is_not_needed_to_learn_the_same() -> None:
    """A series from before the days that are still read, one that begins within them, and one that has just begun."""
    begins, ledger = {"Hill": 0, "Quay": 500, "Van": 880}, Ledger()
    for number in range(1, 901):
        day = FIRST + number * DAY
        days = [FIRST + at * DAY for at in range(max(0, number - 4), number)]
        values: Values = {
            (name, of): 90.0 if (day - of).days < 3 else 100.0
            for of in days
            for name, first in begins.items()
            if first <= (of - FIRST).days and (name != "Quay" or number % 7)
        }
        ledger.pull(day, days[0], values)
    first, (ages, groups) = ledger.learned_lately()
    every_age, every_group = ledger.learned()
    assert first == FIRST + (900 - MEMORY_DAYS - 3) * DAY
    for few, all_of_it in ((ages, every_age), (groups, every_group)):
        keys = [name for name in few.columns if not name.endswith("_pct")]
        pd.testing.assert_frame_equal(
            few.sort_values(keys, ignore_index=True), all_of_it.sort_values(keys, ignore_index=True)
        )


@pytest.mark.parametrize(
    ("shares", "youngest", "oldest", "changing", "after"),
    [
        ({20: 0.0, 50: 0.0, 80: 0.0}, 20, 80, False, 20),
        ({20: None, 50: 0.0, 80: None}, 50, 50, False, None),
        ({20: None, 50: 0.2, 80: 0.0}, 50, 80, False, 51),
        ({20: 0.2, 50: None, 80: 0.0}, 20, 80, False, 21),
        ({20: 0.0, 50: 0.2, 80: None}, 20, 50, True, None),
        ({20: None, 50: None}, None, None, False, None),
    ],
    ids=[
        "never",
        "young ones unknown",
        "changes at the youngest known",
        "a gap",
        "still at the oldest",
        "nothing known",
    ],
)
def test_of_an_age_of_which_too_little_is_known_nothing_is_concluded(
    shares: dict[int, float | None], youngest: int | None, oldest: int | None, changing: bool, after: int | None
) -> None:
    curve = pd.DataFrame(
        {"source": "s", "metric": "m", "age": list(shares), "followed": 28, "share": list(shares.values())}
    )
    (row,) = settled_ages(curve.astype({"share": float})).to_dict("records")
    assert [None if pd.isna(row[name]) else row[name] for name in ("youngest", "oldest", "after")] == [
        youngest,
        oldest,
        after,
    ]
    assert row["changing"] == changing


def test_the_settled_age_is_the_one_after_which_nothing_changes() -> None:
    ledger = nightly(Ledger(), 60, 6, {0: 90, 1: 95, 3: 100})
    assert ledger.settled_ages[:2] == (5, 3)
    assert ledger.restatement_curve.tolist() == [1, 1, 1, 0, 0, 0]
    assert ledger.ages["changed"].tolist() == [59, 0, 57, 0, 0, 0]
    assert ledger.ages["median_change_pct"].tolist()[:3] == [5, pytest.approx(float("nan"), nan_ok=True), 5]


def test_changes_too_small_to_matter_unsettle_nothing_but_are_counted() -> None:
    ledger = nightly(Ledger(), 60, 3, {0: 1000, 2: 1004})
    assert ledger.settled_ages[1] == 0
    assert ledger.ages.loc[2, "changed"] == 58


def test_small_steps_that_add_up_to_a_large_change_do_unsettle() -> None:
    steps = {age: 1000 + 4 * age for age in range(5)}
    ledger = nightly(Ledger(), 60, 6, steps)
    assert ledger.settled_ages[1] == 3
    assert ledger.restatement_curve.tolist() == [1, 1, 1, 0, 0, 0]


def test_a_value_that_moves_and_returns_had_still_to_change_in_between() -> None:
    assert nightly(Ledger(), 60, 4, {0: 10, 1: 12, 2: 10}).restatement_curve.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(("changed", "after"), [(0, 0), (1, 0), (2, 3)])
def test_one_value_in_a_hundred_may_still_change(changed: int, after: int) -> None:
    ledger = Ledger()
    entities = [f"page {n}" for n in range(100)]
    for age in range(5):
        moved = {entity: 2 if age >= 3 and n < changed else 1 for n, entity in enumerate(entities)}
        ledger.pull(
            FIRST + (1 + age) * DAY, FIRST, {(entity, FIRST): moved[entity] for entity in entities}, until=FIRST + DAY
        )
    assert ledger.settled_ages == (3, after, 100)


def test_too_few_values_read_again_are_not_judged() -> None:
    few = nightly(Ledger(), LEAST_READ_AGAIN, 5, {0: 1})
    assert few.settled_ages == (-1, -1, LEAST_READ_AGAIN - 1)
    assert nightly(Ledger(), LEAST_READ_AGAIN + 1, 5, {0: 1}).settled_ages == (0, 0, LEAST_READ_AGAIN)


def test_what_still_changes_at_the_oldest_age_read_is_not_settled() -> None:
    assert nightly(Ledger(), 60, 3, {0: 1, 1: 2, 2: 3, 3: 4}).settled_ages[:2] == (2, -1)


def test_a_source_that_reads_nothing_again_has_no_curve() -> None:
    ledger = nightly(Ledger(), 60, 0, {0: 1})
    assert ledger.restatement_curve.empty
    assert ledger.ages.empty


def test_a_second_pull_of_the_same_day_reads_nothing_again() -> None:
    ledger = Ledger()
    for value in (1, 2):
        ledger.pull(FIRST + DAY, FIRST, {(f"page {n}", FIRST): value for n in range(50)})
    assert ledger.ages.empty
    assert ledger.restatement_curve.empty


def test_only_long_followed_values_tell_of_late_changes() -> None:
    """Most values are read for 3 days and lie still; the few that are read again after 20 days have all changed by
    then."""
    ledger = nightly(Ledger(), 200, 3, {0: 100})
    assert ledger.settled_ages[:2] == (2, 0)
    deep = FIRST + 200 * DAY
    old = {("", deep - n * DAY): 150.0 if n > 10 else 100.0 for n in range(1, 101)}
    ledger.pull(deep, deep - 100 * DAY, old)
    oldest, after, _ = ledger.settled_ages
    assert oldest == 100 - LEAST_READ_AGAIN - 1
    assert after == -1, "of those followed so long all have changed"
    assert ledger.restatement_curve[5] > 0.5


def test_a_row_that_came_later_than_its_neighbours_has_changed_from_missing() -> None:
    ledger = Ledger()
    every = [FIRST + n * DAY for n in range(80)]
    for day in every[1:]:
        shown = {("", of): 7.0 for of in every if day - 5 * DAY <= of < day - DAY}
        ledger.pull(day, max(FIRST, day - 5 * DAY), shown)
    assert ledger.restatement_curve[0] == pytest.approx(1, abs=0.03)
    assert ledger.settled_ages[1] == 1
    assert ledger.ages.loc[1, "changed"] == 77
    assert ledger.ages.loc[1, "median_change_pct"] == 100


def test_a_row_that_goes_has_changed_to_missing() -> None:
    ledger = Ledger()
    every = [FIRST + n * DAY for n in range(80)]
    for day in every[1:]:
        ledger.pull(day, max(FIRST, day - 5 * DAY), {("", of): 7.0 for of in every if day - 3 * DAY <= of < day})
    assert ledger.settled_ages[1] == 3
    assert ledger.ages["changed"].to_dict() == {1: 0, 2: 0, 3: 76, 4: 0}
    assert ledger.ages.loc[3, "median_change_pct"] == 100


def test_an_entity_that_is_new_has_not_come_late() -> None:
    ledger = nightly(Ledger(), 60, 5, {0: 100})
    later = FIRST + 61 * DAY
    ledger.pull(later, FIRST, {(entity, FIRST + n * DAY): 100.0 for n in range(61) for entity in ("", "new branch")})
    assert ledger.ages["changed"].sum() == 0
    assert ledger.settled_ages[1] == 0


def test_a_change_of_settings_is_not_the_providers_doing() -> None:
    ledger = nightly(Ledger(), 60, 5, {0: 100})
    every = {("", FIRST + n * DAY): 50.0 for n in range(61)}
    ledger.pull(FIRST + 61 * DAY, FIRST, every, settings="other")
    assert ledger.ages["changed"].sum() == 0
    ledger.pull(FIRST + 62 * DAY, FIRST, {**every, ("", FIRST): 60.0}, settings="other")
    assert ledger.ages["changed"].sum() == 1


def test_a_backfill_says_nothing_of_young_values() -> None:
    ledger = Ledger()
    days = {("", FIRST + n * DAY): 5.0 for n in range(100)}
    for after in (200, 201):
        ledger.pull(FIRST + after * DAY, FIRST, days, until=FIRST + 100 * DAY)
    assert ledger.restatement_curve.index.min() == 100
    assert ledger.settled_ages == (-1, -1, 1), "each value was followed for a day only"


def test_a_week_counts_from_its_last_day_and_is_read_where_that_day_is() -> None:
    ledger = Ledger(length=7)
    ledger.pull(FIRST + 7 * DAY, FIRST, {("", FIRST): 10.0})
    ledger.pull(FIRST + 9 * DAY, FIRST + 6 * DAY, {("", FIRST): 11.0})
    ledger.pull(FIRST + 12 * DAY, FIRST + 7 * DAY, {})
    assert ledger.ages["read_again"].to_dict() == {2: 1}
    assert ledger.ages["changed"].to_dict() == {2: 1}


def test_an_item_that_comes_after_others_were_read_has_come_late() -> None:
    ledger, every = Ledger(items=True), FIRST - 3000 * DAY
    ledger.pull(FIRST + DAY, every, {(f"post {n}", FIRST): 1.0 for n in range(60)})
    ledger.pull(FIRST + 4 * DAY, every, {(f"post {n}", FIRST): 1.0 for n in range(70)})
    ledger.pull(FIRST + 9 * DAY, every, {(f"post {n}", FIRST): 1.0 for n in range(70)})
    assert ledger.ages["changed"].to_dict() == {3: 10, 8: 0}
    assert ledger.restatement_curve[2] == pytest.approx(10 / 70)
    assert ledger.settled_ages[1] == 3


def test_a_value_that_becomes_zero_or_unknown_changes_whole() -> None:
    ledger = Ledger()
    for age, value in ((0, 5.0), (1, 0.0), (2, None)):
        ledger.pull(FIRST + (1 + age) * DAY, FIRST, {("", FIRST): value}, until=FIRST + DAY)
    assert ledger.ages["median_change_pct"].to_dict() == {1: 100, 2: 100}


def test_ages_beyond_the_longest_are_one() -> None:
    ledger = Ledger()
    pages = [f"page {n}" for n in range(40)]
    for age, value in ((0, 1.0), (LONGEST_AGE + 50, 2.0)):
        ledger.pull(FIRST + (1 + age) * DAY, FIRST, {(page, FIRST): value for page in pages}, until=FIRST + DAY)
    assert ledger.restatement_curve.index.max() == LONGEST_AGE
    assert ledger.settled_ages[1] == -1
    assert ledger.ages.empty


def test_readings_of_long_ago_are_forgotten() -> None:
    ledger = nightly(Ledger(), 60, 5, {0: 1, 2: 2})
    assert ledger.settled_ages[1] == 2
    long_after = FIRST + (61 + MEMORY_DAYS) * DAY
    ledger.pull(long_after, long_after - DAY, {("", long_after - DAY): 2.0})
    assert ledger.ages.empty


def test_nothing_at_all_gives_nothing() -> None:
    assert Ledger().ages.empty
    assert settled_ages(restatement_curve(Ledger().learned()[1])).empty


def test_the_sources_of_one_warehouse_do_not_mix() -> None:
    one, other = nightly(Ledger(), 60, 5, {0: 1, 2: 2}), nightly(Ledger(source="gates"), 60, 5, {0: 1})
    for rows in (other.pulls, other.windows, other.changes):
        for row in rows:
            row["pull_id"] += "g"
    one.pulls += other.pulls
    one.windows += other.windows
    one.changes += other.changes
    after = settled_ages(restatement_curve(one.learned()[1])).set_index("source")["after"]
    assert after.to_dict() == {"web": 2, "gates": 0}


def test_pulls_of_one_day_teach_nothing_and_are_not_reckoned_with() -> None:
    ledger, values = Ledger(), {("", FIRST + n * DAY): 1.0 for n in range(40)}
    for _ in range(2):
        ledger.pull(FIRST + 60 * DAY, FIRST, values)
    assert not _read_on_two_days(pa.Table.from_pylist(ledger.pulls, PULL_DAYS))
    quick = nothing_learned()
    ages, groups = ledger.learned()
    assert quick[0].empty
    assert ages.empty
    curve = restatement_curve(groups)
    assert not curve["followed"].any()
    assert not settled_ages(curve)["followed"].any()
    assert restatement_curve(quick[1]).empty
    assert [frame.dtypes.to_dict() for frame in quick] == [ages.dtypes.to_dict(), groups.dtypes.to_dict()]
    ledger.pull(FIRST + 61 * DAY, FIRST, values)
    assert _read_on_two_days(pa.Table.from_pylist(ledger.pulls, PULL_DAYS))
