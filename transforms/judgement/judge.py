"""A verdict for every indicator: the last complete and settled period against the path to its target."""

from dataclasses import dataclass, fields
from datetime import datetime

import pandas as pd

from transforms.arrays import SAME
from transforms.judgement.case import Case
from transforms.judgement.judge_case import judge_case
from transforms.judgement.published_rule import by_rule
from transforms.pacing.expected_profile import build_profile
from transforms.pacing.goals import with_baselines, with_goals, with_season_due
from transforms.pacing.judged_span import judged_spans, with_year
from transforms.pacing.pace import pace_ratio
from transforms.rules.registry import RULES
from transforms.sampling.errors import baseline_errors, change_errors
from warehouse.schema import PUBLISHED_VERDICTS

GRADES = (
    "implausible",
    "incomplete",
    "partial",
    "thresholded",
    "sampled",
    "estimate_no_error",
    "estimated",
    "spliced",
    "prorated",
    "reset",
    "corrected",
    "released",
    "provisional",
)
"""Flags from the weakest ground to the firmest; a number with none of them is ``counted``, no number is ``none``."""

ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Judged:
    """What is known of every indicator, as tables.

    verdicts: columns of the published table, and findings: what each verdict is made of. expected and base: what the
    path and the baseline make of each row of periods; scale: the factor from an average period to it. targets: as
    given, with the baseline values that the periods yield, season_due, open_due, needed and, of a target of a year,
    year_start, year_end, done and projected. path: indicator_id, start, end and expected of the periods after the
    newest one, up to the one that holds the due day. opened: indicator_id, start and open_share of the periods that
    closures change, past and to come.
    """

    verdicts: pd.DataFrame
    expected: pd.Series
    base: pd.Series
    scale: pd.Series
    targets: pd.DataFrame
    path: pd.DataFrame
    opened: pd.DataFrame


def judge(
    periods: pd.DataFrame, targets: pd.DataFrame, as_of: datetime, calendar: pd.DataFrame | None = None
) -> Judged:
    """``periods`` as ``transforms.periods.periods`` yields them; ``calendar`` as
    ``transforms.pacing.opendays.open_days``, for flows.

    targets: one row an indicator: indicator_id, unit, kind, period, better, rule (null: no target), target_value,
    target_low, target_high, baseline_value, baseline_start, baseline_end (the day after), due (the last day), over
    (period or year), path, min_completeness.
    """
    every = build_profile(periods, targets, calendar)
    start_errors = baseline_errors(periods, targets)
    targets = with_baselines(every[~every["ahead"]], targets)
    every = with_goals(every, targets)
    rows = every[~every["ahead"]]
    spans = judged_spans(rows, periods)
    targets = with_year(targets, rows, spans)
    newest = periods.sort_values("start").drop_duplicates("indicator_id", keep="last")
    newest = newest[["indicator_id", "start", "completeness"]].rename(
        columns={"start": "newest_start", "completeness": "newest_completeness"}
    )
    board = targets.merge(spans, on="indicator_id", how="left").merge(newest, on="indicator_id", how="left")
    board["coverage"] = board["coverage"].fillna(1.0)
    board["missing"] = [cells if isinstance(cells, tuple) else () for cells in board["missing"]]
    for name in ("held", "due_known", "now_met", "now_partial"):
        board[name] = board[name].eq(other=True)
    board["change_error"] = change_errors(board, periods, start_errors)
    key = ["indicator_id", "start"]
    each = periods[key].merge(rows[[*key, "expected", "base", "scale"]], on=key, how="left").set_axis(periods.index)
    return Judged(
        _verdicts(board, as_of),
        each["expected"],
        each["base"],
        each["scale"],
        with_season_due(targets, every),
        _ahead(every, newest),
        _opened(every),
    )


def _opened(rows: pd.DataFrame) -> pd.DataFrame:
    """The periods that closures change. One that is closed throughout counts for a year's total only: where it is due
    itself, the next one is judged."""
    changed = (rows["open_share"] != 1) & ((rows["open_share"] > 0) | (rows["over"] == "year"))
    return rows.loc[changed, ["indicator_id", "start", "open_share"]].reset_index(drop=True)


def _ahead(rows: pd.DataFrame, newest: pd.DataFrame) -> pd.DataFrame:
    both = rows.merge(newest, on="indicator_id")
    ahead: pd.DataFrame = both.loc[
        (both["start"] > both["newest_start"]) & both["expected"].notna(), ["indicator_id", "start", "end", "expected"]
    ]
    return ahead.reset_index(drop=True)


def _verdicts(board: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    board = board.assign(
        ratio=pace_ratio(*(board[name].to_numpy(dtype=float) for name in ("base", "value", "expected")))
    )
    cases = board[[field.name for field in fields(Case)]].itertuples(index=False, name=None)
    findings, rule_value = by_rule(board, [judge_case(Case(*case)) for case in cases])
    frame = pd.DataFrame(
        {
            "indicator_id": board["indicator_id"],
            "verdict": pd.Series([one[0].verdict for one in findings], index=board.index, dtype="str"),
            "findings": pd.Series(findings, index=board.index, dtype=object),
        }
    ).assign(
        as_of=pd.Timestamp(as_of),
        through=board["end"] - ONE_DAY,
        worsening=_worsening(board),
        value=board["value"] * board["coverage"],
        expected=board["expected"] * board["coverage"],
        pace_ratio=board["ratio"],
        rule=[RULES[name].identity if isinstance(name, str) else "none" for name in board["rule"]],
        rule_value=rule_value,
        grade=[_grade(flags) for flags in board["flags"]],
    )
    return frame[[*(name for name in PUBLISHED_VERDICTS.names if name in frame), "findings"]]


def _worsening(board: pd.DataFrame) -> pd.Series:
    least = board["base"].abs() * SAME  # sums of floats differ in their last digits
    below, above = board["value"] < board["base"] - least, board["value"] > board["base"] + least
    return (below & (board["better"] == "up")) | (above & (board["better"] == "down"))


def _grade(flags: object) -> str:
    if not isinstance(flags, tuple):
        return "none"
    return next((grade for grade in GRADES if grade in flags), "counted")
