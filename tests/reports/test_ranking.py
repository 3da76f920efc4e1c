"""The order of indicators, which the overview of the scorecard and the brief share."""

from typing import Any

import reports.site.overview
from reports.brief.compose import compose
from reports.brief.inputs import load
from reports.ranking import by_severity, needs_someone
from tests.brief_rows import months, reader, verdict


def standing(name: str, **other: Any) -> dict[str, Any]:
    usual = {"verdict": "behind", "alert": None, "worsening": False, "pace_ratio": 0.5, "may_be_luck": False}
    return {"name": name, **usual, **other}


ORDERED = [
    standing("alert", alert="firing"),
    standing("no data", alert="no_data"),
    standing("worse", worsening=True, pace_ratio=-0.1),
    standing("slow", pace_ratio=0.1),
    standing("slower than none", pace_ratio=0.5),
    standing("no pace", pace_ratio=None),
    standing("luck", may_be_luck=True, alert="firing"),
    standing("at risk", verdict="at_risk", alert="firing"),
    standing("withheld", verdict="not_assessable"),
    standing("fine", verdict="on_track"),
    standing("met", verdict="achieved"),
]


def test_verdict_then_luck_then_alert_then_worse_then_progress() -> None:
    assert [row["name"] for row in by_severity(reversed(ORDERED))] == [
        "no data",
        "alert",
        *(row["name"] for row in ORDERED[2:]),
    ]


def test_luck_needs_nobody_and_missing_figures_need_someone() -> None:
    needing = {row["name"] for row in ORDERED if needs_someone(row)}
    assert needing == {"alert", "no data", "worse", "slow", "slower than none", "no pace", "at risk"}


def test_the_overview_and_the_brief_have_one_order() -> None:
    verdicts = [
        verdict("b", worsening=True, pace_ratio=-0.2),
        verdict("a", alert="firing"),
        verdict("c", luck_p_value=0.4, alert="firing"),
        verdict("d", verdict="at_risk"),
    ]
    rows = {"verdicts": verdicts, "periods": [row for one in verdicts for row in months(one["indicator_id"])]}
    brief = compose(load("Hill Library", reader(**rows)))
    assert [one.row["indicator_id"] for one in brief.indicators] == ["a", "b", "c", "d"]
    luck = [{**row, "may_be_luck": row["indicator_id"] == "c"} for row in verdicts]
    assert [row["indicator_id"] for row in by_severity(luck)] == ["a", "b", "c", "d"]
    assert reports.site.overview.by_severity is by_severity
