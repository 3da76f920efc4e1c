"""The catalogues: every language has every text with the same values, and numbers and dates of its country."""

import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from ruamel.yaml import YAML

import reports.brief
import reports.site
from plan.model import Organisation
from plan.parts import Period
from reports.brief.evidence import ESTIMATES, GRADES
from reports.brief.language import brief_language
from reports.digest import NOTICES, WEEKLY
from reports.language import CATALOGUES
from reports.languages import LOCALES, language, spoken
from reports.site.control_chart import EXPLAINED
from reports.words import LANGUAGES
from transforms.alerts.notice_kinds import KINDS
from warehouse.schema import FLAGS
from warehouse.schema.control_charts import ASSURANCES, CHANGES, CHART_SIGNALS, NO_CHART
from warehouse.schema.fleet import FILE_STATES, MISSING, NO_POSITION, NOT_ADDITIVE, PER, POSITIONS
from warehouse.schema.ledgers import ALERTS, CAUSES, VERDICTS
from warehouse.schema.published_effects import EFFECT_VERDICTS
from warehouse.schema.published_tables import BETTER, INDICATOR_KINDS, PATHS

SITE = Path(reports.site.__file__).parent
BRIEF = Path(reports.brief.__file__).parent
ENGLISH = language("en").texts
SENTENCES = set(YAML(typ="safe").load((CATALOGUES / "sentences" / "en.yaml").read_text(encoding="utf-8")))
RUNS = {"run_of_7_rising": ("above",), "run_of_7_falling": ("below",)}
SIGNALS = [f"{name}_{side}" for name in CHART_SIGNALS[1:] for side in RUNS.get(name, ("above", "below"))]
CLOSED = {
    "verdict": VERDICTS,
    "alert": ALERTS,
    "cause": CAUSES,
    "effect": EFFECT_VERDICTS,
    "kind": INDICATOR_KINDS,
    "better": BETTER,
    "path": PATHS,
    "length": Period.__args__,
    "status": ("committed", "failed", "paused"),
    "flag": (*FLAGS, "counted", "none"),
    "means": tuple(FLAGS),
    "sign": CHANGES,
    "beyond": CHANGES[:-1],
    "control": CHANGES,
    "signal": SIGNALS,
    "no_control": NO_CHART,
    "assurance": (*ASSURANCES, "moved"),
    "no_assurance": EXPLAINED,
    "plural": Period.__args__,
    "per": PER,
    "place": POSITIONS,
    "no_place": NO_POSITION,
    "lack": MISSING,
    "files": FILE_STATES,
    "no_total": NOT_ADDITIVE,
    "notice": (*KINDS, "goes_on"),
    "over": [kind for kind in KINDS if f"over.{kind}" in ENGLISH],
    "do": [kind for kind in KINDS if f"do.{kind}" in ENGLISH],
    "section": (*NOTICES, *WEEKLY),
    "count": NOTICES,
}


TRANSLATED_ALIKE = {
    *("brief.judged", "brief.statement", "brief.lead", "brief.lead.withheld", "brief.value", "brief.compared"),
    *("brief.headline.alone", "brief.grade.interval", "brief.chart.plain", "brief.chart.caption", "brief.ask.task"),
    *("brief.cite.graded", "brief.cite.indicator", "brief.chart.label.band", "brief.column.verdict"),
    *("brief.counted.behind",),
}
"""Texts of nothing but names and marks, or of words that two languages share."""


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_has_its_catalogue() -> None:
    assert set(LANGUAGES) == set(get_args(Organisation.model_fields["language"].annotation))
    assert set(LANGUAGES) == set(LOCALES) == {path.stem for path in CATALOGUES.glob("*.yaml")}
    assert set(LANGUAGES) == {path.stem for path in (CATALOGUES / "sentences").glob("*.yaml")}


def test_no_text_of_a_sentence_has_the_key_of_a_text_of_the_pages() -> None:
    pages = YAML(typ="safe").load((CATALOGUES / "en.yaml").read_text(encoding="utf-8"))
    assert SENTENCES & set(pages) == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_catalogue_has_every_message_with_the_same_values(code: str) -> None:
    texts = language(code).texts
    assert set(texts) == set(ENGLISH)
    assert {key: names(text) for key, text in texts.items()} == {key: names(text) for key, text in ENGLISH.items()}
    assert all(isinstance(text, str) and text.strip() for text in texts.values())
    assert all(text.strip(" \n") == text for key, text in texts.items() if key not in SENTENCES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_brief_says_everything_in_every_language(code: str) -> None:
    texts, english = brief_language(code).texts, brief_language("en").texts
    own = [key for key in english if key.startswith("brief.")]
    assert set(texts) == set(english)
    assert {key: names(texts[key]) for key in own} == {key: names(english[key]) for key in own}
    assert not [key for key in own if key not in TRANSLATED_ALIKE and code != "en" and texts[key] == english[key]]


def test_every_text_of_the_brief_is_used_and_every_used_one_exists() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (*BRIEF.glob("*.py"), *BRIEF.glob("page.*")))
    own = {key for key in brief_language("en").texts if key.startswith("brief.")}
    quoted = set(re.findall(r'"(brief(?:\.[a-z_0-9]+)+)"', source))
    variable = set(re.findall(r'"(brief\.[a-z_0-9.]*)\{', source))
    several = {name for name in quoted if f"{name}.one" in own}
    assert quoted - several <= own
    assert all(any(key.startswith(start) for key in own) for start in variable)
    assert {f"brief.grade.{name}" for name in GRADES | ESTIMATES} <= own
    unused = {key for key in own - quoted if not key.startswith(tuple(variable - {"brief."}))}
    unused -= {f"{name}.{number}" for name in several for number in ("one", "more")}
    assert {key for key in unused if key.removeprefix("brief.") not in source} == set()


