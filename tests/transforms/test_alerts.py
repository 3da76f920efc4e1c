"""Each row of Prometheus' table of states, in complete periods; and what holds of any history."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.alerts.state_names import FIRING, NEVER, NO_DATA, PENDING, RESOLVED, STATES
from transforms.alerts.states import Signal, States, hysteresis, initial_states, mark_source_failed, next_states, states

SHORT = {"i": "inactive", "p": "pending", "F": "firing", "r": "resolved", "n": "no_data", "s": "source_failed"}
Case = tuple[str, int, int, str]
"""What is seen (x: condition, o: clear, -: between the thresholds, ?: not known), wait, keep, the states."""

TABLE: dict[str, Case] = {
    "no ground, no alert": ("ooo", 0, 0, "iii"),
    "without a wait it fires at the first period": ("ox", 0, 0, "iF"),
    "with a wait it is pending first": ("ox", 1, 0, "ip"),
    "it fires when the wait is reached, not after it": ("xx", 1, 0, "pF"),
    "a wait of two": ("xxx", 2, 0, "ppF"),
    "pending and the ground is gone: forgotten": ("xo", 1, 0, "pi"),
    "pending and between the thresholds: forgotten too": ("x-", 1, 0, "pi"),
    "a wait begins anew after it was forgotten": ("xxoxx", 2, 0, "ppipp"),
    "it goes on firing": ("xxxx", 1, 0, "pFFF"),
    "firing and clear, nothing kept: resolved": ("xo", 0, 0, "Fr"),
    "resolved is said once": ("xooo", 0, 0, "Frii"),
    "kept for one period after the first clear one": ("xoo", 0, 1, "FFr"),
    "kept for two": ("xooo", 0, 2, "FFFr"),
    "the ground comes back within the keeping: still the same alert": ("xox", 0, 1, "FFF"),
    "and the keeping begins anew": ("xoxoo", 0, 1, "FFFFr"),
    "between the thresholds it goes on firing": ("x---", 0, 0, "FFFF"),
    "between the thresholds the keeping begins anew": ("xo-oo", 0, 1, "FFFFr"),
    "between the thresholds nothing begins": ("---", 0, 0, "iii"),
    "after it was resolved a new one waits again": ("xxoxx", 1, 0, "pFrpF"),
    "no data at the start": ("??", 0, 0, "nn"),
    "no data says nothing and resolves nothing": ("x??x", 0, 0, "FnnF"),
    "no data while pending: the wait goes on where it was": ("x?x", 1, 0, "pnF"),
    "no data does not shorten a wait": ("x??x", 2, 0, "pnnp"),
    "no data does not end a keeping": ("xo?o", 0, 1, "FFnr"),
    "no data does not end a keeping by itself": ("xo??", 0, 1, "FFnn"),
    "no data after it was resolved": ("xo?o", 0, 0, "Frni"),
    "no data and then clear: pending is forgotten": ("x?o", 1, 0, "pni"),
}


def seen(*rows: str) -> Signal:
    marks = np.array([list(row) for row in rows]).reshape(len(rows), -1)
    return Signal(marks == "x", marks == "o", marks != "?")


def history(row: str, wait: int = 0, keep: int = 0) -> States:
    signal = seen(row)
    return states(signal.condition, signal.clear, signal.known, wait, keep)


def words(found: States, row: int = 0) -> str:
    long = {word: letter for letter, word in SHORT.items()}
    return "".join(long[word] for word in found.state[row])


@pytest.mark.parametrize("name", TABLE)
def test_a_row_of_the_table_of_states(name: str) -> None:
    row, wait, keep, expected = TABLE[name]
    assert words(history(row, wait, keep)) == expected


def test_the_day_of_the_episode_stays_when_only_the_value_changes() -> None:
    found = history("oxxx?xooo", wait=1, keep=1)
    assert words(found) == "ipFFnFFri"
    assert found.since[0].tolist() == [NEVER, 1, 1, 1, 1, 1, 1, 1, NEVER]
    assert found.fired[0].tolist() == [NEVER, NEVER, 2, 2, 2, 2, 2, 2, NEVER]


def test_a_second_episode_has_its_own_beginning() -> None:
    found = history("xox")
    assert (words(found), found.since[0].tolist(), found.fired[0].tolist()) == ("FrF", [0, 0, 2], [0, 0, 2])


def test_each_series_has_its_own_wait_and_keeping() -> None:
    signal = seen("xxoo", "xxoo")
    found = states(signal.condition, signal.clear, signal.known, np.array([0, 1]), np.array([0, 1]))
    assert [words(found, row) for row in (0, 1)] == ["FFri", "pFFr"]


def test_condition_counts_where_clear_holds_too() -> None:
    both = np.array([[True, True]])
    assert words(states(both, both, both, 0, 0)) == "FF"


def test_a_failed_source_silences_what_fires_and_does_not_end_it() -> None:
    found = mark_source_failed(history("x??x", keep=0), np.array([[False, True, False, False]]))
    assert words(found) == "FsnF"
    after = next_states(
        found.at(1),
        2,
        Signal(*(flags[:, 0] for flags in (seen("x").condition, seen("x").clear, seen("x").known))),
        0,
        0,
    )
    assert (after.state[0], after.since[0]) == (FIRING, 0), "the ledger may be gone on with from source_failed"


def test_a_known_period_of_a_failed_source_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot be known"):
        mark_source_failed(history("x"), np.array([[True]]))


def test_no_periods_have_no_states() -> None:
    empty = np.zeros((2, 0), dtype=bool)
    assert states(empty, empty, empty, 1, 1).state.shape == (2, 0)


def test_a_figure_at_the_threshold_is_not_below_it_and_clear_only_beyond_the_margin() -> None:
    condition, clear = hysteresis(np.array([0.59, 0.6, 0.64, 0.65, np.nan]), 0.6, 0.05)
    assert condition.tolist() == [True, False, False, False, False]
    assert clear.tolist() == [False, False, False, True, False]


HISTORY = st.text("xo-?", max_size=24)
FEW = st.integers(0, 3)


@given(HISTORY, FEW, FEW, st.integers(0, 24))
def test_a_history_may_be_cut_anywhere_and_gone_on_with(row: str, wait: int, keep: int, cut: int) -> None:
    whole, signal = history(row, wait, keep), seen(row)
    now = history(row[:cut], wait, keep).at(-1) if row[:cut] else initial_states(1)
    for at in range(len(row[:cut]), len(row)):
        now = next_states(
            now, at, Signal(signal.condition[:, at], signal.clear[:, at], signal.known[:, at]), wait, keep
        )
        assert [getattr(now, name)[0] for name in ("state", "since", "fired", "count")] == [
            getattr(whole.at(at), name)[0] for name in ("state", "since", "fired", "count")
        ]


@given(HISTORY, HISTORY, FEW, FEW)
def test_what_comes_later_changes_nothing_before_it(row: str, more: str, wait: int, keep: int) -> None:
    assert words(history(row + more, wait, keep)).startswith(words(history(row, wait, keep)))


@given(HISTORY, FEW, FEW)
def test_periods_that_are_not_known_change_nothing_but_the_word(row: str, wait: int, keep: int) -> None:
    without = words(history(row.replace("?", ""), wait, keep))
    told = words(history(row, wait, keep))
    assert [letter == "n" for letter in told] == [mark == "?" for mark in row]
    assert told.replace("n", "") == without


@given(HISTORY, FEW, FEW)
def test_a_run_of_the_condition_begins_at_most_one_episode(row: str, wait: int, keep: int) -> None:
    found = history(row, wait, keep)
    starts = {int(at) for at in found.fired[0] if at != NEVER}
    runs = [
        run for run in "".join("x" if mark == "x" else "" if mark == "?" else " " for mark in row).split(" ") if run
    ]
    assert len(starts) <= len([run for run in runs if len(run) > wait])
    assert all(
        row[at] == "x" and row[int(since)] == "x"
        for at, since in zip(found.fired[0], found.since[0], strict=True)
        if at != NEVER
    )


@given(HISTORY, FEW, FEW)
def test_only_what_fired_is_resolved_and_only_after_enough_clear_periods(row: str, wait: int, keep: int) -> None:
    found = history(row, wait, keep)
    for at in np.flatnonzero(found.state[0] == RESOLVED):
        known = row[: at + 1].replace("?", "")
        assert known.endswith("o" * (keep + 1))
        assert any(found.state[0, before] == FIRING for before in range(at))


@given(HISTORY, FEW, FEW)
def test_a_shorter_wait_never_fires_later(row: str, wait: int, keep: int) -> None:
    soon, late = (np.flatnonzero(history(row, one, keep).state[0] == FIRING) for one in (wait, wait + 1))
    assert not len(late) or (len(soon) and soon[0] <= late[0])


def test_the_examples_in_the_docs_are_what_happens() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    examples = re.findall(r"^\| `([xo?-](?: [xo?-])*)` \| ([a-z_, ]+)", page, re.MULTILINE)
    assert len(examples) == 5
    for row, expected in examples:
        assert history(row.replace(" ", ""), wait=1, keep=1).state[0].tolist() == expected.strip().split(", "), row


def test_the_words_are_those_of_the_table() -> None:
    assert set(SHORT.values()) == set(STATES)
    assert (PENDING, NO_DATA) == ("pending", "no_data")


def test_a_pending_alert_that_lapses_leaves_nothing_of_its_beginning() -> None:
    """Neither the lapse nor a later clear period says since when; the next episode begins anew."""
    found = history("xoox", wait=2)
    assert words(found) == "piip"
    assert found.since[0].tolist() == [0, NEVER, NEVER, 3]
    assert found.count[0].tolist() == [0, 0, 0, 0]
    between = history("x-", wait=2)
    assert (words(between), between.since[0].tolist()) == ("pi", [0, NEVER])


def test_an_alert_that_fires_at_once_never_waited() -> None:
    found = history("xx", wait=0)
    assert (found.fired[0].tolist(), found.count[0].tolist()) == ([0, 0], [0, 0])


def test_an_alert_that_is_resolved_counts_nothing_any_more() -> None:
    found = history("xoo", keep=1)
    assert (words(found), found.count[0].tolist()) == ("FFr", [0, 1, 0])


def test_before_the_first_period_nothing_is_active() -> None:
    start = initial_states(2)
    assert (start.state.tolist(), start.since.tolist(), start.fired.tolist(), start.count.tolist()) == (
        ["inactive"] * 2,
        [NEVER] * 2,
        [NEVER] * 2,
        [0, 0],
    )


def test_one_failed_source_among_sound_ones_must_not_be_known_either() -> None:
    found = history("x").at(-1)
    two = States(*(np.repeat(part, 2) for part in (found.state, found.since, found.fired, found.count)))
    with pytest.raises(ValueError, match="cannot be known"):
        mark_source_failed(two, np.array([True, False]))


@given(HISTORY, FEW, FEW)
def test_only_an_episode_has_a_beginning(row: str, wait: int, keep: int) -> None:
    """Inactive and never begun are the same thing; what fired began, and began no later."""
    found = history(row, wait, keep)
    for state, since, fired in zip(found.state[0], found.since[0], found.fired[0], strict=True):
        assert state != "inactive" or (since, fired) == (NEVER, NEVER)
        assert state not in ("pending", "firing", "resolved") or since != NEVER
        assert (state in ("firing", "resolved")) <= (fired >= since)
