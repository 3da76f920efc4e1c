"""The combined forecast of each row, and the record of its errors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from transforms.arrays import FloatArray
from transforms.forecast.combination import member_weights, trimmed_mean
from transforms.forecast.gaps import fill_gaps
from transforms.forecast.members import members
from transforms.forecast.rows import Rows, rows_before, stack_rows
from transforms.forecast.season import repeated_to_end, seasonal_indices

ORIGINS = (2, 4)
"""Earlier origins, in steps of a quarter of the horizon."""
GROWTH = 0.4
"""Errors are assumed to grow with this power of the lead where several leads are averaged."""
BLOCK, CELLS = 480, 40_000
"""Rows in a block, each with its earlier origins, which fits the cache of a core; and at most this many periods ahead
over all rows."""
WORKERS = 2


@dataclass(frozen=True)
class CombinedForecast:
    """The basis of the intervals, all in the scale of the rows.

    mean: (rows, horizon). disagreement: (rows, horizon), the weighted mean distance of the members from their
    combination. record: (rows,), the mean absolute error of the combination at earlier origins over ``GROWTH`` of its
    leads, 0 where there is none. known: (rows,), the number of whole horizons behind the record. step: (rows,), the
    mean absolute change from one period to the next without the season. year: (rows,), that over a season (or four
    periods where there is none). Both are taken about the mean change: a steady trend is no surprise.
    """

    mean: FloatArray
    disagreement: FloatArray
    record: FloatArray
    known: FloatArray
    step: FloatArray
    year: FloatArray


def combine_forecasts(rows: Rows, horizon: int) -> CombinedForecast:
    """The combined forecast of all rows, block by block on two threads.

    NumPy releases the interpreter lock while it works.
    """
    size = max(1, min(BLOCK, CELLS // horizon))
    blocks = [rows.part(slice(start, start + size)) for start in range(0, len(rows.order), size)]
    if len(blocks) == 1:
        return combine_block(blocks[0], horizon)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda block: combine_block(block, horizon), blocks))
    return CombinedForecast(
        *(np.concatenate([getattr(one, name) for one in found]) for name in CombinedForecast.__dataclass_fields__)
    )


def combine_block(block: Rows, horizon: int) -> CombinedForecast:
    """The combined forecast of one block of rows."""
    season = block.season
    whole = replace(block, values=fill_gaps(block.values, season))
    forecasts, past_errors = backtest_members(whole, block.values, horizon)
    errors, known = mean_absolute_errors(past_errors, len(forecasts), len(block.order))
    weight = member_weights(errors, known / horizon)
    mean = trimmed_mean(forecasts, weight)
    disagreement = (weight[:, :, None] * np.abs(forecasts - mean)).sum(axis=0)
    combined = [trimmed_mean(np.nan_to_num(miss), weight[:, : miss.shape[1]])[None] for miss in past_errors]
    seen = [np.where(np.isnan(miss[:1]), np.nan, one) for miss, one in zip(past_errors, combined, strict=True)]
    record, _ = mean_absolute_errors(
        [one / np.arange(1, one.shape[2] + 1) ** GROWTH for one in seen], 1, len(block.order)
    )
    adjusted = whole.values - repeated_to_end(
        seasonal_indices(whole.values, season, np.zeros(len(block.order), dtype=bool)), whole.values.shape[1]
    )
    return CombinedForecast(
        mean,
        disagreement,
        record[0],
        known / horizon,
        unsteadiness(adjusted, 1),
        unsteadiness(whole.values, max(season, 4)),
    )


def backtest_members(whole: Rows, seen: FloatArray, horizon: int) -> tuple[FloatArray, list[FloatArray]]:
    """The members' forecasts from the end, and their errors at earlier origins.

    The forecasts are (members, rows, horizon). There is one array of errors for each earlier origin: (members, rows
    long enough by then, leads), NaN where nothing was observed. ``seen``: (rows, periods) before gaps were filled.

    All origins are rows of one matrix, since many short rows cost little more than a few.
    """
    step = max(1, min(horizon, max(2 * whole.season, 8)) // 4)
    earlier = {step * origin: rows_before(whole, step * origin, fewest_periods(whole.season)) for origin in ORIGINS}
    earlier = {back: rows for back, rows in earlier.items() if len(rows.order)}
    together, places = stack_rows([whole, *earlier.values()])
    forecasts = members(together, horizon)
    past_errors = []
    for back, place in zip(earlier, places[1:], strict=True):
        leads, upto = min(back, horizon), seen.shape[1] - back
        past_errors.append(forecasts[:, place, :leads] - seen[: len(place), upto : upto + leads])
    return forecasts[:, places[0]], past_errors


def unsteadiness(values: FloatArray, lag: int) -> FloatArray:
    """The mean absolute deviation of the changes over ``lag`` periods from their mean, (rows,).

    The mean is shrunk towards no change as far as a single change may be chance, so that one change alone counts whole.
    """
    moved = values[:, lag:] - values[:, :-lag]
    seen = ~np.isnan(moved)
    count = np.maximum(seen.sum(axis=1), 1)
    usual = np.where(seen, moved, 0.0).sum(axis=1) / count * (1 - 1 / count)
    deviation: FloatArray = np.where(seen, np.abs(moved - usual[:, None]), 0.0).sum(axis=1) / count
    return deviation


def mean_absolute_errors(past_errors: list[FloatArray], count: int, rows: int) -> tuple[FloatArray, FloatArray]:
    """The mean absolute error of each member over all origins and leads, (count, rows).

    And the number of errors behind it, (rows,).
    """
    total, known = np.zeros((count, rows)), np.zeros(rows)
    for miss in past_errors:
        had, seen = miss.shape[1], ~np.isnan(miss[0])
        total[:, :had] += np.where(seen, np.abs(miss), 0.0).sum(axis=2)
        known[:had] += seen.sum(axis=1)
    return total / np.maximum(known, 1), known


def fewest_periods(season: int) -> int:
    """The periods that an earlier origin needs to count."""
    return 2 * season + 4 if season > 1 else 7
