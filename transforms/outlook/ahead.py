"""What lies ahead of each indicator: its trend, the forecast up to the due date, and the probability of meeting the target."""

import numpy as np
import pandas as pd

from transforms.matrix import A_YEAR, SEASON, Matrix, longest_gap, matrices, numbered, numbers_to_spans
from transforms.outlook.trend import trend
from transforms.outlook.words import Facts, told
from transforms.pacing.course import FARTHEST
from transforms.probability import Prospect, against, foresee
from transforms.rules.given import Floats

ONE_DAY = pd.Timedelta(days=1)
TREND = ["trend_per_year", "trend_low", "trend_high", "trend_p_value"]
AHEAD = ["forecast_due", "forecast_low", "forecast_high", "probability", "probability_cases", "probability_covered"]
FAN = ["indicator_id", "start", "end", "mean", "low_80", "high_80", "low_95", "high_95"]
TORN = "no trend: a year or more is unknown in the middle, and the figures before it may mean something else; declare a break, or fill the gap"
OUTLOOK = ["indicator_id", *TREND, *AHEAD, "outlook"]


def outlook(periods: pd.DataFrame, targets: pd.DataFrame, apart: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns ``OUTLOOK``, one row an indicator, and columns ``FAN``: one row an indicator and period from its last usable one to the one
    that holds its due date, at most ``FARTHEST``; none where nothing can be forecast. Both are of one forecast.

    periods: as published, with standard_error. targets: indicator_id, unit, period, better, min_completeness, target_value,
    target_low, target_high, due, least (what a period cannot fall below; NaN for none), year_start, year_end (the day after) and
    done of a year's total. apart: indicator_id, day, reason of the newest unspliced break; only what came since counts.
    """
    trends, chances, fans = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
    for matrix in matrices(periods, targets, apart):
        trends.append(_trend(matrix))
        due = _due(matrix, targets)
        for _, group in due.assign(length=_length(due, matrix.length)).groupby(["horizon", "length"]):
            chance, fan = _ahead(matrix, group)
            chances.append(chance)
            fans.append(fan)
    rows = targets
    for found in (
        _joined(trends, [*TREND, "trend_note"]),
        _joined(chances, [*AHEAD, "ahead_note"]),
        apart[["indicator_id", "day"]],
    ):
        rows = rows.merge(found, on="indicator_id", how="left")
    rows[["trend_note", "ahead_note"]] = rows[["trend_note", "ahead_note"]].astype(object).fillna("")
    words = [told(Facts(*row)) for row in rows[list(Facts.__dataclass_fields__)].itertuples(index=False, name=None)]
    return rows.assign(outlook=words)[OUTLOOK], _joined(fans, FAN[1:]).astype(
        {"start": "datetime64[us]", "end": "datetime64[us]"}
    )


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Columns indicator_id and ``columns``, also where there are no parts."""
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["indicator_id", *columns])


def _trend(matrix: Matrix) -> pd.DataFrame:
    """Columns indicator_id, ``TREND`` and trend_note."""
    known = trend(matrix.values, SEASON[matrix.length], 0.90, np.where(np.isnan(matrix.errors), 0.0, matrix.errors))
    torn, year = longest_gap(matrix.values) >= max(round(A_YEAR[matrix.length]), 2), A_YEAR[matrix.length]
    figures = (known.slope * year, known.low * year, known.high * year, known.p_value)
    told = {name: np.where(torn, np.nan, figure) for name, figure in zip(TREND, figures, strict=True)}
    return pd.DataFrame({"indicator_id": matrix.ids, **told, "trend_note": np.where(torn, TORN, known.reason)})


def _due(matrix: Matrix, targets: pd.DataFrame) -> pd.DataFrame:
    """The targets still to come: with at, the row of the matrix; last; and horizon, the periods up to the one that holds the due date."""
    rows = pd.DataFrame({"indicator_id": matrix.ids, "at": np.arange(len(matrix.ids)), "last": matrix.last}).merge(
        targets, on="indicator_id"
    )
    rows = rows[rows["due"].notna()]
    rows = rows.assign(horizon=numbered(rows["due"], matrix.length) - rows["last"])
    return rows[rows["horizon"] > 0]


def _length(rows: pd.DataFrame, length: str) -> pd.Series:
    """How many of the last periods up to the due date the figure sums: 1, or those of a year that are still to come."""
    yearly = rows["year_start"].notna()
    out = pd.Series(1, index=rows.index)
    year = rows[yearly]
    first, end = numbered(year["year_start"], length), numbered(year["year_end"] - ONE_DAY, length)
    out[yearly] = end - np.maximum(first - 1, year["last"].to_numpy())
    return out


def _ahead(matrix: Matrix, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Chances and fans of indicators that look equally far ahead, of a figure of as many periods."""
    horizon, length = int(rows["horizon"].iloc[0]), int(rows["length"].iloc[0])
    least = np.nan_to_num(rows["least"].to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    seen = foresee(matrix.values[rows["at"].to_numpy()], SEASON[matrix.length], (horizon, length), least)
    return _chances(seen, rows), _fan(seen, rows, matrix.length)


def _chances(seen: Prospect, rows: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, ``AHEAD`` and ahead_note. A year's rate is no sum of its periods and has none."""
    quotient = ((rows["kind"] == "rate") & rows["year_start"].notna()).to_numpy()
    done = np.where(rows["year_start"].notna(), rows["done"].astype(float), 0.0)
    direction = np.where(rows["better"] == "down", -1.0, 1.0)
    value, low, high = (rows[name].to_numpy(dtype=float) for name in ("target_value", "target_low", "target_high"))
    band = (rows["better"] == "band").to_numpy()
    one = against(seen, np.where(band, low, value), direction, done)
    probability: Floats = one.probability
    if band.any():  # at least the low end, less at least more than the high end
        probability = np.where(band, probability - against(seen, high, direction, done).probability, probability)
    figures = [np.where(quotient, np.nan, figure) for figure in (one.mean, one.low, one.high, probability)]
    told = (*figures, one.cases, one.covered, np.where(quotient, "the rate of a year is not forecast", one.reason))
    return pd.DataFrame(
        {"indicator_id": rows["indicator_id"].to_numpy(), **dict(zip([*AHEAD, "ahead_note"], told, strict=True))}
    )


def _fan(seen: Prospect, rows: pd.DataFrame, length: str) -> pd.DataFrame:
    """Columns ``FAN``. The intervals are those of the forecast itself, and none reaches below what a period cannot fall below."""
    found = seen.future.intervals((80, 95))
    steps = np.arange(1, min(seen.kind[0], FARTHEST) + 1)
    spans = numbers_to_spans((rows["last"].to_numpy()[:, None] + steps).ravel(), length)
    figures = (found.mean, found.lower[0], found.upper[0], found.lower[1], found.upper[1])
    told = {
        name: np.maximum(figure[:, : len(steps)], seen.least[:, None]).ravel()
        for name, figure in zip(FAN[3:], figures, strict=True)
    }
    return spans.assign(indicator_id=np.repeat(rows["indicator_id"].to_numpy(), len(steps)), **told)[FAN].dropna(
        subset=["mean"]
    )
