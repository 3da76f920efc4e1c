"""The reason of a verdict as a sentence: every code, in every language, and from the published table."""

import json
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from reports.language import CATALOGUES, Language, english
from reports.languages import language, spoken
from reports.sentences import effect, effect_sentence, outlook, outlook_sentences, reason, sentence, trend
from reports.words import LANGUAGES
from tests.told import PACE
from transforms.findings import CODES, Finding, from_json, to_json
from warehouse.schema.effect_codes import EFFECT_REASONS

VALUES: dict[str, Any] = {
    "unit": "visits",
    "period": "month",
    "cell": "month",
    "over": "period",
    "path": "linear",
    "better": "up",
    "worst": "behind",
    "best": "on_track",
    "why": "Flood",
    "rule": "unsd@2023",
    "label": "Target met or on track",
    "because": "the current value meets the target",
    "strata": ("all weeks", "other weeks", "term", "holiday"),
    "entities": ("Hill", "Hill", "Hill", "Vale"),
    "weeks": ("2025-09-15 2 7",),
    "cells": ("2026-02-01 Hill", "2026-03-01"),
    "season_years": 2,
    "cycle": "year",
    "activity": "Talk",
    "until_activity": "Talk",
    "controls": ("Loans", "Talks"),
}
LENGTHS = ("day", "week", "month", "quarter", "year")
KINDS: dict[str, Any] = {
    "figure": 1234.5,
    "per cent": -2.5,
    "share": 0.5,
    "count": 3,
    "day": "2026-02-28",
    "flag": True,
}


def facts(code: str, **changes: Any) -> dict[str, Any]:
    """A value for every parameter of a code; a change to None leaves one out."""
    every = {name: VALUES.get(name, KINDS.get(kind)) for name, kind in CODES[code].parameters.items()} | changes
    return {name: value for name, value in every.items() if value is not None}


