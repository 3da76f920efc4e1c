"""The trend, forecast and probability of each indicator as tables."""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.matrix import (
    PERIODS_PER_YEAR,
    SEASON_LENGTH,
    EndAlignedMatrix,
    end_aligned_matrices,
    longest_gap,
    numbers_to_spans,
    period_numbers,
)
from transforms.outlook.outlook_findings import OutlookFacts, outlook_findings, why_no_probability
from transforms.outlook.trend import trend
from transforms.pacing.target_years import MOST_PERIODS_AHEAD
from transforms.probability import ForecastDistribution, build_distribution, evaluate_target

ONE_DAY = pd.Timedelta(days=1)
NOTHING_LEFT = 1e-6
"""What closures leave at least of the rest of a year, so that it can be divided by."""
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
OUTLOOK_COLUMNS = ["indicator_id", *TREND_COLUMNS, *FORECAST_COLUMNS, "outlook_findings"]


def build_outlook(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame, opened: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns ``OUTLOOK_COLUMNS``, one row for each indicator, and columns ``FAN_COLUMNS``.

    The fan has one row for each indicator and period from its last usable one to the one that contains its due date, at
    most ``MOST_PERIODS_AHEAD``; none where nothing can be forecast. Both come from the same forecast.

    periods: as published, with standard_error. targets: indicator_id, unit, period, better, min_completeness,
    target_value, target_low, target_high, due, season_due and open_due (what season and announced closures make of an
    average period where it is due), least (the lower bound of a period; NaN for none), year_start, year_end (the day
    after) and done of a year's total.
    last_breaks: indicator_id, day, reason of the newest unspliced break; only later periods count. opened:
    indicator_id, start and open_share of the periods that closures change: that share of each is forecast.
    """
    trends, probabilities, fans = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
    for matrix in end_aligned_matrices(periods, targets, last_breaks):
        trends.append(_trend(matrix))
        due = _due(matrix, targets)
        for _, group in due.assign(length=_length(due, matrix.length)).groupby(["horizon", "length"]):
            probability, fan = _ahead(matrix, group, opened)
            probabilities.append(probability)
            fans.append(fan)
    rows = targets
    for found in (
        _joined(trends, [*TREND_COLUMNS, "trend_code"]),
        _joined(probabilities, [*FORECAST_COLUMNS, "ahead"]),
        last_breaks[["indicator_id", "day"]],
    ):
        rows = rows.merge(found, on="indicator_id", how="left")
    rows = rows.assign(trend_code=rows["trend_code"].astype(object).fillna(""))
    rows["ahead"] = rows["ahead"].astype(object).where(rows["ahead"].notna(), None)
    facts = rows[list(OutlookFacts.__dataclass_fields__)].itertuples(index=False, name=None)
    findings = pd.Series([outlook_findings(OutlookFacts(*row)) for row in facts], index=rows.index, dtype=object)
    fan = _joined(fans, FAN_COLUMNS[1:]).astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    return rows.assign(outlook_findings=findings)[OUTLOOK_COLUMNS], fan


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Columns indicator_id and ``columns``, also where there are no parts."""
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["indicator_id", *columns])


def _trend(matrix: EndAlignedMatrix) -> pd.DataFrame:
    """Columns indicator_id, ``TREND_COLUMNS`` and trend_code."""
    errors, year = np.where(np.isnan(matrix.errors), 0.0, matrix.errors), PERIODS_PER_YEAR[matrix.length]
    found = trend(matrix.values, SEASON_LENGTH[matrix.length], 0.90, errors)
    torn = longest_gap(matrix.values) >= max(round(year), 2)
    values = (found.slope * year, found.low * year, found.high * year, found.p_value)
    columns = {name: np.where(torn, np.nan, value) for name, value in zip(TREND_COLUMNS, values, strict=True)}
    code = np.where(torn, "no_trend_gap", found.reason)
    return pd.DataFrame({"indicator_id": matrix.ids, **columns, "trend_code": code})


def _due(matrix: EndAlignedMatrix, targets: pd.DataFrame) -> pd.DataFrame:
    """The targets that are still to come.

    With at, the row of the matrix; last; and horizon, the periods up to the one that contains the due date.
    """
    rows = pd.DataFrame({"indicator_id": matrix.ids, "at": np.arange(len(matrix.ids)), "last": matrix.last})
    rows = rows.merge(targets[targets["due"].notna()], on="indicator_id")
    rows = rows.assign(horizon=period_numbers(rows["due"], matrix.length) - rows["last"])
    return rows[rows["horizon"] > 0]


def _length(rows: pd.DataFrame, length: str) -> pd.Series:
    """The number of last periods up to the due date that are summed.

    It is 1, or for a year's total the periods of the year that are still to come.
    """
    yearly = rows["year_start"].notna()
    out = pd.Series(1, index=rows.index)
    year = rows[yearly]
    first, end = period_numbers(year["year_start"], length), period_numbers(year["year_end"] - ONE_DAY, length)
    out[yearly] = end - np.maximum(first - 1, year["last"].to_numpy())
    return out


