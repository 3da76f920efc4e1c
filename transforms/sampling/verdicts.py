"""What the error of a sample leaves of a verdict.

Its interval in words, and the verdicts that the interval allows.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transforms.coverage import NINETY
from transforms.findings import WORST_FIRST
from transforms.formatting import number
from transforms.sampling.errors import baseline_errors, baseline_rows
from transforms.sampling.estimate import PERIOD, with_interval

Judge = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""Periods and targets to verdicts."""
ESTIMATED = "estimated"
ONE_DAY = pd.Timedelta(days=1)


def hedged(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, changes: pd.DataFrame, judge: Judge
) -> pd.DataFrame:
    """``verdicts`` with what the error of the period judged, and of its baseline, says about them.

    periods: as judged, with df and note; targets: as given to ``judge``. Each verdict on figures with an error is
    worked out again with the value at the ends of its 90 % interval, and with value and baseline where the change
    between them is at the ends of its own; not so where several periods together are judged. The reason names what the
    verdict may be. By the rule ``pace`` achieved stands only where the lower end meets the target too: otherwise it is
    on_track before the due date, and cannot be told after it. A published rule keeps its verdict. changes:
    indicator_id, day, reason, as ``transforms.sampling.estimate.method_changes``, without those that the plan declares;
    one that lies between the baseline and the period judged is told.
    """
    now = _judged(verdicts, periods, targets, _changes(verdicts, targets, changes))
    shaky = now[~now["summed"] & ((now["standard_error"] > 0) | (now["baseline_error"] > 0))]
    allowed = _allowed(shaky, periods, targets, judge)
    out = verdicts.set_index("indicator_id")
    for case in now.to_dict("records"):
        name = case["indicator_id"]
        old = out.loc[name]
        changed = _told(
            old.to_dict(),
            {str(key): value for key, value in case.items()},
            allowed.get(name, [(old["verdict"], bool(old["worsening"]))]),
        )
        if changed[0] != old["verdict"]:
            out.loc[name, "reason_code"] = "depends_on_sample"
        out.loc[name, ["verdict", "worsening", "reason"]] = pd.Series(
            changed, index=["verdict", "worsening", "reason"], dtype=object
        )
    return out.reset_index()[verdicts.columns]


def _judged(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, changes: Mapping[str, str]
) -> pd.DataFrame:
    """The indicators of which there is something to say.

    Their period judged, its interval, their baseline's error, and what is said of a newer period that could not be
    estimated.
    """
    told = verdicts.assign(end=verdicts["through"] + ONE_DAY, said=verdicts["value"])[["indicator_id", "end", "said"]]
    rows = told.merge(with_interval(periods), on=["indicator_id", "end"], how="left").merge(
        baseline_errors(periods, targets), on="indicator_id", how="left"
    )
    over = (
        periods[(periods["note"] != "") & periods["value"].isna()]
        .sort_values("start")
        .drop_duplicates("indicator_id", keep="last")
    )
    later = rows[["indicator_id", "start"]].merge(over[[*PERIOD, "note"]], on="indicator_id", suffixes=("", "_newest"))
    later = later[later["start"].isna() | (later["start_newest"] > later["start"])]
    newer = {row["indicator_id"]: f"{row['start_newest']:%b %Y}: {row['note']}" for row in later.to_dict("records")}
    rows = rows.merge(targets[["indicator_id", "target_value", "due"]], on="indicator_id")
    rows["newer"] = [newer.get(name, "") for name in rows["indicator_id"]]
    rows["change"] = [changes.get(name, "") for name in rows["indicator_id"]]
    rows["flags"] = [flags if isinstance(flags, tuple) else () for flags in rows["flags"]]
    rows["note"] = [note if isinstance(note, str) else "" for note in rows["note"]]
    shown = rows["counted"] if "counted" in rows else rows["value"]  # of a partly known period a verdict tells its part
    rows["summed"] = shown.notna() & ~np.isclose(rows["said"].astype("float64"), shown.astype("float64"))
    estimated = rows["flags"].map(lambda flags: ESTIMATED in flags).astype(bool)
    return rows[
        estimated
        | (rows["note"] != "")
        | (rows["newer"] != "")
        | (rows["change"] != "")
        | (rows["baseline_error"] > 0)
        | rows["baseline_unsure"].eq(other=True)
    ]


