"""The alert of each indicator.

It is behind its path by more than luck explains, period after period.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from plan.alerts import Alerts
from transforms.alerts.evidence import control_false_discoveries, evidence, path_with_season
from transforms.alerts.state_names import NEVER
from transforms.alerts.states import Signal, States, hysteresis, mark_source_failed, states
from transforms.alerts.year_so_far import year_so_far_ratio
from transforms.arrays import SAME, BoolArray, FloatArray, IntArray
from transforms.matrix import SEASON_LENGTH, CalendarMatrix, calendar_matrices, numbers_to_spans
from transforms.pacing.pace import AT_RISK, pace_ratio

FOLLOWED_PERIODS = 60
"""Alerts are followed over this many periods; an earlier start is not reported."""
NEVER_ENOUGH = 1_000_000
"""An alert on a series that is too short for evidence stays pending and notifies nobody. A yearly value counts at
once."""
ALERT_COLUMNS = ["indicator_id", "luck_p_value", "alert", "alert_since"]


def evaluate_alerts(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame, settings: Alerts, failed: Collection[str]
) -> pd.DataFrame:
    """Columns ``ALERT_COLUMNS``, one row for each indicator with a target.

    An alert is based on the pace along the path, with and without its season, whatever the rule of the verdict; for a
    band, on leaving it.

    periods: as published, with expected, base, scale and standard_error. targets: indicator_id, period, over,
    better, min_completeness, target_low, target_high, due, path, and until: the last day of a target that was met or
    missed, after which nothing is followed. last_breaks: indicator_id, day of the newest unspliced break.
    failed: indicators of which a source failed in its last pull.
    """
    goals = targets[targets["due"].notna()]
    parts = [
        _of_length(board, goals.set_index("indicator_id").loc[board.ids], settings, failed)
        for board in calendar_matrices(periods, goals, last_breaks)
    ]
    empty = pd.DataFrame(columns=ALERT_COLUMNS).astype({"alert_since": "datetime64[us]"})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _of_length(board: CalendarMatrix, goals: pd.DataFrame, settings: Alerts, failed: Collection[str]) -> pd.DataFrame:
    ratio, p_values = _grounds(board, goals)
    length = ratio.shape[1]
    banded = (goals["better"] == "band").to_numpy()[:, None]
    shown = board.values[:, -length:]
    low, high = (
        goals[name].to_numpy(dtype=float)[:, None] * board.scale[:, -length:] for name in ("target_low", "target_high")
    )
    least = SAME * np.abs(shown)
    outside = (shown < low - least) | (shown > high + least)
    behind, clear = hysteresis(ratio, AT_RISK, settings.margin)
    behind, clear = np.where(banded, outside, behind), np.where(banded, ~outside, clear | np.isnan(ratio))
    judged = ~np.isnan(p_values)
    condition = behind & (control_false_discoveries(p_values, settings.false_discovery_rate) | ~judged)
    wait = np.select(
        [judged.any(axis=1), banded[:, 0]],
        [settings.wait, max(settings.wait, 1)],
        settings.wait if board.length == "year" else NEVER_ENOUGH,
    ).astype(np.int64)
    lost = np.isin(np.array(board.ids, dtype=object), list(failed))
    signal = Signal(condition, clear, ~np.isnan(shown))
    followed, place = _followed(signal, board.counts[:, -length:], lost, wait, settings.keep)
    began = np.take_along_axis(place, np.maximum(followed.since, 0)[:, None], axis=1)[:, 0]
    since = np.where(followed.since == NEVER, NEVER, began)
    days = pd.Series(_starts(board)[-length:][np.maximum(since, 0)]).astype("datetime64[us]").where(since != NEVER)
    return pd.DataFrame(
        {"indicator_id": board.ids, "luck_p_value": _last(p_values), "alert": followed.state, "alert_since": days}
    )


def _grounds(board: CalendarMatrix, goals: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """The pace ratio and p-value of the last ``FOLLOWED_PERIODS`` periods, each as of its end.

    Both are (series, periods). The ratio is the better of two, along the path as the verdict takes it and along the
    path with the season of the series laid over it, and for a year's total the best of these and of the year so far: an
    alert begins where all are behind, and never beside a verdict that is on track.
    """
    season, periods = SEASON_LENGTH[board.length], board.values.shape[1]
    direction = np.where(goals["better"] == "down", -1.0, 1.0)
    seasonal = (goals["path"] == "seasonal").to_numpy()[:, None]
    ratio, p_values = (np.full((len(board.ids), min(FOLLOWED_PERIODS, periods)), np.nan) for _ in range(2))
    for at in range(max(periods - FOLLOWED_PERIODS, 0), periods):
        values, path = board.values[:, : at + 1], board.expected[:, : at + 1]
        rows = ~np.isnan(values[:, -1]) & ~np.isnan(path[:, -1])
        if not rows.any():
            continue
        due = np.where(seasonal[rows], path[rows], path_with_season(values[rows], path[rows], season))
        with np.errstate(divide="ignore", invalid="ignore"):
            base = board.base[rows, at] * np.where(path[rows, -1] == 0, 1.0, due[:, -1] / path[rows, -1])
        column = at - max(periods - FOLLOWED_PERIODS, 0)
        in_season = pace_ratio(base, values[rows, -1], due[:, -1])
        ratio[rows, column] = np.fmax(in_season, pace_ratio(board.base[rows, at], values[rows, -1], path[rows, -1]))
        errors = np.nan_to_num(board.errors[rows, : at + 1])
        p_values[rows, column] = evidence(values[rows], due, season, direction[rows], errors).p_value
    so_far = year_so_far_ratio(board, goals)[:, -ratio.shape[1] :]
    return np.where(np.isnan(ratio), np.nan, np.fmax(ratio, so_far)), p_values


def _followed(signal: Signal, counts: BoolArray, lost: BoolArray, wait: IntArray, keep: int) -> tuple[States, IntArray]:
    """The state at the last period, and the period of the board behind each step.

    Closed and unsettled periods change nothing.
    """
    order = np.argsort(counts, axis=1, kind="stable")  # the periods that count move to the right and keep their order
    condition, clear, known = (
        np.take_along_axis(flags & counts, order, axis=1) for flags in (signal.condition, signal.clear, signal.known)
    )
    out = states(condition, clear, known, wait, keep).at(-1)
    return mark_source_failed(out, lost & (out.state == "no_data")), order


def _starts(board: CalendarMatrix) -> pd.DatetimeIndex:
    """The first days of the board's periods."""
    return pd.DatetimeIndex(numbers_to_spans(board.numbers, board.length)["start"])


def _last(p_values: FloatArray) -> FloatArray:
    """The last known p-value of each series; NaN where there is none."""
    known = ~np.isnan(p_values)
    last: FloatArray = p_values[np.arange(len(p_values)), p_values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)]
    return last