def keys_used(code: str, parameters: dict[str, Any]) -> set[str]:
    """The keys of the catalogue that a sentence asks for."""
    asked = set()

    class Asked(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            asked.add(key)
            return super().__getitem__(key)

    t = english()
    finding = Finding(code, parameters, code if f"effect_verdict.{code}" in t.texts else "cannot_tell")
    (effect_sentence if code in EFFECT_REASONS else _sentence)(finding, Language(t.code, t.writing, Asked(t.texts)))
    return asked


def _sentence(finding: Finding, t: Language) -> str:
    return sentence([finding], t)


EVERY = [
    *((code, facts(code)) for code in CODES),
    *(
        (code, facts(code, **changes))
        for code, changes in (
            ("no_period", {"newest": None, "complete": None}),
            ("no_period", {"complete": 1.0}),
            ("before_baseline_end", {"over": "year"}),
            ("target_met_by_baseline", {"better": "down"}),
            ("closed", {"first": None}),
            ("target_missed", {"exceeded": None}),
            ("since_due", {"met": None}),
            ("since_due", {"was": None}),
            ("since_due", {"was": None, "met": None}),
            ("level_held", {"period": "year"}),
            ("level_reached", {"partial": None, "open_share": None}),
            ("level_reached", {"open_share": None, "season_years": 1, "period": "week"}),
            ("level_reached", {"period": "day"}),
            (
                "pace",
                {
                    "over": "year",
                    "start": "2026-01-01",
                    "open_share": None,
                    "season_share": None,
                },
            ),
            ("pace", {"over": "year", "start": "2026-01-01", "partial": None, "ratio": -1.0}),
            ("pace", {"ratio": 3.0, "path": "geometric", "partial": None, "period": "quarter"}),
            ("pace", {"path": "seasonal", "partial": None, "period": "year"}),
            ("pace", {"partial": None}),
            ("pace", {"over": "year", "period": "quarter", "start": "2026-01-01", "through": "2026-06-30"}),
            ("sample_interval", {"target": None}),
            ("sample_uncounted", {"entities": None}),
            ("sample_left_out", {"start": None}),
            ("old", {"newer_known": None}),
            ("missing", {"cells": tuple(f"2026-0{n}-01 Hill" for n in range(1, 6))}),
            ("rising", {"comparable_since": None}),
            ("associated_rise", {"until_activity": None}),
            ("associated_fall", {"until": None, "controls": None}),
            *(("no_clear_change", {"effect_pct": None, "low_pct": None, "period": length}) for length in LENGTHS),
            ("overlaps", {"activity": None}),
            ("few_after", {"known": 1}),
            ("few_before", {"known": 1}),
            ("no_trend_season", {"cycle": "week"}),
            ("forecast", {"probability": 0.01, "cases": 0}),
            ("forecast", {"probability": 0.99}),
            ("no_probability_short", {"total_of": None}),
            ("no_probability_untried", {"total_of": None, "ahead": None}),
            *(("baseline_incomplete", {"period": length}) for length in LENGTHS),
            *(
                ("level_reached", {"period": length, "partial": partial, "open_share": None})
                for length in LENGTHS
                for partial in (True, None)
            ),
        )
    ),
]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reason_has_its_sentence_in_every_language(code: str) -> None:
    t = language(code)
    for reason_code, parameters in EVERY:
        text = sentence([Finding(reason_code, parameters)], t)
        assert text, reason_code
        assert not re.search(r"[{}]|None|nan|  |\b20\d\d-\d\d", text), (reason_code, text)


def test_every_text_of_the_catalogue_is_used() -> None:
    texts = YAML(typ="safe").load((CATALOGUES / "sentences" / "en.yaml").read_text(encoding="utf-8"))
    asked = set[str]().union(*(keys_used(code, parameters) for code, parameters in EVERY))
    beside = {key for key in texts if key.startswith(("advice.", "short.")) or key.endswith(".spoken")}
    assert set(texts) - asked - beside == set()
    assert {key.removeprefix("advice.") for key in texts if key.startswith("advice.")} <= set(CODES)


def test_a_german_reader_gets_german_numbers_dates_and_words() -> None:
    findings = [Finding("pace", PACE | {"value": 1234567.0}), Finding("old", {"months": 5})]
    assert (
        sentence(findings, language("de"))
        == "1.234.567 visits im Feb. 2026; auf dem linearen Pfad zu 200 bis 31.12.2026 waren 116 zu erwarten: 0,50 des "
        "fälligen Fortschritts; das war vor 5 Monaten, und Neueres ist nicht bekannt"
    )


def test_a_french_reader_gets_french_numbers_dates_words_and_spaces() -> None:
    findings = [Finding("pace", PACE | {"value": 1234567.0}), Finding("old", {"months": 5})]
    assert sentence(findings, language("fr")) == (
        "1\u202f234\u202f567 visits en févr. 2026, contre une valeur attendue de 116 sur la trajectoire linéaire "
        "vers la cible de 200 au 31 déc. 2026\u00a0: 0,50 de la progression attendue\u202f; cela remonte à 5 mois, et "
        "rien de plus récent n\u2019est connu"
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "108 visits from Q1 to Q2 2026 against"),
        ("de", "108 visits von Q1 bis Q2 2026; auf"),
        ("fr", "108 visits (T1 à T2 2026), contre"),
    ],
)
def test_the_quarters_of_one_year_are_said_with_the_year_once(code: str, said: str) -> None:
    so_far = PACE | {"over": "year", "period": "quarter", "start": "2026-01-01", "through": "2026-06-30"}
    assert sentence([Finding("pace", so_far)], language(code)).startswith(said)


def test_a_figure_of_one_day_is_on_that_day() -> None:
    one = Finding("pace", PACE | {"period": "day", "start": "2026-03-07", "through": "2026-03-07"})
    assert sentence([one], english()).startswith("108 visits on 7 Mar 2026 against")


def test_a_ratio_is_cut_off_so_that_it_never_looks_better_than_the_verdict() -> None:
    findings = [Finding("pace", PACE | {"ratio": 0.9499})]
    assert "0.94 of the progress due" in sentence(findings, english())
    assert "94 % of the progress due" in sentence(findings, spoken(english()))


