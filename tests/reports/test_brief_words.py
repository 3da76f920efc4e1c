"""The sentences of the brief: their words claim no more than the evidence, and each has its references."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.brief.citation import Citation
from reports.brief.compose import compose
from reports.brief.evidence import ESTIMATES, GRADES
from reports.brief.inputs import load
from reports.brief.limits import limits
from reports.brief.requests import requests
from reports.brief.summary import summary
from reports.language import english
from reports.sentences import sentence
from tests.brief_rows import effect, indicator, months, reader, source, verdict
from transforms.breaks import breaks_in_the_way
from transforms.findings import found, to_json
from transforms.judgement.judge import GRADES as VERDICT_GRADES
from warehouse.errors import ConfigError
from warehouse.schema.ledgers import VERDICTS

CAUSAL = re.compile(
    r"\b(because|caused|causes|led to|thanks to|due to|as a result|therefore|brought about)\b", re.IGNORECASE
)


def texts(part: Sequence[Citation]) -> str:
    return "\n".join(one.text for one in part)


def summary_text(**rows: Any) -> str:
    told = summary(load("Hill Library", reader(**rows)))
    return texts([told.headline, told.counts, *told.messages, *told.also])


def limits_text(**rows: Any) -> str:
    return texts(limits(load("Hill Library", reader(**rows))))


def requests_text(**rows: Any) -> str:
    return texts(requests(load("Hill Library", reader(**rows))))


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("not_assessable",), "No indicator with a target can be judged yet."),
        (("on_track",), "The only indicator that can be judged is on course."),
        (("behind",), "The only indicator that can be judged is not on course; Title of i0 needs a decision first."),
        (("at_risk", "not_assessable"), "The only indicator that can be judged is not on course; Title of i0 needs"),
        (("on_track", "achieved", "not_assessable"), "All 2 indicators that can be judged are on course."),
        (("behind", "at_risk"), "None of 2 indicators that can be judged is on course; Title of i0 needs a decision"),
        (("at_risk", "on_track"), "1 of 2 indicators that can be judged is on course; Title of i0 needs watching"),
        (("on_track", "on_track", "behind"), "2 of 3 indicators that can be judged are on course; Title of i2 needs"),
    ],
)
def test_the_headline_counts_what_can_be_judged_and_names_what_comes_first(verdicts: Sequence[str], said: str) -> None:
    rows = [verdict(f"i{n}", verdict=name) for n, name in enumerate(verdicts)]
    assert summary(load("Hill Library", reader(verdicts=rows))).headline.text.startswith(said)


def test_a_year_so_far_is_not_compared_by_its_last_month() -> None:
    periods = months(year_ago_change=9.0, year_ago_change_pct=11.0)
    cells = [
        compose(load("Hill Library", reader(indicators=[indicator(over=over)], periods=periods))).rows[0].cells
        for over in ("period", "year")
    ]
    assert [row[-1] for row in cells] == ["+11 %", "–"]


def test_a_counted_shortfall_has_value_path_and_pace() -> None:
    value = "Title of visits: behind. 90 visits in Jan 2026 (counted), against 108 expected on the path to 200"
    assert f"{value} by 31 Dec 2026; 20 % of the progress due by then." in summary_text()


def test_what_leads_has_the_newest_note_on_it() -> None:
    notes = [
        {"indicator_id": "visits", "noted_on": date(2026, 2, at), "author": "Ms Reader", "note": text}
        for at, text in ((3, "older"), (20, "The lift is mended in May"))
    ]
    assert ". Note by Ms Reader, 20 Feb 2026: The lift is mended in May." in summary_text(notes=notes)
    assert "older" not in summary_text(notes=notes)


def test_an_estimate_carries_its_interval() -> None:
    rows = {"verdicts": [verdict(grade="estimated")], "periods": months(value_low=70.0, value_high=115.0)}
    assert "(estimated, 90 % interval 70 to 115)" in summary_text(**rows)


def test_an_estimate_whose_interval_is_not_known_says_so() -> None:
    assert "(estimated, its interval is not known)" in summary_text(verdicts=[verdict(grade="estimated")])
    assert "how far it may be off is not known" in summary_text(verdicts=[verdict(grade="estimate_no_error")])


@pytest.mark.parametrize(
    ("grade", "word"), [("incomplete", "incomplete"), ("provisional", "provisional"), ("sampled", "estimated")]
)
def test_an_incomplete_value_says_so(grade: str, word: str) -> None:
    assert f"({word}" in summary_text(verdicts=[verdict(grade=grade)])
    assert "(counted)" not in summary_text(verdicts=[verdict(grade=grade)])


def test_a_probability_carries_its_record() -> None:
    text = summary_text(verdicts=[verdict(probability=0.34, probability_cases=12, probability_covered=0.75)])
    record = "9 of 12 past forecasts of this length held within their 80 % interval"
    assert f"the probability of meeting the target is about 35 % ({record})" in text


def test_a_probability_without_a_record_says_so() -> None:
    assert "(no past forecast of this length can be checked yet)" in summary_text(verdicts=[verdict(probability=0.34)])


def test_a_withheld_verdict_says_why() -> None:
    unknown = dict.fromkeys(("value", "expected", "pace_ratio"))
    rows = {"verdicts": [verdict(verdict="not_assessable", reason="the baseline is not complete", **unknown)]}
    assert "Title of visits: cannot be judged; no complete month yet." in summary_text(**rows)
    assert "Whether Title of visits is on track: the baseline is not complete." in limits_text(**rows)


def test_an_activity_is_associated_and_not_a_cause() -> None:
    text = summary_text(effects=[effect()])
    size = "+12 % (90 % interval +4 to +21 %) against what was expected over 6 periods since, estimated."
    assert f"'Open week' (event, 1 Jul 2025) is associated with a rise in Title of visits: {size}" in text
    assert "An association is not a cause." in text


def test_an_open_effect_is_a_limit_and_not_a_finding() -> None:
    few = found("few_after", known=0, needs=3, period="month")
    told = {"sentence": "as it was said", "reason_code": few.code, "reason_parameters": to_json([few])}
    open_case = [effect(verdict="cannot_tell", **told)]
    limit = "in the one case no effect can be shown, 'Open week' on Title of visits: 0 complete months"
    assert "Open week" not in summary_text(effects=open_case)
    assert limit in limits_text(effects=open_case)


@pytest.mark.parametrize(("why", "end"), [("much was open at that time " * 30, " at…"), ("too few", " too few.")])
def test_an_effect_ends_with_one_mark(why: str, end: str) -> None:
    told = limits_text(effects=[effect(verdict="cannot_tell", sentence=why)])
    (line,) = [one for one in told.splitlines() if "Open week" in one]
    assert line.endswith(end)


def test_a_shortfall_says_how_often_luck_brings_one_as_large() -> None:
    often, seldom = (summary_text(verdicts=[verdict(luck_p_value=p)]) for p in (0.12, 0.04))
    assert "on its path it would fall this far short in about 12 of 100 cases: this may well be chance." in often
    assert "this far short in about 4 of 100 cases." in seldom
    assert "no alert is active" in limits_text(verdicts=[verdict(luck_p_value=0.12)])
    assert "no alert is active" not in limits_text(verdicts=[verdict(luck_p_value=0.001, alert="firing")])
    assert "too little history is known" in limits_text()


def test_a_shortfall_that_may_be_chance_does_not_lead() -> None:
    names = ("lucky", "sure", "good")
    text = summary_text(
        indicators=[indicator(name, title=name.title()) for name in names],
        verdicts=[
            verdict("lucky", luck_p_value=0.4),
            verdict("sure", luck_p_value=0.001),
            verdict("good", verdict="on_track", worsening=False),
        ],
        periods=[row for name in names for row in months(name)],
    )
    places = [text.index(f"{name.title()}:") for name in names]
    assert text.startswith("1 of 3 indicators that can be judged is on course; Sure needs a decision first.")
    assert places[1] < places[2] < places[0]


def test_an_interval_that_includes_the_path_leaves_the_side_open() -> None:
    rows = {"verdicts": [verdict(grade="estimated")]}
    wide, narrow = months(value_low=70.0, value_high=115.0), months(value_low=85.0, value_high=95.0)
    limit = "70 to 115, includes the 108 expected, so it may lie on either side of its path"
    assert limit in limits_text(**rows, periods=wide)
    assert "either side" not in limits_text(**rows, periods=narrow)


def test_a_break_is_a_limit_and_asks_for_a_new_baseline() -> None:
    cut = {
        "indicator_id": "visits",
        "day": date(2025, 6, 1),
        "reason": "a new gate",
        "origin": "declared",
        "spliced": False,
    }
    limit = "since 1 Jun 2025 it means something else (a new gate); values before and after cannot be compared"
    assert limit in limits_text(indicator_breaks=[cut])
    task = "Ada: set a new baseline for Title of visits: since 1 Jun 2025 its number means something else"
    assert task in requests_text(indicator_breaks=[cut])
    assert "complete the baseline" not in requests_text(
        indicator_breaks=[cut], indicators=[indicator(baseline_value=None)]
    )
    assert "Ada: complete the baseline of Title of visits, 1 Jan 2024 to 31 Dec 2024" in requests_text(
        indicators=[indicator(baseline_value=None)]
    )
    assert "new baseline" not in requests_text(indicator_breaks=[cut | {"spliced": True}])
    assert "new baseline" not in requests_text(indicator_breaks=[cut | {"day": date(2023, 6, 1)}])


def test_a_break_in_the_future_is_not_mentioned() -> None:
    ahead = {
        "indicator_id": "visits",
        "day": date(2026, 6, 1),
        "reason": "a new gate",
        "origin": "declared",
        "spliced": False,
    }
    assert "a new gate" not in limits_text(indicator_breaks=[ahead])
    assert requests_text(indicator_breaks=[ahead]) == ""


def test_a_trend_is_quoted_in_full_and_without_the_forecast() -> None:
    trend = "Rising by about 1,250 visits a year (90 % interval +900 to +1,600 visits a year)."
    rising = found("rising", per_year=1250.0, low=900.0, high=1600.0, unit="visits")
    ahead = found("forecast", due="2027-12-31", unit="visits", low=0.0, high=49265.0, probability=0.5, cases=4, held=3)
    published = {"outlook_code": "rising", "outlook_parameters": to_json([rising, ahead])}
    text = summary_text(verdicts=[verdict(**published)])
    assert f"Title of visits: r{trend[1:]}" in text
    assert "…" not in text
    assert "Forecast" not in text


def test_a_reason_that_is_too_long_ends_after_a_whole_word() -> None:
    text = limits_text(verdicts=[verdict(verdict="not_assessable", reason="31,724 visits " * 30)])
    assert text.splitlines()[0].endswith((" 31,724…", " visits…"))


def test_a_break_that_withholds_a_verdict_is_named_once_and_without_advice() -> None:
    names = ("visits", "loans")
    frames = {"verdicts": pd.DataFrame({"indicator_id": names, "through": pd.Timestamp("2026-01-31")})}
    frames["targets"] = pd.DataFrame(
        {"indicator_id": names, "baseline_start": pd.Timestamp("2024-01-01"), "year_start": pd.NaT}
    )
    cuts: list[dict[str, Any]] = [
        {"indicator_id": name, "day": date(2025, 6, 1), "reason": "a new gate", "spliced": False} for name in names
    ]
    whys = breaks_in_the_way(**frames, breaks=pd.DataFrame(cuts).assign(day=lambda rows: pd.to_datetime(rows["day"])))
    rows = {
        "verdicts": [
            verdict(
                name,
                verdict="not_assessable",
                reason_code="break",
                reason=sentence(whys[name], english()),
                reason_parameters=to_json((*whys[name], found("old", months=5))),
            )
            for name in names
        ]
    }
    rows["indicator_breaks"] = [cut | {"origin": "declared"} for cut in cuts]
    text = limits_text(**rows)
    assert text.count("a new gate") == 1
    assert "Whether 'Title of visits' and 'Title of loans' are on track:" in text
    assert "no probability" not in text
    assert "splice" not in text + summary_text(**rows)
    assert "a new gate" not in summary_text(**rows)


def test_a_verdict_on_old_data_claims_nothing_about_now() -> None:
    limit = "The current state of Title of visits: the data end on 31 Jan 2026, and the verdict is as of that day."
    assert limit in limits_text(sources=[source(fresh=False)])
    assert limit not in limits_text()


def test_one_has_no_plural() -> None:
    brief = compose(load("Hill Library", reader(effects=[effect(periods_before=1)])))
    words = " ".join(
        [*(one.text for one in brief.references), texts([*brief.messages, *brief.also]), texts(brief.limits)]
    )
    assert "all 1" not in words
    assert not re.search(r"\b1 (indicators|pairs|periods|cases)\b", words)


def test_a_year_so_far_is_not_called_a_whole_one() -> None:
    assert "90 visits in the year so far, up to 31 Jan 2026" in summary_text(indicators=[indicator(over="year")])
    assert "90 visits in the year to 31 Jan 2026" in summary_text(
        indicators=[indicator(over="year", due=date(2027, 1, 31))]
    )


def test_a_band_is_inside_or_outside() -> None:
    band = indicator(better="band", target_value=None, needed=None, target_low=80.0, target_high=100.0)
    assert "(counted), inside the band 80 to 100" in summary_text(
        indicators=[band], verdicts=[verdict(verdict="on_track", expected=None, pace_ratio=None)]
    )


def test_a_band_is_told_as_it_falls_on_what_is_judged() -> None:
    """90 visits in a month with half of its usual open days: the band of 120 to 200 is 60 to 100 there."""
    band = indicator(better="band", target_value=None, needed=None, target_low=120.0, target_high=200.0)
    told = {"reason_code": "inside_band", "reason_parameters": '{"low": 60.0, "high": 100.0}'}
    assert "(counted), inside the band 60 to 100" in summary_text(
        indicators=[band], verdicts=[verdict(verdict="on_track", expected=None, pace_ratio=None, **told)]
    )


def test_only_indicators_of_the_objective_count() -> None:
    rows = {
        "verdicts": [verdict("a"), verdict("b")],
        "indicators": [indicator("a"), indicator("b", objective="other")],
    }
    brief = compose(load("Hill Library", reader(**rows), "other"))
    assert [line.cells[0] for line in brief.rows] == ["Title of b"]


def test_an_unknown_objective_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="name one of 'reach'"):
        load("Hill Library", reader(), "nothing")


def test_files_of_an_older_version_make_a_brief_too() -> None:
    old = {
        name: value
        for name, value in verdict().items()
        if name not in {"luck_p_value", "alert", "outlook", "probability_cases"}
    }
    assert "Title of visits: behind" in summary_text(verdicts=[old])


FIGURE, SHARE = st.none() | st.floats(-1e6, 1e6), st.none() | st.floats(0, 1)


@st.composite
def published(draw: st.DrawFn) -> dict[str, Any]:
    """Any mixture of verdicts, grades, targets and effects."""
    names = [f"i{n}" for n in range(draw(st.integers(1, 8)))]
    verdicts, indicators = [], []
    for name in names:
        value, target = draw(FIGURE), draw(st.booleans())
        state = draw(st.sampled_from(VERDICTS)) if target and value is not None else "not_assessable"
        judged = {
            "verdict": state,
            "value": value,
            "expected": draw(FIGURE),
            "pace_ratio": draw(FIGURE),
            "worsening": draw(st.booleans()),
        }
        sure = {
            "probability": draw(SHARE),
            "luck_p_value": draw(SHARE),
            "alert": draw(st.sampled_from(["firing", None])),
        }
        verdicts.append(
            verdict(name, **judged, **sure, grade=draw(st.sampled_from(["counted", "estimated", "incomplete", "none"])))
        )
        indicators.append(
            indicator(name) if target else indicator(name, due=None, target_value=None, baseline_start=None)
        )
    kinds = st.sampled_from(["associated_rise", "associated_fall", "no_clear_change", "cannot_tell"])
    return {
        "verdicts": verdicts,
        "indicators": indicators,
        "effects": [effect(name, verdict=draw(kinds)) for name in names[:3]],
    }


@settings(max_examples=60)
@given(published())
def test_one_headline_and_up_to_three_messages_each_with_a_reference_and_never_a_cause(rows: dict[str, Any]) -> None:
    brief = compose(load("Hill Library", reader(**rows)))
    assert 1 <= len(brief.messages) <= 3
    assert brief.headline.text.count(". ") == 0
    told = [brief.headline, *brief.messages, *brief.also, *brief.limits, *brief.requests]
    assert all(one.references and set(one.references) <= set(brief.references) for one in told)
    assert all(one.text.startswith(one.lead) for one in told)
    assert not CAUSAL.search(texts(told))
    assert all("associated" in one.text for one in brief.messages if "Open week" in one.text)


def test_every_grade_that_a_verdict_may_have_has_its_words() -> None:
    assert set(VERDICT_GRADES) <= {*GRADES, *ESTIMATES}


def test_one_break_of_several_indicators_is_named_once() -> None:
    cuts = [
        {"indicator_id": name, "day": date(2025, 6, 1), "reason": "a new gate", "origin": "declared", "spliced": False}
        for name in ("visits", "loans")
    ]
    text = limits_text(verdicts=[verdict(), verdict("loans")], indicator_breaks=cuts)
    assert text.count("a new gate") == 1
    assert "'Title of visits' and 'Title of loans': since 1 Jun 2025 they mean something else (a new gate)" in text
