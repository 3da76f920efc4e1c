"""What lies ahead of each indicator: its trend, the forecast for the due date, and the probability of meeting the target."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transforms.forecast import forecast
from transforms.matrix import A_YEAR, SEASON, Matrix, matrices, numbered, numbers_to_spans
from transforms.outlook.trend import trend
from transforms.outlook.words import Facts, told
from transforms.pacing.course import FARTHEST
from transforms.probability import Aim, Chance, chance
from transforms.rules.given import Floats

ONE_DAY = pd.Timedelta(days=1)
TREND = ["trend_per_year", "trend_low", "trend_high", "trend_p_value"]
AHEAD = ["forecast_due", "forecast_low", "forecast_high", "probability", "probability_cases", "probability_covered"]
FAN = ["indicator_id", "start", "end", "mean", "low_80", "high_80", "low_95", "high_95"]
OUTLOOK = ["indicator_id", *TREND, *AHEAD, "outlook"]


def outlook(periods: pd.DataFrame, targets: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """Columns ``OUTLOOK``, one row an indicator.

    periods: as published, with standard_error. targets: indicator_id, unit, period, better, min_completeness, target_value,
    target_low, target_high, due, least (what a period cannot fall below; NaN for none), year_start, year_end (the day after) and
    done of a year's total. apart: indicator_id, day, reason of the newest unspliced break; only what came since counts.
    """
    parts = [_of_length(matrix, targets) for matrix in matrices(periods, targets, apart)]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=[*OUTLOOK[:-1], "trend_note", "ahead_note"])
    rows = targets.merge(found, on="indicator_id", how="left").merge(apart[["indicator_id", "day"]], on="indicator_id", how="left")
    rows[["trend_note", "ahead_note"]] = rows[["trend_note", "ahead_note"]].astype(object).fillna("")
    words = [told(Facts(*row)) for row in rows[list(Facts.__dataclass_fields__)].itertuples(index=False, name=None)]
    return rows.assign(outlook=words)[OUTLOOK]


def fan(periods: pd.DataFrame, targets: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """Columns ``FAN``, one row an indicator and period from its last usable one to the one that holds its due date, at most
    ``FARTHEST``; none where nothing can be forecast. Given as ``outlook``. The intervals are those of the forecast itself."""
    parts = [one for matrix in matrices(periods, targets, apart) for one in _fans(matrix, targets)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=FAN).astype({"start": "datetime64[us]", "end": "datetime64[us]"})


def _fans(matrix: Matrix, targets: pd.DataFrame) -> Iterator[pd.DataFrame]:
    rows = _due(matrix, targets)
    for horizon, group in rows.assign(horizon=rows["horizon"].clip(upper=FARTHEST)).groupby("horizon"):
        steps = np.arange(1, int(str(horizon)) + 1)
        found = forecast(matrix.values[group["at"].to_numpy()], SEASON[matrix.length], len(steps), (80, 95))
        spans = numbers_to_spans((group["last"].to_numpy()[:, None] + steps).ravel(), matrix.length)
        figures = (found.mean, found.lower[0], found.upper[0], found.lower[1], found.upper[1])
        told = {name: figure.ravel() for name, figure in zip(FAN[3:], figures, strict=True)}
        yield spans.assign(indicator_id=np.repeat(group["indicator_id"].to_numpy(), len(steps)), **told)[FAN].dropna(subset=["mean"])


def _of_length(matrix: Matrix, targets: pd.DataFrame) -> pd.DataFrame:
    known = trend(matrix.values, SEASON[matrix.length], 0.90, np.where(np.isnan(matrix.errors), 0.0, matrix.errors))
    year = A_YEAR[matrix.length]
    told = {"trend_per_year": known.slope * year, "trend_low": known.low * year, "trend_high": known.high * year, "trend_p_value": known.p_value}
    frame = pd.DataFrame({"indicator_id": matrix.ids, **told, "trend_note": known.reason})
    return frame.merge(_ahead(matrix, targets), on="indicator_id", how="left")


def _ahead(matrix: Matrix, targets: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, ``AHEAD`` and ahead_note, for indicators whose due date lies ahead."""
    rows = _due(matrix, targets)
    rows = rows.assign(length=_length(rows, matrix.length))
    parts = [_chances(matrix, group) for _, group in rows.groupby(["horizon", "length"])]
    return pd.concat(parts) if parts else pd.DataFrame(columns=["indicator_id", *AHEAD, "ahead_note"])


def _due(matrix: Matrix, targets: pd.DataFrame) -> pd.DataFrame:
    """The targets still to come: with at, the row of the matrix; last; and horizon, the periods up to the one that holds the due date."""
    rows = pd.DataFrame({"indicator_id": matrix.ids, "at": np.arange(len(matrix.ids)), "last": matrix.last}).merge(targets, on="indicator_id")
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


def _chances(matrix: Matrix, rows: pd.DataFrame) -> pd.DataFrame:
    """The chances of indicators that look equally far ahead. A year's rate is no sum of its periods and has none."""
    values, horizon, length = matrix.values[rows["at"].to_numpy()], int(rows["horizon"].iloc[0]), int(rows["length"].iloc[0])
    quotient = ((rows["kind"] == "rate") & rows["year_start"].notna()).to_numpy()
    done = np.where(rows["year_start"].notna(), rows["done"].astype(float), 0.0)
    least = np.nan_to_num(rows["least"].to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    direction = np.where(rows["better"] == "down", -1.0, 1.0)

    def of(goal: pd.Series) -> Chance:
        aim = Aim(goal.to_numpy(dtype=float), direction, done, length, least)
        return chance(values, SEASON[matrix.length], horizon, aim)

    band = rows["better"] == "band"
    one = of(rows["target_low"].where(band, rows["target_value"]))
    probability: Floats = one.probability
    if band.any():  # at least the low end, less at least more than the high end
        probability = np.where(band, probability - of(rows["target_high"]).probability, probability)
    figures = [np.where(quotient, np.nan, figure) for figure in (one.mean, one.low, one.high, probability)]
    told = (*figures, one.cases, one.covered, np.where(quotient, "the rate of a year is not forecast", one.reason))
    return pd.DataFrame({"indicator_id": rows["indicator_id"].to_numpy(), **dict(zip([*AHEAD, "ahead_note"], told, strict=True))})