def test_the_published_parameters_are_the_figures_of_the_sentence() -> None:
    findings = [Finding("pace", PACE), Finding("missing", {"cell": "month", "cells": ("2026-02-01 Hill",)})]
    text = to_json(findings)
    assert json.loads(text)["value"] == 108
    assert json.loads(text)["due"] == "2026-12-31"
    assert json.loads(text)["beside"] == [{"code": "missing", "cell": "month", "cells": ["2026-02-01 Hill"]}]
    assert sentence(from_json("pace", text), english()) == sentence(findings, english())


def test_a_row_of_an_older_version_keeps_its_sentence() -> None:
    row = {"reason": "as it was said", "reason_code": "pace", "reason_parameters": None}
    assert reason(row, language("de")) == "as it was said"


def test_what_to_do_about_it_can_be_left_out() -> None:
    broken = [Finding("break", {"day": "2026-03-01", "why": "new gates"})]
    assert sentence(broken, english()).endswith("lies before: set a baseline after that day, or splice the two")
    assert sentence(broken, english(), advice=False).endswith("its baseline lies before")


RISING = Finding("rising", {"per_year": 1234.0, "low": -0.5, "high": 1500.0, "unit": "visits"})
FORECAST = Finding(
    "forecast",
    {
        **{"due": "2027-12-31", "unit": "visits", "low": 8000.0, "high": 12500.0},
        **{"probability": 0.43, "cases": 12, "held": 9},
    },
)
OUTLOOK = {"outlook_code": "rising", "outlook_parameters": to_json([RISING, FORECAST]), "outlook": "as it was said"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "en",
            "Rising by about 1,234 visits a year (90 % interval -0.5 to +1,500 visits a year). Forecast for 31 Dec "
            "2027: 8,000 to 12,500 visits (80 % interval); the probability of meeting the target is about 45 %; of 12 "
            "past forecasts of this length 9 held within their 80 % interval.",
        ),
        (
            "de",
            "Anstieg um etwa 1.234 visits im Jahr (90-%-Intervall -0,5 bis +1.500 visits im Jahr). Prognose für "
            "31.12.2027: 8.000 bis 12.500 visits (80-%-Intervall); die Wahrscheinlichkeit, das Ziel zu erreichen, "
            "liegt bei etwa 45 %; von 12 früheren Prognosen dieser Länge lagen 9 in ihrem 80-%-Intervall.",
        ),
    ],
)
def test_the_outlook_has_the_words_numbers_and_dates_of_its_reader(code: str, said: str) -> None:
    assert outlook(OUTLOOK, language(code)) == said


def test_the_trend_alone_goes_on_a_sentence() -> None:
    assert (
        trend(OUTLOOK, english()) == "rising by about 1,234 visits a year (90 % interval -0.5 to +1,500 visits a year)"
    )


def test_an_outlook_of_an_older_version_keeps_its_sentences() -> None:
    row = OUTLOOK | {"outlook_parameters": None}
    assert outlook(row, language("de")) == trend(row, language("de")) == "as it was said"
    assert outlook(row | {"outlook": None}, language("de")) == ""


def test_a_trend_since_a_break_says_from_which_day_its_values_compare() -> None:
    flat = Finding("no_clear_trend", {"low": -1.0, "high": 0.0, "unit": "visits", "comparable_since": "2021-04-12"})
    assert outlook_sentences([flat], english()) == (
        "Since 12 Apr 2021, from which on its values are comparable, no clear trend: -1 to 0 visits a year "
        "(90 % interval)."
    )
    assert outlook_sentences([flat], language("fr")).startswith("Depuis le 12 avr. 2021, date à partir")


@pytest.mark.parametrize(
    ("code", "facts_of", "said"),
    [
        ("no_probability_short", {"known": 12, "needs": 36, "total_of": 12}, "of a total of 12 periods needs 36"),
        ("no_probability_short", {"known": 1, "needs": 9, "ahead": 3}, "of the value 3 periods ahead needs 9"),
        ("no_probability_short", {"known": 0, "needs": 7}, "0 periods known; a probability of the next value needs 7"),
        ("no_forecast_short", {"periods": 24}, "it has less than two whole years (24 periods)"),
        ("trend_few_values", {"per_year": 3.0, "unit": "loans", "most": 7}, "only 7 values or fewer are known"),
    ],
)
def test_what_is_lacking_is_said_with_its_figures(code: str, facts_of: dict[str, Any], said: str) -> None:
    assert sentence([Finding(code, facts_of)], english()).endswith(said)


