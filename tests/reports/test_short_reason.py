"""The reason in a dozen words: for every code, in every language, with the figure that decides."""

from typing import Any

import pytest

from reports.languages import language, spoken
from reports.short_reason import short_reason
from reports.words import LANGUAGES
from tests.reports.test_sentences import EVERY
from transforms.findings import Finding, found, to_json
from warehouse.schema.reason_codes import REASON_CODES

MEASURED: dict[str, Any] = {"value": 508.0, "unit": "bookings", "period": "month", "over": "period"}
OCTOBER = MEASURED | {"start": "2026-10-01", "through": "2026-10-31"}
GOAL: dict[str, Any] = {"target": 580.0, "due": "2027-06-30"}


def said(code: str, name: str = "en", **facts: Any) -> str:
    row = {"reason_code": code, "reason_parameters": to_json([found(code, "behind", **facts)]), "reason": "as it was"}
    return short_reason(row, spoken(language(name)))


def test_the_pace_is_said_with_both_figures_and_the_month_in_full() -> None:
    facts = OCTOBER | GOAL | {"expected": 636.0, "ratio": -1.0, "path": "seasonal"}
    assert said("pace", **facts) == "508 bookings in October 2026; 636 were expected"
    assert said("pace", "de", **facts) == "508 bookings im Oktober 2026; 636 waren zu erwarten"
    assert said("pace", "fr", **facts) == "508 bookings en octobre 2026\u202f; 636 étaient attendus"


def test_a_level_names_what_is_needed_in_this_season_and_not_the_target_of_an_average_month() -> None:
    facts = OCTOBER | GOAL | {"needed": 500.0, "better": "up"}
    assert said("target_met", **facts) == "508 bookings in October 2026; the target of 500 is met"


def test_rows_of_an_older_version_have_their_own_sentence() -> None:
    row = {"reason_code": None, "reason_parameters": None, "reason": "90 visits in Jan 2026"}
    assert short_reason(row, language("de")) == "90 visits in Jan 2026"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reason_has_its_short_form_of_about_a_dozen_words(code: str) -> None:
    t = spoken(language(code))
    deciding = [(reason, facts) for reason, facts in EVERY if reason in REASON_CODES]
    assert {reason for reason, _ in deciding} == set(REASON_CODES)
    for reason, facts in deciding:
        row = {"reason_code": reason, "reason_parameters": to_json([Finding(reason, facts)]), "reason": ""}
        text = short_reason(row, t)
        words = text.replace(" the known part of", "").replace(" the week of", "").replace(" week of", "").split()
        assert code != "en" or len(words) <= 13, text
        assert "{" not in text
