"""The control chart of each indicator as columns of its periods, what its newest signal means, and its assurance.

A chart is of periods that compare: whole (a partly known one by the estimate of its whole), settled and open, between
two breaks that are not spliced. Its season is taken out first, as for a trend, and put back into its limits.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transforms.arrays import IntArray, TextArray
from transforms.matrix import SEASON_LENGTH, EndAlignedMatrix, end_aligned_matrices, numbers_to_spans
from transforms.outlook.assurance import LEFT, compare_with_limits, not_comparable, season_limits
from transforms.outlook.control_chart import FEW, FEW_IN_SEASON, FLAT, ControlChart, control_chart

CHARTED = {"day": 364, "week": 260, "month": 60, "quarter": 20, "year": 30}
"""The most periods of a chart, by their length: five years; of days one, since their season of the year is left in."""
REASONS = {FEW: "few_values", FEW_IN_SEASON: "few_in_season", FLAT: "no_noise"}
PERIOD_COLUMNS = ["chart_mean", "chart_low", "chart_high", "chart_signal", "chart_change"]
VERDICT_COLUMNS = ["chart_change", "chart_since", "chart_reason", "assurance", "assurance_reason"]
NO_BREAK = pd.DataFrame({"indicator_id": [], "day": []}).astype({"indicator_id": object, "day": "datetime64[us]"})


@dataclass(frozen=True)
class ChartTables:
    """periods: indicator_id, start and ``PERIOD_COLUMNS`` of the periods between the first and last of a chart;
    verdicts: indicator_id and ``VERDICT_COLUMNS``, one row for each indicator.
    """

    periods: pd.DataFrame
    verdicts: pd.DataFrame

    def added_to(self, periods: pd.DataFrame) -> pd.DataFrame:
        """``periods`` (indicator_id, start) with ``PERIOD_COLUMNS``, null outside the charts."""
        charted = self.periods.astype({"start": periods["start"].dtype})  # without any period its days have no type
        found = periods.merge(charted, on=["indicator_id", "start"], how="left").set_axis(periods.index)
        words = ["chart_signal", "chart_change"]
        return found.assign(**{name: found[name].astype(object).where(found[name].notna(), None) for name in words})


def build_charts(periods: pd.DataFrame, targets: pd.DataFrame, breaks: pd.DataFrame) -> ChartTables:
    """The charts of all indicators.

    periods: indicator_id, start, end, value (of the whole period), standard_error, completeness, provisional, flags.
    targets: indicator_id, period, better, min_completeness, over, path, target_value, target_low, target_high. breaks:
    indicator_id, day, spliced.

    chart_mean, chart_low and chart_high are with the season of the period. chart_signal: of a charted period, one of
    ``control_chart.SIGNALS``, or "none". chart_change: improvement or concern by ``better``, of a band higher or lower,
    or "none"; in the verdicts that of the newest charted period of the chart to which the newest period belongs.
    chart_since: the first day of the unbroken run of signals on its side.
    """
    rows, names = _with_charts(periods, breaks)
    goals = names.merge(targets, on="indicator_id").set_index("chart", drop=False)
    cells, newest = [pd.DataFrame(columns=["chart", "start", *PERIOD_COLUMNS])], [pd.DataFrame(columns=["chart"])]
    for matrix in _matrices(rows, goals):
        chart, mine = control_chart(matrix.values, SEASON_LENGTH[matrix.length]), goals.loc[matrix.ids]
        change = _changes(chart, mine)
        cells.append(_of_periods(matrix, chart, change))
        newest.append(_of_newest(matrix, chart, change, mine))
    charted = pd.concat([one for one in cells if not one.empty] or cells)
    charted = charted.merge(names[["chart", "indicator_id"]], on="chart")[["indicator_id", "start", *PERIOD_COLUMNS]]
    last = rows.sort_values("start").drop_duplicates("indicator_id", keep="last")[["indicator_id", "chart"]]
    found = pd.concat(newest).merge(last, on="chart")
    return ChartTables(charted, _verdicts(targets, found))


def _with_charts(periods: pd.DataFrame, breaks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The periods with the name of their chart and without the values that are not charted; the charts by indicator.

    A chart ends at each unspliced break. A period in which a break lies mixes two meanings and is in neither.
    """
    columns = ["indicator_id", "start", "end", "value", "standard_error", "completeness", "provisional", "flags"]
    rows = periods[columns].reset_index(drop=True)
    pairs = rows[["indicator_id", "start", "end"]].reset_index()
    pairs = pairs.merge(breaks.loc[~breaks["spliced"].astype(bool), ["indicator_id", "day"]], on="indicator_id")
    passed, mixed = pairs["day"] <= pairs["start"], (pairs["start"] < pairs["day"]) & (pairs["day"] < pairs["end"])
    number = passed.groupby(pairs["index"]).sum().reindex(rows.index, fill_value=0)
    closed = rows["flags"].map(lambda flags: "closed" in flags).astype(bool)
    left_out = closed | rows.index.isin(pairs.loc[mixed, "index"])
    rows["chart"] = rows.groupby([rows["indicator_id"], number]).ngroup().astype(str).astype(object)
    names = rows[["chart", "indicator_id"]].drop_duplicates()
    return rows.assign(value=rows["value"].mask(left_out)), names


