"""What the brief says: words limited by the evidence, each sentence with its reference."""

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
from reports.brief.requests import asks
from reports.brief.summary import summary
from tests.brief_rows import effect, indicator, months, reader, source, verdict
from transforms.breaks import reasons_to_withhold
from transforms.verdicts import GRADES as GIVEN
from warehouse.errors import ConfigError
from warehouse.schema.ledgers import VERDICTS

CAUSAL = re.compile(
    r"\b(because|caused|causes|led to|thanks to|due to|as a result|therefore|brought about)\b", re.IGNORECASE
)


def texts(part: Sequence[Citation]) -> str:
    return "\n".join(one.text for one in part)


def stands(**given: Any) -> str:
    return texts(summary(load("Hill Library", reader(**given))))


def not_claimed(**given: Any) -> str:
    return texts(limits(load("Hill Library", reader(**given))))


def asked(**given: Any) -> str:
    return texts(asks(load("Hill Library", reader(**given))))


def test_a_counted_shortfall_is_told_with_value_path_and_pace() -> None:
    told = "Title of visits: behind. 90 visits in Jan 2026 (counted), against 108 expected on the path to 200 by 31 Dec 2026; 20 % of the progress due."
    assert told in stands()


def test_an_estimate_carries_its_interval() -> None:
    given = {"verdicts": [verdict(grade="estimated")], "periods": months(value_low=70.0, value_high=115.0)}
    assert "(estimated, 90 % interval 70 to 115)" in stands(**given)


def test_an_estimate_whose_interval_is_not_known_says_so() -> None:
    assert "(estimated, its interval is not known)" in stands(verdicts=[verdict(grade="estimated")])
    assert "how far it may be off is not known" in stands(verdicts=[verdict(grade="estimate_no_error")])


@pytest.mark.parametrize(
    ("grade", "word"), [("incomplete", "incomplete"), ("provisional", "provisional"), ("sampled", "estimated")]
)
def test_a_number_that_is_not_whole_says_so(grade: str, word: str) -> None:
    assert f"({word}" in stands(verdicts=[verdict(grade=grade)])
    assert "(counted)" not in stands(verdicts=[verdict(grade=grade)])


def test_a_probability_carries_its_record() -> None:
    told = stands(verdicts=[verdict(probability=0.34, probability_cases=12, probability_covered=0.75)])
    assert (
        "the probability of meeting the target is about 35 % (of 12 past forecasts of this length 9 held within their 80 % interval)"
        in told
    )


def test_a_probability_without_a_record_says_so() -> None:
    assert "(no past forecast of this length can be checked yet)" in stands(verdicts=[verdict(probability=0.34)])


def test_a_withheld_verdict_says_why() -> None:
    given = {
        "verdicts": [
            verdict(
                verdict="not_assessable", value=None, expected=None, pace_ratio=None, reason="the baseline is not whole"
            )
        ]
    }
    assert "Title of visits: cannot be judged; no complete month yet." in stands(**given)
    assert "Whether Title of visits is on its way: the baseline is not whole." in not_claimed(**given)


def test_an_activity_is_associated_and_no_cause() -> None:
    told = stands(effects=[effect()])
    assert (
        "'Open week' (event, 1 Jul 2025) is associated with a rise in Title of visits: +12 % (90 % interval +4 to +21 %)"
        in told
    )
    assert "An association is no cause." in told


def test_an_effect_that_cannot_be_told_is_a_limit_and_no_finding() -> None:
    untold = [effect(verdict="cannot_tell", sentence="cannot tell: 0 complete months after it, needs 3")]
    assert "Open week" not in stands(effects=untold)
    assert "in the one case no effect can be told, 'Open week' on Title of visits: 0 complete months" in not_claimed(
        effects=untold
    )


def test_luck_is_told_by_how_often_it_does_as_much() -> None:
    assert "on its path it would fall as far short in about 12 in 100 cases: this may well be chance." in stands(
        verdicts=[verdict(luck_p_value=0.12)]
    )
    assert "as far short in about 4 in 100 cases." in stands(verdicts=[verdict(luck_p_value=0.04)])
    assert "no alert stands" in not_claimed(verdicts=[verdict(luck_p_value=0.12)])
    assert "no alert stands" not in not_claimed(verdicts=[verdict(luck_p_value=0.001, alert="firing")])
    assert "too little of their past is known" in not_claimed()


def test_an_interval_that_holds_the_path_leaves_the_side_open() -> None:
    given = {"verdicts": [verdict(grade="estimated")]}
    wide, narrow = months(value_low=70.0, value_high=115.0), months(value_low=85.0, value_high=95.0)
    assert "which side it is on cannot be told" in not_claimed(**given, periods=wide)
    assert "which side it is on" not in not_claimed(**given, periods=narrow)


def test_a_break_is_a_limit_and_asks_for_a_new_baseline() -> None:
    cut = {
        "indicator_id": "visits",
        "day": date(2025, 6, 1),
        "reason": "a new gate",
        "origin": "declared",
        "spliced": False,
    }
    assert (
        "since 1 Jun 2025 it means something else (a new gate); figures before and after cannot be compared"
        in not_claimed(indicator_breaks=[cut])
    )
    told = "Ada: set a new baseline for Title of visits, for its number means something else since 1 Jun 2025"
    assert told in asked(indicator_breaks=[cut])
    assert "complete the baseline" not in asked(indicator_breaks=[cut], indicators=[indicator(baseline_value=None)])
    assert "Ada: complete the baseline of Title of visits, 1 Jan 2024 to 31 Dec 2024" in asked(
        indicators=[indicator(baseline_value=None)]
    )
    assert "new baseline" not in asked(indicator_breaks=[cut | {"spliced": True}])
    assert "new baseline" not in asked(indicator_breaks=[cut | {"day": date(2023, 6, 1)}])


