"""Mistakes that librarians make in a plan: each is refused, or remarked on, with its line and what to write instead."""

from datetime import date
from pathlib import Path

import pytest

from plan.load import load_plan
from plan.positions import read_yaml
from plan.smart import Evidence, advise
from warehouse.errors import ConfigError

TODAY = date(2026, 11, 24)
PLAN = """\
organisation:
  name: Hill Library
  time_zone: Europe/London
sources:
  visits:
    type: footfall
    path: visits.csv
    layout: wide
    columns: {entity: Branch}
    date_formats: ["%Y-%m"]
    period: month
  figures:
    type: measures
    path: figures.csv
    date_formats: ["%Y-%m"]
    measures:
      enquiries: {unit: enquiries, kind: flow}
      satisfied_pct: {unit: per cent, kind: reading, maximum: 100}
objectives:
  use: More people use what we know
indicators:
  library_visits:
    title: Visits to the library
    unit: visits
    kind: flow
    of: [{source: visits, metric: visits, entities: [Central, Hill]}]
    objective: use
    owner: Head of user services
    target:
      baseline: {from: 2025-01-01, to: 2025-12-31}
      value: 12000
      review: 2027-07-01
      due: 2027-12-31
  enquiries:
    title: Enquiries answered
    unit: enquiries
    kind: flow
    of: [{source: figures, metric: enquiries}]
    objective: use
    owner: Head of user services
activities:
  open_week: {date: 2026-10-05, title: Open week, channel: event, indicators: [library_visits]}
calendar:
  closed:
    - {from: 2026-12-25, to: 2027-01-01, reason: Christmas, entities: [Central]}
"""
VALUE, DUE, TITLE, UNIT = "value: 12000", "due: 2027-12-31", "title: Visits to the library", "    unit: visits\n"
BASELINE, ENTITIES, OF = "{from: 2025-01-01, to: 2025-12-31}", "entities: [Central, Hill]", "of: [{source: figures,"
OWNER = "owner: Head of user services\n    target"
SHARE = """\
  satisfied:
    title: Satisfied users
    unit: per cent
    kind: stock
    of: [{source: figures, metric: satisfied_pct}]
    objective: use
    owner: Head of user services
    target: {baseline: {from: 2025-01-01, to: 2025-12-31}, value: 90, review: 2027-07-01, due: 2027-12-31}
activities:
"""
MISTAKES: dict[str, tuple[str, str, int, str, str]] = {
    # numbers
    "a number in quotes": (VALUE, 'value: "12000"', 31, "read as text", "write 12000 without quotes"),
    "a point for thousands": (VALUE, "value: 12.000", 31, "12.000 is read as 12, and may mean 12000", "write 12000 if"),
    "a point for thousands, not round": (
        VALUE,
        "value: 12.345",
        31,
        "may mean 12345",
        "or 12.345 if it marks decimals",
    ),
    "a comma for thousands": (VALUE, "value: 12,000", 31, "'12,000' does not fit here", "write 12000, without a mark"),
    "a blank for thousands": (VALUE, "value: 12 000", 31, "'12 000' does not fit", "write 12000, without a mark"),
    "an apostrophe for thousands": (VALUE, "value: 12'000", 31, "does not fit here", "write 12000, without a mark"),
    "millions with points": (VALUE, "value: 1.200.000", 31, "does not fit here", "write 1200000, without a mark"),
    "a decimal comma": (VALUE, "value: 87,5", 31, "'87,5' does not fit here", "write 87.5, with a point"),
    "a number in short": (VALUE, "value: 12k", 31, "'12k' does not fit here", "write 12000"),
    "a number with its unit": (VALUE, "value: 12000 visits", 31, "does not fit here", "write 12000; what is counted"),
    "a percent sign": (
        VALUE,
        "value: 90%",
        31,
        "'90%' does not fit here",
        "write 90; that it is per cent belongs in 'unit'",
    ),
    "a rise in per cent": (VALUE, "value: +10%", 31, "does not fit here", "write the value to be reached itself"),
    "a value that is not known yet": (VALUE, "value: tbd", 31, "'tbd' does not fit here", "leave a value blank"),
    "a question mark": (VALUE, "value: ?", 31, "a text cannot begin with '?'", "leave the place empty"),
    "a share for per cent": (
        "activities:\n",
        SHARE.replace("90", "0.9"),
        48,
        "0.9 per cent is asked for",
        "write 90 if",
    ),
    "more than 100 per cent": ("activities:\n", SHARE.replace("90", "120"), 48, "cannot pass 100", "write 100 or less"),
    "less than nothing": (VALUE, "value: -5", 31, "cannot fall below 0", "write 0 or more"),
    # days
    "30 February": (DUE, "due: 2027-02-30", 33, "February 2027 has 28 days", "write 2027-02-28"),
    "a day with points": (DUE, "due: 31.12.2027", 33, "'31.12.2027' does not fit here", "write 2027-12-31"),
    "a day with slashes": (DUE, "due: 31/12/2027", 33, "does not fit here", "write 2027-12-31"),
    "a month before the day": (DUE, "due: 12/31/2027", 33, "does not fit here", "write 2027-12-31"),
    "a day that may be two": (DUE, "due: 03/04/2028", 33, "does not fit here", "write 2028-04-03 or 2028-03-04"),
    "a day in words": (DUE, "due: 31 December 2027", 33, "does not fit here", "write 2027-12-31"),
    "a month without a day": (DUE, "due: 2027-12", 33, "write the whole day", "2027-12-31 is the last one"),
    "a year without a day": (DUE, "due: 2027", 33, "2027 does not fit here", "write the whole day, such as 2027-12-31"),
    "due before the start": (DUE, "due: 2024-12-31", 29, "before its baseline ends", "write a later 'due'"),
    "a baseline backwards": (
        BASELINE,
        "{from: 2025-12-31, to: 2025-01-01}",
        30,
        "before it starts",
        "exchange the two",
    ),
    "a review after the due day": ("review: 2027-", "review: 2028-", 32, "already due", "write 'review: 2027-"),
    # quotes, signs and indentation
    "typographic quotes": (
        TITLE,
        "title: “Visits to the library”",
        23,
        "are typographic",
        'write "Visits to the library"',
    ),
    "typographic quotes in a list": (
        '["%Y-%m"]\n    period',
        "[“%Y-%m”]\n    period",
        10,
        "are typographic",
        'write "%Y-%m"',
    ),
    "a colon in a title": (TITLE, "title: Visits: all", 23, "the text holds a colon", 'title: "Visits: all"'),
    "a number sign in a title": (TITLE, "title: Visits #1", 23, "'#1' is read as a comment", 'title: "Visits #1"'),
    "an apostrophe in quotes": (TITLE, "title: 'The library's doors'", 23, "holds an apostrophe", "in double quotes"),
    "a quotation mark left open": (TITLE, 'title: "Visits', 23, "is not closed", "close it"),
    "a sign that begins a text": ("unit: visits", "unit: %", 24, "cannot begin with '%'", "in double quotes"),
    "a star around a word": (TITLE, "title: *Visits*", 23, "cannot begin with '*'", "in double quotes"),
    "a path of Windows": (
        "path: visits.csv",
        r'path: "C:\data\v.csv"',
        7,
        "a backslash has a special",
        "write / in its",
    ),
    "a tab": (UNIT, "\tunit: visits\n", 24, "there is a tab on this line", "write spaces in its place"),
    "no-break spaces": (UNIT, "\u00a0\u00a0\u00a0 unit: visits\n", 24, "no-break spaces", "type ordinary spaces"),
    "a line too deep": (UNIT, "      unit: visits\n", 24, "begins in column 7, deeper", "in the same column"),
    "a part not deep enough": (
        "      baseline",
        "    baseline",
        31,
        "the block that it belongs to in column 5",
        "begin it in",
    ),
    "an indicator outside": (
        "  enquiries:\n    title",
        "enquiries:\n    title",
        34,
        "beside 'indicators'",
        "by two spaces",
    ),
    "no space after a colon": (
        TITLE,
        "title:Visits",
        23,
        "no space after the colon of 'title'",
        "write 'title: Visits'",
    ),
    "no colon": (UNIT, "    unit visits\n", 24, "this line has no colon", "write 'unit: visits'"),
    "no space after a dash": ("    - {from", "    -{from", 45, "no space after the dash", "write '- ' before"),
    "a bracket left open": (
        ENTITIES + "}]",
        "entities: [Central, Hill}]",
        26,
        "the bracket '[' that opens here",
        "write ']'",
    ),
    # keys, names and words
    "a key twice": (UNIT, UNIT * 2, 25, "'unit' is written twice on the same level, first on line 24", "keep one"),
    "an indicator twice": (
        "  enquiries:\n",
        "  library_visits:\n",
        34,
        "twice on the same level, first on line 22",
        "another name",
    ),
    "a key in capitals": ("    title: Visits", "    Title: Visits", 23, "unknown key 'Title'", "did you mean 'title'?"),
    "on as a key": ("date: 2026-10-05", "on: 2026-10-05", 42, "unknown key 'on'", "known here: date, title"),
    "no as an owner": (
        OWNER,
        "owner: no\n    target",
        22,
        "the owner 'no' is nobody",
        "such as 'Head of user services'",
    ),
    "yes as a title": (TITLE, "title: yes", 23, "'yes' does not say what is counted", "write what and where"),
    "true as a title": (TITLE, "title: true", 23, "true does not fit here", 'a text: "true"'),
    "a name with a space": ("  library_visits:", "  library visits:", 22, "is not a name", "such as library_visits"),
    "a word for a direction": (UNIT, f"{UNIT}    better: higher\n", 25, "'higher' is not known here", "write up"),
    "a word for a period": (UNIT, f"{UNIT}    period: monthly\n", 25, "'monthly' is not known here", "write month"),
    "a metric nearly right": (
        "metric: enquiries}",
        "metric: enquiry}",
        38,
        "has no metric 'enquiry'",
        "did you mean 'enquiries'?",
    ),
    "a source nearly right": (
        OF,
        "of: [{source: figure,",
        38,
        "no source is called 'figure'",
        "did you mean 'figures'?",
    ),
    "an objective nearly right": (
        "objective: use",
        "objective: usage",
        27,
        "no objective is called",
        "did you mean 'use'?",
    ),
    "a branch nearly right": (
        ENTITIES,
        "entities: [Centrall, Hill]",
        26,
        "'Centrall' is written 'Central'",
        "in the same way",
    ),
    "a branch without a list": (
        ENTITIES,
        "entities: Central",
        26,
        "'Central' does not fit here",
        "as a list: [Central]",
    ),
    "a measure without a list": (
        f"{OF} metric: enquiries}}]",
        "of: {source: figures, metric: enquiries}",
        38,
        "does not fit here",
        "put it in brackets: [{source: figures, metric: enquiries}]",
    ),
    "a city for a time zone": ("Europe/London", "Berlin", 3, "'Berlin' is not a time zone", "such as Europe/Berlin"),
    "hours for a time zone": ("Europe/London", "GMT+1", 3, "'GMT+1' is not a time zone", "such as Europe/London"),
    "a program for a type": (
        "type: footfall",
        "type: excel",
        6,
        "no source type 'excel'",
        "footfall for people at the doors",
    ),
    "a date format of Excel": (
        '["%Y-%m"]\n    period',
        '["YYYY-MM"]\n    period',
        10,
        "does not read a date",
        "write a format",
    ),
    # what does not go together
    "no baseline": (f"      baseline: {BASELINE}\n", "", 29, "progress needs a start", "add a 'baseline', such as"),
    "no due day": ("      due: 2027-12-31\n", "", 29, "'due' is missing", "add 'due:' here"),
    "no value": ("      value: 12000\n", "", 29, "either a 'value' to reach or a 'band'", "add 'value:'"),
    "the wrong direction": (
        BASELINE,
        "{from: 2025-01-01, to: 2025-12-31, value: 15000}",
        31,
        "more is better here, but the target 12000 does not lie above the baseline 15000",
        "write 'better: down'",
    ),
    "a unit of another metric": (
        "    unit: enquiries\n",
        "    unit: loans\n",
        36,
        "counts 'enquiries'",
        "write 'unit: enquiries'",
    ),
    "a share that is added up": (
        "metric: enquiries}",
        "metric: satisfied_pct}",
        38,
        "does not add up",
        "write 'kind: stock'",
    ),
    "a source that nothing uses": (
        "objectives:\n",
        "  more: {type: feed, url: https://hill.example/feed.xml}\nobjectives:\n",
        19,
        "no indicator uses",
        "or delete",
    ),
    "a password": (
        "path: visits.csv",
        "path: https://ada:secret99@example.org/v",
        7,
        "looks like a password",
        "write ${env:",
    ),
}


