"""The overview: one sentence, what comes first, each objective, and what each figure is compared with."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from reports.language import english
from reports.site.bullet import band_bullet, bullet, thresholds
from reports.site.changes import changes
from reports.site.published_rows import PlanDetails
from tests.reports.site_rows import Page, indicator, months, pages, tables, verdict

GOOD = {"verdict": "on_track", "worsening": False, "alert": "inactive", "alert_raised_at": None, "pace_ratio": 1.1}
AT_RISK = GOOD | {"verdict": "at_risk", "pace_ratio": 0.7, "luck_p_value": 0.02}
UNKNOWN = GOOD | {"verdict": "not_assessable", "pace_ratio": None, "value": None, "expected": None}


def text_of(verdicts: dict[str, dict[str, Any]], **of_indicators: dict[str, Any]) -> str:
    """The overview of indicators with these verdicts; further columns of an indicator by its name."""
    rows = tables(
        *verdicts,
        indicators=[indicator(name, title=name.title(), **of_indicators.get(name, {})) for name in verdicts],
        verdicts=[verdict(name, **row) for name, row in verdicts.items()],
        verdict_history=[],
        sources=[],
    )
    return Page(pages(rows, PlanDetails("Hill Library"))["index.html"]).text


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"loans": GOOD, "visits": GOOD}, "All 2 indicators with a target that can be judged are on course."),
        (
            {"loans": GOOD, "visits": {}},
            "1 of 2 indicators with a target are on course. Visits needs a decision first.",
        ),
        (
            {"loans": AT_RISK, "visits": UNKNOWN},
            "The only indicator with a target that can be judged is not on course. Loans needs watching",
        ),
        ({"visits": UNKNOWN}, "No indicator with a target can be judged yet."),
    ],
)
def test_the_first_sentence_says_how_many_are_on_course_and_what_comes_first(
    verdicts: dict[str, dict[str, Any]], said: str
) -> None:
    assert said in text_of(verdicts)


def test_the_worst_comes_first_with_why_since_when_who_and_what_next() -> None:
    rows = tables(
        "loans",
        "visits",
        verdicts=[verdict("loans", **GOOD), verdict("visits")],
        verdict_history=[
            verdict("visits", cause="new_data", as_of=datetime(2026, 2, 3, tzinfo=UTC)),
            verdict("visits", cause="new_data", as_of=datetime(2026, 1, 5, tzinfo=UTC)),
            verdict("visits", cause="new_data", verdict="on_track", as_of=datetime(2025, 12, 4, tzinfo=UTC)),
        ],
    )
    text = Page(pages(rows)["index.html"]).text
    first = text[text.index("Needs attention now") :]
    assert first.startswith(
        "Needs attention now Visits : behind (worsening) since 5 Jan 2026; Alert: raised since 5 Jan 2026 "
        "90 visits in Jan 2026 . Next: decide with Ms Reader what has to change, for the target is due on 31 Dec 2026."
    )


def test_without_an_owner_the_next_step_is_to_name_one() -> None:
    assert "Next: name someone who answers for it" in text_of({"visits": {}}, visits={"owner": None})


def test_what_luck_may_well_explain_does_not_need_a_decision() -> None:
    text = text_of({"visits": {"luck_p_value": 0.4}})
    assert "Needs attention now" not in text
    assert "0 of 1 indicators with a target are on course. By objective" not in text
    assert "needs a decision" not in text


def test_after_the_due_day_no_luck_is_left() -> None:
    """As the brief says it: what fell short by then needs a decision, however often luck falls as short."""
    assert "Needs attention now" in text_of({"visits": {"luck_p_value": 0.4}}, visits={"due": date(2026, 1, 31)})


def test_missing_figures_are_the_next_step_where_nothing_can_be_judged() -> None:
    text = text_of({"visits": UNKNOWN | {"alert": "no_data"}})
    assert "Next: Ms Reader brings in the missing figures; the target is due on 31 Dec 2026." in text


def test_an_objective_counts_what_is_on_course_of_what_can_be_judged() -> None:
    text = text_of(
        {"visits": {}, "loans": GOOD, "films": GOOD, "talks": UNKNOWN},
        films={"objective": "Heard"},
        talks={"objective": None},
    )
    for said in (
        "Busy rooms 1 of 2 on course",
        "Heard 1 of 1 on course",
        "Without an objective none can be judged yet",
    ):
        assert said in text


def test_indicators_without_a_target_stand_apart_and_count_nowhere() -> None:
    bare = {"target_value": None, "needed": None, "due": None}
    text = text_of({"visits": GOOD, "loans": UNKNOWN | {"reason_code": "no_target"}}, loans=bare)
    assert "The only indicator with a target that can be judged is on course." in text
    assert "1 on track" not in text.partition("All indicators")[0] or "not assessable 1" not in text
    assert text.index("Without a target") > text.index("All indicators")
    assert text.count("Loans") == 1


def test_the_table_has_the_worst_first() -> None:
    html = pages(
        tables("a", "b", "c", verdicts=[verdict("a", **GOOD), verdict("b"), verdict("c", **AT_RISK)], indicators=[
            indicator(name) for name in "abc"
        ])
    )["index.html"]  # fmt: skip
    body = html[html.index("<tbody") : html.index("</tbody")]
    assert re.findall(r'href="indicator-(\w)\.html"', body) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("pace", "kind", "end"),
    [(0.0, "v", 30), (0.5, "v", 63), (1.0, "v", 96), (9.0, "v", 136), (-0.2, "a", 17), (-9.0, "a", 4)],
)
def test_the_bar_ends_where_the_progress_does(pace: float, kind: str, end: int) -> None:
    drawn = bullet(pace, has_thresholds=True)
    assert re.findall(rf'class="{kind}" d="M(\d+) 9H(\d+)"', drawn) == [("30", str(end))]
    assert 'class="e" d="M96 2V16"' in drawn, "the progress due"


def test_only_the_rule_of_pace_has_its_thresholds_behind_the_bar() -> None:
    assert ['href="#thresholds"' in bullet(1.0, has_thresholds=has) for has in (True, False)] == [True, False]
    assert [int(end) for end in re.findall(r"H(\d+)", thresholds())] == [70, 93, 136], "0.60 and 0.95 of the way"


def test_a_value_outside_the_band_is_drawn_outside() -> None:
    inside, outside = ([int(x) for x in re.findall(r"M(\d+) ", band_bullet(80, 100, value))] for value in (90.0, 120.0))
    assert inside[1] > inside[0]
    assert outside[1] > int(re.findall(r"H(\d+)", band_bullet(80, 100, 120.0))[0])


def rows_of(values: list[float | None], **newest: Any) -> list[dict[str, Any]]:
    """Months up to February 2026; further columns of the newest one."""
    year_ago = {"year_ago_change": None, "year_ago_change_pct": None}
    rows = [
        {"start": start, "end": end, "value": value, "completeness": 1.0, **year_ago}
        for (start, end), value in zip(months(len(values)), values, strict=True)
    ]
    rows[-1] |= newest
    return rows


MONTHLY = {"unit": "visits", "period": "month"}
LAST = date(2026, 2, 28)


@pytest.mark.parametrize(
    ("values", "unit", "cuts", "said"),
    [
        ([90.0, 110.0], "visits", [], "+22 %"),
        ([90.0, 90.0], "visits", [], "±0 %"),
        ([90.0, 81.0], "visits", [], "−10 %"),
        ([None, 110.0], "visits", [], ""),
        ([0.0, 110.0], "visits", [], ""),
        ([90.0, 110.0], "visits", [date(2026, 2, 10)], ""),
        ([90.0, 110.0], "visits", [date(2026, 1, 1)], "+22 %"),
        ([82.0, 83.5], "%", [], "+1.5 points"),
        ([82.0, 83.5], "per cent", [], "+1.5 points"),
        ([110.0], "visits", [], ""),
    ],
)
def test_a_change_since_the_period_before_compares_like_with_like(
    values: list[float | None], unit: str, cuts: list[date], said: str
) -> None:
    assert changes(english(), MONTHLY | {"unit": unit}, LAST, rows_of(values), cuts)["change_last"] == said


def test_the_change_in_a_year_is_the_published_one() -> None:
    rows = rows_of([90.0, 110.0], year_ago_change=-3.26, year_ago_change_pct=-2.9)
    assert changes(english(), MONTHLY, LAST, rows, [])["change_year"] == "−3 %"
    assert changes(english(), MONTHLY | {"unit": "%"}, LAST, rows, [])["change_year"] == "−3.3 points"
    assert changes(english(), MONTHLY, LAST, rows_of([90.0, 110.0]), [])["change_year"] == ""


@pytest.mark.parametrize("partial", [0, 1])
def test_a_period_that_is_known_in_part_is_not_compared(partial: int) -> None:
    known = rows_of([90.0, 110.0])
    known[partial]["completeness"] = 0.9
    assert changes(english(), MONTHLY, LAST, known, [])["change_last"] == ""


def test_the_change_is_of_the_period_judged_not_of_a_newer_one() -> None:
    known = rows_of([90.0, 110.0, 500.0])
    assert changes(english(), MONTHLY, date(2026, 1, 31), known, [])["change_last"] == "+22 %"
    assert changes(english(), MONTHLY, None, known, []) == {"change_last": "", "change_year": ""}
