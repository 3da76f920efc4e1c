"""Ranks with ties, row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import rankdata

from transforms.outlook.ranks import ranked

few_values = st.sampled_from([-2.5, -0.0, 0.0, 1.0, 7.0, np.inf])


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=few_values))
def test_ranks_are_those_of_scipy(values: np.ndarray) -> None:
    np.testing.assert_array_equal(ranked(values), rankdata(values, axis=1))


def test_no_columns_have_no_ranks() -> None:
    assert ranked(np.empty((3, 0))).shape == (3, 0)