def _matrices(rows: pd.DataFrame, goals: pd.DataFrame) -> list[EndAlignedMatrix]:
    """A matrix for each length of period, of the newest ``CHARTED`` periods; its ids are the names of the charts."""
    series = rows.drop(columns="indicator_id").rename(columns={"chart": "indicator_id"})
    settings = goals[["chart", "period", "min_completeness"]].rename(columns={"chart": "indicator_id"})
    return [_newest(matrix) for matrix in end_aligned_matrices(series, settings.reset_index(drop=True), NO_BREAK)]


def _newest(matrix: EndAlignedMatrix) -> EndAlignedMatrix:
    most = CHARTED[matrix.length]
    return replace(matrix, values=matrix.values[:, -most:], errors=matrix.errors[:, -most:])


def _changes(chart: ControlChart, goals: pd.DataFrame) -> TextArray:
    """What the side of each signal means, (series, periods)."""
    better = goals["better"].to_numpy(dtype=object)[:, None]
    toward = np.where(better == "down", -chart.side, chart.side)
    good, bad = (np.where(better == "band", *words) for words in (("higher", "improvement"), ("lower", "concern")))
    return np.where(toward == 0, "none", np.where(toward > 0, good, bad)).astype(object)


def _of_periods(matrix: EndAlignedMatrix, chart: ControlChart, change: TextArray) -> pd.DataFrame:
    """Columns chart, start and ``PERIOD_COLUMNS``; the periods between the first and the last of each chart."""
    known = np.isfinite(matrix.values)
    places = np.arange(known.shape[1])
    at, column = np.nonzero((chart.reason == "")[:, None] & (places >= known.argmax(axis=1)[:, None]))
    charted = (known & np.isfinite(chart.means))[at, column]
    signal = np.where(chart.signal == "", "none", chart.signal)[at, column].astype(object)
    meaning = change[at, column]
    signal[~charted] = meaning[~charted] = None
    return pd.DataFrame(
        {
            "chart": np.array(matrix.ids, dtype=object)[at],
            "start": _starts(matrix, at, column),
            "chart_mean": chart.means[at, column],
            "chart_low": chart.lows[at, column],
            "chart_high": chart.highs[at, column],
            "chart_signal": signal,
            "chart_change": meaning,
        }
    )


def _of_newest(matrix: EndAlignedMatrix, chart: ControlChart, change: TextArray, goals: pd.DataFrame) -> pd.DataFrame:
    """Columns chart, chart_change, chart_since, chart_reason and compared: the target with the limits."""
    charted = np.isfinite(matrix.values) & np.isfinite(chart.means)
    each, width, season = np.arange(len(charted)), charted.shape[1], SEASON_LENGTH[matrix.length]
    at = width - 1 - charted[:, ::-1].argmax(axis=1)
    side = chart.side[each, at]
    same = (chart.side == side[:, None]) | (np.arange(width) > at[:, None])
    run = np.logical_and.accumulate(same[:, ::-1], axis=1).sum(axis=1)
    since = _starts(matrix, each, width - np.maximum(run, 1))
    return pd.DataFrame(
        {
            "chart": matrix.ids,
            "chart_change": pd.Series(change[each, at]).where(chart.reason == "", None),
            "chart_since": since.where(side != 0),
            "chart_reason": [REASONS.get(reason) for reason in chart.reason],
            "compared": compare_with_limits(*season_limits(chart, charted, season), matrix.values[each, at], goals),
        }
    )


def _starts(matrix: EndAlignedMatrix, at: IntArray, column: IntArray) -> pd.Series:
    """The first days of the periods at these places of the matrix."""
    return numbers_to_spans(matrix.last[at] - (matrix.values.shape[1] - 1 - column), matrix.length)["start"]


def _verdicts(targets: pd.DataFrame, newest: pd.DataFrame) -> pd.DataFrame:
    """indicator_id and ``VERDICT_COLUMNS`` of all indicators; newest: as ``_of_newest``, with indicator_id."""
    columns = ["indicator_id", "chart_change", "chart_since", "chart_reason", "compared"]
    board = targets.merge(newest.reindex(columns=columns), on="indicator_id", how="left")
    board["chart_reason"] = board["chart_reason"].mask(board["compared"].isna(), "few_values").astype(object)
    compared, why = board["compared"].to_numpy(dtype=object), not_comparable(board)
    why[(why == "") & board["chart_reason"].notna().to_numpy()] = "no_chart"
    why[(why == "") & (compared == LEFT)] = LEFT
    compared[why != ""] = None
    why[why == ""] = None
    board = board.assign(assurance=compared, assurance_reason=why).astype({"chart_since": "datetime64[us]"})
    return board[["indicator_id", *VERDICT_COLUMNS]]