def _changes(verdicts: pd.DataFrame, targets: pd.DataFrame, changes: pd.DataFrame) -> dict[str, str]:
    """By indicator, the newest change of method between its baseline and the end of the period judged, in words."""
    rows = changes.merge(targets[["indicator_id", "baseline_start"]], on="indicator_id").merge(
        verdicts[["indicator_id", "through"]], on="indicator_id"
    )
    told = rows[(rows["day"] > rows["baseline_start"]) & (rows["day"] <= rows["through"])].sort_values("day")
    return {
        row["indicator_id"]: f"a change of method in {row['day']:%b %Y} ({row['reason']}): declare it as a break"
        for row in told.to_dict("records")
    }


def _allowed(
    shaky: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, judge: Judge
) -> dict[str, list[tuple[str, bool]]]:
    """By indicator, the verdicts and worsening marks at the ends of the intervals."""
    if shaky.empty:
        return {}
    mine = targets[targets["indicator_id"].isin(shaky["indicator_id"])].reset_index(drop=True)
    table = periods[periods["indicator_id"].isin(shaky["indicator_id"])].reset_index(drop=True)
    found: dict[str, list[tuple[str, bool]]] = {name: [] for name in shaky["indicator_id"]}
    reach, error = (
        (shaky["value_high"] - shaky["value"]).fillna(0.0),
        shaky["standard_error"].astype("float64").fillna(0.0),
    )
    base = shaky["baseline_error"].astype("float64").fillna(0.0)
    wide = np.where(error > 0, reach / error.where(error > 0, 1.0), NINETY)
    both = np.hypot(error.to_numpy(), base.to_numpy())
    for sign in (-1.0, 1.0):
        for value, baseline in (
            (sign * reach, 0.0 * base),
            (sign * wide * error**2 / both, -sign * wide * base**2 / both),
        ):
            shifts = pd.DataFrame(
                {"indicator_id": shaky["indicator_id"], "end": shaky["end"], "value": value, "baseline": baseline}
            )
            for name, verdict, worsening in judge(_shifted(table, mine, shifts), mine)[
                ["indicator_id", "verdict", "worsening"]
            ].itertuples(index=False):
                found[name].append((verdict, bool(worsening)))
    return found


def _shifted(periods: pd.DataFrame, targets: pd.DataFrame, shifts: pd.DataFrame) -> pd.DataFrame:
    """``periods`` with the value judged moved by ``value`` and every period of the baseline by ``baseline``."""
    moved = periods["value"].astype("float64").copy()
    last = periods.reset_index(names="place").merge(shifts, on=["indicator_id", "end"], suffixes=("", "_by"))
    moved.loc[last["place"]] += last["value_by"].to_numpy()
    first = baseline_rows(periods, targets).merge(shifts[["indicator_id", "baseline"]], on="indicator_id")
    moved.loc[first["place"]] += first["baseline"].to_numpy()
    return periods.assign(value=moved)


def _told(old: Mapping[Any, Any], case: Mapping[str, Any], allowed: list[tuple[str, bool]]) -> tuple[str, bool, str]:
    """Verdict, worsening and reason of one indicator."""
    verdict, spread = old["verdict"], {old["verdict"], *(one for one, _ in allowed)}
    words = [old["reason"], *_interval(case)]
    over = pd.notna(case["due"]) and case["end"] > case["due"]
    if (
        str(old["rule"]).startswith("pace@")
        and spread >= {"achieved"}
        and len(spread) > 1
        and (over or verdict == "achieved")
    ):
        verdict = "not_assessable" if over else "on_track"
        words.append("whether the target is met cannot be told from this sample")
    named = [one for one in WORST_FIRST if one in spread]
    if len(named) > 1 and not str(old["rule"]).startswith("hp2030@"):
        words.append(f"between {named[0]} and {named[-1]} within the error of the sample")
    worsening = bool(old["worsening"]) and all(mark for _, mark in allowed) and verdict != "not_assessable"
    return verdict, worsening, "; ".join(word for word in (*words, case["note"], case["newer"], case["change"]) if word)


def _interval(case: Mapping[str, Any]) -> list[str]:
    words = []
    if case["summed"]:
        return (
            ["made of estimates from sample weeks, whose error together is not worked out"]
            if ESTIMATED in case["flags"]
            else []
        )
    if ESTIMATED in case["flags"] and pd.notna(case["standard_error"]):
        words.append(
            f"an estimate from sample weeks, 90 % interval {number(case['value_low'])} to {number(case['value_high'])}"
        )
        if case["value_low"] <= case["target_value"] <= case["value_high"]:
            words.append("the target lies inside it")
    if case["baseline_unsure"] is True:
        words.append("how far its baseline may be off is not known")
    return words
