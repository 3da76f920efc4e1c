"""What the error of a sample leaves of a verdict: its interval, and the verdicts that the interval allows."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transforms.coverage import NINETY
from transforms.findings import WORST_FIRST, Finding, Findings, found
from transforms.sampling.errors import baseline_errors, baseline_rows
from transforms.sampling.estimate import PERIOD, with_interval
from warehouse.schema.reason_codes import REASONS

Judge = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""Periods and targets to verdicts."""
ESTIMATED = "estimated"
ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Bounds:
    """findings: by indicator, what it means that its figures may be higher or lower; unsure_worsening: the indicators
    that may not be worse than their baseline, within that.
    """

    findings: dict[str, Findings]
    unsure_worsening: set[str]


def sample_bounds(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, changes: pd.DataFrame, judge: Judge
) -> Bounds:
    """What the error of the period judged, and of its baseline, says about each of ``verdicts``.

    periods: as judged, with df and note; targets: as given to ``judge``. Each verdict on figures with an error is
    worked out again with the value at the ends of its 90 % interval, and with value and baseline where the change
    between them is at the ends of its own; not so where several periods together are judged. By the rule ``pace``
    achieved stands only where the lower end meets the target too: otherwise it is on_track before the due date, and
    cannot be told after it. A published rule keeps its verdict. changes: indicator_id, day, reason, as
    ``transforms.sampling.estimate.method_changes``, without those that the plan declares; one that lies between the
    baseline and the period judged is told.
    """
    now = _judged(verdicts, periods, targets, _changes(verdicts, targets, changes))
    shaky = now[~now["summed"] & ((now["standard_error"] > 0) | (now["baseline_error"] > 0))]
    allowed = _allowed(shaky, periods, targets, judge)
    as_judged = verdicts.set_index("indicator_id")[["verdict", "rule", "findings"]].to_dict("index")
    findings, unsure = dict[str, Findings](), set[str]()
    for case in now.to_dict("records"):
        name = str(case["indicator_id"])
        may_be = allowed.get(name, [])
        findings[name] = tuple(_findings(as_judged[name], case, [verdict for verdict, _ in may_be]))
        if not all(worse for _, worse in may_be):
            unsure.add(name)
    return Bounds(findings, unsure)


def _judged(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, changes: Mapping[str, Finding]
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
        periods[periods["note"].map(bool).astype(bool) & periods["value"].isna()]
        .sort_values("start")
        .drop_duplicates("indicator_id", keep="last")
    )
    later = rows[["indicator_id", "start"]].merge(over[[*PERIOD, "note"]], on="indicator_id", suffixes=("", "_newest"))
    later = later[later["start"].isna() | (later["start_newest"] > later["start"])]
    newer = {row["indicator_id"]: _of_newer(row) for row in later.to_dict("records")}
    rows = rows.merge(targets[["indicator_id", "target_value", "due", "period"]], on="indicator_id")
    rows["newer"] = rows["indicator_id"].map(newer)
    rows["change"] = rows["indicator_id"].map(changes)
    rows["flags"] = [flags if isinstance(flags, tuple) else () for flags in rows["flags"]]
    rows["note"] = [note if isinstance(note, tuple) else () for note in rows["note"]]
    shown = rows["counted"] if "counted" in rows else rows["value"]  # of a partly known period a verdict tells its part
    rows["summed"] = shown.notna() & ~np.isclose(rows["said"].astype("float64"), shown.astype("float64"))
    estimated = rows["flags"].map(lambda flags: ESTIMATED in flags).astype(bool)
    return rows[
        estimated
        | rows["note"].map(bool).astype(bool)
        | rows["newer"].notna()
        | rows["change"].notna()
        | (rows["baseline_error"] > 0)
        | rows["baseline_unsure"].eq(other=True)
    ]


def _of_newer(row: Mapping[Hashable, Any]) -> Findings:
    """What the sample of a newer period lacks; the first finding names the period."""
    first, *others = row["note"]
    return found(first.code, None, first.facts, start=row["start_newest"], period="month"), *others


def _changes(verdicts: pd.DataFrame, targets: pd.DataFrame, changes: pd.DataFrame) -> dict[str, Finding]:
    """By indicator, the newest change of method between its baseline and the end of the period judged."""
    rows = changes.merge(targets[["indicator_id", "baseline_start"]], on="indicator_id").merge(
        verdicts[["indicator_id", "through"]], on="indicator_id"
    )
    told = rows[(rows["day"] > rows["baseline_start"]) & (rows["day"] <= rows["through"])].sort_values("day")
    return {
        row["indicator_id"]: found("method_change", day=row["day"], why=row["reason"])
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


def _findings(judged: Mapping[Hashable, Any], case: Mapping[Hashable, Any], may_be: Sequence[str]) -> Iterator[Finding]:
    """What is to say of one indicator. may_be: the verdicts at the ends of the intervals."""
    spread = {judged["verdict"], *may_be}
    yield from _interval(case)
    over = pd.notna(case["due"]) and case["end"] > case["due"]
    open_target = spread >= {"achieved"} and len(spread) > 1 and (over or judged["verdict"] == "achieved")
    if str(judged["rule"]).startswith("pace@") and open_target:
        facts = judged["findings"][0].facts
        known = {name: facts[name] for name in REASONS["depends_on_sample"].parameters if name in facts}
        yield found("depends_on_sample", "not_assessable" if over else "on_track", known)
    named = [one for one in WORST_FIRST if one in spread]
    if len(named) > 1 and not str(judged["rule"]).startswith("hp2030@"):
        yield found("sample_range", worst=named[0], best=named[-1])
    yield from case["note"]
    yield from case["newer"] if isinstance(case["newer"], tuple) else ()
    if isinstance(case["change"], Finding):
        yield case["change"]


def _interval(case: Mapping[Hashable, Any]) -> Iterator[Finding]:
    if case["summed"]:
        if ESTIMATED in case["flags"]:
            yield found("sample_sum")
        return
    if ESTIMATED in case["flags"] and pd.notna(case["standard_error"]):
        low, high, target = case["value_low"], case["value_high"], case["target_value"]
        yield found("sample_interval", low=low, high=high, target=target if low <= target <= high else None)
    if case["baseline_unsure"] is True:
        yield found("baseline_unsure")
