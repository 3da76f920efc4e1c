"""The combined forecast of each row, and what is known of its errors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from transforms.forecast.combination import middle, weights
from transforms.forecast.gaps import filled
from transforms.forecast.members import members
from transforms.forecast.rows import Floats, Rows, before

ORIGINS = (1, 2, 4, 6)
"""Earlier origins, in steps of a quarter of the horizon."""
BLOCK = 512
"""Rows at a time: what fits the cache of a core."""
WORKERS = 2


@dataclass(frozen=True)
class Outlook:
    """``mean``: (rows, horizon); ``record``: (rows,) mean absolute error of the combination at earlier origins, NaN where there is none;
    ``known``: (rows,) how many whole horizons the record is of; ``step``: (rows,) mean absolute change of the adjusted series;
    ``quarrel``: (rows, horizon) weighted mean distance of the members from their combination. All in the scale of the rows."""

    mean: Floats
    record: Floats
    known: Floats
    step: Floats
    quarrel: Floats


def look(rows: Rows, horizon: int) -> Outlook:
    """The outlook of all rows, block by block on two threads: NumPy lets go of the interpreter while it works."""
    blocks = [rows.part(slice(start, start + BLOCK)) for start in range(0, len(rows.order), BLOCK)]
    if len(blocks) == 1:
        return look_at(blocks[0], horizon)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda block: look_at(block, horizon), blocks))
    return Outlook(*(np.concatenate([getattr(one, name) for one in found]) for name in Outlook.__dataclass_fields__))


def look_at(block: Rows, horizon: int) -> Outlook:
    season = block.season
    whole = Rows(filled(block.values, season), block.order, block.scale, block.lag, block.length, season)
    told = members(whole, horizon)
    step = max(1, min(horizon, max(2 * season, 8)) // 4)
    misses = [(back, missed(whole, block.values, back, horizon)) for back in (step * origin for origin in ORIGINS)]
    count = len(block.order)
    total, leads = np.zeros((len(told), count)), np.zeros(count)
    for _, miss in misses:
        rows = miss.shape[1]
        total[:, :rows] += np.where(np.isnan(miss), 0.0, np.abs(miss)).sum(axis=2)
        leads[:rows] += (~np.isnan(miss[0])).sum(axis=1)
    weight = weights(total / np.maximum(leads, 1), leads / horizon)
    mean = middle(told, weight)
    record = np.zeros(count)
    for _, miss in misses:
        rows = miss.shape[1]
        if rows:
            record[:rows] += np.abs(middle(np.nan_to_num(miss), weight[:, :rows])).sum(axis=1)
    quarrel = (weight[:, :, None] * np.abs(told - mean)).sum(axis=0)
    changes = np.abs(np.diff(whole.values, axis=1))
    moved = np.where(np.isnan(changes), 0.0, changes).sum(axis=1) / np.maximum(block.length - 1, 1)
    return Outlook(mean, np.where(leads > 0, record / np.maximum(leads, 1), np.nan), leads / horizon, moved, quarrel)


def missed(whole: Rows, seen: Floats, back: int, horizon: int) -> Floats:
    """Forecast less observed of each member ``back`` periods before the end: (members, rows that had enough by then, leads), NaN where
    nothing was observed. ``seen``: (rows, periods) before gaps were filled."""
    then = before(whole, back, shortest(whole.season))
    leads = min(back, horizon)
    count, upto = len(then.order), seen.shape[1] - back
    if not count:
        return np.zeros((1, 0, leads))
    return members(then, leads) - seen[:count, upto : upto + leads]


def shortest(season: int) -> int:
    """Periods that an earlier origin needs to count."""
    return 2 * season + 4 if season > 1 else 7