ROSE = Finding(
    "associated_rise",
    {
        **{"effect": 1234.0, "low": 400.0, "high": 2000.0, "effect_pct": 12.4, "low_pct": 3.96, "high_pct": 20.6},
        **{"unit": "visits", "period": "month", "after": 6, "until": "2025-07-03", "until_activity": "Talk"},
        "controls": ["Loans"],
    },
    "associated_rise",
)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "en",
            "associated with a rise: +12 %, +1,234 visits a month against what was expected (90 % interval +4.0 to "
            "+21 %) over the 6 complete months after it, up to 'Talk' of 3 Jul 2025, compared with Loans; estimated",
        ),
        (
            "de",
            "geht mit einem Anstieg einher: +12 %, +1.234 visits im Monat gegenüber dem, was zu erwarten war "
            "(90-%-Intervall +4,0 bis +21 %) in den 6 vollständigen Monaten danach, bis zu 'Talk' am 03.07.2025, "
            "verglichen mit Loans; geschätzt",
        ),
    ],
)
def test_an_effect_has_the_words_numbers_and_dates_of_its_reader(code: str, said: str) -> None:
    assert effect_sentence(ROSE, language(code)) == said


def test_a_published_effect_is_said_with_or_without_its_verdict() -> None:
    row = {"verdict": "cannot_tell", "reason_code": "few_after", "sentence": "as it was said"}
    lacking = row | {"reason_parameters": '{"known": 1, "needs": 3, "period": "month"}'}
    assert effect(lacking, english()) == "1 complete month after it, needs 3"
    assert effect(lacking, english(), verdict=True) == "cannot tell: 1 complete month after it, needs 3"
    assert effect(lacking, language("de")) == "erst ein vollständiger Zeitraum (Monat) danach, nötig sind 3"
    assert effect(row | {"reason_parameters": None}, language("de")) == "as it was said"


@pytest.mark.parametrize(
    ("code", "facts_of", "said"),
    [
        (
            "failed_placebo",
            {"shown": 5, "of": 40},
            "failed its placebo: an effect shows at 5 of 40 earlier dates, at which nothing was done",
        ),
        ("varies_by_itself", {}, "it varies so much by itself that four times or a quarter as much could be chance"),
        ("never_changed", {}, "it never changed before, so its usual variation is unknown"),
    ],
)
def test_why_an_effect_cannot_be_told_is_said(code: str, facts_of: dict[str, Any], said: str) -> None:
    assert sentence([Finding(code, facts_of)], english()) == said


@pytest.mark.parametrize(
    ("code", "facts_of", "said"),
    [
        (
            "sample_uncounted",
            {"strata": ["term", "all weeks"], "entities": ["Hill", "Vale"]},
            "no week was counted in term of Hill, all weeks of Vale: not estimated",
        ),
        (
            "sample_one_week",
            {"strata": ["a", "b", "c", "d", "e"]},
            "only one week was counted in a, b, c and 2 more: an estimate without an interval",
        ),
        (
            "sample_left_out",
            {"weeks": ["2025-09-15 2 7"], "start": "2025-01-01", "period": "month"},
            "Jan 2025: left out, as open days are missing: the week of 15 Sep 2025 (2 of 7)",
        ),
    ],
)
def test_what_a_sample_lacks_is_named(code: str, facts_of: dict[str, Any], said: str) -> None:
    assert sentence([Finding(code, facts_of)], english()) == said


def test_the_strata_that_the_plan_does_not_name_are_named_in_the_readers_language() -> None:
    one = Finding("sample_one_week", {"strata": ["all weeks"]})
    assert (
        sentence([one], language("de")) == "nur eine Woche wurde gezählt (alle Wochen): eine Schätzung ohne Intervall"
    )
