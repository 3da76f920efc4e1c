"""The probability of a target on public figures of libraries."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.probability import TargetSpec, estimate_probability


def newcastle(folder: Path) -> FloatArray:
    """Visits by branch and month from April 2008 to February 2020, before all branches closed."""
    table = pd.read_csv(folder / "visitor-figures" / "2008-onwards-monthly-visits.csv", index_col=0)
    return table.loc[:, :"2020-02"].to_numpy(dtype=float)


def test_one_year_of_months_is_too_little(shared_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(shared_data("chicago-library-visitors-2014") / "Libraries_-_2014_Visitors_by_Location.csv")
    months = table.loc[:, "JANUARY":"DECEMBER"].apply(pd.to_numeric, errors="coerce").dropna().to_numpy(dtype=float)  # type: ignore[misc]
    result = estimate_probability(months, 12, 12, TargetSpec(months.sum(axis=1), 1.0, 0.0, 12))
    assert set(result.reason) == {"no_probability_short"}
    assert np.isnan(result.probability).all()


def test_newcastles_branches_keep_near_what_was_said(shared_data: Callable[[str], Path]) -> None:
    visits = newcastle(shared_data("newcastle-libraries"))
    said, came, inside = [], [], []
    for end in range(72, visits.shape[1] - 11, 12):
        last, became = visits[:, end - 12 : end].sum(axis=1), visits[:, end : end + 12].sum(axis=1)
        result = estimate_probability(visits[:, :end], 12, 12, TargetSpec(last, 1.0, 0.0, 12, least=0.0))
        known = ~np.isnan(became + result.probability)
        said.append(result.probability[known])
        came.append(became[known] >= last[known])
        inside.append(((became >= result.low) & (became <= result.high))[known])
    probability, true = np.concatenate(said), np.concatenate(came)
    assert len(true) > 50
    assert ((probability - true) ** 2).mean() < 0.25, "it knows more than a coin"
    assert abs(probability.mean() - true.mean()) < 0.21, "these branches fell faster than their past let expect"
    assert 0.6 < np.concatenate(inside).mean() < 0.97


def test_a_closed_branch_is_told_nothing(shared_data: Callable[[str], Path]) -> None:
    visits = newcastle(shared_data("newcastle-libraries"))
    closed = np.isnan(visits[:, -24:]).all(axis=1)
    result = estimate_probability(visits, 12, 12, TargetSpec(1_000.0, 1.0, 0.0, 12))
    assert closed.any()
    assert all(result.reason[closed])
    assert np.isnan(result.probability[closed]).all()