def messages(folder: Path, text: str) -> list[str]:
    """What ``kmi check`` says: the faults, or else the advice, each with its line."""
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        loaded = load_plan(path)
    except ConfigError as error:
        return str(error).splitlines()
    positions = read_yaml(text, path.name)
    found = advise(loaded.plan, loaded.sources, Evidence(), TODAY)
    return [f"plan.yaml:{positions.of(one.path)[0]}:1: {one.what}: {one.do}" for one in found if one.judged]


def test_the_plan_itself_is_right(tmp_path: Path) -> None:
    assert messages(tmp_path, PLAN) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_to_write(mistake: str, tmp_path: Path) -> None:
    old, new, line, what, do = MISTAKES[mistake]
    assert old in PLAN
    text = PLAN.replace(old, new, 1)
    found = messages(tmp_path, text)
    mine = [one for one in found if what in one]
    assert mine, found
    assert mine[0].startswith(f"plan.yaml:{line}:")
    assert do in mine[0].partition(what)[2] or do in mine[0]
    for jargon in ("datetime", "dict", "mapping values", "<block", "token", "scalar", "pydantic", "codec", "None"):
        assert jargon not in "\n".join(found)


def test_every_kind_of_mistake_has_its_case() -> None:
    assert len(MISTAKES) >= 45
