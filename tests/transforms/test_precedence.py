"""Which finding decides a verdict, and what is told with it."""

import pandas as pd
import pytest

from tests.told import PACE
from transforms.findings import Finding, found
from transforms.judgement.precedence import decide, in_order

PACED = found("pace", "behind", PACE)
MISSING = found("missing", cell="month", cells=("2026-02-01 Hill",))
CLOSED = found("closed", "not_assessable", period="month")
BREAK = found("break", "not_assessable", day=pd.Timestamp("2026-03-01"), why="new gates")
DEPENDS = found("depends_on_missing", "not_assessable", worst="behind", best="on_track", cell="month")
SAMPLE = found("depends_on_sample", "on_track")


def codes(*findings: Finding) -> list[str]:
    return [one.code for one in in_order(findings)]


def test_what_is_told_beside_a_verdict_does_not_decide_it() -> None:
    assert codes(PACED, MISSING) == ["pace", "missing"]


@pytest.mark.parametrize(
    ("found_of_it", "told"),
    [
        ((PACED, MISSING, CLOSED), ["closed"]),
        ((PACED, BREAK, CLOSED), ["closed"]),
        ((PACED, MISSING, BREAK, DEPENDS), ["break"]),
        ((PACED, MISSING, DEPENDS, SAMPLE), ["depends_on_missing"]),
        ((PACED, SAMPLE, MISSING), ["depends_on_sample", "missing"]),
        ((found("no_target", "not_assessable"), CLOSED), ["no_target"]),
        ((PACED, BREAK, found("old", months=5)), ["break", "old"]),
    ],
)
def test_the_first_of_the_list_decides(found_of_it: tuple[Finding, ...], told: list[str]) -> None:
    assert codes(*found_of_it) == told


def test_under_a_break_there_is_nothing_to_compare_with_and_nothing_worsens() -> None:
    row = {"indicator_id": "i", "verdict": "behind", "worsening": True, "findings": (PACED,), "expected": 9.0}
    out = decide(pd.DataFrame([row]), {"i": (BREAK,)}, {"other": (CLOSED,)}).iloc[0]
    assert (out["verdict"], bool(out["worsening"])) == ("not_assessable", False)
    assert pd.isna(out["expected"])


def test_a_fact_that_the_published_list_does_not_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="'old' has no parameter years"):
        found("old", years=3)


def test_what_is_unknown_or_does_not_apply_is_left_out() -> None:
    assert found("old", months=0, newer_known=False).facts == {"months": 0}
    assert found("closed", "not_assessable", first=pd.NaT, why="", period=None).facts == {}
