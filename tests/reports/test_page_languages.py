"""No English is left on a German or French page, but for what is marked as English."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from reports.language import texts_of
from reports.site.published_rows import PlanDetails
from tests.reports.site_rows import Tables, forecasts, indicator, months, pages, paths, periods, tables, verdict
from transforms.findings import Finding, found, to_json

MEASURED: dict[str, Any] = {"value": 90.0, "unit": "Stück", "period": "month", "over": "period"}
JANUARY = MEASURED | {"start": date(2026, 1, 1), "through": date(2026, 1, 31)}
GOAL: dict[str, Any] = {"target": 200.0, "due": date(2026, 12, 31)}
PACE = found("pace", "behind", JANUARY, GOAL, expected=108.5, ratio=0.4, path="linear")
MARKED = re.compile(r'<bdi lang="en">.*?</bdi>', re.DOTALL)
FRAGMENT = re.compile(r"\{\w*\}")


def rich(outlook: Finding) -> Tables:
    """Three years, each kind of flag and signal, an effect, a forecast, a band and a year, all with their codes."""
    rows = tables("visits", "loans", "satisfied")
    ids = ("visits", "loans", "satisfied")
    rows["indicators"] = [
        indicator("visits", unit="Stück", title="A", path="seasonal", needed=180.0),
        indicator("loans", unit="Stück", title="B", over="year"),
        indicator("satisfied", unit="Stück", title="C", better="band", target_value=None, needed=None,
                  target_low=80.0, target_high=100.0, path=None),
    ]  # fmt: skip
    codes = {"reason_code": "pace", "reason_parameters": to_json([PACE])}
    codes |= {"outlook_code": outlook.code, "outlook_parameters": to_json([outlook])}
    chart = {"chart_change": "concern", "chart_since": date(2025, 12, 1), "assurance": "hit_or_miss"}
    rows["verdicts"] = [verdict(name, **codes, **chart) for name in ids]
    rows["verdict_history"] = [verdict(name, cause="new_data", **codes) for name in ids]
    limits = {"chart_mean": 120.0, "chart_low": 90.0, "chart_high": 150.0}
    signal = {"chart_signal": "outside", "chart_change": "concern"}
    rows["periods"] = [
        row | limits | (signal if row["start"] >= date(2025, 12, 1) else {"chart_signal": "none"}) | {"value_low": 70.0}
        | {"value_high": 190.0, "value": row["value"] or 82.0, "completeness": 1.0}
        for name in ids for row in periods(name, 38)
    ]  # fmt: skip
    rows["forecasts"] = [row for name in ids for row in forecasts(name)]
    rows["paths"] = [row for name in ids for row in paths(name)]
    few = {
        "reason_code": "few_after",
        "reason_parameters": to_json([found("few_after", known=2, needs=3, period="month")]),
    }
    rows["effects"][0] |= few
    rows["activities"][0] |= {"title": "Woche", "channel": "Plakat"}
    rows["indicator_breaks"] = [
        {"indicator_id": "visits", "day": date(2023, 6, 1), "reason": "Tor", "origin": "declared", "spliced": True,
         "factor": 0.87}
    ]  # fmt: skip
    rows["period_pulls"] = [row for row in rows["period_pulls"] if row["start"] >= months(2)[0][0]]
    return rows


def english_fragments(code: str) -> set[str]:
    """What stands between the values in the English texts, of two words at least, and in no text of the language."""
    own = " ".join(texts_of(code).values())
    found = {part.strip(" .,;:()") for text in texts_of("en").values() for part in FRAGMENT.split(text)}
    return {part for part in found if len(part) > 9 and " " in part and part not in own}


@pytest.mark.parametrize("code", ["de", "fr"])
@pytest.mark.parametrize(
    "outlook",
    [
        found("rising", per_year=12.0, low=9.0, high=16.0, unit="Stück"),
        found("no_clear_trend", low=-9.0, high=16.0, unit="Stück"),
        found("no_trend_yet"),
    ],
    ids=lambda finding: finding.code,
)
def test_no_english_is_left_on_a_page_of_another_language(code: str, outlook: Finding) -> None:
    fragments = english_fragments(code)
    assert len(fragments) > 300
    plan = PlanDetails("Haus", {"visits": ["gates: visits"]}, frozenset({"loans"}),
                       ((date(2024, 8, 1), date(2024, 9, 30), "Bau"),))  # fmt: skip
    site = pages(rich(outlook), plan, code)
    assert {name.split("-")[-1] for name in site if name.endswith(".svg")} >= {"course.svg", "year.svg", "season.svg"}
    for name, text in site.items():
        if name.endswith((".html", ".svg")):
            shown = unescape(MARKED.sub("", text.split("</style>", 1)[-1].split("<script>")[0]))
            assert sorted(part for part in fragments if part in shown) == [], name


def test_english_itself_would_be_found() -> None:
    text = pages(rich(found("no_trend_yet")))["indicator-visits.html"]
    assert len([part for part in english_fragments("de") if part in text]) > 20
