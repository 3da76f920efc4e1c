"""Paths from baseline to target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.pacing.pace import pace_ratio
from transforms.pacing.paths import elapsed_share, geometric, linear

POSITIVE = st.floats(0.01, 1e6)
SHARE = st.floats(0, 1)


def a(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_the_way_is_half_done_in_the_middle() -> None:
    assert elapsed_share(a(15), a(10), a(20)) == pytest.approx([0.5])


@pytest.mark.parametrize(("day", "share"), [(5, 0.0), (10, 0.0), (20, 1.0), (25, 1.0)])
def test_the_share_is_held_within_the_way(day: float, share: float) -> None:
    assert elapsed_share(a(day), a(10), a(20)) == pytest.approx([share])


def test_linear_adds_and_geometric_multiplies() -> None:
    assert linear(a(100), a(400), a(0.5)) == pytest.approx([250])
    assert geometric(a(100), a(400), a(0.5)) == pytest.approx([200])


def test_geometric_works_below_zero_and_refuses_zero_and_a_change_of_sign() -> None:
    assert geometric(a(-100), a(-400), a(0.5)) == pytest.approx([-200])
    assert np.isnan(geometric(a(0, 100, -5), a(100, 0, 5), a(0.5, 0.5, 0.5))).all()


@given(POSITIVE, POSITIVE, SHARE, POSITIVE)
def test_paths_scale_with_their_ends(base: float, target: float, share: float, k: float) -> None:
    for path in (linear, geometric):
        assert path(a(k * base), a(k * target), a(share)) == pytest.approx(
            k * path(a(base), a(target), a(share)), rel=1e-9
        )


@given(POSITIVE, POSITIVE)
def test_paths_begin_at_the_baseline_and_end_at_the_target(base: float, target: float) -> None:
    for path in (linear, geometric):
        assert path(a(base, base), a(target, target), a(0, 1)) == pytest.approx([base, target])


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(1, 1e3))
def test_the_pace_of_the_path_itself_is_one(base: float, up: float, far: float) -> None:
    expected = base + far
    assert pace_ratio(a(base), a(expected), a(expected)) == pytest.approx([1.0])
    assert pace_ratio(a(-base), a(-base - up * far), a(-expected)) == pytest.approx(
        pace_ratio(a(base), a(base + up * far), a(expected))
    )


def test_no_pace_where_nothing_is_expected_yet() -> None:
    assert np.isnan(pace_ratio(a(5, np.nan), a(9, 9), a(5, 9))).all()


def test_a_way_of_no_length_is_behind_every_later_day_and_undecided_on_its_own() -> None:
    share = elapsed_share(a(0, 1, -1), a(0, 0, 0), a(0, 0, 0))
    assert np.isnan(share[0])
    assert share[1:].tolist() == [1, 0]