def _ahead(
    matrix: EndAlignedMatrix, rows: pd.DataFrame, opened: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The probabilities and fans of indicators with the same horizon and summed periods."""
    horizon, length = int(rows["horizon"].iloc[0]), int(rows["length"].iloc[0])
    least = np.nan_to_num(rows["least"].to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    values = matrix.values[rows["at"].to_numpy()]
    distribution = build_distribution(values, SEASON_LENGTH[matrix.length], (horizon, length), least)
    shares = _open_shares(rows, horizon, matrix.length, opened)
    return _probabilities(distribution, rows, shares), _fan(distribution, rows, matrix.length, shares)


def _open_shares(rows: pd.DataFrame, horizon: int, length: str, opened: pd.DataFrame | None) -> FloatArray:
    """(series, horizon): the share of each period to come that closures leave of it."""
    shares = np.ones((len(rows), horizon))
    if opened is None:
        return shares
    at = pd.DataFrame(
        {"indicator_id": rows["indicator_id"].to_numpy(), "row": np.arange(len(rows)), "last": rows["last"].to_numpy()}
    )
    mine = opened.merge(at, on="indicator_id")
    step = period_numbers(mine["start"], length) - mine["last"].to_numpy() - 1
    inside = (step >= 0) & (step < horizon)
    shares[mine["row"].to_numpy()[inside], step[inside]] = mine["open_share"].to_numpy(dtype=float)[inside]
    return shares


def _left_by_closures(distribution: ForecastDistribution, rows: pd.DataFrame, shares: FloatArray) -> FloatArray:
    """The share that closures leave of what is forecast for the target: of its period, or of the rest of its year."""
    if distribution.kind[1] == 1 and not rows["year_start"].notna().any():
        return rows["open_due"].to_numpy(dtype=float)
    usual = np.nan_to_num(distribution.period_forecast.intervals((80,)).mean)[:, -distribution.kind[1] :]
    whole, left = usual.sum(axis=1), (usual * shares[:, -distribution.kind[1] :]).sum(axis=1)
    # of a rest of the year that is closed throughout nothing is left, and what was counted decides
    share: FloatArray = np.where(whole > 0, np.maximum(left / np.where(whole > 0, whole, 1.0), NOTHING_LEFT), 1.0)
    return share


def _probabilities(distribution: ForecastDistribution, rows: pd.DataFrame, shares: FloatArray) -> pd.DataFrame:
    """Columns indicator_id, ``FORECAST_COLUMNS`` and ahead, the finding why no probability is given.

    The rate of a year is not the sum of its periods and has no forecast.
    """
    yearly = rows["year_start"].notna().to_numpy()
    quotient = (rows["kind"] == "rate").to_numpy() & yearly
    done = np.where(yearly, rows["done"].astype(float), 0.0)
    direction = np.where(rows["better"] == "down", -1.0, 1.0)
    left = _left_by_closures(distribution, rows, shares)
    due = (rows["season_due"] * rows["open_due"]).to_numpy(dtype=float)
    # what is needed with the closures, as what it would take without them, which is what is forecast
    value, low, high = (
        done + (rows[name].to_numpy(dtype=float) * due - done) / left
        for name in ("target_value", "target_low", "target_high")
    )
    band = (rows["better"] == "band").to_numpy()
    found = evaluate_target(distribution, np.where(band, low, value), direction, done)
    probability: FloatArray = found.probability
    if band.any():  # at least the low end, less at least more than the high end
        above = evaluate_target(distribution, high, direction, done).probability
        probability = np.where(band, probability - above, probability)
    figures = (done + (figure - done) * left for figure in (found.mean, found.low, found.high))
    values = [np.where(quotient, np.nan, column) for column in (*figures, probability)]
    unknown = rows["season_due"].isna().to_numpy() & (found.reason == "no_probability_target")
    codes = np.select([quotient, unknown], ["no_forecast_rate", "no_probability_season"], found.reason)
    why = [why_no_probability(code, distribution, known) for code, known in zip(codes, distribution.known, strict=True)]
    columns = dict(zip(FORECAST_COLUMNS, (*values, found.cases, found.covered), strict=True))
    ids = rows["indicator_id"].to_numpy()
    return pd.DataFrame({"indicator_id": ids, **columns, "ahead": pd.Series(why, dtype=object)})


def _fan(distribution: ForecastDistribution, rows: pd.DataFrame, length: str, shares: FloatArray) -> pd.DataFrame:
    """Columns ``FAN_COLUMNS``.

    The intervals are those of the forecast itself; none reaches below the lower bound of a period.
    """
    found = distribution.period_forecast.intervals((80, 95))
    steps = np.arange(1, min(distribution.kind[0], MOST_PERIODS_AHEAD) + 1)
    spans = numbers_to_spans((rows["last"].to_numpy()[:, None] + steps).ravel(), length)
    values = (found.mean, found.lower[0], found.upper[0], found.lower[1], found.upper[1])
    columns = {
        name: (np.maximum(value[:, : len(steps)], distribution.least[:, None]) * shares[:, : len(steps)]).ravel()
        for name, value in zip(FAN_COLUMNS[3:], values, strict=True)
    }
    spans = spans.assign(indicator_id=np.repeat(rows["indicator_id"].to_numpy(), len(steps)), **columns)
    return spans[FAN_COLUMNS].dropna(subset=["mean"])