def test_a_break_that_lies_ahead_is_not_told_yet() -> None:
    ahead = {
        "indicator_id": "visits",
        "day": date(2026, 6, 1),
        "reason": "a new gate",
        "origin": "declared",
        "spliced": False,
    }
    assert "a new gate" not in not_claimed(indicator_breaks=[ahead])
    assert asked(indicator_breaks=[ahead]) == ""


def test_a_trend_is_told_whole_and_without_the_forecast() -> None:
    trend = "Rising by about 1,250 visits a year (90 % interval +900 to +1,600 visits a year)."
    ahead = "Forecast for 31 Dec 2027: 0 to 49,265 visits (80 % interval); the probability of meeting the target is about 35 %; of 4 past forecasts 3 held."
    told = stands(verdicts=[verdict(outlook=f"{trend} {ahead}")])
    assert f"Title of visits: r{trend[1:]}" in told
    assert "…" not in told
    assert "Forecast" not in told


def test_a_reason_that_is_too_long_ends_after_a_whole_word() -> None:
    told = not_claimed(verdicts=[verdict(verdict="not_assessable", reason="31,724 visits " * 30)])
    assert told.splitlines()[0].endswith((" 31,724…", " visits…"))


def test_a_break_that_bars_a_verdict_is_told_once_and_without_instructions() -> None:
    names = ("visits", "loans")
    frames = {"verdicts": pd.DataFrame({"indicator_id": names, "through": pd.Timestamp("2026-01-31")})}
    frames["targets"] = pd.DataFrame(
        {"indicator_id": names, "baseline_start": pd.Timestamp("2024-01-01"), "year_start": pd.NaT}
    )
    cuts: list[dict[str, Any]] = [
        {"indicator_id": name, "day": date(2025, 6, 1), "reason": "a new gate", "spliced": False} for name in names
    ]
    whys = reasons_to_withhold(**frames, breaks=pd.DataFrame(cuts).assign(day=lambda rows: pd.to_datetime(rows["day"])))
    given = {
        "verdicts": [
            verdict(name, verdict="not_assessable", reason=f"{whys[name]}; that was 5 months ago") for name in names
        ]
    }
    given["indicator_breaks"] = [cut | {"origin": "declared"} for cut in cuts]
    told = not_claimed(**given)
    assert told.count("a new gate") == 1
    assert "'Title of visits' and 'Title of loans' are on their way" in told
    assert "no probability" not in told
    assert "splice" not in told + stands(**given)
    assert "a new gate" not in stands(**given)


def test_a_verdict_of_old_figures_is_no_claim_about_now() -> None:
    told = "How Title of visits stands now: figures end on 31 Jan 2026, and the verdict is of then."
    assert told in not_claimed(sources=[source(fresh=False)])
    assert told not in not_claimed()


def test_one_is_not_told_as_many() -> None:
    brief = compose(load("Hill Library", reader(effects=[effect(periods_before=1)])))
    words = " ".join([*(one.text for one in brief.references), texts(brief.sentences), texts(brief.limits)])
    assert "all 1" not in words
    assert not re.search(r"\b1 (indicators|pairs|periods|cases)\b", words)


def test_a_year_so_far_is_not_told_as_a_whole_one() -> None:
    assert "90 visits in the year so far, up to 31 Jan 2026" in stands(indicators=[indicator(over="year")])
    assert "90 visits in the year to 31 Jan 2026" in stands(indicators=[indicator(over="year", due=date(2027, 1, 31))])


def test_a_band_is_inside_or_outside() -> None:
    band = indicator(better="band", target_value=None, target_low=80.0, target_high=100.0)
    assert "(counted), inside the band 80 to 100" in stands(
        indicators=[band], verdicts=[verdict(verdict="on_track", expected=None, pace_ratio=None)]
    )


def test_only_indicators_of_the_objective_count() -> None:
    given = {
        "verdicts": [verdict("a"), verdict("b")],
        "indicators": [indicator("a"), indicator("b", objective="other")],
    }
    brief = compose(load("Hill Library", reader(**given), "other"))
    assert [line.cells[0] for line in brief.rows] == ["Title of b"]


def test_an_unknown_objective_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="name one of 'reach'"):
        load("Hill Library", reader(), "nothing")


def test_files_of_an_older_version_are_told_too() -> None:
    old = {
        name: value
        for name, value in verdict().items()
        if name not in {"luck_p_value", "alert", "outlook", "probability_cases"}
    }
    assert "Title of visits: behind" in stands(verdicts=[old])


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
def test_three_to_five_sentences_each_with_a_reference_and_never_a_cause(given_rows: dict[str, Any]) -> None:
    brief = compose(load("Hill Library", reader(**given_rows)))
    assert 3 <= len(brief.sentences) <= 5
    told = [*brief.sentences, *brief.limits, *brief.asks]
    assert all(one.references and set(one.references) <= set(brief.references) for one in told)
    assert not CAUSAL.search(texts(told))
    assert all("associated" in one.text for one in brief.sentences if "Open week" in one.text)


def test_every_grade_that_a_verdict_may_have_has_its_words() -> None:
    assert set(GIVEN) <= {*GRADES, *ESTIMATES}


def test_one_break_of_several_indicators_is_told_once() -> None:
    cuts = [
        {"indicator_id": name, "day": date(2025, 6, 1), "reason": "a new gate", "origin": "declared", "spliced": False}
        for name in ("visits", "loans")
    ]
    told = not_claimed(verdicts=[verdict(), verdict("loans")], indicator_breaks=cuts)
    assert told.count("a new gate") == 1
    assert "'Title of visits' and 'Title of loans': since 1 Jun 2025 they mean something else (a new gate)" in told
