"""A closure holds the verdict back and is named; it is no failure and no gap."""

import pandas as pd

from tests.told import SAID, by_pace, told
from transforms.judgement.closures import Closure, closed_since
from transforms.judgement.precedence import decide

CLOSURES = [
    Closure(pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-31"), "Repairs"),
    Closure(pd.Timestamp("2026-03-10"), pd.NaT, "Flood"),
]


def months(*closed: bool, provisional: bool = False) -> pd.DataFrame:
    start = pd.Series(pd.date_range("2026-02-01", periods=len(closed), freq="MS"))
    flags = pd.Series([("closed",) if shut else () for shut in closed], dtype=object)
    rows = pd.DataFrame(
        {
            "indicator_id": "visits",
            "start": start,
            "end": start + pd.offsets.MonthBegin(1),
            "provisional": False,
            "flags": flags,
        }
    )
    rows.loc[rows.index[-1], "provisional"] = provisional
    return rows


def result(periods: pd.DataFrame, verdict: str = "behind", through: str = "2026-01-31") -> tuple[str, bool, str]:
    row = {"indicator_id": "visits", "verdict": verdict, "worsening": True, "findings": by_pace(verdict)}
    verdicts = pd.DataFrame([row | {"through": pd.Timestamp(through)}])
    targets = pd.DataFrame([{"indicator_id": "visits", "due": pd.Timestamp("2026-12-31")}])
    out = told(decide(verdicts, closed_since(verdicts, periods, targets, CLOSURES))).iloc[0]
    return out["verdict"], bool(out["worsening"]), out["reason"]


def test_an_open_library_is_judged_as_it_was() -> None:
    assert result(months(False, False)) == ("behind", True, SAID)
    assert result(months(True, True, False)) == ("behind", True, SAID)


def test_one_closed_month_is_named_and_the_verdict_stands() -> None:
    assert result(months(False, True)) == ("behind", True, f"{SAID}; closed from 10 Mar 2026 (Flood)")


def test_from_two_closed_months_on_no_verdict_is_given_and_the_reason_says_why() -> None:
    verdict, worsening, reason = result(months(False, False, True, True))
    assert (verdict, worsening) == ("not_assessable", False)
    assert (
        reason
        == "closed from 10 Mar 2026 (Flood): no verdict until a whole month after it is known; what stood before is in "
        "the history"
    )


def test_a_month_that_is_not_settled_says_nothing_yet() -> None:
    assert result(months(False, True, True, provisional=True))[0] == "behind"


def test_what_was_missed_when_it_was_due_stays_missed() -> None:
    assert result(months(False, True, True), through="2026-12-31") == ("behind", True, SAID)


def test_what_was_achieved_stays_achieved() -> None:
    assert result(months(False, True, True), "achieved") == ("achieved", True, SAID)
