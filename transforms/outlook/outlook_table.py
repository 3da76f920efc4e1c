"""What lies ahead of each indicator: its trend, the forecast up to the due date, and the probability of meeting the target."""

import numpy as np
import pandas as pd

from transforms.matrix import (
    PERIODS_PER_YEAR,
    SEASON_LENGTH,
    EndAlignedMatrix,
    end_aligned_matrices,
    longest_gap,
    numbers_to_spans,
    period_numbers,
)
from transforms.outlook.outlook_sentence import OutlookFacts, outlook_sentence
from transforms.outlook.trend import trend
from transforms.pacing.expected_profile import FARTHEST
from transforms.probability import Prospect, against, foresee
from transforms.rules.inputs import FloatArray

ONE_DAY = pd.Timedelta(days=1)
TREND_COLUMNS = ["trend_per_year", "trend_low", "trend_high", "trend_p_value"]
FORECAST_COLUMNS = [
    "forecast_due",
    "forecast_low",
    "forecast_high",
    "probability",
    "probability_cases",
    "probability_covered",
]
FAN_COLUMNS = ["indicator_id", "start", "end", "mean", "low_80", "high_80", "low_95", "high_95"]
GAP_NOTE = "no trend: a year or more is unknown in the middle, and the figures before it may mean something else; declare a break, or fill the gap"
OUTLOOK_COLUMNS = ["indicator_id", *TREND_COLUMNS, *FORECAST_COLUMNS, "outlook"]


def build_outlook(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns ``OUTLOOK_COLUMNS``, one row an indicator, and columns ``FAN_COLUMNS``: one row an indicator and period from its last usable one to the one
    that holds its due date, at most ``FARTHEST``; none where nothing can be forecast. Both are of one forecast.

    periods: as published, with standard_error. targets: indicator_id, unit, period, better, min_completeness, target_value,
    target_low, target_high, due, least (what a period cannot fall below; NaN for none), year_start, year_end (the day after) and
    done of a year's total. apart: indicator_id, day, reason of the newest unspliced break; only what came since counts.
    """
    trends, chances, fans = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
    for matrix in end_aligned_matrices(periods, targets, last_breaks):
        trends.append(_trend(matrix))
        due = _due(matrix, targets)
        for _, group in due.assign(length=_length(due, matrix.length)).groupby(["horizon", "length"]):
            chance, fan = _ahead(matrix, group)
            chances.append(chance)
            fans.append(fan)
    rows = targets
    for found in (
        _joined(trends, [*TREND_COLUMNS, "trend_note"]),
        _joined(chances, [*FORECAST_COLUMNS, "ahead_note"]),
        last_breaks[["indicator_id", "day"]],
    ):
        rows = rows.merge(found, on="indicator_id", how="left")
    rows[["trend_note", "ahead_note"]] = rows[["trend_note", "ahead_note"]].astype(object).fillna("")
    words = [
        outlook_sentence(OutlookFacts(*row))
        for row in rows[list(OutlookFacts.__dataclass_fields__)].itertuples(index=False, name=None)
    ]
    return rows.assign(outlook=words)[OUTLOOK_COLUMNS], _joined(fans, FAN_COLUMNS[1:]).astype(
        {"start": "datetime64[us]", "end": "datetime64[us]"}
    )


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Columns indicator_id and ``columns``, also where there are no parts."""
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["indicator_id", *columns])


def _trend(matrix: EndAlignedMatrix) -> pd.DataFrame:
    """Columns indicator_id, ``TREND_COLUMNS`` and trend_note."""
    known = trend(
        matrix.values, SEASON_LENGTH[matrix.length], 0.90, np.where(np.isnan(matrix.errors), 0.0, matrix.errors)
    )
    torn, year = (
        longest_gap(matrix.values) >= max(round(PERIODS_PER_YEAR[matrix.length]), 2),
        PERIODS_PER_YEAR[matrix.length],
    )
    figures = (known.slope * year, known.low * year, known.high * year, known.p_value)
    outlook_sentence = {
        name: np.where(torn, np.nan, figure) for name, figure in zip(TREND_COLUMNS, figures, strict=True)
    }
    return pd.DataFrame(
        {"indicator_id": matrix.ids, **outlook_sentence, "trend_note": np.where(torn, GAP_NOTE, known.reason)}
    )


