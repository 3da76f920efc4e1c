"""The pace of a year's total at the end of each of its periods."""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray, IntArray
from transforms.matrix import CalendarMatrix, numbers_to_spans
from transforms.pacing.pace import pace_ratio
from transforms.pacing.target_years import ONE_DAY, years_left


def year_so_far_ratio(board: CalendarMatrix, goals: pd.DataFrame) -> FloatArray:
    """(series, periods): the pace of the total from the start of the target's year to each period.

    The total is the sum of a flow, and the mean of a rate weighted by its denominators. NaN for targets that are not of
    a year. Only periods with a value and an expectation count. goals: due and over, in the order of ``board.ids``.
    """
    first = _first_of_year(board, goals)
    known = ~np.isnan(board.values) & ~np.isnan(board.expected)
    weights = np.where(known, board.weights, 0.0)
    base, value, expected = (
        _sum_since(first, np.where(known, figures, 0.0) * weights)
        for figures in (board.base, board.values, board.expected)
    )
    ratio = pace_ratio(base, value, expected)
    yearly = (goals["over"] == "year").to_numpy()[:, None]
    return np.where(yearly & known, ratio, np.nan)


def _first_of_year(board: CalendarMatrix, goals: pd.DataFrame) -> IntArray:
    """(series, periods): the column of the first period of the year that each period belongs to."""
    spans = numbers_to_spans(board.numbers, board.length)
    last_days = np.tile((spans["end"] - ONE_DAY).to_numpy(), len(board.ids))
    due = np.repeat(goals["due"].to_numpy(), len(board.numbers))
    years = years_left(pd.Series(last_days), pd.Series(due)).to_numpy().reshape(len(board.ids), -1)
    begins = np.concatenate([np.ones((len(years), 1), dtype=bool), years[:, 1:] != years[:, :-1]], axis=1)
    first: IntArray = np.maximum.accumulate(np.where(begins, np.arange(years.shape[1]), 0), axis=1)
    return first


def _sum_since(first: IntArray, figures: FloatArray) -> FloatArray:
    """(series, periods): the sum from the column ``first`` to each period."""
    before = np.concatenate([np.zeros((len(figures), 1)), np.cumsum(figures, axis=1)], axis=1)
    total: FloatArray = before[:, 1:] - np.take_along_axis(before, first, axis=1)
    return total
