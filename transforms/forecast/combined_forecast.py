"""The combined forecast of each row, and what is known of its errors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from transforms.forecast.combination import member_weights, trimmed_mean
from transforms.forecast.gaps import fill_gaps
from transforms.forecast.members import members
from transforms.forecast.rows import FloatArray, Rows, rows_before, stack_rows
from transforms.forecast.season import repeated_to_end, seasonal_indices

ORIGINS = (1, 2, 4, 6)
"""Earlier origins, in steps of a quarter of the horizon."""
GROWTH = 0.4
"""The power of the lead with which errors are taken to grow where those of several leads are put together."""
BLOCK, CELLS = 480, 40_000
"""Rows at a time, each with its earlier origins: what fits the cache of a core; and at most so many periods ahead, of all rows together."""
WORKERS = 2


@dataclass(frozen=True)
class CombinedForecast:
    """What the intervals are made of, all in the scale of the rows.

    ``mean``: (rows, horizon); ``disagreement``: (rows, horizon) weighted mean distance of the members from their combination.
    ``record``: (rows,) mean absolute error of the combination at earlier origins over ``GROWTH`` of its leads, 0 where there is none;
    ``known``: (rows,) how many whole horizons the record is of. ``step``: (rows,) mean absolute change from one period to the next
    without the season; ``year``: (rows,) mean absolute change over a season (or four
    periods where there is none).
    """

    mean: FloatArray
    disagreement: FloatArray
    record: FloatArray
    known: FloatArray
    step: FloatArray
    year: FloatArray


def combine_forecasts(rows: Rows, horizon: int) -> CombinedForecast:
    """The outlook of all rows, block by block on two threads: NumPy lets go of the interpreter while it works."""
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
    season = block.season
    whole = replace(block, values=fill_gaps(block.values, season))
    told, misses = backtest_members(whole, block.values, horizon)
    errors, known = mean_absolute_errors(misses, len(told), len(block.order))
    weight = member_weights(errors, known / horizon)
    mean = trimmed_mean(told, weight)
    disagreement = (weight[:, :, None] * np.abs(told - mean)).sum(axis=0)
    combined = [trimmed_mean(np.nan_to_num(miss), weight[:, : miss.shape[1]])[None] for miss in misses]
    seen = [np.where(np.isnan(miss[:1]), np.nan, one) for miss, one in zip(misses, combined, strict=True)]
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
        mean_absolute_change(adjusted, 1),
        mean_absolute_change(whole.values, max(season, 4)),
    )


def backtest_members(whole: Rows, seen: FloatArray, horizon: int) -> tuple[FloatArray, list[FloatArray]]:
    """What each member tells of what comes: (members, rows, horizon); and for each earlier origin what it told less what was observed:
    (members, rows that had enough by then, leads), NaN where nothing was. ``seen``: (rows, periods) before gaps were filled.

    All origins are told as rows of one matrix, since a step of many short rows costs little more than one of few.
    """
    step = max(1, min(horizon, max(2 * whole.season, 8)) // 4)
    earlier = {step * origin: rows_before(whole, step * origin, fewest_periods(whole.season)) for origin in ORIGINS}
    earlier = {back: rows for back, rows in earlier.items() if len(rows.order)}
    together, places = stack_rows([whole, *earlier.values()])
    told = members(together, horizon)
    misses = []
    for back, place in zip(earlier, places[1:], strict=True):
        leads, upto = min(back, horizon), seen.shape[1] - back
        misses.append(told[:, place, :leads] - seen[: len(place), upto : upto + leads])
    return told[:, places[0]], misses


def mean_absolute_change(values: FloatArray, lag: int) -> FloatArray:
    """The mean absolute change over ``lag`` periods: (rows,)."""
    moved = np.abs(values[:, lag:] - values[:, :-lag])
    seen = ~np.isnan(moved)
    mean: FloatArray = np.where(seen, moved, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return mean


def mean_absolute_errors(misses: list[FloatArray], count: int, rows: int) -> tuple[FloatArray, FloatArray]:
    """Mean absolute error of each member over all origins and leads: (count, rows), and how many it is of: (rows,)."""
    total, known = np.zeros((count, rows)), np.zeros(rows)
    for miss in misses:
        had, seen = miss.shape[1], ~np.isnan(miss[0])
        total[:, :had] += np.where(seen, np.abs(miss), 0.0).sum(axis=2)
        known[:had] += seen.sum(axis=1)
    return total / np.maximum(known, 1), known


def fewest_periods(season: int) -> int:
    """Periods that an earlier origin needs to count."""
    return 2 * season + 4 if season > 1 else 7