def test_no_french_mark_can_be_parted_from_its_word_by_the_end_of_a_line() -> None:
    loose = re.compile("(?<!\u00a0)[:%»]|(?<!\u202f)[;!?]|«(?!\u00a0)|'")
    assert {key: text for key, text in brief_language("fr").texts.items() if loose.search(text)} == {}


def test_every_message_that_a_page_uses_exists_and_none_is_unused() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for pattern in ("*.py", "*.html", "site/*.py", "site/templates/*.html")
        for path in SITE.parent.glob(pattern)
    ) + (SITE.parents[1] / "flows" / "commands" / "alerts.py").read_text(encoding="utf-8")
    quoted = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)["']""", source))
    built = {f"{part}.{name}" for part, some in CLOSED.items() for name in some} | {
        key for key in ENGLISH if key.startswith("legend.")
    }
    direct = set(re.findall(r"""\bt\(["']([a-z_.]+)["']""", source)) | set(
        re.findall(r"""(?:head|cell)\(["']([a-z_.]+)["']""", source)
    )
    assert {key for key in direct if not key.endswith(".")} | built <= set(ENGLISH)
    assert set(ENGLISH) - SENTENCES <= quoted | built | {"percent", "week_of", "span"}


def test_every_value_of_a_closed_list_has_its_word() -> None:
    assert {f"{part}.{name}" for part, some in CLOSED.items() for name in some} <= set(ENGLISH)


def test_numbers_and_dates_are_those_of_the_country() -> None:
    english, german, french = language("en"), language("de"), language("fr")
    assert [english.number(value) for value in (None, 0.0, 0.123456, 99.5, 1234567.0, -1500.0)] == [
        "",
        "0",
        "0.1235",
        "99.5",
        "1,234,567",
        "-1,500",
    ]
    assert [german.number(value) for value in (None, 0.0, 0.123456, 99.5, 1234567.0, -1500.0)] == [
        "",
        "0",
        "0,1235",
        "99,5",
        "1.234.567",
        "-1.500",
    ]
    assert (english.day(date(2026, 3, 5)), german.day(date(2026, 3, 5))) == ("5 Mar 2026", "05.03.2026")
    assert [german.period(length, date(2026, 4, 1)) for length in CLOSED["length"]] == [
        "01.04.2026",
        "Woche vom 01.04.2026",
        "Apr. 2026",
        "Q2 2026",
        "2026",
    ]
    assert [french.number(value) for value in (0.123456, 1234567.0, -1500.0)] == [
        "0,1235",
        "1\u202f234\u202f567",
        "-1\u202f500",
    ]
    assert [french.period(length, date(2026, 4, 1)) for length in CLOSED["length"]] == [
        "1 avr. 2026",
        "semaine du 1 avr. 2026",
        "avr. 2026",
        "T2 2026",
        "2026",
    ]


def test_dates_in_sentences_are_those_that_a_person_would_say() -> None:
    days = [[spoken(language(code)).day(date(2026, 3, day)) for day in (1, 3)] for code in ("en", "de", "fr")]
    assert days == [
        ["1 March 2026", "3 March 2026"],
        ["1. März 2026", "3. März 2026"],
        ["1er mars 2026", "3 mars 2026"],
    ]
    months = [spoken(language(code)).period("month", date(2026, 3, 1)) for code in ("en", "de", "fr")]
    assert months == ["March 2026", "März 2026", "mars 2026"]
    assert spoken(language("de")).number(12345.0) == "12.345"


def test_nearly_all_is_not_rounded_to_all() -> None:
    assert [language("en").percent(share) for share in (None, 0.0, 0.5, 0.996, 1.0)] == [
        "",
        "0 %",
        "50 %",
        "99 %",
        "100 %",
    ]


def test_an_unknown_message_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        language("en")("no_such_message")
    with pytest.raises(KeyError):
        language("en")("since", days="Monday")
