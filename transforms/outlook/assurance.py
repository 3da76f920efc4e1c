"""Whether a target would be met in every period if the figure keeps the level and the noise of its control chart.

It is the assurance of NHS England's Making Data Count, which compares the target with the limits of the chart:
``ptd_calculate_assurance_type`` in https://github.com/nhs-r-community/NHSRplotthedots. Differences: a value at the
target meets it; a season has limits of its own, as wide as they are for coming values; a band, which has no assurance
there, is compared on both sides; and no chart claims of a target what its newest value contradicts.
"""

import numpy as np
import pandas as pd

from transforms.arrays import SAME, BoolArray, FloatArray, TextArray
from transforms.outlook.control_chart import ControlChart
from warehouse.schema.control_charts import ASSURANCES

MET, MISSED, EITHER, BY_SEASON = ASSURANCES
LEFT = "left_limits"


def season_limits(chart: ControlChart, charted: BoolArray, season: int) -> tuple[FloatArray, FloatArray]:
    """The limits of the last cycle of seasons, between which a coming value lies, each (series, seasons).

    charted: (series, periods). Of a season the limits are wider than in the chart: by the square root of (n + 1) /
    (n - 1) over n years. The season is the mean of these years, which takes a share 1 / n of the noise out of the
    values that the chart is made of, and adds as much to a value that it has not seen.
    """
    means, lows, highs = (one[:, -season:] for one in (chart.means, chart.lows, chart.highs))
    if season == 1:
        return lows, highs
    last = range(max(charted.shape[1] - season, 0), charted.shape[1])
    years = np.stack([charted[:, at % season :: season].sum(axis=1) for at in last], axis=1)
    wider = np.sqrt((years + 1) / np.maximum(years - 1, 1))
    return means - wider * (means - lows), means + wider * (highs - means)


def compare_with_limits(lows: FloatArray, highs: FloatArray, newest: FloatArray, goals: pd.DataFrame) -> TextArray:
    """One of the four codes, or ``LEFT``, for each series.

    lows, highs: the limits of each season, (series, seasons), NaN where it has none. newest: the newest charted value,
    (series,). goals: a row for each series with better, target_value, target_low and target_high. With ``LEFT`` the
    newest value is on the other side of the target than the limits would have every value.
    """
    least, most = _accepted(goals)
    known = ~np.isnan(lows)
    met = (lows >= least[:, None]) & (highs <= most[:, None])
    missed = (highs < least[:, None]) | (lows > most[:, None])
    always, never = (met | ~known).all(axis=1), (missed | ~known).all(axis=1)
    inside = (newest >= least) & (newest <= most)
    contradicted = (always & ~inside) | (never & inside)
    seasons = met.any(axis=1) & missed.any(axis=1)
    codes = [LEFT, MET, MISSED, BY_SEASON]
    return np.select([contradicted, always, never, seasons], codes, EITHER).astype(object)


def _accepted(goals: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """The least and the most value that meets each target."""
    value, low, high = (goals[name].to_numpy(dtype=float) for name in ("target_value", "target_low", "target_high"))
    band, down = (goals["better"] == "band").to_numpy(), (goals["better"] == "down").to_numpy()
    least = np.where(band, low, np.where(down, -np.inf, value))
    most = np.where(band, high, np.where(down, value, np.inf))
    return least - SAME * np.abs(np.nan_to_num(least)), most + SAME * np.abs(np.nan_to_num(most))


def not_comparable(targets: pd.DataFrame) -> TextArray:
    """Why the target of each row cannot be compared with a chart of its periods; "" where it can.

    targets: target_value, target_low, over, path.
    """
    cases = [
        (targets["target_value"].isna() & targets["target_low"].isna(), "no_target"),
        (targets["over"] == "year", "year_total"),
        (targets["path"] == "seasonal", "seasonal_path"),
    ]
    return np.select([where.to_numpy(dtype=bool) for where, _ in cases], [code for _, code in cases], "").astype(object)