def _due(matrix: EndAlignedMatrix, targets: pd.DataFrame) -> pd.DataFrame:
    """The targets still to come: with at, the row of the matrix; last; and horizon, the periods up to the one that holds the due date."""
    rows = pd.DataFrame({"indicator_id": matrix.ids, "at": np.arange(len(matrix.ids)), "last": matrix.last}).merge(
        targets, on="indicator_id"
    )
    rows = rows[rows["due"].notna()]
    rows = rows.assign(horizon=period_numbers(rows["due"], matrix.length) - rows["last"])
    return rows[rows["horizon"] > 0]


def _length(rows: pd.DataFrame, length: str) -> pd.Series:
    """How many of the last periods up to the due date the figure sums: 1, or those of a year that are still to come."""
    yearly = rows["year_start"].notna()
    out = pd.Series(1, index=rows.index)
    year = rows[yearly]
    first, end = period_numbers(year["year_start"], length), period_numbers(year["year_end"] - ONE_DAY, length)
    out[yearly] = end - np.maximum(first - 1, year["last"].to_numpy())
    return out


def _ahead(matrix: EndAlignedMatrix, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Chances and fans of indicators that look equally far ahead, of a figure of as many periods."""
    horizon, length = int(rows["horizon"].iloc[0]), int(rows["length"].iloc[0])
    least = np.nan_to_num(rows["least"].to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    seen = foresee(matrix.values[rows["at"].to_numpy()], SEASON_LENGTH[matrix.length], (horizon, length), least)
    return _chances(seen, rows), _fan(seen, rows, matrix.length)


def _chances(seen: Prospect, rows: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, ``FORECAST_COLUMNS`` and ahead_note. A year's rate is no sum of its periods and has none."""
    quotient = ((rows["kind"] == "rate") & rows["year_start"].notna()).to_numpy()
    done = np.where(rows["year_start"].notna(), rows["done"].astype(float), 0.0)
    direction = np.where(rows["better"] == "down", -1.0, 1.0)
    value, low, high = (rows[name].to_numpy(dtype=float) for name in ("target_value", "target_low", "target_high"))
    band = (rows["better"] == "band").to_numpy()
    one = against(seen, np.where(band, low, value), direction, done)
    probability: FloatArray = one.probability
    if band.any():  # at least the low end, less at least more than the high end
        probability = np.where(band, probability - against(seen, high, direction, done).probability, probability)
    figures = [np.where(quotient, np.nan, figure) for figure in (one.mean, one.low, one.high, probability)]
    outlook_sentence = (
        *figures,
        one.cases,
        one.covered,
        np.where(quotient, "the rate of a year is not forecast", one.reason),
    )
    return pd.DataFrame(
        {
            "indicator_id": rows["indicator_id"].to_numpy(),
            **dict(zip([*FORECAST_COLUMNS, "ahead_note"], outlook_sentence, strict=True)),
        }
    )


def _fan(seen: Prospect, rows: pd.DataFrame, length: str) -> pd.DataFrame:
    """Columns ``FAN_COLUMNS``. The intervals are those of the forecast itself, and none reaches below what a period cannot fall below."""
    found = seen.future.intervals((80, 95))
    steps = np.arange(1, min(seen.kind[0], FARTHEST) + 1)
    spans = numbers_to_spans((rows["last"].to_numpy()[:, None] + steps).ravel(), length)
    figures = (found.mean, found.lower[0], found.upper[0], found.lower[1], found.upper[1])
    outlook_sentence = {
        name: np.maximum(figure[:, : len(steps)], seen.least[:, None]).ravel()
        for name, figure in zip(FAN_COLUMNS[3:], figures, strict=True)
    }
    return spans.assign(indicator_id=np.repeat(rows["indicator_id"].to_numpy(), len(steps)), **outlook_sentence)[
        FAN_COLUMNS
    ].dropna(subset=["mean"])
